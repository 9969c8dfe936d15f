package org.jvmm.vmm.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jvmm.core.cpu.X86Regs.RAX;
import static org.jvmm.core.cpu.X86Regs.RBX;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.cpu.DirtyTracking;
import org.jvmm.core.cpu.SavableVcpu;
import org.jvmm.core.cpu.SavableVm;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.VcpuState;
import org.jvmm.core.cpu.VmState;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.cpu.SoftHypervisor;
import org.jvmm.device.irqchip.SoftIrqChip;

/** What of the software engine's state the contract suite does not reach: YMM, timers, NMIs, halts, and the dirty log of a CPU that runs. */
@Timeout(60)
class SoftStateTest {
    private static final int TSC = 0x10;
    private static final int TSC_ADJUST = 0x3B;
    private static final int DEADLINE = 0x6E0;
    private static final int VECTOR = 0x41;
    /** inc rbx; mov dword ptr [0xFEE000B0], 0 (EOI); iretq. */
    private static final byte[] HANDLER = hex("48ffc367c70425b000e0fe0000000048cf");
    /** sti; hlt; out 0xF0, al; jmp $. */
    private static final byte[] WAIT = hex("fbf4e6f0ebfe");

    private FakeClock clock;
    private ContractMachine machine;

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private ContractMachine machine(CpuModel model) {
        clock = new FakeClock();
        machine = new ContractMachine((memory, cpus, pio, mmio) -> {
            SoftIrqChip chip = new SoftIrqChip(clock, cpus);
            chip.attachTo(pio, mmio);
            return new SoftHypervisor(chip, clock.clock(), chip.tscOrigin(), model, cpus).createVm(memory);
        }, 1);
        return machine;
    }

    @AfterEach
    void close() {
        if (machine != null) {
            machine.close();
        }
    }

    private VcpuState save() {
        VcpuState state = new VcpuState();
        ((SavableVcpu) machine.vcpu()).saveState(state);
        return state;
    }

    /** Moves the machine as it is into a fresh one, whose clock reads something else. */
    private void move(CpuModel model) {
        VcpuState cpu = save();
        VmState vm = new VmState();
        ((SavableVm) machine.vm).saveState(vm);
        byte[] ram = new byte[ContractMachine.MEMORY];
        machine.memory.read(0, ram, 0, ram.length);
        machine.close();
        machine(model);
        clock.advance(77_000_000);
        machine.memory.write(0, ram);
        ((SavableVm) machine.vm).restoreState(vm);
        ((SavableVcpu) machine.vcpu()).restoreState(cpu);
    }

    private void apic(int register, int value) {
        // mov dword ptr [0xFEE00000 + register], value; out 0xF0, al; jmp $
        byte[] code = hex("67c704250000e0fe00000000e6f0ebfe");
        code[4] = (byte) register;
        code[5] = (byte) (register >> 8);
        for (int i = 0; i < 4; i++) {
            code[8 + i] = (byte) (value >> 8 * i);
        }
        machine.finish(machine.longMode(code));
    }

    private long apicRead(int register) {
        // mov eax, [0xFEE00000 + register]; out 0xF0, al; jmp $
        byte[] code = hex("678b04250000e0fee6f0ebfe");
        code[4] = (byte) register;
        code[5] = (byte) (register >> 8);
        return machine.finish(machine.longMode(code)).gpr[RAX];
    }

    @Test
    void ymmRegistersAndXcr0Travel() {
        machine(CpuModel.V3);
        // vmovdqu [0x30040], ymm3; out 0xF0, al; jmp $
        X86Regs start = machine.longMode(hex("c5fe7f1c2540000300e6f0ebfe"));
        VcpuState state = save();
        assertThat(state.xsave).hasSize(832);
        state.xcr0 = 7;
        state.sregs.cr4 |= 0x40000;
        state.regs.rip = start.rip;
        state.xsave[512] = 7;
        for (int i = 0; i < 16; i++) {
            state.xsave[160 + 3 * 16 + i] = (byte) (1 + i);
            state.xsave[576 + 3 * 16 + i] = (byte) (101 + i);
        }
        ((SavableVcpu) machine.vcpu()).restoreState(state);
        move(CpuModel.V3);
        machine.resume();
        for (int i = 0; i < 16; i++) {
            assertThat(machine.memory.read8(ContractMachine.DATA + 0x40 + i)).isEqualTo(1 + i);
            assertThat(machine.memory.read8(ContractMachine.DATA + 0x50 + i)).isEqualTo(101 + i);
        }
        assertThat(save().xcr0).isEqualTo(7);
    }

