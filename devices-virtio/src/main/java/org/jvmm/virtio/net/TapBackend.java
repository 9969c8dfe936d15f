package org.jvmm.virtio.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.event.Threads;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.metrics.Counter;

/**
 * A TAP interface of the host: frames go in and out of its kernel with their offloads. The event loop writes; a thread of its own reads, because a TAP
 * is no channel that a selector could watch, and hands packets over in a ring.
 */
public final class TapBackend implements NetBackend {
    private static final int NR_POLL = 7;
    private static final int NR_WRITE = 1;
    private static final int NR_EVENTFD2 = 290;
    private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;
    private static final int POLLIN = 1;
    /** Packets on their way from reader to loop; a power of two. */
    private static final int SLOTS = 32;

    private final EventLoop loop;
    /** Whether it is one of several queues of the interface. */
    private final boolean several;
    private final Supplier<LinuxSyscalls> binding;
    private final LinuxSyscalls opener;
    private final TapDevice tap;
    private final int wakeFd;
    private final Counter refusedWrites = new Counter("net.tap_write_fails");
    private final Notifier arrived;
    private LinuxSyscalls calls;
    private FrameSink sink;
    private Reader reader;

    /**
     * Opens the interface.
     *
     * @param name of an interface that exists
     * @param loop where the card lives
     * @param binding makes system calls for the calling thread
     * @throws NetBackendException when it cannot be opened
     */
    public TapBackend(String name, EventLoop loop, Supplier<LinuxSyscalls> binding) {
        this(name, loop, binding, false);
    }

    /**
     * Opens an interface as often as it shall have queues.
     *
     * @param name of an interface that exists, made with multi_queue when {@code count} is more than 1
     * @param count queues
     * @return a backend for each
     * @throws NetBackendException when it cannot be opened
     */
    public static List<TapBackend> open(String name, int count, EventLoop loop, Supplier<LinuxSyscalls> binding) {
        List<TapBackend> queues = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                queues.add(new TapBackend(name, loop, binding, count > 1));
            }
        } catch (NetBackendException e) {
            queues.forEach(TapBackend::close);
            throw e;
        }
        return queues;
    }

    private TapBackend(String name, EventLoop loop, Supplier<LinuxSyscalls> binding, boolean several) {
        this.several = several;
        this.loop = loop;
        this.binding = binding;
        this.opener = binding.get();
        this.tap = TapDevice.open(opener, name, several);
        long made = opener.invoke(NR_EVENTFD2, 0, EFD_CLOEXEC_NONBLOCK, 0, 0, 0, 0);
        if (made < 0) {
            tap.close(opener);
            throw new NetBackendException("Cannot make an eventfd: " + Errno.name((int) -made), null);
        }
        this.wakeFd = (int) made;
        this.arrived = loop.newNotifier(this::deliver);
        if (several) {
            // The host spreads its packets over the queues in use.
            tap.use(opener, false);
        }
    }

    /** Packets of the guest that the host did not take: the interface is down, or gone. */
    public Counter refusedWrites() {
        return refusedWrites;
    }

    @Override
    public long features() {
        return NetFeatures.OFFLOADS;
    }

    @Override
    public void start(FrameSink newSink, long features) {
        if (calls == null) {
            calls = binding.get();
        }
        sink = newSink;
        if (several && tap.use(calls, true) < 0) {
            sink.linkDown();
            return;
        }
        if (tap.offloads(calls, features) < 0) {
            sink.linkDown();
            return;
        }
        reader = new Reader();
        reader.thread.start();
    }

    @Override
    public boolean transmit(PacketBuffer packet) {
        if (tap.write(calls, packet) < 0) {
            // Down, gone, or out of memory: dropped, as a card without a cable does.
            refusedWrites.increment();
        }
        return true;
    }

    @Override
    public void receiveReady() {
        deliver();
    }

    /** Gives the guest what the reader has. On the loop. */
    private void deliver() {
        Reader from = reader;
        if (from == null) {
            return;
        }
        int consumed = from.consumed;
        while (consumed != from.produced && sink.receive(from.slots[consumed & SLOTS - 1])) {
            consumed++;
            from.consumed = consumed;
            if (from.waiting) {
                LockSupport.unpark(from.thread);
            }
        }
        sink.flush();
        if (from.gone) {
            sink.linkDown();
        }
    }

    @Override
    public void stop() {
        Reader ended = reader;
        reader = null;
        sink = null;
        if (ended != null) {
            ended.end();
            if (several) {
                tap.use(opener, false);
            }
        }
    }

    @Override
    public void close() {
        // The loop has ended: nobody else uses these any more.
        stop();
        tap.close(opener);
        opener.close(wakeFd);
    }

    /** The thread that reads. */
    private final class Reader {
        private final PacketBuffer[] slots = new PacketBuffer[SLOTS];
        private final Thread thread = new Thread(this::run, "tap");
        /** Free-running; the reader's. */
        private volatile int produced;
        /** Free-running; the loop's. */
        private volatile int consumed;
        private volatile boolean waiting;
        private volatile boolean ended;
        /** The interface has vanished. */
        private volatile boolean gone;

        private Reader() {
            thread.setDaemon(true);
        }

        private void run() {
            LinuxSyscalls own = binding.get();
            // Two struct pollfd: int fd; short events; short revents.
            ByteBuffer polled = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
            polled.putInt(0, tap.fd()).putInt(4, POLLIN).putInt(8, wakeFd).putInt(12, POLLIN);
            long polledAt = MemorySegment.ofBuffer(polled).address();
            while (!ended) {
                if (produced - consumed == SLOTS) {
                    awaitRoom();
                    continue;
                }
                int slot = produced & SLOTS - 1;
                if (slots[slot] == null) {
                    slots[slot] = new PacketBuffer();
                }
                long n = tap.read(own, slots[slot]);
                if (n >= NetHeader.SIZE) {
                    slots[slot].length((int) n);
                    produced++;
                    arrived.signal();
                } else if (n == -Errno.EAGAIN) {
                    own.invoke(NR_POLL, polledAt, 2, -1, 0, 0, 0);
                } else if (n != -Errno.EINTR) {
                    // EBADFD: the interface was deleted. What else may come is as final.
                    gone = true;
                    arrived.signal();
                    return;
                }
            }
        }

        private void awaitRoom() {
            waiting = true;
            while (!ended && produced - consumed == SLOTS) {
                LockSupport.park(this);
            }
            waiting = false;
        }

        private void end() {
            ended = true;
            ByteBuffer one = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder()).putLong(0, 1);
            opener.invoke(NR_WRITE, wakeFd, MemorySegment.ofBuffer(one).address(), 8, 0, 0, 0);
            LockSupport.unpark(thread);
            Threads.join(thread);
            // Take the signal back, for the next reader.
            opener.invoke(0, wakeFd, MemorySegment.ofBuffer(one).address(), 8, 0, 0, 0);
        }
    }
}
