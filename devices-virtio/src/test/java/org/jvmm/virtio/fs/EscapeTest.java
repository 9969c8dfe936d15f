package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jvmm.virtio.fs.FuseClient.args;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.SyscallException;
import org.jvmm.kvm.sys.FfmSyscalls;
import org.jvmm.virtio.fs.FuseClient.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest that tries to reach the host's files outside its volume: by names, by symbolic links, by races, by kinds of files. */
class EscapeTest {
    private static final int O_RDWR = 2;
    private static final String[] BAD_NAMES = { "..", ".", "/", "/etc", "../secret", "a/b", "a/../..", "./a", "" };

    @TempDir
    Path directory;
    private Path volume;
    private Path secret;
    private FuseClient client;

    /** The descriptors for known files. */
    DescriptorBudget budget() {
        return DescriptorBudget.PROCESS;
    }

    @BeforeEach
    void open() throws IOException {
        volume = Files.createDirectory(directory.resolve("volume"));
        secret = Files.writeString(directory.resolve("secret"), "secret");
        Files.createDirectory(volume.resolve("d"));
        Files.writeString(volume.resolve("f"), "f");
        client = new FuseClient(FsOptions.of(volume), budget());
    }

    @AfterEach
    void nothingOutsideChanged() throws IOException {
        client.close();
        assertThat(secret).hasContent("secret");
        try (var names = Files.list(directory)) {
            assertThat(names).containsExactlyInAnyOrder(volume, secret);
        }
    }

    @Test
    void namesThatAreNoNamesAreRefusedEverywhere() {
        long d = client.node("d");
        long f = client.node("f");
        for (String bad : BAD_NAMES) {
            for (long parent : new long[] { ROOT_ID, d }) {
                assertThat(client.lookup(parent, bad).error).as("LOOKUP %s", bad).isEqualTo(Errno.EINVAL);
                assertThat(client.create(parent, bad, O_RDWR, 0644).error).as("CREATE %s", bad).isEqualTo(Errno.EINVAL);
                assertThat(client.mkdir(parent, bad, 0755).error).as("MKDIR %s", bad).isEqualTo(Errno.EINVAL);
                assertThat(error(FuseOpcode.MKNOD, parent, args().u32(0100644, 0, 0, 0).name(bad))).isEqualTo(Errno.EINVAL);
                assertThat(error(FuseOpcode.SYMLINK, parent, args().name(bad, "x"))).isEqualTo(Errno.EINVAL);
                assertThat(error(FuseOpcode.LINK, parent, args().u64(f).name(bad))).isEqualTo(Errno.EINVAL);
                assertThat(error(FuseOpcode.UNLINK, parent, args().name(bad))).isEqualTo(Errno.EINVAL);
                assertThat(error(FuseOpcode.RMDIR, parent, args().name(bad))).isEqualTo(Errno.EINVAL);
                assertThat(error(FuseOpcode.RENAME, parent, args().u64(d).name(bad, "x"))).isEqualTo(Errno.EINVAL);
                assertThat(error(FuseOpcode.RENAME, ROOT_ID, args().u64(parent).name("f", bad))).isEqualTo(Errno.EINVAL);
                assertThat(error(FuseOpcode.RENAME2, ROOT_ID, args().u64(parent).u32(2, 0).name("f", bad))).isEqualTo(Errno.EINVAL);
            }
        }
        assertThat(client.lookup(ROOT_ID, "n".repeat(256)).error).isEqualTo(Errno.ENAMETOOLONG);
        assertThat(client.call(FuseOpcode.LOOKUP, ROOT_ID, args().raw(new byte[] { 'f', 'f' })).error).isEqualTo(Errno.EINVAL);
    }

    private int error(int opcode, long node, FuseClient.Args request) {
        return client.call(opcode, node, request).error;
    }

