package org.jvmm.kvm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.kvm.sys.NativeBinding;

/** What the kvm tier knows of this host. */
final class KvmHost {
    private static KvmProbe.RingZero ringZero;

    private KvmHost() {}

    /** Skips the test where there is no KVM. */
    static void assumeUsable() {
        assumeTrue(Files.exists(Path.of(KvmHypervisor.DEVICE)), "there is no /dev/kvm");
    }

    static synchronized KvmProbe.RingZero ringZero() {
        if (ringZero == null) {
            KvmProbe.Answer answer = KvmProbe.ask(NativeBinding::newSyscalls);
            try {
                // Tests count descriptors.
                answer.end().join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            ringZero = answer.ringZero();
        }
        return ringZero;
    }
}
