package org.jvmm.cpu.state;

/** The conditions of the debug registers (SDM vol. 3 §17.2): DR0 to DR3 hold addresses, DR7 says what is watched there. */
public final class Breakpoints {
    /** DR6: a MOV to or from a debug register while DR7.GD was set. */
    public static final int DR6_BD = 0x2000;
    /** DR6: single step. */
    public static final int DR6_BS = 0x4000;
    /** DR7: general detect. */
    public static final int DR7_GD = 0x2000;

    private static final int EXECUTE = 0;
    private static final int WRITE = 1;
    private static final int PORT = 2;
    private static final int ENABLED = 0xFF;

    private Breakpoints() {}

    /** Whether any breakpoint is enabled. */
    public static boolean any(long[] dr) {
        return (dr[7] & ENABLED) != 0;
    }

    private static boolean enabled(long[] dr, int i) {
        return (dr[7] >>> 2 * i & 3) != 0;
    }

    private static int type(long[] dr, int i) {
        return (int) (dr[7] >>> 16 + 4 * i) & 3;
    }

    /** Bytes that breakpoint {@code i} watches: 1, 2, 8 or 4. */
    private static int length(long[] dr, int i) {
        return switch ((int) (dr[7] >>> 18 + 4 * i) & 3) {
            case 0 -> 1;
            case 1 -> 2;
            case 2 -> 8;
            default -> 4;
        };
    }

    /** Whether any enabled breakpoint watches data. */
    public static boolean watchData(long[] dr) {
        for (int i = 0; i < 4; i++) {
            if (enabled(dr, i) && (type(dr, i) & 1) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Bits of DR6 for an instruction at a linear address. */
    public static int instruction(long[] dr, long linear) {
        int hits = 0;
        for (int i = 0; i < 4; i++) {
            if (enabled(dr, i) && type(dr, i) == EXECUTE && dr[i] == linear) {
                hits |= 1 << i;
            }
        }
        return hits;
    }

    /** Bits of DR6 for an access to {@code size} bytes. */
    public static int data(long[] dr, long address, int size, boolean write) {
        int hits = 0;
        for (int i = 0; i < 4; i++) {
            int type = type(dr, i);
            if (enabled(dr, i) && (type == WRITE ? write : type == 3) && overlaps(dr, i, address, size)) {
                hits |= 1 << i;
            }
        }
        return hits;
    }

    /** Bits of DR6 for an access to I/O ports; CR4.DE must be set. */
    public static int port(long[] dr, int port, int size) {
        int hits = 0;
        for (int i = 0; i < 4; i++) {
            if (enabled(dr, i) && type(dr, i) == PORT && overlaps(dr, i, port, size)) {
                hits |= 1 << i;
            }
        }
        return hits;
    }

    /** The low bits of the address are ignored as the length has it (SDM vol. 3 §17.2.5). */
    private static boolean overlaps(long[] dr, int i, long address, int size) {
        int length = length(dr, i);
        long from = dr[i] & -length;
        return address < from + length && from < address + size;
    }
}
