package org.jvmm.core.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.jvmm.core.cpu.X86Regs.RAX;
import static org.jvmm.core.cpu.X86Regs.RBP;
import static org.jvmm.core.cpu.X86Regs.RBX;
import static org.jvmm.core.cpu.X86Regs.RCX;
import static org.jvmm.core.cpu.X86Regs.RDI;
import static org.jvmm.core.cpu.X86Regs.RDX;
import static org.jvmm.core.cpu.X86Regs.RSI;
import static org.jvmm.core.cpu.X86Regs.RSP;

import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.cpu.DirtyTracking;
import org.jvmm.core.cpu.SavableVcpu;
import org.jvmm.core.cpu.SavableVm;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.VcpuState;
import org.jvmm.core.cpu.VmState;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestRegion;

/** What every engine does the same: pieces of guest code with what they must leave behind. A module with an engine extends this. */
@Timeout(60)
public abstract class VcpuContractTest {
    private static final int R8 = 8;
    private static final int R12 = 12;
    private static final int EDGE_VECTOR = 0x35;
    private static final int KERNEL_GS_BASE = 0xC000_0102;
    private static final int LSTAR = 0xC000_0082;

    private ContractMachine machine;

    /** The engine under test. */
    protected abstract ContractMachine.Engine engine();

    /** Most vCPUs of the engine. */
    protected abstract int maxCpus();

    /** Whether this host's engine knows every instruction of kernel mode; only a KVM that emulates ring 0 does not. */
    protected boolean complete() {
        return true;
    }

    private ContractMachine machine() {
        return machine(1);
    }

    private ContractMachine machine(int cpus) {
        machine = new ContractMachine(engine(), cpus);
        return machine;
    }

    @AfterEach
    void close() {
        if (machine != null) {
            machine.close();
        }
    }

    @Test
    void realMode() {
        ContractMachine m = machine();
        X86Regs end = m.finish(m.realMode(Snippets.REAL_MODE));
        assertThat(end.gpr[RAX] & 0xFFFF).isEqualTo(0x5555);
        assertThat(end.gpr[RDX] & 0xFFFF).isEqualTo(15);
        assertThat(end.gpr[RDI] & 0xFFFF).isEqualTo(15);
        assertThat(end.gpr[RSI] & 0xFFFF).isEqualTo(0x5555);
        assertThat(end.gpr[RBP] & 0xFFFF).isEqualTo(0x77);
        assertThat(end.gpr[RSP]).isEqualTo(0x8000);
        assertThat(m.memory.read16(ContractMachine.DATA + 0x200)).isEqualTo(15);
    }

    @Test
    void protectedMode() {
        ContractMachine m = machine();
        X86Regs end = m.finish(m.protectedMode(Snippets.PROTECTED_MODE));
        // 0xFFFFFFFF + 2 carries into EBX.
        assertThat(end.gpr[RBX]).isEqualTo(0x11);
        assertThat(end.gpr[RDX]).isEqualTo(0xA5A5A5A5L);
        assertThat(end.gpr[RBP]).isEqualTo(0x11 * 5 + 7);
        assertThat(end.gpr[RDI]).isEqualTo(ContractMachine.DATA + 400);
        assertThat(end.gpr[RCX]).isZero();
    }

    @Test
    void longModeArithmetic() {
        ContractMachine m = machine();
        X86Regs end = m.finish(m.longMode(Snippets.LONG_MODE));
        long rax = 0x123456789ABCDEF0L;
        assertThat(end.gpr[RBX]).isEqualTo(rax * 17);
        assertThat(end.gpr[RCX]).isEqualTo(Long.reverseBytes(rax));
        assertThat(end.gpr[RDX]).isEqualTo(Long.rotateLeft(rax, 13));
        assertThat(end.gpr[R8]).isEqualTo(-3);
        assertThat(end.gpr[9]).isEqualTo(rax + 2 * (rax * 17) + 9);
        assertThat(end.gpr[10]).isEqualTo(0xF0);
        assertThat(end.gpr[11]).isEqualTo(0xF0);
        assertThat(end.gpr[R12]).isEqualTo(-16);
        assertThat(end.gpr[13]).isEqualTo(4);
        assertThat(end.gpr[14]).isEqualTo(103);
        assertThat(end.gpr[RDI]).isEqualTo(100);
        // -5 - 100 = -105: no carry, sign set, parity of 0x97 odd, auxiliary carry from 0xB - 0x4 none.
        assertThat(end.gpr[15] & 0x8D5).isEqualTo(0x80);
    }

