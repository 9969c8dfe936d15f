package org.jvmm.virtio.vsock;

import java.nio.ByteBuffer;

/** One stream between a host port and a guest port, with the credit of both directions (virtio 1.3 §5.10.6.3). Belongs to the event loop. */
public final class VsockConnection {
    /** Bytes the guest may send before credit comes back. */
    static final int RECEIVE_BUFFER = 256 << 10;
    /** Bytes from the host that wait for the guest. */
    private static final int SEND_BUFFER = 256 << 10;

    private final VsockDevice device;
    private final int hostPort;
    private final int guestPort;
    private final VsockHandler handler;
    private final byte[] pending = new byte[SEND_BUFFER];
    private int pendingStart;
    private int pendingLength;
    private boolean wroteShort;

    /** Accepted by the peer. */
    boolean established;
    /** Host will send no more; the SHUTDOWN goes out behind the pending bytes. */
    boolean outputShutdown;
    /** SHUTDOWN(send) was sent. */
    boolean shutdownSent;
    /** Guest will send no more. */
    boolean peerSendShutdown;
    /** Guest will receive no more. */
    boolean peerReceiveShutdown;
    /** Gone from the table. */
    boolean removed;

    private int receivedTotal;
    private int consumedTotal;
    private int announced;
    private int sentTotal;
    private int peerAllocated;
    private int peerForwarded;

    VsockConnection(VsockDevice device, int hostPort, int guestPort, VsockHandler handler) {
        this.device = device;
        this.hostPort = hostPort;
        this.guestPort = guestPort;
        this.handler = handler;
    }

    /** The host's port. */
    public int hostPort() {
        return hostPort;
    }

    /** The guest's port. */
    public int guestPort() {
        return guestPort;
    }

    /**
     * Queues bytes for the guest.
     *
     * @return how many were taken; when fewer than there are, {@link VsockHandler#writable} tells when to go on
     */
    public int write(ByteBuffer data) {
        if (removed || outputShutdown || peerReceiveShutdown) {
            int dropped = data.remaining();
            data.position(data.limit());
            return dropped;
        }
        int taken = 0;
        while (data.hasRemaining() && pendingLength < SEND_BUFFER) {
            int end = pendingStart + pendingLength & SEND_BUFFER - 1;
            int room = Math.min(SEND_BUFFER - pendingLength, SEND_BUFFER - end);
            int n = Math.min(room, data.remaining());
            data.get(pending, end, n);
            pendingLength += n;
            taken += n;
        }
        wroteShort |= data.hasRemaining();
        device.flush();
        return taken;
    }

    /** Tells the guest that the host sends no more, behind what is queued. */
    public void shutdownOutput() {
        outputShutdown = true;
        device.flush();
    }

    /** Ends the stream at once in both directions. */
    public void close() {
        device.closeByHost(this);
    }

    /** Gives credit back for received bytes. */
    public void consumed(int bytes) {
        consumedTotal += bytes;
        // Tell the guest before it runs dry, not for every packet.
        if (!removed && announcedRoom() < RECEIVE_BUFFER / 2) {
            device.sendCredit(this);
        }
    }

    private int announcedRoom() {
        return RECEIVE_BUFFER - (receivedTotal - announced);
    }

    VsockHandler handler() {
        return handler;
    }

    /** Takes a packet's credit fields. */
    void updateCredit(VsockPacket packet) {
        peerAllocated = packet.bufferAllocated();
        peerForwarded = packet.forwarded();
    }

    /** Bytes the guest still has room for; a guest that claims nonsense gets nothing. */
    int sendRoom() {
        int room = peerAllocated - (sentTotal - peerForwarded);
        return Math.max(0, room);
    }

    /** Whether the guest respects its credit with {@code bytes} more. */
    boolean mayReceive(int bytes) {
        return receivedTotal - consumedTotal + bytes <= RECEIVE_BUFFER;
    }

    void countReceived(int bytes) {
        receivedTotal += bytes;
    }

    /** What has been consumed, as the next packet tells the guest. */
    int announceForwarded() {
        announced = consumedTotal;
        return consumedTotal;
    }

    int pendingLength() {
        return pendingLength;
    }

    /** The pending bytes that lie in one piece, at most {@code most}. */
    int contiguous(int most) {
        return Math.min(Math.min(pendingLength, SEND_BUFFER - pendingStart), most);
    }

    byte[] pending() {
        return pending;
    }

    int pendingStart() {
        return pendingStart;
    }

    /** Removes sent bytes; true when a writer waits for the room. */
    boolean sent(int bytes) {
        pendingStart = pendingStart + bytes & SEND_BUFFER - 1;
        pendingLength -= bytes;
        sentTotal += bytes;
        if (wroteShort && pendingLength <= SEND_BUFFER / 2) {
            wroteShort = false;
            return true;
        }
        return false;
    }
}