    @Test
    void symbolicLinksAreNeverFollowed() throws IOException {
        Files.createSymbolicLink(volume.resolve("up"), Path.of(".."));
        Files.createSymbolicLink(volume.resolve("root"), Path.of("/"));
        Files.createSymbolicLink(volume.resolve("direct"), secret);
        for (String name : new String[] { "up", "root", "direct" }) {
            Reply entry = client.lookup(ROOT_ID, name);
            assertThat(entry.mode() & HostStat.TYPE).isEqualTo(HostStat.LINK);
            long link = entry.nodeId();
            assertThat(client.open(link, O_RDWR).error).isEqualTo(Errno.ELOOP);
            assertThat(client.opendir(link).error).isEqualTo(Errno.ENOTDIR);
            assertThat(client.lookup(link, "secret").error).isEqualTo(Errno.ENOTDIR);
            assertThat(client.lookup(link, "etc").error).isEqualTo(Errno.ENOTDIR);
            assertThat(client.create(link, "x", O_RDWR, 0644).error).isEqualTo(Errno.ENOTDIR);
            assertThat(client.mkdir(link, "x", 0755).error).isEqualTo(Errno.ENOTDIR);
            assertThat(error(FuseOpcode.UNLINK, link, args().name("secret"))).isEqualTo(Errno.ENOTDIR);
            assertThat(error(FuseOpcode.TMPFILE, link, args().u32(O_RDWR, 0640, 0, 0))).isNotZero();
            assertThat(client.create(ROOT_ID, name, O_RDWR, 0644).error).isEqualTo(Errno.ELOOP);
            assertThat(client.setattr(link, FuseFlags.FATTR_SIZE, 0, 0, 0, 0).error).isEqualTo(Errno.ELOOP);
            assertThat(client.setattr(link, FuseFlags.FATTR_MODE, 0, 0777, 0, 0).error).isNotZero();
            assertThat(error(FuseOpcode.SETXATTR, link, args().u32(1, 0, 0, 0).name("user.a").raw(new byte[1]))).isNotZero();
            assertThat(client.lock(FuseOpcode.GETLK, link, 0, 1, 0, 1, 1, 0).error).isEqualTo(Errno.ELOOP);
        }
        assertThat(Files.getAttribute(secret, "unix:mode")).isEqualTo(0100644);
    }

    @Test
    void aHardLinkOfASymbolicLinkIsOneOfTheLinkItself() throws IOException {
        Files.createSymbolicLink(volume.resolve("direct"), secret);
        assertThat(error(FuseOpcode.LINK, ROOT_ID, args().u64(client.node("direct")).name("copy"))).isZero();
        assertThat(Files.isSymbolicLink(volume.resolve("copy"))).isTrue();
        assertThat(Files.getAttribute(secret, "unix:nlink")).isEqualTo(1);
    }

    @Test
    void devicesFifosAndSocketsAreSeenButNotOpened() throws Exception {
        FfmSyscalls sys = new FfmSyscalls();
        assertThat(error(FuseOpcode.MKNOD, ROOT_ID, args().u32(HostStat.FIFO | 0644, 0, 0, 0).name("fifo"))).isZero();
        assertThat(error(FuseOpcode.MKNOD, ROOT_ID, args().u32(HostStat.SOCKET | 0644, 0, 0, 0).name("socket"))).isZero();
        boolean root = sys.getuid() == 0;
        if (root) {
            // 1:5 is /dev/zero.
            assertThat(error(FuseOpcode.MKNOD, ROOT_ID, args().u32(HostStat.CHARACTER | 0644, 0x105, 0, 0).name("zero"))).isZero();
        }
        for (String name : root ? new String[] { "fifo", "socket", "zero" } : new String[] { "fifo", "socket" }) {
            long node = client.node(name);
            for (int flags : new int[] { 0, 1, 2 }) {
                assertThat(client.open(node, flags).error).as(name).isEqualTo(Errno.ENXIO);
                assertThat(client.create(ROOT_ID, name, flags, 0644).error).as(name).isEqualTo(Errno.ENXIO);
            }
            assertThat(client.setattr(node, FuseFlags.FATTR_SIZE, 0, 0, 0, 0).error).isEqualTo(Errno.ENXIO);
            assertThat(error(FuseOpcode.UNLINK, ROOT_ID, args().name(name))).isZero();
        }
    }

