package org.jvmm.virtio.vsock;

import java.io.DataInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;

/**
 * The socket device (virtio 1.3 §5.10): streams between the guest and this process, in which a {@link UnixSocketBackend} may pass them on. All state belongs
 * to the event loop. What goes to the guest is the {@link VsockSender}'s part.
 */
public final class VsockDevice implements VirtioDevice {
    /** The host's context id. */
    public static final long HOST_CID = 2;
    /** Most streams at a time. */
    public static final int MAX_CONNECTIONS = VsockConfig.MAX_CONNECTIONS;

    /** §5.10.6.7: struct virtio_vsock_event with id VIRTIO_VSOCK_EVENT_TRANSPORT_RESET. */
    private static final byte[] TRANSPORT_RESET = new byte[4];
    /** Packets of the guest that are taken before other devices of the loop get their turn. */
    private static final int MAX_TURN = 256;
    /** Send buffers that are kept for the next stream. */
    private static final int MAX_SPARE = 16;

    private record Waiting(int guestPort, VsockHandler handler, boolean limited) {}

    private final EventLoop loop;
    private final TimerQueue timers;
    private final long guestCid;
    private final ConfigSpace config;
    private final VsockMetrics metrics = new VsockMetrics();
    private final ConnectionTable connections = new ConnectionTable();
    private final Map<Integer, Function<VsockConnection, VsockHandler>> listeners = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private final ArrayDeque<byte[]> spareBuffers = new ArrayDeque<>();
    private final VsockPacket inbound = new VsockPacket();
    private final byte[] payload = new byte[VsockConfig.MAX_PAYLOAD];
    private final ByteBuffer payloadView = ByteBuffer.wrap(payload);
    private final VsockSender sender;
    private final Runnable nextTurn = this::transmit;

    private IntFunction<Function<VsockConnection, VsockHandler>> fallback = port -> null;
    private VirtQueue tx;
    private VirtQueue events;
    private DescriptorChain txChain;
    private DescriptorChain eventChain;
    private VirtioInterrupt interrupt;
    /** The loop, guarded against what the guest does to its rings. */
    private EventLoop nextTurns;
    private int nextPort = VsockConfig.FIRST_HOST_PORT - 1;
    private boolean resetPending;
    private boolean paused;

    /** A device without a clock: it waits for ever for a guest that does not answer. */
    public VsockDevice(long guestCid, EventLoop loop) {
        this(guestCid, loop, null);
    }

    /**
     * @param guestCid the guest's context id, 3 or above
     * @param loop where the device lives
     * @param timers for streams that the guest leaves half open; null for no limit
     */
    public VsockDevice(long guestCid, EventLoop loop, TimerQueue timers) {
        this.guestCid = guestCid;
        this.loop = loop;
        this.timers = timers;
        this.config = VsockConfig.space(guestCid);
        this.sender = new VsockSender(this, guestCid, metrics);
    }

    // ---- the host's side ----------------------------------------------------------------------------------------------------------------

    /** Opens a stream to a guest port; waits until the guest's driver is there, and then as long as it takes. Any thread. */
    public void connect(int guestPort, VsockHandler handler) {
        loop.execute(() -> connectOnLoop(new Waiting(guestPort, handler, false)));
    }

    /** Opens a stream that the guest must accept within two seconds once its driver is there. On the loop. */
    void connectInTime(int guestPort, VsockHandler handler) {
        connectOnLoop(new Waiting(guestPort, handler, true));
    }

    private void connectOnLoop(Waiting wanted) {
        if (tx == null) {
            waiting.add(wanted);
        } else {
            open(wanted);
        }
    }

    /** Forgets a stream that still waits for the guest's driver. On the loop. */
    void cancel(VsockHandler handler) {
        waiting.removeIf(one -> one.handler == handler);
    }

    /** Accepts streams that the guest opens to a host port. Any thread. */
    public void listen(int hostPort, Function<VsockConnection, VsockHandler> acceptor) {
        loop.execute(() -> listeners.put(hostPort, acceptor));
    }

