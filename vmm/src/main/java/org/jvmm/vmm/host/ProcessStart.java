package org.jvmm.vmm.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * When this process began, on the scale of {@link System#nanoTime}. The kernel keeps it in clock ticks of 10 ms (proc_pid_stat(5), field 22), rounded
 * down: times counted from it are at most 10 ms too long. The launcher's exec keeps the process, so its own time counts.
 */
public final class ProcessStart {
    /** USER_HZ of Linux on x86. */
    private static final long NANOS_PER_TICK = 10_000_000L;
    private static final int START_TIME_FIELD = 22;
    /** Suspended time beyond this matters: the kernel counts ticks while suspended, nanoTime does not. */
    private static final long SUSPEND_NANOS = 100_000_000L;

    private ProcessStart() {}

    /** The process's start; the present time when /proc does not tell. */
    public static long nanoTime() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            String uptime = Files.readString(Path.of("/proc/uptime"));
            return nanoTime(stat, uptime, System.nanoTime());
        } catch (IOException e) {
            return System.nanoTime();
        }
    }

    /** From the texts of /proc/self/stat and /proc/uptime. */
    static long nanoTime(String stat, String uptime, long now) {
        // Field 2, the name, may hold spaces and parentheses; what follows the last one is numbers.
        int at = stat.lastIndexOf(')') + 2;
        for (int field = 3; field < START_TIME_FIELD; field++) {
            at = stat.indexOf(' ', at) + 1;
        }
        long start = Long.parseLong(stat, at, stat.indexOf(' ', at), 10) * NANOS_PER_TICK;
        // /proc/uptime counts from boot, suspended time included, in hundredths of a second.
        int point = uptime.indexOf('.');
        long up = Long.parseLong(uptime, 0, point, 10) * 1_000_000_000L
                + Long.parseLong(uptime, point + 1, point + 3, 10) * 10_000_000L;
        long suspended = up - now;
        return Math.abs(suspended) < SUSPEND_NANOS ? start : start - suspended;
    }
}
