package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSpec;
import org.jvmm.vmm.debug.TraceFilter;
import org.jvmm.vmm.gdb.GdbAddress;
import org.jvmm.vmm.gdb.GdbServer;

/** Debian's gdb and the tracer on a Linux that boots, with the kernel's symbols. */
@Tag("guest")
@Timeout(400)
class GuestGdbTest {
    private static final long TIMEOUT = 300_000_000_000L;

    @TempDir
    private Path folder;

    private static MachineConfig config() throws Exception {
        return MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs()).accel(Accel.SOFT).build();
    }

    /** Lets gdb execute a script, and returns what it says. */
    private static String gdb(Path script) throws Exception {
        Process gdb = new ProcessBuilder("gdb", "-nx", "-batch", "-x", script.toString(), GuestArtifacts.vmlinux().toString())
                .redirectErrorStream(true).start();
        gdb.getOutputStream().close();
        String text = new String(gdb.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(gdb.waitFor()).as(text).isZero();
        return text;
    }

    @Test
    void gdbStopsAKernelThatBootsAndLetsItGoOn() throws Exception {
        assumeTrue(gdbIsThere(), "there is no gdb, and apt-get cannot install it here");
        Path script = Files.write(folder.resolve("script"), List.of(
                "set pagination off", "set confirm off",
                "target remote " + folder.resolve("socket"),
                "info registers cr0",
                "hbreak start_kernel", "continue",
                "backtrace 2", "info registers rip cr3", "x/2i $pc",
                "stepi", "stepi", "info registers rip",
                "delete",
                // Hot by then, and thus perhaps compiled.
                "break schedule", "continue", "ignore 2 50", "continue",
                "backtrace 3", "info threads", "p $rsp > 0xffff000000000000",
                "delete", "detach", "quit"));
        try (Machine machine = Machine.create(config());
                GdbServer server = GdbServer.start(GdbAddress.parse(folder.resolve("socket").toString()), machine.debug())) {
            assertThat(server.command()).endsWith("socket");
            machine.start();
            String text = gdb(script);
            assertThat(text).containsPattern("Breakpoint 1, .*start_kernel").containsPattern("#0 .*start_kernel").contains("=> 0x")
                    .containsPattern("Breakpoint 2, .*schedule").containsPattern("#0 .*schedule").containsPattern("#1 ")
                    .containsPattern("\\* 1 +Thread")
                    .contains("$1 = 1").contains("detached");
            AgentSession guest = machine.connectAgent(TIMEOUT);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertThat(guest.run(CommandSpec.of("echo", "still", "here"), null, out, System.err)).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("still here\n");
        }
    }

    @Test
    void gdbWatchesTheDataOfAMachineOfTwoCpus() throws Exception {
        assumeTrue(gdbIsThere(), "there is no gdb, and apt-get cannot install it here");
        Path script = Files.write(folder.resolve("script"), List.of(
                "set pagination off", "set confirm off",
                "target remote " + folder.resolve("socket"),
                "hbreak kernel_init", "continue", "delete",
                "watch *(unsigned long *)&jiffies_64", "continue", "continue", "info threads", "delete",
                "rwatch *(unsigned long *)&jiffies_64", "continue",
                "delete", "detach", "quit"));
        try (Machine machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs())
                .accel(Accel.SOFT).cpus(2).build());
                GdbServer server = GdbServer.start(GdbAddress.parse(folder.resolve("socket").toString()), machine.debug())) {
            assertThat(server.command()).endsWith("socket");
            machine.start();
            String text = gdb(script);
            assertThat(text)
                    .containsPattern("(?s)hit Hardware watchpoint 2: .*Old value = \\d+\nNew value = \\d+\n.*hit Hardware watchpoint 2: ")
                    .containsPattern("Thread 1 \\(CPU 0\\)").containsPattern("Thread 2 \\(CPU 1\\)")
                    .contains("hit Hardware read watchpoint 3: ").contains("detached");
            AgentSession guest = machine.connectAgent(TIMEOUT);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertThat(guest.run(CommandSpec.of("nproc"), null, out, System.err)).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("2\n");
        }
    }

    /** gdb leaves, comes back while both CPUs work, stops them in the midst of it, steps, and lets them finish. */
    @Test
    void gdbComesBackToABusyMachineOfTwoCpus() throws Exception {
        assumeTrue(gdbIsThere(), "there is no gdb, and apt-get cannot install it here");
        Path leave = Files.write(folder.resolve("leave"), List.of("target remote " + folder.resolve("socket"), "detach", "quit"));
        Path script = Files.write(folder.resolve("script"), List.of(
                "set pagination off", "set confirm off",
                "target remote " + folder.resolve("socket"),
                "info threads", "thread 2", "p $rip != 0", "stepi", "stepi", "thread 1", "stepi",
                "hbreak schedule", "continue", "delete",
                "detach", "quit"));
        try (Machine machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs())
                .accel(Accel.SOFT).cpus(2).build());
                GdbServer server = GdbServer.start(GdbAddress.parse(folder.resolve("socket").toString()), machine.debug())) {
            assertThat(server.command()).endsWith("socket");
            machine.start();
            assertThat(gdb(leave)).contains("detached");
            AgentSession guest = machine.connectAgent(TIMEOUT);
            CountDownLatch begun = new CountDownLatch(1);
            ByteArrayOutputStream said = new ByteArrayOutputStream() {
                @Override
                public synchronized void write(byte[] bytes, int from, int length) {
                    super.write(bytes, from, length);
                    begun.countDown();
                }
            };
            FutureTask<Integer> busy = new FutureTask<>(() -> guest.run(CommandSpec.of("sh", "-c", "sum() { i=0; s=0; "
                    + "while [ $i -lt 50000 ]; do i=$((i + 1)); s=$((s + i)); done; echo $s; }; echo begun; sum & sum & wait"), null, said,
                    System.err));
            Thread worker = new Thread(busy, "busy guest");
            worker.start();
            assertThat(begun.await(300, TimeUnit.SECONDS)).isTrue();
            for (int round = 0; round < 2; round++) {
                assertThat(gdb(script)).containsPattern("Thread 1 \\(CPU 0\\)").containsPattern("Thread 2 \\(CPU 1\\)").contains("$1 = 1")
                        .containsPattern("Breakpoint 1, .*schedule").contains("detached");
            }
            assertThat(busy.get(300, TimeUnit.SECONDS)).isZero();
            assertThat(said.toString(StandardCharsets.UTF_8)).isEqualTo("begun\n1250025000\n1250025000\n");
        }
    }

    @Test
    void aFunctionOfTheKernelIsTraced() throws Exception {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        try (Machine machine = Machine.create(config()); PrintStream out = new PrintStream(lines, true, StandardCharsets.US_ASCII)) {
            machine.trace(TraceFilter.parse("start_kernel,count=50"), out);
            machine.start();
            AgentSession guest = machine.connectAgent(TIMEOUT);
            assertThat(guest.run(CommandSpec.of("true"), null, new ByteArrayOutputStream(), System.err)).isZero();
        }
        List<String> trace = lines.toString(StandardCharsets.US_ASCII).lines().toList();
        assertThat(trace).hasSize(50).allMatch(line -> line.startsWith("0 k ffffffff8") && line.contains(" start_kernel+0x"));
        assertThat(trace.get(0)).contains("start_kernel+0x0/");
    }

    private static boolean gdbIsThere() throws IOException, InterruptedException {
        if (works("gdb", "--version")) {
            return true;
        }
        return works("sh", "-c", "[ $(id -u) = 0 ] && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends gdb")
                && works("gdb", "--version");
    }

    private static boolean works(String... words) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor(300, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            // There is no such program.
            return false;
        }
    }
}
