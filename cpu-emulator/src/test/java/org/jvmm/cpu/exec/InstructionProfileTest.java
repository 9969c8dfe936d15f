package org.jvmm.cpu.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.cpu.testing.BareCpu;
import org.jvmm.cpu.testing.MachineState;

/** The profile, in a JVM of its own: its property is read once. */
@Timeout(120)
class InstructionProfileTest {
    private static final int TIMES = 200_000;

    @TempDir
    private Path folder;

    /** Two CPUs, each with a loop. */
    static final class Guest {
        private Guest() {}

        public static void main(String[] args) {
            BareCpu[] cpus = { new BareCpu(), new BareCpu() };
            for (BareCpu cpu : cpus) {
                MachineState in = new MachineState();
                in.rflags = 0x202;
                in.gpr[1] = TIMES;
                // again: add rax, rcx; dec rcx; jnz again
                byte[] code = HexFormat.of().parseHex("4801c848ffc975f8");
                cpu.run(code, code.length, 8, in, new MachineState());
            }
            for (BareCpu cpu : cpus) {
                cpu.engine.end();
            }
        }
    }

    private static String classPath() throws Exception {
        Set<String> places = new LinkedHashSet<>();
        for (Class<?> member : new Class<?>[] { Engine.class, Guest.class, GuestMemory.class, TestMemory.class }) {
            places.add(Path.of(URI.create(member.getProtectionDomain().getCodeSource().getLocation().toString())).toString());
        }
        return String.join(File.pathSeparator, places);
    }

    @Test
    void theTableOfAllCpusIsWrittenWhenTheMachineEnds() throws Exception {
        Path file = folder.resolve("profile.txt");
        Path output = folder.resolve("output.txt");
        Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "--enable-native-access=ALL-UNNAMED",
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-XX:+UseSerialGC", "-Djvmm.cpu.profile=" + file, "-cp", classPath(), Guest.class.getName()).redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        assertThat(process.waitFor()).as(Files.readString(output)).isZero();
        String text = Files.readString(file);
        assertThat(text).startsWith("| class | instructions | of all | of the time |\n|---|---|---|---|\n");
        assertThat(text).containsPattern("\\| add, logic, compare \\| " + 2 * 2 * TIMES + " \\| 66\\.7 % \\| [0-9.]+ % \\|\n")
                .containsPattern("\\| conditional branch \\| " + 2 * TIMES + " \\| 33\\.3 % \\| [0-9.]+ % \\|\n");
        // INT3 and HLT.
        assertThat(text).containsPattern("\\| system \\| 4 \\| 0\\.0 % \\| [0-9.]+ % \\|\n");
    }
}
