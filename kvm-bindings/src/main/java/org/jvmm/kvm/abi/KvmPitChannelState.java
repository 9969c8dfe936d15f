package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_pit_channel_state}: One channel of the PIT, inside {@link KvmPitState2}. */
public final class KvmPitChannelState {
    /** Size in bytes. */
    public static final int SIZE = 24;
    /** Offset of {@code count}, u32. */
    public static final int COUNT = 0;
    /** Offset of {@code latched_count}, u16. */
    public static final int LATCHED_COUNT = 4;
    /** Offset of {@code count_latched}, u8. */
    public static final int COUNT_LATCHED = 6;
    /** Offset of {@code status_latched}, u8. */
    public static final int STATUS_LATCHED = 7;
    /** Offset of {@code status}, u8. */
    public static final int STATUS = 8;
    /** Offset of {@code read_state}, u8. */
    public static final int READ_STATE = 9;
    /** Offset of {@code write_state}, u8. */
    public static final int WRITE_STATE = 10;
    /** Offset of {@code write_latch}, u8. */
    public static final int WRITE_LATCH = 11;
    /** Offset of {@code rw_mode}, u8. */
    public static final int RW_MODE = 12;
    /** Offset of {@code mode}, u8. */
    public static final int MODE = 13;
    /** Offset of {@code bcd}, u8. */
    public static final int BCD = 14;
    /** Offset of {@code gate}, u8. */
    public static final int GATE = 15;
    /** Offset of {@code count_load_time}, u64. */
    public static final int COUNT_LOAD_TIME = 16;

    private KvmPitChannelState() {}

    /** Reads {@code count} of the structure that begins at {@code at}. */
    public static int count(ByteBuffer struct, int at) {
        return struct.getInt(at + COUNT);
    }

    /** Writes {@code count} of the structure that begins at {@code at}. */
    public static void count(ByteBuffer struct, int at, int value) {
        struct.putInt(at + COUNT, value);
    }

    /** Reads {@code latched_count} of the structure that begins at {@code at}. */
    public static int latchedCount(ByteBuffer struct, int at) {
        return struct.getShort(at + LATCHED_COUNT) & 0xFFFF;
    }

    /** Writes {@code latched_count} of the structure that begins at {@code at}. */
    public static void latchedCount(ByteBuffer struct, int at, int value) {
        struct.putShort(at + LATCHED_COUNT, (short) value);
    }

    /** Reads {@code count_latched} of the structure that begins at {@code at}. */
    public static int countLatched(ByteBuffer struct, int at) {
        return struct.get(at + COUNT_LATCHED) & 0xFF;
    }

    /** Writes {@code count_latched} of the structure that begins at {@code at}. */
    public static void countLatched(ByteBuffer struct, int at, int value) {
        struct.put(at + COUNT_LATCHED, (byte) value);
    }

    /** Reads {@code status_latched} of the structure that begins at {@code at}. */
    public static int statusLatched(ByteBuffer struct, int at) {
        return struct.get(at + STATUS_LATCHED) & 0xFF;
    }

    /** Writes {@code status_latched} of the structure that begins at {@code at}. */
    public static void statusLatched(ByteBuffer struct, int at, int value) {
        struct.put(at + STATUS_LATCHED, (byte) value);
    }

    /** Reads {@code status} of the structure that begins at {@code at}. */
    public static int status(ByteBuffer struct, int at) {
        return struct.get(at + STATUS) & 0xFF;
    }

    /** Writes {@code status} of the structure that begins at {@code at}. */
    public static void status(ByteBuffer struct, int at, int value) {
        struct.put(at + STATUS, (byte) value);
    }

    /** Reads {@code read_state} of the structure that begins at {@code at}. */
    public static int readState(ByteBuffer struct, int at) {
        return struct.get(at + READ_STATE) & 0xFF;
    }

    /** Writes {@code read_state} of the structure that begins at {@code at}. */
    public static void readState(ByteBuffer struct, int at, int value) {
        struct.put(at + READ_STATE, (byte) value);
    }

    /** Reads {@code write_state} of the structure that begins at {@code at}. */
    public static int writeState(ByteBuffer struct, int at) {
        return struct.get(at + WRITE_STATE) & 0xFF;
    }

    /** Writes {@code write_state} of the structure that begins at {@code at}. */
    public static void writeState(ByteBuffer struct, int at, int value) {
        struct.put(at + WRITE_STATE, (byte) value);
    }

    /** Reads {@code write_latch} of the structure that begins at {@code at}. */
    public static int writeLatch(ByteBuffer struct, int at) {
        return struct.get(at + WRITE_LATCH) & 0xFF;
    }

    /** Writes {@code write_latch} of the structure that begins at {@code at}. */
    public static void writeLatch(ByteBuffer struct, int at, int value) {
        struct.put(at + WRITE_LATCH, (byte) value);
    }

    /** Reads {@code rw_mode} of the structure that begins at {@code at}. */
    public static int rwMode(ByteBuffer struct, int at) {
        return struct.get(at + RW_MODE) & 0xFF;
    }

    /** Writes {@code rw_mode} of the structure that begins at {@code at}. */
    public static void rwMode(ByteBuffer struct, int at, int value) {
        struct.put(at + RW_MODE, (byte) value);
    }

    /** Reads {@code mode} of the structure that begins at {@code at}. */
    public static int mode(ByteBuffer struct, int at) {
        return struct.get(at + MODE) & 0xFF;
    }

    /** Writes {@code mode} of the structure that begins at {@code at}. */
    public static void mode(ByteBuffer struct, int at, int value) {
        struct.put(at + MODE, (byte) value);
    }

    /** Reads {@code bcd} of the structure that begins at {@code at}. */
    public static int bcd(ByteBuffer struct, int at) {
        return struct.get(at + BCD) & 0xFF;
    }

    /** Writes {@code bcd} of the structure that begins at {@code at}. */
    public static void bcd(ByteBuffer struct, int at, int value) {
        struct.put(at + BCD, (byte) value);
    }

    /** Reads {@code gate} of the structure that begins at {@code at}. */
    public static int gate(ByteBuffer struct, int at) {
        return struct.get(at + GATE) & 0xFF;
    }

    /** Writes {@code gate} of the structure that begins at {@code at}. */
    public static void gate(ByteBuffer struct, int at, int value) {
        struct.put(at + GATE, (byte) value);
    }

    /** Reads {@code count_load_time} of the structure that begins at {@code at}. */
    public static long countLoadTime(ByteBuffer struct, int at) {
        return struct.getLong(at + COUNT_LOAD_TIME);
    }

    /** Writes {@code count_load_time} of the structure that begins at {@code at}. */
    public static void countLoadTime(ByteBuffer struct, int at, long value) {
        struct.putLong(at + COUNT_LOAD_TIME, value);
    }
}
