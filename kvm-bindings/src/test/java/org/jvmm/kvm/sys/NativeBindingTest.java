package org.jvmm.kvm.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.kvm.abi.EpollEvent;
import org.jvmm.kvm.abi.Itimerspec;

class NativeBindingTest {
    private final LinuxSyscalls sys = NativeBinding.newSyscalls();

    @Test
    void twoMappingsOfOneMemfdShareTheirBytes() {
        int fd = sys.memfdCreate("round-trip", LinuxSyscalls.MFD_CLOEXEC);
        sys.ftruncate(fd, 8192);
        long first = mapShared(fd, 8192);
        long second = mapShared(fd, 8192);
        assertThat(first).isNotEqualTo(second);

        segment(first, 8192).set(ValueLayout.JAVA_LONG, 4096, 0x1122334455667788L);
        assertThat(segment(second, 8192).get(ValueLayout.JAVA_LONG, 4096)).isEqualTo(0x1122334455667788L);

        sys.madvise(first, 8192, LinuxSyscalls.MADV_REMOVE);
        assertThat(segment(second, 8192).get(ValueLayout.JAVA_LONG, 4096)).isZero();

        sys.munmap(first, 8192);
        sys.munmap(second, 8192);
        sys.close(fd);
    }

    @Test
    void failuresNameCallOperandsAndErrno() {
        assertThatThrownBy(() -> sys.ftruncate(-1, 4096)).isInstanceOfSatisfying(SyscallException.class, e -> {
            assertThat(e.errno()).isEqualTo(Errno.EBADF);
            assertThat(e.call()).isEqualTo("ftruncate");
            assertThat(e.operands()).isEqualTo("-1, 4096");
        }).hasMessage("ftruncate(-1, 4096) failed: EBADF");
        assertThatThrownBy(() -> sys.close(-1)).hasMessage("close(-1) failed: EBADF");
        assertThatThrownBy(() -> sys.mmap(0, 0, 3, LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS, -1, 0))
                .hasMessage("mmap(0x0, 0, 3, 0x22, -1, 0) failed: EINVAL");
        assertThatThrownBy(() -> sys.munmap(1, 4096)).hasMessage("munmap(0x1, 4096) failed: EINVAL");
        assertThatThrownBy(() -> sys.madvise(0, 4096, 12345)).hasMessage("madvise(0x0, 4096, 12345) failed: EINVAL");
        assertThatThrownBy(() -> sys.ioctl(-1, 0x5401, 0)).hasMessage("ioctl(-1, 0x5401, 0x0) failed: EBADF");
        assertThatThrownBy(() -> sys.memfdCreate("x", 0x4000_0000)).hasMessage("memfd_create(x, 0x40000000) failed: EINVAL");
        assertThatThrownBy(() -> sys.prctl(-7, 0, 0, 0, 0)).hasMessage("prctl(-7, 0x0) failed: EINVAL");
        assertThat(sys.invoke(-1, 0, 0, 0, 0, 0, 0)).isEqualTo(-Errno.ENOSYS);
    }

    @Test
    void anErrorDoesNotStickToTheNextCall() {
        assertThat(sys.ioctlRaw(-1, 0, 0)).isEqualTo(-Errno.EBADF);
        assertThat(sys.prctl(3, 0, 0, 0, 0)).as("PR_GET_DUMPABLE").isBetween(0L, 2L);
    }

    @Test
    void theUserIdIsTheOneOfTheProcess() throws IOException {
        Object owner = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        assertThat(sys.getuid()).isEqualTo(owner);
    }

    @Test
    void theBindingIsTheOneAskedFor() {
        String expected = switch (NativeBinding.name()) {
            case "jna" -> "JnaSyscalls";
            case "linker" -> "FfmSyscalls";
            default -> "DirectSyscalls";
        };
        assertThat(sys.getClass().getSimpleName()).isEqualTo(expected);
    }

    @Test
    void anUnknownBindingIsRefused() {
        String before = System.getProperty(NativeBinding.PROPERTY);
        try {
            System.setProperty(NativeBinding.PROPERTY, "jni");
            assertThatThrownBy(NativeBinding::newSyscalls).isInstanceOf(NativeAccessException.class)
                    .hasMessage("There is no native binding 'jni': -Djvmm.native=ffm, =linker and =jna are possible");
        } finally {
            if (before == null) {
                System.clearProperty(NativeBinding.PROPERTY);
            } else {
                System.setProperty(NativeBinding.PROPERTY, before);
            }
        }
    }

