package org.jvmm.vmm.cli;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jvmm.kvm.sys.NativeBinding;

/**
 * Does on a second thread, from the first moment on, what every start needs soon and what takes a new JVM long: the link to the system calls (some 25 ms)
 * and the catching of signals (some 8 ms). Whoever needs one of them before it is there waits for it, by the JVM's own lock on the class.
 */
final class HeadStart {
    private HeadStart() {}

    static void begin() {
        // A class of its own: a lambda would cost the main thread what this is to save.
        Thread helper = new Helper();
        helper.setDaemon(true);
        helper.start();
        // Meanwhile, here: the first access to memory by a layout (some 5 ms).
        MemorySegment.ofArray(new byte[Long.BYTES]).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    private static final class Helper extends Thread {
        private Helper() {
            super("head start");
        }

        @Override
        public void run() {
            try {
                NativeBinding.newSyscalls();
                HostSignals.prepare();
            } catch (RuntimeException | LinkageError e) {
                // The start itself meets the same error and tells it; here nobody asked yet.
                return;
            }
        }
    }
}
