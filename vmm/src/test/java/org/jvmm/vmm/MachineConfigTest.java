package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.boot.BootProtocol;

class MachineConfigTest {
    private final MachineConfig.Builder builder = MachineConfig.builder().kernel(Path.of("vmlinux"));

    @Test
    void everythingButTheKernelHasADefault() {
        MachineConfig config = builder.build();
        assertThat(config.memoryBytes()).isEqualTo(256L << 20);
        assertThat(config.cpus()).isEqualTo(1);
        assertThat(config.accel()).isEqualTo(Accel.AUTO);
        assertThat(config.protocol()).isEqualTo(BootProtocol.AUTO);
        assertThat(config.initrd()).isNull();
        assertThat(config.console()).isNull();
        assertThat(config.cmdline()).contains("console=ttyS0").contains("reboot=k");
        assertThatThrownBy(() -> MachineConfig.builder().build()).isInstanceOf(MachineException.class).hasMessageContaining("Kernel");
    }

    @ParameterizedTest
    @ValueSource(ints = { Integer.MIN_VALUE, -1, 0, 33, Integer.MAX_VALUE })
    void numbersOfCpusOutOfRangeAreRefused(int cpus) {
        assertThatThrownBy(() -> builder.cpus(cpus).build()).isInstanceOf(MachineException.class)
                .hasMessage("Number of CPUs is " + cpus + ": 1 to 32 are possible");
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 32 })
    void numbersOfCpusInRangeAreTaken(int cpus) {
        assertThat(builder.cpus(cpus).build().cpus()).isEqualTo(cpus);
    }

    @Test
    void theCommandLineGrows() {
        assertThat(builder.cmdline("a").appendCmdline("b").appendCmdline("").appendCmdline(null).appendCmdline("c d").build().cmdline())
                .isEqualTo("a b c d");
    }

    @Test
    void memoryIsWrittenAsUsersDo() {
        assertThat(builder.memory("1G").build().memoryBytes()).isEqualTo(1L << 30);
    }
}
