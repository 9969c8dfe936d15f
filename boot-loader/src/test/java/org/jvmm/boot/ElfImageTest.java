package org.jvmm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.sys.FfmSyscalls;

class ElfImageTest {
    @TempDir
    private Path folder;

    private ElfImage open(ByteBuffer image) {
        return (ElfImage) KernelImage.open(Images.write(folder, image), new FfmSyscalls());
    }

    private void refused(ByteBuffer image, String reason) {
        assertThatThrownBy(() -> open(image).close()).isInstanceOf(KernelException.class).hasMessageContaining(reason)
                .hasMessageStartingWith("Kernel ").message().doesNotContain("\n");
    }

    @Test
    void segmentsGoToTheirPhysicalAddressesInAnyOrder() {
        ByteBuffer file = Images.elf(3);
        Images.segment(file, 0, 1, 0x1000, Images.LOAD + 0x5000, 0x100, 0x2000);
        GuestMemory memory = TestMemory.ofSize(2 << 20);
        try (ElfImage image = open(file)) {
            assertThat(image.memoryStart()).isEqualTo(Images.LOAD + 0x1000);
            assertThat(image.memoryEnd()).isEqualTo(Images.LOAD + 0x7000);
            assertThat(image.entry()).isEqualTo(Images.LOAD);
            assertThat(image.pvhEntry()).isEqualTo(ElfImage.NO_ENTRY);
            assertThat(image.commandLineMax()).isEqualTo(2047);
            assertThat(image.covers(Images.LOAD)).isFalse();
            assertThat(image.covers(Images.LOAD + 0x6FFF)).isTrue();
            assertThat(image.covers(Images.LOAD + 0x7000)).isFalse();
            image.load(memory);
        }
        assertThat(memory.read8(Images.LOAD + 0x5000)).isEqualTo(1);
        assertThat(memory.read8(Images.LOAD + 0x1000)).isEqualTo(2);
        assertThat(memory.read8(Images.LOAD + 0x2000)).isEqualTo(3);
        // The rest of a segment is zero.
        assertThat(memory.read8(Images.LOAD + 0x1100)).isZero();
    }

