package org.jvmm.vmm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.vmm.GuestArtifacts;
import org.jvmm.vmm.host.KvmDevice;

/** Guests that end badly, in a process of their own: one clear line, exit code 125, and nothing left behind. Most are a few bytes of machine code. */
@Tag("guest")
@Timeout(120)
class BadGuestTest {
    @TempDir
    private Path folder;
    private Path kernels;
    private Path work;
    private Process process;

    @BeforeEach
    void makeFolders() throws IOException {
        kernels = Files.createDirectory(folder.resolve("kernels"));
        work = Files.createDirectory(folder.resolve("work"));
    }

    /** Starts the program; it may leave files in no other place than {@link #work}, where they are seen. */
    private void start(String... words) throws IOException {
        startWith(List.of(ClassPath.options()), words);
    }

    private void startWith(List<String> options, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-Djava.io.tmpdir=" + work, "-cp", ClassPath.text(), "org.jvmm.vmm.cli.Main"));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
        builder.environment().put("TMPDIR", work.toString());
        builder.environment().put("XDG_RUNTIME_DIR", work.toString());
        process = builder.start();
    }

    /** What it wrote to standard error, once it has ended with this code and nothing is left of it. */
    private List<String> ended(int code) throws IOException, InterruptedException {
        List<ProcessHandle> children = process.descendants().toList();
        List<String> errors = process.errorReader(StandardCharsets.UTF_8).lines().toList();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(errors.toString()).isEqualTo(code);
        assertThat(children).noneMatch(ProcessHandle::isAlive);
        try (Stream<Path> left = Files.list(work)) {
            assertThat(left).isEmpty();
        }
        return errors;
    }

