package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSpec;

/** A Debian root of the host's as the container's root, with a writable layer in the guest; its programs use a volume. */
@Tag("guest")
@Timeout(900)
class GuestRootfsTest {
    private static final long TIMEOUT = 300_000_000_000L;

    @TempDir
    static Path volume;
    private static Path root;
    private static Machine machine;
    private static AgentSession guest;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @BeforeAll
    static void boot() throws Exception {
        root = HostTools.debianRoot();
        machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs()).memory("512M")
                .device(NetworkSpec.user(List.of())).rootfs(new RootfsConfig(root, RootfsConfig.Mode.OVERLAY))
                .volume(VolumeConfig.parse(volume + ":/mnt/vol")).build());
        machine.start();
        guest = machine.connectAgent(TIMEOUT);
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
        }
    }

    private String run(String... words) throws Exception {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = guest.run(CommandSpec.of(words), null, out, err);
        assertThat(code).as(() -> err.toString(StandardCharsets.UTF_8)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void itIsDebian() throws Exception {
        assertThat(run("cat", "/etc/os-release")).contains("bookworm");
    }

    @Test
    void namesAreLookedUpInTheContainersFiles() throws Exception {
        assertThat(run("sh", "-c", "cat /etc/hostname /etc/resolv.conf; getent hosts jvmm"))
                .startsWith("jvmm\nnameserver 10.0.2.3\n10.0.2.15 ");
        assertThat(root.resolve("etc/hostname")).content().isNotEqualTo("jvmm\n");
    }

    @Test
    void pythonRuns() throws Exception {
        assertThat(run("python3", "-c",
                "import json, os, sys; open('/mnt/vol/py', 'w').write('from python'); print(json.dumps([sys.version_info[0], sum(range(1000))]))"))
                .isEqualTo("[3, 499500]\n");
        assertThat(volume.resolve("py")).hasContent("from python");
    }

    @Test
    void perlRuns() throws Exception {
        assertThat(run("perl", "-e", "use POSIX; print join(',', map { $_ * $_ } 1..5), ' ', POSIX::floor(2.5)"))
                .isEqualTo("1,4,9,16,25 2");
    }

    @Test
    void aDatabaseOnTheVolumeIsSound() throws Exception {
        assertThat(run("sqlite3", "/mnt/vol/t.db", "create table t(a integer primary key, b text); begin; "
                + "with recursive c(x) as (select 1 union all select x + 1 from c where x < 3000) insert into t select x, hex(x * x) from c; commit; "
                + "delete from t where a % 3 = 0; select count(*) from t; pragma integrity_check;")).isEqualTo("2000\nok\n");
        assertThat(Files.size(volume.resolve("t.db"))).isGreaterThan(30_000);
    }

    @Test
    void filesOfAnOrdinaryUserAreHis() throws Exception {
        // The volume is a temporary directory of the test's, which nobody else may enter.
        run("sh", "-c",
                "chmod 755 /mnt/vol && mkdir -m 777 /mnt/vol/open && setpriv --reuid 1234 --regid 1235 --clear-groups touch /mnt/vol/open/his");
        assertThat(Files.getAttribute(volume.resolve("open/his"), "unix:uid")).isEqualTo(1234);
        assertThat(Files.getAttribute(volume.resolve("open/his"), "unix:gid")).isEqualTo(1235);
    }

    @Test
    void writesStayInTheGuest() throws Exception {
        assertThat(run("sh", "-c", "echo changed >/etc/hostname && touch /new && rm /etc/debian_version && cat /etc/hostname"))
                .isEqualTo("changed\n");
        assertThat(root.resolve("new")).doesNotExist();
        assertThat(root.resolve("etc/debian_version")).exists();
    }

    @Test
    void anImageIsARootToo() throws Exception {
        Path busybox = volume.resolve("busybox.ext4");
        Path tree = Files.createDirectories(volume.resolve("tree/bin"));
        Files.copy(Path.of("/bin/busybox"), tree.resolve("sh"));
        // -d fills the image without mounting it.
        assertThat(HostTools.run("mkfs.ext4", "-q", "-d", tree.getParent().toString(), busybox.toString(), "16M").code()).isZero();
        byte[] before = Files.readAllBytes(busybox);
        try (Machine one = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs())
                .rootfs(RootfsConfig.parse(busybox.toString())).build())) {
            one.start();
            AgentSession session = one.connectAgent(TIMEOUT);
            assertThat(session.run(CommandSpec.of("sh", "-c", "echo x >/new && while read a b c d; do echo $b $c; done </proc/mounts"),
                    null, out,
                    System.err)).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).contains("/ overlay");
        }
        assertThat(Files.readAllBytes(busybox)).isEqualTo(before);
    }
}
