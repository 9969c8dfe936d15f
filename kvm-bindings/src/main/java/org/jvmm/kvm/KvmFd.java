package org.jvmm.kvm;

import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;

/** A descriptor of KVM's with the requests that go to it. One thread at a time, as its {@link LinuxSyscalls}. */
final class KvmFd {
    private final LinuxSyscalls syscalls;
    private final int fd;

    KvmFd(LinuxSyscalls syscalls, int fd) {
        this.syscalls = syscalls;
        this.fd = fd;
    }

    int number() {
        return fd;
    }

    LinuxSyscalls syscalls() {
        return syscalls;
    }

    /** The result, or {@code -errno}; a signal in between does not count (any ioctl but KVM_RUN is simply made again). */
    long raw(long request, long argument) {
        long result;
        do {
            result = syscalls.ioctlRaw(fd, request, argument);
        } while (result == -Errno.EINTR);
        return result;
    }

    /**
     * Makes a request.
     *
     * @param name for the message
     * @param operands what the message shows of the argument
     * @throws KvmException when it fails
     */
    long call(String name, String operands, long request, long argument) {
        long result = raw(request, argument);
        if (result < 0) {
            throw new KvmException(name, operands, (int) -result, advice((int) -result));
        }
        return result;
    }

    /** A request whose argument is a structure. */
    long call(String name, long request, long structure) {
        return call(name, "", request, structure);
    }

    private static String advice(int errno) {
        return switch (errno) {
            case Errno.ENOMEM -> "the host is short of memory: give the guest less, or free some";
            case Errno.EBUSY -> "another hypervisor or virtual machine holds what is asked for: stop it";
            default -> "";
        };
    }

    void close() {
        syscalls.close(fd);
    }
}
