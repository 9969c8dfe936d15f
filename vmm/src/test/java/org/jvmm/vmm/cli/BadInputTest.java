package org.jvmm.vmm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.vmm.Timings;

/** Input that cannot work: one line on standard error, exit code 125. */
class BadInputTest {
    private final PrintStream realErr = System.err;
    private final PrintStream realOut = System.out;
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir
    private Path folder;
    private Path elf;

    @BeforeEach
    void capture() throws IOException {
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        elf = folder.resolve("vmlinux");
        writeElf(elf, 0x100000, 0x1000);
    }

    @AfterEach
    void giveBack() {
        System.setErr(realErr);
        System.setOut(realOut);
    }

    /** Neither guest RAM nor threads of a machine outlive what failed. */
    @AfterEach
    void nothingIsLeft() throws IOException, InterruptedException {
        try (java.util.stream.Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                // The listing's own descriptor is gone already.
                String target = Files.isSymbolicLink(descriptor) ? Files.readSymbolicLink(descriptor).toString() : "";
                assertThat(target).doesNotContain("memfd:");
            }
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("fc_vcpu") || thread.getName().equals("devices") || thread.getName().equals("timers")) {
                // It was told to end; this waits for no more than the telling to take effect.
                thread.join(10_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    /** The least that the loader takes for an x86-64 kernel: one segment, entered at its start. */
    private static void writeElf(Path path, long physical, long memorySize) throws IOException {
        java.nio.ByteBuffer file = java.nio.ByteBuffer.allocate(0x1100).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] { 0x7F, 'E', 'L', 'F', 2, 1, 1 }).position(16);
        file.putShort((short) 2).putShort((short) 62).putInt(1).putLong(physical).putLong(64).putLong(0).putInt(0);
        file.putShort((short) 64).putShort((short) 56).putShort((short) 1);
        file.position(64);
        file.putInt(1).putInt(5).putLong(0x1000).putLong(physical).putLong(physical).putLong(0x100).putLong(memorySize).putLong(0x1000);
        Files.write(path, file.array());
    }

    private String fails(String... words) {
        assertThat(Main.execute(List.of(words), new Timings())).isEqualTo(125);
        String text = err.toString(StandardCharsets.UTF_8);
        assertThat(text).startsWith("jvmm: ").endsWith("\n");
        assertThat(text.strip().lines()).as(text).hasSize(1);
        assertThat(text).doesNotContain("mistake of jvmm").doesNotContain("Exception");
        assertThat(out.size()).isZero();
        return text;
    }

