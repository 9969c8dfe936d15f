package org.jvmm.vmm.debug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.boot.KernelSymbols;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.core.cpu.DebuggableVcpu;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.cpu.SoftHypervisor;
import org.jvmm.device.irqchip.SoftIrqChip;
import org.jvmm.vmm.MachineException;

class TracerTest {
    private final ContractMachine machine = new ContractMachine((memory, cpus, pio, mmio) -> {
        FakeClock clock = new FakeClock();
        SoftIrqChip chip = new SoftIrqChip(clock, cpus);
        chip.attachTo(pio, mmio);
        return new SoftHypervisor(chip, clock.clock(), chip.tscOrigin()).createVm(memory);
    }, 1);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @AfterEach
    void close() {
        machine.close();
    }

    /** Two additions, a loop of three rounds, and the end. */
    private List<String> trace(String filter) {
        X86Regs regs = machine.longMode(HexFormat.of().parseHex("4883c005b903000000ffc975fc" + "e6f0ebfe"));
        machine.vcpu().setRegs(regs);
        TraceFilter parsed = TraceFilter.parse(filter);
        PrintStream lines = new PrintStream(out, true, StandardCharsets.US_ASCII);
        Tracer tracer = new Tracer((DebuggableVcpu) machine.vcpu(), machine.memory,
                KernelSymbols.of(Path.of("/nonexistent"), NativeBinding::newSyscalls), parsed,
                new AtomicLong(parsed.count()), lines);
        assertThat(tracer.run()).isInstanceOf(VcpuExit.Interrupted.class);
        return out.toString(StandardCharsets.US_ASCII).lines().toList();
    }

    @Test
    void everyInstructionWithWhatItChanged() {
        List<String> lines = trace("");
        assertThat(lines.get(0)).startsWith("0 k 0000000000010000: 4883c005 ").contains(" add rax, ").contains(" rax=5");
        assertThat(lines.get(1)).contains(" rcx=3");
        assertThat(lines).filteredOn(line -> line.contains("0000000000010009:")).hasSize(3).last().asString().contains(" rcx=0",
                " rflags=");
        assertThat(lines).filteredOn(line -> line.contains(" jne ")).hasSize(3).allMatch(line -> line.endsWith("jne 0x10009"));
    }

    @Test
    void aRangeAlone() {
        assertThat(trace("10009-1000b")).hasSize(3).allMatch(line -> line.contains(" dec ecx"));
    }

    @Test
    void noMoreThanWanted() {
        assertThat(trace("count=2")).hasSize(2);
    }

    @Test
    void privilegeThatIsNotThere() {
        assertThat(trace("user")).isEmpty();
    }

    @Test
    void filtersAreRead() {
        assertThat(TraceFilter.parse("do_sys_open,kernel,count=7,file=/tmp/x"))
                .isEqualTo(new TraceFilter("do_sys_open", 0, 0, false, true, 7, Path.of("/tmp/x")));
        assertThat(TraceFilter.parse("0xffffffff81000000-ffffffff82000000").covers(0xFFFF_FFFF_8100_0000L)).isTrue();
        assertThatThrownBy(() -> TraceFilter.parse("nosuch").resolve(KernelSymbols.of(Path.of("/nonexistent"), NativeBinding::newSyscalls)))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("nosuch");
    }

    @ParameterizedTest
    @ValueSource(strings = { "10-", "x-y", "20-10", "10-10", "count=", "count=0", "count=x", "file=", "user,kernel", "a,,b", "what=1" })
    void mistakesAreNamed(String filter) {
        assertThatThrownBy(() -> TraceFilter.parse(filter)).isInstanceOf(MachineException.class).hasMessageContaining("Trace filter");
    }
}