    /** Asked for an acceptor of ports nobody listens on; answers null to refuse. On the loop. */
    void listenOthers(IntFunction<Function<VsockConnection, VsockHandler>> acceptors) {
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

    private void open(Waiting wanted) {
        if (connections.size() >= MAX_CONNECTIONS) {
            metrics.limited.increment();
            wanted.handler.closed(VsockCloseReason.UNAVAILABLE);
            return;
        }
        int hostPort = freePort(wanted.guestPort);
        VsockConnection connection = new VsockConnection(this, hostPort, wanted.guestPort, wanted.handler);
        add(connection);
        if (wanted.limited) {
            startTimer(connection);
        }
        control(connection, VsockPacket.OP_REQUEST);
    }

    private int freePort(int guestPort) {
        do {
            nextPort = nextPort == Integer.MAX_VALUE ? VsockConfig.FIRST_HOST_PORT : nextPort + 1;
        } while (connections.find(nextPort, guestPort) != null);
        return nextPort;
    }

    private void add(VsockConnection connection) {
        connections.add(connection);
        metrics.added.increment();
    }

    private void remove(VsockConnection connection, VsockCloseReason reason) {
        if (connection.removed) {
            return;
        }
        connection.removed = true;
        stopTimer(connection);
        connection.releaseBuffer();
        connections.remove(connection);
        metrics.removed.increment();
        connection.handler().closed(reason);
    }

    void closeByHost(VsockConnection connection) {
        if (!connection.removed) {
            sender.refuse(connection.hostPort(), connection.guestPort());
            remove(connection, VsockCloseReason.CLOSED);
            sender.flush();
        }
    }

    private void startTimer(VsockConnection connection) {
        if (timers == null) {
            return;
        }
        if (connection.timer == null) {
            connection.timer = timers.newTimer(() -> loop.execute(() -> timedOut(connection)));
        }
        connection.timer.arm(timers.clock().nanoTime() + VsockConfig.PATIENCE_NANOS);
    }

    private static void stopTimer(VsockConnection connection) {
        if (connection.timer != null) {
            connection.timer.cancel();
        }
    }

    private void timedOut(VsockConnection connection) {
        boolean waits = !connection.established || connection.shutdownSent && connection.peerSendShutdown;
        if (!connection.removed && waits) {
            metrics.killed.increment();
            sender.refuse(connection.hostPort(), connection.guestPort());
            remove(connection, connection.established ? VsockCloseReason.CLOSED : VsockCloseReason.TIMED_OUT);
            sender.flush();
        }
    }

    void control(VsockConnection connection, int operation) {
        connection.controls |= 1 << operation;
        changed(connection);
    }

    /** The stream has something to send, or may have. */
    void changed(VsockConnection connection) {
        sender.enqueue(connection);
        sender.flush();
    }

    byte[] takeBuffer() {
        byte[] spare = spareBuffers.poll();
        return spare != null ? spare : new byte[VsockConfig.SEND_BUFFER];
    }

    void giveBuffer(byte[] buffer) {
        if (spareBuffers.size() < MAX_SPARE) {
            spareBuffers.push(buffer);
        }
    }

    // ---- the transport's side -----------------------------------------------------------------------------------------------------------

    @Override
    public int id() {
        return VirtioDeviceId.VSOCK;
    }

    @Override
    public int queueCount() {
        return VsockConfig.QUEUES;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public void activate(DeviceContext context) {
        interrupt = context.interrupt();
        nextTurns = context.loop();
        if (!context.queue(VsockConfig.RX).isReady() || !context.queue(VsockConfig.TX).isReady()) {
            return;
        }
        tx = context.queue(VsockConfig.TX);
        txChain = tx.newChain();
        events = context.queue(VsockConfig.EVENT);
        eventChain = events.newChain();
        sender.start(context.queue(VsockConfig.RX), interrupt);
        List<Waiting> now = new ArrayList<>(waiting);
        waiting.clear();
        for (Waiting one : now) {
            open(one);
        }
    }

    @Override
    public void reset() {
        tx = null;
        events = null;
        paused = false;
        sender.stop();
        for (VsockConnection connection : connections.all()) {
            remove(connection, VsockCloseReason.UNAVAILABLE);
        }
    }

    @Override
    public void pause() {
        paused = true;
        sender.hold(true);
    }

    @Override
    public void resume() {
        paused = false;
        sender.hold(false);
    }

    @Override
    public DeviceState save() {
        return new VsockState(nextPort, resetPending);
    }

    @Override
    public void restore(DeviceState state) {
        nextPort = ((VsockState) state).nextPort();
        // The streams of the saved machine are not ours.
        resetPending = true;
    }

    @Override
    public DeviceState readState(int version, DataInput in) throws IOException {
        return VsockState.readFrom(version, in);
    }

    @Override
    public void handleQueue(int queue) {
        if (tx == null) {
            return;
        }
        switch (queue) {
            case VsockConfig.TX -> transmit();
            case VsockConfig.RX -> {
                sender.flush();
                // Packets may wait because their answers had no room.
                transmit();
            }
            default -> sendEvent();
        }
    }

    private void sendEvent() {
        if (resetPending && events.isReady() && events.pop(eventChain)) {
            resetPending = false;
            eventChain.write(TRANSPORT_RESET, 0, TRANSPORT_RESET.length);
            events.addUsed(eventChain.head(), eventChain.written());
            interrupt.queueUsed(events);
        }
    }

    /** Takes packets that the guest has sent, as long as there is room for the answers. */
    private void transmit() {
        if (tx == null || paused) {
            return;
        }
        boolean any = false;
        // Answers go out at the end, together.
        sender.hold(true);
        try {
            int budget = MAX_TURN;
            while (tx != null && sender.hasRoom() && tx.pop(txChain)) {
                receivePacket();
                if (tx != null) {
                    tx.addUsed(txChain.head(), 0);
                }
                any = true;
                if (--budget == 0) {
                    nextTurns.execute(nextTurn);
                    break;
                }
            }
        } finally {
            sender.hold(paused);
        }
        if (any && tx != null) {
            interrupt.queueUsed(tx);
        }
        sender.flush();
    }

    private void receivePacket() {
        if (txChain.read(inbound.bytes, 0, VsockPacket.HEADER) < VsockPacket.HEADER) {
            metrics.malformed.increment();
            return;
        }
        metrics.transmittedPackets.increment();
        int length = inbound.length();
        boolean sane = inbound.sourceCid() == guestCid && inbound.destinationCid() == HOST_CID && length >= 0
                && length <= VsockConfig.MAX_PAYLOAD
                && txChain.readable() >= length;
        if (!sane) {
            // §5.10.6: the guest's own CID as source; others than the host cannot be reached.
            metrics.malformed.increment();
            return;
        }
        int hostPort = inbound.destinationPort();
        int guestPort = inbound.sourcePort();
        if (inbound.type() != VsockPacket.TYPE_STREAM) {
            // §5.10.6: unknown types are answered with RST.
            sender.refuse(hostPort, guestPort);
            return;
        }
        VsockConnection connection = connections.find(hostPort, guestPort);
        if (connection == null) {
            if (inbound.operation() == VsockPacket.OP_REQUEST) {
                accept(hostPort, guestPort);
            } else if (inbound.operation() != VsockPacket.OP_RST) {
                sender.refuse(hostPort, guestPort);
            }
            return;
        }
        connection.updateCredit(inbound);
        handle(connection, length);
        if (!connection.removed) {
            sender.enqueue(connection);
        }
    }

    private void accept(int hostPort, int guestPort) {
        if (connections.size() >= MAX_CONNECTIONS) {
            metrics.limited.increment();
            sender.refuse(hostPort, guestPort);
            return;
        }
        Function<VsockConnection, VsockHandler> acceptor = listeners.get(hostPort);
        if (acceptor == null) {
            acceptor = fallback.apply(hostPort);
        }
        if (acceptor == null) {
            sender.refuse(hostPort, guestPort);
            return;
        }
        HandlerSlot slot = new HandlerSlot();
        VsockConnection connection = new VsockConnection(this, hostPort, guestPort, slot);
        slot.target = acceptor.apply(connection);
        connection.updateCredit(inbound);
        connection.established = true;
        add(connection);
        control(connection, VsockPacket.OP_RESPONSE);
        slot.connected(connection);
    }

    private void handle(VsockConnection connection, int length) {
        switch (inbound.operation()) {
            case VsockPacket.OP_RESPONSE -> {
                if (connection.established) {
                    protocolError(connection);
                } else {
                    connection.established = true;
                    stopTimer(connection);
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
            case VsockPacket.OP_CREDIT_REQUEST -> control(connection, VsockPacket.OP_CREDIT_UPDATE);
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
        if (length > 0) {
            payloadView.limit(length).position(0);
            connection.handler().received(payloadView);
        }
    }

    private void shutdown(VsockConnection connection, int flags) {
        if (!connection.established) {
            protocolError(connection);
            return;
        }
        if ((flags & VsockPacket.SHUTDOWN_RECEIVE) != 0 && !connection.peerReceiveShutdown) {
            connection.peerReceiveShutdown = true;
            // What was queued has no reader; a writer that waits may drop the rest.
            connection.releaseBuffer();
            connection.handler().writable();
        }
        if ((flags & VsockPacket.SHUTDOWN_SEND) != 0 && !connection.peerSendShutdown) {
            connection.peerSendShutdown = true;
            connection.handler().peerShutdown();
        }
        if (connection.peerReceiveShutdown && connection.peerSendShutdown && !connection.removed) {
            // A full shutdown is answered with RST (virtio 1.3 §5.10.6.5).
            sender.refuse(connection.hostPort(), connection.guestPort());
            remove(connection, VsockCloseReason.CLOSED);
        } else if (connection.shutdownSent && !connection.removed) {
            finish(connection);
        }
    }

    /** Neither side has more to say: ask the guest to confirm. */
    void finish(VsockConnection connection) {
        control(connection, VsockPacket.OP_SHUTDOWN);
        startTimer(connection);
    }

    private void protocolError(VsockConnection connection) {
        metrics.malformed.increment();
        sender.refuse(connection.hostPort(), connection.guestPort());
        remove(connection, VsockCloseReason.RESET);
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
