package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_fpu}: x87 and SSE state without the XSAVE areas ({@code KVM_GET_FPU}). */
public final class KvmFpu {
    /** Size in bytes. */
    public static final int SIZE = 416;
    /** Offset of {@code fpr}, 128 bytes. */
    public static final int FPR = 0;
    /** Offset of {@code fcw}, u16. */
    public static final int FCW = 128;
    /** Offset of {@code fsw}, u16. */
    public static final int FSW = 130;
    /** Offset of {@code ftwx}, u8. */
    public static final int FTWX = 132;
    /** Offset of {@code last_opcode}, u16. */
    public static final int LAST_OPCODE = 134;
    /** Offset of {@code last_ip}, u64. */
    public static final int LAST_IP = 136;
    /** Offset of {@code last_dp}, u64. */
    public static final int LAST_DP = 144;
    /** Offset of {@code xmm}, 256 bytes. */
    public static final int XMM = 152;
    /** Offset of {@code mxcsr}, u32. */
    public static final int MXCSR = 408;

    private KvmFpu() {}

    /** Reads {@code fcw} of the structure that begins at {@code at}. */
    public static int fcw(ByteBuffer struct, int at) {
        return struct.getShort(at + FCW) & 0xFFFF;
    }

    /** Writes {@code fcw} of the structure that begins at {@code at}. */
    public static void fcw(ByteBuffer struct, int at, int value) {
        struct.putShort(at + FCW, (short) value);
    }

    /** Reads {@code fsw} of the structure that begins at {@code at}. */
    public static int fsw(ByteBuffer struct, int at) {
        return struct.getShort(at + FSW) & 0xFFFF;
    }

    /** Writes {@code fsw} of the structure that begins at {@code at}. */
    public static void fsw(ByteBuffer struct, int at, int value) {
        struct.putShort(at + FSW, (short) value);
    }

    /** Reads {@code ftwx} of the structure that begins at {@code at}. */
    public static int ftwx(ByteBuffer struct, int at) {
        return struct.get(at + FTWX) & 0xFF;
    }

    /** Writes {@code ftwx} of the structure that begins at {@code at}. */
    public static void ftwx(ByteBuffer struct, int at, int value) {
        struct.put(at + FTWX, (byte) value);
    }

    /** Reads {@code last_opcode} of the structure that begins at {@code at}. */
    public static int lastOpcode(ByteBuffer struct, int at) {
        return struct.getShort(at + LAST_OPCODE) & 0xFFFF;
    }

    /** Writes {@code last_opcode} of the structure that begins at {@code at}. */
    public static void lastOpcode(ByteBuffer struct, int at, int value) {
        struct.putShort(at + LAST_OPCODE, (short) value);
    }

    /** Reads {@code last_ip} of the structure that begins at {@code at}. */
    public static long lastIp(ByteBuffer struct, int at) {
        return struct.getLong(at + LAST_IP);
    }

    /** Writes {@code last_ip} of the structure that begins at {@code at}. */
    public static void lastIp(ByteBuffer struct, int at, long value) {
        struct.putLong(at + LAST_IP, value);
    }

    /** Reads {@code last_dp} of the structure that begins at {@code at}. */
    public static long lastDp(ByteBuffer struct, int at) {
        return struct.getLong(at + LAST_DP);
    }

    /** Writes {@code last_dp} of the structure that begins at {@code at}. */
    public static void lastDp(ByteBuffer struct, int at, long value) {
        struct.putLong(at + LAST_DP, value);
    }

    /** Reads {@code mxcsr} of the structure that begins at {@code at}. */
    public static int mxcsr(ByteBuffer struct, int at) {
        return struct.getInt(at + MXCSR);
    }

    /** Writes {@code mxcsr} of the structure that begins at {@code at}. */
    public static void mxcsr(ByteBuffer struct, int at, int value) {
        struct.putInt(at + MXCSR, value);
    }
}
