package org.jvmm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.kvm.sys.FfmSyscalls;

class KernelSymbolsTest {
    private static final long START = 0xFFFF_FFFF_8100_0000L;

    @TempDir
    private Path folder;

    /** An image with a symbol table: start, middle at +0x100, a section symbol, an undefined one. */
    static ByteBuffer withSymbols() {
        ByteBuffer file = Images.elf(2);
        byte[] names = "\0start\0middle\0.Llocal\0".getBytes(StandardCharsets.US_ASCII);
        file.put(0x600, names);
        long[][] symbols = { { 0, 0, 0, 0 }, { 1, 2, 1, START }, { 7, 0, 1, START + 0x100 }, { 14, 2, 1, START + 0x80 },
            { 1, 3, 1, START + 0x40 },
            { 1, 2, 0, START + 0x50 } };
        for (int i = 0; i < symbols.length; i++) {
            int at = 0x400 + i * 24;
            file.putInt(at, (int) symbols[i][0]).put(at + 4, (byte) symbols[i][1]).putShort(at + 6, (short) symbols[i][2]);
            file.putLong(at + 8, symbols[i][3]);
        }
        file.putLong(0x28, 0x700).putShort(0x3A, (short) 64).putShort(0x3C, (short) 3);
        section(file, 1, 2, 0x400, symbols.length * 24, 2);
        section(file, 2, 3, 0x600, names.length, 0);
        return file;
    }

    private static void section(ByteBuffer file, int index, int type, long offset, long size, int link) {
        int at = 0x700 + index * 64;
        file.putInt(at + 4, type).putLong(at + 0x18, offset).putLong(at + 0x20, size).putInt(at + 0x28, link);
    }

    @Test
    void addressesOfAnImage() {
        KernelSymbols symbols = KernelSymbols.of(Images.write(folder, withSymbols()), FfmSyscalls::new);
        assertThat(symbols.size()).isEqualTo(2);
        assertThat(symbols.describe(START)).contains("start+0x0/0x100");
        assertThat(symbols.describe(START + 0xFF)).contains("start+0xff/0x100");
        assertThat(symbols.describe(START + 0x123)).contains("middle+0x23");
        assertThat(symbols.describe(START - 1)).isEmpty();
        assertThat(symbols.describe(START + (2 << 20))).isEmpty();
        // Physical, as before paging is on.
        assertThat(symbols.describe(0x100_0010)).contains("start+0x10/0x100");
    }

    @Test
    void systemMapBesideTheKernel() throws Exception {
        Files.writeString(folder.resolve("System.map"),
                "ffffffff81000000 T _text\nnonsense\nzzzzzzzzzzzzzzzz T bad\nffffffff81000010 t local\n");
        KernelSymbols symbols = KernelSymbols.of(Images.write(folder, Images.bzImage(100)), FfmSyscalls::new);
        assertThat(symbols.describe(START + 4)).contains("_text+0x4/0x10");
    }

    @Test
    void noneAtAll() {
        assertThat(KernelSymbols.of(Images.write(folder, Images.elf(1)), FfmSyscalls::new).describe(START)).isEmpty();
        assertThat(KernelSymbols.of(folder.resolve("none"), FfmSyscalls::new).describe(0)).isEmpty();
    }
}
