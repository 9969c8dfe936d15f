package org.jvmm.vmm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.vmm.MachineException;
import org.jvmm.vmm.Milestone;
import org.jvmm.vmm.Timings;
import org.jvmm.vmm.host.ProcessStart;

/** Writes {@code --timings}: milliseconds since the process's start by milestone, null where it was not reached, and what the engine counted. */
final class TimingsFile {
    private TimingsFile() {}

    static void write(Path file, Timings timings, VcpuCounters counters) {
        timings.mark(Milestone.PROCESS_EXITED);
        long start = ProcessStart.nanoTime();
        StringBuilder text = new StringBuilder("{\n");
        for (Milestone milestone : Milestone.values()) {
            String key = milestone == Milestone.PROCESS_EXITED ? "process_exit" : milestone.key();
            text.append("  \"").append(key).append("\": ");
            text.append(timings.isReached(milestone) ? millis(timings.nanoTime(milestone) - start) : "null").append(",\n");
        }
        text.append("  \"instructions_retired\": ").append(counters.instructions()).append(",\n  \"counters\": {");
        counters.visit((name, value) -> text.append(text.charAt(text.length() - 1) == '{' ? "\n" : ",\n").append("    \"").append(name)
                .append("\": ").append(value));
        text.append("\n  }\n}\n");
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new MachineException("Cannot write the timings to " + file + ": " + e.getMessage(), e);
        }
    }

    /** Nanoseconds as milliseconds with three digits behind the point. */
    private static String millis(long nanos) {
        long micros = Math.max(0, nanos) / 1000;
        String fraction = Long.toString(1000 + micros % 1000);
        return micros / 1000 + "." + fraction.substring(1);
    }
}
