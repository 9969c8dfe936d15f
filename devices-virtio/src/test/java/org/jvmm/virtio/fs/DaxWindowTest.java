package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jvmm.virtio.fs.FuseClient.args;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseClient.Reply;
import org.jvmm.virtio.fs.FuseMessage.Attr;
import org.jvmm.virtio.fs.FuseMessage.InitOut;
import org.jvmm.virtio.transport.MmioRegister;

/** Files in the DAX window, as Linux asks for them. */
class DaxWindowTest {
    private static final long MIB = 1 << 20;
    private static final long PIECE = DaxWindow.PIECE;
    private static final int PIECES = 8;
    private static final int WRITE = 1;
    private static final int READ = 2;

    @TempDir
    Path directory;

    private final TestWindow shared = new TestWindow(PIECES);
    private FuseClient client;
    private Path file;

    @BeforeEach
    void begin() throws IOException {
        file = Files.write(directory.resolve("f"), new byte[(int) (5 * MIB)]);
        put(0, "begin");
        put(2 * MIB, "second");
        put(5 * MIB - 3, "end");
        client = new FuseClient(FsOptions.of(directory), FuseClient.ALL_FLAGS, shared.window);
    }

    @AfterEach
    void end() {
        client.close();
        shared.close();
    }

    private void put(long at, String text) throws IOException {
        try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
            writer.seek(at);
            writer.writeBytes(text);
        }
    }

    private void length(long size) throws IOException {
        try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
            writer.setLength(size);
        }
    }

    private String seen(long at, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(shared.memory, ValueLayout.JAVA_BYTE, at, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** A store of the guest's CPU. */
    private void store(long at, String text) {
        MemorySegment.copy(text.getBytes(StandardCharsets.ISO_8859_1), 0, shared.memory, ValueLayout.JAVA_BYTE, at, text.length());
    }

    private int setup(long node, long offset, long length, long flags, long at) {
        return client.call(FuseOpcode.SETUPMAPPING, node, args().u64(-1, offset, length, flags, at)).error;
    }

    private int remove(long... ranges) {
        return client.call(FuseOpcode.REMOVEMAPPING, ROOT_ID, args().u32(ranges.length / 2).u64(ranges)).error;
    }

    @Test
    void theDriverLearnsOfIt() {
        Reply init = client.init(7, 39, FuseClient.ALL_FLAGS);
        assertThat(init.payload.getShort(InitOut.MAP_ALIGNMENT)).isEqualTo((short) 21);
        assertThat(init.payload.getInt(InitOut.FLAGS) & FuseFlags.MAP_ALIGNMENT).isNotZero();
        assertThat(init.payload.getInt(InitOut.FLAGS2) & FuseFlags.HAS_INODE_DAX >>> 32).isNotZero();
        assertThat(client.lookup(ROOT_ID, "f").attr(Attr.FLAGS)).isEqualTo(FuseFlags.ATTR_DAX);
        assertThat(client.mkdir(ROOT_ID, "d", 0755).attr(Attr.FLAGS)).isZero();
        try (FsDriver guest = new FsDriver(directory, 1, shared.window)) {
            guest.driver.write(MmioRegister.SHM_SEL, 0);
            assertThat(guest.driver.read(MmioRegister.SHM_LEN_LOW)).isEqualTo((int) (PIECES * PIECE));
            assertThat(guest.driver.read(MmioRegister.SHM_BASE_HIGH)).isEqualTo(1);
            guest.driver.write(MmioRegister.SHM_SEL, 1);
            assertThat(guest.driver.read(MmioRegister.SHM_LEN_LOW)).isEqualTo(-1);
        }
    }

    @Test
    void withoutOneNothingIsOffered() {
        try (FuseClient plain = new FuseClient(FsOptions.of(directory))) {
            Reply init = plain.init(7, 39, FuseClient.ALL_FLAGS);
            assertThat(init.payload.getInt(InitOut.FLAGS) & FuseFlags.MAP_ALIGNMENT).isZero();
            assertThat(plain.lookup(ROOT_ID, "f").attr(Attr.FLAGS)).isZero();
            assertThat(plain.call(FuseOpcode.SETUPMAPPING, plain.node("f"), args().u64(-1, 0, PIECE, READ, 0)).error)
                    .isEqualTo(Errno.ENOSYS);
            assertThat(plain.call(FuseOpcode.REMOVEMAPPING, ROOT_ID, args().u32(0)).error).isEqualTo(Errno.ENOSYS);
        }
    }

    @Test
    void aMappedFileIsReadAndWritten() throws IOException {
        long node = client.node("f");
        assertThat(setup(node, 0, 2 * PIECE, READ | WRITE, PIECE)).isZero();
        assertThat(seen(PIECE, 5)).isEqualTo("begin");
        assertThat(seen(2 * PIECE, 6)).isEqualTo("second");
        store(2 * PIECE, "guest's");
        put(10, "host's");
        assertThat(seen(PIECE + 10, 6)).isEqualTo("host's");
        assertThat(setup(node, 2 * PIECE, PIECE, READ | WRITE, 0)).isZero();
        assertThat(seen(MIB - 3, 3)).isEqualTo("end");
        assertThat(shared.window.mapped()).isEqualTo(3);
        assertThat(remove(PIECE, 2 * PIECE, 0, PIECE)).isZero();
        assertThat(seen(PIECE, 5)).isEqualTo("\0".repeat(5));
        store(PIECE, "nowhere");
        assertThat(shared.window.mapped()).isZero();
        try (RandomAccessFile reader = new RandomAccessFile(file.toFile(), "r")) {
            reader.seek(2 * MIB);
            assertThat(reader.readLine()).startsWith("guest's");
            reader.seek(0);
            assertThat(reader.readLine()).startsWith("begin");
        }
    }

    @Test
    void writesToWhatIsMappedForReadingAreTheGuestsOwn() throws IOException {
        long node = client.node("f");
        assertThat(setup(node, 0, PIECE, READ, 0)).isZero();
        store(0, "guest");
        assertThat(seen(0, 5)).isEqualTo("guest");
        assertThat(Files.newInputStream(file).readNBytes(5)).isEqualTo("begin".getBytes(StandardCharsets.ISO_8859_1));
        // Linux asks again when it wants to write.
        assertThat(setup(node, 0, PIECE, READ | WRITE, 0)).isZero();
        assertThat(seen(0, 5)).isEqualTo("begin");
        assertThat(shared.window.mapped()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({ "0, 2097152, 2, 16777216", "0, 2097152, 2, -2097152", "0, 2097152, 2, 4096", "4096, 2097152, 2, 0", "0, 4096, 2, 0",
        "0, 0, 2, 0",
        "0, -2097152, 2, 0", "-2097152, 2097152, 2, 0", "9223372036852678656, 2097152, 2, 0", "0, 18874368, 2, 0",
        "0, 9223372036852678656, 2, 2097152",
        "0, 2097152, 4, 0" })
    void wrongRangesAreRefused(long offset, long length, long flags, long at) {
        assertThat(setup(client.node("f"), offset, length, flags, at)).isEqualTo(Errno.EINVAL);
        assertThat(shared.window.mapped()).isZero();
    }

    @Test
    void wrongRemovalsAreRefused() {
        assertThat(setup(client.node("f"), 0, PIECE, READ, 0)).isZero();
        for (long[] range : new long[][] { { 0, 4096 }, { 0, PIECES * PIECE + PIECE }, { -PIECE, PIECE }, { 4096, PIECE }, { 0, 0 },
            { PIECE, Long.MAX_VALUE & -PIECE } }) {
            assertThat(remove(range)).isEqualTo(Errno.EINVAL);
        }
        assertThat(client.call(FuseOpcode.REMOVEMAPPING, ROOT_ID, args().u32(2).u64(0, PIECE)).error).isEqualTo(Errno.EINVAL);
        assertThat(client.call(FuseOpcode.REMOVEMAPPING, ROOT_ID, args().u32(-1).u64(0, PIECE)).error).isEqualTo(Errno.EINVAL);
        assertThat(shared.window.mapped()).isEqualTo(1);
        assertThat(remove(0, PIECES * PIECE)).isZero();
    }

    @Test
    void otherThanRegularFilesAndReadOnlyVolumesAreRefused() {
        assertThat(setup(ROOT_ID, 0, PIECE, READ, 0)).isEqualTo(Errno.ENODEV);
        assertThat(setup(12345, 0, PIECE, READ, 0)).isEqualTo(Errno.ESTALE);
        try (FuseClient reader = new FuseClient(FsOptions.of(directory).withReadOnly(true), FuseClient.ALL_FLAGS, shared.window)) {
            long node = reader.node("f");
            assertThat(reader.call(FuseOpcode.SETUPMAPPING, node, args().u64(-1, 0, PIECE, READ | WRITE, 0)).error).isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.SETUPMAPPING, node, args().u64(-1, 0, PIECE, READ, 0)).error).isZero();
            assertThat(seen(0, 5)).isEqualTo("begin");
        }
    }

    @Test
    void aFileLivesAsLongAsItIsMapped() throws IOException {
        Reply found = client.lookup(ROOT_ID, "f");
        assertThat(setup(found.nodeId(), 0, PIECE, READ | WRITE, 0)).isZero();
        client.forget(found.nodeId(), 1);
        assertThat(client.server.inodes()).isEqualTo(1);
        Files.delete(file);
        assertThat(seen(0, 5)).isEqualTo("begin");
        Reply other = client.create(ROOT_ID, "g", 2, 0644);
        assertThat(setup(other.nodeId(), 0, PIECE, READ | WRITE, 0)).isZero();
        assertThat(shared.window.mapped()).isEqualTo(1);
        client.init(7, 39, FuseClient.ALL_FLAGS);
        assertThat(shared.window.mapped()).isZero();
        store(0, "nowhere");
    }

    /** A shortened file is no reason to die; grown again, it is seen again, and whoever asks whether all was written hears of it. */
    @Test
    void aFileThatTheHostShortensReadsAsZeros() throws IOException {
        Reply opened = client.open(client.node("f"), 2);
        long node = client.node("f");
        assertThat(setup(node, 0, 2 * PIECE, READ | WRITE, 0)).isZero();
        assertThat(seen(2 * MIB, 6)).isEqualTo("second");
        length(4096);
        assertThat(seen(2 * MIB, 6)).isEqualTo("\0".repeat(6));
        store(2 * MIB, "lost");
        assertThat(seen(0, 5)).isEqualTo("begin");
        length(5 * MIB);
        put(2 * MIB, "again");
        client.getattr(node);
        assertThat(seen(2 * MIB, 5)).isEqualTo("again");
        assertThat(client.call(FuseOpcode.FSYNC, node, args().u64(opened.fh()).u32(0, 0)).error).isEqualTo(Errno.EIO);
        assertThat(client.call(FuseOpcode.FSYNC, node, args().u64(opened.fh()).u32(0, 0)).error).isZero();
        store(2 * MIB, "reach");
        try (RandomAccessFile reader = new RandomAccessFile(file.toFile(), "r")) {
            reader.seek(2 * MIB);
            assertThat(reader.readLine()).startsWith("reach");
        }
    }

    /** The software CPU drops decoded code by this. */
    @Test
    void everyChangeOfContentIsTold() {
        long node = client.node("f");
        setup(node, 0, 2 * PIECE, READ, PIECE);
        assertThat(shared.written).containsExactly(PIECE, 2 * PIECE);
        shared.written.clear();
        Reply opened = client.open(node, 2);
        assertThat(shared.written).isEmpty();
        client.write(node, opened.fh(), PIECE - 2, new byte[4], 0, 0);
        assertThat(shared.written).containsExactly(2 * PIECE - 2, 2L, 2 * PIECE, 2L);
        shared.written.clear();
        client.write(node, opened.fh(), 3 * PIECE, new byte[4], 0, 0);
        assertThat(shared.written).isEmpty();
        client.setattr(node, FuseFlags.FATTR_SIZE, 5 * MIB, 0, 0, 0);
        assertThat(shared.written).containsExactly(PIECE, PIECE, 2 * PIECE, PIECE);
        shared.written.clear();
        client.open(node, 2 | HostFiles.O_TRUNC);
        assertThat(shared.written).hasSize(4);
        shared.written.clear();
        remove(PIECE, PIECE);
        assertThat(shared.written).containsExactly(PIECE, PIECE);
    }

    @Test
    void aSessionWithMappingsIsNotSaved() {
        assertThat(client.server.save()).isNotNull();
        setup(client.node("f"), 0, PIECE, READ, 0);
        assertThatThrownBy(() -> client.server.save()).isInstanceOf(IllegalStateException.class);
        client.server.reset();
        assertThat(client.server.save()).isNotNull();
    }
}