    @Test
    void mmioOfAllSizes() {
        ContractMachine m = machine();
        m.answers.put("m10.1", 0xABL);
        m.answers.put("m12.2", 0xBEEFL);
        m.answers.put("m14.4", 0xDEADBEEFL);
        m.answers.put("m18.8", 0x8899AABBCCDDEEFFL);
        m.answers.put("m21.1", 0x7FL);
        m.answers.put("m24.4", 0x80000001L);
        m.answers.put("m28.4", 0x39L);
        X86Regs start = m.longMode(Snippets.MMIO);
        start.gpr[RBX] = ContractMachine.DEVICE;
        X86Regs end = m.finish(start);
        assertThat(m.accesses).containsExactly("m0.1=88", "m2.2=7788", "m4.4=55667788", "m8.8=1122334455667788", "m10.1?", "m12.2?",
                "m14.4?", "m18.8?", "m21.1?", "m24.4?", "m28.4?", "m28.4=3c");
        assertThat(end.gpr[RCX]).isEqualTo(0xAB);
        assertThat(end.gpr[RDX]).isEqualTo(0xBEEF);
        assertThat(end.gpr[RSI]).isEqualTo(0xDEADBEEFL);
        assertThat(end.gpr[RDI]).isEqualTo(0x8899AABBCCDDEEFFL);
        assertThat(end.gpr[R8]).isEqualTo(0x7F);
        assertThat(end.gpr[9]).isEqualTo(0xFFFFFFFF80000001L);
    }

    @Test
    void portsOfAllSizes() {
        ContractMachine m = machine();
        m.answers.put("p510.1", 0x11L);
        m.answers.put("p510.2", 0x2222L);
        m.answers.put("p510.4", 0x44444444L);
        m.answers.put("pf1.1", 0x99L);
        X86Regs end = m.finish(m.longMode(Snippets.PIO));
        assertThat(m.accesses).containsExactly("p510.1=ef", "p510.2=cdef", "p510.4=89abcdef", "pf1.1=ef", "p510.1?", "p510.2?", "p510.4?",
                "pf1.1?");
        assertThat(end.gpr[RBX]).isEqualTo(0x11);
        assertThat(end.gpr[RCX]).isEqualTo(0x2222);
        assertThat(end.gpr[RSI]).isEqualTo(0x44444444L);
        assertThat(end.gpr[RDI]).isEqualTo(0x99);
    }

    @Test
    void stringInputAndOutput() {
        ContractMachine m = machine();
        for (int i = 0; i < 32; i++) {
            m.memory.write8(ContractMachine.DATA + i, i + 1);
        }
        m.answers.put("p510.1", 0x61L);
        m.answers.put("p510.2", 0x6362L);
        m.answers.put("p510.4", 0x67666564L);
        X86Regs end = m.finish(m.longMode(Snippets.STRING_IO));
        assertThat(m.accesses).containsExactly("p510.1=1", "p510.1=2", "p510.1=3", "p510.1=4", "p510.1=5", "p510.2=706", "p510.2=908",
                "p510.2=b0a", "p510.4=f0e0d0c", "p510.4=13121110", "p510.1?", "p510.1?", "p510.1?", "p510.1?", "p510.1?", "p510.2?",
                "p510.2?", "p510.2?", "p510.4?", "p510.4?");
        byte[] in = new byte[20];
        m.memory.read(ContractMachine.DATA + 0x100, in, 0, 20);
        assertThat(new String(in, java.nio.charset.StandardCharsets.US_ASCII).substring(0, 19)).isEqualTo("aaaaabcbcbcdefgdefg");
        assertThat(end.gpr[RCX]).isZero();
        assertThat(end.gpr[RSI]).isEqualTo(ContractMachine.DATA + 19);
        assertThat(end.gpr[RDI]).isEqualTo(ContractMachine.DATA + 0x100 + 19);
    }

