package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.fs.FsDriver.REQUESTS;
import static org.jvmm.virtio.fs.FuseClient.args;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.nio.file.Path;
import java.util.Random;
import org.jvmm.virtio.testing.MockQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chains that no driver would make, with fixed seeds ({@code -Dseed=N}, {@code -Dcases=N}): loops, wild addresses and lengths, bits of FUSE in odd pieces. */
class FsDeviceFuzzTest {
    private static final int CASES = Integer.getInteger("cases", 3_000);
    private static final int BURST = 20;

    @TempDir
    Path directory;

    @Test
    void theDeviceAnswersOrAsksForAResetAndWorksAfterwards() {
        Random random = new Random(Long.getLong("seed", 26L));
        int resets = 0;
        try (FsDriver guest = new FsDriver(directory, 1)) {
            for (int i = 0; i < CASES; i++) {
                long data = guest.driver.allocate(1 << 16);
                for (int k = 0; k < BURST; k++) {
                    chain(random, guest.driver.queue(REQUESTS), guest, data);
                }
                guest.driver.kick(REQUESTS);
                resets += guest.driver.needsReset() ? 1 : 0;
                guest.driver.reset();
                guest.begin();
                assertThat(guest.failure.get()).as("case %d", i).isNull();
                assertThat(guest.call(REQUESTS, FuseOpcode.GETATTR, ROOT_ID, args().u32(0, 0).u64(0)).error).isZero();
            }
        }
        assertThat(resets).isBetween(0, CASES);
    }

    private static void chain(Random random, MockQueue queue, FsDriver guest, long data) {
        int count = 1 + random.nextInt(6);
        int first = random.nextInt(queue.size());
        for (int i = 0; i < count; i++) {
            long address = random.nextInt(30) == 0 ? random.nextLong() : data + random.nextInt(1 << 15);
            int length = random.nextInt(30) == 0 ? random.nextInt() : random.nextInt(1 << 10);
            boolean last = i == count - 1;
            int flags = (last && random.nextInt(40) != 0 ? 0 : MockQueue.NEXT) | (i * 2 >= count ? MockQueue.WRITE : 0);
            if (random.nextInt(60) == 0) {
                flags = random.nextInt(16);
            }
            int next = random.nextInt(60) == 0 ? random.nextInt(1 << 16) : (first + i + 1) % queue.size();
            queue.descriptor(queue.descriptors(), (first + i) % queue.size(), address, length, flags, next);
            if (i == 0 && address == (address & (1 << 24) - 1)) {
                guest.driver.memory().write32(address, 40 + random.nextInt(200));
                guest.driver.memory().write32(address + 4, random.nextInt(54));
                guest.driver.memory().write64(address + 16, random.nextInt(4));
            }
        }
        queue.available(random.nextInt(100) == 0 ? random.nextInt(1 << 16) : first);
    }
}
