package org.jvmm.virtio.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.virtio.testing.MockDriver;

/** Register accesses in no order at all; afterwards the device still answers. */
class TransportFuzzTest {
    private static final int OPERATIONS = 300_000;
    private static final int[] STATUS = { 0, 1, 3, 11, 15, 15, 128, 64 };

    @Test
    void anyAccessSequenceLeavesTheDeviceUsable() {
        Random random = new Random(1);
        FakeDevice device = new FakeDevice();
        MockDriver driver = new MockDriver(device);
        int activations = 0;
        for (int i = 0; i < OPERATIONS; i++) {
            device.calls.clear();
            switch (random.nextInt(8)) {
                case 0 -> driver.transport().read(random.nextInt(0x1000), 1 << random.nextInt(4));
                case 1 -> driver.transport().write(random.nextInt(0x1000), 1 << random.nextInt(4), random.nextLong());
                case 2 -> driver.write(random.nextInt(0x40) * 4, random.nextInt());
                case 3 -> driver.write(MmioRegister.STATUS, STATUS[random.nextInt(STATUS.length)]);
                case 4 -> driver.queue(random.nextInt(2)).available(random.nextInt(18));
                case 5 -> driver.kick(random.nextInt(3));
                case 6 -> driver.write(MmioRegister.QUEUE_READY, random.nextInt(2));
                default -> {
                    if (random.nextInt(20) == 0) {
                        driver.start();
                        activations++;
                    }
                }
            }
            driver.loop().runAll();
        }
        assertThat(activations).isGreaterThan(1000);
        driver.start();
        int served = device.served;
        driver.queue(0).writable(driver.allocate(8), 8).offer();
        driver.kick(0);
        assertThat(device.served).isEqualTo(served + 1);
    }
}
