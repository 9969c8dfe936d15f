package org.jvmm.virtio.vsock;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jvmm.core.event.EventLoop;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;

/**
 * The socket device (virtio 1.3 §5.10): streams between the guest and this process, in which a {@link UnixSocketBackend} may pass them on. All state belongs
 * to the event loop.
 */
public final class VsockDevice implements VirtioDevice {
    /** The host's context id. */
    public static final long HOST_CID = 2;
    /** Most streams at a time. */
    public static final int MAX_CONNECTIONS = 1023;

    private static final int RX = 0;
    private static final int TX = 1;
    private static final int QUEUES = 3;
    /** Largest payload of a packet to the guest: Linux offers 4 KiB buffers, others more. */
    private static final int MAX_PAYLOAD = 64 << 10;
    private static final int FIRST_HOST_PORT = 1 << 30;

    private record Key(int hostPort, int guestPort) {}

    private record Control(int hostPort, int guestPort, int operation, int flags, VsockConnection connection) {}

    private record Waiting(int guestPort, VsockHandler handler) {}

    private final EventLoop loop;
    private final long guestCid;
    private final ConfigSpace config = new ConfigSpace(8);
    private final VsockMetrics metrics = new VsockMetrics();
    private final Map<Key, VsockConnection> connections = new LinkedHashMap<>();
    private final Map<Integer, Function<VsockConnection, VsockHandler>> listeners = new HashMap<>();
    private final ArrayDeque<Control> controls = new ArrayDeque<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private final VsockPacket inbound = new VsockPacket();
    private final VsockPacket outbound = new VsockPacket();
    private final byte[] payload = new byte[MAX_PAYLOAD];
    private final ByteBuffer payloadView = ByteBuffer.wrap(payload);

    private Function<Integer, Function<VsockConnection, VsockHandler>> fallback = port -> null;
    private VirtQueue rx;
    private VirtQueue tx;
    private DescriptorChain rxChain;
    private DescriptorChain txChain;
    private VirtioInterrupt interrupt;
    private int nextPort = FIRST_HOST_PORT;
    private boolean flushing;

    /**
     * @param guestCid the guest's context id, 3 or above
     * @param loop where the device lives
     */
    public VsockDevice(long guestCid, EventLoop loop) {
        this.guestCid = guestCid;
        this.loop = loop;
        config.set(0, 8, guestCid);
    }

    // ---- the host's side ----------------------------------------------------------------------------------------------------------------

    /** Opens a stream to a guest port; waits until the guest's driver is there. Any thread. */
    public void connect(int guestPort, VsockHandler handler) {
        loop.execute(() -> {
            if (rx == null) {
                waiting.add(new Waiting(guestPort, handler));
            } else {
                open(guestPort, handler);
            }
        });
    }

    /** Accepts streams that the guest opens to a host port. Any thread. */
    public void listen(int hostPort, Function<VsockConnection, VsockHandler> acceptor) {
        loop.execute(() -> listeners.put(hostPort, acceptor));
    }

    /** Asked for an acceptor of ports nobody listens on; answers null to refuse. On the loop. */
    void listenOthers(Function<Integer, Function<VsockConnection, VsockHandler>> acceptors) {
        fallback = acceptors;
    }

    /** What the device counts. */
    public VsockMetrics metrics() {
        return metrics;
    }

    /** Streams at present; on the loop. */
    public int connectionCount() {
        return connections.size();
    }

    private void open(int guestPort, VsockHandler handler) {
        if (connections.size() >= MAX_CONNECTIONS) {
            handler.closed(VsockCloseReason.UNAVAILABLE);
            return;
        }
        int hostPort = freePort(guestPort);
        VsockConnection connection = new VsockConnection(this, hostPort, guestPort, handler);
        add(connection);
        control(connection, VsockPacket.OP_REQUEST, 0);
        flush();
    }

    private int freePort(int guestPort) {
        do {
            nextPort = nextPort == Integer.MAX_VALUE ? FIRST_HOST_PORT : nextPort + 1;
        } while (connections.containsKey(new Key(nextPort, guestPort)));
        return nextPort;
    }

    private void add(VsockConnection connection) {
        connections.put(new Key(connection.hostPort(), connection.guestPort()), connection);
        metrics.added.increment();
    }

    private void remove(VsockConnection connection, VsockCloseReason reason) {
        if (connection.removed) {
            return;
        }
        connection.removed = true;
        connections.remove(new Key(connection.hostPort(), connection.guestPort()));
        metrics.removed.increment();
        connection.handler().closed(reason);
    }

    void closeByHost(VsockConnection connection) {
        if (!connection.removed) {
            control(connection, VsockPacket.OP_RST, 0);
            remove(connection, VsockCloseReason.CLOSED);
            flush();
        }
    }

