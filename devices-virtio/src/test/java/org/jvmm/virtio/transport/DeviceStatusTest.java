package org.jvmm.virtio.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.rng.RngDevice;
import org.jvmm.virtio.testing.MockDriver;

/** Every step from every status, as the table of virtio 1.3 §3.1.1 has it and as the transport obeys it. */
class DeviceStatusTest {
    private static final int ACKNOWLEDGED = 1;
    private static final int DRIVER = 3;
    private static final int FEATURES = 11;
    private static final int RUNNING = 15;
    private static final List<Integer> REACHABLE = List.of(0, ACKNOWLEDGED, DRIVER, FEATURES, RUNNING);
    private static final Set<List<Integer>> STEPS = Set.of(List.of(0, ACKNOWLEDGED), List.of(ACKNOWLEDGED, DRIVER),
            List.of(DRIVER, FEATURES),
            List.of(FEATURES, RUNNING));

    private final GuestMemory memory = TestMemory.ofSize(1 << 16);

    static List<int[]> pairs() {
        List<int[]> all = new ArrayList<>();
        for (int from = 0; from < 256; from++) {
            for (int to = 0; to < 256; to++) {
                all.add(new int[] { from, to });
            }
        }
        return all;
    }

    static List<int[]> reachablePairs() {
        List<int[]> all = new ArrayList<>();
        for (int from : REACHABLE) {
            for (int to = 0; to < 256; to++) {
                all.add(new int[] { from, to });
            }
        }
        return all;
    }

    @Test
    void tableAllowsTheStepsAndNothingElse() {
        List<String> wrong = new ArrayList<>();
        for (int[] pair : pairs()) {
            int from = pair[0] & ~DeviceStatus.NEEDS_RESET;
            int to = pair[1] & ~DeviceStatus.NEEDS_RESET;
            boolean givesUp = (from & DeviceStatus.FAILED) == 0 && to == (from | DeviceStatus.FAILED);
            boolean expected = pair[1] == 0 || givesUp || STEPS.contains(List.of(from, to));
            if (DeviceStatus.isAllowed(pair[0], pair[1]) != expected) {
                wrong.add(pair[0] + " to " + pair[1]);
            }
        }
        assertThat(wrong).isEmpty();
    }

    @ParameterizedTest(name = "from {0}")
    @MethodSource("reachablePairs")
    void transportObeysTheTable(int[] pair) {
        MockDriver driver = new MockDriver(new RngDevice(), memory, new ManualLoop(), 16);
        int from = pair[0];
        int to = pair[1];
        reach(driver, from);
        assertThat(driver.status()).isEqualTo(from);
        driver.write(MmioRegister.STATUS, to);
        boolean allowed = to == 0 || to == from || (to & ~DeviceStatus.NEEDS_RESET) == (from | DeviceStatus.FAILED)
                || STEPS.contains(List.of(from, to & ~DeviceStatus.NEEDS_RESET));
        // NEEDS_RESET is the device's; what the driver writes there is not kept.
        assertThat(driver.status()).isEqualTo(allowed ? to & ~DeviceStatus.NEEDS_RESET : from);
        assertThat(driver.transport().metrics().badStatus.get()).isEqualTo(allowed ? 0 : 1);
    }

    private static void reach(MockDriver driver, int status) {
        if (status >= FEATURES) {
            driver.negotiate(FeatureBits.VERSION_1);
            driver.setUpQueue(0);
        } else if (status >= ACKNOWLEDGED) {
            driver.write(MmioRegister.STATUS, ACKNOWLEDGED);
        }
        if (status == DRIVER || status == RUNNING) {
            driver.write(MmioRegister.STATUS, status);
        }
        if (status == DRIVER) {
            driver.write(MmioRegister.DRIVER_FEATURES_SEL, 1);
            driver.write(MmioRegister.DRIVER_FEATURES, (int) (FeatureBits.VERSION_1 >>> 32));
        }
    }
}
