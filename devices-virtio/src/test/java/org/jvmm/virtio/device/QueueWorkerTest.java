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
    void theCallerServesWhenNobodyWorks() throws InterruptedException {
        BlockingQueue<Thread> worked = new ArrayBlockingQueue<>(10);
        AtomicInteger served = new AtomicInteger();
        try (QueueWorker worker = new QueueWorker("worker", () -> worked.add(Thread.currentThread()), () -> worked.clear(),
                e -> worked.clear())) {
            assertThat(worker.serve(() -> served.incrementAndGet() < 0)).as("before resume").isFalse();
            worker.resume();
            assertThat(worked.take().getName()).isEqualTo("worker");
            worker.quiesce();
            assertThat(worker.serve(() -> served.incrementAndGet() < 0)).as("quiet").isFalse();
            assertThat(served).hasValue(0);
            worker.resume();
            worked.take();
            while (!worker.serve(() -> served.incrementAndGet() < 0)) {
                // The worker is about to rest.
                Thread.onSpinWait();
            }
            assertThat(served).hasValue(1);
            assertThat(worked).isEmpty();
            while (!worker.serve(() -> true)) {
                Thread.onSpinWait();
            }
            assertThat(worked.take().getName()).as("what was left is the worker's").isEqualTo("worker");
        }
    }

    @Test
    void nobodyWorksBesideTheCallerAndQuiesceWaitsForIt() throws InterruptedException {
        BlockingQueue<String> events = new ArrayBlockingQueue<>(10);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (QueueWorker worker = new QueueWorker("worker", () -> events.add("work"), () -> events.add("broken"),
                e -> events.add("failed"))) {
            worker.resume();
            assertThat(events.take()).isEqualTo("work");
            Thread caller = new Thread(() -> {
                boolean done = false;
                while (!done) {
                    done = worker.serve(() -> {
                        inside.countDown();
                        try {
                            go.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                        events.add("served");
                        return false;
                    });
                }
            });
            caller.start();
            inside.await();
            assertThat(worker.serve(() -> events.add("twice"))).isFalse();
            worker.signal();
            Thread quiescer = new Thread(() -> {
                worker.quiesce();
                events.add("quiet");
            });
            quiescer.start();
            assertThat(events).isEmpty();
            go.countDown();
            assertThat(events.take()).isEqualTo("served");
            quiescer.join();
            caller.join();
            // The signal came before the end or not: then the worker looked once more.
            events.remove("work");
            assertThat(events).containsExactly("quiet");
        }
    }

    @Test
    void aRingThatBreaksAtOnceIsReportedAndTheWorkerIsQuiet() throws InterruptedException {
        BlockingQueue<String> events = new ArrayBlockingQueue<>(10);
        try (QueueWorker worker = new QueueWorker("worker", () -> events.add("work"), () -> events.add("broken"),
                e -> events.add(e.getMessage()))) {
            worker.resume();
            assertThat(events.take()).isEqualTo("work");
            while (!worker.serve(() -> {
                throw new VirtqueueException(VirtqueueException.Reason.CHAIN_TOO_LONG);
            })) {
                Thread.onSpinWait();
            }
            assertThat(events.take()).isEqualTo("broken");
            assertThat(worker.serve(() -> events.add("quiet"))).isFalse();
            worker.resume();
            assertThat(events.take()).isEqualTo("work");
            while (!worker.serve(() -> {
                throw new IllegalStateException("mistake");
            })) {
                Thread.onSpinWait();
            }
            assertThat(events.take()).isEqualTo("mistake");
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
