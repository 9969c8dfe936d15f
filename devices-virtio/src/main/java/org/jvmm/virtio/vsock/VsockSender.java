package org.jvmm.virtio.vsock;

import java.util.ArrayDeque;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;

/**
 * What goes to the guest: resets first, then each stream in turn with its control packets and one packet of data. Everything that can wait here is bounded: one bit per
 * operation and stream, one send buffer per stream, and a fixed number of resets. On the loop.
 */
final class VsockSender {
    private static final int HEADER = VsockPacket.HEADER;
    private static final int BOTH = VsockPacket.SHUTDOWN_RECEIVE | VsockPacket.SHUTDOWN_SEND;
    /** The order in which operations of one stream go out. */
    private static final int[] ORDER = { VsockPacket.OP_REQUEST, VsockPacket.OP_RESPONSE, VsockPacket.OP_CREDIT_UPDATE,
        VsockPacket.OP_CREDIT_REQUEST };

    private final VsockDevice device;
    private final long guestCid;
    private final VsockMetrics metrics;
    private final VsockPacket outbound = new VsockPacket();
    private final ArrayDeque<VsockConnection> ready = new ArrayDeque<>();
    /** Ports of streams to reset, as a ring of pairs. */
    private final int[] refusals = new int[2 * VsockConfig.MAX_REFUSALS];
    private int firstRefusal;
    private int refusalCount;

    private VirtQueue rx;
    private DescriptorChain chain;
    private VirtioInterrupt interrupt;
    private boolean held;
    private boolean flushing;

    VsockSender(VsockDevice device, long guestCid, VsockMetrics metrics) {
        this.device = device;
        this.guestCid = guestCid;
        this.metrics = metrics;
    }

    void start(VirtQueue queue, VirtioInterrupt newInterrupt) {
        rx = queue;
        chain = queue.newChain();
        interrupt = newInterrupt;
        held = false;
    }

    void stop() {
        rx = null;
        held = false;
        refusalCount = 0;
        while (!ready.isEmpty()) {
            ready.poll().queued = false;
        }
    }

    /** Keeps everything back until it is let go. */
    void hold(boolean on) {
        held = on;
    }

    /** Whether another packet of the guest may be taken, each of which may need a reset as its answer. */
    boolean hasRoom() {
        return refusalCount < VsockConfig.MAX_REFUSALS;
    }

    /** Sends RST for two ports. Dropped when too many wait, which only the host's own closing can cause; the guest learns from its next packet. */
    void refuse(int hostPort, int guestPort) {
        if (rx == null || !hasRoom()) {
            return;
        }
        int at = 2 * ((firstRefusal + refusalCount++) % VsockConfig.MAX_REFUSALS);
        refusals[at] = hostPort;
        refusals[at + 1] = guestPort;
    }

    void enqueue(VsockConnection connection) {
        if (!connection.queued && rx != null) {
            connection.queued = true;
            ready.add(connection);
        }
    }

    /** Sends what waits, as far as the guest has buffers and credit. */
    void flush() {
        if (held || flushing || rx == null) {
            return;
        }
        flushing = true;
        boolean any = false;
        try {
            boolean room = true;
            while (room && rx != null && (refusalCount > 0 || !ready.isEmpty())) {
                room = refusalCount > 0 ? sendRefusal() : serveNext();
                any |= room;
            }
        } catch (VirtqueueException e) {
            // Also reached from the host's side, where no transport catches it.
            interrupt.needsReset();
        } finally {
            flushing = false;
        }
        if (any && rx != null) {
            interrupt.queueUsed(rx);
        }
    }

    private boolean sendRefusal() {
        if (!takeBuffer()) {
            return false;
        }
        int at = 2 * firstRefusal;
        firstRefusal = (firstRefusal + 1) % VsockConfig.MAX_REFUSALS;
        refusalCount--;
        outbound.set(guestCid, refusals[at], refusals[at + 1], 0, VsockPacket.OP_RST, 0, 0, 0);
        send();
        return true;
    }

