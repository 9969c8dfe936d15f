package org.jvmm.cpu.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.testing.BareCpu;
import org.jvmm.cpu.testing.MachineState;

/** Blocks as JVM bytecode: loops, faults in their midst, code that changes itself, and leaving when somebody asks. */
class CompiledCodeTest {
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RSP = 4;
    private static final int RSI = 6;
    private static final long BORDER_PAGE = 0x7FFF_FFFF_F000L;

    private final BareCpu interpreted = new BareCpu();
    private final BareCpu compiled = new BareCpu();
    private final MachineState in = new MachineState();
    private final MachineState out = new MachineState();
    private final MachineState reference = new MachineState();

    CompiledCodeTest() {
        compiled.engine.compileAfter(3);
        in.rflags = 0x202;
    }

    private void runBoth(String code) {
        byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
        interpreted.run(bytes, bytes.length, 8, in, reference);
        compiled.run(bytes, bytes.length, 8, in, out);
        assertThat(out.gpr).isEqualTo(reference.gpr);
        assertThat(out.vector).isEqualTo(reference.vector);
        assertThat(out.rip).isEqualTo(reference.rip);
        assertThat(out.rflags).isEqualTo(reference.rflags);
        assertThat(compiled.engine.retired()).isEqualTo(interpreted.engine.retired());
    }

    @Test
    void loopWithBranchesCountsTheSame() {
        in.gpr[RCX] = 1000;
        // again: test cl, 1; jz even; add rax, rcx; even: rol eax, 3; dec rcx; jnz again
        runBoth("f6c101 7403 4801c8 c1c003 48ffc9 75f0");
        assertThat(out.gpr[RCX]).isZero();
        assertThat(out.vector).isEqualTo(MachineState.NO_FAULT);
    }

    @Test
    void faultLeavesWhatTheInstructionsBeforeItDid() {
        in.gpr[RCX] = 100;
        in.gpr[RSI] = BareCpu.DATA + BareCpu.DATA_SIZE - 80;
        // again: add rax, 7; add rax, [rsi]; add rsi, 8; dec rcx; jnz again
        runBoth("4883c007 480306 4883c608 48ffc9 75f0");
        assertThat(out.vector).isEqualTo(CpuException.PF);
        assertThat(out.rip).isEqualTo(BareCpu.CODE + 4);
        assertThat(out.gpr[RAX]).isEqualTo(11 * 7);
        assertThat(out.gpr[RSI]).isEqualTo(BareCpu.DATA + BareCpu.DATA_SIZE);
    }

    @Test
    void loopThatRewritesItselfExecutesWhatItWrote() {
        in.gpr[RCX] = 50;
        in.gpr[RSI] = BareCpu.CODE;
        // again: add eax, 0; inc byte [rsi + 2], the immediate just used; dec rcx; jnz again
        runBoth("83c000 fe4602 48ffc9 75f5");
        assertThat(out.gpr[RAX]).isEqualTo(49 * 50 / 2);
    }

    @Test
    void whatWasJoinedWithALaterInstructionIsDoneAfterTheOneBeforeRewroteIt() {
        in.gpr[RCX] = 50;
        in.gpr[RSI] = BareCpu.CODE;
        // again: inc byte [rsi + 7], the immediate of the addition; mov edx, ecx; add edx, 0; add eax, edx; dec rcx; jnz again
        runBoth("fe4607 89ca 83c200 01d0 48ffc9 75f1");
        assertThat(out.gpr[RAX]).isEqualTo(50 * 51);
        assertThat(out.vector).isEqualTo(MachineState.NO_FAULT);
    }

    /** Executes code in the last page below the hole of addresses that are none, in a loop until it jumps there. */
    private void runAtBorder(String code) {
        byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
        for (BareCpu cpu : new BareCpu[] { interpreted, compiled }) {
            long table = 0x30_0000;
            for (long root = 0x1000 + 255 * 8; table < 0x30_3000; root = table + 511 * 8, table += 0x1000) {
                cpu.memory.write64(root, table | 7);
            }
            cpu.memory.write64(0x30_2000 + 511 * 8, cpu.memory.read64(0x5000) & ~0x60L);
            cpu.engine.mmu().flushAll();
        }
        in.gpr[RCX] = 20;
        in.gpr[RSP] = BareCpu.DATA + 256;
        interpreted.runAt(BORDER_PAGE, bytes, in, reference);
        compiled.runAt(BORDER_PAGE, bytes, in, out);
        for (MachineState state : new MachineState[] { reference, out }) {
            assertThat(state.vector).isEqualTo(CpuException.GP);
            assertThat(state.errorCode).isZero();
            assertThat(state.gpr[RSP]).isEqualTo(BareCpu.DATA + 256);
            assertThat(state.rip).isEqualTo(BORDER_PAGE + 5);
        }
        assertThat(out.gpr).isEqualTo(reference.gpr);
        assertThat(out.rflags).isEqualTo(reference.rflags);
        assertThat(compiled.engine.retired()).isEqualTo(interpreted.engine.retired());
    }

    @Test
    void branchesToAddressesThatAreNoneFaultWhereTheyAre() {
        // again: dec rcx; jnz again; jmp +0x1000
        runAtBorder("48ffc9 75fb e900100000");
        assertThat(out.gpr[RCX]).isZero();
        // again: dec rcx; jnz again; call +0x1000
        runAtBorder("48ffc9 75fb e800100000");
        // again: dec rcx; nop; nop; js +0x1000; jmp again
        runAtBorder("48ffc9 6690 0f8800100000 ebf3");
        assertThat(out.gpr[RCX]).isEqualTo(-1);
    }

    @Test
    void endlessLoopIsLeftWhenAttentionIsWanted() {
        // again: inc rax; jmp again
        byte[] endless = HexFormat.of().parseHex("48ffc0ebfb");
        compiled.start(endless, endless.length, 8, in);
        for (int i = 0; i < 10; i++) {
            // Attention that is wanted already: every call executes a little and returns.
            compiled.engine.requestAttention();
            long before = compiled.engine.retired();
            compiled.engine.runSome();
            assertThat(compiled.engine.retired()).isBetween(before + 1, before + 100);
        }
    }
}
