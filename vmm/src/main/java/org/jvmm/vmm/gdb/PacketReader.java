package org.jvmm.vmm.gdb;

import java.util.Arrays;

/**
 * Takes the bytes a debugger sends apart (GDB manual, E.1): packets {@code $data#checksum}, acknowledgements, and the interrupt byte. Whatever else comes is
 * skipped, as is a packet that is too long.
 */
final class PacketReader {
    /** Longest packet accepted; it is told to the debugger. */
    static final int MAX_PACKET = 1 << 16;

    /** What a byte completed. */
    enum Event {
        /** Nothing yet. */
        NONE,
        /** A packet with the right checksum; {@link PacketReader#packet()} is its data. */
        PACKET,
        /** A packet with a wrong checksum, or one that is too long. */
        BAD_PACKET,
        /** The debugger wants the last packet again. */
        RESEND,
        /** The debugger wants the guest to stop. */
        INTERRUPT
    }

    private enum State {
        BETWEEN, DATA, ESCAPED, FIRST_DIGIT, SECOND_DIGIT
    }

    private static final int ESCAPE = '}';
    private static final int ESCAPE_XOR = 0x20;
    private static final int CTRL_C = 3;

    private byte[] data = new byte[256];
    private int length;
    private int sum;
    private int expected;
    private boolean tooLong;
    private State state = State.BETWEEN;

    PacketReader() {}

    /** The data of the last complete packet, with escapes undone. */
    byte[] packet() {
        return Arrays.copyOf(data, length);
    }

    /** Takes one byte, 0 to 255. */
    Event next(int value) {
        switch (state) {
            case BETWEEN -> {
                if (value == CTRL_C) {
                    return Event.INTERRUPT;
                }
                if (value == '-') {
                    return Event.RESEND;
                }
                if (value == '$') {
                    begin();
                }
            }
            case DATA -> {
                if (value == '$') {
                    // The one before was never finished.
                    begin();
                } else if (value == '#') {
                    state = State.FIRST_DIGIT;
                } else {
                    sum += value;
                    if (value == ESCAPE) {
                        state = State.ESCAPED;
                    } else {
                        add(value);
                    }
                }
            }
            case ESCAPED -> {
                sum += value;
                add(value ^ ESCAPE_XOR);
                state = State.DATA;
            }
            case FIRST_DIGIT -> {
                expected = Character.digit(value, 16);
                state = State.SECOND_DIGIT;
            }
            default -> {
                state = State.BETWEEN;
                int low = Character.digit(value, 16);
                boolean good = !tooLong && expected >= 0 && low >= 0 && (expected << 4 | low) == (sum & 0xFF);
                return good ? Event.PACKET : Event.BAD_PACKET;
            }
        }
        return Event.NONE;
    }

    private void begin() {
        length = 0;
        sum = 0;
        tooLong = false;
        state = State.DATA;
    }

    private void add(int value) {
        if (length == MAX_PACKET) {
            tooLong = true;
            return;
        }
        if (length == data.length) {
            data = Arrays.copyOf(data, length * 2);
        }
        data[length++] = (byte) value;
    }
}
