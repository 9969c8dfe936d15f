package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KernelLogWatcherTest {
    private final Timings timings = new Timings();
    private final KernelLogWatcher watcher = new KernelLogWatcher(timings);
    private final AtomicInteger ends = new AtomicInteger();

    @BeforeEach
    void count() {
        watcher.onPanicEnd(ends::incrementAndGet);
    }

    @Test
    void milestonesAreMarked() {
        watcher.line("Linux version 6.12.0 (gcc 12) #1 SMP");
        assertThat(timings.isReached(Milestone.KERNEL_BANNER)).isTrue();
        assertThat(timings.isReached(Milestone.INIT_STARTED)).isFalse();
        watcher.line("[    0.701337] Run /init as init process");
        assertThat(timings.isReached(Milestone.INIT_STARTED)).isTrue();
        assertThat(watcher.panic()).isNull();
    }

    @Test
    void aPanicIsSeenAndItsEndWaitedFor() {
        watcher.line("[    0.5] Kernel panic - not syncing: VFS: Unable to mount root fs");
        watcher.line("CPU: 0 UID: 0 PID: 1 Comm: swapper/0");
        assertThat(ends).hasValue(0);
        assertThat(watcher.panic()).isEqualTo("Kernel panic - not syncing: VFS: Unable to mount root fs");
        watcher.line("[    0.5] Rebooting in 1 seconds..");
        assertThat(ends).hasValue(1);
    }

    @Test
    void aPanicThatDoesNotRebootEndsToo() {
        watcher.line("Kernel panic - not syncing: Fatal exception");
        watcher.line("---[ end Kernel panic - not syncing: Fatal exception ]---");
        assertThat(ends).hasValue(1);
    }

    @Test
    void aRestartWithoutPanicIsNone() {
        watcher.line("reboot: Restarting system");
        watcher.line("Rebooting in 5 seconds..");
        assertThat(ends).hasValue(0);
        assertThat(watcher.panic()).isNull();
    }
}
