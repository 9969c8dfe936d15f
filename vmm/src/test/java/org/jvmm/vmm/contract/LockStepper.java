package org.jvmm.vmm.contract;

import java.util.Arrays;
import java.util.Optional;
import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.core.cpu.DebuggableVcpu;
import org.jvmm.core.cpu.InstructionText;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.vmm.Hypervisors;

/**
 * Finds the first instruction of a piece of 64-bit code after which two engines differ.
 *
 * <p>Where both can be stepped, both are, and the instruction is the first one executed. Where one cannot, as KVM on hosts that emulate kernel mode, growing
 * parts of the code are run to their end on both, in the order of addresses; NOPs stand for the rest.
 */
final class LockStepper implements AutoCloseable {
    private static final byte[] DONE = { (byte) 0xE6, (byte) 0xF0, (byte) 0xEB, (byte) 0xFE };
    private static final byte NOP = (byte) 0x90;
    private static final long CF = 1;
    private static final long PF = 4;
    private static final long AF = 0x10;
    private static final long ZF = 0x40;
    private static final long SF = 0x80;
    private static final long DF = 0x400;
    private static final long OF = 0x800;
    private static final long FLAGS = CF | PF | AF | ZF | SF | DF | OF;
    private static final int DATA_LENGTH = 0x1000;
    private static final int MOST_STEPS = 1_000_000;

    /**
     * A difference.
     *
     * @param address of the instruction
     * @param instruction its text
     * @param what where the engines differ after it
     */
    record Difference(long address, String instruction, String what) {}

    private final ContractMachine first;
    private final ContractMachine second;
    private final byte[] data;

    /** @param data what lies at {@link ContractMachine#DATA} at the start, where R11 points to */
    LockStepper(ContractMachine.Engine one, ContractMachine.Engine other, byte[] data) {
        first = new ContractMachine(one, 1);
        second = new ContractMachine(other, 1);
        this.data = data.clone();
    }

    /** Whether both can be stepped here. */
    boolean steps() {
        return steps(first) && steps(second);
    }

    private boolean steps(ContractMachine machine) {
        X86Regs regs = machine.longMode(new byte[] { NOP, NOP, NOP }, DONE);
        machine.vcpu().setRegs(regs);
        try {
            ((DebuggableVcpu) machine.vcpu()).debug(DebugPlan.oneStep());
            return machine.resume() instanceof VcpuExit.Debug debug && debug.rip() == ContractMachine.CODE + 1
                    && machine.registers().rip == ContractMachine.CODE + 1;
        } catch (IllegalStateException e) {
            return false;
        } finally {
            endSteps(machine);
        }
    }

    private static void endSteps(ContractMachine machine) {
        try {
            ((DebuggableVcpu) machine.vcpu()).debug(DebugPlan.NONE);
        } catch (IllegalStateException e) {
            // It never stepped.
            return;
        }
    }

    /** The first difference, by steps if both can be stepped. */
    Optional<Difference> firstDifference(byte[] code) {
        return steps() ? bySteps(code) : byParts(code);
    }

    private void start(ContractMachine machine, byte[] code) {
        X86Regs regs = machine.longMode(code, DONE);
        machine.memory.write(ContractMachine.DATA, data);
        regs.gpr[11] = ContractMachine.DATA;
        machine.vcpu().setRegs(regs);
    }

    /** Both are stepped, up to the code's end. */
    Optional<Difference> bySteps(byte[] code) {
        start(first, code);
        start(second, code);
        ((DebuggableVcpu) first.vcpu()).debug(DebugPlan.oneStep());
        ((DebuggableVcpu) second.vcpu()).debug(DebugPlan.oneStep());
        try {
            long at = ContractMachine.CODE;
            for (int i = 0; i < MOST_STEPS && at != ContractMachine.CODE + code.length; i++) {
                VcpuExit one = first.resume();
                VcpuExit other = second.resume();
                long undefined = undefinedFlags(text(code, at));
                String difference = one.getClass() == other.getClass() ? difference(undefined) : one + " and " + other;
                if (difference == null && undefined != 0) {
                    // They must not be taken for differences of a later instruction.
                    X86Regs same = second.registers();
                    same.rflags = first.registers().rflags;
                    second.vcpu().setRegs(same);
                }
                if (difference != null || !(one instanceof VcpuExit.Debug)) {
                    return Optional.of(new Difference(at, text(code, at), difference == null ? "both end with " + one : difference));
                }
                at = first.registers().rip;
            }
            return Optional.empty();
        } finally {
            endSteps(first);
            endSteps(second);
        }
    }

