package org.jvmm.virtio.blk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.MockQueue;

/** The driver of a block device: one request at a time, or several. */
final class BlockDriver {
    private static final int NOT_WRITTEN = 0x77;

    private final MockDriver driver;
    private final long header;
    private final long status;
    private final long data;

    BlockDriver(MockDriver driver, int dataSize) {
        this.driver = driver;
        this.header = driver.allocate(16);
        this.status = driver.allocate(16);
        this.data = driver.allocate(dataSize);
    }

    /** Waits for the answer of the last request offered in queue 0; workers have threads of their own. Returns the status. */
    int answer() {
        MockQueue queue = driver.queue(0);
        while (!queue.poll()) {
            Thread.onSpinWait();
        }
        return driver.memory().read8(status);
    }

    private void header(int type, long sector) {
        driver.memory().write32(header, type);
        driver.memory().write64(header + 8, sector);
        driver.memory().write8(status, NOT_WRITTEN);
        driver.queue(0).readable(header, 16);
    }

    private int go() {
        driver.queue(0).writable(status, 1).offer();
        driver.kick(0);
        return answer();
    }

    byte[] read(long sector, int bytes) {
        int result = readStatus(sector, bytes);
        if (result != 0) {
            throw new AssertionError("Read answered " + result);
        }
        return driver.bytes(data, bytes);
    }

    int readStatus(long sector, int bytes) {
        header(BlockRequest.T_IN, sector);
        // In pieces that do not end where sectors do.
        int first = Math.min(bytes, 100);
        driver.queue(0).writable(data, first);
        if (bytes > first) {
            driver.queue(0).writable(data + first, bytes - first);
        }
        return go();
    }

    int write(long sector, byte[] bytes) {
        header(BlockRequest.T_OUT, sector);
        driver.memory().write(data, bytes);
        int first = Math.min(bytes.length, 300);
        driver.queue(0).readable(data, first);
        if (bytes.length > first) {
            driver.queue(0).readable(data + first, bytes.length - first);
        }
        return go();
    }

    int flush() {
        header(BlockRequest.T_FLUSH, 0);
        return go();
    }

    int zero(int type, int flags, long... sectorsAndCounts) {
        ByteBuffer ranges = ByteBuffer.allocate(8 * sectorsAndCounts.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < sectorsAndCounts.length; i += 2) {
            ranges.putLong(sectorsAndCounts[i]).putInt((int) sectorsAndCounts[i + 1]).putInt(flags);
        }
        header(type, 0);
        driver.memory().write(data, ranges.array());
        driver.queue(0).readable(data, ranges.capacity());
        return go();
    }

    String id() {
        header(BlockRequest.T_GET_ID, 0);
        driver.queue(0).writable(data, 20);
        if (go() != 0) {
            throw new AssertionError("No id");
        }
        return new String(driver.bytes(data, 20)).trim();
    }

    int other(int type) {
        header(type, 0);
        return go();
    }
}
