package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * Echo requests to hosts outside, through a ping socket that needs no privileges (icmp(7), {@code ping_group_range}). Java has no channel for one, so
 * a thread of its own waits for answers; it ends when none is due.
 */
final class HostPing implements AutoCloseable {
    private static final int NR_POLL = 7;
    private static final int NR_SOCKET = 41;
    private static final int NR_SENDTO = 44;
    private static final int NR_RECVFROM = 45;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int IPPROTO_ICMP = 1;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int POLLIN = 1;
    private static final int SOCKADDR_SIZE = 16;
    /** How long an answer may take; a guest's ping waits as long. */
    private static final int WAIT_MILLIS = 10_000;
    private static final int MAX_PENDING = 256;
    private static final int MAX_ECHO = 65_507;

    private final NetContext net;
    private final Supplier<LinuxSyscalls> binding;
    private LinuxSyscalls calls;
    private boolean unavailable;
    private ByteBuffer message;
    private MemorySegment address;
    /** Requests without an answer, oldest first. On the event loop. */
    private final ArrayDeque<Request> pending = new ArrayDeque<>();
    private int nextSequence;
    /** Guarded by this, with the socket's life. */
    private int fd = -1;
    private boolean listening;

    /** @param binding makes a binding for the calling thread */
    HostPing(NetContext net, Supplier<LinuxSyscalls> binding) {
        this.net = net;
        this.binding = binding;
    }

    /**
     * Passes a request of the guest on.
     *
     * @return false when this host does not let us
     */
    boolean send(IcmpResponder responder, ByteBuf packet, int destination, int offset, int length) {
        if (unavailable || length > MAX_ECHO || !open()) {
            return false;
        }
        int sequence = nextSequence++ & 0xFFFF;
        if (pending.size() >= MAX_PENDING) {
            pending.poll();
        }
        pending.add(
                new Request(responder, packet.getUnsignedShort(offset + 4), packet.getUnsignedShort(offset + 6), sequence, destination));
        packet.getBytes(offset, message.clear().limit(length));
        // The kernel sets the identifier and the checksum.
        message.putShort(6, (short) sequence);
        ByteBuffer sockaddr = address.asByteBuffer();
        sockaddr.order(ByteOrder.nativeOrder()).putShort(0, (short) AF_INET);
        sockaddr.order(ByteOrder.BIG_ENDIAN).putInt(4, destination);
        long bytes = MemorySegment.ofBuffer(message.clear()).address();
        long result = calls.invoke(NR_SENDTO, fd, bytes, length, MSG_DONTWAIT, address.address(), SOCKADDR_SIZE);
        if (result < 0) {
            net.metrics.hostFailures().increment();
            return result != -Errno.EACCES && result != -Errno.EPERM;
        }
        listen();
        return true;
    }

    private boolean open() {
        if (fd >= 0) {
            return true;
        }
        if (calls == null) {
            calls = binding.get();
            message = ByteBuffer.allocateDirect(MAX_ECHO);
            address = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(SOCKADDR_SIZE));
        }
        long made = calls.invoke(NR_SOCKET, AF_INET, SOCK_DGRAM_CLOEXEC, IPPROTO_ICMP, 0, 0, 0);
        if (made < 0) {
            unavailable = true;
            return false;
        }
        synchronized (this) {
            fd = (int) made;
        }
        return true;
    }

    private synchronized void listen() {
        if (!listening) {
            listening = true;
            Thread thread = new Thread(this::receive, "ping");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** On the thread of its own. */
    private void receive() {
        LinuxSyscalls own = binding.get();
        ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_ECHO);
        ByteBuffer sockaddr = ByteBuffer.allocateDirect(SOCKADDR_SIZE);
        ByteBuffer scratch = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
        long bufferAt = MemorySegment.ofBuffer(buffer).address();
        long sockaddrAt = MemorySegment.ofBuffer(sockaddr).address();
        long scratchAt = MemorySegment.ofBuffer(scratch).address();
        int socket = fd;
        while (true) {
            // struct pollfd: int fd; short events; short revents.
            scratch.putInt(0, socket).putInt(4, POLLIN);
            long ready = own.invoke(NR_POLL, scratchAt, 1, WAIT_MILLIS, 0, 0, 0);
            if (ready == -Errno.EINTR) {
                continue;
            }
            if (ready <= 0) {
                synchronized (this) {
                    listening = false;
                    if (fd < 0) {
                        own.close(socket);
                    }
                }
                return;
            }
            scratch.putInt(8, SOCKADDR_SIZE);
            long n = own.invoke(NR_RECVFROM, socket, bufferAt, MAX_ECHO, MSG_DONTWAIT, sockaddrAt, scratchAt + 8);
            if (n >= Wire.ICMP_SIZE && buffer.get(0) == Wire.ICMP_ECHO_REPLY) {
                byte[] copy = new byte[(int) n];
                buffer.get(0, copy);
                int source = sockaddr.getInt(4);
                net.loop.execute(() -> answered(source, copy));
            }
        }
    }

    private void answered(int source, byte[] echo) {
        int sequence = (echo[6] & 0xFF) << 8 | echo[7] & 0xFF;
        Request found = null;
        for (Request request : pending) {
            if (request.sequence == sequence && request.destination == source) {
                found = request;
            }
        }
        if (found == null || !net.out.ready()) {
            return;
        }
        pending.remove(found);
        ByteBuf buffer = net.out.packet();
        buffer.setBytes(Wire.L4, echo);
        buffer.setShort(Wire.L4 + 4, found.guestId);
        buffer.setShort(Wire.L4 + 6, found.guestSequence);
        found.responder.sendEcho(source, echo.length);
        net.out.flush();
    }

    /** Forgets all requests. */
    void stop() {
        pending.clear();
    }

    @Override
    public synchronized void close() {
        int socket = fd;
        fd = -1;
        // While the thread uses the socket it stays open, lest its number be given to another; the thread closes it.
        if (socket >= 0 && !listening) {
            calls.close(socket);
        }
    }

    private record Request(IcmpResponder responder, int guestId, int guestSequence, int sequence, int destination) {}
}
