package org.jvmm.vmm.gdb;

/** Reads a packet's text from left to right. */
final class PacketText {
    /** A packet that is not what its letter promises. */
    static final class MalformedPacketException extends RuntimeException {
        private static final long serialVersionUID = 1;

        MalformedPacketException() {
            super("Malformed packet", null, false, false);
        }
    }

    private final byte[] data;
    private int at;

    /** @param from index of the first byte to read */
    PacketText(byte[] data, int from) {
        this.data = data;
        this.at = from;
    }

    /** Whether all has been read. */
    boolean atEnd() {
        return at >= data.length;
    }

    /** Bytes not read yet. */
    int remaining() {
        return data.length - at;
    }

    /** The next byte, which is taken only if it is this. */
    boolean accept(char wanted) {
        if (!atEnd() && data[at] == wanted) {
            at++;
            return true;
        }
        return false;
    }

    /** The next byte must be this. */
    void expect(char wanted) {
        if (!accept(wanted)) {
            throw new MalformedPacketException();
        }
    }

    /** A number of 1 to 16 hexadecimal digits, the highest first. */
    long number() {
        long value = 0;
        int digits = 0;
        while (!atEnd() && Character.digit(data[at], 16) >= 0) {
            value = value << 4 | Character.digit(data[at++], 16);
            if (++digits > 16) {
                throw new MalformedPacketException();
            }
        }
        if (digits == 0) {
            throw new MalformedPacketException();
        }
        return value;
    }

    /** A number from 0 to {@code most}. */
    int number(int most) {
        long value = number();
        if (value < 0 || value > most) {
            throw new MalformedPacketException();
        }
        return (int) value;
    }

    /** Two digits. */
    int hexByte() {
        if (remaining() < 2) {
            throw new MalformedPacketException();
        }
        int high = Character.digit(data[at], 16);
        int low = Character.digit(data[at + 1], 16);
        if (high < 0 || low < 0) {
            throw new MalformedPacketException();
        }
        at += 2;
        return high << 4 | low;
    }

    /** A plain byte. */
    int rawByte() {
        if (atEnd()) {
            throw new MalformedPacketException();
        }
        return data[at++] & 0xFF;
    }

    /** A thread id: a number, or -1 for all. */
    long thread() {
        if (accept('-')) {
            expect('1');
            return -1;
        }
        return number();
    }
}
