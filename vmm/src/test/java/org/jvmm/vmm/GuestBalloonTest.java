package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSession;
import org.jvmm.vmm.agent.CommandSpec;

/** Memory that a real guest frees, or puts into its balloon, leaves this process. */
@Tag("guest")
@Timeout(300)
class GuestBalloonTest {
    private static final long TIMEOUT = 120_000_000_000L;
    private static final long MIB = 1 << 20;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Resident bytes of guest memory: the mapping of the memfd in proc_pid_smaps(5). */
    private static long resident() throws IOException {
        long sum = 0;
        boolean inRam = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.indexOf('-') > 0 && line.indexOf('-') < 17) {
                inRam = line.contains("/memfd:guest-ram");
            } else if (inRam && line.startsWith("Rss:")) {
                sum += Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        return sum;
    }

    private static long waitUntilBelow(long bytes) throws IOException, InterruptedException {
        long now = resident();
        // Linux reports two seconds after pages became free.
        for (int i = 0; i < 200 && now >= bytes; i++) {
            Thread.sleep(100);
            now = resident();
        }
        return now;
    }

    @Test
    void freedMemoryGoesBackToTheHost() throws Exception {
        MachineConfig config = MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs()).memory("512M")
                .build();
        try (Machine machine = Machine.create(config)) {
            machine.start();
            AgentSession guest = machine.connectAgent(TIMEOUT);
            long before = resident();
            CommandSession session = guest.command(CommandSpec.of("sh", "-ec", "mkdir -p /tmp/m; mount -t tmpfs -o size=300M none /tmp/m;"
                    + " dd if=/dev/zero of=/tmp/m/x bs=1M count=200 2>/dev/null; echo full; sleep 600"), null, out, out);
            session.start();
            while (!out.toString().contains("full")) {
                Thread.sleep(50);
            }
            long used = resident();
            assertThat(used).isGreaterThan(before + 190 * MIB);
            // The container's end is its tmpfs's end: the guest has the pages to spare.
            session.signal(9).await();
            session.await();
            assertThat(waitUntilBelow(used - 150 * MIB)).as("reported pages").isLessThan(used - 150 * MIB);
            assertThat(machine.balloon().metrics().reported.get()).isGreaterThan(150 * MIB);

            machine.balloon().target(100 * MIB / 4096);
            long deadline = System.nanoTime() + 60_000_000_000L;
            while (machine.balloon().actualPages() < 100 * MIB / 4096 && System.nanoTime() < deadline) {
                Thread.sleep(50);
            }
            assertThat(machine.balloon().actualPages()).isEqualTo(100 * MIB / 4096);
            machine.balloon().statisticsInterval(100_000_000L);
            while (machine.balloon().statistics() == null && System.nanoTime() < deadline) {
                Thread.sleep(50);
            }
            assertThat(machine.balloon().statistics().totalMemory()).isBetween(300 * MIB, 512 * MIB);
            assertThat(machine.balloon().metrics().hostFailures.get()).isZero();
        }
    }
}
