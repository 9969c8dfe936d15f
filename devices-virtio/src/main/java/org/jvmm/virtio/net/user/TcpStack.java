package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** All TCP connections of the guest: the guest's end of each is served here, the other end is a socket of the host. */
final class TcpStack {
    /** More are refused: each may hold two rings of bytes. */
    static final int MAX_CONNECTIONS = 1024;
    private static final int FIRST_FORWARD_PORT = 49_152;
    private static final int FORWARD_PORTS = 65_536 - FIRST_FORWARD_PORT;

    final NetContext net;
    final ByteRing.Pool pool = new ByteRing.Pool();
    private final IcmpResponder icmp;
    private final TcpSegment segment = new TcpSegment();
    private final LongObjectHashMap<TcpConnection> connections = new LongObjectHashMap<>();
    private final List<TcpConnection> acks = new ArrayList<>();
    private SecureRandom random;
    private int nextForwardPort;

    TcpStack(NetContext net, IcmpResponder icmp) {
        this.net = net;
        this.icmp = icmp;
    }

    /** Number of connections, those in TIME-WAIT too. */
    int size() {
        return connections.size();
    }

    /** Handles a segment of the guest. */
    void handle(ByteBuf packet, int destination, int offset, int length) {
        if (!segment.parse(packet, destination, offset, length)) {
            net.metrics.malformed().increment();
            return;
        }
        long key = NetContext.key(segment.guestPort, destination, segment.remotePort);
        TcpConnection connection = connections.get(key);
        boolean opens = (segment.flags & (Wire.SYN | Wire.ACK | Wire.RST)) == Wire.SYN;
        if (connection != null && opens && connection.isTimeWait()) {
            // The guest uses the port again (RFC 6191): within this process no old segment can wander.
            connection.forget();
            connection = null;
        }
        if (connection != null) {
            connection.segment(segment, packet);
        } else if (opens) {
            open(packet);
        } else if (!segment.has(Wire.RST)) {
            refuse();
        }
    }

    private void open(ByteBuf packet) {
        if (!NetContext.reachable(segment.destination)) {
            icmp.unreachable(packet, Wire.UNREACHABLE_HOST);
            return;
        }
        InetAddress address = net.hostAddress(segment.destination, segment.remotePort);
        if (address == null || connections.size() >= MAX_CONNECTIONS) {
            net.metrics.tcpRefused().increment();
            refuse();
            return;
        }
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            boolean connected = channel.connect(new InetSocketAddress(address, segment.remotePort));
            TcpConnection connection = new TcpConnection(this, segment.guestPort, segment.destination, segment.remotePort, channel);
            connections.put(connection.key(), connection);
            net.metrics.tcpConnections().increment();
            connection.openFromGuest(segment, connected);
        } catch (IOException e) {
            if (channel != null) {
                net.close(channel);
            }
            net.metrics.tcpRefused().increment();
            int code = IcmpResponder.unreachableCode(e);
            if (code >= 0) {
                icmp.unreachable(packet, code);
            } else {
                refuse();
            }
        }
    }

    /** Begins a connection to the guest for a client that a listener has accepted. */
    void openToGuest(SocketChannel channel, int guestPort) throws IOException {
        int port = connections.size() < MAX_CONNECTIONS ? freeForwardPort(guestPort) : -1;
        if (port < 0) {
            net.metrics.tcpRefused().increment();
            reset(channel);
            return;
        }
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        TcpConnection connection = new TcpConnection(this, guestPort, UserNetConfig.HOST, port, channel);
        connections.put(connection.key(), connection);
        net.metrics.tcpConnections().increment();
        connection.openToGuest();
    }

    private int freeForwardPort(int guestPort) {
        for (int tries = 0; tries < FORWARD_PORTS; tries++) {
            int port = FIRST_FORWARD_PORT + nextForwardPort;
            nextForwardPort = (nextForwardPort + 1) % FORWARD_PORTS;
            if (!connections.containsKey(NetContext.key(guestPort, UserNetConfig.HOST, port))) {
                return port;
            }
        }
        return -1;
    }

    /** Answers the segment at hand with a reset (RFC 9293 §3.10.7.1). */
    void refuse() {
        if (segment.has(Wire.ACK)) {
            control(segment.guestPort, segment.destination, segment.remotePort, segment.ackNumber, 0, Wire.RST, 0);
        } else {
            control(segment.guestPort, segment.destination, segment.remotePort, 0, segment.sequence + segment.space(), Wire.RST | Wire.ACK,
                    0);
        }
    }

    /** Sends a segment without data and options. */
    boolean control(int guestPort, int remote, int remotePort, int sequence, int ack, int flags, int window) {
        header(guestPort, remotePort, sequence, ack, flags, window, Wire.TCP_SIZE);
        return net.out.tcp(remote, UserNetConfig.GUEST, Wire.TCP_SIZE, 0, 1);
    }

    /** Writes a header of {@code size} bytes into the output buffer. */
    ByteBuf header(int guestPort, int remotePort, int sequence, int ack, int flags, int window, int size) {
        ByteBuf buffer = net.out.packet();
        buffer.setShort(Wire.L4, remotePort);
        buffer.setShort(Wire.L4 + 2, guestPort);
        buffer.setInt(Wire.L4 + Wire.TCP_SEQUENCE, sequence);
        buffer.setInt(Wire.L4 + Wire.TCP_ACK, ack);
        buffer.setByte(Wire.L4 + Wire.TCP_OFFSET, size / 4 << 4);
        buffer.setByte(Wire.L4 + Wire.TCP_FLAGS, flags);
        buffer.setShort(Wire.L4 + Wire.TCP_WINDOW, window);
        buffer.setInt(Wire.L4 + Wire.TCP_CHECKSUM, 0);
        return buffer;
    }

    /** Has the connection acknowledge at the end of the burst. */
    void acknowledgeLater(TcpConnection connection) {
        acks.add(connection);
    }

    /** The end of a burst of packets of the guest or of a socket's event. */
    void flush() {
        for (int i = 0; i < acks.size(); i++) {
            acks.get(i).acknowledge();
        }
        acks.clear();
    }

    void remove(TcpConnection connection) {
        connections.remove(connection.key());
    }

    /** An initial sequence number that nobody can guess (RFC 6528). */
    int initialSequence() {
        if (random == null) {
            random = new SecureRandom();
        }
        return random.nextInt();
    }

    /** Resets a client's connection. */
    void reset(SocketChannel channel) {
        try {
            // With no time to linger, close sends a reset (socket(7), SO_LINGER).
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // It was reset by its peer already.
            net.metrics.hostFailures().increment();
        }
        net.close(channel);
    }

    /** Tells the guest by ICMP that the peer of a connection it opens cannot be reached. */
    void unreachable(int guestPort, int remote, int remotePort, int sequence, int code) {
        icmp.unreachable(Wire.PROTOCOL_TCP, guestPort, remote, remotePort, sequence, code);
    }

    /** Ends all connections: the guest has forgotten them. */
    void abortAll() {
        for (TcpConnection connection : new ArrayList<>(connections.values())) {
            connection.abort();
        }
        acks.clear();
    }
}
