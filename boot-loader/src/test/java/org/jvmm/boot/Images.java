package org.jvmm.boot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Kernel images made by hand; the setters break them one field at a time. */
final class Images {
    static final int ELF_HEADER = 64;
    static final int PROGRAM_HEADER = 56;
    static final long LOAD = 0x10_0000;

    private Images() {}

    /** A little-endian file. */
    static ByteBuffer file(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    static Path write(Path folder, ByteBuffer image) {
        return write(folder, "kernel", image);
    }

    static Path write(Path folder, String name, ByteBuffer image) {
        try {
            return Files.write(folder.resolve(name), image.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An x86-64 executable with {@code segments} loadable segments of 0x100 bytes in the file and 0x1000 in memory, one page apart from 1 MiB on. */
    static ByteBuffer elf(int segments) {
        ByteBuffer file = file(0x1000 + segments * 0x100);
        file.put(0, new byte[] { 0x7F, 'E', 'L', 'F', 2, 1, 1 });
        file.putShort(0x10, (short) 2).putShort(0x12, (short) 62).putInt(0x14, 1);
        file.putLong(0x18, LOAD).putLong(0x20, ELF_HEADER);
        file.putShort(0x34, (short) ELF_HEADER).putShort(0x36, (short) PROGRAM_HEADER).putShort(0x38, (short) segments);
        for (int i = 0; i < segments; i++) {
            segment(file, i, 1, 0x1000 + i * 0x100L, LOAD + i * 0x1000L, 0x100, 0x1000);
            for (int k = 0; k < 0x100; k++) {
                file.put(0x1000 + i * 0x100 + k, (byte) (i + k + 1));
            }
        }
        return file;
    }

    static void segment(ByteBuffer file, int index, int type, long offset, long address, long fileSize, long memorySize) {
        int at = ELF_HEADER + index * PROGRAM_HEADER;
        file.putInt(at, type).putInt(at + 4, 7).putLong(at + 8, offset).putLong(at + 0x10, address).putLong(at + 0x18, address);
        file.putLong(at + 0x20, fileSize).putLong(at + 0x28, memorySize).putLong(at + 0x30, 4);
    }

    /** As {@link #elf} with one segment, and a note segment with these bytes. */
    static ByteBuffer elfWithNotes(ByteBuffer notes) {
        ByteBuffer file = elf(2);
        file.put(0x800, notes.array());
        segment(file, 1, 4, 0x800, 0, notes.capacity(), notes.capacity());
        return file;
    }

    /** One ELF note; its name is at most 4 bytes long. */
    static ByteBuffer note(String name, int type, byte[] descriptor) {
        ByteBuffer note = file(16 + (descriptor.length + 3 & -4));
        note.putInt(name.length() + 1).putInt(descriptor.length).putInt(type);
        for (int i = 0; i < name.length(); i++) {
            note.put((byte) name.charAt(i));
        }
        note.position(16);
        note.put(descriptor);
        return note;
    }

    static ByteBuffer pvhNote(int entry) {
        return note("Xen", 18, file(4).putInt(entry).array());
    }

    /** A bzImage of protocol 2.15 with one setup sector and a protected-mode part of {@code paragraphs} times 16 bytes. */
    static ByteBuffer bzImage(int paragraphs) {
        ByteBuffer file = file(1024 + paragraphs * 16);
        file.put(BootParams.SETUP_SECTS, (byte) 1).putInt(BootParams.SYSSIZE, paragraphs);
        file.putShort(BootParams.BOOT_FLAG, (short) BootParams.BOOT_FLAG_VALUE).put(0x200, (byte) 0xEB).put(0x201, (byte) 0x6A);
        file.putInt(BootParams.HEADER, BootParams.HEADER_MAGIC).putShort(BootParams.VERSION, (short) 0x20F);
        file.put(BootParams.LOADFLAGS, (byte) 1).putInt(BootParams.INITRD_ADDR_MAX, 0x7FFF_FFFF);
        file.putInt(BootParams.KERNEL_ALIGNMENT, 0x20_0000).put(BootParams.RELOCATABLE_KERNEL, (byte) 1);
        file.putShort(BootParams.XLOADFLAGS, (short) 1).putInt(BootParams.CMDLINE_SIZE, 2047);
        file.putLong(BootParams.PREF_ADDRESS, 0x100_0000).putInt(BootParams.INIT_SIZE, 0x10_0000);
        for (int i = 1024; i < file.capacity(); i++) {
            file.put(i, (byte) i);
        }
        return file;
    }
}
