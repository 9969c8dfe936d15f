package org.jvmm.vmm.cli;

import java.util.Arrays;
import org.jvmm.vmm.Timings;
import org.jvmm.vmm.host.Artifacts;
import org.jvmm.vmm.host.KvmDevice;

/**
 * What the launcher runs once for each engine to make its start-up cache (JEP 514). Input and output of the software CPU's are the lesson's, as of
 * {@code run -i -- sh -s}.
 */
public final class Training {
    /** Options that many give: a class that the cache lacks costs a start the opening of its jar. */
    private static final String MEMORY = "256M";

    private Training() {}

    /**
     * Runs the lesson.
     *
     * @param args {@code probe} finds out what the host's KVM is, for the launcher's choice; {@code kvm} or {@code soft} is a start with that engine
     */
    public static void main(String[] args) {
        int code = switch (args.length == 1 ? args[0] : "") {
            case "probe" -> {
                KvmDevice.probeAnew();
                yield ExitCode.OK;
            }
            case "kvm" -> withKvm();
            case "soft" -> withSoft();
            default -> throw new IllegalArgumentException("Training: probe, kvm or soft");
        };
        // As Main does not: the cache shall not have what exit needs.
        if (code != ExitCode.OK) {
            Runtime.getRuntime().exit(code);
        }
    }

    private static int withSoft() {
        // The first start after a boot of the host finds this out, and is to be quick, too.
        KvmDevice device = KvmDevice.probeAnew();
        if (device == KvmDevice.NATIVE) {
            return execute("run", "--accel=soft", "--memory", MEMORY, "--cpus", "1", "-i", "--", "sh", "-s");
        }
        // Without a word of the engine, as most will start it.
        return execute("run", "--memory", MEMORY, "--cpus", "1", "-i", "--", "sh", "-s");
    }

    private static int withKvm() {
        KvmDevice device = KvmDevice.probe();
        if (device == KvmDevice.NATIVE) {
            return execute("run", "--accel=kvm", "--memory", MEMORY, "--cpus", "1", "--", "true");
        }
        // One second, wherever the kernel gets in it where its instructions are emulated; that it did not end is no failure of the lesson.
        execute("boot", "--accel=kvm", "--memory", MEMORY, "--cpus", "1", "--kernel", Artifacts.ofEnvironment().requireKernel().toString(),
                "--timeout", "1");
        return ExitCode.OK;
    }

    private static int execute(String... words) {
        // Lists as Main's own are: what they are made of belongs in the cache, too.
        return Main.execute(Arrays.asList(words), new Timings());
    }
}