    /** Sends one packet of the stream whose turn it is. Answers false when the guest has no buffer. */
    private boolean serveNext() {
        VsockConnection connection = ready.peek();
        int operation = connection.removed ? 0 : next(connection);
        if (operation == 0) {
            ready.poll().queued = false;
            return true;
        }
        if (!takeBuffer()) {
            return false;
        }
        // To the end of the line: every stream gets its turn.
        ready.poll();
        ready.add(connection);
        if (operation == VsockPacket.OP_RW) {
            sendData(connection);
        } else {
            connection.controls &= ~(1 << operation);
            int flags = operation == VsockPacket.OP_SHUTDOWN ? shutdownFlags(connection) : 0;
            outbound.set(guestCid, connection.hostPort(), connection.guestPort(), 0, operation, flags, VsockConfig.RECEIVE_BUFFER,
                    connection.announceForwarded());
            send();
        }
        return true;
    }

    private static int shutdownFlags(VsockConnection connection) {
        return connection.peerSendShutdown ? BOTH : VsockPacket.SHUTDOWN_SEND;
    }

    /** What the stream has to send, or 0. What was decided stays decided in {@code controls} until a buffer is there. */
    private int next(VsockConnection connection) {
        for (int operation : ORDER) {
            if ((connection.controls & 1 << operation) != 0) {
                return operation;
            }
        }
        if (!connection.established) {
            return 0;
        }
        if (connection.pendingLength() > 0 && !connection.peerReceiveShutdown) {
            if (connection.sendRoom() > 0) {
                return VsockPacket.OP_RW;
            }
            if (!connection.creditAsked) {
                // §5.10.6.3: the guest may have forgotten to tell.
                connection.creditAsked = true;
                connection.controls |= 1 << VsockPacket.OP_CREDIT_REQUEST;
                return VsockPacket.OP_CREDIT_REQUEST;
            }
            return 0;
        }
        if (connection.outputShutdown && !connection.shutdownSent) {
            connection.shutdownSent = true;
            connection.controls |= 1 << VsockPacket.OP_SHUTDOWN;
            if (connection.peerSendShutdown) {
                device.finish(connection);
            }
        }
        return (connection.controls & 1 << VsockPacket.OP_SHUTDOWN) != 0 ? VsockPacket.OP_SHUTDOWN : 0;
    }

    /** Pops a buffer that has room for a header; smaller ones go back unused. */
    private boolean takeBuffer() {
        while (rx.pop(chain)) {
            if (chain.writableLength() >= HEADER) {
                return true;
            }
            metrics.malformed.increment();
            rx.addUsed(chain.head(), 0);
        }
        return false;
    }

    private void sendData(VsockConnection connection) {
        int room = (int) Math.min(VsockConfig.MAX_PAYLOAD, chain.writableLength() - HEADER);
        int n = connection.contiguous(Math.min(room, connection.sendRoom()));
        if (n == 0) {
            // A buffer for the header alone: nothing can be sent in it, and nobody will complain but its maker.
            metrics.malformed.increment();
            rx.addUsed(chain.head(), 0);
            return;
        }
        outbound.set(guestCid, connection.hostPort(), connection.guestPort(), n, VsockPacket.OP_RW, 0, VsockConfig.RECEIVE_BUFFER,
                connection.announceForwarded());
        chain.write(outbound.bytes, 0, HEADER);
        chain.write(connection.pending(), connection.pendingStart(), n);
        rx.addUsed(chain.head(), chain.written());
        metrics.receivedPackets.increment();
        metrics.received.add(n);
        if (connection.sent(n)) {
            connection.handler().writable();
        }
    }

    private void send() {
        chain.write(outbound.bytes, 0, HEADER);
        rx.addUsed(chain.head(), chain.written());
        metrics.receivedPackets.increment();
    }
}
