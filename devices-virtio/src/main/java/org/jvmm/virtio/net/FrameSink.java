package org.jvmm.virtio.net;

/** The guest's side of a link, as a backend sees it. Called on the event loop. */
public interface FrameSink {
    /** Whether {@link #receive} would take a packet of any size up to the largest negotiated. */
    boolean canReceive();

    /**
     * Gives the guest a packet.
     *
     * @param packet copied, so the caller may use it again
     * @return false when there is no room now: {@link NetBackend#receiveReady} tells when there is
     */
    boolean receive(PacketBuffer packet);

    /** The end of a burst of {@link #receive}: the guest is interrupted if it wants to be. */
    void flush();

    /** The backend takes packets again after a refusal. */
    void transmitReady();

    /** The backend has lost its other side for good: the guest sees its cable pulled. */
    void linkDown();
}
