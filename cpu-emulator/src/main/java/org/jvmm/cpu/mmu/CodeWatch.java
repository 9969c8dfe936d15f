package org.jvmm.cpu.mmu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which CPUs of a machine hold decoded code of which RAM page: a write to such a page is told to them.
 *
 * <p>The one that writes stores first and looks here afterwards, the one that decodes registers first and reads the bytes afterwards, both with a full fence
 * between. So either the write is told or its bytes are the ones decoded. What escapes are writes through translations from before the page became code;
 * {@link CpuGroup#settled} says when there are none any more.
 */
final class CodeWatch {
    private static final VarHandle HOLDERS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle PIECES = MethodHandles.arrayElementVarHandle(long[].class);

    private final CpuGroup group;
    /** By page: a bit for each CPU. Written under this object's lock. */
    private final int[] holders;
    /** By page: the 64-byte pieces that any holder decoded. Written under this object's lock. */
    private final long[] pieces;

    CodeWatch(CpuGroup group, int pages) {
        this.group = group;
        this.holders = new int[pages];
        this.pieces = new long[pages];
    }

    /** Whether a page is code, of any CPU. */
    boolean holds(int page) {
        return (int) HOLDERS.getOpaque(holders, page) != 0;
    }

    /** A CPU decoded pieces of a page; their bytes must be read (again) afterwards. */
    synchronized void register(int cpu, int page, long physical, long mask) {
        int before = holders[page];
        PIECES.setOpaque(pieces, page, pieces[page] | mask);
        HOLDERS.setOpaque(holders, page, before | 1 << cpu);
        if (before == 0) {
            group.announceCode(cpu, physical);
        }
        VarHandle.fullFence();
    }

    /** A CPU has dropped all its code of a page. */
    synchronized void release(int cpu, int page) {
        int left = holders[page] & ~(1 << cpu);
        HOLDERS.setOpaque(holders, page, left);
        if (left == 0) {
            PIECES.setOpaque(pieces, page, 0L);
        }
    }

    /** A CPU wrote bytes of a page: tells the others that hold code of them. */
    void written(int cpu, int page, long physical, int length, long mask) {
        int others = (int) HOLDERS.getOpaque(holders, page) & ~(1 << cpu);
        if (others != 0 && ((long) PIECES.getOpaque(pieces, page) & mask) != 0) {
            for (int i = 0; i < group.size(); i++) {
                if ((others & 1 << i) != 0) {
                    group.member(i).codeWritten(physical, length);
                }
            }
        }
    }
}
