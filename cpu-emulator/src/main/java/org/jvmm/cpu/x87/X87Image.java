package org.jvmm.cpu.x87;

import org.jvmm.cpu.sse.SseState;
import org.jvmm.cpu.x87.X87Exec.X87Memory;

/** The memory images of FNSTENV, FNSAVE (SDM vol. 1 §8.1.10) and FXSAVE (§10.5.1). Code and data selectors are stored as 0. */
final class X87Image {
    private static final int FXSAVE_MXCSR = 24;
    private static final int FXSAVE_REGISTERS = 32;
    private static final int FXSAVE_XMM = 160;
    private static final int XMM_COUNT = 16;

    private X87Image() {}

    private static int environmentSize(boolean operand16) {
        return operand16 ? 14 : 28;
    }

    static void storeEnvironment(X87State s, long address, X87Memory m, boolean operand16) {
        writeEnvironment(s, address, m, operand16);
        s.control |= X87State.EXCEPTIONS;
        s.updateSummary();
    }

    private static void writeEnvironment(X87State s, long address, X87Memory m, boolean operand16) {
        if (operand16) {
            m.store(address, 2, s.control);
            m.store(address + 2, 2, s.status());
            m.store(address + 4, 2, s.tagWord());
            m.store(address + 6, 2, s.instructionPointer & 0xFFFF);
            m.store(address + 8, 2, 0);
            m.store(address + 10, 2, s.dataPointer & 0xFFFF);
            m.store(address + 12, 2, 0);
        } else {
            m.store(address, 4, s.control | 0xFFFF_0000L);
            m.store(address + 4, 4, s.status() | 0xFFFF_0000L);
            m.store(address + 8, 4, s.tagWord() | 0xFFFF_0000L);
            m.store(address + 12, 4, s.instructionPointer & 0xFFFF_FFFFL);
            m.store(address + 16, 4, (long) (s.lastOpcode & 0x7FF) << 16);
            m.store(address + 20, 4, s.dataPointer & 0xFFFF_FFFFL);
            m.store(address + 24, 4, 0xFFFF_0000L);
        }
    }

    static void loadEnvironment(X87State s, long address, X87Memory m, boolean operand16) {
        int step = operand16 ? 2 : 4;
        // The unused selector counts when pages are missing.
        m.load(address + 7 * step - 2, 2);
        long control = m.load(address, 2);
        long status = m.load(address + step, 2);
        long tags = m.load(address + 2 * step, 2);
        long instruction = m.load(address + 3 * step, step);
        long opcode = operand16 ? 0 : m.load(address + 18, 2);
        long data = m.load(address + 5 * step, step);
        s.setTagWord((int) tags);
        s.control = (int) control & 0x1F3F | 0x40;
        s.setStatusWord((int) status);
        s.instructionPointer = instruction;
        s.dataPointer = data;
        s.lastOpcode = (int) opcode & 0x7FF;
    }

    static void save(X87State s, long address, X87Memory m, boolean operand16) {
        long at = address + environmentSize(operand16);
        for (int i = 0; i < 8; i++) {
            m.store(at, 8, s.sig(i));
            m.store(at + 8, 2, s.se(i));
            at += 10;
        }
        writeEnvironment(s, address, m, operand16);
        s.reset();
    }

    static void restore(X87State s, long address, X87Memory m, boolean operand16) {
        long at = address + environmentSize(operand16);
        // The last byte first: should a page be missing, nothing has changed yet.
        m.load(at + 78, 2);
        m.load(address + environmentSize(operand16) - 2, 2);
        loadEnvironment(s, address, m, operand16);
        for (int i = 0; i < 8; i++) {
            int to = s.top + i & 7;
            s.significand[to] = m.load(at, 8);
            s.signExponent[to] = (int) m.load(at + 8, 2);
            at += 10;
        }
    }

    static void fxsave(X87State f, SseState s, long address, X87Memory m, boolean wide, int xmmCount) {
        saveX87(f, address, m, wide);
        m.store(address + FXSAVE_MXCSR, 4, s.mxcsr);
        m.store(address + FXSAVE_MXCSR + 4, 4, SseState.MXCSR_MASK);
        saveXmm(s, address, m, xmmCount);
    }

    /** The x87 part of an FXSAVE or XSAVE image. */
    static void saveX87(X87State f, long address, X87Memory m, boolean wide) {
        m.store(address, 2, f.control);
        m.store(address + 2, 2, f.status());
        m.store(address + 4, 2, f.used);
        m.store(address + 6, 2, f.lastOpcode & 0x7FF);
        m.store(address + 8, 8, wide ? f.instructionPointer : f.instructionPointer & 0xFFFF_FFFFL);
        m.store(address + 16, 8, wide ? f.dataPointer : f.dataPointer & 0xFFFF_FFFFL);
        for (int i = 0; i < 8; i++) {
            long at = address + FXSAVE_REGISTERS + 16 * i;
            m.store(at, 8, f.sig(i));
            m.store(at + 8, 8, f.se(i));
        }
    }

    static void saveXmm(SseState s, long address, X87Memory m, int count) {
        for (int i = 0; i < 2 * count; i++) {
            m.store(address + FXSAVE_XMM + 8 * i, 8, s.x[i]);
        }
    }

    static boolean fxrstor(X87State f, SseState s, long address, X87Memory m, boolean wide, int xmmCount) {
        long mxcsr = m.load(address + FXSAVE_MXCSR, 4);
        // Both ends first: should a page be missing, nothing has changed yet.
        m.load(address + FXSAVE_XMM + 16 * XMM_COUNT - 8, 8);
        m.load(address, 8);
        if ((mxcsr & ~(long) SseState.MXCSR_MASK) != 0) {
            return false;
        }
        restoreX87(f, address, m, wide);
        restoreXmm(s, address, m, xmmCount);
        s.mxcsr = (int) mxcsr;
        return true;
    }

    static void restoreX87(X87State f, long address, X87Memory m, boolean wide) {
        f.used = (int) m.load(address + 4, 2) & 0xFF;
        f.control = (int) m.load(address, 2) & 0x1F3F | 0x40;
        f.setStatusWord((int) m.load(address + 2, 2));
        f.lastOpcode = (int) m.load(address + 6, 2) & 0x7FF;
        f.instructionPointer = m.load(address + 8, wide ? 8 : 4);
        f.dataPointer = m.load(address + 16, wide ? 8 : 4);
        for (int i = 0; i < 8; i++) {
            long at = address + FXSAVE_REGISTERS + 16 * i;
            int to = f.top + i & 7;
            f.significand[to] = m.load(at, 8);
            f.signExponent[to] = (int) m.load(at + 8, 2);
        }
    }

    static void restoreXmm(SseState s, long address, X87Memory m, int count) {
        for (int i = 0; i < 2 * count; i++) {
            s.x[i] = m.load(address + FXSAVE_XMM + 8 * i, 8);
        }
    }
}
