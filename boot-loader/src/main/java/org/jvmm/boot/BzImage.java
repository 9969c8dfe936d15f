package org.jvmm.boot;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;

/**
 * A compressed kernel with a setup header (Linux Documentation/arch/x86/boot.rst), entered by the 64-bit boot protocol. The real-mode part is not
 * used.
 */
public final class BzImage implements KernelImage {
    /** boot.rst, "64-bit Boot Protocol": the entry is 0x200 behind the start of the loaded kernel. */
    private static final int ENTRY_64 = 0x200;
    private static final int SECTOR = 512;
    private static final int PARAGRAPH = 16;

    private final BootFile file;
    private final ByteBuffer header;
    private final long kernelOffset;
    private final long kernelSize;
    private final long loadAddress;
    private final long memoryEnd;

    BzImage(BootFile file) {
        this.file = file;
        int version = field16(BootParams.VERSION);
        if (version < BootParams.VERSION_2_12) {
            throw file.fault("has boot protocol " + (version >> 8) + "." + (version & 0xFF) + ", 2.12 or later is needed");
        }
        // Some file contents are malformed in ways that only their length shows: the fields below are read after it is known.
        int end = BootParams.HEADER + field8(BootParams.JUMP_OFFSET);
        if (end < BootParams.HEADER_END_2_12) {
            throw file.fault("has a setup header that ends at 0x" + Integer.toHexString(end) + ", before its fields do");
        }
        int length = Math.min(end, BootParams.HEADER_LIMIT) - BootParams.SETUP_SECTS;
        header = file.read(BootParams.SETUP_SECTS, length, "the setup header");
        if ((get8(BootParams.LOADFLAGS) & BootParams.LOADED_HIGH) == 0) {
            throw file.fault("is a zImage for low memory; a bzImage is needed");
        }
        if ((get16(BootParams.XLOADFLAGS) & BootParams.XLF_KERNEL_64) == 0) {
            throw file.fault("has no 64-bit entry; a 64-bit kernel is needed");
        }
        // boot.rst, setup_sects: 0 means 4; the boot sector comes on top.
        int setupSectors = get8(BootParams.SETUP_SECTS);
        kernelOffset = (setupSectors == 0 ? 5 : setupSectors + 1) * (long) SECTOR;
        kernelSize = kernelSize();
        loadAddress = loadAddress();
        long needed = Math.max(get32(BootParams.INIT_SIZE), kernelSize);
        memoryEnd = loadAddress + needed;
    }

    static boolean detect(BootFile file) {
        return file.size() >= BootParams.HEADER_END_2_12
                && (file.read(BootParams.BOOT_FLAG, 2, "the boot flag").getShort(0) & 0xFFFF) == BootParams.BOOT_FLAG_VALUE
                && file.read(BootParams.HEADER, 4, "the header magic").getInt(0) == BootParams.HEADER_MAGIC;
    }

    private int field16(int offset) {
        return file.read(offset, 2, "the setup header").getShort(0) & 0xFFFF;
    }

    private int field8(int offset) {
        return file.read(offset, 1, "the setup header").get(0) & 0xFF;
    }

    private int get8(int offset) {
        return header.get(offset - BootParams.SETUP_SECTS) & 0xFF;
    }

    private int get16(int offset) {
        return header.getShort(offset - BootParams.SETUP_SECTS) & 0xFFFF;
    }

    private long get32(int offset) {
        return header.getInt(offset - BootParams.SETUP_SECTS) & 0xFFFF_FFFFL;
    }

    private long kernelSize() {
        long declared = get32(BootParams.SYSSIZE) * PARAGRAPH;
        long available = file.size() - kernelOffset;
        // syssize counts paragraphs, so the last one may be partly missing; what follows it (signatures) is not the kernel.
        if (available < declared - (PARAGRAPH - 1)) {
            throw file.fault("is truncated: the kernel would be at 0x" + Long.toHexString(kernelOffset) + " with " + declared
                    + " bytes, the file has " + file.size());
        }
        long size = Math.min(declared, available);
        if (size <= ENTRY_64) {
            throw file.fault("has a protected-mode part of " + size + " bytes, too short for its 64-bit entry");
        }
        return size;
    }

    /** boot.rst, pref_address and init_size: a kernel below its preferred address moves itself there, so it is loaded there at once. */
    private long loadAddress() {
        long preferred = header.getLong(BootParams.PREF_ADDRESS - BootParams.SETUP_SECTS);
        if (preferred == 0) {
            preferred = GuestLayout.HIGH_MEMORY;
        }
        if (preferred < GuestLayout.HIGH_MEMORY || preferred >= GuestLayout.HIGH_RAM) {
            throw file.fault("prefers the load address 0x" + Long.toHexString(preferred) + ", outside of 1 MiB to 4 GiB");
        }
        if (get8(BootParams.RELOCATABLE_KERNEL) == 0) {
            return preferred;
        }
        long alignment = get32(BootParams.KERNEL_ALIGNMENT);
        if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
            throw file.fault("has the kernel alignment 0x" + Long.toHexString(alignment) + ", not a power of two");
        }
        return (preferred + alignment - 1) & -alignment;
    }

    /** Address of the 64-bit entry. */
    public long entry() {
        return loadAddress + ENTRY_64;
    }

    BootParams bootParams() {
        return BootParams.forBzImage(header, loadAddress);
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public long memoryStart() {
        return loadAddress;
    }

    @Override
    public long memoryEnd() {
        return memoryEnd;
    }

    @Override
    public void load(GuestMemory memory) {
        file.load(memory, loadAddress, kernelOffset, kernelSize, "the kernel");
    }

    @Override
    public long initrdAddressMax() {
        return get32(BootParams.INITRD_ADDR_MAX);
    }

    @Override
    public int commandLineMax() {
        return (int) Math.min(get32(BootParams.CMDLINE_SIZE), GuestLayout.CMDLINE_MAX - 1);
    }

    @Override
    public void close() {
        file.close();
    }
}