    @Test
    void pagesAliasAndFault() {
        ContractMachine m = machine();
        m.handler(14, Snippets.PAGE_FAULT_HANDLER);
        X86Regs end = m.finish(m.longMode(Snippets.PAGE_FAULT));
        assertThat(end.gpr[RCX]).isEqualTo(0x5A5A);
        // Error code: a write to a page that is not present, in supervisor mode (SDM vol. 3 §4.7).
        assertThat(end.gpr[RAX]).isEqualTo(2);
        assertThat(end.gpr[RDX]).isEqualTo(0x8000200010L);
        assertThat(end.gpr[11]).as("the instruction after the fault").isZero();
        X86Sregs s = new X86Sregs();
        m.vcpu().getSregs(s);
        assertThat(s.cr2).isEqualTo(0x8000200010L);
    }

    @Test
    void interruptLinesReachTheHandler() {
        ContractMachine m = machine();
        m.handler(EDGE_VECTOR, Snippets.INTERRUPT_HANDLER);
        m.listener = (port, value) -> {
            if (port == 0xF2 || port == 0xF3 && m.accesses.size() < 4) {
                m.vm.irqChip().line(5).pulse();
            }
        };
        X86Regs start = m.longMode(Snippets.IOAPIC_PIN, Snippets.INTERRUPT);
        start.gpr[R12] = 3;
        X86Regs end = m.finish(start);
        assertThat(end.gpr[RBX]).isEqualTo(3);
        assertThat(m.accesses).hasSize(4);
    }

    @Test
    void levelsAreEdgesToAnEdgePin() {
        ContractMachine m = machine();
        m.handler(EDGE_VECTOR, Snippets.INTERRUPT_HANDLER);
        m.listener = (port, value) -> {
            if (m.accesses.size() <= 2) {
                m.vm.irqChip().line(5).raise();
                m.vm.irqChip().line(5).raise();
                m.vm.irqChip().line(5).lower();
            }
        };
        X86Regs start = m.longMode(Snippets.IOAPIC_PIN, Snippets.INTERRUPT);
        start.gpr[R12] = 2;
        assertThat(m.finish(start).gpr[RBX]).isEqualTo(2);
    }

    @Test
    void messagesReachTheHandler() {
        ContractMachine m = machine();
        m.handler(0x41, Snippets.INTERRUPT_HANDLER);
        m.listener = (port, value) -> {
            if (m.accesses.size() <= 2) {
                m.vm.irqChip().signalMsi(0xFEE0_0000L, 0x41);
            }
        };
        X86Regs start = m.longMode(Snippets.INTERRUPT);
        start.gpr[R12] = 2;
        assertThat(m.finish(start).gpr[RBX]).isEqualTo(2);
    }

    @Test
    void anotherThreadWakesASleeper() throws Exception {
        ContractMachine m = machine();
        m.handler(0x41, Snippets.INTERRUPT_HANDLER);
        CountDownLatch ready = new CountDownLatch(1);
        m.listener = (port, value) -> ready.countDown();
        X86Regs start = m.longMode(Snippets.INTERRUPT);
        start.gpr[R12] = 1;
        m.vcpu().setRegs(start);
        VcpuExit[] exit = new VcpuExit[1];
        Thread thread = new Thread(() -> exit[0] = m.vcpu().run());
        thread.start();
        ready.await();
        m.vm.irqChip().signalMsi(0xFEE0_0000L, 0x41);
        thread.join();
        assertThat(exit[0]).isEqualTo(VcpuExit.Interrupted.INSTANCE);
        assertThat(m.registers().gpr[RBX]).isEqualTo(1);
    }

