package org.jvmm.virtio.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;

/** An open TAP interface of the host (Documentation/networking/tuntap.rst): a descriptor that gives and takes {@link NetHeader} and frame. */
final class TapDevice {
    private static final int NR_READ = 0;
    private static final int NR_WRITE = 1;
    private static final int NR_OPENAT = 257;
    private static final int AT_FDCWD = -100;
    private static final int O_RDWR_NONBLOCK_CLOEXEC = 2 | 0x800 | 0x80000;

    // linux/if_tun.h
    private static final int TUNSETIFF = 0x400454CA;
    private static final int TUNSETOFFLOAD = 0x400454D0;
    private static final int TUNSETVNETHDRSZ = 0x400454D8;
    private static final int TUNSETQUEUE = 0x400454D9;
    private static final int IFF_TAP = 0x0002;
    private static final int IFF_ATTACH_QUEUE = 0x0200;
    private static final int IFF_DETACH_QUEUE = 0x0400;
    private static final int IFF_MULTI_QUEUE = 0x0100;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final int TUN_F_CSUM = 1;
    private static final int TUN_F_TSO4 = 2;
    private static final int TUN_F_TSO6 = 4;
    /** struct ifreq: name[16], then a union whose first member here is a short. */
    private static final int IFREQ_SIZE = 40;
    private static final int IFREQ_FLAGS = 16;
    private static final int MAX_NAME = 15;

    private final String name;
    private final int fd;

    private TapDevice(String name, int fd) {
        this.name = name;
        this.fd = fd;
    }

    /**
     * Opens an interface that exists.
     *
     * @throws NetBackendException when there is none, or it may not be opened
     */
    static TapDevice open(LinuxSyscalls calls, String name) {
        return open(calls, name, false);
    }

    /**
     * Opens an interface, or one more queue of it.
     *
     * @param several whether the interface was made for several queues and has to be opened as such
     */
    static TapDevice open(LinuxSyscalls calls, String name, boolean several) {
        if (name.isEmpty() || name.length() > MAX_NAME || name.indexOf('/') >= 0) {
            throw new NetBackendException("TAP name " + name + " is not 1 to " + MAX_NAME + " characters without a slash", null);
        }
        // TUNSETIFF would make a new one, which nothing on the host is connected to.
        if (!Files.exists(Path.of("/sys/class/net", name))) {
            throw new NetBackendException("TAP " + name + " does not exist: make it with ip tuntap add dev " + name + " mode tap", null);
        }
        ByteBuffer scratch = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
        long address = MemorySegment.ofBuffer(scratch).address();
        scratch.put("/dev/net/tun".getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
        long opened = calls.invoke(NR_OPENAT, AT_FDCWD, address, O_RDWR_NONBLOCK_CLOEXEC, 0, 0, 0);
        if (opened < 0) {
            throw new NetBackendException(
                    "Cannot open /dev/net/tun: " + Errno.name((int) -opened) + "; load the module tun, or ask for access", null);
        }
        int fd = (int) opened;
        long result = attach(calls, fd, name, scratch, address, several ? IFF_MULTI_QUEUE : 0);
        if (result == -Errno.EINVAL && !several) {
            // An interface made for several queues is opened only as one of them.
            result = attach(calls, fd, name, scratch, address, IFF_MULTI_QUEUE);
        }
        if (result >= 0) {
            scratch.putInt(0, NetHeader.SIZE);
            result = calls.ioctlRaw(fd, TUNSETVNETHDRSZ, address);
        }
        if (result < 0) {
            calls.close(fd);
            throw new NetBackendException(reason(name, (int) -result, several), null);
        }
        return new TapDevice(name, fd);
    }

    private static long attach(LinuxSyscalls calls, int fd, String name, ByteBuffer scratch, long address, int more) {
        for (int i = 0; i < IFREQ_SIZE; i++) {
            scratch.put(i, (byte) 0);
        }
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        scratch.put(0, bytes, 0, Math.min(bytes.length, MAX_NAME));
        scratch.putShort(IFREQ_FLAGS, (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | more));
        return calls.ioctlRaw(fd, TUNSETIFF, address);
    }

    private static String reason(String name, int errno, boolean several) {
        String advice = switch (errno) {
            case Errno.EBUSY -> "another process has it";
            case Errno.EPERM -> "it belongs to another user, or jvmm lacks CAP_NET_ADMIN";
            case Errno.EINVAL -> several ? "it was not made with multi_queue" : "it is no TAP interface";
            default -> "the host refuses";
        };
        return "Cannot attach to TAP " + name + ": " + advice + " (" + Errno.name(errno) + ")";
    }

    String name() {
        return name;
    }

    int fd() {
        return fd;
    }

    /** Has the host give this queue packets, or none; the first queue of an interface for one always gets them. Returns 0, or {@code -errno}. */
    long use(LinuxSyscalls calls, boolean used) {
        ByteBuffer scratch = ByteBuffer.allocateDirect(IFREQ_SIZE).order(ByteOrder.nativeOrder());
        scratch.putShort(IFREQ_FLAGS, (short) (used ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE));
        return calls.ioctlRaw(fd, TUNSETQUEUE, MemorySegment.ofBuffer(scratch).address());
    }

    /** Tells the host which offloads the guest takes; bits of {@link NetFeatures}. Returns 0, or {@code -errno}. */
    long offloads(LinuxSyscalls calls, long features) {
        int flags = 0;
        if ((features & NetFeatures.GUEST_CSUM) != 0) {
            flags = TUN_F_CSUM | ((features & NetFeatures.GUEST_TSO4) != 0 ? TUN_F_TSO4 : 0)
                    | ((features & NetFeatures.GUEST_TSO6) != 0 ? TUN_F_TSO6 : 0);
        }
        return calls.ioctlRaw(fd, TUNSETOFFLOAD, flags);
    }

    /** Reads a packet. Returns its length, or {@code -errno}. */
    long read(LinuxSyscalls calls, PacketBuffer packet) {
        return calls.invoke(NR_READ, fd, packet.address(), PacketBuffer.MAX_PACKET, 0, 0, 0);
    }

    /** Writes a packet. Returns its length, or {@code -errno}. */
    long write(LinuxSyscalls calls, PacketBuffer packet) {
        return calls.invoke(NR_WRITE, fd, packet.address(), packet.length(), 0, 0, 0);
    }

    void close(LinuxSyscalls calls) {
        calls.close(fd);
    }
}
