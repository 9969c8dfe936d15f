package org.jvmm.vmm;

/** Reads Linux's kernel log on the console for the milestones of a boot and for a panic. */
final class KernelLogWatcher {
    private static final String PANIC = "Kernel panic - not syncing";

    private final Timings timings;
    private String panic;
    private Runnable onPanicEnd = () -> {
    };

    KernelLogWatcher(Timings timings) {
        this.timings = timings;
    }

    /** @param action run when a panicked kernel has said its last words; on the console's thread */
    void onPanicEnd(Runnable action) {
        onPanicEnd = action;
    }

    /** Takes one line of the console. */
    void line(String line) {
        if (line.contains("Linux version ")) {
            timings.mark(Milestone.KERNEL_BANNER);
        } else if (line.contains(" as init process")) {
            timings.mark(Milestone.INIT_STARTED);
        } else if (line.contains(PANIC) && panic() == null) {
            setPanic(line.substring(line.indexOf(PANIC)));
        } else if (panic() != null && (line.contains("Rebooting in ") || line.contains("---[ end " + PANIC))) {
            // Linux kernel/panic.c, vpanic(): the first comes before its wait for panic=N, the second where there is none.
            onPanicEnd.run();
        }
    }

    /** The panic's first line, or null. */
    synchronized String panic() {
        return panic;
    }

    private synchronized void setPanic(String text) {
        panic = text;
    }
}
