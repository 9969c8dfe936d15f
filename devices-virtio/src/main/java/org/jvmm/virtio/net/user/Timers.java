package org.jvmm.virtio.net.user;

import java.util.Arrays;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.time.TimerQueue;

/** The timers of all connections and flows as one timer of the machine's. Belongs to the event loop. */
final class Timers {
    private final TimerQueue.Timer timer;
    private final TimerQueue queue;
    /** A binary heap by deadline. */
    private Entry[] heap = new Entry[16];
    private int count;

    Timers(TimerQueue queue, EventLoop loop) {
        this.queue = queue;
        this.timer = queue.newTimer(() -> loop.execute(this::expire));
    }

    /** Nanoseconds of the machine's clock. */
    long now() {
        return queue.clock().nanoTime();
    }

    /** Number of armed timers. */
    int armed() {
        return count;
    }

    /** Lets {@code entry} expire once after {@code delay} nanoseconds; replaces an earlier deadline. */
    void arm(Entry entry, long delay) {
        entry.deadline = now() + delay;
        if (entry.index < 0) {
            if (count == heap.length) {
                heap = Arrays.copyOf(heap, 2 * count);
            }
            place(entry, count++);
        }
        sink(rise(entry));
        if (heap[0] == entry) {
            timer.arm(entry.deadline);
        }
    }

    /** Forgets the deadline. */
    void cancel(Entry entry) {
        int hole = entry.index;
        if (hole < 0) {
            return;
        }
        Entry last = heap[--count];
        heap[count] = null;
        entry.index = -1;
        if (last != entry) {
            place(last, hole);
            sink(rise(last));
        }
    }

    private void expire() {
        long now = now();
        while (count > 0 && heap[0].deadline - now <= 0) {
            Entry due = heap[0];
            cancel(due);
            due.expired();
        }
        if (count > 0) {
            timer.arm(heap[0].deadline);
        }
    }

    private Entry rise(Entry entry) {
        int at = entry.index;
        while (at > 0 && entry.deadline - heap[(at - 1) / 2].deadline < 0) {
            place(heap[(at - 1) / 2], at);
            at = (at - 1) / 2;
        }
        place(entry, at);
        return entry;
    }

    private void sink(Entry entry) {
        int at = entry.index;
        while (2 * at + 1 < count) {
            int child = 2 * at + 1;
            if (child + 1 < count && heap[child + 1].deadline - heap[child].deadline < 0) {
                child++;
            }
            if (heap[child].deadline - entry.deadline >= 0) {
                break;
            }
            place(heap[child], at);
            at = child;
        }
        place(entry, at);
    }

    private void place(Entry entry, int at) {
        heap[at] = entry;
        entry.index = at;
    }

    /** Something with a deadline. */
    abstract static class Entry {
        private long deadline;
        private int index = -1;

        /** Whether it will expire. */
        final boolean isArmed() {
            return index >= 0;
        }

        /** The deadline has passed; not armed any more. On the event loop. */
        abstract void expired();
    }
}
