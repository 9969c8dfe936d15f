package org.jvmm.core.testing;

import java.lang.foreign.Arena;
import java.util.List;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;

/** Guest memory for tests, freed with the last reference. */
public final class TestMemory {
    private TestMemory() {}

    /** Zeroed RAM from address 0. */
    public static GuestMemory ofSize(long bytes) {
        return new GuestMemory(List.of(new GuestRegion(0, Arena.ofAuto().allocate(bytes, GuestLayout.PAGE_SIZE))));
    }
}
