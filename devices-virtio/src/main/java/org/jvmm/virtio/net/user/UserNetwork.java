package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.channels.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.virtio.net.FrameSink;
import org.jvmm.virtio.net.NetBackend;
import org.jvmm.virtio.net.NetFeatures;
import org.jvmm.virtio.net.NetHeader;
import org.jvmm.virtio.net.PacketBuffer;

/**
 * A network of its own for one guest, made of the host process's sockets: no privileges and no helper. It answers ARP, DHCP and echo requests, passes
 * questions to the host's name servers, and makes the guest's TCP connections and UDP datagrams those of this process.
 *
 * <p>Nothing is taken from the host before the guest's first packet, but for the ports that are forwarded.
 */
public final class UserNetwork implements NetBackend {
    private final UserNetConfig config;
    private final UserNetMetrics metrics = new UserNetMetrics();
    private final List<TcpListener> tcpListeners = new ArrayList<>();
    private final List<UdpListener> udpListeners = new ArrayList<>();
    private final EventLoop loop;
    private final TimerQueue timers;
    private final Supplier<LinuxSyscalls> binding;
    private final FrameOutput out;
    private Protocols protocols;

    /**
     * Binds the forwarded ports.
     *
     * @param loop where everything happens; may be shared with the card
     * @param timers for retransmissions and time-outs
     * @param binding makes system calls for the calling thread, or null: then hosts outside cannot be pinged
     * @throws UserNetException when a port of the host cannot be had
     */
    public UserNetwork(UserNetConfig config, EventLoop loop, TimerQueue timers, Supplier<LinuxSyscalls> binding) {
        this.config = config;
        this.loop = loop;
        this.timers = timers;
        this.binding = binding;
        this.out = new FrameOutput(config, metrics);
        try {
            for (PortForward forward : config.forwards()) {
                if (forward.udp()) {
                    udpListeners.add(new UdpListener(forward));
                } else {
                    tcpListeners.add(new TcpListener(forward));
                }
            }
        } catch (UserNetException e) {
            closeListeners();
            throw e;
        }
    }

    /** What happened. */
    public UserNetMetrics metrics() {
        return metrics;
    }

    /** The ports listened on, TCP first, each in the order they were given. */
    public List<Integer> forwardedPorts() {
        List<Integer> ports = new ArrayList<>();
        tcpListeners.forEach(listener -> ports.add(listener.port()));
        udpListeners.forEach(listener -> ports.add(listener.port()));
        return ports;
    }

    /** TCP connections and UDP flows that exist now. */
    public int connections() {
        return protocols == null ? 0 : protocols.tcp.size() + protocols.udp.size();
    }

    /** Buffers with bytes on their way now. */
    int buffersInUse() {
        return protocols == null ? 0 : protocols.tcp.pool.taken();
    }

    @Override
    public long features() {
        return NetFeatures.CSUM | NetFeatures.GUEST_CSUM | NetFeatures.HOST_TSO4 | NetFeatures.GUEST_TSO4;
    }

    @Override
    public boolean wants(int etherType) {
        return etherType == Wire.TYPE_IPV4 || etherType == Wire.TYPE_ARP;
    }

    @Override
    public void start(FrameSink sink, long features) {
        out.start(sink, features);
        if (!tcpListeners.isEmpty() || !udpListeners.isEmpty()) {
            Protocols started = protocols();
            tcpListeners.forEach(listener -> listener.start(started.net, started.tcp));
            udpListeners.forEach(listener -> listener.start(started.net, started.udp));
        }
    }

    private Protocols protocols() {
        if (protocols == null) {
            protocols = new Protocols();
        }
        return protocols;
    }

    @Override
    public boolean transmit(PacketBuffer packet) {
        handle(packet.bytes());
        return true;
    }

    /** Handles a packet between index 0 and the writer index. */
    void handle(ByteBuf packet) {
        int end = packet.writerIndex();
        if (end < Wire.IP) {
            metrics.malformed().increment();
            return;
        }
        switch (packet.getUnsignedShort(Wire.ETH_TYPE)) {
            case Wire.TYPE_IPV4 -> protocols().ipv4(packet, end);
            case Wire.TYPE_ARP -> protocols().arp.handle(packet, Wire.IP, end - Wire.IP);
            default -> metrics.unsupported().increment();
        }
    }

    @Override
    public void transmitted() {
        if (protocols != null) {
            protocols.tcp.flush();
        }
        out.flush();
    }

    @Override
    public void receiveReady() {
        out.unblock();
        out.flush();
    }

    @Override
    public void stop() {
        out.stop();
        if (protocols != null) {
            protocols.stop();
            tcpListeners.forEach(TcpListener::stop);
            udpListeners.forEach(UdpListener::stop);
        }
    }

    @Override
    public void close() {
        closeListeners();
        if (protocols != null) {
            protocols.close();
        }
    }

