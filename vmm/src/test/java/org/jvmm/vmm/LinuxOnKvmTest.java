package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.virtio.blk.CacheMode;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSpec;
import org.jvmm.vmm.host.KvmDevice;

/**
 * Real Linux on this host's KVM: into the agent, a command through vsock, interrupts through irqfds, notifications through ioeventfds, a clock. Where KVM
 * runs kernel mode on the processor it is the ordinary kernel; where KVM emulates it, the flavour that is made for such hosts.
 */
@Tag("kvm")
@Tag("guest")
@Timeout(900)
class LinuxOnKvmTest {
    /** Half a minute on a quiet machine with emulated kernel mode. */
    private static final long TIMEOUT = 240_000_000_000L;
    private static final String FLAVOUR = "ring0emu";

    @TempDir
    Path scratch;

    @Test
    void bootsIntoTheAgentAndRunsACommand() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/kvm")), "there is no /dev/kvm");
        boolean emulated = KvmDevice.probe() != KvmDevice.NATIVE;
        assumeTrue(!emulated || GuestArtifacts.hasFlavour(FLAVOUR), "this tree has no kernel for hosts that emulate kernel mode");
        byte[] written = new byte[16 << 10];
        new Random(10).nextBytes(written);
        byte[] content = new byte[64 << 10];
        new Random(9).nextBytes(content);
        Path disk = Files.write(scratch.resolve("disk.img"), content);
        MachineConfig config = MachineConfig.builder().kernel(emulated ? GuestArtifacts.flavour(FLAVOUR) : GuestArtifacts.vmlinux())
                .initrd(emulated ? GuestArtifacts.thinInitramfs(FLAVOUR, scratch) : GuestArtifacts.initramfs()).memory("64M")
                .accel(Accel.KVM).device(new DiskSpec(disk, false, null, CacheMode.WRITEBACK))
                .appendCmdline(emulated ? GuestArtifacts.flavourCmdline(FLAVOUR) : null)
                .build();
        // The agent lays an overlay over a container's root.
        assumeTrue(!emulated || Files.readString(config.kernel().resolveSibling("config")).contains("CONFIG_OVERLAY_FS=y"),
                "the kernel for hosts that emulate kernel mode has no overlay file system");
        long begun = System.nanoTime();
        try (Machine machine = Machine.create(config)) {
            assertThat(machine.engine()).isEqualTo("kvm");
            machine.start();
            AgentSession guest = machine.connectAgent(TIMEOUT);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            int code = guest.run(CommandSpec.of("sh", "-c", "cat /proc/interrupts /proc/uptime; read x </proc/uptime; echo $x; exit 7"),
                    null,
                    out, err);
            String text = out.toString(StandardCharsets.UTF_8);
            System.out.println("Linux on KVM (" + KvmDevice.probe().key() + "): " + (System.nanoTime() - begun) / 1_000_000
                    + " ms from nothing to a command's end");
            assertThat(code).as(text + err).isEqualTo(7);
            // irqfd: interrupts of virtio devices have arrived on their lines.
            assertThat(text.lines().filter(line -> line.contains("virtio")).mapToLong(LinuxOnKvmTest::count).sum()).isPositive();
            // ioeventfd: notifications have come, by no other way than the kernel's.
            assertThat(machine.boundStores()).isPositive();
            // The clock goes on.
            String[] lines = text.split("\n");
            assertThat(Double.parseDouble(lines[lines.length - 1].split(" ")[0]))
                    .isGreaterThanOrEqualTo(Double.parseDouble(lines[lines.length - 2].split(" ")[0]));
            // The disk's bytes come out, others go in: 16 KiB by virtio-blk and vsock.
            out.reset();
            assertThat(guest.run(CommandSpec.of("sh", "-ec", "busybox dd if=/dev/vda bs=16k count=1 2>/dev/null; "
                    + "busybox dd of=/dev/vda bs=16k seek=2 conv=fsync iflag=fullblock 2>/dev/null"), new ByteArrayInputStream(written),
                    out,
                    err)).isZero();
            assertThat(out.toByteArray()).isEqualTo(Arrays.copyOf(content, 16 << 10));
        }
        assertThat(Arrays.copyOfRange(Files.readAllBytes(disk), 32 << 10, 48 << 10)).isEqualTo(written);
    }

    /** The first CPU's column of {@code /proc/interrupts}. */
    private static long count(String line) {
        return Long.parseLong(line.trim().split("\\s+")[1]);
    }
}
