package org.jvmm.boot;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;

/**
 * An ELF64 kernel (vmlinux): the segments of type PT_LOAD go to their physical addresses (System V ABI, chapters 4 and 5; x86-64 psABI).
 */
public final class ElfImage implements KernelImage {
    /** What {@link #pvhEntry()} says when the kernel has no PVH entry. */
    public static final long NO_ENTRY = -1;

    private static final int EHDR_SIZE = 64;
    private static final int PHDR_SIZE = 56;
    /** Far above what linkers make (Linux has 5); keeps the checks below cheap for a hostile header. */
    private static final int MAX_PROGRAM_HEADERS = 256;
    private static final int MAX_NOTES = 1 << 20;

    private static final int ELFCLASS64 = 2;
    private static final int ELFDATA2LSB = 1;
    private static final int ET_EXEC = 2;
    private static final int ET_DYN = 3;
    private static final int EM_X86_64 = 62;
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;

    private final BootFile file;
    private final long entry;
    private final Segment[] segments;
    private final long pvhEntry;

    /** One part of the file and where it goes; {@code memorySize - fileSize} bytes behind it are zero. */
    private record Segment(long offset, long address, long fileSize, long memorySize) {
        long end() {
            return address + memorySize;
        }
    }

    ElfImage(BootFile file) {
        this.file = file;
        ByteBuffer header = file.read(0, EHDR_SIZE, "the ELF header");
        checkIdentity(header);
        entry = header.getLong(0x18);
        int count = header.getShort(0x38) & 0xFFFF;
        if (count > MAX_PROGRAM_HEADERS) {
            throw file.fault("has " + count + " program headers, at most " + MAX_PROGRAM_HEADERS + " are possible");
        }
        if (count > 0 && header.getShort(0x36) != PHDR_SIZE) {
            throw file.fault("has program headers of " + (header.getShort(0x36) & 0xFFFF) + " bytes instead of " + PHDR_SIZE);
        }
        ByteBuffer table = file.read(header.getLong(0x20), count * PHDR_SIZE, "the program header table");
        segments = readSegments(table, count);
        checkOverlaps();
        pvhEntry = findPvhEntry(table, count);
    }

    static boolean detect(BootFile file) {
        // System V ABI, "ELF Identification"
        return file.size() >= 4 && file.read(0, 4, "the magic number").getInt(0) == 0x464C457F;
    }

    private void checkIdentity(ByteBuffer header) {
        if (header.get(4) != ELFCLASS64) {
            throw file.fault("is a 32-bit ELF image; a 64-bit kernel is needed");
        }
        if (header.get(5) != ELFDATA2LSB) {
            throw file.fault("is a big-endian ELF image; an x86-64 kernel is needed");
        }
        int machine = header.getShort(0x12) & 0xFFFF;
        if (machine != EM_X86_64) {
            throw file.fault("is an ELF image for machine " + machine + "; x86-64 is " + EM_X86_64);
        }
        int type = header.getShort(0x10) & 0xFFFF;
        if (type != ET_EXEC && type != ET_DYN) {
            throw file.fault("is an ELF file of type " + type + ", not an executable");
        }
    }

    private Segment[] readSegments(ByteBuffer table, int count) {
        Segment[] found = new Segment[count];
        int n = 0;
        for (int i = 0; i < count; i++) {
            int at = i * PHDR_SIZE;
            if (table.getInt(at) != PT_LOAD || table.getLong(at + 0x28) == 0) {
                continue;
            }
            Segment segment = new Segment(table.getLong(at + 0x08), table.getLong(at + 0x18), table.getLong(at + 0x20),
                    table.getLong(at + 0x28));
            checkSegment(segment);
            // Insertion keeps them in the order of their addresses.
            int slot = n++;
            for (; slot > 0 && found[slot - 1].address() > segment.address(); slot--) {
                found[slot] = found[slot - 1];
            }
            found[slot] = segment;
        }
        if (n == 0) {
            throw file.fault("has no loadable segments");
        }
        Segment[] sorted = new Segment[n];
        System.arraycopy(found, 0, sorted, 0, n);
        return sorted;
    }

    private void checkSegment(Segment segment) {
        String where = "0x" + Long.toHexString(segment.address());
        if (segment.fileSize() < 0 || segment.offset() < 0 || segment.fileSize() > file.size()
                || segment.offset() > file.size() - segment.fileSize()) {
            throw file.fault("is truncated: the segment for " + where + " would be at 0x" + Long.toHexString(segment.offset()) + " with "
                    + Long.toUnsignedString(segment.fileSize()) + " bytes, the file has " + file.size());
        }
        if (segment.memorySize() < 0 || Long.compareUnsigned(segment.end(), segment.address()) < 0 || segment.end() < 0) {
            throw file.fault("has a segment at " + where + " that wraps around the address space");
        }
        if (segment.fileSize() > segment.memorySize()) {
            throw file.fault("has a segment at " + where + " that is longer in the file than in memory");
        }
        if (segment.address() < GuestLayout.HIGH_MEMORY) {
            throw file.fault("has a segment at " + where + ", below 1 MiB where the boot structures are");
        }
    }

    private void checkOverlaps() {
        for (int i = 1; i < segments.length; i++) {
            if (segments[i].address() < segments[i - 1].end()) {
                throw file.fault("has segments that overlap at 0x" + Long.toHexString(segments[i].address()));
            }
        }
    }

    private long findPvhEntry(ByteBuffer table, int count) {
        for (int i = 0; i < count; i++) {
            int at = i * PHDR_SIZE;
            if (table.getInt(at) == PT_NOTE) {
                long size = table.getLong(at + 0x20);
                if (size < 0 || size > MAX_NOTES) {
                    throw file.fault("has a note segment of " + Long.toUnsignedString(size) + " bytes");
                }
                ByteBuffer notes = file.read(table.getLong(at + 0x08), (int) size, "a note segment");
                long found = PvhNote.find(notes, table.getLong(at + 0x30) == 8 ? 8 : 4);
                if (found != NO_ENTRY) {
                    return found;
                }
            }
        }
        return NO_ENTRY;
    }

    /** Address of the 64-bit entry. */
    public long entry() {
        return entry;
    }

    /** Address of the 32-bit PVH entry, or {@link #NO_ENTRY}. */
    public long pvhEntry() {
        return pvhEntry;
    }

    /** Whether an address lies in the loaded kernel. */
    boolean covers(long address) {
        for (Segment segment : segments) {
            if (address >= segment.address() && address < segment.end()) {
                return true;
            }
        }
        return false;
    }

    KernelException fault(String what) {
        return file.fault(what);
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public long memoryStart() {
        return segments[0].address();
    }

    @Override
    public long memoryEnd() {
        return segments[segments.length - 1].end();
    }

    @Override
    public void load(GuestMemory memory) {
        for (Segment segment : segments) {
            // Guest memory is fresh and zero, so bss needs nothing.
            file.load(memory, segment.address(), segment.offset(), segment.fileSize(), "a segment");
        }
    }

    @Override
    public long initrdAddressMax() {
        // ramdisk_image and ramdisk_size have 32 bits; RAM below the device hole has fewer.
        return GuestLayout.MMIO_GAP - 1;
    }

    @Override
    public int commandLineMax() {
        return GuestLayout.CMDLINE_MAX - 1;
    }

    @Override
    public void close() {
        file.close();
    }
}
