package org.jvmm.virtio.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jvmm.core.event.EventLoop;

/** A TCP port of the host that leads into the guest. */
final class TcpListener extends Timers.Entry implements AutoCloseable {
    /** Pause after a failure, such as a lack of descriptors. */
    private static final long PAUSE = 1_000_000_000L;

    private final ServerSocketChannel channel;
    private final PortForward forward;
    private EventLoop.Registration registration;
    private NetContext net;
    private TcpStack stack;

    /** @throws UserNetException when the port cannot be had */
    TcpListener(PortForward forward) {
        this.forward = forward;
        ServerSocketChannel made = null;
        try {
            made = ServerSocketChannel.open();
            made.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            made.bind(new InetSocketAddress(NetContext.ipv4(forward.hostAddress()), forward.hostPort()));
        } catch (IOException e) {
            UserNetwork.closeAfter(made, e);
            throw UserNetwork.portUnavailable(forward, e);
        }
        channel = made;
    }

    /** The port of the host, also when any was asked for. */
    int port() {
        return channel.socket().getLocalPort();
    }

    void start(NetContext context, TcpStack tcp) {
        net = context;
        stack = tcp;
        if (registration == null) {
            registration = net.loop.register(channel, SelectionKey.OP_ACCEPT, ops -> {
                accept();
                net.out.flush();
            });
        } else {
            registration.interest(SelectionKey.OP_ACCEPT);
        }
    }

    /** Clients wait in the backlog while the guest has no driver. */
    void stop() {
        net.timers.cancel(this);
        registration.interest(0);
    }

    private void accept() {
        try {
            for (SocketChannel client = channel.accept(); client != null; client = channel.accept()) {
                stack.openToGuest(client, forward.guestPort());
            }
        } catch (IOException e) {
            net.metrics.hostFailures().increment();
            registration.interest(0);
            net.timers.arm(this, PAUSE);
        }
    }

    @Override
    void expired() {
        registration.interest(SelectionKey.OP_ACCEPT);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
