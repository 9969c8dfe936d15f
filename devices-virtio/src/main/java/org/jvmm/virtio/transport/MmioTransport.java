package org.jvmm.virtio.transport;

import java.util.concurrent.atomic.AtomicInteger;
import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;

/**
 * The virtio-mmio register block, version 2 (virtio 1.3 §4.2.2), in front of one device.
 *
 * <p>Registers are served on the vCPU's thread, under this object's monitor. The device works on the event loop alone: a notification only
 * signals, DRIVER_OK posts the activation, and a reset waits until the loop has carried it out, because drivers free their rings as soon as the
 * write of 0 is done.
 */
public final class MmioTransport implements BusDevice {
    /** Largest queue in entries. */
    public static final int MAX_QUEUE_SIZE = 256;

    private final VirtioDevice device;
    private final EventLoop loop;
    private final TransportMetrics metrics = new TransportMetrics();
    private final QueueRegisters[] queues;
    private final Notifier[] notifiers;
    private final DeviceRunner runner;

    // Shared with the loop, which takes no lock.
    private final AtomicInteger status = new AtomicInteger();
    private final AtomicInteger interruptStatus = new AtomicInteger();
    private final AtomicInteger configGeneration = new AtomicInteger();

    // Guarded by this.
    private int deviceFeaturesSel;
    private int driverFeaturesSel;
    private long driverFeatures;
    private int queueSel;

    /**
     * @param memory the guest's RAM
     * @param irq the device's interrupt line, pulsed once per interrupt (the MP table declares it edge-triggered)
     * @param loop where the device works
     */
    public MmioTransport(GuestMemory memory, VirtioDevice device, IrqLine irq, EventLoop loop) {
        this.device = device;
        this.loop = loop;
        int count = device.queueCount();
        this.queues = new QueueRegisters[count];
        this.notifiers = new Notifier[count];
        this.runner = new DeviceRunner(memory, device, irq, status, interruptStatus, configGeneration, metrics);
        for (int i = 0; i < count; i++) {
            if (device.queueSize(i) > MAX_QUEUE_SIZE) {
                throw new IllegalArgumentException("Queue " + i + " is larger than " + MAX_QUEUE_SIZE);
            }
            int queue = i;
            queues[i] = new QueueRegisters(device.queueSize(i));
            notifiers[i] = loop.newNotifier(() -> runner.handleQueue(queue));
        }
    }

    /** The device behind the registers. */
    public VirtioDevice device() {
        return device;
    }

    /** Number of queues. */
    public int queueCount() {
        return queues.length;
    }

    /**
     * Signals that queue {@code queue} has new buffers: what a write of {@code queue} to {@link MmioRegister#QUEUE_NOTIFY} does. An engine may
     * bind it to an ioeventfd that matches this write (4 bytes wide).
     */
    public Notifier queueNotifier(int queue) {
        return notifiers[queue];
    }

    /** Counters of this transport. */
    public TransportMetrics metrics() {
        return metrics;
    }

    /** Whether the device is active; exact on the loop, a snapshot elsewhere. */
    public DeviceState state() {
        return runner.state();
    }

    @Override
    public long read(long offset, int size) {
        if (offset >= MmioRegister.CONFIG) {
            synchronized (this) {
                return device.readConfig((int) (offset - MmioRegister.CONFIG), size);
            }
        }
        // §4.2.2.2: the driver uses aligned 32-bit accesses below the configuration space.
        if (size != 4 || (offset & 3) != 0) {
            metrics.badAccesses.increment();
            return 0;
        }
        // The interrupt handler's path takes no lock.
        if (offset == MmioRegister.INTERRUPT_STATUS) {
            return interruptStatus.get();
        }
        synchronized (this) {
            return readRegister((int) offset) & 0xFFFF_FFFFL;
        }
    }

