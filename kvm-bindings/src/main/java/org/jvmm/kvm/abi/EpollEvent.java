package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct epoll_event}: What {@code epoll_wait(2)} fills in (linux/eventpoll.h; packed on x86-64). */
public final class EpollEvent {
    /** Size in bytes. */
    public static final int SIZE = 12;
    /** Offset of {@code events}, u32. */
    public static final int EVENTS = 0;
    /** Offset of {@code data}, u64. */
    public static final int DATA = 4;

    private EpollEvent() {}

    /** Reads {@code events} of the structure that begins at {@code at}. */
    public static int events(ByteBuffer struct, int at) {
        return struct.getInt(at + EVENTS);
    }

    /** Writes {@code events} of the structure that begins at {@code at}. */
    public static void events(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EVENTS, value);
    }

    /** Reads {@code data} of the structure that begins at {@code at}. */
    public static long data(ByteBuffer struct, int at) {
        return struct.getLong(at + DATA);
    }

    /** Writes {@code data} of the structure that begins at {@code at}. */
    public static void data(ByteBuffer struct, int at, long value) {
        struct.putLong(at + DATA, value);
    }
}
