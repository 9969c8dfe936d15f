package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import org.jvmm.core.event.EventLoop;

/**
 * Datagrams between one port of the guest and one peer. The host's socket is connected, so that nobody else can send to the guest and refusals are
 * heard of.
 */
final class UdpFlow extends FrameOutput.Blocked {
    /** RFC 4787 §4.3 asks for at least two minutes. */
    private static final long IDLE = 120_000_000_000L;
    /** A question to a name server is answered once, and soon. */
    private static final long IDLE_DNS = 10_000_000_000L;
    private static final int READ_BUDGET = 64;

    private final UdpNat nat;
    private final NetContext net;
    private final int guestPort;
    private final int remote;
    private final int remotePort;
    private final InetAddress address;
    private final DatagramChannel channel;
    private final EventLoop.Registration registration;
    private final boolean dns;
    private boolean unanswered;
    private boolean closed;
    private long lastUse;

    UdpFlow(UdpNat nat, int guestPort, int remote, int remotePort, InetAddress address) throws IOException {
        this.nat = nat;
        this.net = nat.net;
        this.guestPort = guestPort;
        this.remote = remote;
        this.remotePort = remotePort;
        this.address = address;
        this.dns = remote == UserNetConfig.DNS;
        channel = DatagramChannel.open();
        try {
            channel.connect(new InetSocketAddress(address, remotePort));
        } catch (IOException e) {
            UserNetwork.closeAfter(channel, e);
            throw e;
        }
        registration = net.loop.register(channel, SelectionKey.OP_READ, ops -> {
            receive();
            net.out.flush();
        });
        touch();
    }

    long key() {
        return NetContext.key(guestPort, remote, remotePort);
    }

    long lastUse() {
        return lastUse;
    }

    private void touch() {
        lastUse = net.timers.now();
        if (!isArmed()) {
            net.timers.arm(this, dns ? IDLE_DNS : IDLE);
        }
    }

    void send(ByteBuf packet, int offset, int length) {
        touch();
        unanswered = true;
        try {
            // A full socket buffer loses it, as a full router does.
            channel.write(packet.internalNioBuffer(offset, length));
        } catch (PortUnreachableException e) {
            refused();
        } catch (IOException e) {
            net.metrics.hostFailures().increment();
        }
    }

    private void receive() {
        ByteBuf buffer = net.out.packet();
        int start = Wire.L4 + Wire.UDP_SIZE;
        try {
            for (int budget = READ_BUDGET; budget > 0 && !closed; budget--) {
                if (!net.out.ready()) {
                    // The socket's buffer keeps what comes.
                    registration.interest(0);
                    net.out.whenReady(this);
                    return;
                }
                ByteBuffer view = buffer.internalNioBuffer(start, UdpNat.MAX_PAYLOAD);
                if (channel.receive(view) == null) {
                    return;
                }
                int n = view.position() - start;
                unanswered = false;
                touch();
                net.out.udp(remote, remotePort, UserNetConfig.GUEST, guestPort, n);
            }
        } catch (PortUnreachableException e) {
            refused();
        } catch (IOException e) {
            net.metrics.hostFailures().increment();
            close();
        }
    }

    private void refused() {
        if (dns) {
            net.nameServers.failed(address);
        }
        nat.portUnreachable(guestPort, remote, remotePort);
        close();
    }

    @Override
    void unblocked() {
        if (!closed) {
            registration.interest(SelectionKey.OP_READ);
        }
    }

    @Override
    void expired() {
        long idle = dns ? IDLE_DNS : IDLE;
        long quiet = net.timers.now() - lastUse;
        if (quiet < idle) {
            net.timers.arm(this, idle - quiet);
            return;
        }
        if (dns && unanswered) {
            net.nameServers.failed(address);
        }
        close();
    }

    void close() {
        if (!closed) {
            closed = true;
            net.timers.cancel(this);
            nat.remove(this);
            registration.cancel();
            net.close(channel);
        }
    }
}
