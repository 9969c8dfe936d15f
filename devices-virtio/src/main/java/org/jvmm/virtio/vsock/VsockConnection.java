package org.jvmm.virtio.vsock;

import java.nio.ByteBuffer;
import org.jvmm.core.time.TimerQueue;

/** One stream between a host port and a guest port, with the credit of both directions (virtio 1.3 §5.10.6.3). Belongs to the event loop. */
public final class VsockConnection {
    private final VsockDevice device;
    private final int hostPort;
    private final int guestPort;
    private final VsockHandler handler;
    /** Ring of bytes for the guest; null while it is empty. */
    private byte[] pending;
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

    /** Operations (as bits {@code 1 << op}) that wait for a buffer of the guest. */
    int controls;
    /** In the device's list of streams with something to send. */
    boolean queued;
    /** CREDIT_REQUEST was sent and not answered. */
    boolean creditAsked;
    /** Runs while the guest has to accept or to confirm the end; null when the device has no clock. */
    TimerQueue.Timer timer;

    // Free-running 32-bit counters, as the packets have them.
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
     * Queues bytes for the guest. What it has room for goes out at once.
     *
     * @return how many were taken; when fewer than there are, {@link VsockHandler#writable} tells when to go on, never before this method has returned. Bytes for a
     *     stream that takes none any more are dropped
     */
    public int write(ByteBuffer data) {
        int before = data.remaining();
        // Who writes need not be told.
        wroteShort = false;
        while (data.hasRemaining()) {
            if (removed || outputShutdown || peerReceiveShutdown) {
                data.position(data.limit());
            } else if (pendingLength == VsockConfig.SEND_BUFFER) {
                wroteShort = true;
                break;
            } else {
                fill(data);
                // The guest may have offered buffers that it has not told of yet: then there is room again.
                device.changed(this);
            }
        }
        return before - data.remaining();
    }

    private void fill(ByteBuffer data) {
        if (pending == null) {
            pending = device.takeBuffer();
        }
        while (data.hasRemaining() && pendingLength < VsockConfig.SEND_BUFFER) {
            int end = pendingStart + pendingLength & VsockConfig.SEND_BUFFER - 1;
            int room = Math.min(VsockConfig.SEND_BUFFER - pendingLength, VsockConfig.SEND_BUFFER - end);
            int n = Math.min(room, data.remaining());
            data.get(pending, end, n);
            pendingLength += n;
        }
    }

    /** Tells the guest that the host sends no more, behind what is queued. */
    public void shutdownOutput() {
        outputShutdown = true;
        device.changed(this);
    }

    /** Ends the stream at once in both directions. */
    public void close() {
        device.closeByHost(this);
    }

    /** Gives credit back for received bytes. */
    public void consumed(int bytes) {
        consumedTotal += bytes;
        // Tell the guest before it runs dry, not for every packet.
        if (!removed && VsockConfig.RECEIVE_BUFFER - (receivedTotal - announced) < VsockConfig.RECEIVE_BUFFER / 2) {
            device.control(this, VsockPacket.OP_CREDIT_UPDATE);
        }
    }

    VsockHandler handler() {
        return handler;
    }

    /** Takes a packet's credit fields. */
    void updateCredit(VsockPacket packet) {
        peerAllocated = packet.bufferAllocated();
        peerForwarded = packet.forwarded();
        if (sendRoom() > 0) {
            creditAsked = false;
        }
    }

    /** Bytes the guest still has room for; a guest that claims nonsense gets nothing. */
    int sendRoom() {
        // §5.10.6.3: peer_buf_alloc - (tx_cnt - peer_fwd_cnt), in unsigned 32-bit arithmetic.
        long room = (peerAllocated & 0xFFFF_FFFFL) - (sentTotal - peerForwarded & 0xFFFF_FFFFL);
        return (int) Math.max(0, Math.min(room, Integer.MAX_VALUE));
    }

    /** Whether the guest respects its credit with {@code bytes} more. */
    boolean mayReceive(int bytes) {
        return receivedTotal - consumedTotal + bytes <= VsockConfig.RECEIVE_BUFFER;
    }

    void countReceived(int bytes) {
        receivedTotal += bytes;
    }

    /** What has been consumed, as the next packet tells the guest. */
    int announceForwarded() {
        announced = consumedTotal;
        // What this packet says need not be said again.
        controls &= ~(1 << VsockPacket.OP_CREDIT_UPDATE);
        return consumedTotal;
    }

    int pendingLength() {
        return pendingLength;
    }

    /** The pending bytes that lie in one piece, at most {@code most}. */
    int contiguous(int most) {
        return Math.min(Math.min(pendingLength, VsockConfig.SEND_BUFFER - pendingStart), most);
    }

    byte[] pending() {
        return pending;
    }

    int pendingStart() {
        return pendingStart;
    }

    /** Removes sent bytes; true when a writer waits for the room. */
    boolean sent(int bytes) {
        pendingStart = pendingStart + bytes & VsockConfig.SEND_BUFFER - 1;
        pendingLength -= bytes;
        sentTotal += bytes;
        if (pendingLength == 0) {
            releaseBuffer();
        }
        if (wroteShort && pendingLength <= VsockConfig.SEND_BUFFER / 2) {
            wroteShort = false;
            return true;
        }
        return false;
    }

    /** Gives the ring back; what is in it is lost. */
    void releaseBuffer() {
        if (pending != null) {
            device.giveBuffer(pending);
            pending = null;
        }
        pendingStart = 0;
        pendingLength = 0;
    }
}
