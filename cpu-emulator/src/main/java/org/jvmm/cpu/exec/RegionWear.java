package org.jvmm.cpu.exec;

/**
 * Which code changed soon after it was compiled: it must be executed more often before it is compiled again, twice as often each time, so that code which
 * changes itself over and over stays in the interpreter, and compiling never takes more than a part of the time that executing took.
 *
 * <p>A small table of hashes of addresses: two that share an element share its history, and the later compilation is all that this does.
 */
final class RegionWear {
    /** Compiled code that this many instructions were executed after has earned what it cost. */
    static final long LONG_LIFE = 100_000_000L;
    /** Most doublings. */
    static final int MOST = 10;
    private static final int BITS = 12;

    private final byte[] doublings = new byte[1 << BITS];

    RegionWear() {}

    /**
     * Compiled code, or what was to be, has been dropped.
     *
     * @param physical address of its first byte
     * @param lived instructions that the CPU executed since it was asked for
     */
    void dropped(long physical, long lived) {
        int at = slot(physical);
        doublings[at] = (byte) (lived >= LONG_LIFE ? 0 : Math.min(doublings[at] + 1, MOST));
    }

    /** How often a block is to be executed before it is compiled, if {@code usual} is for code that never changed. */
    int executions(long physical, int usual) {
        return (int) Math.min((long) usual << doublings[slot(physical)], Integer.MAX_VALUE);
    }

    private static int slot(long physical) {
        return (int) (physical * 0x9E37_79B9_7F4A_7C15L >>> 64 - BITS);
    }
}
