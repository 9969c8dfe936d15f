package org.jvmm.cpu.decode;

import java.util.Arrays;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.testing.MachineState;
import org.jvmm.cpu.x87.X87State;

/**
 * Says in words where the software CPU's state differs from the processor's. The pointers to the last x87 instruction are left out: AMD's processors save
 * them only with a pending exception, Intel's and this CPU always.
 */
final class Comparison {
    private static final String[] NAMES = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi" };
    /** The flags that are compared unless the SDM leaves them undefined. */
    private static final long FLAGS = CpuState.ARITHMETIC | CpuState.DF;

    private Comparison() {}

    /** What a row promises only within bounds (each maker's own tables and polynomials). */
    enum Accuracy {
        /** The same bits. */
        EXACT,
        /** RCPPS, RSQRTPS: a relative error of 1.5 * 2^-12 (SDM vol. 2). */
        RECIPROCAL,
        /** x87 transcendentals: one unit in the last place (SDM vol. 1 §8.3.10). */
        TRANSCENDENTAL
    }

    /** Null when they agree. */
    static String difference(MachineState soft, MachineState real, int undefinedFlags, Accuracy accuracy) {
        // What the host's kernel has at the top of the address space is its own: present or not, it is a fault.
        int host = real.vector == CpuException.PF ? 1 : 0;
        if (soft.vector != real.vector || (soft.errorCode | host) != (real.errorCode | host)) {
            return "exception " + fault(soft) + ", processor " + fault(real);
        }
        if (soft.vector >= 0 && soft.rip != real.rip) {
            return "exception at 0x" + Long.toHexString(soft.rip) + ", processor at 0x" + Long.toHexString(real.rip);
        }
        for (int i = 0; i < 16; i++) {
            if (soft.gpr[i] != real.gpr[i]) {
                return (i < 8 ? NAMES[i] : "r" + i) + hex(soft.gpr[i], real.gpr[i]);
            }
        }
        if (soft.fsBase != real.fsBase || soft.gsBase != real.gsBase) {
            return "FS or GS base" + hex(soft.fsBase, real.fsBase) + hex(soft.gsBase, real.gsBase);
        }
        if (((soft.rflags ^ real.rflags) & FLAGS & ~undefinedFlags) != 0) {
            return "flags" + hex(soft.rflags & FLAGS, real.rflags & FLAGS);
        }
        String vectors = vectors(soft, real, accuracy == Accuracy.RECIPROCAL);
        if (vectors != null) {
            return vectors;
        }
        String x87 = x87(soft, real, accuracy == Accuracy.TRANSCENDENTAL);
        if (x87 != null) {
            return x87;
        }
        int at = Arrays.mismatch(soft.window, real.window);
        return at < 0
                ? null
                : "memory at +" + (at - MachineState.WINDOW / 2) + hex(soft.window[at] & 0xFF, real.window[at] & 0xFF);
    }

    static String fault(MachineState s) {
        return switch (s.vector) {
            case MachineState.NO_FAULT -> "none";
            case MachineState.STRAY -> "none, but a stray write";
            default -> s.vector + " (0x" + Integer.toHexString(s.errorCode) + ")";
        };
    }

    private static String hex(long soft, long real) {
        return " 0x" + Long.toHexString(soft) + ", processor 0x" + Long.toHexString(real);
    }

    private static String vectors(MachineState soft, MachineState real, boolean close) {
        if (soft.mxcsr() != real.mxcsr()) {
            return "mxcsr" + hex(soft.mxcsr(), real.mxcsr());
        }
        for (int i = 0; i < 16; i++) {
            for (int part = 0; part < 4; part++) {
                long a = soft.vector(i, part);
                long b = real.vector(i, part);
                if (a != b && !(close && close((int) a, (int) b) && close((int) (a >>> 32), (int) (b >>> 32)))) {
                    return "vector register " + i + " part " + part + hex(a, b);
                }
            }
        }
        return null;
    }

    private static boolean close(int a, int b) {
        if ((a & Integer.MAX_VALUE) <= 0x0080_1000 && (b & Integer.MAX_VALUE) <= 0x0080_1000) {
            // Near the smallest normal number one may have flushed and the other not.
            return (a ^ b) >= 0;
        }
        float x = Float.intBitsToFloat(a);
        float y = Float.intBitsToFloat(b);
        return a == b || Math.abs((double) x - y) <= 3 * 0x1p-12 * Math.abs((double) x);
    }

    private static String x87(MachineState soft, MachineState real, boolean close) {
        // Also whether an exact result counts as inexact is each maker's own (F2XM1 of -1).
        int loose = close ? X87State.C1 | X87State.PE | X87State.ES | X87State.BUSY : 0;
        if (soft.control() != real.control() || (soft.status() | loose) != (real.status() | loose) || soft.tags() != real.tags()) {
            return "x87 control, status, tags" + hex(soft.control(), real.control()) + hex(soft.status(), real.status())
                    + hex(soft.tags(), real.tags());
        }
        for (int i = 0; i < 8; i++) {
            int exponents = soft.signExponent(i) - real.signExponent(i);
            long a = soft.significand(i);
            long b = real.significand(i);
            if (exponents == 0 && a == b || close && exponents == 0 && Math.abs(a - b) <= 1
                    || close && (exponents == 1 && a == Long.MIN_VALUE && b == -1 || exponents == -1 && a == -1 && b == Long.MIN_VALUE)) {
                continue;
            }
            return "st" + i + hex(soft.signExponent(i), real.signExponent(i)) + " significand" + hex(a, b);
        }
        return null;
    }
}
