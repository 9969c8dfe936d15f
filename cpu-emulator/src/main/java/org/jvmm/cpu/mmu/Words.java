package org.jvmm.cpu.mmu;

import jdk.internal.misc.Unsafe;

/**
 * Elements of the two arrays that the interpreter's loop lives in, {@link org.jvmm.cpu.state.CpuState#r} and the words of its uops, without the check of the
 * index. Each such check is a comparison and a branch in every uop, and code for the exception: half of the loop's size, and what pushed its variables
 * out of registers. Indexes are slots of five bits, places of the TLB by a mask, and positions that the arena gave out; assertions check them, in all tests.
 */
public final class Words {
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final int SHIFT = 3;

    private Words() {}

    /** The element at an index, which must be one. */
    public static long get(long[] words, int index) {
        assert index >= 0 && index < words.length : index;
        return UNSAFE.getLong(words, Unsafe.ARRAY_LONG_BASE_OFFSET + ((long) index << SHIFT));
    }

    /** Sets the element at an index, which must be one. */
    public static void put(long[] words, int index, long value) {
        assert index >= 0 && index < words.length : index;
        UNSAFE.putLong(words, Unsafe.ARRAY_LONG_BASE_OFFSET + ((long) index << SHIFT), value);
    }
}
