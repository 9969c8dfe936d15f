package org.jvmm.virtio.balloon;

import java.io.DataInput;
import java.io.IOException;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;

/**
 * The memory balloon (virtio 1.3 §5.5). Pages that the guest puts into it, and free pages that it reports, go back to the host; the guest gets zeroed ones when it touches them again.
 * On the loop; its turns are short.
 */
public final class BalloonDevice implements VirtioDevice {
    private final ConfigSpace config = BalloonConfig.space();
    private final BalloonMetrics metrics = new BalloonMetrics();
    private final BalloonRequest request = new BalloonRequest();
    private final boolean deflateOnOom;
    private final PageReleaser releaser;
    private final EventLoop loop;
    private final TimerQueue timers;
    private final TimerQueue.Timer timer;
    private DeviceContext context;
    private DescriptorChain chain;
    private DescriptorChain statisticsChain;
    /** Numbers of the optional queues; -1 when they were not negotiated. */
    private int statisticsQueue = -1;
    private int reportingQueue = -1;
    private boolean statisticsHeld;
    private long intervalNanos;
    private boolean paused;
    private volatile BalloonStatistics statistics;

    /**
     * @param deflateOnOom whether the guest may take pages out when it is short of memory (§5.5.3)
     * @param releaser gives pages back
     * @param timers for the interval of statistics
     */
    public BalloonDevice(boolean deflateOnOom, PageReleaser releaser, EventLoop loop, TimerQueue timers) {
        this.deflateOnOom = deflateOnOom;
        this.releaser = releaser;
        this.loop = loop;
        this.timers = timers;
        this.timer = timers.newTimer(() -> loop.execute(this::tick));
    }

    /** What the device counts. */
    public BalloonMetrics metrics() {
        return metrics;
    }

    /** Asks the guest to have that many pages of 4 KiB in the balloon, 0 to 2^32 - 1. Any thread. */
    public void target(long pages) {
        if (pages < 0 || pages > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException("Balloon of " + pages + " pages");
        }
        loop.execute(() -> {
            config.set(BalloonConfig.NUM_PAGES, 4, pages);
            if (context != null) {
                context.interrupt().configChanged();
            }
        });
    }

    /** Pages that the guest was asked for. */
    public long targetPages() {
        return config.get(BalloonConfig.NUM_PAGES, 4);
    }

    /** Pages that the guest says are in the balloon. */
    public long actualPages() {
        return config.get(BalloonConfig.ACTUAL, 4);
    }

    /** Asks the guest for statistics every so often; 0 for never. Any thread. */
    public void statisticsInterval(long nanos) {
        loop.execute(() -> {
            intervalNanos = nanos;
            timer.cancel();
            tick();
        });
    }

    /** What the guest told last, or null. Any thread. */
    public BalloonStatistics statistics() {
        return statistics;
    }

    /** Gives the buffer back, which asks for a fresh one (§5.5.6.3). */
    private void tick() {
        if (intervalNanos <= 0) {
            return;
        }
        if (context != null && !paused && statisticsHeld) {
            VirtQueue queue = context.queue(statisticsQueue);
            statisticsHeld = false;
            queue.addUsed(statisticsChain.head(), 0);
            context.interrupt().queueUsed(queue);
        }
        timer.arm(timers.clock().nanoTime() + intervalNanos);
    }

    @Override
    public int id() {
        return VirtioDeviceId.BALLOON;
    }

    @Override
    public int queueCount() {
        return BalloonConfig.QUEUES;
    }

    @Override
    public int queueSize(int index) {
        return BalloonConfig.QUEUE_SIZE;
    }

