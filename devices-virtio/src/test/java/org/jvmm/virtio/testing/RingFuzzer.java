package org.jvmm.virtio.testing;

import java.util.Random;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.virtio.transport.MmioRegister;

/**
 * A driver that does anything: mostly plausible requests, with malformed rings, chains, addresses and register accesses among them. Everything follows from the seed. After an
 * error it sets the device up again, as a driver would.
 */
public final class RingFuzzer {
    /** Fills in what a request of the device under test looks like. */
    @FunctionalInterface
    public interface Plausible {
        /** Offers a request, right or nearly so, in queue {@code queue}. At least four descriptors are free. */
        void offer(MockDriver driver, Random random, int queue);
    }

    private static final int FREE_WANTED = 6;

    private final MockDriver driver;
    private final GuestMemory memory;
    private final Random random;
    private final int queues;
    private final Plausible plausible;
    private int operations;
    private int restarts;

    /** @param queues number of queues of the device */
    public RingFuzzer(MockDriver driver, int queues, long seed, Plausible plausible) {
        this.driver = driver;
        this.memory = driver.memory();
        this.queues = queues;
        this.random = new Random(seed);
        this.plausible = plausible;
    }

    /** Does {@code count} operations. */
    public void run(int count) {
        driver.start();
        for (int i = 0; i < count; i++) {
            step();
            operations++;
        }
    }

    private void step() {
        int queue = random.nextInt(queues);
        switch (random.nextInt(64)) {
            case 0 -> malformedChain(queue);
            case 1 -> loop(queue);
            case 2 -> nested(queue);
            case 3 -> driver.queue(queue).available(random.nextInt(1 << 16));
            case 4 -> rare(() -> driver.queue(queue).availableIndex(random.nextInt()));
            case 5 -> driver.transport().write(random.nextInt(0x200), 1 << random.nextInt(4), random.nextLong());
            case 6 -> driver.transport().read(random.nextInt(0x200), 1 << random.nextInt(4));
            case 7 -> rare(() -> driver.write(MmioRegister.STATUS, random.nextInt(256)));
            case 8 -> rare(driver::reset);
            case 9 -> rare(() -> memory.write64(driver.queue(queue).descriptors() + random.nextInt(64), random.nextLong()));
            default -> {
                if (driver.queue(queue).freeDescriptors() < FREE_WANTED) {
                    restart();
                }
                plausible.offer(driver, random, queue);
            }
        }
        driver.kick(queue);
        while (driver.queue(queue).poll()) {
            driver.irq().take();
        }
        if ((driver.status() & ~0xF) != 0 || driver.status() != 0xF && random.nextInt(4) == 0) {
            restart();
        }
    }

    private void rare(Runnable action) {
        if (random.nextInt(16) == 0) {
            action.run();
        }
    }

    private void restart() {
        restarts++;
        driver.reset();
        driver.start();
    }

    private void malformedChain(int queue) {
        MockQueue rings = driver.queue(queue);
        int head = random.nextInt(rings.size());
        long address = random.nextBoolean() ? random.nextLong() : memory.size() - random.nextInt(64);
        rings.descriptor(rings.descriptors(), head, address, random.nextInt(), random.nextInt(8), random.nextInt(1 << 16));
        rings.available(head);
    }

    private void loop(int queue) {
        MockQueue rings = driver.queue(queue);
        int a = random.nextInt(rings.size());
        int b = random.nextInt(rings.size());
        rings.descriptor(rings.descriptors(), a, driver.dataStart(), random.nextInt(64), MockQueue.NEXT, b);
        rings.descriptor(rings.descriptors(), b, driver.dataStart(), random.nextInt(64), MockQueue.NEXT, a);
        rings.available(a);
    }

    private void nested(int queue) {
        MockQueue rings = driver.queue(queue);
        int head = random.nextInt(rings.size());
        rings.descriptor(driver.dataStart(), 0, driver.dataStart(), 16, MockQueue.INDIRECT | random.nextInt(4), random.nextInt(2));
        rings.descriptor(rings.descriptors(), head, driver.dataStart(), 16 * random.nextInt(3), MockQueue.INDIRECT | random.nextInt(4), 0);
        rings.available(head);
    }

    /** Operations done. */
    public int operations() {
        return operations;
    }

    /** Times the device had to be set up again. */
    public int restarts() {
        return restarts;
    }
}
