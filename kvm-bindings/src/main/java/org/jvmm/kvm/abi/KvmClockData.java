package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_clock_data}: The paravirtual clock ({@code KVM_GET_CLOCK}). */
public final class KvmClockData {
    /** Size in bytes. */
    public static final int SIZE = 48;
    /** Offset of {@code clock}, u64. */
    public static final int CLOCK = 0;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 8;
    /** Offset of {@code realtime}, u64. */
    public static final int REALTIME = 16;
    /** Offset of {@code host_tsc}, u64. */
    public static final int HOST_TSC = 24;

    private KvmClockData() {}

    /** Reads {@code clock} of the structure that begins at {@code at}. */
    public static long clock(ByteBuffer struct, int at) {
        return struct.getLong(at + CLOCK);
    }

    /** Writes {@code clock} of the structure that begins at {@code at}. */
    public static void clock(ByteBuffer struct, int at, long value) {
        struct.putLong(at + CLOCK, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code realtime} of the structure that begins at {@code at}. */
    public static long realtime(ByteBuffer struct, int at) {
        return struct.getLong(at + REALTIME);
    }

    /** Writes {@code realtime} of the structure that begins at {@code at}. */
    public static void realtime(ByteBuffer struct, int at, long value) {
        struct.putLong(at + REALTIME, value);
    }

    /** Reads {@code host_tsc} of the structure that begins at {@code at}. */
    public static long hostTsc(ByteBuffer struct, int at) {
        return struct.getLong(at + HOST_TSC);
    }

    /** Writes {@code host_tsc} of the structure that begins at {@code at}. */
    public static void hostTsc(ByteBuffer struct, int at, long value) {
        struct.putLong(at + HOST_TSC, value);
    }
}
