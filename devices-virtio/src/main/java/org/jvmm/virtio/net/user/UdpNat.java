package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;

/** The guest's UDP: a socket of the host for every pair of ports and peer, forgotten when nothing has come for a while. */
final class UdpNat {
    /** The one that was quiet longest makes room for another. */
    static final int MAX_FLOWS = 512;
    /** Largest UDP payload over IPv4. */
    static final int MAX_PAYLOAD = 65_507;

    final NetContext net;
    private final IcmpResponder icmp;
    private final DhcpServer dhcp;
    private final LongObjectHashMap<UdpFlow> flows = new LongObjectHashMap<>();
    private final LongObjectHashMap<UdpListener.Peer> forwarded = new LongObjectHashMap<>();

    UdpNat(NetContext net, IcmpResponder icmp, DhcpServer dhcp) {
        this.net = net;
        this.icmp = icmp;
        this.dhcp = dhcp;
    }

    int size() {
        return flows.size();
    }

    /** Handles a datagram of the guest; its length field has not been looked at. */
    void handle(ByteBuf packet, int source, int destination, int offset, int length) {
        int stated = length < Wire.UDP_SIZE ? 0 : packet.getUnsignedShort(offset + Wire.UDP_LENGTH);
        if (stated < Wire.UDP_SIZE || stated > length) {
            net.metrics.malformed().increment();
            return;
        }
        int guestPort = packet.getUnsignedShort(offset);
        int port = packet.getUnsignedShort(offset + 2);
        int payload = offset + Wire.UDP_SIZE;
        int payloadLength = stated - Wire.UDP_SIZE;
        if (port == DhcpServer.SERVER_PORT && (destination == -1 || destination == UserNetConfig.HOST)) {
            dhcp.handle(packet, payload, payloadLength);
            return;
        }
        if (source != UserNetConfig.GUEST) {
            net.metrics.foreign().increment();
            return;
        }
        long key = NetContext.key(guestPort, destination, port);
        UdpListener.Peer peer = forwarded.get(key);
        if (peer != null) {
            peer.send(packet, payload, payloadLength);
            return;
        }
        UdpFlow flow = flows.get(key);
        if (flow == null) {
            flow = open(packet, guestPort, destination, port);
        }
        if (flow != null) {
            flow.send(packet, payload, payloadLength);
        }
    }

    private UdpFlow open(ByteBuf packet, int guestPort, int destination, int port) {
        if (destination >>> 28 == 14 || destination == -1 || (destination | UserNetConfig.NETMASK) == -1) {
            // Groups and broadcasts have no other members here.
            net.metrics.unsupported().increment();
            return null;
        }
        InetAddress address = NetContext.reachable(destination) && port != 0 ? net.hostAddress(destination, port) : null;
        if (address == null) {
            icmp.unreachable(packet, destination == UserNetConfig.DNS ? Wire.UNREACHABLE_PORT : Wire.UNREACHABLE_HOST);
            return null;
        }
        if (flows.size() >= MAX_FLOWS) {
            quietest().close();
        }
        try {
            UdpFlow flow = new UdpFlow(this, guestPort, destination, port, address);
            flows.put(flow.key(), flow);
            net.metrics.udpFlows().increment();
            return flow;
        } catch (IOException e) {
            net.metrics.hostFailures().increment();
            int code = IcmpResponder.unreachableCode(e);
            icmp.unreachable(packet, code < 0 ? Wire.UNREACHABLE_NET : code);
            return null;
        }
    }

    private UdpFlow quietest() {
        UdpFlow best = null;
        for (UdpFlow flow : flows.values()) {
            if (best == null || flow.lastUse() - best.lastUse() < 0) {
                best = flow;
            }
        }
        return best;
    }

    void remove(UdpFlow flow) {
        flows.remove(flow.key());
    }

    /** The peer of a forwarded port that the guest knows by a port of the host's address, or null. */
    UdpListener.Peer forwarded(int guestPort, int port) {
        return forwarded.get(NetContext.key(guestPort, UserNetConfig.HOST, port));
    }

    void addForwarded(int guestPort, int port, UdpListener.Peer peer) {
        forwarded.put(NetContext.key(guestPort, UserNetConfig.HOST, port), peer);
        net.metrics.udpFlows().increment();
    }

    void removeForwarded(int guestPort, int port) {
        forwarded.remove(NetContext.key(guestPort, UserNetConfig.HOST, port));
    }

    /** Tells the guest that nobody listens at the other end of a flow. */
    void portUnreachable(int guestPort, int remote, int remotePort) {
        icmp.unreachable(Wire.PROTOCOL_UDP, guestPort, remote, remotePort, Wire.UDP_SIZE << 16, Wire.UNREACHABLE_PORT);
    }

    void closeAll() {
        for (UdpFlow flow : new ArrayList<>(flows.values())) {
            flow.close();
        }
        for (UdpListener.Peer peer : new ArrayList<>(forwarded.values())) {
            peer.forget();
        }
    }
}
