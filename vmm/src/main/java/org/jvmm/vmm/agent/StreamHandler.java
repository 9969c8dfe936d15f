package org.jvmm.vmm.agent;

/** What happens to a stream; told on one thread at a time. After {@link #closed} nothing more is told. */
public interface StreamHandler {
    /** The guest has accepted. */
    void opened(StreamSender sender);

    /** Bytes from the guest, valid during the call only. */
    void received(byte[] bytes, int offset, int length);

    /** The stream has ended, or was never accepted. */
    void closed();
}
