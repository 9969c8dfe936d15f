package org.jvmm.virtio.net.user;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A TCP port of the host that leads into the guest. */
final class TcpListener extends Timers.Entry implements AutoCloseable {
    /** Pause after a failure, such as a lack of descriptors. */
    private static final long PAUSE = 1_000_000_000L;

    private final HostPort<ServerSocketChannel> host;
    private final PortForward forward;
    private NetContext net;
    private TcpStack stack;

    /** @throws UserNetException when the port cannot be had */
    TcpListener(PortForward forward) {
        this.forward = forward;
        this.host = HostPort.tcp(forward);
    }

    /** The port of the host, also when any was asked for. */
    int port() {
        return host.number();
    }

    void start(NetContext context, TcpStack tcp) {
        net = context;
        stack = tcp;
        host.watch(context, this::accept);
    }

    /** Clients wait in the backlog while the guest has no driver. */
    void stop() {
        net.timers.cancel(this);
        host.watch(false);
    }

    private void accept() {
        try {
            for (SocketChannel client = host.channel().accept(); client != null; client = host.channel().accept()) {
                stack.openToGuest(client, forward.guestPort());
            }
        } catch (IOException e) {
            net.metrics.hostFailures().increment();
            host.watch(false);
            net.timers.arm(this, PAUSE);
        }
    }

    @Override
    void expired() {
        host.watch(true);
    }

    @Override
    public void close() throws IOException {
        host.close();
    }
}
