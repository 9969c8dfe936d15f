package org.jvmm.vmm.agent;

/** The sending half of a stream. Any thread may call. */
public interface StreamSender {
    /** Queues bytes for the guest in order; the array is not changed afterwards. Nothing happens when the stream has ended. */
    void send(byte[] bytes);

    /** Ends the stream in both directions. */
    void close();
}
