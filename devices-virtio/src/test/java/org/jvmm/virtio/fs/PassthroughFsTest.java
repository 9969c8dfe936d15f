package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.fs.FuseClient.args;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseClient.Reply;
import org.jvmm.virtio.fs.FuseMessage.Attr;
import org.jvmm.virtio.fs.FuseMessage.AttrOut;
import org.jvmm.virtio.fs.FuseMessage.EntryOut;
import org.jvmm.virtio.fs.FuseMessage.InitOut;
import org.jvmm.virtio.fs.FuseMessage.Kstatfs;
import org.jvmm.virtio.fs.FuseMessage.OpenOut;
import org.jvmm.virtio.fs.FuseMessage.Statx;
import org.jvmm.virtio.fs.FuseMessage.StatxOut;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each operation as Linux's client sends it, compared with what is then on the host. */
class PassthroughFsTest {
    private static final int O_RDWR = 2;
    private static final int O_WRONLY = 1;
    private static final int O_APPEND = 0x400;

    @TempDir
    Path directory;
    private FuseClient client;

    /** The descriptors for known files. */
    DescriptorBudget budget() {
        return DescriptorBudget.PROCESS;
    }

    @BeforeEach
    void open() {
        client = new FuseClient(FsOptions.of(directory), budget());
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void initAgreesOnWhatBothHave() {
        Reply reply = client.init(7, 45, FuseFlags.INIT_EXT | FuseFlags.SUBMOUNTS | FuseFlags.CREATE_SUPP_GROUP | 1L << 40);
        assertThat(reply.error).isZero();
        assertThat(reply.payload.getInt(InitOut.MAJOR)).isEqualTo(7);
        assertThat(reply.payload.getInt(InitOut.MINOR)).isEqualTo(39);
        assertThat(reply.payload.getInt(InitOut.FLAGS)).isEqualTo((int) (FuseFlags.INIT_EXT | FuseFlags.SUBMOUNTS));
        assertThat(reply.payload.getInt(InitOut.FLAGS2)).isEqualTo((int) (FuseFlags.CREATE_SUPP_GROUP >>> 32));
        assertThat(reply.payload.getInt(InitOut.MAX_WRITE)).isEqualTo(1 << 20);
    }

    @Test
    void initOfOtherVersionsIsAnsweredByTheRules() {
        assertThat(client.init(8, 0, 0).payload.getInt(InitOut.MAJOR)).isEqualTo(7);
        assertThat(client.init(7, 20, 0).error).isEqualTo(Errno.EPROTO);
        assertThat(client.init(6, 45, 0).error).isEqualTo(Errno.EPROTO);
    }

    @Test
    void lookupFindsAndCounts() throws IOException {
        Files.writeString(directory.resolve("a"), "hello");
        Reply first = client.lookup(ROOT_ID, "a");
        Reply second = client.lookup(ROOT_ID, "a");
        assertThat(first.error).isZero();
        assertThat(second.nodeId()).isEqualTo(first.nodeId());
        assertThat(first.payload.getLong(EntryOut.ATTR + Attr.SIZE_)).isEqualTo(5);
        assertThat(client.lookup(ROOT_ID, "b").error).isEqualTo(Errno.ENOENT);
        assertThat(client.server.inodes()).isEqualTo(2);
        client.forget(first.nodeId(), 1);
        assertThat(client.server.inodes()).isEqualTo(2);
        client.forget(first.nodeId(), 1);
        assertThat(client.server.inodes()).isEqualTo(1);
        assertThat(client.getattr(first.nodeId()).error).isEqualTo(Errno.ESTALE);
    }

    @Test
    void aForgottenNumberNeverNamesAnotherFile() throws IOException {
        Files.writeString(directory.resolve("a"), "");
        Files.writeString(directory.resolve("b"), "");
        long a = client.node("a");
        client.forget(a, 1);
        long b = client.node("b");
        assertThat(b).isNotEqualTo(a);
        assertThat(client.getattr(a).error).isEqualTo(Errno.ESTALE);
        client.forget(ROOT_ID, 1000);
        assertThat(client.getattr(ROOT_ID).error).isZero();
    }

    @Test
    void batchForgetTakesBackMany() throws IOException {
        FuseClient.Args list = args().u32(21, 0);
        for (int i = 0; i < 20; i++) {
            Files.writeString(directory.resolve("f" + i), "");
            list.u64(client.node("f" + i), 1);
        }
        list.u64(999_999, 1);
        assertThat(client.server.inodes()).isEqualTo(21);
        assertThat(client.call(FuseOpcode.BATCH_FORGET, 0, list, 0).length).isZero();
        assertThat(client.server.inodes()).isEqualTo(1);
    }

    @Test
    void createWriteReadRelease() throws IOException {
        Reply made = client.create(ROOT_ID, "file", O_RDWR, 0666);
        assertThat(made.error).isZero();
        byte[] data = new byte[300_000];
        new Random(5).nextBytes(data);
        Reply written = client.write(made.nodeId(), made.createdFh(), 7, data, 0, O_RDWR);
        assertThat(written.payload.getInt(0)).isEqualTo(data.length);
        byte[] onHost = Files.readAllBytes(directory.resolve("file"));
        assertThat(onHost).hasSize(7 + data.length).endsWith(data);
        for (int piece : new int[] { 4096, 100, 1 << 20 }) {
            client.piece(piece);
            assertThat(client.read(made.nodeId(), made.createdFh(), 0, 400_000).data()).isEqualTo(onHost);
        }
        assertThat(client.read(made.nodeId(), made.createdFh(), 300_000, 100).data()).hasSize(7);
        assertThat(client.read(made.nodeId(), made.createdFh(), 400_000, 100).data()).isEmpty();
        assertThat(client.call(FuseOpcode.FLUSH, made.nodeId(), args().u64(made.createdFh(), 0, 0)).error).isZero();
        assertThat(client.call(FuseOpcode.FSYNC, made.nodeId(), args().u64(made.createdFh()).u32(1, 0)).error).isZero();
        assertThat(client.call(FuseOpcode.RELEASE, made.nodeId(), args().u64(made.createdFh()).u32(0, 0).u64(0)).error).isZero();
        assertThat(client.server.openFiles()).isZero();
        assertThat(client.read(made.nodeId(), made.createdFh(), 0, 1).error).isEqualTo(Errno.EBADF);
        assertThat(Files.getAttribute(directory.resolve("file"), "unix:mode")).isEqualTo(0100644);
    }

    @Test
    void moreVectorsThanOneCallTakes() {
        Reply made = client.create(ROOT_ID, "file", O_RDWR, 0666);
        byte[] data = new byte[5000];
        new Random(6).nextBytes(data);
        client.piece(1);
        assertThat(client.write(made.nodeId(), made.createdFh(), 0, data, 0, 0).payload.getInt(0)).isEqualTo(5000);
        assertThat(client.read(made.nodeId(), made.createdFh(), 0, 6000).data()).isEqualTo(data);
    }

    @Test
    void appendsGoToTheEndUnlessTheyArePagesWrittenBack() throws IOException {
        Files.writeString(directory.resolve("log"), "0123456789");
        long node = client.node("log");
        long fh = client.open(node, O_WRONLY | O_APPEND).fh();
        client.write(node, fh, 2, "AB".getBytes(StandardCharsets.UTF_8), 0, O_WRONLY | O_APPEND);
        client.write(node, fh, 0, "xy".getBytes(StandardCharsets.UTF_8), FuseFlags.WRITE_CACHE, O_WRONLY | O_APPEND);
        assertThat(Files.readString(directory.resolve("log"))).isEqualTo("xy23456789AB");
    }

    @Test
    void createOfWhatIsThereOpensIt() throws IOException {
        Files.writeString(directory.resolve("old"), "text");
        Reply opened = client.create(ROOT_ID, "old", O_RDWR, 0600);
        assertThat(opened.error).isZero();
        assertThat(client.read(opened.nodeId(), opened.createdFh(), 0, 10).text()).isEqualTo("text");
        assertThat(client.create(ROOT_ID, "old", O_RDWR | HostFiles.O_EXCL, 0600).error).isEqualTo(Errno.EEXIST);
        assertThat(client.create(ROOT_ID, "old", O_RDWR | HostFiles.O_TRUNC, 0600).error).isZero();
        assertThat(Files.size(directory.resolve("old"))).isZero();
    }

    @Test
    void directoriesAreMadeListedAndRemoved() throws IOException {
        assertThat(client.mkdir(ROOT_ID, "d", 01777).error).isZero();
        assertThat(Files.getAttribute(directory.resolve("d"), "unix:mode")).isEqualTo(041755);
        long d = client.node("d");
        for (int i = 0; i < 500; i++) {
            Files.writeString(directory.resolve("d/" + "n".repeat(i % 200) + i), "");
        }
        for (int size : new int[] { 600, 4096, 1 << 16 }) {
            Map<String, Long> plain = client.list(d, false, size);
            Map<String, Long> plus = client.list(d, true, size);
            assertThat(plain.keySet()).hasSize(502).contains(".", "..");
            assertThat(plus.keySet()).containsExactlyInAnyOrderElementsOf(plain.keySet());
            assertThat(plus.get(".")).isZero();
            plus.forEach((name, node) -> {
                if (!name.startsWith(".")) {
                    assertThat(client.getattr(node).payload.getLong(AttrOut.ATTR + Attr.INO)).isEqualTo(plain.get(name));
                }
            });
        }
        assertThat(client.server.openFiles()).isZero();
        assertThat(client.call(FuseOpcode.RMDIR, ROOT_ID, args().name("d")).error).isEqualTo(Errno.ENOTEMPTY);
        client.mkdir(ROOT_ID, "e", 0755);
        assertThat(client.call(FuseOpcode.UNLINK, ROOT_ID, args().name("e")).error).isEqualTo(Errno.EISDIR);
        assertThat(client.call(FuseOpcode.RMDIR, ROOT_ID, args().name("e")).error).isZero();
        assertThat(directory.resolve("e")).doesNotExist();
    }

    @Test
    void whatLiesAboveTheRootIsNotTold() {
        Map<String, Long> names = client.list(ROOT_ID, false, 4096);
        assertThat(names.get("..")).isEqualTo(names.get("."));
    }

    @Test
    void linksAndRenames() throws IOException {
        Files.writeString(directory.resolve("a"), "A");
        Files.writeString(directory.resolve("b"), "B");
        long a = client.node("a");
        Reply linked = client.call(FuseOpcode.LINK, ROOT_ID, args().u64(a).name("a2"));
        assertThat(linked.nodeId()).isEqualTo(a);
        assertThat(linked.attr(Attr.NLINK)).isEqualTo(2);
        Reply symbolic = client.call(FuseOpcode.SYMLINK, ROOT_ID, args().name("s", "../outside"));
        assertThat(client.call(FuseOpcode.READLINK, symbolic.nodeId(), args()).text()).isEqualTo("../outside");
        assertThat(Files.readSymbolicLink(directory.resolve("s"))).hasToString("../outside");
        assertThat(client.call(FuseOpcode.READLINK, a, args()).error).isEqualTo(Errno.EINVAL);
        Reply symbolicLink = client.call(FuseOpcode.LINK, ROOT_ID, args().u64(symbolic.nodeId()).name("s2"));
        assertThat(symbolicLink.nodeId()).isEqualTo(symbolic.nodeId());
        assertThat(Files.isSymbolicLink(directory.resolve("s2"))).isTrue();

        assertThat(client.call(FuseOpcode.RENAME, ROOT_ID, args().u64(ROOT_ID).name("a2", "c")).error).isZero();
        assertThat(directory.resolve("c")).hasContent("A");
        assertThat(rename2("c", "b", 1)).isEqualTo(Errno.EEXIST);
        assertThat(rename2("c", "b", 2)).isZero();
        assertThat(directory.resolve("c")).hasContent("B");
        assertThat(rename2("c", "d", 8)).isEqualTo(Errno.EINVAL);
        assertThat(client.call(FuseOpcode.UNLINK, ROOT_ID, args().name("b")).error).isZero();
        assertThat(directory.resolve("b")).doesNotExist();
    }

    private int rename2(String from, String to, int flags) {
        return client.call(FuseOpcode.RENAME2, ROOT_ID, args().u64(ROOT_ID).u32(flags, 0).name(from, to)).error;
    }

    @Test
    void anUnlinkedOpenFileLivesOn() throws IOException {
        Reply made = client.create(ROOT_ID, "gone", O_RDWR, 0644);
        client.call(FuseOpcode.UNLINK, ROOT_ID, args().name("gone"));
        client.write(made.nodeId(), made.createdFh(), 0, new byte[] { 1, 2, 3 }, 0, 0);
        assertThat(client.setattr(made.nodeId(), FuseFlags.FATTR_SIZE, 2, 0, 0, 0).error).isZero();
        assertThat(client.setattr(made.nodeId(), FuseFlags.FATTR_MODE, 0, 0600, 0, 0).error).isZero();
        assertThat(client.read(made.nodeId(), made.createdFh(), 0, 10).data()).containsExactly(1, 2);
        assertThat(client.open(made.nodeId(), 0).error).isZero();
    }

    @Test
    void temporaryFilesGetANameByLink() {
        Reply made = client.call(FuseOpcode.TMPFILE, ROOT_ID, args().u32(O_RDWR, 0640, 0, 0));
        assertThat(made.error).isZero();
        client.write(made.nodeId(), made.createdFh(), 0, "tmp".getBytes(StandardCharsets.UTF_8), 0, 0);
        assertThat(directory).isEmptyDirectory();
        assertThat(client.call(FuseOpcode.LINK, ROOT_ID, args().u64(made.nodeId()).name("named")).error).isZero();
        assertThat(directory.resolve("named")).hasContent("tmp");
    }

    @Test
    void attributesAreSet() throws IOException {
        Files.writeString(directory.resolve("f"), "0123456789");
        long node = client.node("f");
        Reply reply = client.setattr(node, FuseFlags.FATTR_MODE | FuseFlags.FATTR_SIZE | FuseFlags.FATTR_ATIME | FuseFlags.FATTR_MTIME, 4,
                0751, 0,
                0);
        assertThat(reply.error).isZero();
        assertThat(directory.resolve("f")).hasContent("0123");
        assertThat(Files.getAttribute(directory.resolve("f"), "unix:mode")).isEqualTo(0100751);
        assertThat(reply.payload.getLong(AttrOut.ATTR + Attr.ATIME)).isEqualTo(11);
        assertThat(reply.payload.getInt(AttrOut.ATTR + Attr.ATIMENSEC)).isEqualTo(44);
        assertThat(reply.payload.getLong(AttrOut.ATTR + Attr.MTIME)).isEqualTo(22);
        assertThat(client.setattr(node, FuseFlags.FATTR_MTIME | FuseFlags.FATTR_MTIME_NOW, 0, 0, 0, 0).payload
                .getLong(AttrOut.ATTR + Attr.MTIME)).isGreaterThan(1_000_000);
        assertThat(client.setattr(ROOT_ID, FuseFlags.FATTR_SIZE, 0, 0, 0, 0).error).isEqualTo(Errno.EISDIR);
        Reply statx = client.call(FuseOpcode.STATX, node, args().u32(0, 0).u64(0).u32(0, 0x7FF));
        assertThat(statx.payload.getLong(StatxOut.STAT + Statx.SIZE_)).isEqualTo(4);
        assertThat(statx.payload.getShort(StatxOut.STAT + Statx.MODE) & 0xFFFF).isEqualTo(0100751);
        assertThat(statx.payload.getLong(StatxOut.STAT + Statx.BTIME)).isPositive();
    }

    @Test
    void timesOfASymbolicLinkAreItsOwn() throws IOException {
        Files.writeString(directory.resolve("target"), "");
        long before = Files.getLastModifiedTime(directory.resolve("target")).toMillis();
        Files.createSymbolicLink(directory.resolve("s"), Path.of("target"));
        assertThat(client.setattr(client.node("s"), FuseFlags.FATTR_MTIME, 0, 0, 0, 0).error).isZero();
        assertThat(Files.getLastModifiedTime(directory.resolve("s"), LinkOption.NOFOLLOW_LINKS).toMillis()).isEqualTo(22_000);
        assertThat(Files.getLastModifiedTime(directory.resolve("target")).toMillis()).isEqualTo(before);
    }

    @Test
    void extendedAttributes() {
        Reply made = client.create(ROOT_ID, "f", O_RDWR, 0644);
        long node = made.nodeId();
        assertThat(setxattr(node, "user.color", "green", 1)).isZero();
        assertThat(setxattr(node, "user.color", "green", 1)).isEqualTo(Errno.EEXIST);
        assertThat(setxattr(node, "user.other", "x", 2)).isEqualTo(61);
        assertThat(client.call(FuseOpcode.GETXATTR, node, args().u32(0, 0).name("user.color")).payload.getInt(0)).isEqualTo(5);
        assertThat(client.call(FuseOpcode.GETXATTR, node, args().u32(100, 0).name("user.color")).text()).isEqualTo("green");
        assertThat(client.call(FuseOpcode.GETXATTR, node, args().u32(2, 0).name("user.color")).error).isEqualTo(Errno.ERANGE);
        assertThat(client.call(FuseOpcode.GETXATTR, node, args().u32(0, 0).name("user.none")).error).isEqualTo(61);
        assertThat(client.call(FuseOpcode.LISTXATTR, node, args().u32(1000, 0)).text()).contains("user.color\0");
        assertThat(client.call(FuseOpcode.LISTXATTR, node, args().u32(0, 0)).payload.getInt(0)).isGreaterThanOrEqualTo(11);
        assertThat(client.call(FuseOpcode.REMOVEXATTR, node, args().name("user.color")).error).isZero();
        assertThat(client.call(FuseOpcode.REMOVEXATTR, node, args().name("user.color")).error).isEqualTo(61);
        assertThat(client.call(FuseOpcode.REMOVEXATTR, node, args().name("user." + "x".repeat(300))).error).isEqualTo(Errno.ERANGE);
    }

    private int setxattr(long node, String name, String value, int flags) {
        return client.call(FuseOpcode.SETXATTR, node,
                args().u32(value.length(), flags, 0, 0).name(name).raw(value.getBytes(StandardCharsets.UTF_8))).error;
    }

    @Test
    void holesCopiesAndAllocation() throws IOException {
        Reply made = client.create(ROOT_ID, "f", O_RDWR, 0644);
        long node = made.nodeId();
        long fh = made.createdFh();
        client.write(node, fh, 1 << 20, new byte[4096], 0, 0);
        assertThat(seek(node, fh, 0, 3)).isEqualTo(1 << 20);
        assertThat(seek(node, fh, 1 << 20, 4)).isEqualTo((1 << 20) + 4096);
        assertThat(client.call(FuseOpcode.LSEEK, node, args().u64(fh, 0).u32(9, 0)).error).isEqualTo(Errno.EINVAL);
        assertThat(client.call(FuseOpcode.FALLOCATE, node, args().u64(fh, 0, 1 << 21).u32(0, 0)).error).isZero();
        assertThat(Files.size(directory.resolve("f"))).isEqualTo(1 << 21);
        client.write(node, fh, 0, "copy me".getBytes(StandardCharsets.UTF_8), 0, 0);
        Reply other = client.create(ROOT_ID, "g", O_RDWR, 0644);
        Reply copied = client.call(FuseOpcode.COPY_FILE_RANGE, node,
                args().u64(fh, 5, other.nodeId(), other.createdFh(), 1, 2, 0));
        assertThat(copied.payload.getInt(0)).isEqualTo(2);
        assertThat(directory.resolve("g")).hasBinaryContent(new byte[] { 0, 'm', 'e' });
    }

    private long seek(long node, long fh, long offset, int whence) {
        return client.call(FuseOpcode.LSEEK, node, args().u64(fh, offset).u32(whence, 0)).payload.getLong(0);
    }

    @Test
    void theRest() {
        Reply statfs = client.call(FuseOpcode.STATFS, ROOT_ID, args());
        assertThat(statfs.payload.getLong(Kstatfs.BLOCKS)).isPositive();
        assertThat(statfs.payload.getInt(Kstatfs.NAMELEN)).isEqualTo(255);
        assertThat(client.call(FuseOpcode.SYNCFS, ROOT_ID, args().u64(0)).error).isZero();
        assertThat(client.call(FuseOpcode.ACCESS, ROOT_ID, args().u32(7, 0)).error).isZero();
        assertThat(client.call(FuseOpcode.IOCTL, ROOT_ID, args().raw(new byte[32])).error).isEqualTo(Errno.ENOTTY);
        assertThat(client.call(FuseOpcode.POLL, ROOT_ID, args().raw(new byte[24])).error).isEqualTo(Errno.ENOSYS);
        assertThat(client.call(FuseOpcode.BMAP, ROOT_ID, args().raw(new byte[16])).error).isEqualTo(Errno.ENOSYS);
        assertThat(client.call(FuseOpcode.SETUPMAPPING, ROOT_ID, args().raw(new byte[40])).error).isEqualTo(Errno.ENOSYS);
        long fh = client.opendir(ROOT_ID).fh();
        assertThat(client.call(FuseOpcode.FSYNCDIR, ROOT_ID, args().u64(fh).u32(0, 0)).error).isZero();
        assertThat(client.call(FuseOpcode.DESTROY, 0, args()).error).isZero();
        assertThat(client.server.openFiles()).isZero();
        assertThat(client.getattr(ROOT_ID).error).isEqualTo(Errno.ESTALE);
    }

    @Test
    void aReadOnlyVolumeRefusesEveryChange() throws IOException {
        Files.writeString(directory.resolve("f"), "text");
        try (FuseClient reader = new FuseClient(FsOptions.of(directory).withReadOnly(true))) {
            long node = reader.node("f");
            long fh = reader.open(node, 0).fh();
            assertThat(reader.read(node, fh, 0, 10).text()).isEqualTo("text");
            assertThat(reader.open(node, O_RDWR).error).isEqualTo(Errno.EROFS);
            assertThat(reader.open(node, HostFiles.O_TRUNC).error).isEqualTo(Errno.EROFS);
            assertThat(reader.write(node, fh, 0, new byte[1], 0, 0).error).isEqualTo(Errno.EROFS);
            assertThat(reader.create(ROOT_ID, "g", O_RDWR, 0644).error).isEqualTo(Errno.EROFS);
            assertThat(reader.mkdir(ROOT_ID, "d", 0755).error).isEqualTo(Errno.EROFS);
            assertThat(reader.setattr(node, FuseFlags.FATTR_MODE, 0, 0, 0, 0).error).isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.UNLINK, ROOT_ID, args().name("f")).error).isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.RENAME, ROOT_ID, args().u64(ROOT_ID).name("f", "g")).error).isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.LINK, ROOT_ID, args().u64(node).name("g")).error).isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.SYMLINK, ROOT_ID, args().name("g", "t")).error).isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.MKNOD, ROOT_ID, args().u32(0100644, 0, 0, 0).name("g")).error).isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.TMPFILE, ROOT_ID, args().u32(O_RDWR, 0640, 0, 0)).error).isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.SETXATTR, node, args().u32(1, 0, 0, 0).name("user.a").raw(new byte[1])).error)
                    .isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.REMOVEXATTR, node, args().name("user.a")).error).isEqualTo(Errno.EROFS);
            assertThat(reader.call(FuseOpcode.FALLOCATE, node, args().u64(fh, 0, 100).u32(0, 0)).error).isEqualTo(Errno.EROFS);
        }
        try (var names = Files.list(directory)) {
            assertThat(names).hasSize(1);
        }
    }

    @Test
    void cacheModesSayHowLongThingsHold() throws IOException {
        Files.writeString(directory.resolve("f"), "text");
        for (CacheMode mode : CacheMode.values()) {
            try (FuseClient reader = new FuseClient(FsOptions.of(directory).withCache(mode))) {
                Reply entry = reader.lookup(ROOT_ID, "f");
                long seconds = switch (mode) {
                    case NONE -> 0;
                    case AUTO -> 1;
                    case ALWAYS -> 86_400;
                };
                assertThat(entry.payload.getLong(EntryOut.ENTRY_VALID)).isEqualTo(seconds);
                assertThat(entry.payload.getLong(EntryOut.ATTR_VALID)).isEqualTo(seconds);
                int flags = reader.open(entry.nodeId(), 0).payload.getInt(OpenOut.OPEN_FLAGS);
                assertThat((flags & FuseFlags.FOPEN_DIRECT_IO) != 0).isEqualTo(mode == CacheMode.NONE);
                assertThat((flags & FuseFlags.FOPEN_KEEP_CACHE) != 0).isEqualTo(mode == CacheMode.ALWAYS);
            }
        }
    }

    @Test
    void nothingIsLeftOpen() throws IOException {
        long before = descriptors();
        for (int i = 0; i < 3; i++) {
            try (FuseClient other = new FuseClient(FsOptions.of(directory))) {
                Reply made = other.create(ROOT_ID, "f" + i, O_RDWR, 0644);
                other.lock(FuseOpcode.SETLK, made.nodeId(), made.createdFh(), 1, 0, 10, 1, 0);
                other.opendir(ROOT_ID);
            }
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    private static long descriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }
}
