package org.jvmm.core.cpu;

/**
 * A decoded instruction, for people.
 *
 * @param length its bytes
 * @param text mnemonic and operands, destination first
 */
public record InstructionText(int length, String text) {
    /** Longest instruction in bytes (SDM vol. 2 §2.3.11). */
    public static final int MAX_LENGTH = 15;
}