    /** Growing parts are run to the end. */
    Optional<Difference> byParts(byte[] code) {
        byte[] part = new byte[code.length];
        Arrays.fill(part, NOP);
        for (int at = 0; at < code.length;) {
            InstructionText instruction = Hypervisors.decode(Arrays.copyOfRange(code, at, code.length), code.length - at, 8,
                    ContractMachine.CODE + at);
            int length = instruction == null ? code.length - at : instruction.length();
            System.arraycopy(code, at, part, at, length);
            start(first, part);
            start(second, part);
            VcpuExit one = first.resume();
            VcpuExit other = second.resume();
            long undefined = instruction == null ? 0 : undefinedFlags(instruction.text());
            String difference = one.getClass() == other.getClass() ? difference(undefined) : one + " and " + other;
            if (difference != null) {
                return Optional.of(new Difference(ContractMachine.CODE + at, instruction == null ? "?" : instruction.text(), difference));
            }
            at += length;
        }
        return Optional.empty();
    }

    private static String text(byte[] code, long address) {
        int at = (int) (address - ContractMachine.CODE);
        if (at < 0 || at >= code.length) {
            return "outside the code";
        }
        InstructionText instruction = Hypervisors.decode(Arrays.copyOfRange(code, at, code.length), code.length - at, 8, address);
        return instruction == null ? "?" : instruction.text();
    }

    /** The flags that an instruction leaves undefined (SDM vol. 1, appendix A). */
    private static long undefinedFlags(String text) {
        return switch (text.substring(0, text.indexOf(' ') < 0 ? text.length() : text.indexOf(' '))) {
            case "and", "or", "xor", "test" -> AF;
            case "imul", "mul" -> SF | ZF | AF | PF;
            case "div", "idiv" -> FLAGS;
            case "rol", "ror", "rcl", "rcr", "shl", "shr", "sar", "shld", "shrd" -> OF | AF;
            case "bsf", "bsr" -> OF | SF | AF | PF | CF;
            case "bt", "btc", "btr", "bts" -> OF | SF | AF | PF;
            default -> 0;
        };
    }

    private String difference(long undefined) {
        X86Regs one = first.registers();
        X86Regs other = second.registers();
        for (int i = 0; i < 16; i++) {
            if (one.gpr[i] != other.gpr[i]) {
                return differ("register " + i, one.gpr[i], other.gpr[i]);
            }
        }
        if (one.rip != other.rip) {
            return differ("rip", one.rip, other.rip);
        }
        long defined = FLAGS & ~undefined;
        if (((one.rflags ^ other.rflags) & defined) != 0) {
            return differ("flags", one.rflags & defined, other.rflags & defined);
        }
        byte[] left = new byte[DATA_LENGTH];
        byte[] right = new byte[DATA_LENGTH];
        first.memory.read(ContractMachine.DATA, left, 0, DATA_LENGTH);
        second.memory.read(ContractMachine.DATA, right, 0, DATA_LENGTH);
        int at = Arrays.mismatch(left, right);
        return at < 0 ? null : differ("memory at data + 0x" + Integer.toHexString(at), left[at] & 0xFF, right[at] & 0xFF);
    }

    private static String differ(String what, long one, long other) {
        return what + ": 0x" + Long.toHexString(one) + " and 0x" + Long.toHexString(other);
    }

    @Override
    public void close() {
        first.close();
        second.close();
    }
}
