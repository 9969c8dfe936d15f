package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.fs.FuseClient.args;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mappings, odd ones among them, with accesses anywhere in the window and files that change their lengths on both sides, with fixed seeds ({@code -Dseed=N},
 * {@code -Dcases=N}). The process lives, and what is mapped shows the file in the end.
 */
class DaxFuzzTest {
    private static final int CASES = Integer.getInteger("cases", 20_000);
    private static final int PIECES = 16;
    private static final int FILES = 4;

    @TempDir
    Path directory;

    @Test
    void theWindowIsMemoryWhateverHappens() throws IOException {
        Random random = new Random(Long.getLong("seed", 27L));
        for (int i = 0; i < FILES; i++) {
            byte[] content = new byte[random.nextInt(1 << 20)];
            Arrays.fill(content, (byte) 'f');
            Files.write(directory.resolve("f" + i), content);
        }
        Files.writeString(directory.resolve("untouched"), "as it is");
        long size = PIECES * DaxWindow.PIECE;
        long sum = 0;
        try (TestWindow shared = new TestWindow(PIECES);
                FuseClient client = new FuseClient(FsOptions.of(directory), FuseClient.ALL_FLAGS, shared.window)) {
            long[] nodes = new long[FILES];
            for (int i = 0; i < CASES; i++) {
                if (i % 2000 == 0) {
                    client.init(7, 39, FuseClient.ALL_FLAGS);
                    assertThat(shared.window.mapped()).isZero();
                    for (int k = 0; k < FILES; k++) {
                        nodes[k] = client.node("f" + k);
                    }
                }
                int which = random.nextInt(FILES);
                long node = random.nextInt(50) == 0 ? ROOT_ID : nodes[which];
                switch (random.nextInt(8)) {
                    case 0, 1 -> client.call(FuseOpcode.SETUPMAPPING, node,
                            args().u64(-1, offset(random), offset(random), random.nextInt(random.nextInt(20) == 0 ? 16 : 4),
                                    offset(random)));
                    case 2 -> client.call(FuseOpcode.REMOVEMAPPING, node,
                            args().u32(random.nextInt(20) == 0 ? random.nextInt() : 2).u64(offset(random), offset(random), offset(random),
                                    offset(random)));
                    case 3 -> client.setattr(nodes[which], FuseFlags.FATTR_SIZE, random.nextInt(5 << 20), 0, 0, 0);
                    case 4 -> {
                        try (RandomAccessFile file = new RandomAccessFile(directory.resolve("f" + which).toFile(), "rw")) {
                            file.setLength(random.nextInt(5 << 20));
                        }
                    }
                    default -> {
                        for (int k = 0; k < 20; k++) {
                            long at = (long) (random.nextDouble() * (size - 8));
                            sum += shared.memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
                            shared.memory.set(ValueLayout.JAVA_INT_UNALIGNED, (long) (random.nextDouble() * (size - 8)), k);
                        }
                    }
                }
            }
            client.init(7, 39, FuseClient.ALL_FLAGS);
            long node = client.node("untouched");
            assertThat(client.call(FuseOpcode.SETUPMAPPING, node, args().u64(-1, 0, DaxWindow.PIECE, 2, DaxWindow.PIECE)).error).isZero();
            assertThat(shared.memory.get(ValueLayout.JAVA_BYTE, DaxWindow.PIECE)).isEqualTo((byte) 'a');
            assertThat(client.server.inodes()).isEqualTo(2);
        }
        assertThat(sum).isNotZero();
        assertThat(directory.resolve("untouched")).hasContent("as it is");
    }

    /** Mostly a multiple of the pieces within the window. */
    private static long offset(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt();
            case 2 -> random.nextLong() & -DaxWindow.PIECE;
            case 3 -> random.nextInt(PIECES + 2) * DaxWindow.PIECE;
            default -> random.nextInt(4) * DaxWindow.PIECE;
        };
    }
}
