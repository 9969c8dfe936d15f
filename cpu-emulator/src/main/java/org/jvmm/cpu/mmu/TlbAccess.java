package org.jvmm.cpu.mmu;

/**
 * An access to guest memory by a translation that is at hand, in steps, for a loop that may not call: it has {@link org.jvmm.cpu.state.CpuState#r} and goes
 * elsewhere when there is none ({@link Mmu}). Fences are the caller's. The launcher has the JVM's compiler inline all of this class.
 */
public final class TlbAccess {
    private TlbAccess() {}

    /** Where the translation for reading from a linear address is, if it is there. */
    public static int readSlot(long a) {
        return Mmu.READ + Mmu.slot(a);
    }

    /** Where the translation for writing to a linear address is, if it is there. */
    public static int writeSlot(long a) {
        return Mmu.WRITE + Mmu.slot(a);
    }

    /** Whether it is there for the current privilege, and good for an access whose last byte is at {@code last}: one that crosses into the next page misses. */
    public static boolean hits(long[] t, int slot, long last) {
        return Words.get(t, slot) == (last & Mmu.PAGE | Words.get(t, Mmu.PRIVILEGE));
    }

    /** The host address, after {@link #hits}; the methods below take nothing else. */
    public static long host(long[] t, int slot, long a) {
        return a + Words.get(t, slot + 1);
    }

    /** Reads a byte, zero-extended. */
    public static long get8(long host) {
        return HostMemory.get8(host);
    }

    /** Reads two bytes, zero-extended. */
    public static long get16(long host) {
        return HostMemory.get16(host);
    }

    /** Reads four bytes, zero-extended. */
    public static long get32(long host) {
        return HostMemory.get32(host);
    }

    /** Reads eight bytes. */
    public static long get64(long host) {
        return HostMemory.get64(host);
    }

    /** Writes a byte. */
    public static void put8(long host, long value) {
        HostMemory.put8(host, value);
    }

    /** Writes two bytes. */
    public static void put16(long host, long value) {
        HostMemory.put16(host, value);
    }

    /** Writes four bytes. */
    public static void put32(long host, long value) {
        HostMemory.put32(host, value);
    }

    /** Writes eight bytes. */
    public static void put64(long host, long value) {
        HostMemory.put64(host, value);
    }
}