    @Test
    void aDirectoryThatIsSwappedForALinkMeanwhileIsNotFollowed() throws Exception {
        Files.writeString(volume.resolve("d/secret"), "inside");
        Path real = volume.resolve("d");
        Path moved = volume.resolve("moved");
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        Thread swapper = new Thread(() -> {
            try {
                while (!stop.get()) {
                    Files.move(real, moved);
                    Files.createSymbolicLink(real, directory);
                    started.countDown();
                    Files.delete(real);
                    Files.move(moved, real, StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        swapper.start();
        started.await();
        int directories = 0;
        int links = 0;
        // A number of tries, not a time: each result is one of the allowed ones.
        for (int i = 0; i < 4000; i++) {
            Reply entry = client.lookup(ROOT_ID, "d");
            if (entry.error != 0) {
                assertThat(entry.error).isEqualTo(Errno.ENOENT);
                continue;
            }
            boolean link = (entry.mode() & HostStat.TYPE) == HostStat.LINK;
            Reply inner = client.lookup(entry.nodeId(), "secret");
            if (link) {
                links++;
                assertThat(inner.error).isEqualTo(Errno.ENOTDIR);
                assertThat(client.opendir(entry.nodeId()).error).isEqualTo(Errno.ENOTDIR);
                assertThat(error(FuseOpcode.UNLINK, entry.nodeId(), args().name("secret"))).isEqualTo(Errno.ENOTDIR);
            } else {
                directories++;
                assertThat(inner.error).isZero();
                long fh = client.open(inner.nodeId(), 0).fh();
                assertThat(client.read(inner.nodeId(), fh, 0, 100).text()).isEqualTo("inside");
                client.call(FuseOpcode.RELEASE, inner.nodeId(), args().u64(fh).u32(0, 0).u64(0));
                client.forget(inner.nodeId(), 1);
            }
            client.forget(entry.nodeId(), 1);
        }
        stop.set(true);
        swapper.join();
        assertThat(directories + links).isPositive();
    }

    @Test
    void aDirectoryMovedOutByTheHostStaysItselfAndNothingElse() throws IOException {
        long d = client.node("d");
        Path out = directory.resolve("out");
        Files.move(volume.resolve("d"), out);
        assertThat(client.lookup(d, "..").error).isEqualTo(Errno.EINVAL);
        assertThat(client.lookup(d, "secret").error).isEqualTo(Errno.ENOENT);
        Files.move(out, volume.resolve("d"));
    }

    @Test
    void procfsIsNeitherSharedNorCrossedInto() {
        assertThatThrownBy(() -> new FuseServer(FsOptions.of(Path.of("/proc")), FfmSyscalls::new, (buffers, written) -> {
        })).isInstanceOf(SyscallException.class).hasMessageContaining("procfs");
        try (FuseClient everything = new FuseClient(FsOptions.of(Path.of("/")))) {
            assertThat(everything.lookup(ROOT_ID, "proc").error).isEqualTo(Errno.EACCES);
            assertThat(everything.lookup(ROOT_ID, "..").error).isEqualTo(Errno.EINVAL);
            assertThat(everything.list(ROOT_ID, true, 1 << 16).get("proc")).isZero();
        }
    }

    @Test
    void otherFileSystemsBelowTheVolumeAreAnnounced() {
        try (FuseClient everything = new FuseClient(FsOptions.of(Path.of("/")))) {
            Reply entry = everything.lookup(ROOT_ID, "sys");
            assertThat(entry.error).isZero();
            assertThat(entry.attr(FuseMessage.Attr.FLAGS)).isEqualTo(FuseFlags.ATTR_SUBMOUNT);
            assertThat(everything.lookup(ROOT_ID, "usr").attr(FuseMessage.Attr.FLAGS)).isZero();
        }
        try (FuseClient old = new FuseClient(FsOptions.of(Path.of("/")), 0)) {
            assertThat(old.lookup(ROOT_ID, "sys").attr(FuseMessage.Attr.FLAGS)).isZero();
        }
    }

    @Test
    void aMissingDirectoryIsATypedError() {
        assertThatThrownBy(() -> new FuseServer(FsOptions.of(volume.resolve("none")), FfmSyscalls::new, (buffers, written) -> {
        })).isInstanceOf(SyscallException.class).hasMessageContaining("ENOENT");
        assertThatThrownBy(() -> new FuseServer(FsOptions.of(secret), FfmSyscalls::new, (buffers, written) -> {
        })).isInstanceOf(SyscallException.class).hasMessageContaining("ENOTDIR");
    }
}
