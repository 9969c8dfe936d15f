package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.virtio.blk.CacheMode;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSession;
import org.jvmm.vmm.agent.CommandSpec;
import org.jvmm.vmm.cli.ClassPath;

/** ext4 on disks of every kind, in a real guest; the host's e2fsck has the last word. Needs mkfs.ext4 and e2fsck (Debian's e2fsprogs). */
@Tag("guest")
@Timeout(300)
class GuestDiskTest {
    private static final long TIMEOUT = 120_000_000_000L;

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private static String host(int expected, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", String.join(" ", command), text).isEqualTo(expected);
        return text;
    }

    private Path filesystem(String name, long bytes) throws IOException, InterruptedException {
        Path image = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        host(0, "mkfs.ext4", "-q", "-F", image.toString());
        return image;
    }

    private Machine start(DiskSpec... disks) throws Exception {
        MachineConfig.Builder builder = MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs())
                .memory("256M");
        for (DiskSpec disk : disks) {
            builder.device(disk);
        }
        Machine machine = Machine.create(builder.build());
        machine.start();
        return machine;
    }

    private String sh(AgentSession guest, String script) throws Exception {
        out.reset();
        int code = guest.run(CommandSpec.of("sh", "-ec", script), null, out, out);
        assertThat(code).as(out.toString(StandardCharsets.UTF_8)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void filesWrittenInTheGuestAreOnTheHostsImage() throws Exception {
        Path image = filesystem("rw.img", 64 << 20);
        Path readOnly = filesystem("ro.img", 16 << 20);
        Path base = filesystem("base.img", 32 << 20);
        byte[] before = Files.readAllBytes(base);
        Path overlay = folder.resolve("over.img");
        String sum;
        try (Machine machine = start(new DiskSpec(image, false, null, CacheMode.WRITEBACK),
                new DiskSpec(readOnly, true, null, CacheMode.WRITEBACK),
                new DiskSpec(base, false, overlay, CacheMode.WRITEBACK))) {
            AgentSession guest = machine.connectAgent(TIMEOUT);
            assertThat(sh(guest, "cat /sys/block/vda/size /sys/block/vdb/ro /sys/block/vda/serial /sys/block/vda/queue/discard_max_bytes"))
                    .isEqualTo("131072\n1\nrw.img1073741824\n");
            sum = sh(guest,
                    "mkdir -p /tmp/a && mount -t ext4 /dev/vda /tmp/a && dd if=/dev/urandom of=/tmp/a/big bs=1M count=20 2>/dev/null"
                            + " && mkdir /tmp/a/d && for i in $(seq 200); do echo $i > /tmp/a/d/$i; done && sync && sha256sum < /tmp/a/big && umount /tmp/a");
            sh(guest,
                    "mkdir -p /tmp/b && mount -t ext4 -o ro /dev/vdb /tmp/b && ls /tmp/b | grep lost && umount /tmp/b; ! dd if=/dev/zero of=/dev/vdb bs=4k count=1");
            sh(guest, "mkdir -p /tmp/c && mount -t ext4 /dev/vdc /tmp/c && echo kept > /tmp/c/file && umount /tmp/c");
        }
        host(0, "e2fsck", "-f", "-n", image.toString());
        Path copy = folder.resolve("big");
        host(0, "debugfs", "-R", "dump /big " + copy, image.toString());
        assertThat(host(0, "sha256sum", copy.toString())).startsWith(sum.substring(0, 64));
        assertThat(Files.readAllBytes(base)).as("the overlay's base").isEqualTo(before);
        try (Machine machine = start(new DiskSpec(base, false, overlay, CacheMode.WRITEBACK))) {
            AgentSession guest = machine.connectAgent(TIMEOUT);
            assertThat(sh(guest, "mkdir -p /tmp/c && mount -t ext4 /dev/vda /tmp/c && cat /tmp/c/file && umount /tmp/c"))
                    .isEqualTo("kept\n");
        }
    }

    @Test
    void pulledPlugLeavesAJournalThatRepairs() throws Exception {
        Path image = filesystem("plug.img", 64 << 20);
        try (Machine machine = start(new DiskSpec(image, false, null, CacheMode.WRITEBACK))) {
            AgentSession guest = machine.connectAgent(TIMEOUT);
            String script = "mkdir -p /tmp/a && mount -t ext4 /dev/vda /tmp/a && for i in $(seq 100); do echo $i > /tmp/a/$i; done && sync"
                    + " && echo ready && while :; do for i in $(seq 100); do echo x > /tmp/a/n$i; rm /tmp/a/n$i; done; done";
            CommandSession session = guest.command(CommandSpec.of("sh", "-ec", script), null, out, out);
            session.start();
            while (!out.toString(StandardCharsets.UTF_8).contains("ready") && machine.exit() == null) {
                Thread.onSpinWait();
            }
            machine.stop();
        }
        repairsTo(image, 100);
    }

    @Test
    void aKilledProcessLeavesAJournalThatRepairs() throws Exception {
        Path image = filesystem("kill.img", 64 << 20);
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), ClassPath.options(), "-cp",
                ClassPath.text(),
                "org.jvmm.vmm.cli.Main", "run", "--net", "none", "--disk",
                image.toString(), "--kernel", GuestArtifacts.vmlinux().toString(), "--initrd", GuestArtifacts.initramfs().toString(), "--",
                "sh", "-ec",
                "mkdir -p /tmp/a && mount -t ext4 /dev/vda /tmp/a && for i in $(seq 50); do echo $i > /tmp/a/$i; done && sync && echo ready"
                        + " && while :; do for i in $(seq 100); do echo x > /tmp/a/n$i; sync; rm /tmp/a/n$i; done; done")
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
        // SIGKILL: nothing in flight is finished, nothing is flushed.
        process.destroyForcibly().waitFor();
        repairsTo(image, 50);
    }

    /** The file system is sound once its journal is replayed, and what was synced is there: files with their names in them. */
    private void repairsTo(Path image, int files) throws IOException, InterruptedException {
        // 0: clean, 1: repaired by replaying the journal.
        Process check = new ProcessBuilder("e2fsck", "-f", "-p", image.toString()).redirectErrorStream(true).start();
        String text = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(check.waitFor()).as(text).isIn(0, 1);
        host(0, "e2fsck", "-f", "-n", image.toString());
        for (int i = 1; i <= files; i++) {
            Path copy = folder.resolve("copy" + i);
            host(0, "debugfs", "-R", "dump /" + i + " " + copy, image.toString());
            assertThat(copy).hasContent(i + "\n");
        }
    }

    @Test
    void discardGivesBlocksBackToTheHost() throws Exception {
        Path image = filesystem("trim.img", 64 << 20);
        try (Machine machine = start(new DiskSpec(image, false, null, CacheMode.WRITEBACK))) {
            AgentSession guest = machine.connectAgent(TIMEOUT);
            sh(guest,
                    "mkdir -p /tmp/a && mount -t ext4 /dev/vda /tmp/a && dd if=/dev/urandom of=/tmp/a/big bs=1M count=20 2>/dev/null && sync");
            long full = blocks(image);
            sh(guest, "mkdir -p /tmp/a && mount -t ext4 /dev/vda /tmp/a && rm /tmp/a/big && sync && fstrim /tmp/a && umount /tmp/a");
            assertThat(blocks(image)).isLessThan(full - (20 << 20) / 512 * 9 / 10);
        }
        host(0, "e2fsck", "-f", "-n", image.toString());
    }

    private static long blocks(Path image) throws IOException, InterruptedException {
        return Long.parseLong(host(0, "stat", "-c", "%b", image.toString()).trim());
    }
}
