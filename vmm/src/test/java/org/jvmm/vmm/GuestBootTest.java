package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jvmm.boot.BootProtocol;
import org.jvmm.vmm.agent.AgentException;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSession;
import org.jvmm.vmm.agent.CommandSpec;

/** Real Linux on the software CPU: the three boot paths, and what a command in the guest sees and gives. One machine serves most tests. */
@Tag("guest")
@Timeout(300)
class GuestBootTest {
    private static final long TIMEOUT = 120_000_000_000L;

    private static Machine machine;
    private static AgentSession guest;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void boot() throws Exception {
        machine = Machine.create(config(BootProtocol.AUTO).build());
        machine.start();
        guest = machine.connectAgent(TIMEOUT);
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
        }
    }

    private static MachineConfig.Builder config(BootProtocol protocol) throws Exception {
        Path kernel = protocol == BootProtocol.BZIMAGE ? GuestArtifacts.bzImage() : GuestArtifacts.vmlinux();
        return MachineConfig.builder().kernel(kernel).initrd(GuestArtifacts.initramfs()).memory("256M").protocol(protocol);
    }

    private int run(CommandSpec command, byte[] stdin) throws Exception {
        return guest.run(command, stdin == null ? null : new ByteArrayInputStream(stdin), out, err);
    }

    private int sh(String script) throws Exception {
        return run(CommandSpec.of("sh", "-c", script), null);
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(value = BootProtocol.class, names = { "PVH", "LINUX64", "BZIMAGE" })
    void bootsIntoTheAgentByEveryPath(BootProtocol protocol) throws Exception {
        try (Machine one = Machine.create(config(protocol).build())) {
            one.start();
            AgentSession session = one.connectAgent(TIMEOUT);
            assertThat(session.run(CommandSpec.of("uname", "-a"), null, out, err)).isZero();
            assertThat(output()).startsWith("Linux ").contains("6.12").contains("x86_64");
            assertThat(one.instructionsRetired()).isGreaterThanOrEqualTo(0);
            session.shutdown(TIMEOUT);
            assertThat(one.awaitExit(TIMEOUT).kind()).isEqualTo(MachineExit.Kind.RESET);
        }
    }

    @Test
    void exitCodeIsTheCommands() throws Exception {
        assertThat(sh("exit 7")).isEqualTo(7);
    }

    @Test
    void outputAndErrorsAreSeparate() throws Exception {
        assertThat(sh("echo out; echo err >&2")).isZero();
        assertThat(output()).isEqualTo("out\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("err\n");
    }

    @Test
    void inputIsBinarySafe() throws Exception {
        byte[] data = new byte[300_000];
        new Random(1).nextBytes(data);
        assertThat(run(CommandSpec.of("sha256sum"), data)).isZero();
        assertThat(output()).startsWith(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data)));
    }

    @Test
    void tenMebibytesOfBinaryOutputArriveIntact() throws Exception {
        byte[] seed = new byte[1 << 20];
        new Random(2).nextBytes(seed);
        assertThat(
                run(CommandSpec.of("sh", "-c", "cat >/tmp/seed; for i in 0 1 2 3 4 5 6 7 8 9; do cat /tmp/seed; done; rm /tmp/seed"), seed))
                .isZero();
        byte[] got = out.toByteArray();
        assertThat(got).hasSize(10 << 20);
        for (int i = 0; i < 10; i++) {
            assertThat(java.util.Arrays.mismatch(seed, 0, seed.length, got, i << 20, i + 1 << 20)).isEqualTo(-1);
        }
    }

    @Test
    void unknownCommandIsNotFound() {
        assertThatThrownBy(() -> run(CommandSpec.of("nosuch"), null)).isInstanceOfSatisfying(AgentException.class,
                e -> assertThat(e.code()).isEqualTo(AgentException.NOT_FOUND));
    }

    @Test
    void plainFileIsNotExecutable() {
        assertThatThrownBy(() -> run(CommandSpec.of("/etc/passwd"), null)).isInstanceOfSatisfying(AgentException.class,
                e -> assertThat(e.code()).isEqualTo(AgentException.PERMISSION_DENIED));
    }

    @Test
    void environmentDirectoryUserAndHostNameAreHonoured() throws Exception {
        CommandSpec command = CommandSpec.of("sh", "-c", "echo $A; pwd; id -u; hostname").withEnv("A=b").withCwd("/tmp")
                .withUser("1000:1000")
                .withHostname("h1");
        assertThat(run(command, null)).isZero();
        assertThat(output()).isEqualTo("b\n/tmp\n1000\nh1\n");
    }

    @Test
    void terminalIsATerminalOfTheSizeGiven() throws Exception {
        assertThat(run(CommandSpec.of("sh", "-c", "tty && stty size").withTerminal(33, 77), null)).isZero();
        assertThat(output()).contains("/dev/").contains("33 77");
    }

    @Test
    void signalEndsACommand() throws Exception {
        CommandSession session = guest.command(CommandSpec.of("sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 1; done"),
                null,
                out, err);
        session.start();
        while (!output().contains("ready")) {
            Thread.onSpinWait();
        }
        session.signal(15).await();
        assertThat(session.await()).isEqualTo(5);
        session.remove().await();
    }

    @Test
    void memoryIsWhatWasAskedFor() throws Exception {
        assertThat(sh("free -m | awk '/Mem/ {print ($2 > 200 && $2 < 257)}'")).isZero();
        assertThat(output()).isEqualTo("1\n");
    }

    @Test
    void floatingPointWorks() throws Exception {
        assertThat(sh("awk 'BEGIN { printf \"%.10f %.6e %d\\n\", 355/113, 1/3, 1048576 * 1024 }'")).isZero();
        assertThat(output()).isEqualTo("3.1415929204 3.333333e-01 1073741824\n");
    }

    @Test
    void panicIsReported() throws Exception {
        MachineConfig config = MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).memory("64M").build();
        try (Machine one = Machine.create(config)) {
            one.start();
            assertThatThrownBy(() -> one.connectAgent(TIMEOUT)).isInstanceOf(MachineException.class);
            assertThat(one.exit().kind()).isEqualTo(MachineExit.Kind.PANIC);
            assertThat(one.lastConsoleLines()).anyMatch(line -> line.contains("Kernel panic"));
        }
    }
}
