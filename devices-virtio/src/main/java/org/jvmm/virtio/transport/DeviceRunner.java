package org.jvmm.virtio.transport;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntBinaryOperator;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.virtio.device.ActivationException;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;

/** The half of the transport that lives on the loop: it drives the device and owns its queues. It takes no lock, because vCPUs wait for it while they hold one. */
final class DeviceRunner implements VirtioInterrupt {
    /** A lambda that captures the reason would be a new object for every interrupt. */
    private static final IntBinaryOperator OR = (now, reason) -> now | reason;

    private final GuestMemory memory;
    private final VirtioDevice device;
    private final IrqLine irq;
    private final EventLoop loop;
    private final TransportMetrics metrics;
    private final VirtQueue[] queues;

    /** Device status; the registers' half sets the driver's bits, this half NEEDS_RESET. */
    final AtomicInteger status = new AtomicInteger();
    /** Reasons of the interrupt. */
    final AtomicInteger interruptStatus = new AtomicInteger();
    /** Changes with each reset, so that what was posted before it comes to nothing. */
    private final AtomicInteger epoch = new AtomicInteger();
    private volatile boolean active;
    private volatile boolean paused;

    DeviceRunner(GuestMemory memory, VirtioDevice device, IrqLine irq, EventLoop loop, TransportMetrics metrics) {
        this.memory = memory;
        this.device = device;
        this.irq = irq;
        this.loop = loop;
        this.metrics = metrics;
        this.queues = new VirtQueue[device.queueCount()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new VirtQueue(memory, i, device.queueSize(i));
        }
    }

    boolean isActive() {
        return active;
    }

    VirtQueue queue(int index) {
        return queues[index];
    }

    /** On the vCPU's thread. The registers do not change between DRIVER_OK and the next reset, which cancels this. */
    void scheduleActivation(long features, QueueRegisters[] registers) {
        int ticket = epoch.get();
        loop.execute(() -> {
            if (ticket == epoch.get()) {
                activate(features, registers, null);
            }
        });
    }

    void cancelPosted() {
        epoch.incrementAndGet();
    }

    /** @param saved where the rings continue, or null when they begin */
    void activate(long features, QueueRegisters[] registers, List<QueueState> saved) {
        try {
            for (int i = 0; i < queues.length; i++) {
                if (registers[i].ready) {
                    start(i, registers[i], features);
                    if (saved != null) {
                        queues[i].restoreIndices(saved.get(i).nextAvail(), saved.get(i).nextUsed());
                    }
                }
            }
            GuardedLoop guarded = new GuardedLoop(loop);
            DeviceContext context = new DeviceContext(memory, features, queues, this, guarded);
            guarded.context(context);
            device.activate(context);
        } catch (VirtqueueException e) {
            metrics.activationFailures.increment();
            needsReset();
            return;
        } catch (ActivationException e) {
            metrics.activationFailures.increment();
            metrics.lastActivationFailure = e;
            needsReset();
            return;
        }
        active = true;
        metrics.activations.increment();
        if (paused) {
            device.pause();
        }
        // A notification may have overtaken the activation.
        handleAll();
    }

    private void start(int index, QueueRegisters registers, long features) {
        queues[index].start(registers.size, registers.descriptors, registers.driver, registers.device,
                (features & FeatureBits.EVENT_IDX) != 0, (features & FeatureBits.INDIRECT_DESC) != 0);
    }

    void startQueue(int index, QueueRegisters registers, long features) {
        if (!active) {
            return;
        }
        try {
            start(index, registers, features);
        } catch (VirtqueueException e) {
            metrics.queueFaults.increment();
            needsReset();
            return;
        }
        handleQueue(index);
    }

    void stopQueue(int index, boolean reset) {
        queues[index].stop();
        if (reset && active) {
            device.resetQueue(index);
        }
    }

    void handleQueue(int index) {
        if (!active || paused || !queues[index].isReady()) {
            return;
        }
        try {
            device.handleQueue(index);
        } catch (VirtqueueException | GuestMemoryException e) {
            needsReset();
        }
    }

    private void handleAll() {
        for (int i = 0; i < queues.length; i++) {
            handleQueue(i);
        }
    }

    void configWritten(int offset, int size) {
        device.configWritten(offset, size);
    }

    void reset() {
        stop();
        clearRegisters();
    }

    private void stop() {
        active = false;
        for (VirtQueue queue : queues) {
            queue.stop();
        }
        device.reset();
    }

    void clearRegisters() {
        interruptStatus.set(0);
        status.set(DeviceStatus.INIT);
    }

    void pause() {
        if (!paused) {
            paused = true;
            if (active) {
                device.pause();
            }
        }
    }

    void resume() {
        if (paused) {
            paused = false;
            if (active) {
                device.resume();
                handleAll();
            }
        }
    }

    boolean isPaused() {
        return paused;
    }

    @Override
    public void queueUsed(VirtQueue queue) {
        if (queue.needsInterrupt()) {
            interrupt(MmioRegister.INTERRUPT_USED_BUFFER);
        }
    }

    @Override
    public void configChanged() {
        interrupt(MmioRegister.INTERRUPT_CONFIG_CHANGE);
    }

    @Override
    public void needsReset() {
        metrics.deviceErrors.increment();
        active = false;
        for (VirtQueue queue : queues) {
            queue.stop();
        }
        // §2.1.2: set the bit, and if DRIVER_OK is set tell the driver by a configuration change notification.
        int old = status.getAndUpdate(now -> now | DeviceStatus.NEEDS_RESET);
        if ((old & DeviceStatus.DRIVER_OK) != 0) {
            interrupt(MmioRegister.INTERRUPT_CONFIG_CHANGE);
        }
        // Not under the feet of the handler that found the error.
        int ticket = epoch.get();
        loop.execute(() -> {
            if (ticket == epoch.get()) {
                stop();
            }
        });
    }

    private void interrupt(int reason) {
        // §4.2.2: the reason is there before the interrupt is.
        interruptStatus.getAndAccumulate(reason, OR);
        metrics.interrupts.increment();
        irq.pulse();
    }
}
