package org.jvmm.cpu.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.cpu.testing.BareCpu;
import org.jvmm.cpu.testing.MachineState;

/**
 * What a guest does a number of times costs no more each time however often it does it: decoding, compiling, memory and the flushing of translations, by the
 * engine's own counts.
 */
class LinearCostTest {
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RSI = 6;
    /** Entry of the page table that maps the page behind {@link BareCpu#CODE}. */
    private static final long SECOND_ENTRY = 0x5008;
    private static final long SECOND_PHYSICAL = 0x11_0000;

    private final BareCpu cpu = new BareCpu();
    private final MachineState in = new MachineState();
    private final MachineState out = new MachineState();

    LinearCostTest() {
        cpu.memory.write64(SECOND_ENTRY, SECOND_PHYSICAL | 7);
        in.rflags = 0x202;
    }

    private static byte[] hex(String code) {
        return HexFormat.of().parseHex(code.replace(" ", ""));
    }

    private void run(byte[] code, long times) {
        in.gpr[RCX] = times;
        cpu.run(code, code.length, 8, in, out);
        assertThat(out.vector).isEqualTo(MachineState.NO_FAULT);
        assertThat(out.gpr[RCX]).isZero();
    }

    private VcpuCounters counters() {
        VcpuCounters counters = new VcpuCounters();
        cpu.engine.addCounters(counters);
        return counters;
    }

    @Test
    void blocksOfOnePlaceInTheTableAreDecodedOnce() {
        // The blocks at physical 0x100000 and 0x110008 have one slot.
        // there: jmp back
        byte[] there = hex("e9f3efffff");
        cpu.memory.write(SECOND_PHYSICAL + 8, there, 0, there.length);
        // back: dec rcx; jz out; jmp there; out:
        byte[] code = hex("48ffc9 7405 e9fe0f0000");
        run(code, 300);
        long first = cpu.engine.blocksBuilt();
        assertThat(first).isLessThan(20);
        long bytes = cpu.engine.mmu().code().bytes();
        run(code, 3000);
        // The code was written anew, and decoded anew once.
        assertThat(cpu.engine.blocksBuilt()).isLessThan(2 * first + 1);
        assertThat(cpu.engine.mmu().code().bytes()).isEqualTo(bytes);
    }

    @Test
    void blocksThatReachIntoAPageDoNotPileUpThere() {
        // again: inc byte [rsi]; dec rcx; jz out; jmp crossing; out: int3, and on the page's end crossing: jmp again
        byte[] code = new byte[0x1000];
        byte[] loop = hex("fe06 48ffc9 7405 e9f10f0000 cc");
        byte[] crossing = hex("e9feefffff");
        System.arraycopy(loop, 0, code, 0, loop.length);
        System.arraycopy(crossing, 0, code, 0xFFD, 3);
        cpu.memory.write(SECOND_PHYSICAL, crossing, 3, 2);
        in.gpr[RSI] = BareCpu.CODE + 0xFC0;
        long[] bytes = new long[2];
        long[] built = new long[2];
        int times = 2000;
        for (int i = 0; i < 2; i++, times *= 10) {
            long before = cpu.engine.blocksBuilt();
            in.gpr[RCX] = times;
            cpu.start(code, code.length, 8, in);
            while (!cpu.engine.halted()) {
                cpu.engine.runSome();
            }
            cpu.engine.wake();
            assertThat(cpu.engine.state().r[RCX]).isZero();
            built[i] = cpu.engine.blocksBuilt() - before;
            bytes[i] = cpu.engine.mmu().code().bytes();
        }
        assertThat(built[1]).isBetween(9 * built[0], 11 * built[0]);
        assertThat(bytes[1]).isLessThan(bytes[0] + 20_000);
    }

    @Test
    void codeThatChangesOverAndOverStaysInTheInterpreter() {
        cpu.engine.compileAfterWithWear(50);
        // outer: mov edx, 100; inner: add eax, 0; dec edx; jnz inner; inc byte [rsi], the immediate; dec rcx; jnz outer
        byte[] code = hex("ba64000000 83c000 ffca 75f9 fe06 48ffc9 75ed");
        in.gpr[RSI] = BareCpu.CODE + 7;
        in.gpr[RDX] = 0;
        run(code, 100);
        VcpuCounters few = counters();
        assertThat(few.regionsCompiled).isBetween(1L, 10L);
        run(code, 1000);
        VcpuCounters many = counters();
        assertThat(many.regionsCompiled).isEqualTo(few.regionsCompiled);
        assertThat(many.blocksDecoded - few.blocksDecoded).isBetween(9 * few.blocksDecoded, 11 * few.blocksDecoded);
    }

    @Test
    void codeThatLivedLongIsCompiledAgainAsSoonAsEver() {
        RegionWear wear = new RegionWear();
        assertThat(wear.executions(0x1234, 5000)).isEqualTo(5000);
        wear.dropped(0x1234, 1000);
        wear.dropped(0x1234, 1000);
        assertThat(wear.executions(0x1234, 5000)).isEqualTo(20_000);
        for (int i = 0; i < 100; i++) {
            wear.dropped(0x1234, RegionWear.LONG_LIFE - 1);
        }
        assertThat(wear.executions(0x1234, 5000)).isEqualTo(5000 << RegionWear.MOST);
        assertThat(wear.executions(0x1234, Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
        wear.dropped(0x1234, RegionWear.LONG_LIFE);
        assertThat(wear.executions(0x1234, 5000)).isEqualTo(5000);
    }

    @Test
    void aFlushLooksAtWhatWasFilled() {
        byte[] code = hex("48ffc9");
        run(code, 1);
        cpu.engine.mmu().flushNonGlobal();
        long before = counters().tlbEntriesFlushed;
        run(code, 1);
        cpu.engine.mmu().flushNonGlobal();
        long once = counters().tlbEntriesFlushed - before;
        assertThat(once).isBetween(1L, 20L);
        for (int i = 0; i < 100; i++) {
            cpu.engine.mmu().flushNonGlobal();
        }
        assertThat(counters().tlbEntriesFlushed - before).isEqualTo(once);
    }

    @Test
    void codeIsDroppedWhenItTakesTooMuchMemory() {
        // 700 times jmp to the next instruction; dec rcx; jnz to the first
        byte[] code = new byte[1400 + 9];
        for (int i = 0; i < 1400; i += 2) {
            code[i] = (byte) 0xEB;
        }
        byte[] end = hex("48ffc9 0f857ffaffff");
        System.arraycopy(end, 0, code, 1400, end.length);
        cpu.engine.mmu().code().allow(100_000);
        for (int times = 10; times <= 100; times *= 10) {
            run(code, times);
            assertThat(cpu.engine.mmu().code().bytes()).isLessThan(101_000);
        }
        VcpuCounters counters = counters();
        assertThat(counters.codeDrops).isBetween(100L, 1000L);
        // Each block once for each time round and no more.
        assertThat(counters.blocksDecoded).isLessThan(110 * 702);
        cpu.engine.mmu().code().allow(10_000_000);
        long before = counters().blocksDecoded;
        run(code, 100);
        assertThat(counters().blocksDecoded - before).isLessThan(2 * 702);
    }
}
