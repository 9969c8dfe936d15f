package org.jvmm.virtio.net;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.metrics.Counter;

/**
 * A UNIX stream socket of passt(1): every frame behind its length in four bytes, big-endian, as QEMU's {@code -netdev stream} has it. No offloads.
 */
public final class PasstBackend implements NetBackend {
    private static final int LENGTH_BYTES = 4;
    private static final int READ_BYTES = 256 << 10;
    private static final int MIN_FRAME = 14;

    private final EventLoop loop;
    private final SocketChannel channel;
    private final Counter hostFailures = new Counter("net.passt_fails");
    private EventLoop.Registration registration;
    private FrameSink sink;
    private PacketBuffer packet;
    /** Bytes read; frames begin at the reader index. */
    private ByteBuf input;
    /** The rest of a frame that the socket did not take. */
    private ByteBuf rest;
    private boolean reading;
    private boolean broken;

    /**
     * Connects.
     *
     * @param path of passt's socket
     * @throws NetBackendException when nobody listens there
     */
    public PasstBackend(Path path, EventLoop loop) {
        this.loop = loop;
        SocketChannel made = null;
        try {
            made = SocketChannel.open(StandardProtocolFamily.UNIX);
            made.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            if (made != null) {
                try {
                    made.close();
                } catch (IOException second) {
                    e.addSuppressed(second);
                }
            }
            throw new NetBackendException(
                    "Cannot connect to passt at " + path + ": " + e.getMessage() + "; start it with passt --socket " + path, e);
        }
        channel = made;
    }

    /** Failures of the socket. */
    public Counter hostFailures() {
        return hostFailures;
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public void start(FrameSink newSink, long features) {
        sink = newSink;
        if (broken) {
            sink.linkDown();
            return;
        }
        if (packet == null) {
            packet = new PacketBuffer();
            input = new PacketBuffer(READ_BYTES).bytes();
            rest = new PacketBuffer().bytes();
            registration = loop.register(channel, SelectionKey.OP_READ, this::ready);
        }
        reading = true;
        interest();
    }

    private void interest() {
        registration.interest((reading ? SelectionKey.OP_READ : 0) | (rest.isReadable() ? SelectionKey.OP_WRITE : 0));
    }

    private void ready(int ops) {
        if (sink == null) {
            registration.interest(0);
            return;
        }
        if ((ops & SelectionKey.OP_WRITE) != 0) {
            drain();
        }
        if ((ops & SelectionKey.OP_READ) != 0 && sink != null && !broken) {
            fill();
        }
    }

    @Override
    public boolean transmit(PacketBuffer from) {
        if (broken) {
            return true;
        }
        if (rest.isReadable()) {
            return false;
        }
        // The length goes where the end of the header was, so that one write takes both.
        int start = NetHeader.SIZE - LENGTH_BYTES;
        int frame = from.length() - NetHeader.SIZE;
        from.bytes().setInt(start, frame);
        try {
            int n = channel.write(from.bytes().internalNioBuffer(start, LENGTH_BYTES + frame));
            if (n < LENGTH_BYTES + frame) {
                rest.setIndex(0, 0).writeBytes(from.bytes(), start + n, LENGTH_BYTES + frame - n);
                interest();
            }
        } catch (IOException e) {
            fail();
        }
        return true;
    }

    private void drain() {
        try {
            int n = channel.write(rest.internalNioBuffer(rest.readerIndex(), rest.readableBytes()));
            rest.skipBytes(n);
        } catch (IOException e) {
            fail();
            return;
        }
        interest();
        if (!rest.isReadable()) {
            sink.transmitReady();
        }
    }

    private void fill() {
        try {
            ByteBuffer room = input.internalNioBuffer(input.writerIndex(), input.writableBytes());
            int n = channel.read(room);
            if (n < 0) {
                fail();
                return;
            }
            input.writerIndex(input.writerIndex() + n);
        } catch (IOException e) {
            fail();
            return;
        }
        deliver();
    }

    @Override
    public void receiveReady() {
        if (input != null && !broken) {
            deliver();
        }
    }

    /** Gives the guest the frames that are complete. */
    private void deliver() {
        reading = true;
        while (input.readableBytes() >= LENGTH_BYTES) {
            int length = input.getInt(input.readerIndex());
            if (length < MIN_FRAME || length > PacketBuffer.MAX_PACKET - NetHeader.SIZE) {
                // Nothing behind this can be understood.
                fail();
                return;
            }
            if (input.readableBytes() < LENGTH_BYTES + length) {
                break;
            }
            NetHeader.clear(packet.bytes());
            packet.bytes().setBytes(NetHeader.SIZE, input, input.readerIndex() + LENGTH_BYTES, length);
            packet.length(NetHeader.SIZE + length);
            if (!sink.receive(packet)) {
                reading = false;
                break;
            }
            input.skipBytes(LENGTH_BYTES + length);
        }
        sink.flush();
        input.discardReadBytes();
        interest();
    }

    private void fail() {
        hostFailures.increment();
        broken = true;
        registration.cancel();
        rest.clear();
        sink.linkDown();
    }

    @Override
    public void stop() {
        sink = null;
        if (registration != null && !broken) {
            registration.interest(0);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            hostFailures.increment();
        }
    }
}
