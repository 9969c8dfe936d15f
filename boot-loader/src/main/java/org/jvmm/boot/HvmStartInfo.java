package org.jvmm.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;

/**
 * {@code struct hvm_start_info} version 1 with its module list and memory map: what a PVH kernel is told (Xen,
 * public/arch-x86/hvm/start_info.h). Offsets are bytes from the start of each structure.
 */
final class HvmStartInfo {
    static final int MAGIC_VALUE = 0x336EC578;
    static final int MAGIC = 0;
    static final int VERSION = 4;
    static final int FLAGS = 8;
    static final int NR_MODULES = 12;
    static final int MODLIST_PADDR = 16;
    static final int CMDLINE_PADDR = 24;
    static final int RSDP_PADDR = 32;
    static final int MEMMAP_PADDR = 40;
    static final int MEMMAP_ENTRIES = 48;
    static final int SIZE = 56;

    static final int MODULE_SIZE = 32;
    static final int MEMMAP_ENTRY_SIZE = 24;

    private HvmStartInfo() {}

    /** @param initrd the one module, or null */
    static void write(GuestMemory memory, Initrd initrd, E820 map) {
        ByteBuffer info = buffer(SIZE);
        info.putInt(MAGIC, MAGIC_VALUE);
        info.putInt(VERSION, 1);
        info.putLong(CMDLINE_PADDR, GuestLayout.CMDLINE);
        info.putLong(MEMMAP_PADDR, GuestLayout.PVH_MEMMAP);
        info.putInt(MEMMAP_ENTRIES, map.count());
        if (initrd != null) {
            info.putInt(NR_MODULES, 1);
            info.putLong(MODLIST_PADDR, GuestLayout.PVH_MODLIST);
            ByteBuffer module = buffer(MODULE_SIZE);
            module.putLong(0, initrd.address()).putLong(8, initrd.size());
            memory.write(GuestLayout.PVH_MODLIST, module.array());
        }
        memory.write(GuestLayout.PVH_START_INFO, info.array());

        ByteBuffer table = buffer(map.count() * MEMMAP_ENTRY_SIZE);
        for (int i = 0; i < map.count(); i++) {
            // XEN_HVM_MEMMAP_TYPE_* are the E820 types.
            table.putLong(map.address(i)).putLong(map.size(i)).putInt(map.type(i)).putInt(0);
        }
        memory.write(GuestLayout.PVH_MEMMAP, table.array());
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
