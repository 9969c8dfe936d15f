package org.jvmm.vmm.gdb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Frames packets to the debugger (GDB manual, E.1), and keeps the last one in case it is wanted again. Any thread. */
final class PacketWriter {
    private final OutputStream out;
    private byte[] last = {};

    PacketWriter(OutputStream out) {
        this.out = out;
    }

    /** Sends a packet; characters are bytes 0 to 255. */
    synchronized void send(String text) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(text.length() + 4);
        int sum = 0;
        frame.write('$');
        for (int i = 0; i < text.length(); i++) {
            int value = text.charAt(i) & 0xFF;
            if (value == '$' || value == '#' || value == '}' || value == '*') {
                frame.write('}');
                sum += '}';
                value ^= 0x20;
            }
            frame.write(value);
            sum += value;
        }
        frame.write('#');
        frame.write(Character.forDigit(sum >> 4 & 15, 16));
        frame.write(Character.forDigit(sum & 15, 16));
        last = frame.toByteArray();
        out.write(last);
        out.flush();
    }

    /** Sends the last packet again. */
    synchronized void resend() throws IOException {
        out.write(last);
        out.flush();
    }

    /** Says whether a packet arrived whole. */
    synchronized void acknowledge(boolean whole) throws IOException {
        out.write(whole ? '+' : '-');
        out.flush();
    }
}
