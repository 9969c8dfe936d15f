package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.vmm.agent.AgentSession;

/** Images as persistent memory of a real guest, mounted without a page cache. */
@Tag("guest")
@Timeout(300)
class GuestPmemTest {
    private static final long TIMEOUT = 120_000_000_000L;

    @TempDir
    Path folder;

    /** A file system of pages, as DAX wants it, with a copy of the host's busybox. */
    private Path image(String name) throws Exception {
        Path content = Files.createDirectories(folder.resolve("content"));
        if (Files.notExists(content.resolve("busybox"))) {
            Files.copy(Path.of("/bin/busybox"), content.resolve("busybox"));
        }
        Path image = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(16 << 20);
        }
        assertThat(HostTools.run("mkfs.ext4", "-q", "-F", "-b", "4096", "-d", content.toString(), image.toString()).code()).isZero();
        return image;
    }

    private static Machine start(PmemSpec... images) throws Exception {
        MachineConfig.Builder config = MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs());
        for (PmemSpec image : images) {
            config.device(image);
        }
        Machine machine = Machine.create(config.build());
        machine.start();
        return machine;
    }

    @Test
    void oneIsWrittenAndAnotherStaysAsItIs() throws Exception {
        Path shared = image("shared.img");
        byte[] before = Files.readAllBytes(shared);
        Path own = image("own.img");
        try (Machine machine = start(new PmemSpec(own, false), new PmemSpec(shared, true))) {
            assertThat(GuestShell.sh(machine.connectAgent(TIMEOUT),
                    "for i in 0 1; do mkdir /tmp/$i; mount -t ext4 -o dax /dev/pmem$i /tmp/$i; "
                            + "cp /bin/busybox /tmp/$i/copy; /tmp/$i/busybox cmp /tmp/$i/copy /bin/busybox; umount /tmp/$i; done; echo done"))
                    .endsWith("done\n");
        }
        assertThat(Files.readAllBytes(shared)).isEqualTo(before);
        assertThat(HostTools.run("e2fsck", "-f", "-n", own.toString()).code()).isZero();
        Path copy = folder.resolve("copy");
        assertThat(HostTools.run("debugfs", "-R", "dump /copy " + copy, own.toString()).code()).isZero();
        // The guest's busybox is the host's.
        assertThat(Files.mismatch(copy, Path.of("/bin/busybox"))).isEqualTo(-1);
    }

    /** The host's user cuts the file off under a running guest: that reads zeros there, its next flush fails, and both live on. */
    @Test
    void aFileThatIsShortenedCostsTheGuestItsDataAlone() throws Exception {
        Path image = folder.resolve("short.img");
        byte[] ones = new byte[16 << 20];
        Arrays.fill(ones, (byte) 1);
        Files.write(image, ones);
        try (Machine machine = start(new PmemSpec(image, false))) {
            AgentSession agent = machine.connectAgent(TIMEOUT);
            String last = "dd if=/dev/pmem0 bs=1M skip=15 iflag=direct 2>/dev/null | tr -d '\\0' | wc -c";
            String flush = "dd if=/dev/zero of=/dev/pmem0 bs=4096 count=1 conv=fsync 2>/dev/null && echo flushed || echo failed";
            assertThat(GuestShell.sh(agent, last + "; " + flush)).isEqualTo("1048576\nflushed\n");
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(4 << 20);
            }
            assertThat(GuestShell.sh(agent, last + "; " + flush + "; " + flush)).isEqualTo("0\nfailed\nflushed\n");
        }
        assertThat(image).hasSize(4 << 20);
    }

    /** Both run programs from the image as their root, and neither costs a page of its own for it. */
    @Test
    void twoMachinesShareARootImage() throws Exception {
        Path shared = image("root.img");
        byte[] before = Files.readAllBytes(shared);
        try (Machine one = start(new PmemSpec(shared, true)); Machine other = start(new PmemSpec(shared, true))) {
            for (Machine machine : List.of(one, other)) {
                assertThat(GuestShell.sh(machine.connectAgent(TIMEOUT), "mkdir /tmp/r; mount -t ext4 -o ro,dax /dev/pmem0 /tmp/r; "
                        + "chroot /tmp/r /busybox sha256sum /busybox; sha256sum </bin/busybox").split("[ \n]+"))
                        .satisfies(words -> assertThat(words[0]).isEqualTo(words[2]));
            }
            Usage usage = Usage.of(shared);
            assertThat(usage.mappings()).isEqualTo(2);
            assertThat(usage.residentKiB()).isPositive();
            assertThat(usage.ownKiB()).isZero();
        }
        assertThat(Files.readAllBytes(shared)).isEqualTo(before);
    }

    /** What the mappings of a file in this process take (proc(5), smaps). */
    private record Usage(int mappings, long residentKiB, long ownKiB) {
        static Usage of(Path file) throws Exception {
            int mappings = 0;
            long resident = 0;
            long own = 0;
            boolean inside = false;
            for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
                String[] words = line.split(" +");
                if (!words[0].endsWith(":")) {
                    inside = line.endsWith(file.toString());
                    mappings += inside ? 1 : 0;
                } else if (inside && words[0].equals("Rss:")) {
                    resident += Long.parseLong(words[1]);
                } else if (inside && (words[0].equals("Private_Dirty:") || words[0].equals("Anonymous:"))) {
                    own += Long.parseLong(words[1]);
                }
            }
            return new Usage(mappings, resident, own);
        }
    }
}
