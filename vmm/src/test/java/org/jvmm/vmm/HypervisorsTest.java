package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.bus.Bus;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.vmm.host.KvmDevice;

class HypervisorsTest {
    @ParameterizedTest
    @CsvSource({ "ABSENT, SOFT, there is no /dev/kvm", "NO_PERMISSION, SOFT, this user may not open /dev/kvm",
        "BROKEN, SOFT, /dev/kvm does not make a machine", "KERNEL_EMULATED, SOFT, /dev/kvm emulates the guest's kernel mode",
        "NATIVE, KVM, /dev/kvm runs guests on the processor" })
    void autoIsWhatTheHostCan(KvmDevice device, Accel engine, String why) {
        EngineChoice choice = Hypervisors.choose(Accel.AUTO, () -> device);
        assertThat(choice.accel()).isEqualTo(engine);
        assertThat(choice.why()).isEqualTo(why);
    }

    @Test
    void whatIsForcedIsNotProbed() {
        assertThat(Hypervisors.choose(Accel.SOFT, () -> {
            throw new AssertionError("probed");
        })).isEqualTo(new EngineChoice(Accel.SOFT, "--accel=soft"));
        assertThat(Hypervisors.choose(Accel.KVM, () -> {
            throw new AssertionError("probed");
        })).isEqualTo(new EngineChoice(Accel.KVM, "--accel=kvm"));
    }

    @Test
    void moreCpusThanTheEngineRunsAreRefused() {
        int most = Hypervisors.maxCpus(Accel.SOFT);
        assertThat(Hypervisors.create(Accel.SOFT, most, CpuModel.V2, new FakeClock(), new Bus("pio"), new Bus("mmio")).name())
                .isEqualTo("soft");
        assertThatThrownBy(() -> Hypervisors.create(Accel.SOFT, most + 1, CpuModel.V2, new FakeClock(), new Bus("pio"), new Bus("mmio")))
                .isInstanceOf(MachineException.class).hasMessageContaining("--cpus " + most);
    }
}
