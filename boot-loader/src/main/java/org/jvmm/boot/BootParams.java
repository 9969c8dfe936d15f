package org.jvmm.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;

/**
 * {@code struct boot_params}, the zero page of the 64-bit boot protocol (Linux Documentation/arch/x86/zero-page.rst and boot.rst,
 * uapi/asm/bootparam.h). Offsets are bytes from its start; those from 0x1F1 on are also offsets into a bzImage.
 */
final class BootParams {
    static final int E820_ENTRIES = 0x1E8;
    static final int SETUP_SECTS = 0x1F1;
    static final int SYSSIZE = 0x1F4;
    static final int VID_MODE = 0x1FA;
    static final int BOOT_FLAG = 0x1FE;
    /** The byte that tells the header's length: it ends at 0x202 plus its value (boot.rst, "64-bit Boot Protocol"). */
    static final int JUMP_OFFSET = 0x201;
    static final int HEADER = 0x202;
    static final int VERSION = 0x206;
    static final int TYPE_OF_LOADER = 0x210;
    static final int LOADFLAGS = 0x211;
    static final int CODE32_START = 0x214;
    static final int RAMDISK_IMAGE = 0x218;
    static final int RAMDISK_SIZE = 0x21C;
    static final int HEAP_END_PTR = 0x224;
    static final int CMD_LINE_PTR = 0x228;
    static final int INITRD_ADDR_MAX = 0x22C;
    static final int KERNEL_ALIGNMENT = 0x230;
    static final int RELOCATABLE_KERNEL = 0x234;
    static final int XLOADFLAGS = 0x236;
    static final int CMDLINE_SIZE = 0x238;
    static final int SETUP_DATA = 0x250;
    static final int PREF_ADDRESS = 0x258;
    static final int INIT_SIZE = 0x260;
    /** First byte behind {@code handover_offset}, the last field of protocol 2.12. */
    static final int HEADER_END_2_12 = 0x268;
    /** First byte behind the room that boot_params has for a setup header ({@code edd_mbr_sig_buffer}). */
    static final int HEADER_LIMIT = 0x290;
    static final int E820_TABLE = 0x2D0;
    static final int E820_ENTRY_SIZE = 20;
    static final int SIZE = GuestLayout.PAGE_SIZE;

    static final int BOOT_FLAG_VALUE = 0xAA55;
    /** "HdrS", little-endian. */
    static final int HEADER_MAGIC = 0x53726448;
    static final int LOADED_HIGH = 1;
    static final int CAN_USE_HEAP = 0x80;
    static final int XLF_KERNEL_64 = 1;
    static final int VERSION_2_12 = 0x20C;

    /** boot.rst, type_of_loader: no id assigned. */
    private static final int LOADER_UNDEFINED = 0xFF;
    private static final int VIDEO_NORMAL = 0xFFFF;
    private static final int LINUX_ALIGNMENT = 0x100_0000;

    private final ByteBuffer page = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);

    private BootParams() {}

    /** For a kernel without a setup header of its own (vmlinux). */
    static BootParams forElf() {
        BootParams params = new BootParams();
        params.page.putShort(BOOT_FLAG, (short) BOOT_FLAG_VALUE);
        params.page.putInt(HEADER, HEADER_MAGIC);
        params.page.putShort(VERSION, (short) VERSION_2_12);
        params.page.put(LOADFLAGS, (byte) LOADED_HIGH);
        params.page.putInt(KERNEL_ALIGNMENT, LINUX_ALIGNMENT);
        params.page.putInt(CMDLINE_SIZE, GuestLayout.CMDLINE_MAX - 1);
        params.setLoader();
        return params;
    }

    /**
     * For a bzImage.
     *
     * @param header the image's setup header, from offset 0x1F1 on
     * @param loadAddress where the protected-mode part lies
     */
    static BootParams forBzImage(ByteBuffer header, long loadAddress) {
        BootParams params = new BootParams();
        for (int i = 0; i < header.limit(); i++) {
            params.page.put(SETUP_SECTS + i, header.get(i));
        }
        // boot.rst, code32_start: points to the loaded code; setup_data and the heap belong to the loader and there is none.
        params.page.putInt(CODE32_START, (int) loadAddress);
        params.page.putLong(SETUP_DATA, 0);
        params.page.put(LOADFLAGS, (byte) (params.page.get(LOADFLAGS) & ~CAN_USE_HEAP));
        params.page.putShort(HEAP_END_PTR, (short) 0);
        params.setLoader();
        return params;
    }

    private void setLoader() {
        page.putShort(VID_MODE, (short) VIDEO_NORMAL);
        page.put(TYPE_OF_LOADER, (byte) LOADER_UNDEFINED);
        page.putInt(RAMDISK_IMAGE, 0);
        page.putInt(RAMDISK_SIZE, 0);
        page.putInt(CMD_LINE_PTR, (int) GuestLayout.CMDLINE);
    }

    BootParams initrd(long address, long size) {
        page.putInt(RAMDISK_IMAGE, (int) address);
        page.putInt(RAMDISK_SIZE, (int) size);
        return this;
    }

    BootParams memoryMap(E820 map) {
        page.put(E820_ENTRIES, (byte) map.count());
        for (int i = 0; i < map.count(); i++) {
            int at = E820_TABLE + i * E820_ENTRY_SIZE;
            page.putLong(at, map.address(i));
            page.putLong(at + 8, map.size(i));
            page.putInt(at + 16, map.type(i));
        }
        return this;
    }

    void write(GuestMemory memory) {
        memory.write(GuestLayout.ZERO_PAGE, page.array());
    }
}
