package org.jvmm.virtio.vsock;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jvmm.core.event.EventLoop;

/**
 * Passes streams on to UNIX sockets, as Firecracker does: a host program connects to the socket and sends {@code CONNECT <port>\n}, and after the guest has accepted reads
 * {@code OK <host port>\n} before the stream; a guest's stream to host port P goes to {@code <socket>_P}.
 */
public final class UnixSocketBackend implements AutoCloseable {
    private static final int BUFFER = 64 << 10;
    /** Longer than any turn of the loop. */
    private static final long CLOSE_SECONDS = 5;

    private final VsockDevice device;
    private final Path path;
    private final EventLoop loop;
    private final ServerSocketChannel server;
    private final Set<UnixSocketStream> streams = new HashSet<>();
    private final ByteBuffer input = ByteBuffer.allocateDirect(BUFFER);

    /**
     * Binds the socket.
     *
     * @param device the device
     * @param path socket file, which must not exist
     * @param loop where the device lives
     * @throws IOException when it cannot be bound
     */
    public UnixSocketBackend(VsockDevice device, Path path, EventLoop loop) throws IOException {
        this.device = device;
        this.path = path;
        this.loop = loop;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            server.close();
            throw e;
        }
        loop.execute(() -> {
            device.listenOthers(this::acceptorFor);
            loop.register(server, SelectionKey.OP_ACCEPT, ops -> acceptAll());
        });
    }

    VsockDevice device() {
        return device;
    }

    EventLoop loop() {
        return loop;
    }

    /** Shared by all streams of the loop; empty between calls. */
    ByteBuffer input() {
        return input;
    }

    void ended(UnixSocketStream stream) {
        streams.remove(stream);
    }

    /** Streams that hold a socket, those included that only write their last bytes; on the loop. */
    public int streamCount() {
        return streams.size();
    }

    private void acceptAll() {
        try {
            for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
                if (isFull()) {
                    device.metrics().limited.increment();
                    channel.close();
                } else {
                    streams.add(new UnixSocketStream(this, channel, true));
                }
            }
        } catch (IOException e) {
            // Out of descriptors, or closed: who connected waits in the backlog or learns of it. Streams that exist go on.
            return;
        }
    }

    /** A guest that fills host programs with bytes they do not read must not fill our memory. */
    private boolean isFull() {
        return streams.size() >= VsockConfig.MAX_CONNECTIONS;
    }

    private Function<VsockConnection, VsockHandler> acceptorFor(int hostPort) {
        if (isFull()) {
            device.metrics().limited.increment();
            return null;
        }
        Path target = path.resolveSibling(path.getFileName() + "_" + Integer.toUnsignedString(hostPort));
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            // A listener with a full backlog must not stop the loop: it counts as one that refuses.
            channel.configureBlocking(false);
            if (channel.connect(UnixDomainSocketAddress.of(target))) {
                UnixSocketStream stream = new UnixSocketStream(this, channel, false);
                streams.add(stream);
                return connection -> stream;
            }
        } catch (IOException e) {
            // Nobody listens.
            closeQuietly(channel);
            return null;
        }
        closeQuietly(channel);
        return null;
    }

    static void closeQuietly(SocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // It is gone all the same (close(2)).
                return;
            }
        }
    }

    /** Stops listening, ends all streams and removes the socket file. Any thread; before the loop ends. */
    @Override
    public void close() throws IOException {
        server.close();
        if (loop.inLoop()) {
            endAll();
        } else {
            CountDownLatch done = new CountDownLatch(1);
            loop.execute(() -> {
                endAll();
                done.countDown();
            });
            try {
                done.await(CLOSE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        Files.deleteIfExists(path);
    }

    private void endAll() {
        for (UnixSocketStream stream : new ArrayList<>(streams)) {
            stream.end();
        }
    }
}
