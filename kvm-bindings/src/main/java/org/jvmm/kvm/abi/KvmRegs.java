package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_regs}: General registers ({@code KVM_GET_REGS}). */
public final class KvmRegs {
    /** Size in bytes. */
    public static final int SIZE = 144;
    /** Offset of {@code rax}, u64. */
    public static final int RAX = 0;
    /** Offset of {@code rbx}, u64. */
    public static final int RBX = 8;
    /** Offset of {@code rcx}, u64. */
    public static final int RCX = 16;
    /** Offset of {@code rdx}, u64. */
    public static final int RDX = 24;
    /** Offset of {@code rsi}, u64. */
    public static final int RSI = 32;
    /** Offset of {@code rdi}, u64. */
    public static final int RDI = 40;
    /** Offset of {@code rsp}, u64. */
    public static final int RSP = 48;
    /** Offset of {@code rbp}, u64. */
    public static final int RBP = 56;
    /** Offset of {@code r8}, u64. */
    public static final int R8 = 64;
    /** Offset of {@code r9}, u64. */
    public static final int R9 = 72;
    /** Offset of {@code r10}, u64. */
    public static final int R10 = 80;
    /** Offset of {@code r11}, u64. */
    public static final int R11 = 88;
    /** Offset of {@code r12}, u64. */
    public static final int R12 = 96;
    /** Offset of {@code r13}, u64. */
    public static final int R13 = 104;
    /** Offset of {@code r14}, u64. */
    public static final int R14 = 112;
    /** Offset of {@code r15}, u64. */
    public static final int R15 = 120;
    /** Offset of {@code rip}, u64. */
    public static final int RIP = 128;
    /** Offset of {@code rflags}, u64. */
    public static final int RFLAGS = 136;

    private KvmRegs() {}

    /** Reads {@code rax} of the structure that begins at {@code at}. */
    public static long rax(ByteBuffer struct, int at) {
        return struct.getLong(at + RAX);
    }

    /** Writes {@code rax} of the structure that begins at {@code at}. */
    public static void rax(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RAX, value);
    }

    /** Reads {@code rbx} of the structure that begins at {@code at}. */
    public static long rbx(ByteBuffer struct, int at) {
        return struct.getLong(at + RBX);
    }

    /** Writes {@code rbx} of the structure that begins at {@code at}. */
    public static void rbx(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RBX, value);
    }

    /** Reads {@code rcx} of the structure that begins at {@code at}. */
    public static long rcx(ByteBuffer struct, int at) {
        return struct.getLong(at + RCX);
    }

    /** Writes {@code rcx} of the structure that begins at {@code at}. */
    public static void rcx(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RCX, value);
    }

    /** Reads {@code rdx} of the structure that begins at {@code at}. */
    public static long rdx(ByteBuffer struct, int at) {
        return struct.getLong(at + RDX);
    }

    /** Writes {@code rdx} of the structure that begins at {@code at}. */
    public static void rdx(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RDX, value);
    }

    /** Reads {@code rsi} of the structure that begins at {@code at}. */
    public static long rsi(ByteBuffer struct, int at) {
        return struct.getLong(at + RSI);
    }

    /** Writes {@code rsi} of the structure that begins at {@code at}. */
    public static void rsi(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RSI, value);
    }

    /** Reads {@code rdi} of the structure that begins at {@code at}. */
    public static long rdi(ByteBuffer struct, int at) {
        return struct.getLong(at + RDI);
    }

    /** Writes {@code rdi} of the structure that begins at {@code at}. */
    public static void rdi(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RDI, value);
    }

    /** Reads {@code rsp} of the structure that begins at {@code at}. */
    public static long rsp(ByteBuffer struct, int at) {
        return struct.getLong(at + RSP);
    }

    /** Writes {@code rsp} of the structure that begins at {@code at}. */
    public static void rsp(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RSP, value);
    }

    /** Reads {@code rbp} of the structure that begins at {@code at}. */
    public static long rbp(ByteBuffer struct, int at) {
        return struct.getLong(at + RBP);
    }

    /** Writes {@code rbp} of the structure that begins at {@code at}. */
    public static void rbp(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RBP, value);
    }

    /** Reads {@code r8} of the structure that begins at {@code at}. */
    public static long r8(ByteBuffer struct, int at) {
        return struct.getLong(at + R8);
    }

    /** Writes {@code r8} of the structure that begins at {@code at}. */
    public static void r8(ByteBuffer struct, int at, long value) {
        struct.putLong(at + R8, value);
    }

    /** Reads {@code r9} of the structure that begins at {@code at}. */
    public static long r9(ByteBuffer struct, int at) {
        return struct.getLong(at + R9);
    }

    /** Writes {@code r9} of the structure that begins at {@code at}. */
    public static void r9(ByteBuffer struct, int at, long value) {
        struct.putLong(at + R9, value);
    }

    /** Reads {@code r10} of the structure that begins at {@code at}. */
    public static long r10(ByteBuffer struct, int at) {
        return struct.getLong(at + R10);
    }

    /** Writes {@code r10} of the structure that begins at {@code at}. */
    public static void r10(ByteBuffer struct, int at, long value) {
        struct.putLong(at + R10, value);
    }

    /** Reads {@code r11} of the structure that begins at {@code at}. */
    public static long r11(ByteBuffer struct, int at) {
        return struct.getLong(at + R11);
    }

    /** Writes {@code r11} of the structure that begins at {@code at}. */
    public static void r11(ByteBuffer struct, int at, long value) {
        struct.putLong(at + R11, value);
    }

    /** Reads {@code r12} of the structure that begins at {@code at}. */
    public static long r12(ByteBuffer struct, int at) {
        return struct.getLong(at + R12);
    }

    /** Writes {@code r12} of the structure that begins at {@code at}. */
    public static void r12(ByteBuffer struct, int at, long value) {
        struct.putLong(at + R12, value);
    }

    /** Reads {@code r13} of the structure that begins at {@code at}. */
    public static long r13(ByteBuffer struct, int at) {
        return struct.getLong(at + R13);
    }

    /** Writes {@code r13} of the structure that begins at {@code at}. */
    public static void r13(ByteBuffer struct, int at, long value) {
        struct.putLong(at + R13, value);
    }

    /** Reads {@code r14} of the structure that begins at {@code at}. */
    public static long r14(ByteBuffer struct, int at) {
        return struct.getLong(at + R14);
    }

    /** Writes {@code r14} of the structure that begins at {@code at}. */
    public static void r14(ByteBuffer struct, int at, long value) {
        struct.putLong(at + R14, value);
    }

    /** Reads {@code r15} of the structure that begins at {@code at}. */
    public static long r15(ByteBuffer struct, int at) {
        return struct.getLong(at + R15);
    }

    /** Writes {@code r15} of the structure that begins at {@code at}. */
    public static void r15(ByteBuffer struct, int at, long value) {
        struct.putLong(at + R15, value);
    }

    /** Reads {@code rip} of the structure that begins at {@code at}. */
    public static long rip(ByteBuffer struct, int at) {
        return struct.getLong(at + RIP);
    }

    /** Writes {@code rip} of the structure that begins at {@code at}. */
    public static void rip(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RIP, value);
    }

    /** Reads {@code rflags} of the structure that begins at {@code at}. */
    public static long rflags(ByteBuffer struct, int at) {
        return struct.getLong(at + RFLAGS);
    }

    /** Writes {@code rflags} of the structure that begins at {@code at}. */
    public static void rflags(ByteBuffer struct, int at, long value) {
        struct.putLong(at + RFLAGS, value);
    }
}
