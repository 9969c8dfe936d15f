package org.jvmm.bench.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The loops do what their benchmarks divide by. */
class GuestLoopTest {
    private static final int ITERATIONS = 20_000;

    @ParameterizedTest
    @EnumSource(GuestLoop.class)
    void everyIterationRetiresTheStatedInstructions(GuestLoop loop) {
        try (BareMachine machine = new BareMachine()) {
            machine.load(loop);
            long before = machine.instructionsRetired();
            machine.run(ITERATIONS);
            // The way out spins until the engine looks at the kick.
            assertThat(machine.instructionsRetired() - before).isBetween((long) ITERATIONS * loop.instructions(),
                    (long) ITERATIONS * loop.instructions() + 2_000);
        }
    }

    @Test
    void callsReturnWhatTheFunctionComputes() {
        try (BareMachine machine = new BareMachine()) {
            machine.load(GuestLoop.CALL);
            assertThat(machine.run(ITERATIONS)).isEqualTo(ITERATIONS);
        }
    }

    @Test
    void pagesAddsWhatTheSourceHolds() {
        try (BareMachine machine = new BareMachine()) {
            machine.load(GuestLoop.PAGES);
            // The offset starts as the number of iterations.
            machine.memory().write64(BareMachine.SOURCE + ITERATIONS, 41);
            assertThat(machine.run(ITERATIONS)).isEqualTo(41);
        }
    }

    @Test
    void copyCopies() {
        try (BareMachine machine = new BareMachine()) {
            machine.memory().write64(BareMachine.SOURCE + 0x100, 0x1122_3344_5566_7788L);
            machine.load(GuestLoop.COPY);
            machine.run(0x2000);
            assertThat(machine.memory().read64(BareMachine.TARGET + 0x100)).isEqualTo(0x1122_3344_5566_7788L);
        }
    }

    @Test
    void newCodeTakesThePlaceOfOld() {
        try (BareMachine machine = new BareMachine()) {
            byte[] code = DecodeBench.straightLine();
            long before = machine.instructionsRetired();
            machine.load(code);
            long first = machine.run(1);
            assertThat(machine.instructionsRetired() - before).isGreaterThan(90_000);
            machine.load(GuestLoop.CALL);
            assertThat(machine.run(7)).isEqualTo(7);
            machine.load(code);
            assertThat(machine.run(1)).isEqualTo(first);
        }
    }
}