    @Test
    void eventCountersAddUpAndWakeEpoll() {
        int event = sys.eventfd(3, LinuxSyscalls.NONBLOCK);
        int epoll = sys.epollCreate();
        StructBuffer word = StructBuffer.allocate(8);
        StructBuffer ready = StructBuffer.allocate(EpollEvent.SIZE);
        EpollEvent.events(ready.bytes(), 0, LinuxSyscalls.EPOLLIN);
        EpollEvent.data(ready.bytes(), 0, 4711);
        sys.epollCtl(epoll, LinuxSyscalls.EPOLL_CTL_ADD, event, ready.address());
        word.bytes().putLong(0, 4);
        assertThat(sys.writeRaw(event, word.address(), 8)).isEqualTo(8);
        ready.clear();
        assertThat(sys.epollWaitRaw(epoll, ready.address(), 1, -1)).isEqualTo(1);
        assertThat(EpollEvent.data(ready.bytes(), 0)).isEqualTo(4711);
        assertThat(sys.readRaw(event, word.address(), 8)).isEqualTo(8);
        assertThat(word.bytes().getLong(0)).isEqualTo(7);
        assertThat(sys.readRaw(event, word.address(), 8)).isEqualTo(-Errno.EAGAIN);
        assertThat(sys.epollWaitRaw(epoll, ready.address(), 1, 0)).isZero();
        sys.epollCtl(epoll, LinuxSyscalls.EPOLL_CTL_DEL, event, 0);
        sys.close(epoll);
        sys.close(event);
        assertThatThrownBy(() -> sys.epollCtl(-1, LinuxSyscalls.EPOLL_CTL_DEL, event, 0)).hasMessageEndingWith("EBADF");
    }

    @Test
    void timersExpire() {
        int timer = sys.timerfd(LinuxSyscalls.CLOCK_MONOTONIC, 0);
        StructBuffer value = StructBuffer.allocate(Itimerspec.SIZE);
        Itimerspec.itValueTvNsec(value.bytes(), 0, 1000);
        sys.timerfdSettime(timer, value.address());
        assertThat(sys.readRaw(timer, value.address(), 8)).isEqualTo(8);
        assertThat(value.bytes().getLong(0)).isEqualTo(1);
        sys.close(timer);
    }

    @Test
    void filesOpenByName() {
        int fd = sys.open("/dev/null", LinuxSyscalls.O_RDWR);
        assertThat(sys.writeRaw(fd, StructBuffer.allocate(8).address(), 8)).isEqualTo(8);
        sys.close(fd);
        assertThatThrownBy(() -> sys.open("/no/such/file", LinuxSyscalls.O_RDWR)).hasMessage("open(/no/such/file, 0x2) failed: ENOENT");
    }

    /** The signal ends a call that waits, and the thread goes on as if nothing had been. */
    @Test
    void theKickSignalInterruptsAThreadInACall() throws Exception {
        KickSignal.install(sys);
        int never = sys.eventfd(0, 0);
        long[] results = new long[2];
        BlockingQueue<Integer> id = new ArrayBlockingQueue<>(1);
        Thread waiter = new Thread(() -> {
            LinuxSyscalls own = NativeBinding.newSyscalls();
            StructBuffer word = StructBuffer.allocate(8);
            id.add(own.gettid());
            results[0] = own.readRaw(never, word.address(), 8);
            results[1] = own.gettid();
        });
        waiter.start();
        int tid = id.take();
        while (waiter.isAlive()) {
            assertThat(sys.tgkillRaw(sys.getpid(), tid, KickSignal.NUMBER)).isIn(0L, -(long) Errno.ESRCH);
            waiter.join(1);
        }
        assertThat(results[0]).isEqualTo(-Errno.EINTR);
        assertThat(results[1]).isEqualTo(tid);
        sys.close(never);
    }

    private long mapShared(int fd, long length) {
        return sys.mmap(0, length, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE, LinuxSyscalls.MAP_SHARED, fd, 0);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment segment(long address, long length) {
        return MemorySegment.ofAddress(address).reinterpret(length);
    }
}
