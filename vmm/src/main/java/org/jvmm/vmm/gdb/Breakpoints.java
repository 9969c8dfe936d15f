package org.jvmm.vmm.gdb;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jvmm.core.cpu.DebugWatch;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.vmm.debug.GuestPageTables;

/** The debugger's breakpoints: by the engine where it has room for them, else, if they are of the software kind, by INT3 in the guest's memory. */
final class Breakpoints {
    private final GuestView view;
    private final int room;
    /** What the engine stops at, by kind and address. */
    private final Set<Long> software = new LinkedHashSet<>();
    private final Set<Long> hardware = new LinkedHashSet<>();
    private final Set<DebugWatch> watches = new LinkedHashSet<>();
    /** Physical addresses of INT3s by linear address. */
    private final Map<Long, Long> patched = new LinkedHashMap<>();

    /** @param room addresses that the engine stops at by itself */
    Breakpoints(GuestView view, int room) {
        this.view = view;
        this.room = room;
    }

    /** Adds one; false when that cannot be. Adding twice is adding once. */
    boolean insert(boolean ofHardware, long linear, X86Sregs sregs) {
        boolean unlimited = room == Integer.MAX_VALUE;
        if (ofHardware || unlimited) {
            Set<Long> set = ofHardware ? hardware : software;
            if (!set.contains(linear) && addresses().length >= room) {
                return false;
            }
            set.add(linear);
            return true;
        }
        if (!patched.containsKey(linear)) {
            long physical = view.insertBreakpoint(sregs, linear);
            if (physical == GuestPageTables.NONE) {
                return false;
            }
            patched.put(linear, physical);
        }
        return true;
    }

    /** Takes one away, if it is there. */
    void remove(boolean ofHardware, long linear) {
        (ofHardware ? hardware : software).remove(linear);
        Long physical = ofHardware ? null : patched.remove(linear);
        if (physical != null) {
            view.removeBreakpoint(physical);
        }
    }

    /** The data that is watched. */
    Set<DebugWatch> watches() {
        return watches;
    }

    /** Takes all away. */
    void clear() {
        watches.clear();
        hardware.clear();
        software.clear();
        for (long physical : patched.values()) {
            view.removeBreakpoint(physical);
        }
        patched.clear();
    }

    /** Where the engine is to stop. */
    long[] addresses() {
        Set<Long> all = new LinkedHashSet<>(software);
        all.addAll(hardware);
        return all.stream().mapToLong(Long::longValue).toArray();
    }

    /** Whether there is one of hardware here. */
    boolean isHardware(long linear) {
        return hardware.contains(linear);
    }
}
