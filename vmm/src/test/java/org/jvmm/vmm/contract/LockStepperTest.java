package org.jvmm.vmm.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.cpu.SoftHypervisor;
import org.jvmm.device.irqchip.SoftIrqChip;
import org.jvmm.kvm.KvmHypervisor;

/** The search for the first instruction that differs, and, with {@code -Dsnippet=FILE}, that search in a file of one's own on the software CPU and KVM. */
class LockStepperTest {
    /** mov eax, 5; mov ecx, 3; again: add rax, [r11]; mov [r11+8], rax; dec ecx; jnz again; imul rax, rax, 7. */
    private static final String SAMPLE = "b805000000 b903000000 490303 49894308 ffc9 75f5 486bc007";

    private final byte[] data = new byte[4096];

    private static byte[] code(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("#.*|\\s", ""));
    }

    /** The software CPU as another model. */
    private static final ContractMachine.Engine OTHER_MODEL = (memory, cpus, pio, mmio) -> {
        FakeClock clock = new FakeClock();
        SoftIrqChip chip = new SoftIrqChip(clock, cpus);
        chip.attachTo(pio, mmio);
        return new SoftHypervisor(chip, clock.clock(), chip.tscOrigin(), CpuModel.V3, cpus).createVm(memory);
    };

    @Test
    void equalEnginesDoNotDiffer() {
        try (LockStepper stepper = new LockStepper(Engines.SOFT, Engines.SOFT, data)) {
            assertThat(stepper.steps()).isTrue();
            assertThat(stepper.bySteps(code(SAMPLE))).isEmpty();
            assertThat(stepper.byParts(code(SAMPLE))).isEmpty();
        }
    }

    @Test
    void theFirstInstructionThatDiffersIsNamed() {
        // mov ecx, 2; again: mov eax, 1; dec ecx; jnz again; cpuid; inc rbx
        byte[] code = code("b902000000 b801000000 ffc9 75f7 0fa2 48ffc3");
        try (LockStepper stepper = new LockStepper(Engines.SOFT, OTHER_MODEL, data)) {
            for (Optional<LockStepper.Difference> found : List.of(stepper.bySteps(code), stepper.byParts(code))) {
                assertThat(found).isPresent();
                assertThat(found.get().instruction()).isEqualTo("cpuid");
                assertThat(found.get().address()).isEqualTo(ContractMachine.CODE + 14);
                // EAX of leaf 1: the models have signatures of their own.
                assertThat(found.get().what()).isEqualTo("register 0: 0x206c2 and 0x306d4");
            }
        }
    }

    /** Without {@code -Dsnippet} the sample above. Hexadecimal digits; # begins a comment. */
    @Test
    @Tag("kvm")
    void softwareCpuAndKvm() throws IOException {
        assumeTrue(Files.exists(Path.of(KvmHypervisor.DEVICE)), "there is no /dev/kvm");
        String file = System.getProperty("snippet", "");
        byte[] code = code(file.isEmpty() ? SAMPLE : Files.readString(Path.of(file)));
        try (LockStepper stepper = new LockStepper(Engines.SOFT, Engines.KVM, data)) {
            Optional<LockStepper.Difference> found = stepper.firstDifference(code);
            System.out.println("LockStepper: " + (stepper.steps() ? "by steps" : "by growing parts, since KVM cannot step here") + ": "
                    + found.map(Object::toString).orElse("no difference"));
            assertThat(found).isEmpty();
        }
    }
}
