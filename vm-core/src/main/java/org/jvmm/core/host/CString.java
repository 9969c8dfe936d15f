package org.jvmm.core.host;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A text as C has it: UTF-8 with a zero byte behind it, in native memory. A direct buffer holds it, for the first use of an arena's
 * {@code allocateFrom} costs a new JVM 20 ms.
 */
public final class CString implements AutoCloseable {
    private final ByteBuffer bytes;

    /** A copy of a text without zero characters. */
    public CString(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        bytes = ByteBuffer.allocateDirect(encoded.length + 1).put(encoded).clear();
    }

    /** Of the first byte; valid until {@link #close}. */
    public long address() {
        return MemorySegment.ofBuffer(bytes).address();
    }

    /** Ends the use of the address. */
    @Override
    public void close() {
        Reference.reachabilityFence(bytes);
    }
}
