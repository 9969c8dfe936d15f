package org.jvmm.vmm.agent;

/** Opens byte streams to ports of the guest; vsock in a machine, a pair of queues in tests. Any thread may call. */
@FunctionalInterface
public interface StreamConnector {
    /**
     * Asks for a stream. The handler is told {@link StreamHandler#opened}, or {@link StreamHandler#closed} when nobody listens.
     *
     * @param port the guest's port
     */
    void connect(int port, StreamHandler handler);
}
