package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;

@Timeout(60)
class VcpuThreadTest {
    private final List<String> told = new ArrayList<>();
    private volatile boolean running = true;

    private final VcpuThread.Owner owner = new VcpuThread.Owner() {
        @Override
        public boolean running() {
            return running;
        }

        @Override
        public void starting() {
            told.add("starting");
        }

        @Override
        public void shutdown(int cpu, long rip, String detail) {
            told.add("shutdown " + cpu + " " + rip + " " + detail);
            running = false;
        }

        @Override
        public void failed(int cpu, long rip, String detail) {
            told.add("failed " + cpu + " " + rip + " " + detail);
            running = false;
        }

        @Override
        public void broken(int cpu, Throwable cause) {
            told.add("broken " + cpu + " " + cause.getMessage());
        }
    };

    private void run(Supplier<VcpuExit> exits) throws InterruptedException {
        VcpuThread thread = new VcpuThread(new ScriptedVcpu(exits), owner, null, null);
        assertThat(thread.getName()).isEqualTo("fc_vcpu 3");
        thread.start();
        thread.join();
        assertThat(thread.counters().instructions()).isEqualTo(42);
    }

    @Test
    void interruptedCpusGoOnWhileTheMachineRuns() throws InterruptedException {
        int[] count = { 0 };
        run(() -> {
            running = ++count[0] < 5;
            return VcpuExit.Interrupted.INSTANCE;
        });
        assertThat(count[0]).isEqualTo(5);
        assertThat(told).containsExactly("starting");
    }

    @Test
    void endsAreTold() throws InterruptedException {
        run(() -> new VcpuExit.Shutdown(16, "why"));
        assertThat(told).containsExactly("starting", "shutdown 3 16 why");
    }

    @Test
    void failuresAreTold() throws InterruptedException {
        run(() -> new VcpuExit.Failed(16, "0f 0b"));
        assertThat(told).containsExactly("starting", "failed 3 16 0f 0b");
    }

    @Test
    void mistakesAreTold() throws InterruptedException {
        run(() -> {
            throw new IllegalStateException("oops");
        });
        assertThat(told).containsExactly("starting", "broken 3 oops");
    }

    private record ScriptedVcpu(Supplier<VcpuExit> exits) implements Vcpu {
        @Override
        public int id() {
            return 3;
        }

        @Override
        public VcpuExit run() {
            return exits.get();
        }

        @Override
        public void kick() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void getRegs(X86Regs out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setRegs(X86Regs in) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void getSregs(X86Sregs out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setSregs(X86Sregs in) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long getMsr(int index) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setMsr(int index, long value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void getFpu(byte[] fxsave) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setFpu(byte[] fxsave) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long instructionsRetired() {
            return 42;
        }
    }
}
