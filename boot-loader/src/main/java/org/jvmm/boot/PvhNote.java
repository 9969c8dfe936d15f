package org.jvmm.boot;

import java.nio.ByteBuffer;

/**
 * The ELF note by which a kernel announces its PVH entry: name {@code Xen}, type XEN_ELFNOTE_PHYS32_ENTRY, and the physical address of 32-bit
 * code as 4 or 8 bytes (Xen, public/elfnote.h).
 */
final class PvhNote {
    private static final int XEN_ELFNOTE_PHYS32_ENTRY = 18;
    private static final int NOTE_HEADER = 12;
    /** "Xen\0", little-endian. */
    private static final int XEN = 0x006E6558;

    private PvhNote() {}

    /**
     * Finds the entry. Notes that do not fit their segment end the search: they are no reason to refuse a kernel.
     *
     * @param alignment of names and descriptors, 4 or 8
     * @return the address, or {@link ElfImage#NO_ENTRY}
     */
    static long find(ByteBuffer notes, int alignment) {
        int at = 0;
        while (notes.limit() - at >= NOTE_HEADER) {
            long nameSize = notes.getInt(at) & 0xFFFF_FFFFL;
            long descriptorSize = notes.getInt(at + 4) & 0xFFFF_FFFFL;
            int type = notes.getInt(at + 8);
            long descriptor = align(at + NOTE_HEADER + nameSize, alignment);
            if (descriptor + descriptorSize > notes.limit()) {
                break;
            }
            if (type == XEN_ELFNOTE_PHYS32_ENTRY && nameSize == 4 && notes.getInt(at + NOTE_HEADER) == XEN) {
                if (descriptorSize == 4) {
                    return notes.getInt((int) descriptor) & 0xFFFF_FFFFL;
                }
                if (descriptorSize == 8) {
                    return notes.getLong((int) descriptor) & Long.MAX_VALUE;
                }
            }
            long next = align(descriptor + descriptorSize, alignment);
            if (next > notes.limit()) {
                break;
            }
            at = (int) next;
        }
        return ElfImage.NO_ENTRY;
    }

    private static long align(long value, int alignment) {
        return (value + alignment - 1) & -alignment;
    }
}
