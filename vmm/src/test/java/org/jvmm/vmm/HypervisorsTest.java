package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.Bus;
import org.jvmm.core.testing.FakeClock;

class HypervisorsTest {
    @Test
    void autoIsTheSoftwareEngine() {
        assertThat(Hypervisors.choose(Accel.AUTO)).isEqualTo(Accel.SOFT);
        assertThat(Hypervisors.choose(Accel.SOFT)).isEqualTo(Accel.SOFT);
    }

    @Test
    void kvmIsRefusedWithWhatToDo() {
        assertThatThrownBy(() -> Hypervisors.choose(Accel.KVM)).isInstanceOf(MachineException.class).hasMessageContaining("--accel=soft");
    }

    @Test
    void moreCpusThanTheEngineRunsAreRefused() {
        int most = Hypervisors.maxCpus(Accel.SOFT);
        assertThat(Hypervisors.create(Accel.SOFT, most, new FakeClock(), new Bus("pio"), new Bus("mmio")).name()).isEqualTo("soft");
        assertThatThrownBy(() -> Hypervisors.create(Accel.SOFT, most + 1, new FakeClock(), new Bus("pio"), new Bus("mmio")))
                .isInstanceOf(MachineException.class).hasMessageContaining("--cpus " + most);
    }
}
