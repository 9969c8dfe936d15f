package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.jvmm.virtio.fs.FuseClient.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Malformed messages with fixed seeds ({@code -Dseed=N}, {@code -Dcases=N}): random bytes, random arguments behind a good header, good requests with
 * something wrong. The server answers each by the protocol, serves a good request afterwards, and nothing outside its directory changes.
 */
class FuseFuzzTest {
    private static final int CASES = Integer.getInteger("cases", 150_000);
    private static final String[] NAMES = { "a", "b", "d", "link", "..", ".", "", "a/b", "../x", "x".repeat(255), "y".repeat(256),
        "n\u00e9" };
    // Without FALLOCATE, which could fill the disk of whoever runs this.
    private static final int[] OPCODES = { 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 27, 28, 29,
        30, 31,
        32, 34, 35, 36, 39, 40, 42, 44, 45, 46, 47, 48, 49, 50, 51, 52 };

    @TempDir
    Path directory;

    @Test
    void everyMessageIsAnsweredByTheProtocol() throws IOException {
        Path volume = Files.createDirectory(directory.resolve("volume"));
        Files.writeString(directory.resolve("outside"), "untouched");
        Files.writeString(volume.resolve("a"), "a");
        Files.createDirectory(volume.resolve("d"));
        Files.createSymbolicLink(volume.resolve("link"), Path.of("../outside"));
        Random random = new Random(Long.getLong("seed", 20_251_125L));
        try (FuseClient client = new FuseClient(FsOptions.of(volume))) {
            for (int i = 0; i < CASES; i++) {
                byte[] request = request(random);
                int room = random.nextInt(8) == 0 ? random.nextInt(64) : 300 + random.nextInt(3000);
                Reply reply = client.raw(request, room);
                if (reply != null && reply.length != 0) {
                    assertThat(reply.error).as("case %d", i).isBetween(0, 4095);
                    assertThat(reply.length).as("case %d", i).isBetween(16, room);
                }
                if (i % 5000 == 0) {
                    // What a hostile guest has piled up goes with its session, and the next one works.
                    assertThat(client.init(7, 39, FuseClient.ALL_FLAGS).error).isZero();
                    assertThat(client.getattr(ROOT_ID).error).isZero();
                    assertThat(client.server.openFiles()).isZero();
                    assertThat(client.server.inodes()).isEqualTo(1);
                }
            }
            assertThat(client.server.metrics().malformed.get()).isPositive();
        }
        assertThat(directory.resolve("outside")).hasContent("untouched");
        try (var names = Files.list(directory)) {
            assertThat(names).hasSize(2);
        }
    }

    private static byte[] request(Random random) {
        int kind = random.nextInt(10);
        if (kind == 0) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            return noise;
        }
        int opcode = random.nextInt(20) == 0 ? random.nextInt() : OPCODES[random.nextInt(OPCODES.length)];
        FuseClient.Args body = FuseClient.args();
        int words = random.nextInt(12);
        for (int i = 0; i < words; i++) {
            body.u64(number(random));
        }
        if (kind < 8) {
            for (int i = random.nextInt(3); i > 0; i--) {
                body.name(NAMES[random.nextInt(NAMES.length)]);
            }
        }
        byte[] arguments = body.done();
        int length = 40 + arguments.length;
        if (random.nextInt(10) == 0) {
            length += random.nextInt(64) - 32;
        } else if (random.nextInt(50) == 0) {
            length = random.nextInt();
        }
        int extension = random.nextInt(20) == 0 ? random.nextInt(1 << 16) : 0;
        return FuseClient.args().u32(length, opcode).u64(random.nextLong(), node(random)).u32(0, 0, 1, extension).raw(arguments).done();
    }

    private static long node(Random random) {
        return random.nextInt(3) == 0 ? ROOT_ID : random.nextInt(10) == 0 ? random.nextLong() : random.nextInt(12);
    }

    /** Small numbers are handles, flags and sizes; large ones overflow what adds them. */
    private static long number(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> 1;
            case 2 -> random.nextInt(16);
            case 3 -> random.nextInt(1 << 20);
            case 4 -> random.nextInt() & 0xFFFF_FFFFL;
            default -> random.nextLong();
        };
    }
}