    @Test
    void kicksStopASpinningGuestEveryTime() throws Exception {
        ContractMachine m = machine();
        m.vcpu().setRegs(m.longMode(Snippets.SPIN));
        long[] counts = new long[20];
        CountDownLatch[] rounds = new CountDownLatch[20];
        for (int i = 0; i < 20; i++) {
            rounds[i] = new CountDownLatch(1);
        }
        Thread thread = new Thread(() -> {
            for (int i = 0; i < 20; i++) {
                rounds[i].countDown();
                assertThat(m.vcpu().run()).isEqualTo(VcpuExit.Interrupted.INSTANCE);
                counts[i] = m.registers().gpr[RAX];
            }
        });
        thread.start();
        for (int i = 0; i < 20; i++) {
            rounds[i].await();
            m.vcpu().kick();
            if (i < 19) {
                rounds[i + 1].await();
            }
        }
        thread.join();
        for (int i = 1; i < 20; i++) {
            assertThat(counts[i]).isGreaterThanOrEqualTo(counts[i - 1]);
        }
    }

    @Test
    void aKickBeforeTheRunIsNotLost() {
        ContractMachine m = machine();
        m.vcpu().kick();
        X86Regs start = m.longMode(Snippets.SPIN);
        assertThat(m.run(start)).isEqualTo(VcpuExit.Interrupted.INSTANCE);
    }

    @Test
    void kicksWakeASleeperWithoutAnInterrupt() throws Exception {
        ContractMachine m = machine();
        X86Regs start = m.longMode(Snippets.INTERRUPT);
        start.gpr[R12] = 1;
        m.vcpu().setRegs(start);
        CountDownLatch ready = new CountDownLatch(1);
        m.listener = (port, value) -> ready.countDown();
        VcpuExit[] exit = new VcpuExit[1];
        Thread thread = new Thread(() -> exit[0] = m.vcpu().run());
        thread.start();
        ready.await();
        m.vcpu().kick();
        thread.join();
        assertThat(exit[0]).isEqualTo(VcpuExit.Interrupted.INSTANCE);
        assertThat(m.registers().gpr[RBX]).isZero();
    }

    @Test
    void modelSpecificRegisters() {
        ContractMachine m = machine();
        m.vcpu().setMsr(LSTAR, 0xFFFFFFFF81000000L);
        X86Regs end = m.finish(m.longMode(Snippets.MSRS));
        assertThat(end.gpr[RBX]).isEqualTo(0x12349ABCDEF0L);
        assertThat(end.gpr[RCX]).isEqualTo(0xFFFFFFFF81000000L);
        assertThat(m.vcpu().getMsr(KERNEL_GS_BASE)).isEqualTo(0x12349ABCDEF0L);
    }

    @Test
    void cpuidTellsWhatItMust() {
        ContractMachine m = machine();
        X86Regs end = m.finish(m.longMode(Snippets.CPUID));
        assertThat(end.gpr[RSI]).as("highest leaf").isBetween(1L, 0x40L);
        assertThat(end.gpr[RDI] >>> 24).as("APIC id").isZero();
        assertThat(end.gpr[R8] & 1L << 31).as("hypervisor bit").isNotZero();
        assertThat(end.gpr[9] & 1L << 29).as("long mode").isNotZero();
    }

    @Test
    void aSecondCpuIsStartedByIpi() throws Exception {
        assumeTrue(maxCpus() >= 2, "this engine runs one vCPU");
        ContractMachine m = machine(2);
        m.memory.write(0x7000, Snippets.SECOND);
        Thread second = new Thread(() -> m.vcpu(1).run());
        second.start();
        X86Regs end = m.finish(m.longMode(Snippets.START_SECOND));
        m.vcpu(1).kick();
        second.join();
        assertThat(end.gpr[RBX]).isEqualTo(0x101);
    }

    @Test
    void codeThatRewritesItselfIsSeen() {
        ContractMachine m = machine();
        assertThat(m.finish(m.longMode(Snippets.SELF_MODIFYING)).gpr[RBX]).isEqualTo(45);
    }

