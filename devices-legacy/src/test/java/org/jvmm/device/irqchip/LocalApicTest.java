package org.jvmm.device.irqchip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.irq.ApicFault;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.testing.FakeClock;

/** Register offsets: SDM vol. 3, table 11-1; x2APIC MSRs are 0x800 + offset / 16. */
class LocalApicTest {
    private static final int TPR = 0x80;
    private static final int PPR = 0xA0;
    private static final int EOI = 0xB0;
    private static final int SVR = 0xF0;
    private static final int ESR = 0x280;
    private static final int ICR_LOW = 0x300;
    private static final int ICR_HIGH = 0x310;
    private static final int LVT_TIMER = 0x320;
    private static final int LVT_ERROR = 0x370;
    private static final int INITIAL_COUNT = 0x380;
    private static final int CURRENT_COUNT = 0x390;
    private static final int DIVIDE = 0x3E0;
    private static final int BASE_MSR = 0x1B;
    private static final int DEADLINE_MSR = 0x6E0;

    private final FakeClock clock = new FakeClock();
    private final SoftIrqChip chip = new SoftIrqChip(clock, 3);
    private final CpuInterrupts[] cpus = new CpuInterrupts[3];
    private final int[] attentions = new int[3];
    private CpuInterrupts cpu;

    @BeforeEach
    void attach() {
        for (int i = 0; i < cpus.length; i++) {
            int number = i;
            cpus[i] = chip.attach(i, () -> attentions[number]++);
            cpus[i].writeRegister(SVR, 0x1FF);
        }
        cpu = cpus[0];
    }

    private void x2apic(CpuInterrupts target) {
        target.writeMsr(BASE_MSR, target.readMsr(BASE_MSR) | 1 << 10);
    }

    @Test
    void identityAndPowerUpState() {
        assertThat(cpus[2].readRegister(0x20)).isEqualTo(2 << 24);
        assertThat(cpu.readRegister(0x30) & 0xFF).isBetween(0x10, 0x15);
        assertThat(cpu.readRegister(0x30) >> 16 & 0xFF).as("highest LVT entry").isEqualTo(5);
        assertThat(cpu.readMsr(BASE_MSR)).isEqualTo(0xFEE0_0900L);
        assertThat(cpus[1].readMsr(BASE_MSR)).isEqualTo(0xFEE0_0800L);
        assertThat(cpu.pageAddress()).isEqualTo(0xFEE0_0000L);
        assertThat(cpu.pageEnabled()).isTrue();
        assertThat(cpu.readRegister(LVT_TIMER)).isEqualTo(1 << 16);
    }

    @ParameterizedTest
    @CsvSource({ "0xB, 1", "0, 2", "1, 4", "2, 8", "3, 16", "8, 32", "9, 64", "0xA, 128" })
    void divider(String divide, int factor) {
        cpu.writeRegister(LVT_TIMER, 0xEC);
        cpu.writeRegister(DIVIDE, Integer.decode(divide));
        cpu.writeRegister(INITIAL_COUNT, 1000);
        long period = 1000L * factor * 40;
        clock.advance(period / 2);
        assertThat(cpu.readRegister(CURRENT_COUNT)).isEqualTo(500);
        clock.advance(period / 2 - 1);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        clock.advance(1);
        assertThat(cpu.acknowledge()).isEqualTo(0xEC);
        assertThat(cpu.readRegister(CURRENT_COUNT)).isZero();
        assertThat(clock.armedTimers()).isZero();
    }

    @Test
    void maskedTimerCountsInSilence() {
        cpu.writeRegister(LVT_TIMER, 0xEC | 1 << 16);
        cpu.writeRegister(DIVIDE, 0xB);
        cpu.writeRegister(INITIAL_COUNT, 1000);
        clock.advance(30_000);
        assertThat(cpu.readRegister(CURRENT_COUNT)).isEqualTo(250);
        clock.advance(30_000);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
    }

    @Test
    void initialCountZeroStops() {
        cpu.writeRegister(LVT_TIMER, 0xEC | 1 << 17);
        cpu.writeRegister(DIVIDE, 0xB);
        cpu.writeRegister(INITIAL_COUNT, 1000);
        cpu.writeRegister(INITIAL_COUNT, 0);
        clock.advance(1_000_000);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        assertThat(cpu.readRegister(CURRENT_COUNT)).isZero();
    }

