package org.jvmm.kvm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.event.Threads;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.metrics.Counter;
import org.jvmm.kvm.abi.EpollEvent;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.abi.KvmIoeventfd;
import org.jvmm.kvm.abi.VmIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/**
 * Stores that never leave the kernel: KVM adds to an eventfd (api.rst §4.59), and one daemon thread waits for all of them and tells their notifiers.
 * Until it {@linkplain #start starts}, stores take the long way, through the vCPU to the device: a guest begins the sooner.
 */
final class IoEventLoop {
    private static final int STOP = -1;
    private static final int BATCH = 16;

    private final KvmFd vm;
    private final LinuxSyscalls syscalls;
    private final LinuxSyscalls threadSyscalls;
    private final StructBuffer struct = StructBuffer.allocate(KvmIoeventfd.SIZE);
    private final List<Binding> bindings = new ArrayList<>();
    /** What the thread looks into; an event's number in epoll is its index. */
    private volatile Served[] served = {};
    private int epoll;
    private int stop;
    private final Counter events = new Counter("kvm.io_event_count");
    private Thread thread;
    private boolean closed;

    private record Binding(long gpa, int size, long value, Notifier notifier) {}

    private record Served(int eventfd, Notifier notifier) {}

    /**
     * @param vm the machine's descriptor, with system calls of the thread that binds
     * @param threadSyscalls system calls for the loop's own thread
     */
    IoEventLoop(KvmFd vm, LinuxSyscalls threadSyscalls) {
        this.vm = vm;
        this.syscalls = vm.syscalls();
        this.threadSyscalls = threadSyscalls;
    }

    synchronized void bind(long gpa, int size, long value, Notifier notifier) {
        Binding binding = new Binding(gpa, size, value, notifier);
        if (thread == null) {
            bindings.add(binding);
        } else {
            serve(binding);
        }
    }

    /** Begins to serve what was bound, and what will be. */
    synchronized void start() {
        if (thread != null || closed) {
            return;
        }
        epoll = syscalls.epollCreate();
        stop = syscalls.eventfd(0, 0);
        watch(stop, STOP);
        thread = new Thread(this::loop, "kvm-ioevents");
        thread.setDaemon(true);
        thread.start();
        for (Binding binding : bindings) {
            serve(binding);
        }
        bindings.clear();
    }

    private void serve(Binding binding) {
        int eventfd = syscalls.eventfd(0, LinuxSyscalls.NONBLOCK);
        int index = served.length;
        Served[] more = Arrays.copyOf(served, index + 1);
        more[index] = new Served(eventfd, binding.notifier);
        served = more;
        watch(eventfd, index);
        KvmIoeventfd.datamatch(struct.clear().bytes(), 0, binding.value);
        KvmIoeventfd.addr(struct.bytes(), 0, binding.gpa);
        KvmIoeventfd.len(struct.bytes(), 0, binding.size);
        KvmIoeventfd.fd(struct.bytes(), 0, eventfd);
        KvmIoeventfd.flags(struct.bytes(), 0, KvmConstants.IOEVENTFD_FLAG_DATAMATCH);
        vm.call("KVM_IOEVENTFD", "0x" + Long.toHexString(binding.gpa) + ", " + binding.size + ", " + binding.value, VmIoctl.IOEVENTFD,
                struct.address());
    }

    /** Events so far. */
    long events() {
        return events.get();
    }

    private void watch(int fd, long data) {
        StructBuffer event = StructBuffer.allocate(EpollEvent.SIZE);
        EpollEvent.events(event.bytes(), 0, LinuxSyscalls.EPOLLIN);
        EpollEvent.data(event.bytes(), 0, data);
        syscalls.epollCtl(epoll, LinuxSyscalls.EPOLL_CTL_ADD, fd, event.address());
    }

    private void loop() {
        StructBuffer ready = StructBuffer.allocate(BATCH * EpollEvent.SIZE);
        StructBuffer count = StructBuffer.allocate(Long.BYTES);
        while (true) {
            // A negative result is EINTR: a signal meant for another thread.
            long arrived = threadSyscalls.epollWaitRaw(epoll, ready.address(), BATCH, -1);
            for (int i = 0; i < arrived; i++) {
                int index = (int) EpollEvent.data(ready.bytes(), i * EpollEvent.SIZE);
                if (index == STOP) {
                    return;
                }
                Served event = served[index];
                threadSyscalls.readRaw(event.eventfd, count.address(), Long.BYTES);
                events.increment();
                event.notifier.signal();
            }
        }
    }

    /** Ends the thread and closes all descriptors. */
    synchronized void close() {
        closed = true;
        if (thread == null) {
            return;
        }
        StructBuffer one = StructBuffer.allocate(Long.BYTES);
        one.bytes().putLong(0, 1);
        syscalls.writeRaw(stop, one.address(), Long.BYTES);
        Threads.join(thread);
        thread = null;
        syscalls.close(stop);
        syscalls.close(epoll);
        for (Served event : served) {
            syscalls.close(event.eventfd);
        }
        served = new Served[0];
    }
}
