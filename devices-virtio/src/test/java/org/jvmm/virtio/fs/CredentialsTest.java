package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.fs.FuseClient.args;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.core.host.Errno;
import org.jvmm.kvm.sys.FfmSyscalls;
import org.jvmm.virtio.fs.FuseClient.Reply;
import org.jvmm.virtio.fs.FuseMessage.Attr;
import org.jvmm.virtio.fs.FuseMessage.AttrOut;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose files are made, and with what set-id bits, when the monitor runs as root. */
class CredentialsTest {
    private static final int USER = 4001;
    private static final int GROUP = 4002;
    private static final int TEAM = 4003;

    @TempDir
    Path directory;
    private FuseClient client;

    /** The descriptors for known files. */
    DescriptorBudget budget() {
        return DescriptorBudget.PROCESS;
    }

    @BeforeEach
    void open() {
        Assumptions.assumeTrue(new FfmSyscalls().getuid() == 0, "Only root can make files for other users");
        client = new FuseClient(FsOptions.of(directory), budget());
    }

    @AfterEach
    void close() {
        if (client != null) {
            client.close();
        }
    }

    private static void assertOwner(Path file, int uid, int gid) throws IOException {
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(uid);
        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(gid);
    }

    @Test
    void everyNewFileBelongsToItsMaker() throws IOException {
        client.as(USER, GROUP);
        client.create(ROOT_ID, "file", 2, 0644);
        client.mkdir(ROOT_ID, "dir", 0755);
        client.call(FuseOpcode.SYMLINK, ROOT_ID, args().name("link", "x"));
        client.call(FuseOpcode.MKNOD, ROOT_ID, args().u32(HostStat.FIFO | 0644, 0, 0, 0).name("fifo"));
        Reply unnamed = client.call(FuseOpcode.TMPFILE, ROOT_ID, args().u32(2, 0640, 0, 0));
        assertThat(unnamed.attr(Attr.UID)).isEqualTo(USER);
        client.as(0, 0);
        client.create(ROOT_ID, "root", 2, 0644);
        assertOwner(directory.resolve("file"), USER, GROUP);
        assertOwner(directory.resolve("dir"), USER, GROUP);
        assertOwner(directory.resolve("fifo"), USER, GROUP);
        assertOwner(directory.resolve("root"), 0, 0);
        Reply link = client.lookup(ROOT_ID, "link");
        assertThat(link.attr(Attr.UID)).isEqualTo(USER);
        assertThat(link.attr(Attr.GID)).isEqualTo(GROUP);
    }

    @Test
    void theGuestHasCheckedPermissionsSoTheHostDoesNot() throws IOException {
        client.mkdir(ROOT_ID, "closed", 0700);
        client.as(USER, GROUP);
        assertThat(client.create(client.node("closed"), "file", 2, 0644).error).isZero();
        assertOwner(directory.resolve("closed/file"), USER, GROUP);
    }

    @Test
    void setGroupIdDirectoriesPassTheirGroupOn() throws IOException {
        client.mkdir(ROOT_ID, "team", 0777);
        long team = client.node("team");
        client.setattr(team, FuseFlags.FATTR_GID, 0, 0, 0, TEAM);
        client.setattr(team, FuseFlags.FATTR_MODE, 0, 02777, 0, 0);
        client.as(USER, GROUP);
        client.create(team, "stranger", 2, 02755);
        assertOwner(directory.resolve("team/stranger"), USER, TEAM);
        assertThat((int) Files.getAttribute(directory.resolve("team/stranger"), "unix:mode") & 02000).isZero();
        client.withGroup(TEAM);
        client.create(team, "member", 2, 02755);
        assertThat((int) Files.getAttribute(directory.resolve("team/member"), "unix:mode") & 02000).isEqualTo(02000);
        client.withGroup(-1);
        client.create(team, "later", 2, 02755);
        assertThat((int) Files.getAttribute(directory.resolve("team/later"), "unix:mode") & 02000).isZero();
    }

    @Test
    void aWriteBySomebodyElseClearsSetIdBits() throws IOException {
        Reply made = client.create(ROOT_ID, "tool", 2, 0755);
        client.setattr(made.nodeId(), FuseFlags.FATTR_MODE, 0, 06755, 0, 0);
        client.write(made.nodeId(), made.createdFh(), 0, new byte[1], 0, 2);
        assertThat(Files.getAttribute(directory.resolve("tool"), "unix:mode")).isEqualTo(0106755);
        client.write(made.nodeId(), made.createdFh(), 0, new byte[1], FuseFlags.WRITE_KILL_SUIDGID, 2);
        assertThat(Files.getAttribute(directory.resolve("tool"), "unix:mode")).isEqualTo(0100755);
        client.setattr(made.nodeId(), FuseFlags.FATTR_MODE, 0, 06755, 0, 0);
        client.setattr(made.nodeId(), FuseFlags.FATTR_SIZE | FuseFlags.FATTR_KILL_SUIDGID, 0, 0, 0, 0);
        assertThat(Files.getAttribute(directory.resolve("tool"), "unix:mode")).isEqualTo(0100755);
    }

    @Test
    void umaskIsTheCallersUnlessAnAccessControlListSaysOtherwise() throws IOException {
        client.call(FuseOpcode.MKDIR, ROOT_ID, args().u32(0777, 027).name("a"));
        client.call(FuseOpcode.MKDIR, ROOT_ID, args().u32(0777, 0).name("b"));
        client.call(FuseOpcode.CREATE, ROOT_ID, args().u32(2, 0666, 077, 0).name("c"));
        assertThat(Files.getAttribute(directory.resolve("a"), "unix:mode")).isEqualTo(040750);
        assertThat(Files.getAttribute(directory.resolve("b"), "unix:mode")).isEqualTo(040777);
        assertThat(Files.getAttribute(directory.resolve("c"), "unix:mode")).isEqualTo(0100600);
    }

    @Test
    void idsAreMapped() throws IOException {
        IdMap users = new IdMap(0, 100_000, 1000);
        try (FuseClient mapped = new FuseClient(FsOptions.of(directory).withIds(users, users))) {
            Reply made = mapped.create(ROOT_ID, "mine", 2, 0644);
            assertThat(made.attr(Attr.UID)).isZero();
            assertOwner(directory.resolve("mine"), 100_000, 100_000);
            assertThat(mapped.setattr(made.nodeId(), FuseFlags.FATTR_UID | FuseFlags.FATTR_GID, 0, 0, 7, 8).payload
                    .getInt(AttrOut.ATTR + Attr.GID)).isEqualTo(8);
            assertOwner(directory.resolve("mine"), 100_007, 100_008);
            assertThat(mapped.setattr(made.nodeId(), FuseFlags.FATTR_UID, 0, 0, 1000, 0).error).isEqualTo(Errno.EPERM);
            mapped.as(1000, 0);
            assertThat(mapped.mkdir(ROOT_ID, "d", 0755).error).isEqualTo(Errno.EPERM);
            Files.writeString(directory.resolve("hosts"), "");
            assertThat(mapped.lookup(ROOT_ID, "hosts").attr(Attr.UID)).isEqualTo(IdMap.OVERFLOW);
        }
    }
}
