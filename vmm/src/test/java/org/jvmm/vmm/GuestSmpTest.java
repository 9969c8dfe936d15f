package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSpec;

/** Linux on four software CPUs: it finds and starts them, they interrupt each other, share memory and give right results. One machine serves all tests. */
@Tag("guest")
@Timeout(300)
class GuestSmpTest {
    private static final int CPUS = 4;
    private static final long TIMEOUT = 120_000_000_000L;

    private static Machine machine;
    private static AgentSession guest;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void boot() throws Exception {
        machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs()).memory("256M")
                .accel(Accel.SOFT).cpus(CPUS).build());
        machine.start();
        guest = machine.connectAgent(TIMEOUT);
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
            assertThat(machine.exit().kind()).isEqualTo(MachineExit.Kind.STOPPED);
        }
    }

    private String sh(String script) throws Exception {
        out.reset();
        assertThat(guest.run(CommandSpec.of("sh", "-c", script), null, out, err)).as(err.toString(StandardCharsets.UTF_8)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void allCpusAreThere() throws Exception {
        assertThat(sh("nproc")).isEqualTo("4\n");
        assertThat(sh("cat /sys/devices/system/cpu/online")).isEqualTo("0-3\n");
        assertThat(sh("grep -c '^processor' /proc/cpuinfo; grep '^siblings' /proc/cpuinfo | sort -u; grep '^apicid' /proc/cpuinfo"))
                .isEqualTo("4\nsiblings\t: 4\napicid\t\t: 0\napicid\t\t: 1\napicid\t\t: 2\napicid\t\t: 3\n");
        assertThat(sh("dmesg")).contains("Brought up 1 node, 4 CPUs").doesNotContain("WARNING:").doesNotContain("BUG:")
                .doesNotContain("TSC warp").doesNotContain("lockup").doesNotContain("rcu_sched self-detected");
    }

    @Test
    void theyInterruptEachOther() throws Exception {
        sh("for i in 1 2 3 4 5 6 7 8; do sh -c 'i=0; while [ $i -lt 500 ]; do i=$((i + 1)); done' & done; wait");
        for (String kind : new String[] { "LOC", "RES", "CAL" }) {
            String[] counts = sh("grep " + kind + ": /proc/interrupts").trim().split("\\s+");
            for (int cpu = 0; cpu < CPUS; cpu++) {
                assertThat(Long.parseLong(counts[1 + cpu])).as(kind + " of CPU " + cpu).isPositive();
            }
        }
    }

    @Test
    void shellsCountTogether() throws Exception {
        // Processes side by side, each with many children: forks, page faults and exits on all CPUs.
        String one = "i=0; s=0; while [ $i -lt 50 ]; do i=$((i + 1)); s=$((s + $(echo $i))); done; echo $s";
        assertThat(sh("for c in 1 2 3 4; do sh -c '" + one + "' & done; wait")).isEqualTo("1275\n".repeat(4));
    }

    @Test
    void hashesAreRight() throws Exception {
        byte[] zeros = new byte[1 << 18];
        String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(zeros));
        // One command: the next has another /tmp.
        String sums = sh("for i in 1 2 3 4 5 6 7 8; do head -c 262144 /dev/zero > /tmp/z$i; done; "
                + "ls /tmp/z? | xargs -n 1 -P 4 sha256sum | cut -d' ' -f1");
        assertThat(sums).isEqualTo((hash + "\n").repeat(8));
    }

    @Test
    void pipesBetweenCpusLoseNothing() throws Exception {
        List<String> sums = sh("for c in 1 2 3 4; do (seq 1 5000 | cat | cat | sha256sum) & done; wait").lines().toList();
        assertThat(sums).hasSize(4).containsOnly(sums.get(0));
        assertThat(sh("seq 1 5000 | cat | wc -l")).isEqualTo("5000\n");
    }

    @Test
    void aCpuGoesAndComesBack() throws Exception {
        assertThat(sh("cd /sys/devices/system/cpu; for n in 1 2 3; do echo 0 > cpu3/online; nproc; echo 1 > cpu3/online; nproc; done"))
                .isEqualTo("3\n4\n".repeat(3));
    }
}