    @Test
    void changeOfTimerModeDisarms() {
        cpu.writeRegister(LVT_TIMER, 0xEC);
        cpu.writeRegister(INITIAL_COUNT, 1000);
        cpu.writeRegister(LVT_TIMER, 0xEC | 2 << 17);
        assertThat(clock.armedTimers()).isZero();
        assertThat(cpu.readRegister(INITIAL_COUNT)).isZero();
        cpu.writeMsr(DEADLINE_MSR, 5000);
        assertThat(clock.armedTimers()).isOne();
        cpu.writeRegister(LVT_TIMER, 0xEC);
        assertThat(clock.armedTimers()).isZero();
        cpu.writeMsr(DEADLINE_MSR, 5000);
        assertThat(cpu.readMsr(DEADLINE_MSR)).as("ignored outside of its mode").isZero();
    }

    @Test
    void theCountGoesOnAtANewRate() {
        cpu.writeRegister(LVT_TIMER, 0xEC);
        cpu.writeRegister(DIVIDE, 0xB);
        cpu.writeRegister(INITIAL_COUNT, 1000);
        clock.advance(10_000);
        assertThat(cpu.readRegister(CURRENT_COUNT)).isEqualTo(750);
        cpu.writeRegister(DIVIDE, 0);
        assertThat(cpu.readRegister(CURRENT_COUNT)).isEqualTo(750);
        clock.advance(750 * 80 - 1);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        clock.advance(1);
        assertThat(cpu.acknowledge()).isEqualTo(0xEC);
        cpu.writeRegister(DIVIDE, 0xB);
        assertThat(clock.armedTimers()).as("a count that has ended stays so").isZero();
        assertThat(cpu.readRegister(CURRENT_COUNT)).isZero();
    }

    @Test
    void oneShotBecomesPeriodicWithoutALoss() {
        cpu.writeRegister(LVT_TIMER, 0xEC);
        cpu.writeRegister(DIVIDE, 0xB);
        cpu.writeRegister(INITIAL_COUNT, 1000);
        clock.advance(30_000);
        cpu.writeRegister(LVT_TIMER, 0xEC | 1 << 17);
        assertThat(cpu.readRegister(CURRENT_COUNT)).isEqualTo(250);
        for (int i = 0; i < 3; i++) {
            clock.advance(i == 0 ? 10_000 : 40_000);
            assertThat(cpu.acknowledge()).isEqualTo(0xEC);
            cpu.writeRegister(0xB0, 0);
        }
        clock.advance(20_000);
        cpu.writeRegister(LVT_TIMER, 0xEC);
        assertThat(cpu.readRegister(CURRENT_COUNT)).isEqualTo(500);
        clock.advance(20_000);
        assertThat(cpu.acknowledge()).isEqualTo(0xEC);
        assertThat(clock.armedTimers()).isZero();
    }

