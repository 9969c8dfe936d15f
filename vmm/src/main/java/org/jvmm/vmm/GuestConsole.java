package org.jvmm.vmm;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the guest writes to its serial console: the last 64 KiB are kept for reports, complete lines are told to a watcher, and all of it is copied
 * to a stream when one is given. The copy has a thread of its own, so that a slow terminal does not stop the guest's CPU.
 */
public final class GuestConsole implements AutoCloseable {
    private static final int RING = 64 << 10;
    private static final int MAX_LINE = 1024;
    /** Output that waits for a slow reader; the guest is not held up for it, so what comes beyond this is lost. */
    private static final int MAX_WAITING = 16 << 20;
    private static final long DRAIN_MILLIS = 2000;

    private final Consumer<String> watcher;
    private final OutputStream copy;
    private final Thread writer;

    // All guarded by this.
    private final byte[] ring = new byte[RING];
    private long written;
    private final byte[] line = new byte[MAX_LINE];
    private int lineLength;
    private byte[] waiting = new byte[4096];
    private int waitingLength;
    private boolean closed;

    /**
     * @param copy gets all output, or null; not closed
     * @param watcher told each line without its end, on the thread that writes
     */
    GuestConsole(OutputStream copy, Consumer<String> watcher) {
        this.copy = copy;
        this.watcher = watcher;
        if (copy == null) {
            writer = null;
        } else {
            writer = new Thread(this::copyLoop, "console");
            writer.setDaemon(true);
        }
    }

    /** Begins to copy; once. What was written before is not lost. */
    void start() {
        if (writer != null) {
            writer.start();
        }
    }

    /** Takes one byte from the serial port. */
    void write(int value) {
        String complete = null;
        synchronized (this) {
            ring[(int) (written++ % RING)] = (byte) value;
            if (value == '\n') {
                int end = lineLength > 0 && line[lineLength - 1] == '\r' ? lineLength - 1 : lineLength;
                complete = new String(line, 0, end, StandardCharsets.ISO_8859_1);
                lineLength = 0;
            } else if (lineLength < MAX_LINE) {
                line[lineLength++] = (byte) value;
            }
            if (copy != null && waitingLength < MAX_WAITING) {
                if (waitingLength == waiting.length) {
                    waiting = Arrays.copyOf(waiting, waitingLength * 2);
                }
                waiting[waitingLength++] = (byte) value;
                notifyAll();
            }
        }
        if (complete != null) {
            watcher.accept(complete);
        }
    }

    private void copyLoop() {
        try {
            for (byte[] chunk = take(); chunk != null; chunk = take()) {
                copy.write(chunk);
                copy.flush();
            }
        } catch (IOException e) {
            // Nobody reads the console any more. The guest goes on without.
            return;
        }
    }

    private synchronized byte[] take() {
        while (waitingLength == 0) {
            if (closed) {
                return null;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                return null;
            }
        }
        byte[] chunk = Arrays.copyOf(waiting, waitingLength);
        waitingLength = 0;
        return chunk;
    }

    /** The last lines written, oldest first, without their ends; a line that is not complete counts. */
    public List<String> lastLines(int count) {
        String text;
        synchronized (this) {
            int kept = (int) Math.min(written, RING);
            byte[] bytes = new byte[kept];
            for (int i = 0; i < kept; i++) {
                bytes[i] = ring[(int) ((written - kept + i) % RING)];
            }
            text = new String(bytes, StandardCharsets.UTF_8);
        }
        List<String> lines = new ArrayList<>();
        int end = text.length();
        while (end > 0 && lines.size() < count) {
            if (text.charAt(end - 1) == '\n') {
                end--;
            }
            int start = text.lastIndexOf('\n', end - 1) + 1;
            int stop = end > start && text.charAt(end - 1) == '\r' ? end - 1 : end;
            lines.add(0, text.substring(start, stop));
            end = start;
        }
        return lines;
    }

    /** Bytes written since the start. */
    public synchronized long written() {
        return written;
    }

    /** Waits, but not forever, until the copy is complete, and ends its thread. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        if (writer != null) {
            try {
                writer.join(DRAIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
