package org.jvmm.kvm.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;

class FfmSyscallsTest {
    private final LinuxSyscalls sys = new FfmSyscalls();

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

    private long mapShared(int fd, long length) {
        return sys.mmap(0, length, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE, LinuxSyscalls.MAP_SHARED, fd, 0);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment segment(long address, long length) {
        return MemorySegment.ofAddress(address).reinterpret(length);
    }
}
