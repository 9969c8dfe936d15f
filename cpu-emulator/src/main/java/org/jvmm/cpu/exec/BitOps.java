package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.state.CpuState;

/** LZCNT, TZCNT, BMI1, BMI2 and ADX (SDM vol. 1 §5.1.15, §5.1.16). */
final class BitOps {
    private final CpuState state;
    private final Operands ops;

    BitOps(Operands ops) {
        this.ops = ops;
        this.state = ops.state;
    }

    /** LZCNT and TZCNT: the operand size for zero, with CF set. */
    void count(Instruction insn, boolean leading) {
        int bits = 8 * insn.size;
        long value = ops.read1(insn);
        int count = leading ? Long.numberOfLeadingZeros(value) - (64 - bits) : Math.min(bits, Long.numberOfTrailingZeros(value));
        ops.setRegister(insn.reg0, insn.size, count);
        state.setFlags(count, value == 0, false);
    }

    /** ADCX (through CF) and ADOX (through OF); the other flags stay. */
    void addWithCarry(Instruction insn, int flag) {
        long a = ops.register(insn.reg0, insn.size);
        long b = ops.read1(insn);
        int flags = state.rflags();
        long sum = a + b + ((flags & flag) != 0 ? 1 : 0);
        boolean carry = insn.size == 4 ? sum >>> 32 != 0 : (a & b | (a | b) & ~sum) < 0;
        ops.setRegister(insn.reg0, insn.size, sum);
        state.setArithmeticFlags(carry ? flags | flag : flags & ~flag);
    }

    /** ANDN, BLSR, BLSMSK, BLSI. SF and ZF by the result; OF is 0. */
    void logic(Instruction insn) {
        int size = insn.size1 == 0 ? insn.size0 : insn.size1;
        long result;
        boolean carry = false;
        int target = insn.vvvv;
        switch (insn.op) {
            case ANDN -> {
                result = ~state.r[insn.vvvv] & ops.read1(insn);
                target = insn.reg0;
            }
            case BLSR -> {
                long value = ops.read0(insn);
                result = value & value - 1;
                carry = value == 0;
            }
            case BLSMSK -> {
                long value = ops.read0(insn);
                result = value ^ value - 1;
                carry = value == 0;
            }
            default -> {
                long value = ops.read0(insn);
                result = value & -value;
                carry = value != 0;
            }
        }
        ops.setRegister(target, size, result);
        state.setFlags(Alu.signExtend(result, size), carry, false);
    }

    /** BZHI: CF when the index is beyond the operand. */
    void zeroHigh(Instruction insn) {
        int size = insn.size;
        int index = (int) state.r[insn.vvvv] & 0xFF;
        long value = ops.read1(insn);
        boolean beyond = index >= 8 * size;
        long result = beyond ? value : value & (1L << index) - 1;
        ops.setRegister(insn.reg0, size, result);
        state.setFlags(Alu.signExtend(result, size), beyond, false);
    }

    /** BEXTR: start in bits 7:0 of the control register, length in bits 15:8. */
    void extract(Instruction insn) {
        int start = (int) state.r[insn.vvvv] & 0xFF;
        int length = (int) state.r[insn.vvvv] >> 8 & 0xFF;
        long value = ops.read1(insn);
        long shifted = start > 63 ? 0 : value >>> start;
        long result = length > 63 ? shifted : shifted & (1L << length) - 1;
        ops.setRegister(insn.reg0, insn.size, result);
        state.setFlags(Alu.signExtend(result, insn.size), false, false);
    }

    /** PDEP and PEXT. */
    void spread(Instruction insn, boolean deposit) {
        long value = Alu.zeroExtend(state.r[insn.vvvv], insn.size);
        long mask = ops.read1(insn);
        ops.setRegister(insn.reg0, insn.size, deposit ? Long.expand(value, mask) : Long.compress(value, mask));
    }

    /** MULX: the high half goes to the first destination, which wins if both are one. */
    void multiply(Instruction insn) {
        long a = Alu.zeroExtend(state.r[X86Regs.RDX], insn.size);
        long b = ops.read1(insn);
        long low = a * b;
        long high = insn.size == 8 ? Math.unsignedMultiplyHigh(a, b) : low >>> 32;
        ops.setRegister(insn.vvvv, insn.size, low);
        ops.setRegister(insn.reg0, insn.size, high);
    }

    /** RORX, SARX, SHLX, SHRX: no flags. */
    void shift(Instruction insn) {
        int size = insn.size;
        long value = ops.read1(insn);
        int count = (int) (insn.kind2 == Instruction.IMM ? insn.imm : state.r[insn.vvvv]) & (size == 8 ? 63 : 31);
        long result = switch (insn.op) {
            case SARX -> Alu.signExtend(value, size) >> count;
            case SHLX -> value << count;
            case SHRX -> value >>> count;
            default -> size == 8 ? Long.rotateRight(value, count) : Integer.rotateRight((int) value, count);
        };
        ops.setRegister(insn.reg0, size, result);
    }
}
