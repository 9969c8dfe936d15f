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
import org.jvmm.core.cpu.VcpuCounters;
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
        VcpuCounters counters = new VcpuCounters();
        counters.interpreted = 12000;
        counters.compiled = 345;
        counters.blockLookups = 50;
        counters.blocksDecoded = 8;
        TimingsFile.write(file, timings, counters);
        String text = Files.readString(file);
        for (String key : List.of("jvm_main", "machine_built", "first_instruction", "kernel_banner", "init_started", "agent_ready",
                "command_started", "command_exited", "process_exit")) {
            Matcher matcher = Pattern.compile("\"" + key + "\": (null|[0-9]+\\.[0-9]{3})").matcher(text);
            assertThat(matcher.find()).as(key).isTrue();
            assertThat(matcher.group(1).equals("null")).as(key)
                    .isEqualTo(!List.of("jvm_main", "agent_ready", "process_exit").contains(key));
        }
        assertThat(text).contains("\"instructions_retired\": 12345", "\"counters\": {\n    \"instructions_interpreted\": 12000,\n",
                "\"block_hits\": 42,", "\"cpu_stop_nanos\": 0\n  }\n}\n");
    }

    @Test
    void aFileThatCannotBeWrittenIsNamed() {
        Path file = folder.resolve("no/such/file");
        assertThatThrownBy(() -> TimingsFile.write(file, new Timings(), new VcpuCounters())).isInstanceOf(MachineException.class)
                .hasMessageContaining(file.toString());
    }
}