    @Test
    void theInitialCountIsIgnoredInDeadlineMode() {
        cpu.writeRegister(LVT_TIMER, 0xEC | 2 << 17);
        cpu.writeMsr(DEADLINE_MSR, 5000);
        cpu.writeRegister(INITIAL_COUNT, 1);
        cpu.writeRegister(DIVIDE, 3);
        assertThat(cpu.readRegister(INITIAL_COUNT)).isZero();
        assertThat(cpu.readRegister(CURRENT_COUNT)).isZero();
        clock.advance(4999);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        clock.advance(1);
        assertThat(cpu.acknowledge()).isEqualTo(0xEC);
        assertThat(cpu.readMsr(DEADLINE_MSR)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = { -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 62 })
    void aDeadlineCenturiesAwayDoesNotCome(long deadline) {
        cpu.writeRegister(LVT_TIMER, 0xEC | 2 << 17);
        cpu.writeMsr(DEADLINE_MSR, deadline);
        clock.advance(1_000_000_000_000_000L);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        assertThat(cpu.readMsr(DEADLINE_MSR)).isEqualTo(deadline);
        cpu.writeMsr(DEADLINE_MSR, 0);
        assertThat(clock.armedTimers()).isZero();
    }

    @Test
    void aDeadlineInThePastComesAtOnce() {
        clock.advance(10_000);
        cpu.writeRegister(LVT_TIMER, 0xEC | 2 << 17);
        cpu.writeMsr(DEADLINE_MSR, 9_000);
        clock.advance(0);
        assertThat(cpu.acknowledge()).isEqualTo(0xEC);
    }

    @Test
    void commandsByDestination() {
        cpu.writeRegister(ICR_HIGH, 2 << 24);
        cpu.writeRegister(ICR_LOW, 0x41);
        assertThat(cpus[2].acknowledge()).isEqualTo(0x41);
        assertThat(cpus[1].pendingVector()).isEqualTo(-1);
        assertThat(attentions[2]).isPositive();
        assertThat(cpu.readRegister(ICR_HIGH)).isEqualTo(2 << 24);
        assertThat(cpu.readRegister(ICR_LOW) & 1 << 12).as("sent").isZero();
    }

    @ParameterizedTest
    @CsvSource({ "1, true, false, false", "2, true, true, true", "3, false, true, true" })
    void shorthands(int shorthand, boolean first, boolean second, boolean third) {
        cpu.writeRegister(ICR_LOW, shorthand << 18 | 0x42);
        assertThat(cpus[0].pendingVector() == 0x42).isEqualTo(first);
        assertThat(cpus[1].pendingVector() == 0x42).isEqualTo(second);
        assertThat(cpus[2].pendingVector() == 0x42).isEqualTo(third);
    }

    @Test
    void clusterModel() {
        for (int i = 0; i < 3; i++) {
            cpus[i].writeRegister(0xE0, 0x0FFF_FFFF);
            cpus[i].writeRegister(0xD0, (0x10 | 1 << i) << 24);
        }
        cpus[2].writeRegister(0xD0, 0x21 << 24);
        cpu.writeRegister(ICR_HIGH, 0x13 << 24);
        cpu.writeRegister(ICR_LOW, 1 << 11 | 0x43);
        assertThat(cpus[0].pendingVector()).isEqualTo(0x43);
        assertThat(cpus[1].pendingVector()).isEqualTo(0x43);
        assertThat(cpus[2].pendingVector()).isEqualTo(-1);
    }

    @Test
    void startUpSequence() {
        cpu.writeRegister(ICR_HIGH, 1 << 24);
        cpu.writeRegister(ICR_LOW, 0xC500);
        assertThat(cpus[1].takeInit()).isTrue();
        assertThat(cpus[1].takeInit()).isFalse();
        // De-assert does nothing.
        cpu.writeRegister(ICR_LOW, 0x8500);
        assertThat(cpus[1].takeInit()).isFalse();
        cpu.writeRegister(ICR_LOW, 0x0699);
        assertThat(cpus[1].takeStartup()).isEqualTo(0x99);
        assertThat(cpus[1].takeStartup()).isEqualTo(-1);
        assertThat(cpus[2].takeStartup()).isEqualTo(-1);
    }

    @Test
    void nmi() {
        cpu.writeRegister(ICR_LOW, 2 << 18 | 0x400);
        for (CpuInterrupts each : cpus) {
            assertThat(each.takeNmi()).isTrue();
            assertThat(each.pendingVector()).isEqualTo(-1);
        }
    }

    @Test
    void othersAreStartedByShorthandAlone() {
        for (int shorthand = 1; shorthand <= 3; shorthand++) {
            cpu.writeRegister(ICR_LOW, shorthand << 18 | 0x4500);
            cpu.writeRegister(ICR_LOW, shorthand << 18 | 0x4600 | 0x70 + shorthand);
            for (int i = 0; i < 3; i++) {
                boolean reached = shorthand == 3 && i > 0;
                assertThat(cpus[i].takeInit()).isEqualTo(reached);
                assertThat(cpus[i].takeStartup()).isEqualTo(reached ? 0x73 : -1);
            }
        }
    }

    @Test
    void startUpSequenceFromX2apic() {
        x2apic(cpu);
        cpu.writeMsr(0x830, 2L << 32 | 0xC500);
        cpu.writeMsr(0x830, 2L << 32 | 0x0608);
        assertThat(cpus[2].takeInit()).isTrue();
        assertThat(cpus[2].takeStartup()).as("not forgotten with the INIT before it").isEqualTo(8);
        assertThat(cpus[1].takeInit()).isFalse();
        // All but itself, and a physical broadcast.
        cpu.writeMsr(0x830, 3 << 18 | 0x4500);
        assertThat(cpus[1].takeInit()).isTrue();
        assertThat(cpus[2].takeInit()).isTrue();
        x2apic(cpus[1]);
        x2apic(cpus[2]);
        cpu.writeMsr(0x830, 0xFFFF_FFFFL << 32 | 0x4400);
        for (CpuInterrupts each : cpus) {
            assertThat(each.takeNmi()).isTrue();
        }
    }

    @Test
    void initResetsAllButTheBaseAndTheId() {
        x2apic(cpus[1]);
        cpus[1].writeMsr(0x80F, 0x1FF);
        cpus[1].writeMsr(0x832, 0xEC);
        cpu.writeRegister(ICR_HIGH, 1 << 24);
        cpu.writeRegister(ICR_LOW, 0x4055);
        assertThat(cpus[1].pendingVector()).isEqualTo(0x55);
        cpu.writeRegister(ICR_LOW, 0xC500);
        assertThat(cpus[1].takeInit()).isTrue();
        assertThat(cpus[1].pendingVector()).isEqualTo(-1);
        assertThat(cpus[1].readMsr(0x80F)).isEqualTo(0xFF);
        assertThat(cpus[1].readMsr(0x832)).isEqualTo(1 << 16);
        assertThat(cpus[1].readMsr(0x802)).isEqualTo(1);
        assertThat(cpus[1].readMsr(BASE_MSR)).isEqualTo(0xFEE0_0C00L);
    }

    @Test
    void lowestPriorityGoesToTheLowestThatTakesIt() {
        cpus[0].writeRegister(TPR, 0x40);
        cpus[1].writeRegister(TPR, 0x20);
        cpus[2].writeRegister(TPR, 0x30);
        for (int i = 0; i < 3; i++) {
            cpus[i].writeRegister(0xD0, 1 << 24 + i);
        }
        cpu.writeRegister(ICR_HIGH, 7 << 24);
        cpu.writeRegister(ICR_LOW, 0x4900 | 0x61);
        assertThat(cpus[1].acknowledge()).isEqualTo(0x61);
        // In service it has the priority of its vector.
        cpu.writeRegister(ICR_LOW, 0x4900 | 0x62);
        assertThat(cpus[2].acknowledge()).isEqualTo(0x62);
        cpus[1].writeRegister(EOI, 0);
        cpus[1].writeRegister(SVR, 0xFF);
        cpu.writeRegister(ICR_LOW, 0x4900 | 0x63);
        assertThat(cpus[0].acknowledge()).isEqualTo(0x63);
        assertThat(cpus[1].pendingVector()).isEqualTo(-1);
    }

    @Test
    void logicalDestinationsOfX2apicAreClustersOfSixteen() {
        SoftIrqChip large = new SoftIrqChip(clock, 32);
        CpuInterrupts[] all = new CpuInterrupts[32];
        for (int i = 0; i < 32; i++) {
            all[i] = large.attach(i, () -> {
            });
            x2apic(all[i]);
            all[i].writeMsr(0x80F, 0x1FF);
            assertThat(all[i].readMsr(0x80D)).isEqualTo((long) i >> 4 << 16 | 1 << (i & 15));
        }
        all[0].writeMsr(0x830, (1L << 16 | 1 << 2 | 1 << 15) << 32 | 0x4844);
        all[0].writeMsr(0x830, 17L << 32 | 0x4045);
        for (int i = 0; i < 32; i++) {
            assertThat(all[i].pendingVector()).isEqualTo(i == 18 || i == 31 ? 0x44 : i == 17 ? 0x45 : -1);
        }
    }

    @Test
    void sendingAnIllegalVectorIsTheSendersError() {
        cpu.writeRegister(ICR_HIGH, 1 << 24);
        cpu.writeRegister(ICR_LOW, 0x400F);
        cpu.writeRegister(ESR, 0);
        assertThat(cpu.readRegister(ESR)).isEqualTo(0x20);
        assertThat(cpus[1].pendingVector()).isEqualTo(-1);
    }

    @Test
    void processorPriorityIsTheHigherOfTaskAndService() {
        chip.signalMsi(0xFEE0_0000L, 0x55);
        cpu.acknowledge();
        assertThat(cpu.readRegister(PPR)).isEqualTo(0x50);
        cpu.writeRegister(TPR, 0x63);
        assertThat(cpu.readRegister(PPR)).isEqualTo(0x63);
        assertThat(cpu.readCr8()).isEqualTo(6);
        cpu.writeCr8(2);
        assertThat(cpu.readRegister(TPR)).isEqualTo(0x20);
        assertThat(cpu.readRegister(PPR)).isEqualTo(0x50);
        cpu.writeRegister(EOI, 0);
        assertThat(cpu.readRegister(PPR)).isEqualTo(0x20);
    }

    @Test
    void everyVectorShowsInItsRegisters() {
        for (int vector = 16; vector < 256; vector++) {
            chip.signalMsi(0xFEE0_0000L, vector | (vector & 1) << 15);
            assertThat(cpu.readRegister(0x200 + (vector >> 5) * 16)).isEqualTo(1 << (vector & 31));
            assertThat(cpu.acknowledge()).isEqualTo(vector);
            assertThat(cpu.readRegister(0x200 + (vector >> 5) * 16)).isZero();
            assertThat(cpu.readRegister(0x100 + (vector >> 5) * 16)).isEqualTo(1 << (vector & 31));
            assertThat(cpu.readRegister(0x180 + (vector >> 5) * 16) >>> (vector & 31) & 1).isEqualTo(vector & 1);
            cpu.writeRegister(EOI, 0);
            assertThat(cpu.readRegister(0x100 + (vector >> 5) * 16)).isZero();
        }
    }

    @Test
    void illegalVectorsAreErrors() {
        cpu.writeRegister(LVT_ERROR, 0xFE);
        chip.signalMsi(0xFEE0_0000L, 3);
        assertThat(cpu.readRegister(ESR)).as("shown after a write").isZero();
        cpu.writeRegister(ESR, 0);
        assertThat(cpu.readRegister(ESR)).isEqualTo(0x40);
        assertThat(cpu.acknowledge()).isEqualTo(0xFE);
        cpu.writeRegister(EOI, 0);
        // An error vector that is illegal itself is no loop.
        cpu.writeRegister(LVT_ERROR, 2);
        chip.signalMsi(0xFEE0_0000L, 3);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
    }

    @Test
    void softwareDisableMasksAndRefuses() {
        cpu.writeRegister(LVT_TIMER, 0xEC);
        cpu.writeRegister(SVR, 0xFF);
        assertThat(cpu.readRegister(LVT_TIMER) & 1 << 16).isNotZero();
        chip.signalMsi(0xFEE0_0000L, 0x50);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        cpu.writeRegister(LVT_TIMER, 0xEC);
        assertThat(cpu.readRegister(LVT_TIMER) & 1 << 16).as("no unmasking while disabled").isNotZero();
    }

    @Test
    void x2apicRegisters() {
        x2apic(cpus[2]);
        assertThat(cpus[2].readMsr(0x802)).isEqualTo(2);
        assertThat(cpus[2].readMsr(0x80D)).isEqualTo(1 << 2);
        cpus[2].writeMsr(0x830, 1L << 32 | 0x44);
        assertThat(cpus[1].acknowledge()).isEqualTo(0x44);
        cpus[2].writeMsr(0x83F, 0x45);
        assertThat(cpus[2].acknowledge()).isEqualTo(0x45);
        cpus[2].writeMsr(0x80B, 0);
        cpus[2].writeMsr(0x808, 0x30);
        assertThat(cpus[2].readMsr(0x808)).isEqualTo(0x30);
    }

    @ParameterizedTest
    @ValueSource(ints = { 0x800, 0x801, 0x804, 0x80E, 0x829, 0x82F, 0x831, 0x83A, 0x83F, 0x80B, 0x8FF })
    void x2apicRegistersThatCannotBeRead(int msr) {
        x2apic(cpu);
        assertThatThrownBy(() -> cpu.readMsr(msr)).isSameAs(ApicFault.INSTANCE);
    }

    @ParameterizedTest
    @CsvSource({ "0x802, 0", "0x803, 0", "0x80D, 0", "0x80B, 1", "0x828, 1", "0x839, 0", "0x808, 0x100000000", "0x832, 0x100000000",
        "0x80E, 0" })
    void x2apicWritesThatAreRefused(String msr, String value) {
        x2apic(cpu);
        assertThatThrownBy(() -> cpu.writeMsr(Integer.decode(msr), Long.decode(value))).isSameAs(ApicFault.INSTANCE);
    }

    @Test
    void transitionsOfTheBaseRegister() {
        long on = 0xFEE0_0900L;
        long x2 = on | 1 << 10;
        long off = 0xFEE0_0100L;
        assertThatThrownBy(() -> cpu.writeMsr(BASE_MSR, off | 1 << 10)).isSameAs(ApicFault.INSTANCE);
        assertThatThrownBy(() -> cpu.writeMsr(BASE_MSR, on | 1)).isSameAs(ApicFault.INSTANCE);
        assertThatThrownBy(() -> cpu.writeMsr(BASE_MSR, on | 1L << 60)).isSameAs(ApicFault.INSTANCE);
        cpu.writeMsr(BASE_MSR, x2);
        assertThatThrownBy(() -> cpu.writeMsr(BASE_MSR, on)).isSameAs(ApicFault.INSTANCE);
        cpu.writeMsr(BASE_MSR, off);
        assertThat(cpu.pageEnabled()).isFalse();
        assertThatThrownBy(() -> cpu.writeMsr(BASE_MSR, x2)).as("from off only to on").isSameAs(ApicFault.INSTANCE);
        cpu.writeMsr(BASE_MSR, on);
        assertThat(cpu.pageEnabled()).isTrue();
        assertThat(cpu.readRegister(SVR)).as("registers were reset").isEqualTo(0xFF);
        // The boot processor's mark is not the guest's to change.
        cpus[1].writeMsr(BASE_MSR, on);
        assertThat(cpus[1].readMsr(BASE_MSR)).isEqualTo(0xFEE0_0800L);
    }

    @Test
    void msrsThatAreTheApics() {
        assertThat(CpuInterrupts.ownsMsr(0x1B)).isTrue();
        assertThat(CpuInterrupts.ownsMsr(0x6E0)).isTrue();
        assertThat(CpuInterrupts.ownsMsr(0x8FF)).isTrue();
        assertThat(CpuInterrupts.ownsMsr(0x900)).isFalse();
        assertThat(CpuInterrupts.ownsMsr(0x10)).isFalse();
    }

    @Test
    void ticksThatALateHostMissedAreLost() {
        cpu.writeRegister(LVT_TIMER, 0xEC | 1 << 17);
        cpu.writeRegister(DIVIDE, 0xB);
        cpu.writeRegister(INITIAL_COUNT, 25);
        int fired = 0;
        for (int i = 0; i < 100; i++) {
            clock.advance(1000);
            if (cpu.acknowledge() >= 0) {
                fired++;
                cpu.writeRegister(EOI, 0);
            }
        }
        assertThat(fired).isEqualTo(100);
        assertThat(clock.armedTimers()).isOne();
    }

    @Test
    void anyAccessesLeaveTheApicsAnswering() {
        Random random = new Random(11);
        for (int i = 0; i < 200_000; i++) {
            CpuInterrupts target = cpus[random.nextInt(3)];
            try {
                switch (random.nextInt(8)) {
                    case 0 -> target.writeRegister(random.nextInt(0x1000), random.nextInt());
                    case 1 -> target.readRegister(random.nextInt(0x1000));
                    case 2 ->
                        target.writeMsr(0x800 + random.nextInt(0x100), random.nextBoolean() ? random.nextLong() : random.nextInt(0x1000));
                    case 3 -> target.readMsr(0x800 + random.nextInt(0x100));
                    case 4 -> target.writeMsr(DEADLINE_MSR, random.nextLong() >>> random.nextInt(64));
                    case 5 -> chip.signalMsi(0xFEE0_0000L | random.nextInt(1 << 20), random.nextInt());
                    case 6 -> target.writeMsr(BASE_MSR, 0xFEE0_0000L | random.nextInt(4) << 10);
                    default -> {
                        assertThat(target.acknowledge()).isBetween(-1, 255);
                        target.writeCr8(random.nextInt(16));
                        target.takeNmi();
                        clock.advance(random.nextInt(10_000));
                    }
                }
            } catch (ApicFault e) {
                // The processor's answer to such an access.
                assertThat(e).isSameAs(ApicFault.INSTANCE);
            }
        }
        for (CpuInterrupts each : cpus) {
            each.writeMsr(BASE_MSR, 0xFEE0_0000L);
            each.writeMsr(BASE_MSR, 0xFEE0_0800L);
            each.writeRegister(SVR, 0x1FF);
        }
        chip.signalMsi(0xFEE0_1000L, 0x99);
        assertThat(cpus[1].acknowledge()).isEqualTo(0x99);
    }
}
