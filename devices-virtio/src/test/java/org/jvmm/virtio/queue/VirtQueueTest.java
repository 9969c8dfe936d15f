package org.jvmm.virtio.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.TestMemory;

/** Rings written by hand, right and wrong. */
class VirtQueueTest {
    private static final int SIZE = 8;
    private static final long DESCRIPTORS = 0x1000;
    private static final long AVAILABLE = 0x2000;
    private static final long USED = 0x3000;
    private static final long DATA = 0x8000;
    private static final int NEXT = 1;
    private static final int WRITE = 2;
    private static final int INDIRECT = 4;

    private final GuestMemory memory = TestMemory.ofSize(1 << 20);
    private final VirtQueue queue = new VirtQueue(memory, SIZE, DESCRIPTORS, AVAILABLE, USED, true);
    private final DescriptorChain chain = new DescriptorChain(memory);
    private int offered;

    private void descriptor(long table, int index, long address, int length, int flags, int next) {
        long at = table + 16L * index;
        memory.write64(at, address);
        memory.write32(at + 8, length);
        memory.write16(at + 12, flags);
        memory.write16(at + 14, next);
    }

    private void offer(int head) {
        memory.write16(AVAILABLE + 4 + 2L * (offered & SIZE - 1), head);
        memory.write16(AVAILABLE + 2, ++offered);
    }

    @Test
    void chainIsCollectedAndReturned() {
        descriptor(DESCRIPTORS, 0, DATA, 4, NEXT, 3);
        descriptor(DESCRIPTORS, 3, DATA + 4096, 8, WRITE, 0);
        memory.write32(DATA, 0x04030201);
        offer(0);
        assertThat(queue.pop(chain)).isTrue();
        assertThat(chain.readableLength()).isEqualTo(4);
        assertThat(chain.writableLength()).isEqualTo(8);
        byte[] bytes = new byte[8];
        assertThat(chain.read(1, bytes, 0, 8)).isEqualTo(3);
        assertThat(bytes).startsWith(2, 3, 4);
        assertThat(chain.write(6, bytes, 0, 8)).isEqualTo(2);
        queue.addUsed(chain.head(), 2);
        assertThat(memory.read16(USED + 2)).isEqualTo(1);
        assertThat(memory.read32(USED + 8)).isEqualTo(2);
        assertThat(queue.pop(chain)).isFalse();
    }

    @Test
    void loopsNestingAndBadIndicesAreRefused() {
        descriptor(DESCRIPTORS, 0, DATA, 4, NEXT, 0);
        offer(0);
        assertThatThrownBy(() -> queue.pop(chain)).isInstanceOf(VirtqueueException.class).hasMessageContaining("loops");
        descriptor(DESCRIPTORS, 1, DATA, 16, INDIRECT, 0);
        descriptor(DATA, 0, DATA, 16, INDIRECT, 0);
        offer(1);
        assertThatThrownBy(() -> queue.pop(chain)).hasMessageContaining("Nested");
        descriptor(DESCRIPTORS, 2, DATA, 4, NEXT, SIZE);
        offer(2);
        assertThatThrownBy(() -> queue.pop(chain)).hasMessageContaining("Next descriptor");
        descriptor(DESCRIPTORS, 3, 1L << 40, 4, 0, 0);
        offer(3);
        assertThatThrownBy(() -> queue.pop(chain)).hasMessageContaining("outside memory");
        descriptor(DESCRIPTORS, 4, DATA, 4, NEXT | WRITE, 5);
        descriptor(DESCRIPTORS, 5, DATA, 4, 0, 0);
        offer(4);
        assertThatThrownBy(() -> queue.pop(chain)).hasMessageContaining("behind a writable");
        offer(SIZE);
        assertThatThrownBy(() -> queue.pop(chain)).hasMessageContaining("Descriptor index");
    }

    @Test
    void availableIndexBeyondTheQueueIsRefused() {
        memory.write16(AVAILABLE + 2, SIZE + 1);
        assertThatThrownBy(() -> queue.pop(chain)).hasMessageContaining("ahead");
    }

    @Test
    void interruptFollowsTheEventIndex() {
        descriptor(DESCRIPTORS, 0, DATA, 4, WRITE, 0);
        for (int i = 0; i < 4; i++) {
            offer(0);
            assertThat(queue.pop(chain)).isTrue();
            queue.addUsed(0, 0);
            // The driver wants to hear of the third.
            memory.write16(AVAILABLE + 4 + 2L * SIZE, 2);
            assertThat(queue.needsInterrupt()).isEqualTo(i == 0 || i == 2);
        }
    }

    @Test
    void randomRingsRaiseNothingElse() {
        Random random = new Random(7);
        byte[] noise = new byte[16 * SIZE];
        int popped = 0;
        for (int i = 0; i < 100_000; i++) {
            random.nextBytes(noise);
            for (int d = 0; d < SIZE; d++) {
                if (random.nextBoolean()) {
                    descriptor(DESCRIPTORS, d, random.nextInt(1 << 20), random.nextInt(1 << 16), random.nextInt(8),
                            random.nextInt(SIZE + 1));
                }
            }
            VirtQueue fresh = new VirtQueue(memory, SIZE, DESCRIPTORS, AVAILABLE, USED, random.nextBoolean());
            memory.write16(AVAILABLE + 2, random.nextInt(SIZE + 2));
            memory.write16(AVAILABLE + 4, random.nextInt(SIZE + 1));
            try {
                popped += fresh.pop(chain) ? 1 : 0;
            } catch (VirtqueueException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
        assertThat(popped).isGreaterThan(1000);
    }
}
