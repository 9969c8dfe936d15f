package org.jvmm.virtio.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import org.jvmm.core.event.EventLoop;

/** A port of the host that leads into the guest: bound at once, watched while the guest has a driver. */
final class HostPort<C extends SelectableChannel & NetworkChannel> implements AutoCloseable {
    private final C channel;
    private final int operation;
    private EventLoop.Registration registration;

    private HostPort(C channel, int operation) {
        this.channel = channel;
        this.operation = operation;
    }

    /** @throws UserNetException when the port cannot be had */
    static HostPort<ServerSocketChannel> tcp(PortForward forward) {
        ServerSocketChannel made = null;
        try {
            made = ServerSocketChannel.open();
            made.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            made.bind(address(forward));
        } catch (IOException e) {
            UserNetwork.closeAfter(made, e);
            throw UserNetwork.portUnavailable(forward, e);
        }
        return new HostPort<>(made, SelectionKey.OP_ACCEPT);
    }

    /** @throws UserNetException when the port cannot be had */
    static HostPort<DatagramChannel> udp(PortForward forward) {
        DatagramChannel made = null;
        try {
            made = DatagramChannel.open();
            made.bind(address(forward));
        } catch (IOException e) {
            UserNetwork.closeAfter(made, e);
            throw UserNetwork.portUnavailable(forward, e);
        }
        return new HostPort<>(made, SelectionKey.OP_READ);
    }

    private static InetSocketAddress address(PortForward forward) {
        return new InetSocketAddress(NetContext.ipv4(forward.hostAddress()), forward.hostPort());
    }

    C channel() {
        return channel;
    }

    /** The port of the host, also when any was asked for. */
    int number() {
        try {
            return ((InetSocketAddress) channel.getLocalAddress()).getPort();
        } catch (IOException e) {
            throw new UserNetException("Port is closed", e);
        }
    }

    /** Has {@code handler} called when there is something; what it makes for the guest is delivered behind it. */
    void watch(NetContext net, Runnable handler) {
        if (registration == null) {
            registration = net.loop.register(channel, operation, ops -> {
                handler.run();
                net.out.flush();
            });
        } else {
            watch(true);
        }
    }

    /** Goes on, or pauses. Clients wait in the backlog meanwhile. */
    void watch(boolean on) {
        registration.interest(on ? operation : 0);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
