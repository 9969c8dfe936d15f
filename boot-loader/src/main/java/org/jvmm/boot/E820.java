package org.jvmm.boot;

import java.util.List;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;

/**
 * The memory map a guest is told, in the terms of the BIOS call E820 (ACPI 6.5 §15, "System Address Map Interfaces"): RAM except for the
 * system area below 1 MiB, which is reserved.
 */
public final class E820 {
    /** Usable RAM (AddressRangeMemory). */
    public static final int RAM = 1;
    /** Not for the guest's use (AddressRangeReserved). */
    public static final int RESERVED = 2;

    private static final int MAX_ENTRIES = 8;

    private final long[] addresses = new long[MAX_ENTRIES];
    private final long[] sizes = new long[MAX_ENTRIES];
    private final int[] types = new int[MAX_ENTRIES];
    private int count;

    private E820() {}

    /** The map of a machine with this RAM; the first region starts at 0 and reaches beyond 1 MiB. */
    public static E820 of(GuestMemory memory) {
        E820 map = new E820();
        map.add(0, GuestLayout.SYSTEM_AREA, RAM);
        map.add(GuestLayout.SYSTEM_AREA, GuestLayout.SYSTEM_AREA_END, RESERVED);
        List<GuestRegion> regions = memory.regions();
        map.add(GuestLayout.HIGH_MEMORY, regions.get(0).end(), RAM);
        for (int i = 1; i < regions.size(); i++) {
            if (regions.get(i).ram()) {
                map.add(regions.get(i).gpa(), regions.get(i).end(), RAM);
            }
        }
        return map;
    }

    private void add(long start, long end, int type) {
        addresses[count] = start;
        sizes[count] = end - start;
        types[count] = type;
        count++;
    }

    /** Number of entries, in ascending order of address. */
    public int count() {
        return count;
    }

    /** First address of entry {@code i}. */
    public long address(int i) {
        return addresses[i];
    }

    /** Size of entry {@code i}, bytes. */
    public long size(int i) {
        return sizes[i];
    }

    /** {@link #RAM} or {@link #RESERVED}. */
    public int type(int i) {
        return types[i];
    }
}