    private String boot(String... options) {
        List<String> words = new ArrayList<>(List.of("boot", "--kernel", elf.toString()));
        words.addAll(List.of(options));
        return fails(words.toArray(new String[0]));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = { "none.img | there is no such file", " . | neither a file nor a block device",
        "a.img,rw | is unknown",
        ",ro | without a file", "a.img,ro,overlay=tmp | both read-only", "a.img,overlay= | is unknown",
        "a.img,aio=x | is unknown", "q.img,ro,aio=io_uring | damaged", "a.img,overlay=tmp,aio=io_uring | raw images",
        "a.img,overlay=vmlinux | another kind of file",
        "q.img | only read here", "q.img,ro | damaged" })
    void disks(String disk, String reason) throws IOException {
        Files.write(folder.resolve("a.img"), new byte[4096]);
        byte[] qcow2 = new byte[4096];
        java.nio.ByteBuffer.wrap(qcow2).putInt(0x514649FB).putInt(3);
        Files.write(folder.resolve("q.img"), qcow2);
        String path = disk.startsWith(",") ? disk : folder + "/" + disk.replace("overlay=v", "overlay=" + folder + "/v");
        assertThat(boot("--disk", path)).contains(reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = { "none.img | there is no such file", " . | it is a directory", "odd.img | multiple of 2 MiB",
        "odd.img,rw | FILE[,ro] is meant", ",ro | FILE[,ro] is meant" })
    void persistentMemory(String pmem, String reason) throws IOException {
        Files.write(folder.resolve("odd.img"), new byte[4096]);
        assertThat(boot("--pmem", pmem.startsWith(",") ? pmem : folder + "/" + pmem)).contains(reason);
    }

    @Test
    void consoleDevice() {
        assertThat(boot("--console-device", folder.toString())).contains("Cannot write the console device to ");
    }

    @Test
    void vsockSocket() throws IOException {
        assertThat(boot("--vsock-uds", elf.toString())).contains("exists already");
        err.reset();
        assertThat(boot("--vsock-uds", folder.resolve("x".repeat(120)).toString())).contains("longer than 107 bytes");
        err.reset();
        assertThat(boot("--vsock-uds", folder.resolve("no/such.sock").toString())).contains("Cannot listen on ");
        assertThat(folder).isDirectoryContaining(f -> f.equals(elf)).isDirectoryNotContaining(f -> f.toString().endsWith(".sock"));
    }

    @ParameterizedTest
    @CsvSource({ "0, out of range", "-1, 256M", "1, out of range", "4097K, multiple of 4096", "256000001, multiple of 4096",
        "2T, out of range",
        "900G, more than the host has", "lots, 256M", "99999999999999999999, out of range" })
    void memory(String size, String reason) {
        assertThat(boot("--memory=" + size)).contains(reason);
    }

    @ParameterizedTest
    @CsvSource({ "0, out of range", "33, out of range", "-1, out of range", "two, not a number" })
    void cpus(String count, String reason) {
        assertThat(boot("--cpus=" + count)).contains(reason);
    }

    @Test
    void engines() {
        assertThat(boot("--accel", "xen")).contains("auto, soft and kvm");
    }

    @Test
    void networks() throws IOException {
        assertThat(boot("--net", "bridge")).contains("tap=NAME");
        err.reset();
        assertThat(boot("--net", "tap=jvmm-none0")).contains("ip tuntap add dev jvmm-none0 mode tap");
        err.reset();
        assertThat(boot("--net", "passt=" + folder.resolve("none.sock"))).contains("Cannot connect to passt").contains("passt --socket");
        err.reset();
        assertThat(boot("-p", "80")).contains("[HOSTIP:]HOST:GUEST");
        err.reset();
        assertThat(boot("--net", "none", "-p", "8080:80")).contains("--net user");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            err.reset();
            assertThat(boot("-p", "127.0.0.1:" + taken.getLocalPort() + ":80"))
                    .contains("Cannot listen on port 127.0.0.1:" + taken.getLocalPort())
                    .contains("Address already in use");
        }
    }

    @Test
    void unknownWords() {
        assertThat(fails("run", "--nosuch", "--", "x")).contains("--nosuch");
        err.reset();
        assertThat(fails("fly")).contains("fly");
        err.reset();
        assertThat(fails("run")).contains("Command to run is missing");
        err.reset();
        assertThat(fails("boot")).contains("--kernel");
        err.reset();
        assertThat(boot("--protocol", "multiboot")).contains("pvh");
        err.reset();
        assertThat(boot("--timeout", "soon")).contains("not a number");
    }

    @Test
    void kernelMissing() {
        assertThat(fails("boot", "--kernel", folder.resolve("none").toString())).contains("none");
    }

    @Test
    void kernelADirectory() {
        assertThat(fails("boot", "--kernel", folder.toString())).contains("directory");
    }

