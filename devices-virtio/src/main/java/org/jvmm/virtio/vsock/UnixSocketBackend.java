package org.jvmm.virtio.vsock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jvmm.core.event.EventLoop;

/**
 * Passes streams on to UNIX sockets, as Firecracker does: a host program connects to the socket and sends {@code CONNECT <port>\n}; a guest's stream to host
 * port P goes to {@code <socket>_P}.
 */
public final class UnixSocketBackend implements AutoCloseable {
    /** Longest CONNECT line, bytes. */
    private static final int MAX_LINE = 32;

    private final VsockDevice device;
    private final Path path;
    private final EventLoop loop;
    private final ServerSocketChannel server;
    private final Set<Stream> streams = new HashSet<>();
    private final ByteBuffer input = ByteBuffer.allocate(64 << 10);

    /**
     * Binds the socket.
     *
     * @param device the device
     * @param path socket file, which must not exist
     * @param loop where the device lives
     * @throws UncheckedIOException when it cannot be bound
     */
    public UnixSocketBackend(VsockDevice device, Path path, EventLoop loop) {
        this.device = device;
        this.path = path;
        this.loop = loop;
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot listen on " + path, e);
        }
        loop.execute(() -> {
            device.listenOthers(this::acceptorFor);
            loop.register(server, SelectionKey.OP_ACCEPT, ops -> acceptAll());
        });
    }

    private void acceptAll() {
        try {
            for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
                streams.add(new Stream(channel, true));
            }
        } catch (IOException e) {
            // The listener is gone; streams that exist go on.
            closeQuietly(server);
        }
    }

    private java.util.function.Function<VsockConnection, VsockHandler> acceptorFor(int hostPort) {
        Path target = path.resolveSibling(path.getFileName() + "_" + Integer.toUnsignedString(hostPort));
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(target));
            } catch (IOException e) {
                channel.close();
                return null;
            }
            return connection -> {
                Stream stream = new Stream(channel, false);
                streams.add(stream);
                return stream;
            };
        } catch (IOException e) {
            return null;
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // Closing is all we wanted.
            return;
        }
    }

    /** Stops listening, ends all streams and removes the socket file. Any thread. */
    @Override
    public void close() {
        closeQuietly(server);
        loop.execute(() -> {
            List<Stream> all = new ArrayList<>(streams);
            for (Stream stream : all) {
                stream.end();
            }
        });
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot remove " + path, e);
        }
    }

    /** One UNIX socket and its stream. */
    private final class Stream implements VsockHandler {
        private final SocketChannel channel;
        private final EventLoop.Registration registration;
        private final StringBuilder line = new StringBuilder();
        private boolean lineWanted;
        private VsockConnection connection;
        /** From the socket, not yet taken by the guest. */
        private ByteBuffer toGuest;
        /** From the guest, not yet taken by the socket. */
        private ByteBuffer toSocket;
        private boolean shutdownAfterWrite;

        private Stream(SocketChannel channel, boolean lineWanted) {
            this.channel = channel;
            this.lineWanted = lineWanted;
            this.registration = loop.register(channel, SelectionKey.OP_READ, this::ready);
        }

        private void ready(int ops) {
            try {
                if ((ops & SelectionKey.OP_WRITE) != 0) {
                    writePending();
                }
                if ((ops & SelectionKey.OP_READ) != 0) {
                    readSocket();
                }
            } catch (IOException e) {
                end();
            }
        }

        private void readSocket() throws IOException {
            if (lineWanted) {
                readLine();
                return;
            }
            if (connection == null || toGuest != null) {
                registration.interest(interest());
                return;
            }
            input.clear();
            int n = channel.read(input);
            if (n < 0) {
                registration.interest(toSocket == null ? 0 : SelectionKey.OP_WRITE);
                connection.shutdownOutput();
                return;
            }
            input.flip();
            connection.write(input);
            if (input.hasRemaining()) {
                toGuest = ByteBuffer.allocate(input.remaining()).put(input).flip();
            }
            registration.interest(interest());
        }

        /** Byte by byte, so that nothing of the stream behind the line is swallowed. */
        private void readLine() throws IOException {
            ByteBuffer one = ByteBuffer.allocate(1);
            while (lineWanted) {
                one.clear();
                int n = channel.read(one);
                if (n == 0) {
                    return;
                }
                char c = (char) (one.get(0) & 0xFF);
                if (n < 0 || line.length() >= MAX_LINE) {
                    end();
                    return;
                }
                if (c == '\n') {
                    lineWanted = false;
                } else {
                    line.append(c);
                }
            }
            int port = parsePort();
            if (port < 0) {
                end();
                return;
            }
            registration.interest(0);
            device.connect(port, this);
        }

        private int parsePort() {
            String text = line.toString();
            if (!text.regionMatches(true, 0, "CONNECT ", 0, 8)) {
                return -1;
            }
            try {
                return Integer.parseInt(text.substring(8).trim());
            } catch (NumberFormatException e) {
                return -1;
            }
        }

        private int interest() {
            return (toGuest == null ? SelectionKey.OP_READ : 0) | (toSocket == null ? 0 : SelectionKey.OP_WRITE);
        }

        @Override
        public void connected(VsockConnection newConnection) {
            boolean fromHost = line.length() > 0;
            connection = newConnection;
            if (fromHost) {
                toSocket = ByteBuffer
                        .wrap(("OK " + Integer.toUnsignedString(newConnection.hostPort()) + "\n").getBytes(StandardCharsets.US_ASCII));
            }
            registration.interest(interest());
        }

        @Override
        public void received(ByteBuffer data) {
            int length = data.remaining();
            try {
                if (toSocket == null) {
                    channel.write(data);
                }
            } catch (IOException e) {
                end();
                return;
            }
            connection.consumed(length - data.remaining());
            if (data.hasRemaining()) {
                // Bounded by the guest's credit, which what waits here does not give back.
                int old = toSocket == null ? 0 : toSocket.remaining();
                ByteBuffer joined = ByteBuffer.allocate(old + data.remaining());
                if (toSocket != null) {
                    joined.put(toSocket);
                }
                toSocket = joined.put(data).flip();
                registration.interest(interest());
            }
        }

        private void writePending() throws IOException {
            if (toSocket != null) {
                int before = toSocket.remaining();
                channel.write(toSocket);
                if (connection != null && line.length() == 0) {
                    connection.consumed(before - toSocket.remaining());
                }
                if (!toSocket.hasRemaining()) {
                    toSocket = null;
                    // From here on the greeting is out and all bytes are the guest's.
                    line.setLength(0);
                    if (shutdownAfterWrite) {
                        channel.shutdownOutput();
                    }
                }
            }
            registration.interest(interest());
        }

        @Override
        public void writable() {
            if (toGuest != null) {
                connection.write(toGuest);
                if (!toGuest.hasRemaining()) {
                    toGuest = null;
                }
            }
            registration.interest(interest());
        }

        @Override
        public void peerShutdown() {
            shutdownAfterWrite = true;
            if (toSocket == null) {
                try {
                    channel.shutdownOutput();
                } catch (IOException e) {
                    end();
                }
            }
        }

        @Override
        public void closed(VsockCloseReason reason) {
            connection = null;
            if (toSocket != null && reason == VsockCloseReason.CLOSED) {
                // The last bytes still belong to the reader.
                try {
                    channel.configureBlocking(false);
                    channel.write(toSocket);
                } catch (IOException e) {
                    toSocket = null;
                }
            }
            end();
        }

        private void end() {
            registration.cancel();
            closeQuietly(channel);
            streams.remove(this);
            VsockConnection open = connection;
            connection = null;
            if (open != null) {
                open.close();
            }
        }
    }
}