    private void boot(Path kernel, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of("boot", "--accel=soft", "--memory=16M", "--kernel", kernel.toString()));
        words.addAll(List.of(more));
        start(words.toArray(new String[0]));
    }

    private void run(Path kernel, String... more) throws IOException {
        List<String> words = new ArrayList<>(
                List.of("run", "--accel=soft", "--memory=16M", "--kernel", kernel.toString(), "--initrd", kernel.toString()));
        words.addAll(List.of(more));
        words.addAll(List.of("--", "true"));
        start(words.toArray(new String[0]));
    }

    @Test
    void aJvmWithoutTheSoftwareCpusOptionIsToldWhich() throws Exception {
        startWith(List.of(), "boot", "--accel=soft", "--memory=16M", "--kernel", Payload.TRIPLE_FAULT.write(kernels).toString());
        assertThat(ended(125)).containsExactly(
                "jvmm: the software CPU needs the JVM's option --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
    }

    @Test
    void withKvmSuchAJvmIsToldLikewise() throws Exception {
        assumeKvm();
        startWith(List.of(), "boot", "--accel=kvm", "--memory=16M", "--kernel", Payload.TRIPLE_FAULT.write(kernels).toString());
        assertThat(ended(125)).containsExactly(
                "jvmm: The command line needs the JVM's option --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
    }

    private static void assumeKvm() {
        KvmDevice kvm = KvmDevice.probe();
        assumeTrue(kvm == KvmDevice.NATIVE || kvm == KvmDevice.KERNEL_EMULATED, kvm.description());
    }

    @Test
    void tripleFaultSaysWhere() throws Exception {
        Path kernel = Payload.TRIPLE_FAULT.write(kernels);
        boot(kernel);
        assertThat(ended(125)).singleElement().asString().startsWith("jvmm: Guest CPU 0 shut down (triple fault) at 0x100000");
        run(kernel);
        assertThat(ended(125)).singleElement().asString().startsWith("jvmm: Guest CPU 0 shut down (triple fault) at 0x100000");
    }

    @Test
    void panicPrintsTheConsolesLastLines() throws Exception {
        Path kernel = Payload.printer(kernels, "first words\nKernel panic - not syncing: no sense\nlast words\n"
                + "---[ end Kernel panic - not syncing: no sense ]---\n");
        run(kernel);
        assertThat(ended(125)).first().isEqualTo("jvmm: Guest kernel panicked: Kernel panic - not syncing: no sense");
        run(kernel);
        assertThat(ended(125)).contains("  first words", "  last words");
        // There the console is on the terminal already.
        boot(kernel);
        String console = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(ended(125)).containsExactly("jvmm: Guest kernel panicked: Kernel panic - not syncing: no sense");
        assertThat(console).contains("first words\n", "last words\n");
    }

    @ParameterizedTest
    @EnumSource(value = Payload.class, names = { "SLEEP", "SPIN" })
    void agentThatNeverAnswers(Payload payload) throws Exception {
        run(payload.write(kernels), "--timeout=1");
        assertThat(ended(125)).singleElement().asString().startsWith("jvmm: The guest's agent did not answer in time; --timeout");
    }

    @ParameterizedTest
    @EnumSource(value = Payload.class, names = { "SLEEP", "SPIN" })
    void guestThatNeverEnds(Payload payload) throws Exception {
        boot(payload.write(kernels), "--timeout=1");
        assertThat(ended(125)).containsExactly("jvmm: The guest still ran after 1 seconds");
    }

    @Test
    void guestThatEndsBeforeTheCommand() throws Exception {
        Path kernel = Payload.RESET.write(kernels);
        run(kernel);
        assertThat(ended(125)).first().isEqualTo("jvmm: Guest ended before its command did");
        boot(kernel);
        assertThat(ended(0)).isEmpty();
    }

    @Test
    void oneOfFourCpusEndsThemAll() throws Exception {
        boot(Payload.TRIPLE_FAULT.write(kernels), "--cpus=4");
        assertThat(ended(125)).singleElement().asString().startsWith("jvmm: Guest CPU 0 shut down (triple fault) at 0x100000");
        boot(Payload.RESET.write(kernels), "--cpus=4");
        assertThat(ended(0)).isEmpty();
        boot(Payload.SPIN.write(kernels), "--cpus=4", "--timeout=1");
        assertThat(ended(125)).containsExactly("jvmm: The guest still ran after 1 seconds");
    }

    @Test
    void readerOfTheConsoleGoesAway() throws Exception {
        boot(Payload.YES.write(kernels));
        try (BufferedReader reader = process.inputReader()) {
            assertThat(reader.readLine()).isEqualTo("y");
        }
        assertThat(ended(125)).containsExactly("jvmm: Nobody reads standard output any more");
    }

    @Test
    void readerOfTheCommandsOutputGoesAway() throws Exception {
        start("run", "--accel=soft", "--kernel", GuestArtifacts.vmlinux().toString(), "--initrd", GuestArtifacts.initramfs().toString(),
                "--", "yes");
        try (BufferedReader reader = process.inputReader()) {
            assertThat(reader.readLine()).isEqualTo("y");
        }
        assertThat(ended(125)).containsExactly("jvmm: Nobody reads standard output any more");
    }

    @Test
    void kernelWithoutItsInitrdPanics() throws Exception {
        start("run", "--accel=soft", "--memory=64M", "--kernel", GuestArtifacts.vmlinux().toString(), "--initrd",
                Payload.RESET.write(kernels).toString(), "--", "true");
        List<String> errors = ended(125);
        assertThat(errors).first().asString().startsWith("jvmm: Guest kernel panicked: Kernel panic - not syncing: ");
        assertThat(errors).hasSizeGreaterThan(3);
    }

    /** Also what the disk was locked by: the next machine gets it. While the first lives, it does not. */
    @ParameterizedTest
    @ValueSource(strings = { "soft", "kvm" })
    void killedProcessLeavesNothing(String engine) throws Exception {
        if (engine.equals("kvm")) {
            assumeKvm();
        }
        Path kernel = Payload.printer(kernels, "here\n");
        Path disk = Files.write(kernels.resolve("disk"), new byte[1 << 16]);
        String[] words = { "boot", "--accel=" + engine, "--memory=16M", "--kernel", kernel.toString(), "--disk", disk.toString(), "--disk",
            kernel + ",overlay=tmp" };
        start(words);
        Process first = process;
        assertThat(first.inputReader().readLine()).isEqualTo("here");
        start(words);
        assertThat(ended(125)).containsExactly("jvmm: Cannot use disk " + disk + ": another program has it in use");
        List<ProcessHandle> children = first.descendants().toList();
        // SIGKILL: nothing of the program's own runs after it.
        first.destroyForcibly().waitFor();
        assertThat(children).noneMatch(ProcessHandle::isAlive);
        try (Stream<Path> left = Files.list(work)) {
            assertThat(left).isEmpty();
        }
        start(words);
        assertThat(process.inputReader().readLine()).isEqualTo("here");
        process.destroyForcibly().waitFor();
    }
}
