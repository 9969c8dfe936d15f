package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
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
import org.jvmm.virtio.blk.CacheMode;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSpec;

/** What a container finds in /dev and /etc beside what its root has: disks with their partitions; host name, hosts and name servers. */
@Tag("guest")
@Timeout(120)
class GuestContainerFilesTest {
    private static final long TIMEOUT = 60_000_000_000L;

    @TempDir
    static Path folder;
    private static Path root;
    private static Machine machine;
    private static AgentSession guest;

    @BeforeAll
    static void boot() throws Exception {
        root = Files.createDirectories(folder.resolve("root"));
        Files.createDirectories(root.resolve("bin"));
        Files.createDirectories(root.resolve("etc"));
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
        Files.createSymbolicLink(root.resolve("bin/sh"), Path.of("busybox"));
        Files.writeString(root.resolve("etc/hosts"), "of the host\n");
        Files.createSymbolicLink(root.resolve("etc/resolv.conf"), Path.of("../run/systemd/resolve/stub-resolv.conf"));
        machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs())
                .device(new DiskSpec(partitioned(folder.resolve("parts.img")), false, null, CacheMode.WRITEBACK))
                .device(new DiskSpec(partitioned(folder.resolve("other.img")), true, null, CacheMode.WRITEBACK))
                .device(NetworkSpec.user(List.of())).rootfs(new RootfsConfig(root, RootfsConfig.Mode.DIRECT)).build());
        machine.start();
        guest = machine.connectAgent(TIMEOUT);
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
        }
    }

    /** A disk of 8 MiB with two partitions of 2 MiB by a master boot record: entries of 16 bytes from 446 on, with type, first sector and length. */
    private static Path partitioned(Path image) throws IOException {
        byte[] sector = new byte[512];
        for (int i = 0; i < 2; i++) {
            int entry = 446 + 16 * i;
            sector[entry + 4] = (byte) 0x83;
            sector[entry + 9] = (byte) (8 * (2 * i + 1));
            sector[entry + 13] = 0x10;
        }
        sector[510] = 0x55;
        sector[511] = (byte) 0xAA;
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(8 << 20);
            file.write(sector);
            file.seek(1 << 20);
            file.writeBytes("first partition");
        }
        return image;
    }

    private static String run(CommandSpec command) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = guest.run(command, null, out, err);
        assertThat(code).as(() -> err.toString(StandardCharsets.UTF_8)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String sh(String script) throws Exception {
        return run(CommandSpec.of("/bin/sh", "-ec", script));
    }

    @Test
    void disksAndTheirPartitionsAreInDev() throws Exception {
        assertThat(sh("cd /dev; busybox ls -1 vd*; busybox blockdev --getsize64 vda1; busybox head -c 15 vda1"))
                .isEqualTo("vda\nvda1\nvda2\nvdb\nvdb1\nvdb2\n2097152\nfirst partition");
        assertThat(sh("echo written in the guest | busybox dd of=/dev/vda2 conv=fsync 2>/dev/null; "
                + "(echo x >/dev/vdb1) 2>/dev/null && echo written to a read-only disk || true")).isEmpty();
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("parts.img").toFile(), "r")) {
            file.seek(3 << 20);
            assertThat(file.readLine()).isEqualTo("written in the guest");
        }
    }

    @Test
    void namesAndNameServersAreTheContainersOwn() throws Exception {
        assertThat(sh("busybox hostname; busybox cat /etc/resolv.conf")).isEqualTo("jvmm\nnameserver 10.0.2.3\n");
        assertThat(run(CommandSpec.of("/bin/busybox", "cat", "/etc/hosts").withHostname("box")))
                .isEqualTo("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.2.15\tbox\n");
        // To be writable, as docker's are, and each container's own.
        assertThat(sh("echo 192.0.2.7 other >>/etc/hosts; busybox tail -n 1 /etc/hosts")).isEqualTo("192.0.2.7 other\n");
        assertThat(sh("busybox tail -n 1 /etc/hosts")).isEqualTo("10.0.2.15\tjvmm\n");
    }

    @Test
    void theHostsTreeIsNotWritten() throws Exception {
        // No file could be made there without showing on the host.
        assertThat(sh("[ -e /etc/hostname ] || echo none")).isEqualTo("none\n");
        assertThat(root.resolve("etc")).isDirectoryNotContaining(path -> path.endsWith("hostname"));
        assertThat(root.resolve("etc/hosts")).hasContent("of the host\n");
        assertThat(Files.isSymbolicLink(root.resolve("etc/resolv.conf"))).isTrue();
        assertThat(root.resolve("run/systemd")).doesNotExist();
    }
}