    void sendCredit(VsockConnection connection) {
        control(connection, VsockPacket.OP_CREDIT_UPDATE, 0);
        flush();
    }

    private void control(VsockConnection connection, int operation, int flags) {
        controls.add(new Control(connection.hostPort(), connection.guestPort(), operation, flags, connection));
    }

    private void refuse(int hostPort, int guestPort) {
        // A guest that floods us with nonsense while it offers no buffers must not fill our memory.
        if (controls.size() < 4 * MAX_CONNECTIONS) {
            controls.add(new Control(hostPort, guestPort, VsockPacket.OP_RST, 0, null));
        }
    }

    // ---- the transport's side -----------------------------------------------------------------------------------------------------------

    @Override
    public int id() {
        return VirtioDeviceId.VSOCK;
    }

    @Override
    public int queueCount() {
        return QUEUES;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public void activate(DeviceContext context) {
        interrupt = context.interrupt();
        if (!context.queue(RX).isReady() || !context.queue(TX).isReady()) {
            return;
        }
        tx = context.queue(TX);
        rx = context.queue(RX);
        rxChain = rx.newChain();
        txChain = tx.newChain();
        List<Waiting> now = new ArrayList<>(waiting);
        waiting.clear();
        for (Waiting one : now) {
            open(one.guestPort, one.handler);
        }
        transmit();
    }

    @Override
    public void reset() {
        rx = null;
        tx = null;
        controls.clear();
        for (VsockConnection connection : new ArrayList<>(connections.values())) {
            remove(connection, VsockCloseReason.UNAVAILABLE);
        }
    }

    @Override
    public void handleQueue(int queue) {
        if (rx == null) {
            return;
        }
        if (queue == TX) {
            transmit();
        } else if (queue == RX) {
            flush();
        }
    }

    /** Takes all packets that the guest has sent. */
    private void transmit() {
        boolean any = false;
        // Handlers may reset the device's state through the transport only, so tx stays while we loop; answers go out at the end, together.
        flushing = true;
        try {
            while (tx != null && tx.pop(txChain)) {
                receivePacket();
                tx.addUsed(txChain.head(), 0);
                any = true;
            }
        } finally {
            flushing = false;
        }
        if (any && tx != null) {
            interrupt.queueUsed(tx);
        }
        flush();
    }

    private void receivePacket() {
        if (txChain.read(inbound.bytes, 0, VsockPacket.HEADER) < VsockPacket.HEADER) {
            metrics.malformed.increment();
            return;
        }
        int length = inbound.length();
        boolean sane = inbound.sourceCid() == guestCid && inbound.destinationCid() == HOST_CID && length >= 0 && length <= MAX_PAYLOAD
                && txChain.readableLength() - VsockPacket.HEADER >= length;
        if (!sane) {
            metrics.malformed.increment();
            return;
        }
        int hostPort = inbound.destinationPort();
        int guestPort = inbound.sourcePort();
        if (inbound.type() != VsockPacket.TYPE_STREAM) {
            // Unknown types are answered with RST (virtio 1.3 §5.10.6).
            refuse(hostPort, guestPort);
            return;
        }
        VsockConnection connection = connections.get(new Key(hostPort, guestPort));
        if (connection == null) {
            if (inbound.operation() == VsockPacket.OP_REQUEST) {
                accept(hostPort, guestPort);
            } else if (inbound.operation() != VsockPacket.OP_RST) {
                refuse(hostPort, guestPort);
            }
            return;
        }
        connection.updateCredit(inbound);
        handle(connection, length);
    }

    private void accept(int hostPort, int guestPort) {
        Function<VsockConnection, VsockHandler> acceptor = listeners.get(hostPort);
        if (acceptor == null) {
            acceptor = fallback.apply(hostPort);
        }
        if (acceptor == null || connections.size() >= MAX_CONNECTIONS) {
            refuse(hostPort, guestPort);
            return;
        }
        HandlerSlot slot = new HandlerSlot();
        VsockConnection connection = new VsockConnection(this, hostPort, guestPort, slot);
        slot.target = acceptor.apply(connection);
        connection.updateCredit(inbound);
        connection.established = true;
        add(connection);
        control(connection, VsockPacket.OP_RESPONSE, 0);
        slot.connected(connection);
    }

    private void handle(VsockConnection connection, int length) {
        switch (inbound.operation()) {
            case VsockPacket.OP_RESPONSE -> {
                if (connection.established) {
                    protocolError(connection);
                } else {
                    connection.established = true;
                    connection.handler().connected(connection);
                }
            }
            case VsockPacket.OP_RST -> {
                VsockCloseReason reason = !connection.established
                        ? VsockCloseReason.REFUSED
                        : connection.peerSendShutdown || connection.shutdownSent ? VsockCloseReason.CLOSED : VsockCloseReason.RESET;
                remove(connection, reason);
            }
            case VsockPacket.OP_SHUTDOWN -> shutdown(connection, inbound.flags());
            case VsockPacket.OP_RW -> data(connection, length);
            case VsockPacket.OP_CREDIT_UPDATE -> {
                // The credit was taken with the header.
            }
            case VsockPacket.OP_CREDIT_REQUEST -> control(connection, VsockPacket.OP_CREDIT_UPDATE, 0);
            default -> protocolError(connection);
        }
    }

    private void data(VsockConnection connection, int length) {
        if (!connection.established || connection.peerSendShutdown || !connection.mayReceive(length)) {
            protocolError(connection);
            return;
        }
        txChain.read(payload, 0, length);
        connection.countReceived(length);
        metrics.transmitted.add(length);
        payloadView.limit(length).position(0);
        connection.handler().received(payloadView);
    }

    private void shutdown(VsockConnection connection, int flags) {
        if ((flags & VsockPacket.SHUTDOWN_RECEIVE) != 0) {
            connection.peerReceiveShutdown = true;
        }
        if ((flags & VsockPacket.SHUTDOWN_SEND) != 0 && !connection.peerSendShutdown) {
            connection.peerSendShutdown = true;
            connection.handler().peerShutdown();
        }
        if (connection.peerReceiveShutdown && connection.peerSendShutdown && !connection.removed) {
            // A full shutdown is answered with RST once nothing is left to say (virtio 1.3 §5.10.6.5).
            control(connection, VsockPacket.OP_RST, 0);
            remove(connection, VsockCloseReason.CLOSED);
        }
    }

    private void protocolError(VsockConnection connection) {
        metrics.malformed.increment();
        control(connection, VsockPacket.OP_RST, 0);
        remove(connection, VsockCloseReason.RESET);
    }

    // ---- towards the guest --------------------------------------------------------------------------------------------------------------

    /** Sends what waits, as far as the guest has buffers and credit. */
    void flush() {
        if (flushing || rx == null) {
            return;
        }
        flushing = true;
        boolean any = false;
        try {
            any = sendControls();
            boolean progress = true;
            while (progress && rx != null) {
                progress = false;
                for (VsockConnection connection : new ArrayList<>(connections.values())) {
                    progress |= sendData(connection);
                }
                any |= progress;
                any |= sendControls();
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

    private boolean sendControls() {
        boolean any = false;
        while (!controls.isEmpty() && rx != null && rx.pop(rxChain)) {
            Control control = controls.poll();
            VsockConnection connection = control.connection;
            int forwarded = connection == null ? 0 : connection.announceForwarded();
            outbound.set(guestCid, control.hostPort, control.guestPort, 0, control.operation, control.flags, VsockConnection.RECEIVE_BUFFER,
                    forwarded);
            rxChain.write(outbound.bytes, 0, VsockPacket.HEADER);
            rx.addUsed(rxChain.head(), VsockPacket.HEADER);
            any = true;
        }
        return any;
    }

    private boolean sendData(VsockConnection connection) {
        boolean any = false;
        while (connection.established && connection.pendingLength() > 0 && connection.sendRoom() > 0 && controls.isEmpty() && rx != null
                && rx.pop(rxChain)) {
            int room = (int) Math.min(MAX_PAYLOAD, rxChain.writableLength() - VsockPacket.HEADER);
            int n = Math.max(0, connection.contiguous(Math.min(room, connection.sendRoom())));
            outbound.set(guestCid, connection.hostPort(), connection.guestPort(), n, VsockPacket.OP_RW, 0, VsockConnection.RECEIVE_BUFFER,
                    connection.announceForwarded());
            rxChain.write(outbound.bytes, 0, VsockPacket.HEADER);
            rxChain.write(connection.pending(), connection.pendingStart(), n);
            rx.addUsed(rxChain.head(), VsockPacket.HEADER + n);
            metrics.received.add(n);
            if (connection.sent(n)) {
                connection.handler().writable();
            }
            any = true;
        }
        if (connection.outputShutdown && !connection.shutdownSent && connection.pendingLength() == 0 && connection.established) {
            connection.shutdownSent = true;
            control(connection, VsockPacket.OP_SHUTDOWN, VsockPacket.SHUTDOWN_SEND);
        }
        return any;
    }

    /** Stands in for the handler that an acceptor makes only when it sees the connection. */
    private static final class HandlerSlot implements VsockHandler {
        private VsockHandler target;

        @Override
        public void connected(VsockConnection connection) {
            target.connected(connection);
        }

        @Override
        public void received(ByteBuffer data) {
            target.received(data);
        }

        @Override
        public void writable() {
            target.writable();
        }

        @Override
        public void peerShutdown() {
            target.peerShutdown();
        }

        @Override
        public void closed(VsockCloseReason reason) {
            target.closed(reason);
        }
    }
}
