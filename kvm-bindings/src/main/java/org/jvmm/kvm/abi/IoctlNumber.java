package org.jvmm.kvm.abi;

/**
 * Builds request numbers of {@code ioctl(2)} as asm-generic/ioctl.h does: direction in bits 30 and 31, size of the argument in bits 16 to 29, type in
 * bits 8 to 15 ({@code KVMIO}), number in bits 0 to 7.
 */
public final class IoctlNumber {
    private static final int KVMIO = 0xAE;
    private static final int WRITE = 1;
    private static final int READ = 2;
    private static final int SIZE_LIMIT = 1 << 14;

    private IoctlNumber() {}

    /** {@code _IO}: no argument, or a plain number. */
    public static long none(int number) {
        return of(0, number, 0);
    }

    /** {@code _IOR}: the kernel fills the structure in. */
    public static long read(int number, int size) {
        return of(READ, number, size);
    }

    /** {@code _IOW}: the kernel reads the structure. */
    public static long write(int number, int size) {
        return of(WRITE, number, size);
    }

    /** {@code _IOWR}: both. */
    public static long readWrite(int number, int size) {
        return of(READ | WRITE, number, size);
    }

    private static long of(int direction, int number, int size) {
        if (size >= SIZE_LIMIT || number > 0xFF) {
            throw new IllegalArgumentException("No such ioctl: " + number + " with " + size + " bytes");
        }
        return (long) direction << 30 | size << 16 | KVMIO << 8 | number;
    }
}