    private int readRegister(int register) {
        return switch (register) {
            case MmioRegister.MAGIC_VALUE -> MmioRegister.MAGIC;
            case MmioRegister.VERSION -> MmioRegister.VERSION_2;
            case MmioRegister.DEVICE_ID -> device.id();
            case MmioRegister.VENDOR_ID -> 0;
            // §4.2.2: words behind the second have no features.
            case MmioRegister.DEVICE_FEATURES -> word(device.features(), deviceFeaturesSel);
            case MmioRegister.QUEUE_SIZE_MAX -> queueExists() ? queues[queueSel].maxSize : 0;
            case MmioRegister.QUEUE_READY -> queueExists() && queues[queueSel].ready ? 1 : 0;
            case MmioRegister.STATUS -> status.get();
            // §4.2.2: a region that does not exist has length and base -1.
            case MmioRegister.SHM_LEN_LOW, MmioRegister.SHM_LEN_HIGH, MmioRegister.SHM_BASE_LOW, MmioRegister.SHM_BASE_HIGH -> -1;
            // §4.2.2: reads 1 while the reset is going on; ours is over when the write returns.
            case MmioRegister.QUEUE_RESET -> 0;
            case MmioRegister.CONFIG_GENERATION -> configGeneration.get();
            default -> {
                metrics.badAccesses.increment();
                yield 0;
            }
        };
    }

    private static int word(long features, int selector) {
        return switch (selector) {
            case 0 -> (int) features;
            case 1 -> (int) (features >>> 32);
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset >= MmioRegister.CONFIG) {
            synchronized (this) {
                // §2.5.2: not before FEATURES_OK has been set and confirmed.
                if ((status.get() & DeviceStatus.FEATURES_OK) != 0) {
                    device.writeConfig((int) (offset - MmioRegister.CONFIG), size, value);
                } else {
                    metrics.badAccesses.increment();
                }
            }
            return;
        }
        if (size != 4 || (offset & 3) != 0) {
            metrics.badAccesses.increment();
            return;
        }
        if (offset == MmioRegister.QUEUE_NOTIFY) {
            notifyQueue(value);
        } else if (offset == MmioRegister.INTERRUPT_ACK) {
            interruptStatus.getAndUpdate(old -> old & ~(int) value);
        } else {
            synchronized (this) {
                writeRegister((int) offset, (int) value);
            }
        }
    }

    private void notifyQueue(long queue) {
        if (queue >= 0 && queue < notifiers.length) {
            notifiers[(int) queue].signal();
        } else {
            metrics.badNotifications.increment();
        }
    }

    private void writeRegister(int register, int value) {
        switch (register) {
            case MmioRegister.DEVICE_FEATURES_SEL -> deviceFeaturesSel = value;
            case MmioRegister.DRIVER_FEATURES_SEL -> driverFeaturesSel = value;
            case MmioRegister.DRIVER_FEATURES -> writeDriverFeatures(value);
            case MmioRegister.QUEUE_SEL -> queueSel = value;
            // Selects among no regions.
            case MmioRegister.SHM_SEL -> {
            }
            case MmioRegister.STATUS -> writeStatus(value & 0xFF);
            case MmioRegister.QUEUE_READY -> writeQueueReady(value);
            case MmioRegister.QUEUE_RESET -> writeQueueReset(value);
            default -> writeQueueRegister(register, value);
        }
    }

    private void writeDriverFeatures(int value) {
        // §3.1.1: features are written in the DRIVER state; after FEATURES_OK no more.
        if (status.get() != (DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER)) {
            metrics.badAccesses.increment();
        } else if (driverFeaturesSel == 0) {
            driverFeatures = QueueRegisters.withLow(driverFeatures, value);
        } else if (driverFeaturesSel == 1) {
            driverFeatures = QueueRegisters.withHigh(driverFeatures, value);
        } else if (value != 0) {
            metrics.badAccesses.increment();
        }
    }

    private void writeQueueRegister(int register, int value) {
        if (!queueIsConfigurable()) {
            metrics.badAccesses.increment();
            return;
        }
        QueueRegisters queue = queues[queueSel];
        switch (register) {
            // Checked when the queue starts, as one with the addresses.
            case MmioRegister.QUEUE_SIZE -> queue.size = value;
            case MmioRegister.QUEUE_DESC_LOW -> queue.descriptors = QueueRegisters.withLow(queue.descriptors, value);
            case MmioRegister.QUEUE_DESC_HIGH -> queue.descriptors = QueueRegisters.withHigh(queue.descriptors, value);
            case MmioRegister.QUEUE_DRIVER_LOW -> queue.driver = QueueRegisters.withLow(queue.driver, value);
            case MmioRegister.QUEUE_DRIVER_HIGH -> queue.driver = QueueRegisters.withHigh(queue.driver, value);
            case MmioRegister.QUEUE_DEVICE_LOW -> queue.device = QueueRegisters.withLow(queue.device, value);
            case MmioRegister.QUEUE_DEVICE_HIGH -> queue.device = QueueRegisters.withHigh(queue.device, value);
            default -> metrics.badAccesses.increment();
        }
    }

