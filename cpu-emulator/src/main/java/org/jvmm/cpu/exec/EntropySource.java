package org.jvmm.cpu.exec;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Random numbers for RDRAND and RDSEED from the host's /dev/urandom, a buffer at a time; opened with the first request. */
final class EntropySource {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private final byte[] buffer = new byte[512];
    private int at = buffer.length;

    long next() {
        if (at == buffer.length) {
            try (RandomAccessFile source = new RandomAccessFile("/dev/urandom", "r")) {
                source.readFully(buffer);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            at = 0;
        }
        long value = (long) LONG.get(buffer, at);
        at += 8;
        return value;
    }
}