    @Test
    void aModelWithoutAvxRefusesItsState() {
        machine(CpuModel.V2);
        VcpuState state = save();
        state.xcr0 = 7;
        assertThatThrownBy(() -> ((SavableVcpu) machine.vcpu()).restoreState(state)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("XCR0 0x7");
    }

    @Test
    void anUnknownMsrWithAValueIsRefusedByName() {
        machine(CpuModel.V2);
        VcpuState state = save();
        state.msrIndices = new int[] { 0x4B56_4D00, 0x4B56_4D01 };
        state.msrValues = new long[] { 0, 0x1001 };
        assertThatThrownBy(() -> ((SavableVcpu) machine.vcpu()).restoreState(state)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0x4b564d01");
    }

    @Test
    void thePeriodicTimerGoesOnWhereItWas() {
        machine(CpuModel.V2);
        machine.handler(VECTOR, HANDLER);
        apic(0xF0, 0x1FF);
        apic(0x3E0, 0xB);
        apic(0x320, 0x20000 | VECTOR);
        // 40 ns a count: 4 ms.
        apic(0x380, 100_000);
        clock.advance(1_000_000);
        assertThat(apicRead(0x390)).isEqualTo(75_000);
        move(CpuModel.V2);
        assertThat(apicRead(0x390)).isEqualTo(75_000);
        clock.advance(2_999_999);
        assertThat(apicRead(0x200 + (VECTOR >> 5) * 16)).isZero();
        clock.advance(1);
        assertThat(apicRead(0x200 + (VECTOR >> 5) * 16)).isEqualTo(1L << (VECTOR & 31));
        assertThat(machine.finish(machine.longMode(WAIT)).gpr[RBX]).isEqualTo(1);
        clock.advance(4_000_000);
        assertThat(machine.finish(machine.longMode(WAIT)).gpr[RBX]).isEqualTo(1);
    }

    @Test
    void theDeadlineFollowsTheCounter() {
        machine(CpuModel.V2);
        machine.handler(VECTOR, HANDLER);
        apic(0xF0, 0x1FF);
        apic(0x320, 0x40000 | VECTOR);
        long now = machine.vcpu().getMsr(TSC);
        // The guest moves its counter, which moves the adjustment as well (SDM vol. 3 §17.17.3).
        machine.vcpu().setMsr(TSC, now + 5_000_000_000L);
        assertThat(machine.vcpu().getMsr(TSC_ADJUST)).isEqualTo(5_000_000_000L);
        machine.vcpu().setMsr(DEADLINE, now + 5_000_000_000L + 1000);
        move(CpuModel.V2);
        assertThat(machine.vcpu().getMsr(TSC)).isEqualTo(now + 5_000_000_000L);
        assertThat(machine.vcpu().getMsr(TSC_ADJUST)).isEqualTo(5_000_000_000L);
        assertThat(machine.vcpu().getMsr(DEADLINE)).isEqualTo(now + 5_000_001_000L);
        clock.advance(999);
        assertThat(apicRead(0x200 + (VECTOR >> 5) * 16)).isZero();
        clock.advance(1);
        assertThat(machine.vcpu().getMsr(DEADLINE)).isZero();
        assertThat(machine.finish(machine.longMode(WAIT)).gpr[RBX]).isEqualTo(1);
    }

    @Test
    void aSleeperSleepsOnAndWakes() {
        machine(CpuModel.V2);
        machine.handler(VECTOR, HANDLER);
        apic(0xF0, 0x1FF);
        // out 0xF1, al; sti; hlt; out 0xF0, al; jmp $
        X86Regs start = machine.longMode(hex("e6f1fbf4e6f0ebfe"));
        Thread kicker = new Thread(() -> machine.stop());
        machine.listener = (port, value) -> kicker.start();
        machine.run(start);
        if (machine.registers().rip != ContractMachine.CODE + 4) {
            // The kick came before the HLT.
            machine.stop();
            machine.resume();
        }
        VcpuState state = save();
        move(CpuModel.V2);
        assertThat(save().runState).isEqualTo(state.runState);
        machine.vm.irqChip().signalMsi(0xFEE0_0000L, VECTOR);
        assertThat(machine.resume()).isEqualTo(VcpuExit.Interrupted.INSTANCE);
        assertThat(machine.registers().gpr[RBX]).isEqualTo(1);
    }

    @Test
    void aWaitingNmiIsDeliveredOnceAndHeldOffInItsHandler() {
        machine(CpuModel.V2);
        // In the handler: count, tell the host, end the block, come back by IRET.
        machine.handler(2, hex("48ffc3e6f2eb0048cf"));
        int[] sent = new int[1];
        machine.listener = (port, value) -> {
            if (port == 0xF1 || port == 0xF2 && ++sent[0] == 1) {
                // Delivery mode 4 is NMI (SDM vol. 3 §11.11.2).
                machine.vm.irqChip().signalMsi(0xFEE0_0000L, 0x400);
                if (port == 0xF2) {
                    machine.stop();
                }
            }
        };
        // out 0xF1, al; jmp 1f; 1: out 0xF0, al; jmp $
        machine.run(machine.longMode(hex("e6f1eb00e6f0ebfe")));
        VcpuState state = save();
        assertThat(state.events.nmiMasked).isTrue();
        assertThat(state.events.nmiPending).isEqualTo(1);
        move(CpuModel.V2);
        assertThat(machine.resume()).isEqualTo(VcpuExit.Interrupted.INSTANCE);
        assertThat(machine.registers().gpr[RBX]).isEqualTo(2);
        assertThat(save().events.nmiMasked).isFalse();
    }

    @Test
    void whatAnotherEngineBeganToDeliverIsDelivered() {
        machine(CpuModel.V2);
        machine.handler(13, hex("59e6f0ebfe"));
        X86Regs start = machine.longMode(hex("ebfe"));
        machine.vcpu().setRegs(start);
        VcpuState state = save();
        state.events.exceptionInjected = true;
        state.events.exceptionVector = 13;
        state.events.exceptionHasError = true;
        state.events.exceptionError = 0x58;
        ((SavableVcpu) machine.vcpu()).restoreState(state);
        machine.resume();
        assertThat(machine.registers().gpr[X86Regs.RCX]).isEqualTo(0x58);
    }

    /** A copy that follows the log of a running CPU round by round, as live migration does, has all of memory when the CPU has stopped. */
    @Test
    void theLogOfARunningCpuLosesNoPage() throws Exception {
        machine(CpuModel.V2);
        // mov edx, 0x100000; 2: inc rax; mov ecx, eax; imul ecx, ecx, 0x3779; and ecx, 0xFFFF8; mov [rdx + rcx], rax; jmp 2b
        X86Regs start = machine.longMode(hex("ba0000100048ffc089c169c97937000081e1f8ff0f004889040aebe9"));
        machine.vcpu().setRegs(start);
        DirtyTracking tracking = (DirtyTracking) machine.vm;
        byte[] copy = new byte[ContractMachine.MEMORY];
        CountDownLatch begun = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            begun.countDown();
            machine.vcpu().run();
        });
        thread.start();
        begun.await();
        tracking.trackDirtyPages(true);
        machine.memory.read(0, copy, 0, copy.length);
        int pages = 0;
        for (int round = 0; round < 300; round++) {
            pages += follow(tracking, copy);
        }
        machine.vcpu().kick();
        thread.join();
        pages += follow(tracking, copy);
        assertThat(pages).isGreaterThan(256);
        byte[] memory = new byte[copy.length];
        machine.memory.read(0, memory, 0, memory.length);
        assertThat(Arrays.mismatch(copy, memory)).isEqualTo(-1);
        assertThat(follow(tracking, copy)).isZero();
        tracking.trackDirtyPages(false);
    }

    private int follow(DirtyTracking tracking, byte[] copy) {
        long[] bitmap = new long[copy.length >> 18];
        tracking.collectDirtyPages(machine.memory.regions().getFirst(), bitmap);
        int pages = 0;
        for (int page = 0; page < copy.length >> 12; page++) {
            if ((bitmap[page >> 6] & 1L << page) != 0) {
                machine.memory.read((long) page << 12, copy, page << 12, 4096);
                pages++;
            }
        }
        return pages;
    }

    @Test
    void accessedAndDirtyBitsAreWritesToTheirTables() {
        machine(CpuModel.V2);
        X86Regs start = machine.longMode(hex("e6f0ebfe"));
        DirtyTracking tracking = (DirtyTracking) machine.vm;
        tracking.trackDirtyPages(true);
        machine.finish(start);
        long[] bitmap = new long[8];
        tracking.collectDirtyPages(machine.memory.regions().getFirst(), bitmap);
        // The root, the directory-pointer table and the first directory.
        assertThat(bitmap[0]).isEqualTo(0b1110);
        X86Sregs s = new X86Sregs();
        machine.vcpu().getSregs(s);
        assertThat(machine.memory.read64(s.cr3) & 0x20).isNotZero();
    }
}
