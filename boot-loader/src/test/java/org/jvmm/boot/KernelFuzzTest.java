package org.jvmm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.sys.FfmSyscalls;

/** Broken images from a fixed seed: each boots or is refused with a {@link KernelException}, and no other exception comes. */
class KernelFuzzTest {
    private static final int ROUNDS = 2500;
    private static final long[] EDGES = { 0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL,
        0x1_0000_0000L,
        Long.MAX_VALUE, Long.MIN_VALUE, 0x1000, 0x10_0000 };

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({ "elf, 1", "pvh, 2", "symbols, 3", "bzimage, 4" })
    void brokenImages(String kind, long seed) {
        Random random = new Random(seed);
        byte[] whole = switch (kind) {
            case "elf" -> Images.elf(3).array();
            case "pvh" -> Images.elfWithNotes(Images.pvhNote(0x10_0010)).array();
            case "symbols" -> KernelSymbolsTest.withSymbols().array();
            default -> Images.bzImage(64).array();
        };
        GuestMemory memory = TestMemory.ofSize(24 << 20);
        int booted = 0;
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] broken = breakIt(whole.clone(), kind, random);
            Path path = Images.write(folder, ByteBuffer.wrap(broken));
            try {
                LoadedKernel kernel = BootLoader.load(new BootRequest(path, null, "quiet", 1, BootProtocol.AUTO, List.of()), memory,
                        FfmSyscalls::new);
                kernel.symbols().describe(random.nextLong());
                kernel.symbols().describe(0xFFFF_FFFF_8100_0010L);
                booted++;
            } catch (KernelException e) {
                assertThat(e).message().startsWith("Kernel ").doesNotContain("\n");
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError("round " + round + " of " + kind + ", seed " + seed, e);
            }
        }
        // Both happen, so the images are neither broken beyond recognition nor whole.
        assertThat(booted).isGreaterThan(ROUNDS / 20);
        assertThat(refused).isGreaterThan(ROUNDS / 20);
    }

    private static byte[] breakIt(byte[] image, String kind, Random random) {
        ByteBuffer file = ByteBuffer.wrap(image).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            int at = place(kind, random);
            switch (random.nextInt(4)) {
                case 0 -> file.put(at, (byte) (file.get(at) ^ 1 << random.nextInt(8)));
                case 1 -> file.putInt(at, (int) EDGES[random.nextInt(EDGES.length)]);
                case 2 -> file.putLong(at, EDGES[random.nextInt(EDGES.length)]);
                default -> file.putShort(at, (short) random.nextInt());
            }
        }
        return random.nextInt(10) == 0 ? Arrays.copyOf(image, 1 + random.nextInt(image.length)) : image;
    }

    /** Mostly where headers are. */
    private static int place(String kind, Random random) {
        return switch (kind) {
            case "bzimage" -> 0x1F1 + random.nextInt(0x80);
            case "pvh" -> random.nextInt(3) == 0 ? 0x800 + random.nextInt(20) : random.nextInt(176);
            case "symbols" -> random.nextInt(2) == 0 ? 0x400 + random.nextInt(0x3C0) : random.nextInt(176);
            default -> random.nextInt(232);
        };
    }
}
