package org.jvmm.cpu;

import org.jvmm.core.cpu.InstructionText;
import org.jvmm.cpu.decode.Decoder;
import org.jvmm.cpu.decode.Disassembler;
import org.jvmm.cpu.decode.Instruction;

/** Decodes instructions for people, by the table that the CPU executes from. */
public final class InstructionReader {
    private InstructionReader() {}

    /**
     * Decodes one.
     *
     * @param bytes the instruction, and perhaps what follows
     * @param available how many there are
     * @param mode size of the code segment: 2, 4 or 8 bytes
     * @param address of the instruction, for branch targets
     * @return null when the bytes end too early
     */
    public static InstructionText decode(byte[] bytes, int available, int mode, long address) {
        Instruction instruction = new Decoder().decode(bytes, 0, available, mode);
        return instruction == null ? null : new InstructionText(instruction.length, Disassembler.text(instruction, address));
    }
}