    @Test
    void truncatedAtEveryPlace() throws Exception {
        byte[] whole = Images.elf(2).array();
        for (int size = 1; size < whole.length; size += size < 300 ? 1 : 97) {
            Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, size));
            assertThatThrownBy(() -> KernelImage.open(cut, new FfmSyscalls()).close()).as("%d bytes", size)
                    .isInstanceOf(KernelException.class)
                    .message().containsAnyOf("truncated", "neither");
        }
    }

    @Test
    void identity() {
        refused(Images.elf(1).put(4, (byte) 1), "32-bit");
        refused(Images.elf(1).put(5, (byte) 2), "big-endian");
        refused(Images.elf(1).putShort(0x12, (short) 183), "machine 183");
        refused(Images.elf(1).putShort(0x10, (short) 1), "type 1");
        refused(Images.elf(1).put(1, (byte) 'X'), "neither");
    }

    @Test
    void programHeaders() {
        refused(Images.elf(1).putShort(0x38, (short) 0), "no loadable segments");
        refused(Images.elf(1).putShort(0x38, (short) 257), "257 program headers");
        refused(Images.elf(1).putShort(0x38, (short) 0xFFFF), "65535 program headers");
        refused(Images.elf(1).putShort(0x36, (short) 32), "32 bytes instead of 56");
    }

    @ParameterizedTest
    @ValueSource(longs = { -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x1_0000_0000L, 0x1100 })
    void programHeadersElsewhere(long offset) {
        refused(Images.elf(1).putLong(0x20, offset), "truncated");
    }

    @Test
    void segmentsThatOverlap() {
        ByteBuffer file = Images.elf(2);
        Images.segment(file, 1, 1, 0x1000, Images.LOAD + 0xFFF, 0x100, 0x1000);
        refused(file, "overlap at 0x100fff");
        Images.segment(file, 1, 1, 0x1000, Images.LOAD, 0x100, 0x1000);
        refused(file, "overlap at 0x100000");
        Images.segment(file, 1, 1, 0x1000, Images.LOAD + 0x1000, 0x100, 0x1000);
        open(file).close();
    }

    @Test
    void segmentsOutsideOfTheFile() {
        for (long[] bad : new long[][] { { 0x1000, 0x1000 }, { 0x1001, 0x200 }, { -1, 0x100 }, { 0x1000, -1 }, { Long.MAX_VALUE, 0x100 },
            { 0x100, Long.MAX_VALUE } }) {
            ByteBuffer file = Images.elf(2);
            Images.segment(file, 1, 1, bad[0], Images.LOAD + 0x10_0000, bad[1], Long.MAX_VALUE >> 1);
            refused(file, "truncated");
        }
    }

    @Test
    void segmentsOutsideOfTheAddressSpace() {
        for (long[] bad : new long[][] { { Long.MAX_VALUE - 1, 0x100 }, { -0x1000, 0x2000 }, { 0x20_0000, -1 },
            { 0x20_0000, Long.MAX_VALUE } }) {
            ByteBuffer file = Images.elf(2);
            Images.segment(file, 1, 1, 0x1000, bad[0], 0x100, bad[1]);
            assertThatThrownBy(() -> open(file).close()).isInstanceOf(KernelException.class);
        }
        ByteBuffer wraps = Images.elf(2);
        Images.segment(wraps, 1, 1, 0x1000, 0x20_0000, 0x100, Long.MAX_VALUE);
        refused(wraps, "wraps around");
    }

    @Test
    void segmentsThatCannotBe() {
        ByteBuffer file = Images.elf(2);
        Images.segment(file, 1, 1, 0x1000, Images.LOAD + 0x1000, 0x100, 0xFF);
        refused(file, "longer in the file than in memory");
        Images.segment(file, 1, 1, 0x1000, GuestLayout.HIGH_MEMORY - 1, 0x100, 0x100);
        refused(file, "below 1 MiB");
        Images.segment(file, 1, 1, 0x1000, 0, 0x100, 0x100);
        refused(file, "below 1 MiB");
    }

    @Test
    void segmentsOfNoMemoryAndOtherTypesAreLeftOut() {
        ByteBuffer file = Images.elf(3);
        Images.segment(file, 1, 1, -1, 0, 0, 0);
        Images.segment(file, 2, 0x6474E551, -1, -1, -1, -1);
        try (ElfImage image = open(file)) {
            assertThat(image.memoryEnd()).isEqualTo(Images.LOAD + 0x1000);
        }
    }

    @Test
    void entryOfThePvhNote() {
        try (ElfImage image = open(Images.elfWithNotes(Images.pvhNote(0x10_0010)))) {
            assertThat(image.pvhEntry()).isEqualTo(0x10_0010);
        }
        ByteBuffer eight = Images.note("Xen", 18, Images.file(8).putLong(0x10_0020).array());
        try (ElfImage image = open(Images.elfWithNotes(eight))) {
            assertThat(image.pvhEntry()).isEqualTo(0x10_0020);
        }
    }

    @Test
    void notesOfOthersAreStridden() {
        List<ByteBuffer> notes = List.of(Images.note("GNU", 3, new byte[20]), Images.note("Xen", 6, new byte[5]),
                Images.note("Abc", 18, new byte[4]),
                Images.pvhNote(0x10_0040));
        ByteBuffer all = Images.file(notes.stream().mapToInt(ByteBuffer::capacity).sum());
        notes.forEach(note -> all.put(note.array()));
        try (ElfImage image = open(Images.elfWithNotes(all))) {
            assertThat(image.pvhEntry()).isEqualTo(0x10_0040);
        }
    }

    @Test
    void malformedNotesMeanNoPvhEntry() {
        ByteBuffer[] bad = { Images.pvhNote(1).putInt(0, -1), Images.pvhNote(1).putInt(4, -1), Images.pvhNote(1).putInt(4, 100),
            Images.pvhNote(1).putInt(0, 0x7FFF_FFFF), Images.pvhNote(1).putInt(4, 2), Images.file(3), Images.file(11), Images.file(64) };
        for (ByteBuffer notes : bad) {
            try (ElfImage image = open(Images.elfWithNotes(notes))) {
                assertThat(image.pvhEntry()).isEqualTo(ElfImage.NO_ENTRY);
            }
        }
        ByteBuffer file = Images.elfWithNotes(Images.pvhNote(1));
        Images.segment(file, 1, 4, 0x800, 0, 1 << 21, 1 << 21);
        refused(file, "note segment of 2097152 bytes");
        Images.segment(file, 1, 4, 0x10_0000, 0, 100, 100);
        refused(file, "truncated");
    }
}
