package org.jvmm.virtio.net;

/**
 * What a network card is connected to. Made and closed on any thread; between {@link #start} and {@link #stop} it belongs to the event loop.
 */
public interface NetBackend extends AutoCloseable {
    /** The offload feature bits of {@link NetFeatures} that it can carry. */
    long features();

    /**
     * The driver is ready.
     *
     * @param sink where packets for the guest go
     * @param features what the driver accepted of {@link NetFeatures}
     */
    void start(FrameSink sink, long features);

    /** Whether packets of an Ethernet type mean anything to it; the card drops others unread. */
    default boolean wants(int etherType) {
        return true;
    }

    /**
     * Takes a packet of the guest.
     *
     * @param packet valid during the call; its lengths and header are checked, nothing else is
     * @return false when it cannot be taken now: {@link FrameSink#transmitReady} tells when to offer it again
     */
    boolean transmit(PacketBuffer packet);

    /** The end of a burst of {@link #transmit}. */
    default void transmitted() {}

    /** The guest has room again after a refusal. */
    default void receiveReady() {}

    /** The driver has reset the card: nothing may reach the sink any more. {@link #start} may follow. */
    void stop();

    /** Gives everything back; the last call. */
    @Override
    void close();
}