    @Test
    void codeThatTheHostRewritesIsSeen() {
        ContractMachine m = machine();
        byte[] code = Snippets.LONG_MODE.clone();
        assertThat(m.finish(m.longMode(code)).gpr[14]).isEqualTo(103);
        // Another snippet at the same place.
        X86Regs start = m.longMode(Snippets.COUNT_TO);
        start.gpr[R12] = 4;
        assertThat(m.finish(start).gpr[RBX]).isEqualTo(10);
    }

    @Test
    void tripleFaultShutsDown() {
        ContractMachine m = machine();
        X86Regs start = m.longMode(Snippets.TRIPLE_FAULT);
        X86Sregs s = new X86Sregs();
        m.vcpu().getSregs(s);
        s.idtLimit = 0;
        m.vcpu().setSregs(s);
        VcpuExit exit = m.run(start);
        if (complete()) {
            assertThat(exit).isInstanceOf(VcpuExit.Shutdown.class);
        } else {
            assertThat(exit).isInstanceOfAny(VcpuExit.Shutdown.class, VcpuExit.Failed.class);
        }
    }

    @Test
    void dirtyPagesAreThoseWritten() {
        ContractMachine m = machine();
        assumeTrue(m.vm instanceof DirtyTracking, "this engine does not track dirty pages");
        DirtyTracking tracking = (DirtyTracking) m.vm;
        GuestRegion ram = m.memory.regions().getFirst();
        long[] bitmap = new long[ContractMachine.MEMORY >> 12 + 6];
        X86Regs start = m.longMode(Snippets.DIRTY);
        tracking.trackDirtyPages(true);
        m.finish(start);
        m.memory.write8(0x52000, 1);
        tracking.collectDirtyPages(ram, bitmap);
        // Page tables of this machine may be marked as well: their accessed bits were set.
        long written = 1L << 0x40 - 0x40 | 1L << 0x41 - 0x40 | 1L << 0x52 - 0x40;
        assertThat(bitmap[1]).isEqualTo(written);
        assertThat(bitmap[2]).isEqualTo(1);
        java.util.Arrays.fill(bitmap, 0);
        tracking.collectDirtyPages(ram, bitmap);
        assertThat(bitmap[1]).isZero();
        m.finish(m.longMode(Snippets.DIRTY));
        tracking.collectDirtyPages(ram, bitmap);
        assertThat(bitmap[1]).isEqualTo(3);
        tracking.trackDirtyPages(false);
    }

    @Test
    void registersComeBackAsTheyWereSet() {
        ContractMachine m = machine();
        X86Regs in = m.longMode(Snippets.SPIN);
        Random random = new Random(7);
        for (int i = 0; i < 16; i++) {
            in.gpr[i] = random.nextLong();
        }
        in.rflags = 0x8D7;
        m.vcpu().setRegs(in);
        X86Regs out = m.registers();
        assertThat(out.gpr).isEqualTo(in.gpr);
        assertThat(out.rip).isEqualTo(in.rip);
        assertThat(out.rflags).isEqualTo(0x8D7);
        X86Sregs s = new X86Sregs();
        m.vcpu().getSregs(s);
        assertThat(s.segments[X86Sregs.CS].attributes & 0xF0F0).isEqualTo(0xA090);
        assertThat(s.segments[X86Sregs.SS].attributes & 0xF0F0).isEqualTo(0xC090);
        assertThat(s.segments[X86Sregs.SS].limit).isEqualTo(-1);
        assertThat(s.cr0 & 0x80000001L).isEqualTo(0x80000001L);
        assertThat(s.efer & 0x500).isEqualTo(0x500);
        assertThat(s.idtBase).isEqualTo(0x8000);
        assertThat(s.apicBase).isEqualTo(0xFEE0_0900L);
    }

