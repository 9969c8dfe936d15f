package org.jvmm.virtio.fs;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.host.AlignedMemory;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.kvm.sys.BusErrorGuard;
import org.jvmm.kvm.sys.FfmSyscalls;

/** A DAX window at 4 GiB of a guest's memory, guarded as a machine's is. */
final class TestWindow implements AutoCloseable {
    static final long GPA = 4L << 30;

    final List<Long> written = new ArrayList<>();
    final DaxWindow window;
    final MemorySegment memory;
    private final LinuxSyscalls sys = new FfmSyscalls();
    private final AlignedMemory reserved;
    private final BusErrorGuard guard;

    TestWindow(int pieces) {
        reserved = AlignedMemory.reserve(sys, pieces * DaxWindow.PIECE);
        guard = BusErrorGuard.protect(sys, reserved.address(), reserved.size());
        memory = reserved.segment();
        window = new DaxWindow(new GuestRegion(GPA, memory, false), (gpa, length) -> {
            synchronized (written) {
                written.add(gpa - GPA);
                written.add(length);
            }
        }, guard::take);
    }

    @Override
    public void close() {
        guard.close();
        reserved.close(sys);
    }
}
