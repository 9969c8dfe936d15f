package org.jvmm.virtio.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jvmm.virtio.testing.MockQueue.INDIRECT;
import static org.jvmm.virtio.testing.MockQueue.NEXT;
import static org.jvmm.virtio.testing.MockQueue.WRITE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.queue.VirtqueueException.Reason;
import org.jvmm.virtio.testing.MockQueue;

/** Rings, right and wrong. */
class VirtQueueTest {
    private static final int SIZE = 8;
    private static final long MEMORY = 1 << 20;
    private static final long DATA = 0x8000;

    private final GuestMemory memory = TestMemory.ofSize(MEMORY);
    private final MockQueue driver = new MockQueue(memory, SIZE, 0x1000);
    private final VirtQueue queue = new VirtQueue(memory, 0, 64);
    private final DescriptorChain chain = queue.newChain();

    @BeforeEach
    void start() {
        start(true, true);
    }

    private void start(boolean eventIdx, boolean indirect) {
        queue.start(SIZE, driver.descriptors(), driver.availableRing(), driver.usedRing(), eventIdx, indirect);
    }

    private void descriptor(int index, long address, int length, int flags, int next) {
        driver.descriptor(driver.descriptors(), index, address, length, flags, next);
    }

    private void refused(Reason reason) {
        assertThatThrownBy(() -> queue.pop(chain)).isInstanceOfSatisfying(VirtqueueException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.getStackTrace()).isEmpty();
        });
    }

    @Test
    void chainIsReadWrittenAndReturned() {
        memory.write32(DATA, 0x04030201);
        driver.readable(DATA, 4).writable(DATA + 4096, 3).writable(DATA + 8192, 8);
        int head = driver.offer();
        assertThat(queue.pop(chain)).isTrue();
        assertThat(chain.head()).isEqualTo(head);
        assertThat(chain.readableLength()).isEqualTo(4);
        assertThat(chain.writableLength()).isEqualTo(11);
        byte[] bytes = new byte[8];
        assertThat(chain.read(bytes, 0, 1)).isEqualTo(1);
        assertThat(chain.read(bytes, 1, 7)).isEqualTo(3);
        assertThat(bytes).startsWith(1, 2, 3, 4);
        assertThat(chain.write(bytes, 0, 4)).isEqualTo(4);
        assertThat(memory.read32(DATA + 4096)).isEqualTo(0x00030201);
        assertThat(memory.read8(DATA + 8192)).isEqualTo(4);
        assertThat(chain.written()).isEqualTo(4);
        assertThat(chain.writable()).isEqualTo(7);
        assertThat(chain.write(ByteBuffer.allocate(20), 20)).isEqualTo(7);
        assertThat(chain.writeByteAt(10, 0x55)).isTrue();
        assertThat(chain.writeByteAt(11, 0x55)).isFalse();
        assertThat(memory.read8(DATA + 8192 + 7)).isEqualTo(0x55);
        assertThat(chain.writeAt(2, new byte[] { 9, 8 }, 0, 2)).isEqualTo(2);
        assertThat(memory.read8(DATA + 8192)).isEqualTo(8);
        queue.addUsed(chain.head(), chain.written());
        assertThat(driver.poll()).isTrue();
        assertThat(driver.usedLength()).isEqualTo(11);
        assertThat(queue.pop(chain)).isFalse();
    }

    @Test
    void indirectChainIsFollowed() {
        long table = 0x6000;
        driver.descriptor(table, 0, DATA, 4, NEXT, 2);
        driver.descriptor(table, 2, DATA + 16, 4, NEXT | WRITE, 1);
        driver.descriptor(table, 1, DATA + 32, 4, WRITE, 0);
        driver.readable(DATA + 64, 2).indirect(table, 3).offer();
        assertThat(queue.pop(chain)).isTrue();
        assertThat(chain.readableLength()).isEqualTo(6);
        assertThat(chain.writableLength()).isEqualTo(8);
        assertThat(chain.address(3)).isEqualTo(DATA + 32);
    }

    @Test
    void vectorsHoldTheHostAddresses() {
        MemorySegment ram = memory.regions().get(0).segment();
        driver.readable(DATA, 16).readable(DATA + 100, 0).readable(DATA + 200, 16).writable(DATA + 300, 8).offer();
        assertThat(queue.pop(chain)).isTrue();
        IoVector vector = new IoVector(2);
        assertThat(chain.fillReadable(vector, 4, 100)).isEqualTo(28);
        assertThat(vector.count()).isEqualTo(2);
        assertThat(vector.base(0)).isEqualTo(ram.address() + DATA + 4);
        assertThat(vector.length(0)).isEqualTo(12);
        assertThat(vector.base(1)).isEqualTo(ram.address() + DATA + 200);
        assertThat(chain.fillWritable(vector, 0, 8)).as("full").isZero();
        vector.advance(14);
        assertThat(vector.count()).isEqualTo(1);
        assertThat(vector.base(0)).isEqualTo(ram.address() + DATA + 202);
        assertThat(vector.bytes()).isEqualTo(14);
        vector.clear();
        assertThat(chain.fillWritable(vector, 2, 4)).isEqualTo(4);
        List<Long> marks = new ArrayList<>();
        memory.observeWrites((gpa, length) -> marks.add(gpa));
        chain.markWritten(2, 4);
        assertThat(marks).containsExactly(DATA + 302);
        assertThat(chain.hostAddress(1)).isZero();
        assertThat(chain.hostAddress(3)).isEqualTo(ram.address() + DATA + 300);
    }

    @Test
    void loopIsRefused() {
        descriptor(0, DATA, 4, NEXT, 0);
        driver.available(0);
        refused(Reason.CHAIN_TOO_LONG);
    }

    @Test
    void loopOfTwoIsRefused() {
        descriptor(0, DATA, 4, NEXT, 1);
        descriptor(1, DATA, 0, NEXT, 0);
        driver.available(0);
        refused(Reason.CHAIN_TOO_LONG);
    }

    @Test
    void loopInAnIndirectTableIsRefused() {
        driver.descriptor(DATA, 0, DATA, 1, NEXT, 0);
        descriptor(0, DATA, 16, INDIRECT, 0);
        driver.available(0);
        refused(Reason.CHAIN_TOO_LONG);
    }

    @Test
    void indirectChainLongerThanTheQueueIsRefused() {
        for (int i = 0; i < SIZE + 1; i++) {
            driver.descriptor(DATA, i, DATA, 1, i < SIZE ? NEXT : 0, i + 1);
        }
        descriptor(0, DATA, 16 * (SIZE + 1), INDIRECT, 0);
        driver.available(0);
        refused(Reason.CHAIN_TOO_LONG);
    }

    @Test
    void nestedIndirectIsRefused() {
        driver.descriptor(DATA, 0, DATA, 16, INDIRECT, 0);
        descriptor(1, DATA, 16, INDIRECT, 0);
        driver.available(1);
        refused(Reason.INDIRECT_NOT_ALLOWED);
    }

    @Test
    void indirectWithoutTheFeatureIsRefused() {
        start(true, false);
        descriptor(1, DATA, 16, INDIRECT, 0);
        driver.available(1);
        refused(Reason.INDIRECT_NOT_ALLOWED);
    }

    @ParameterizedTest
    @CsvSource({ "0,4", "15,4", "17,4", "16,5" })
    void badIndirectTableIsRefused(int length, int flags) {
        descriptor(1, DATA, length, flags, 0);
        driver.available(1);
        refused(Reason.BAD_INDIRECT_TABLE);
    }

    @Test
    void nextOutsideTheTableIsRefused() {
        descriptor(2, DATA, 4, NEXT, SIZE);
        driver.available(2);
        refused(Reason.NEXT_OUT_OF_RANGE);
    }

    @Test
    void nextOutsideTheIndirectTableIsRefused() {
        driver.descriptor(DATA, 0, DATA, 1, NEXT, 1);
        descriptor(2, DATA, 16, INDIRECT, 0);
        driver.available(2);
        refused(Reason.NEXT_OUT_OF_RANGE);
    }

    @ParameterizedTest
    @CsvSource({ "0x10000000000,4", "0xFFFFFFFFFFFFFFFF,4", "0xFFFFF,2", "0x100000,1", "0x8000,-1", "0xFFFFFFFFFFFFFFF0,32" })
    void bufferOutsideMemoryIsRefused(String address, int length) {
        descriptor(3, Long.parseUnsignedLong(address.substring(2), 16), length, 0, 0);
        driver.available(3);
        refused(Reason.ADDRESS_OUT_OF_MEMORY);
    }

    @Test
    void indirectTableOutsideMemoryIsRefused() {
        descriptor(3, MEMORY - 8, 16, INDIRECT, 0);
        driver.available(3);
        refused(Reason.ADDRESS_OUT_OF_MEMORY);
    }

    @Test
    void totalLengthMustFit32Bits() {
        GuestMemory large = TestMemory.ofSize(64 << 20);
        MockQueue rings = new MockQueue(large, 128, 0x1000);
        VirtQueue wide = new VirtQueue(large, 0, 128);
        wide.start(128, rings.descriptors(), rings.availableRing(), rings.usedRing(), false, false);
        for (int i = 0; i < 64; i++) {
            rings.readable(0, 64 << 20);
        }
        rings.offer();
        assertThatThrownBy(() -> wide.pop(wide.newChain())).isInstanceOfSatisfying(VirtqueueException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.LENGTH_OVERFLOW));
    }

    @Test
    void readableBehindWritableIsRefused() {
        driver.writable(DATA, 4).readable(DATA, 4).offer();
        refused(Reason.READABLE_AFTER_WRITABLE);
    }

    @Test
    void headOutsideTheTableIsRefused() {
        driver.available(SIZE);
        refused(Reason.HEAD_OUT_OF_RANGE);
    }

    @Test
    void availableIndexFarAheadIsRefused() {
        driver.availableIndex(SIZE + 1);
        refused(Reason.AVAIL_INDEX_JUMP);
    }

    @Test
    void availableIndexThatGoesBackIsRefused() {
        driver.availableIndex(0xFFFF);
        refused(Reason.AVAIL_INDEX_JUMP);
    }

    @ParameterizedTest
    @CsvSource({ "0,4096,8192,12288,BAD_SIZE", "3,4096,8192,12288,BAD_SIZE", "128,4096,8192,12288,BAD_SIZE",
        "8,4104,8192,12288,BAD_RING_ADDRESS",
        "8,4096,8193,12288,BAD_RING_ADDRESS", "8,4096,8192,12290,BAD_RING_ADDRESS", "8,1048560,8192,12288,BAD_RING_ADDRESS",
        "8,4096,1048572,12288,BAD_RING_ADDRESS", "8,4096,8192,1048572,BAD_RING_ADDRESS", "8,-4096,8192,12288,BAD_RING_ADDRESS" })
    void unusableRingsAreRefused(int size, long descriptors, long available, long used, Reason reason) {
        assertThatThrownBy(() -> queue.start(size, descriptors, available, used, true, true))
                .isInstanceOfSatisfying(VirtqueueException.class, e -> assertThat(e.reason()).isEqualTo(reason));
        assertThat(queue.isReady()).isFalse();
        assertThat(queue.pop(chain)).isFalse();
    }

    @Test
    void interruptFollowsTheEventIndex() {
        for (int i = 0; i < 4; i++) {
            driver.writable(DATA, 4).offer();
            driver.usedEvent(2);
            assertThat(queue.pop(chain)).isTrue();
            queue.addUsed(chain.head(), 0);
            // The driver wants to hear of the third.
            assertThat(queue.needsInterrupt()).isEqualTo(i == 2);
        }
        assertThat(queue.needsInterrupt()).isFalse();
    }

    @Test
    void eventIndexWrapsAround() {
        for (int i = 0; i < 70_000; i++) {
            driver.writable(DATA, 4).offer();
            driver.usedEvent(i);
            assertThat(queue.pop(chain)).isTrue();
            queue.addUsed(chain.head(), 0);
            assertThat(queue.needsInterrupt()).isTrue();
            assertThat(driver.poll()).isTrue();
        }
        assertThat(queue.nextUsed()).isEqualTo(70_000 & 0xFFFF);
    }

    @Test
    void interruptFollowsTheFlagWithoutEventIndex() {
        start(false, true);
        assertThat(queue.needsInterrupt()).isTrue();
        driver.noInterrupt(true);
        assertThat(queue.needsInterrupt()).isFalse();
    }

    @Test
    void emptyQueueAsksForANotification() {
        for (int i = 0; i < 3; i++) {
            driver.writable(DATA, 4).offer();
            assertThat(queue.pop(chain)).isTrue();
        }
        assertThat(driver.availEvent()).isZero();
        assertThat(queue.pop(chain)).isFalse();
        assertThat(driver.availEvent()).isEqualTo(3);
    }

    @Test
    void stagedBuffersAppearAtOnceAndPoppedOnesGoBack() {
        int first = driver.writable(DATA, 4).offer();
        int second = driver.writable(DATA, 4).offer();
        assertThat(queue.pop(chain)).isTrue();
        assertThat(queue.pop(chain)).isTrue();
        queue.undoPop(2);
        assertThat(queue.pop(chain)).isTrue();
        assertThat(chain.head()).isEqualTo(first);
        queue.stageUsed(first, 1);
        assertThat(queue.pop(chain)).isTrue();
        queue.stageUsed(second, 2);
        assertThat(driver.poll()).isFalse();
        queue.publishUsed();
        assertThat(driver.poll()).isTrue();
        assertThat(driver.poll()).isTrue();
        assertThat(driver.usedLength()).isEqualTo(2);
    }

    @Test
    void stoppedQueueIsSilent() {
        driver.writable(DATA, 4).offer();
        queue.stop();
        assertThat(queue.pop(chain)).isFalse();
        queue.addUsed(0, 4);
        assertThat(driver.poll()).isFalse();
        assertThat(queue.needsInterrupt()).isFalse();
    }

    @Test
    void restoredIndicesGoOnAndInterruptOnce() {
        driver.availableIndex(5);
        memory.write16(driver.usedRing() + 2, 5);
        queue.restoreIndices(5, 5);
        assertThat(queue.pop(chain)).isFalse();
        assertThat(queue.needsInterrupt()).isTrue();
        assertThat(queue.needsInterrupt()).isFalse();
        driver.writable(DATA, 4).offer();
        assertThat(queue.pop(chain)).isTrue();
        queue.addUsed(chain.head(), 4);
        assertThat(driver.usedIndex()).isEqualTo(6);
    }

    @Test
    void randomRingsRaiseNothingElse() {
        Random random = new Random(7);
        int popped = 0;
        byte[] bytes = new byte[64];
        for (int i = 0; i < 300_000; i++) {
            int d = random.nextInt(SIZE);
            long address = random.nextInt(16) == 0 ? random.nextLong() : random.nextInt((int) MEMORY);
            int length = random.nextInt(16) == 0 ? random.nextInt() : random.nextInt(1 << 12);
            driver.descriptor(random.nextInt(4) == 0 ? DATA : driver.descriptors(), d, random.nextInt(3) == 0 ? DATA : address,
                    random.nextInt(4) == 0 ? 16 * SIZE : length, random.nextInt(8), random.nextInt(SIZE + 1));
            driver.available(random.nextInt(SIZE + 1));
            if (random.nextInt(1000) == 0) {
                driver.availableIndex(random.nextInt());
            }
            try {
                while (queue.pop(chain)) {
                    popped++;
                    chain.read(bytes, 0, bytes.length);
                    // Never into the rings: the test's own writes would be lost.
                    queue.addUsed(chain.head(), chain.writable());
                }
            } catch (VirtqueueException e) {
                driver.clear();
                start(random.nextBoolean(), random.nextBoolean());
            }
        }
        assertThat(popped).isGreaterThan(10_000);
    }
}