    @Test
    void vectorRegistersTravel() {
        ContractMachine m = machine();
        byte[] image = new byte[512];
        m.vcpu().getFpu(image);
        assertThat(image[0] & 0xFF | (image[1] & 0xFF) << 8).as("FCW after reset or FNINIT").isIn(0x40, 0x37F);
        X86Regs start = m.longMode(Snippets.SSE_MOVE);
        for (int i = 0; i < 16; i++) {
            image[160 + 3 * 16 + i] = (byte) (i + 1);
        }
        image[24] = (byte) 0x80;
        image[25] = 0x1F;
        m.vcpu().setFpu(image);
        m.finish(start);
        byte[] end = new byte[512];
        m.vcpu().getFpu(end);
        for (int i = 0; i < 16; i++) {
            assertThat(end[160 + 4 * 16 + i]).isEqualTo((byte) (i + 1));
            assertThat(m.memory.read8(ContractMachine.DATA + 0x40 + i)).isEqualTo(i + 1);
        }
    }

    /** A program stopped midway goes on in a fresh machine as if nothing had been. */
    @Test
    void savedStateGoesOnElsewhere() {
        ContractMachine first = machine();
        assumeTrue(first.vcpu() instanceof SavableVcpu && first.vm instanceof SavableVm, "this engine cannot save its state yet");
        X86Regs start = first.longMode(Snippets.COUNT_TO);
        start.gpr[R12] = 1000;
        first.vcpu().setMsr(KERNEL_GS_BASE, 0x1234);
        int[] count = new int[1];
        first.listener = (port, value) -> {
            if (++count[0] == 500) {
                first.stop();
            }
        };
        first.finish(start);
        assertThat(first.registers().gpr[RCX]).isEqualTo(500);
        VcpuState cpu = new VcpuState();
        ((SavableVcpu) first.vcpu()).saveState(cpu);
        VmState vm = new VmState();
        ((SavableVm) first.vm).saveState(vm);
        byte[] ram = new byte[ContractMachine.MEMORY];
        first.memory.read(0, ram, 0, ram.length);
        first.close();

        ContractMachine second = machine();
        second.memory.write(0, ram);
        ((SavableVm) second.vm).restoreState(vm);
        ((SavableVcpu) second.vcpu()).restoreState(cpu);
        assertThat(second.resume()).isEqualTo(VcpuExit.Interrupted.INSTANCE);
        assertThat(second.registers().gpr[RBX]).isEqualTo(500500);
        assertThat(second.accesses).hasSize(500);
        assertThat(second.vcpu().getMsr(KERNEL_GS_BASE)).isEqualTo(0x1234);
        VmState again = new VmState();
        ((SavableVm) second.vm).saveState(again);
        assertThat(again.ioApicRedirections).isEqualTo(vm.ioApicRedirections);
        assertThat(again.firstPic.imr).isEqualTo(vm.firstPic.imr);
        assertThat(again.clock).isGreaterThanOrEqualTo(vm.clock);
    }

    /** Controllers' state that a guest has set up survives, and an interrupt that waits in them is delivered after the move. */
    @Test
    void savedControllersKeepTheirProgramming() {
        ContractMachine first = machine();
        assumeTrue(first.vcpu() instanceof SavableVcpu && first.vm instanceof SavableVm, "this engine cannot save its state yet");
        first.handler(EDGE_VECTOR, Snippets.INTERRUPT_HANDLER);
        first.listener = (port, value) -> first.stop();
        X86Regs start = first.longMode(Snippets.IOAPIC_PIN, Snippets.INTERRUPT);
        start.gpr[R12] = 1;
        first.finish(start);
        VcpuState cpu = new VcpuState();
        ((SavableVcpu) first.vcpu()).saveState(cpu);
        VmState vm = new VmState();
        ((SavableVm) first.vm).saveState(vm);
        byte[] ram = new byte[ContractMachine.MEMORY];
        first.memory.read(0, ram, 0, ram.length);
        first.close();

        ContractMachine second = machine();
        second.memory.write(0, ram);
        ((SavableVm) second.vm).restoreState(vm);
        ((SavableVcpu) second.vcpu()).restoreState(cpu);
        second.vm.irqChip().line(5).pulse();
        assertThat(second.resume()).isEqualTo(VcpuExit.Interrupted.INSTANCE);
        assertThat(second.registers().gpr[RBX]).isEqualTo(1);
    }
}