    private boolean queueExists() {
        return queueSel >= 0 && queueSel < queues.length;
    }

    /** §4.2.2.2: addresses and size are not written while QueueReady is 1; and §3.1.1 step 7 puts them between FEATURES_OK and DRIVER_OK. */
    private boolean queueIsConfigurable() {
        int now = status.get();
        return queueExists() && !queues[queueSel].ready && (now & DeviceStatus.FEATURES_OK) != 0 && (now & DeviceStatus.FAILED) == 0
                && ((now & DeviceStatus.DRIVER_OK) == 0 || ringResetNegotiated());
    }

    private boolean ringResetNegotiated() {
        return (driverFeatures & FeatureBits.RING_RESET) != 0;
    }

    private void writeQueueReady(int value) {
        boolean running = (status.get() & DeviceStatus.DRIVER_OK) != 0;
        if (value == 1 && queueIsConfigurable()) {
            QueueRegisters queue = queues[queueSel];
            queue.ready = true;
            if (running) {
                // §2.6.1.2: re-enabling a queue after its reset.
                int index = queueSel;
                LoopCall.run(loop, () -> runner.startQueue(index, queue, driverFeatures));
            }
        } else if (value == 0 && queueExists()) {
            // §4.2.2: 0 stops the queue; the driver reads the register back to be sure.
            queues[queueSel].ready = false;
            stopQueue(running, false);
        } else {
            metrics.badAccesses.increment();
        }
    }

    private void writeQueueReset(int value) {
        boolean running = (status.get() & DeviceStatus.DRIVER_OK) != 0;
        // §2.6.1: only when VIRTIO_F_RING_RESET was negotiated, and for a queue that is enabled.
        if (value == 1 && queueExists() && ringResetNegotiated() && running) {
            queues[queueSel].reset();
            stopQueue(true, true);
        } else {
            metrics.badAccesses.increment();
        }
    }

    private void stopQueue(boolean running, boolean reset) {
        if (running) {
            int index = queueSel;
            LoopCall.run(loop, () -> runner.stopQueue(index, reset));
        }
    }

    private void writeStatus(int value) {
        int old = status.get();
        if (!DeviceStatus.isAllowed(old, value)) {
            metrics.badStatus.increment();
            return;
        }
        if (value == DeviceStatus.INIT) {
            reset(old);
            return;
        }
        int added = value & ~old;
        if ((added & DeviceStatus.FEATURES_OK) != 0 && !featuresAcceptable()) {
            // §3.1.1 step 6: the driver reads the status back and finds the bit clear.
            metrics.badFeatures.increment();
            return;
        }
        status.getAndUpdate(now -> now | added);
        if ((added & DeviceStatus.DRIVER_OK) != 0) {
            runner.scheduleActivation(loop, driverFeatures, queues);
        }
    }

    private boolean featuresAcceptable() {
        // §2.2.2 and §6.2: only offered bits, and VERSION_1 among them.
        return (driverFeatures & ~device.features()) == 0 && (driverFeatures & FeatureBits.VERSION_1) != 0;
    }

    private void reset(int old) {
        deviceFeaturesSel = 0;
        driverFeaturesSel = 0;
        driverFeatures = 0;
        queueSel = 0;
        for (QueueRegisters queue : queues) {
            queue.reset();
        }
        runner.cancelActivation();
        metrics.resets.increment();
        if ((old & DeviceStatus.DRIVER_OK) == 0) {
            runner.clearRegisters();
        } else if (!LoopCall.run(loop, runner::reset)) {
            // §2.4.2: the driver sees a status other than 0 until the reset is complete.
            metrics.resetTimeouts.increment();
        }
    }
}
