package org.jvmm.vmm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.vmm.MachineException;
import org.jvmm.vmm.Milestone;
import org.jvmm.vmm.Timings;

class TimingsFileTest {
    @TempDir
    private Path folder;

    @Test
    void everyMilestoneIsThereInMilliseconds() throws IOException {
        Timings timings = new Timings();
        timings.mark(Milestone.JVM_MAIN);
        timings.mark(Milestone.AGENT_READY);
        long first = timings.nanoTime(Milestone.JVM_MAIN);
        timings.mark(Milestone.JVM_MAIN);
        assertThat(timings.nanoTime(Milestone.JVM_MAIN)).isEqualTo(first);
        Path file = folder.resolve("timings.json");
        TimingsFile.write(file, timings, 12345);
        String text = Files.readString(file);
        for (String key : List.of("jvm_main", "machine_built", "first_instruction", "kernel_banner", "init_started", "agent_ready",
                "command_started", "command_exited", "process_exit")) {
            Matcher matcher = Pattern.compile("\"" + key + "\": (null|[0-9]+\\.[0-9]{3})").matcher(text);
            assertThat(matcher.find()).as(key).isTrue();
            assertThat(matcher.group(1).equals("null")).as(key)
                    .isEqualTo(!List.of("jvm_main", "agent_ready", "process_exit").contains(key));
        }
        assertThat(text).contains("\"instructions_retired\": 12345");
    }

    @Test
    void aFileThatCannotBeWrittenIsNamed() {
        Path file = folder.resolve("no/such/file");
        assertThatThrownBy(() -> TimingsFile.write(file, new Timings(), 0)).isInstanceOf(MachineException.class)
                .hasMessageContaining(file.toString());
    }
}
