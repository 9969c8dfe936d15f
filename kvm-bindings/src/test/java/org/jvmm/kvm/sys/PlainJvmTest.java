package org.jvmm.kvm.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.NativeMemory;

/** What is quick by the JDK's internal packages works without them, too. */
class PlainJvmTest {
    /** The same in a JVM that exports the packages, and in one that does not: prints the binding and what came of memory. */
    static final class Program {
        private Program() {}

        /** @param args none */
        public static void main(String[] args) {
            LinuxSyscalls sys = NativeBinding.newSyscalls();
            long page = sys.mmap(0, 4096, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE,
                    LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS, -1, 0);
            NativeMemory.copyIn(new byte[] { 9, 1, 2, 3, 4, 9 }, 1, 4, page + 8);
            ByteBuffer buffer = NativeMemory.buffer(page, 4096);
            byte[] out = new byte[6];
            NativeMemory.copyOut(page + 9, out, 2, 3);
            boolean same = NativeMemory.segment(page, 4096).address() == page && NativeMemory.segment(page, 4096).byteSize() == 4096;
            System.out.println(sys.getClass().getSimpleName() + " " + (sys.getpid() == ProcessHandle.current().pid()) + " "
                    + Integer.toHexString(buffer.getInt(8)) + " " + List.of(out[0], out[2], out[4], out[5]) + " " + same);
        }
    }

    private static String run(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", classPath(), Program.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    /** Where the classes are, also when the launcher of the tests hides its class path. */
    private static String classPath() {
        List<String> places = new ArrayList<>();
        for (Class<?> type : List.of(Program.class, NativeBinding.class, NativeMemory.class)) {
            places.add(type.getProtectionDomain().getCodeSource().getLocation().getPath());
        }
        return String.join(":", places);
    }

    @Test
    void withTheExports() throws Exception {
        assertThat(
                run("--add-exports=java.base/jdk.internal.access=ALL-UNNAMED", "--add-exports=java.base/jdk.internal.foreign=ALL-UNNAMED",
                        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"))
                .isEqualTo("DirectSyscalls true 4030201 [0, 2, 4, 0] true");
    }

    @Test
    void withoutTheExports() throws Exception {
        assertThat(run()).isEqualTo("FfmSyscalls true 4030201 [0, 2, 4, 0] true");
    }
}