    @Override
    public long features() {
        return BalloonConfig.F_STATS_VQ | BalloonConfig.F_REPORTING | (deflateOnOom ? BalloonConfig.F_DEFLATE_ON_OOM : 0);
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public void activate(DeviceContext newContext) {
        context = newContext;
        chain = newContext.queue(BalloonConfig.INFLATE).newChain();
        statisticsChain = newContext.queue(BalloonConfig.INFLATE).newChain();
        statisticsHeld = false;
        int next = BalloonConfig.FIRST_OPTIONAL;
        statisticsQueue = newContext.has(BalloonConfig.F_STATS_VQ) ? next++ : -1;
        reportingQueue = newContext.has(BalloonConfig.F_REPORTING) ? next : -1;
        tick();
    }

    @Override
    public void handleQueue(int index) {
        if (context == null || paused) {
            return;
        }
        if (index == statisticsQueue) {
            takeStatistics();
            return;
        }
        VirtQueue queue = context.queue(index);
        boolean any = false;
        for (int budget = BalloonConfig.MAX_TURN; queue.pop(chain); budget--) {
            if (budget == 0) {
                queue.undoPop(1);
                context.loop().execute(() -> handleQueue(index));
                break;
            }
            if (index == reportingQueue) {
                report();
            } else {
                frames(index == BalloonConfig.INFLATE);
            }
            queue.addUsed(chain.head(), 0);
            any = true;
        }
        if (any) {
            context.interrupt().queueUsed(queue);
        }
    }

    private void takeStatistics() {
        VirtQueue queue = context.queue(statisticsQueue);
        // One buffer is out at a time; a driver that offers another one first gets the earlier back.
        while (queue.pop(chain)) {
            if (statisticsHeld) {
                metrics.guestFaults.increment();
                queue.addUsed(statisticsChain.head(), 0);
                context.interrupt().queueUsed(queue);
            }
            DescriptorChain free = statisticsChain;
            statisticsChain = chain;
            chain = free;
            statisticsHeld = true;
            statistics = request.statistics(statisticsChain);
            metrics.statistics.increment();
        }
    }

    /** Linux puts pages in one by one, mostly neighbours: they are released in runs. */
    private void frames(boolean inflate) {
        int count = request.frames(chain);
        if (count < 0) {
            metrics.guestFaults.increment();
            return;
        }
        if (!inflate) {
            // The guest touches them again, and gets fresh ones then.
            metrics.deflated.add(count);
            return;
        }
        metrics.inflated.add(count);
        for (int i = 0; i < count;) {
            long low = request.frameAddress(i);
            long high = low + BalloonConfig.PAGE;
            i++;
            for (; i < count; i++) {
                long frame = request.frameAddress(i);
                if (frame == high) {
                    high += BalloonConfig.PAGE;
                } else if (frame == low - BalloonConfig.PAGE) {
                    low = frame;
                } else {
                    break;
                }
            }
            release(low, high - low);
        }
    }

    /** §5.5.6.7: each descriptor is a range of free memory. */
    private void report() {
        for (int i = 0; i < chain.count(); i++) {
            if (!chain.isWritable(i)) {
                metrics.guestFaults.increment();
                continue;
            }
            // Only whole pages can go.
            long from = chain.address(i) + BalloonConfig.PAGE - 1 & -BalloonConfig.PAGE;
            long to = chain.address(i) + chain.length(i) & -BalloonConfig.PAGE;
            if (to > from) {
                metrics.reported.add(to - from);
                release(from, to - from);
            }
        }
    }

    private void release(long gpa, long length) {
        for (GuestRegion region : context.memory().regions()) {
            long offset = gpa - region.gpa();
            if (region.ram() && offset >= 0 && length <= region.size() && offset <= region.size() - length) {
                if (releaser.release(region.hostBase() + offset, length)) {
                    metrics.released.add(length);
                    // It reads as zeros now, also to a CPU that has kept decoded code of it.
                    context.memory().markWritten(gpa, length);
                } else {
                    metrics.hostFailures.increment();
                }
                return;
            }
        }
        metrics.guestFaults.increment();
    }

    @Override
    public void reset() {
        context = null;
        paused = false;
        statisticsHeld = false;
        statisticsQueue = -1;
        reportingQueue = -1;
        timer.cancel();
        config.set(BalloonConfig.ACTUAL, 4, 0);
    }

    @Override
    public void pause() {
        paused = true;
        if (statisticsHeld) {
            // Nothing may be in flight; it is taken again after the pause.
            context.queue(statisticsQueue).undoPop(1);
            statisticsHeld = false;
        }
    }

    @Override
    public void resume() {
        paused = false;
        tick();
    }

    @Override
    public DeviceState save() {
        return new BalloonState(intervalNanos);
    }

    @Override
    public void restore(DeviceState state) {
        intervalNanos = ((BalloonState) state).intervalNanos();
    }

    @Override
    public DeviceState readState(int version, DataInput in) throws IOException {
        return BalloonState.readFrom(version, in);
    }
}
