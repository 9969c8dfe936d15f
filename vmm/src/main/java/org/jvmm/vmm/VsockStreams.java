package org.jvmm.vmm;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jvmm.core.event.EventLoop;
import org.jvmm.virtio.vsock.VsockCloseReason;
import org.jvmm.virtio.vsock.VsockConnection;
import org.jvmm.virtio.vsock.VsockDevice;
import org.jvmm.virtio.vsock.VsockHandler;
import org.jvmm.vmm.agent.StreamConnector;
import org.jvmm.vmm.agent.StreamHandler;
import org.jvmm.vmm.agent.StreamSender;

/** The agent client's streams over the socket device, in this process: no UNIX socket is involved. */
final class VsockStreams implements StreamConnector {
    private final VsockDevice device;
    private final EventLoop loop;

    VsockStreams(VsockDevice device, EventLoop loop) {
        this.device = device;
        this.loop = loop;
    }

    @Override
    public void connect(int port, StreamHandler handler) {
        device.connect(port, new Stream(handler));
    }

    /** One stream; its queue belongs to the event loop. */
    private final class Stream implements VsockHandler, StreamSender {
        private final StreamHandler handler;
        private final ArrayDeque<ByteBuffer> queue = new ArrayDeque<>();
        private byte[] copy = new byte[4096];
        private VsockConnection connection;

        private Stream(StreamHandler handler) {
            this.handler = handler;
        }

        @Override
        public void connected(VsockConnection opened) {
            connection = opened;
            handler.opened(this);
        }

        @Override
        public void received(ByteBuffer data) {
            int length = data.remaining();
            if (copy.length < length) {
                copy = new byte[length];
            }
            data.get(copy, 0, length);
            handler.received(copy, 0, length);
            if (connection != null) {
                connection.consumed(length);
            }
        }

        @Override
        public void writable() {
            drain();
        }

        @Override
        public void peerShutdown() {
            if (connection != null) {
                connection.close();
            }
        }

        @Override
        public void closed(VsockCloseReason reason) {
            connection = null;
            queue.clear();
            handler.closed();
        }

        @Override
        public void send(byte[] bytes) {
            if (loop.inLoop()) {
                enqueue(bytes);
            } else {
                loop.execute(() -> enqueue(bytes));
            }
        }

        @Override
        public void close() {
            loop.execute(() -> {
                if (connection != null) {
                    connection.close();
                }
            });
        }

        private void enqueue(byte[] bytes) {
            queue.add(ByteBuffer.wrap(bytes));
            drain();
        }

        private void drain() {
            while (connection != null && !queue.isEmpty()) {
                ByteBuffer first = queue.peek();
                connection.write(first);
                if (first.hasRemaining()) {
                    return;
                }
                queue.poll();
            }
        }
    }
}
