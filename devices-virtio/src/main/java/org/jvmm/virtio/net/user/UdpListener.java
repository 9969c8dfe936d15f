package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.HashMap;
import java.util.Map;

/** A UDP port of the host that leads into the guest. The guest knows each peer by a port of the host's address. */
final class UdpListener extends FrameOutput.Blocked implements AutoCloseable {
    private static final int FIRST_PORT = 49_152;
    private static final int MAX_PEERS = 1024;
    private static final long IDLE = 120_000_000_000L;
    private static final int READ_BUDGET = 64;

    private final HostPort<DatagramChannel> host;
    private final PortForward forward;
    private final Map<SocketAddress, Peer> peers = new HashMap<>();
    private NetContext net;
    private UdpNat nat;
    private int nextPort;
    private boolean running;

    /** @throws UserNetException when the port cannot be had */
    UdpListener(PortForward forward) {
        this.forward = forward;
        this.host = HostPort.udp(forward);
    }

    /** The port of the host, also when any was asked for. */
    int port() {
        return host.number();
    }

    void start(NetContext context, UdpNat udp) {
        net = context;
        nat = udp;
        running = true;
        host.watch(context, this::receive);
    }

    void stop() {
        running = false;
        host.watch(false);
    }

    private void receive() {
        ByteBuf buffer = net.out.packet();
        int start = Wire.L4 + Wire.UDP_SIZE;
        try {
            for (int budget = READ_BUDGET; budget > 0; budget--) {
                if (!net.out.ready()) {
                    host.watch(false);
                    net.out.whenReady(this);
                    return;
                }
                ByteBuffer view = buffer.internalNioBuffer(start, UdpNat.MAX_PAYLOAD);
                SocketAddress source = host.channel().receive(view);
                if (source == null) {
                    return;
                }
                Peer peer = peer(source);
                if (peer == null) {
                    net.metrics.dropped().increment();
                    continue;
                }
                peer.touch();
                net.out.udp(UserNetConfig.HOST, peer.port, UserNetConfig.GUEST, forward.guestPort(), view.position() - start);
            }
        } catch (IOException e) {
            net.metrics.hostFailures().increment();
        }
    }

    private Peer peer(SocketAddress source) {
        Peer known = peers.get(source);
        if (known != null || peers.size() >= MAX_PEERS) {
            return known;
        }
        while (nat.forwarded(forward.guestPort(), FIRST_PORT + nextPort) != null) {
            nextPort = (nextPort + 1) % (65_536 - FIRST_PORT);
        }
        Peer peer = new Peer(source, FIRST_PORT + nextPort);
        nextPort = (nextPort + 1) % (65_536 - FIRST_PORT);
        peers.put(source, peer);
        nat.addForwarded(forward.guestPort(), peer.port, peer);
        return peer;
    }

    @Override
    void unblocked() {
        if (running) {
            host.watch(true);
        }
    }

    @Override
    void expired() {
        // Listeners have no deadline of their own.
    }

    @Override
    public void close() throws IOException {
        host.close();
    }

    /** One that has sent to the port. */
    final class Peer extends Timers.Entry {
        private final SocketAddress address;
        private final int port;
        private long lastUse;

        private Peer(SocketAddress address, int port) {
            this.address = address;
            this.port = port;
        }

        private void touch() {
            lastUse = net.timers.now();
            if (!isArmed()) {
                net.timers.arm(this, IDLE);
            }
        }

        /** Sends it an answer of the guest. */
        void send(ByteBuf packet, int offset, int length) {
            touch();
            try {
                host.channel().send(packet.internalNioBuffer(offset, length), address);
            } catch (IOException e) {
                net.metrics.hostFailures().increment();
            }
        }

        void forget() {
            net.timers.cancel(this);
            peers.remove(address);
            nat.removeForwarded(forward.guestPort(), port);
        }

        @Override
        void expired() {
            long quiet = net.timers.now() - lastUse;
            if (quiet < IDLE) {
                net.timers.arm(this, IDLE - quiet);
            } else {
                forget();
            }
        }
    }
}
