package org.jvmm.vmm.gdb;

import java.util.HashMap;
import java.util.Map;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.vmm.debug.GuestPageTables;

/** Guest memory by linear addresses, as the debugger shall see it: the INT3s that stand for its breakpoints are hidden. Only while the CPUs are held. */
final class GuestView {
    private static final int PAGE = 4096;
    private static final byte INT3 = (byte) 0xCC;

    private final GuestMemory memory;
    private final GuestPageTables tables;
    /** What an INT3 has replaced, by physical address. */
    private final Map<Long, Byte> replaced = new HashMap<>();

    GuestView(GuestMemory memory) {
        this.memory = memory;
        this.tables = new GuestPageTables(memory);
    }

    /**
     * Reads memory.
     *
     * @return how many bytes from the first on could be read
     */
    int read(X86Sregs sregs, long linear, byte[] target) {
        int done = 0;
        while (done < target.length) {
            long at = linear + done;
            long physical = tables.translate(sregs, at);
            int length = piece(at, target.length - done);
            if (physical == GuestPageTables.NONE || !readPhysical(physical, target, done, length)) {
                return done;
            }
            done += length;
        }
        return done;
    }

    private boolean readPhysical(long physical, byte[] target, int offset, int length) {
        try {
            memory.read(physical, target, offset, length);
        } catch (GuestMemoryException e) {
            return false;
        }
        for (Map.Entry<Long, Byte> entry : replaced.entrySet()) {
            long at = entry.getKey() - physical;
            if (at >= 0 && at < length) {
                target[offset + (int) at] = entry.getValue();
            }
        }
        return true;
    }

    /** Writes memory, read-only pages too; false when a part has no RAM, after the parts before it were written. */
    boolean write(X86Sregs sregs, long linear, byte[] data) {
        for (int done = 0; done < data.length;) {
            long at = linear + done;
            long physical = tables.translate(sregs, at);
            int length = piece(at, data.length - done);
            if (physical == GuestPageTables.NONE) {
                return false;
            }
            try {
                for (int i = 0; i < length; i++) {
                    if (replaced.replace(physical + i, data[done + i]) == null) {
                        memory.write(physical + i, data, done + i, 1);
                    }
                }
            } catch (GuestMemoryException e) {
                return false;
            }
            done += length;
        }
        return true;
    }

    private static int piece(long linear, int wanted) {
        return (int) Math.min(wanted, PAGE - (linear & PAGE - 1));
    }

    /** Puts an INT3 in the place of an instruction; the physical address, or {@link GuestPageTables#NONE} when there is no RAM. */
    long insertBreakpoint(X86Sregs sregs, long linear) {
        long physical = tables.translate(sregs, linear);
        byte[] old = new byte[1];
        if (physical == GuestPageTables.NONE || !readPhysical(physical, old, 0, 1)) {
            return GuestPageTables.NONE;
        }
        replaced.put(physical, old[0]);
        memory.write(physical, new byte[] { INT3 }, 0, 1);
        return physical;
    }

    /** Gives the instruction back. */
    void removeBreakpoint(long physical) {
        Byte old = replaced.remove(physical);
        if (old != null) {
            memory.write(physical, new byte[] { old }, 0, 1);
        }
    }
}
