package org.jvmm.virtio.transport;

import java.util.concurrent.atomic.AtomicInteger;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.virtio.device.ActivationException;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;

/** The half of the transport that lives on the event loop: it drives the device and owns its queues. */
final class DeviceRunner implements VirtioInterrupt {
    private final VirtioDevice device;
    private final IrqLine irq;
    private final AtomicInteger status;
    private final AtomicInteger interruptStatus;
    private final AtomicInteger configGeneration;
    private final TransportMetrics metrics;
    private final VirtQueue[] queues;

    /** Changes with each reset, so that an activation posted before it comes to nothing. */
    private final AtomicInteger epoch = new AtomicInteger();
    private volatile DeviceState state = DeviceState.INACTIVE;

    DeviceRunner(GuestMemory memory, VirtioDevice device, IrqLine irq, AtomicInteger status, AtomicInteger interruptStatus,
            AtomicInteger configGeneration, TransportMetrics metrics) {
        this.device = device;
        this.irq = irq;
        this.status = status;
        this.interruptStatus = interruptStatus;
        this.configGeneration = configGeneration;
        this.metrics = metrics;
        this.queues = new VirtQueue[device.queueCount()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new VirtQueue(memory, i, device.queueSize(i));
        }
    }

    DeviceState state() {
        return state;
    }

    /** On the vCPU's thread. The registers do not change between DRIVER_OK and the next reset, which cancels this. */
    void scheduleActivation(EventLoop loop, long features, QueueRegisters[] registers) {
        int ticket = epoch.get();
        loop.execute(() -> {
            if (ticket == epoch.get()) {
                activate(features, registers);
            }
        });
    }

    void cancelActivation() {
        epoch.incrementAndGet();
    }

    private void activate(long features, QueueRegisters[] registers) {
        try {
            for (int i = 0; i < queues.length; i++) {
                if (registers[i].ready) {
                    start(i, registers[i], features);
                }
            }
            device.activate(features, queues, this);
        } catch (VirtqueueException | ActivationException e) {
            metrics.activationFailures.increment();
            needsReset();
            return;
        }
        state = DeviceState.ACTIVE;
        metrics.activations.increment();
        // A notification may have overtaken the activation.
        for (int i = 0; i < queues.length; i++) {
            handleQueue(i);
        }
    }

    private void start(int index, QueueRegisters registers, long features) throws VirtqueueException {
        queues[index].start(registers.size, registers.descriptors, registers.driver, registers.device,
                (features & FeatureBits.EVENT_IDX) != 0, (features & FeatureBits.INDIRECT_DESC) != 0);
    }

    void startQueue(int index, QueueRegisters registers, long features) {
        if (state != DeviceState.ACTIVE) {
            return;
        }
        try {
            start(index, registers, features);
            handleQueue(index);
        } catch (VirtqueueException e) {
            metrics.activationFailures.increment();
            needsReset();
        }
    }

    void stopQueue(int index, boolean reset) {
        queues[index].stop();
        if (reset && state == DeviceState.ACTIVE) {
            device.resetQueue(index);
        }
    }

    void handleQueue(int index) {
        if (state == DeviceState.ACTIVE && queues[index].isReady()) {
            device.handleQueue(index);
        }
    }

    void reset() {
        state = DeviceState.INACTIVE;
        for (VirtQueue queue : queues) {
            queue.stop();
        }
        device.reset();
        clearRegisters();
    }

    void clearRegisters() {
        interruptStatus.set(0);
        status.set(DeviceStatus.INIT);
    }

    @Override
    public void signalQueue(VirtQueue queue) {
        if (queue.needsInterrupt()) {
            interrupt(MmioRegister.INTERRUPT_USED_BUFFER);
        }
    }

    @Override
    public void signalConfig() {
        // §2.5.3: a new generation whenever the driver may have read a mix of old and new.
        configGeneration.incrementAndGet();
        interrupt(MmioRegister.INTERRUPT_CONFIG_CHANGE);
    }

    @Override
    public void needsReset() {
        // §2.1.2: set the bit, and if DRIVER_OK is set tell the driver by a configuration change notification.
        int old = status.getAndUpdate(now -> now | DeviceStatus.NEEDS_RESET);
        if ((old & DeviceStatus.DRIVER_OK) != 0) {
            interrupt(MmioRegister.INTERRUPT_CONFIG_CHANGE);
        }
    }

    private void interrupt(int reason) {
        // §4.2.2: the reason is there before the interrupt is.
        interruptStatus.getAndUpdate(now -> now | reason);
        metrics.interrupts.increment();
        irq.pulse();
    }
}