    private void closeListeners() {
        tcpListeners.forEach(listener -> closeQuietly(listener));
        udpListeners.forEach(listener -> closeQuietly(listener));
    }

    private void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (IOException e) {
            metrics.hostFailures().increment();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Closes a channel whose set-up failed. */
    static void closeAfter(Channel channel, IOException failure) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    static UserNetException portUnavailable(PortForward forward, IOException e) {
        String port = (forward.hostAddress() == 0 ? "" : UserNetConfig.text(forward.hostAddress()) + ":") + forward.hostPort()
                + (forward.udp() ? "/udp" : "");
        return new UserNetException("Cannot listen on port " + port + ": " + e.getMessage(), e);
    }

    /** What exists from the first packet on. */
    private final class Protocols {
        private final NetContext net = new NetContext(config, loop, new Timers(timers, loop), out, metrics);
        private final HostPing ping = binding == null ? null : new HostPing(net, binding);
        private final ArpResponder arp = new ArpResponder(net);
        private final IcmpResponder icmp = new IcmpResponder(net, ping);
        private final TcpStack tcp = new TcpStack(net, icmp);
        private final UdpNat udp = new UdpNat(net, icmp, new DhcpServer(net));
        private final Reassembly reassembly = new Reassembly(net);

        private Protocols() {}

        private void ipv4(ByteBuf packet, int end) {
            int length = end - Wire.IP;
            int header = length < Wire.IP_SIZE ? 0 : (packet.getByte(Wire.IP) & 15) * 4;
            int total = length < Wire.IP_SIZE ? 0 : packet.getUnsignedShort(Wire.IP + Wire.IP_TOTAL_LENGTH);
            // What is behind the packet is padding of short frames.
            if (header < Wire.IP_SIZE || packet.getByte(Wire.IP) >> 4 != 4 || total < header || total > length
                    || Checksum.finish(Checksum.add(0, packet, Wire.IP, header)) != 0) {
                metrics.malformed().increment();
                return;
            }
            int source = packet.getInt(Wire.IP + Wire.IP_SOURCE);
            // Before DHCP has given it an address a guest has none (RFC 2131 §4.1).
            if (source != UserNetConfig.GUEST && source != 0) {
                metrics.foreign().increment();
                return;
            }
            int field = packet.getUnsignedShort(Wire.IP + Wire.IP_FRAGMENT);
            if ((field & ~Wire.IP_DONT_FRAGMENT & 0x3FFF) == 0) {
                boolean complete = (packet.getByte(NetHeader.FLAGS) & NetHeader.F_NEEDS_CSUM) != 0;
                protocol(packet, source, Wire.IP + header, total - header, complete);
                return;
            }
            ByteBuf whole = reassembly.add(packet, Wire.IP + header, total - header);
            if (whole != null) {
                protocol(whole, source, Wire.L4, whole.writerIndex() - Wire.L4, false);
                reassembly.done(whole);
            }
        }

        /** @param trusted whether the checksum is left to us: the guest's memory cannot falsify what it has not computed */
        private void protocol(ByteBuf packet, int source, int offset, int length, boolean trusted) {
            int destination = packet.getInt(Wire.IP + Wire.IP_DESTINATION);
            int protocol = packet.getUnsignedByte(Wire.IP + Wire.IP_PROTOCOL);
            if (protocol != Wire.PROTOCOL_UDP && source != UserNetConfig.GUEST) {
                metrics.foreign().increment();
                return;
            }
            switch (protocol) {
                case Wire.PROTOCOL_TCP -> {
                    if (trusted || sum(packet, source, destination, protocol, offset, length) == 0) {
                        tcp.handle(packet, destination, offset, length);
                    } else {
                        metrics.malformed().increment();
                    }
                }
                case Wire.PROTOCOL_UDP -> {
                    boolean none = length >= Wire.UDP_SIZE && packet.getShort(offset + Wire.UDP_CHECKSUM) == 0;
                    if (trusted || none || sum(packet, source, destination, protocol, offset, length) == 0) {
                        udp.handle(packet, source, destination, offset, length);
                    } else {
                        metrics.malformed().increment();
                    }
                }
                case Wire.PROTOCOL_ICMP -> icmp.handle(packet, destination, offset, length);
                default -> {
                    metrics.unsupported().increment();
                    icmp.unreachable(packet, Wire.UNREACHABLE_PROTOCOL);
                }
            }
        }

        private static int sum(ByteBuf packet, int source, int destination, int protocol, int offset, int length) {
            return Checksum.finish(Checksum.add(Checksum.pseudoHeader(source, destination, protocol, length), packet, offset, length));
        }

        private void stop() {
            tcp.abortAll();
            udp.closeAll();
            reassembly.clear();
            if (ping != null) {
                ping.stop();
            }
        }

        private void close() {
            stop();
            tcp.pool.close();
            if (ping != null) {
                ping.close();
            }
        }
    }
}