    @Test
    void kernelOfNoKnownFormat() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "This is not a kernel. ".repeat(500));
        assertThat(fails("boot", "--kernel", text.toString())).contains("text");
    }

    @Test
    void kernelEmpty() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty"));
        assertThat(fails("boot", "--kernel", empty.toString())).contains("empty");
    }

    @Test
    void kernelTruncated() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(elf.toFile(), "rw")) {
            file.setLength(0x1080);
        }
        assertThat(boot()).contains("truncated");
    }

    @Test
    void bzImageTruncated() throws IOException {
        java.nio.ByteBuffer file = java.nio.ByteBuffer.allocate(4096).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        // Boot protocol 2.15 (Linux Documentation/arch/x86/boot.rst): one setup sector, 1 MiB of kernel that is not there.
        file.put(0x1F1, (byte) 1).putInt(0x1F4, 65536).putShort(0x1FE, (short) 0xAA55).put(0x201, (byte) 0x6A).putInt(0x202, 0x53726448);
        file.putShort(0x206, (short) 0x20F).put(0x211, (byte) 1).putInt(0x230, 0x20_0000).putShort(0x236, (short) 1);
        file.putLong(0x258, 0x100_0000);
        Path image = Files.write(folder.resolve("bzImage"), file.array());
        assertThat(fails("boot", "--kernel", image.toString())).contains("truncated").contains("the file has 4096");
    }

    @Test
    void kernelAPipe() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        assertThat(fails("boot", "--kernel", pipe.toString())).contains("not a regular file");
    }

    @Test
    void initrdADirectory() {
        assertThat(boot("--initrd", folder.toString())).contains("Initrd").contains("directory");
    }

    @Test
    void kernelLargerThanMemory() throws IOException {
        writeElf(elf, 0x100000, 1L << 30);
        assertThat(boot("--memory", "64M")).contains("larger than the guest's memory");
    }

    @Test
    void initrd() throws IOException {
        assertThat(boot("--initrd", folder.resolve("none").toString())).contains("none");
        err.reset();
        Path huge = folder.resolve("huge");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(100L << 20);
        }
        assertThat(boot("--memory", "64M", "--initrd", huge.toString())).contains("huge");
    }

    @Test
    void commandLine() {
        assertThat(boot("--cmdline-append", "x".repeat(2100))).contains("characters");
        err.reset();
        assertThat(boot("--cmdline-append", "a\0b")).contains("0x0");
    }

    @Test
    void commandOfTheGuest() {
        String[] kernel = { "run", "--kernel", elf.toString(), "--initrd", elf.toString() };
        String[][] lines = { { "-w", "relative", "x" }, { "-u", "", "x" }, { "-e", "=x", "x" }, { "--hostname", "h".repeat(65), "x" } };
        for (String[] line : lines) {
            List<String> words = new ArrayList<>(List.of(kernel));
            words.addAll(List.of(line));
            err.reset();
            fails(words.toArray(new String[0]));
        }
    }

    @Test
    void consoleThatCannotBeWritten() {
        assertThat(boot("--console", folder.resolve("no/such/place").toString())).contains("console");
    }

    @Test
    void debugShowsTheTrace() {
        assertThat(Main.execute(List.of("boot", "--debug", "--kernel", "/none"), new Timings())).isEqualTo(125);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("\tat org.jvmm.");
    }

    @Test
    void helpAndVersionAreNoMistakes() {
        assertThat(Main.execute(List.of("--help"), new Timings())).isZero();
        assertThat(Main.execute(List.of("run", "--help"), new Timings())).isZero();
        assertThat(Main.execute(List.of("version"), new Timings())).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("Usage: jvmm run").contains("jvmm 0.1.0");
        assertThat(err.size()).isZero();
    }

    @Test
    void doctorSaysWhatThereIs() {
        assertThat(Main.execute(List.of("doctor", "--json"), new Timings())).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("{\n").endsWith("}\n").contains("\"engine\": \"")
                .contains("\"kvm\": \"").contains("\"kvm_access\": \"")
                .contains("\"kernel\": \"").contains("\"to_do\": \"");
    }

    @Test
    void directoriesOfTheHost() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Path initrd = Files.writeString(folder.resolve("initrd"), "");
        String[] run = { "run", "--kernel", elf.toString(), "--initrd", initrd.toString() };
        assertThat(failsWith(run, "--volume", folder.resolve("none") + ":/v", "--", "x")).contains("none does not exist");
        assertThat(failsWith(run, "--volume", file + ":/v", "--", "x")).contains("is not a directory");
        assertThat(failsWith(run, "--volume", folder + ":v", "--", "x")).contains("is not an absolute path");
        assertThat(failsWith(run, "--volume", folder.toString(), "--", "x")).contains("is not HOSTDIR:GUESTDIR");
        assertThat(failsWith(run, "--volume", "/proc:/v", "--", "x")).contains("cannot be opened: EACCES");
        assertThat(failsWith(run, "--rootfs", folder.resolve("none").toString(), "--", "x")).contains("Root file system")
                .contains("does not exist");
        assertThat(failsWith(run, "--rootfs", file.toString(), "--", "x")).contains("neither a directory nor an image");
    }

    private String failsWith(String[] first, String... more) {
        err.reset();
        List<String> words = new ArrayList<>(List.of(first));
        words.addAll(List.of(more));
        return fails(words.toArray(new String[0]));
    }
}
