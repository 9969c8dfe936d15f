package org.jvmm.virtio.vsock;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jvmm.core.event.EventLoop;

/** One UNIX socket and its stream. On the loop. */
final class UnixSocketStream implements VsockHandler {
    /** Longest CONNECT line with its end, bytes. */
    private static final int MAX_LINE = 32;
    private static final String COMMAND = "CONNECT ";

    private final UnixSocketBackend backend;
    private final SocketChannel channel;
    private final EventLoop.Registration registration;
    /** The CONNECT line so far; null when there is none, or none any more. */
    private StringBuilder line;
    private final boolean fromHost;
    private VsockConnection connection;
    /** From the socket, not yet taken by the guest; null when empty. */
    private ByteBuffer toGuest;
    /** From the guest, not yet taken by the socket, ready to be read; null when empty. */
    private ByteBuffer toSocket;
    /** Bytes of our own at the front of {@link #toSocket}, for which the guest gets no credit. */
    private int greeting;
    private boolean readClosed;
    private boolean shutdownAfterWrite;
    private boolean endAfterWrite;
    private boolean ended;

    UnixSocketStream(UnixSocketBackend backend, SocketChannel channel, boolean fromHost) {
        this.backend = backend;
        this.channel = channel;
        this.fromHost = fromHost;
        this.line = fromHost ? new StringBuilder() : null;
        this.registration = backend.loop().register(channel, fromHost ? SelectionKey.OP_READ : 0, this::ready);
    }

    private void ready(int ops) {
        try {
            if ((ops & SelectionKey.OP_WRITE) != 0) {
                writeSocket();
            }
            if ((ops & SelectionKey.OP_READ) != 0 && !ended) {
                if (line != null) {
                    readLine();
                } else if (connection != null && toGuest == null && !readClosed) {
                    readSocket();
                }
            }
        } catch (IOException e) {
            end();
        }
        updateInterest();
    }

    private void updateInterest() {
        if (!ended) {
            boolean read = line != null || connection != null && toGuest == null && !readClosed;
            registration.interest((read ? SelectionKey.OP_READ : 0) | (toSocket != null ? SelectionKey.OP_WRITE : 0));
        }
    }

    private void readSocket() throws IOException {
        ByteBuffer input = backend.input().clear();
        if (channel.read(input) < 0) {
            readClosed = true;
            connection.shutdownOutput();
            return;
        }
        input.flip();
        connection.write(input);
        if (input.hasRemaining()) {
            toGuest = ByteBuffer.allocate(input.remaining()).put(input).flip();
        }
    }

    /** Byte by byte, so that nothing of the stream behind the line is swallowed. */
    private void readLine() throws IOException {
        ByteBuffer one = backend.input().clear().limit(1);
        while (true) {
            one.clear().limit(1);
            int n = channel.read(one);
            if (n == 0) {
                return;
            }
            if (n < 0 || line.length() >= MAX_LINE) {
                end();
                return;
            }
            char c = (char) (one.get(0) & 0xFF);
            if (c == '\n') {
                break;
            }
            line.append(c);
        }
        long port = port(line.toString());
        line = null;
        if (port < 0) {
            end();
        } else {
            backend.device().connectInTime((int) port, this);
        }
    }

    /** The port of a CONNECT line, or -1. */
    static long port(String line) {
        if (!line.regionMatches(true, 0, COMMAND, 0, COMMAND.length())) {
            return -1;
        }
        String digits = line.substring(COMMAND.length()).trim();
        if (digits.isEmpty() || digits.length() > 10) {
            return -1;
        }
        long port = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            port = port * 10 + digit;
        }
        return port <= 0xFFFF_FFFFL ? port : -1;
    }

    @Override
    public void connected(VsockConnection newConnection) {
        connection = newConnection;
        if (fromHost) {
            byte[] ok = ("OK " + Integer.toUnsignedString(newConnection.hostPort()) + "\n").getBytes(StandardCharsets.US_ASCII);
            greeting = ok.length;
            toSocket = ByteBuffer.wrap(ok);
        }
        updateInterest();
    }

    @Override
    public void received(ByteBuffer data) {
        int length = data.remaining();
        if (toSocket == null) {
            try {
                channel.write(data);
            } catch (IOException e) {
                end();
                return;
            }
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
        }
        updateInterest();
    }

    private void writeSocket() throws IOException {
        if (toSocket == null) {
            return;
        }
        int written = channel.write(toSocket);
        int own = Math.min(greeting, written);
        greeting -= own;
        boolean done = !toSocket.hasRemaining();
        if (done) {
            toSocket = null;
        }
        if (connection != null) {
            connection.consumed(written - own);
        }
        if (done && endAfterWrite) {
            end();
        } else if (done && shutdownAfterWrite) {
            channel.shutdownOutput();
        }
    }

    @Override
    public void writable() {
        if (toGuest != null && connection != null) {
            connection.write(toGuest);
            if (!toGuest.hasRemaining()) {
                toGuest = null;
            }
        }
        updateInterest();
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
        if (toSocket != null && reason == VsockCloseReason.CLOSED && !ended) {
            // The last bytes still belong to the reader, however slow it is.
            endAfterWrite = true;
            updateInterest();
        } else {
            end();
        }
    }

    /** Closes the socket, and the stream if it is open. */
    void end() {
        if (ended) {
            return;
        }
        ended = true;
        toSocket = null;
        toGuest = null;
        registration.cancel();
        UnixSocketBackend.closeQuietly(channel);
        backend.ended(this);
        backend.device().cancel(this);
        VsockConnection open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
    }
}
