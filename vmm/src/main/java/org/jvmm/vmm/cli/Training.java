package org.jvmm.vmm.cli;

import java.util.Arrays;
import org.jvmm.vmm.Timings;
import org.jvmm.vmm.host.Artifacts;
import org.jvmm.vmm.host.KvmDevice;

/**
 * What the launcher runs once to make the start-up cache (JEP 514): a start with each engine this host has, for a start with the one must not pay because
 * the cache knows the other alone. Input and output are the lesson's, as of {@code run -i -- sh -s}.
 */
public final class Training {
    private Training() {}

    /**
     * Runs the lesson.
     *
     * @param args none
     */
    public static void main(String[] args) {
        // The first start after a boot of the host finds this out, and is to be quick, too.
        KvmDevice device = KvmDevice.probeAnew();
        if (device == KvmDevice.NATIVE || device == KvmDevice.KERNEL_EMULATED) {
            // One second, wherever the kernel gets in it.
            // Lists as Main's own are: what they are made of belongs in the cache, too.
            Main.execute(
                    Arrays.asList("boot", "--accel=kvm", "--kernel", Artifacts.ofEnvironment().requireKernel().toString(), "--timeout",
                            "1"),
                    new Timings());
        }
        if (device == KvmDevice.NATIVE) {
            Main.execute(Arrays.asList("run", "--accel=kvm", "--", "true"), new Timings());
        }
        int code = Main.execute(Arrays.asList("run", "--accel=soft", "-i", "--", "sh", "-s"), new Timings());
        System.out.flush();
        Runtime.getRuntime().exit(code);
    }
}
