package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_userspace_memory_region2}: A memory slot with private memory; accessors of what both have are {@link KvmUserspaceMemoryRegion}'s ({@code KVM_SET_USER_MEMORY_REGION2}, Linux 6.8). */
public final class KvmUserspaceMemoryRegion2 {
    /** Size in bytes. */
    public static final int SIZE = 160;
    /** Offset of {@code slot}, u32. */
    public static final int SLOT = 0;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 4;
    /** Offset of {@code guest_phys_addr}, u64. */
    public static final int GUEST_PHYS_ADDR = 8;
    /** Offset of {@code memory_size}, u64. */
    public static final int MEMORY_SIZE = 16;
    /** Offset of {@code userspace_addr}, u64. */
    public static final int USERSPACE_ADDR = 24;
    /** Offset of {@code guest_memfd_offset}, u64. */
    public static final int GUEST_MEMFD_OFFSET = 32;
    /** Offset of {@code guest_memfd}, u32. */
    public static final int GUEST_MEMFD = 40;

    private KvmUserspaceMemoryRegion2() {}

    /** Reads {@code guest_memfd_offset} of the structure that begins at {@code at}. */
    public static long guestMemfdOffset(ByteBuffer struct, int at) {
        return struct.getLong(at + GUEST_MEMFD_OFFSET);
    }

    /** Writes {@code guest_memfd_offset} of the structure that begins at {@code at}. */
    public static void guestMemfdOffset(ByteBuffer struct, int at, long value) {
        struct.putLong(at + GUEST_MEMFD_OFFSET, value);
    }

    /** Reads {@code guest_memfd} of the structure that begins at {@code at}. */
    public static int guestMemfd(ByteBuffer struct, int at) {
        return struct.getInt(at + GUEST_MEMFD);
    }

    /** Writes {@code guest_memfd} of the structure that begins at {@code at}. */
    public static void guestMemfd(ByteBuffer struct, int at, int value) {
        struct.putInt(at + GUEST_MEMFD, value);
    }
}
