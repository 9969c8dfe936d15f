package org.jvmm.virtio.transport;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jvmm.core.event.EventLoop;

/** Runs something on the loop and waits for it, for the few registers whose effect must be complete when the guest's store is. */
final class LoopCall {
    /** Longer than any turn of the loop; shorter than a user's patience with a vCPU that hangs because the loop is gone. */
    private static final long LIMIT_SECONDS = 5;

    private LoopCall() {}

    /** Returns whether the task has ended; false when the loop did not get to it in time or the caller was interrupted. */
    static boolean run(EventLoop loop, Runnable task) {
        if (loop.inLoop()) {
            task.run();
            return true;
        }
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> {
            try {
                task.run();
            } finally {
                done.countDown();
            }
        });
        try {
            return done.await(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
