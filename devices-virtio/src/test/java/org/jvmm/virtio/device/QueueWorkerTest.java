package org.jvmm.virtio.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.jvmm.virtio.queue.VirtqueueException;

/** The worker works when told, and not while quiet. */
class QueueWorkerTest {
    @Test
    void signalsAreWorkedOnAndQuiesceWaits() throws InterruptedException {
        BlockingQueue<String> began = new ArrayBlockingQueue<>(10);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        try (QueueWorker worker = new QueueWorker("worker", () -> {
            began.add("work");
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            done.incrementAndGet();
        }, () -> began.add("broken"), e -> began.add("failed"))) {
            worker.signal();
            assertThat(began).as("quiet before resume").isEmpty();
            worker.resume();
            assertThat(began.take()).isEqualTo("work");
            worker.signal();
            Thread releaser = new Thread(go::countDown);
            releaser.start();
            worker.quiesce();
            int after = done.get();
            assertThat(after).isBetween(1, 2);
            worker.signal();
            assertThat(done.get()).isEqualTo(after);
            releaser.join();
        }
    }

    @Test
    void brokenRingAndMistakesAreReportedOnce() throws InterruptedException {
        BlockingQueue<String> events = new ArrayBlockingQueue<>(10);
        AtomicInteger turn = new AtomicInteger();
        try (QueueWorker worker = new QueueWorker("worker", () -> {
            if (turn.getAndIncrement() == 0) {
                throw new VirtqueueException(VirtqueueException.Reason.CHAIN_TOO_LONG);
            }
            throw new IllegalStateException("mistake");
        }, () -> events.add("broken"), e -> events.add(e.getMessage()))) {
            worker.resume();
            assertThat(events.take()).isEqualTo("broken");
            worker.resume();
            assertThat(events.take()).isEqualTo("mistake");
        }
        assertThat(events).isEmpty();
    }
}
