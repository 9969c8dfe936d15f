package org.jvmm.vmm.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.testing.ContractMachine;

/** Runs the same code from the same state on two engines and says where they differ. The machines are kept, so a run costs no more than its code. */
final class LockStepChecker implements AutoCloseable {
    /** CF, PF, AF, ZF, SF, DF, OF. */
    private static final long FLAGS = 0xCD5;
    private static final int DATA_LENGTH = 0x1000;

    private final ContractMachine first;
    private final ContractMachine second;

    LockStepChecker(ContractMachine.Engine one, ContractMachine.Engine other) {
        first = new ContractMachine(one, 1);
        second = new ContractMachine(other, 1);
    }

    /**
     * Runs 64-bit code to its end on both.
     *
     * @param gpr the general registers to start with; RSP is the machine's own
     * @param data what lies at {@link ContractMachine#DATA}
     * @return one line a difference
     */
    List<String> differences(byte[] code, long[] gpr, byte[] data) {
        X86Regs one = run(first, code, gpr, data);
        X86Regs other = run(second, code, gpr, data);
        List<String> found = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            compare(found, "register " + i, one.gpr[i], other.gpr[i]);
        }
        compare(found, "rip", one.rip, other.rip);
        compare(found, "flags", one.rflags & FLAGS, other.rflags & FLAGS);
        X86Sregs s = new X86Sregs();
        X86Sregs t = new X86Sregs();
        first.vcpu().getSregs(s);
        second.vcpu().getSregs(t);
        compare(found, "cr0", s.cr0, t.cr0);
        compare(found, "cr2", s.cr2, t.cr2);
        compare(found, "cr3", s.cr3, t.cr3);
        compare(found, "cr4", s.cr4, t.cr4);
        compare(found, "efer", s.efer, t.efer);
        for (int i = 0; i < 6; i++) {
            compare(found, "selector " + i, s.segments[i].selector, t.segments[i].selector);
            compare(found, "base " + i, s.segments[i].base, t.segments[i].base);
        }
        byte[] left = new byte[DATA_LENGTH];
        byte[] right = new byte[DATA_LENGTH];
        first.memory.read(ContractMachine.DATA, left, 0, DATA_LENGTH);
        second.memory.read(ContractMachine.DATA, right, 0, DATA_LENGTH);
        int at = Arrays.mismatch(left, right);
        if (at >= 0) {
            found.add("memory at data + 0x" + Integer.toHexString(at) + ": " + left[at] + " and " + right[at]);
        }
        return found;
    }

    private static X86Regs run(ContractMachine machine, byte[] code, long[] gpr, byte[] data) {
        X86Regs regs = machine.longMode(code);
        machine.memory.write(ContractMachine.DATA, data);
        long stack = regs.gpr[X86Regs.RSP];
        System.arraycopy(gpr, 0, regs.gpr, 0, 16);
        regs.gpr[X86Regs.RSP] = stack;
        return machine.finish(regs);
    }

    private static void compare(List<String> found, String what, long one, long other) {
        if (one != other) {
            found.add(what + ": 0x" + Long.toHexString(one) + " and 0x" + Long.toHexString(other));
        }
    }

    @Override
    public void close() {
        first.close();
        second.close();
    }
}
