package org.jvmm.virtio.console;

/** Gets what the guest writes. On the loop; must not block for long. */
@FunctionalInterface
public interface ConsoleOutput {
    /** The bytes are valid during the call only. */
    void write(byte[] bytes, int offset, int length);
}
