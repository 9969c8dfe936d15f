package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct __kernel_itimerspec}: A timer's period and start ({@code timerfd_settime(2)}; linux/time_types.h). */
public final class Itimerspec {
    /** Size in bytes. */
    public static final int SIZE = 32;
    /** Offset of {@code it_interval.tv_sec}, u64. */
    public static final int IT_INTERVAL_TV_SEC = 0;
    /** Offset of {@code it_interval.tv_nsec}, u64. */
    public static final int IT_INTERVAL_TV_NSEC = 8;
    /** Offset of {@code it_value.tv_sec}, u64. */
    public static final int IT_VALUE_TV_SEC = 16;
    /** Offset of {@code it_value.tv_nsec}, u64. */
    public static final int IT_VALUE_TV_NSEC = 24;

    private Itimerspec() {}

    /** Reads {@code it_interval.tv_sec} of the structure that begins at {@code at}. */
    public static long itIntervalTvSec(ByteBuffer struct, int at) {
        return struct.getLong(at + IT_INTERVAL_TV_SEC);
    }

    /** Writes {@code it_interval.tv_sec} of the structure that begins at {@code at}. */
    public static void itIntervalTvSec(ByteBuffer struct, int at, long value) {
        struct.putLong(at + IT_INTERVAL_TV_SEC, value);
    }

    /** Reads {@code it_interval.tv_nsec} of the structure that begins at {@code at}. */
    public static long itIntervalTvNsec(ByteBuffer struct, int at) {
        return struct.getLong(at + IT_INTERVAL_TV_NSEC);
    }

    /** Writes {@code it_interval.tv_nsec} of the structure that begins at {@code at}. */
    public static void itIntervalTvNsec(ByteBuffer struct, int at, long value) {
        struct.putLong(at + IT_INTERVAL_TV_NSEC, value);
    }

    /** Reads {@code it_value.tv_sec} of the structure that begins at {@code at}. */
    public static long itValueTvSec(ByteBuffer struct, int at) {
        return struct.getLong(at + IT_VALUE_TV_SEC);
    }

    /** Writes {@code it_value.tv_sec} of the structure that begins at {@code at}. */
    public static void itValueTvSec(ByteBuffer struct, int at, long value) {
        struct.putLong(at + IT_VALUE_TV_SEC, value);
    }

    /** Reads {@code it_value.tv_nsec} of the structure that begins at {@code at}. */
    public static long itValueTvNsec(ByteBuffer struct, int at) {
        return struct.getLong(at + IT_VALUE_TV_NSEC);
    }

    /** Writes {@code it_value.tv_nsec} of the structure that begins at {@code at}. */
    public static void itValueTvNsec(ByteBuffer struct, int at, long value) {
        struct.putLong(at + IT_VALUE_TV_NSEC, value);
    }
}
