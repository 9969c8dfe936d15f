package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSpec;

/**
 * Debian's programs give in the guest, on the software CPU, what they give on this host's processor: the part of the verification list
 * (benchmarks/verify/guest.sh) that is quick and needs no compiler.
 */
@Tag("guest")
@Timeout(900)
class GuestVerificationTest {
    private static final long TIMEOUT = 300_000_000_000L;
    private static final Path CHECKS = Path.of(System.getProperty("jvmm.top", ".."), "benchmarks/verify");
    /** Code of the C library that a v2 processor would not run. */
    private static final String V2_TUNABLES = "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-BMI1,-BMI2,-LZCNT,-MOVBE,-AVX512F,-AVX512VL,-AVX512BW";

    @TempDir
    private static Path volume;

    private static Path root;
    private static boolean v3;
    private static Machine machine;
    private static AgentSession guest;

    @BeforeAll
    static void boot() throws Exception {
        root = HostTools.debianRoot();
        String features = Files.readString(Path.of("/proc/cpuinfo"));
        v3 = features.contains(" avx2 ") && features.contains(" fma ") && features.contains(" bmi2 ");
        try (Stream<Path> files = Files.list(CHECKS)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, volume.resolve(file.getFileName()));
            }
        }
        assumeTrue(HostTools.run("unshare", "--mount", "true").code() == 0, "only root can run the reference on the host");
        machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs()).memory("512M")
                .accel(Accel.SOFT).cpuModel(v3 ? CpuModel.V3 : CpuModel.V2).rootfs(new RootfsConfig(root, RootfsConfig.Mode.OVERLAY))
                .volume(VolumeConfig.parse(volume + ":/mnt")).build());
        machine.start();
        guest = machine.connectAgent(TIMEOUT);
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "awk", "gzip", "sqlite", "python" })
    void programsGiveTheHostsResults(String check) throws Exception {
        String expected = onTheHost(check);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = guest.run(CommandSpec.of("/mnt/checks.sh", check), null, out, err);
        assertThat(code).as(() -> err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isNotEmpty().isEqualTo(expected);
    }

    private static String onTheHost(String check) throws IOException, InterruptedException {
        String environment = v3 ? "NOTHING=" : V2_TUNABLES;
        Process process = new ProcessBuilder(List.of("unshare", "--mount", "sh", "-c",
                "mount --bind \"$1\" \"$2/mnt\" && exec chroot \"$2\" env \"$3\" /mnt/checks.sh \"$4\"",
                "sh", volume.toString(), root.toString(), environment, check)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s on the host", check).isZero();
        return text;
    }
}
