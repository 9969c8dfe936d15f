package org.jvmm.virtio.transport;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.virtio.device.SharedMemoryRegion;
import org.jvmm.virtio.device.VirtioDevice;

/**
 * The virtio-mmio register block, version 2 (virtio 1.3 §4.2.2), in front of one device.
 *
 * <p>Registers are served on the vCPU's thread, under this object's monitor. The device works on its loop alone: a notification only signals,
 * DRIVER_OK posts the activation, and a reset waits until the loop has carried it out, because drivers free their rings as soon as the write of 0 is
 * done.
 *
 * <p>To save a machine: stop the vCPUs, {@link #pause}, {@link #save}. To restore one: {@link #restore} on a new transport, {@link #resume}, start the
 * vCPUs.
 */
public final class MmioTransport implements BusDevice {
    /** What every device offers. */
    private static final long TRANSPORT_FEATURES = FeatureBits.VERSION_1 | FeatureBits.INDIRECT_DESC | FeatureBits.EVENT_IDX;

    private final VirtioDevice device;
    private final EventLoop loop;
    private final TransportMetrics metrics = new TransportMetrics();
    private final QueueRegisters[] queues;
    private final Notifier[] notifiers;
    private final DeviceRunner runner;
    private final long offered;

    // Guarded by this.
    private int deviceFeaturesSel;
    private int driverFeaturesSel;
    private long driverFeatures;
    private int queueSel;
    private int shmSel;

    /**
     * @param memory the guest's RAM
     * @param irq the device's interrupt line, pulsed once per interrupt (the MP table declares it edge-triggered)
     * @param loop where the device lives: the machine's, or one of the device's own
     */
    public MmioTransport(GuestMemory memory, VirtioDevice device, IrqLine irq, EventLoop loop) {
        this.device = device;
        this.loop = loop;
        int count = device.queueCount();
        this.queues = new QueueRegisters[count];
        this.notifiers = new Notifier[count];
        this.runner = new DeviceRunner(memory, device, irq, loop, metrics);
        this.offered = device.features() | TRANSPORT_FEATURES;
        for (int i = 0; i < count; i++) {
            int queue = i;
            queues[i] = new QueueRegisters(device.queueSize(i));
            Notifier own = device.queueNotifier(i);
            notifiers[i] = own != null ? own : loop.newNotifier(() -> runner.handleQueue(queue));
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
    public boolean isActive() {
        return runner.isActive();
    }

    @Override
    public long read(long offset, int size) {
        if (offset >= MmioRegister.CONFIG) {
            return device.config().get((int) (offset - MmioRegister.CONFIG), size);
        }
        // §4.2.2.2: the driver uses aligned 32-bit accesses below the configuration space.
        if (size != 4 || (offset & 3) != 0) {
            metrics.badAccesses.increment();
            return 0;
        }
        // The interrupt handler's path takes no lock.
        if (offset == MmioRegister.INTERRUPT_STATUS) {
            return runner.interruptStatus.get();
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
            case MmioRegister.DEVICE_FEATURES -> word(offered, deviceFeaturesSel);
            case MmioRegister.QUEUE_SIZE_MAX -> queueExists() ? queues[queueSel].maxSize : 0;
            case MmioRegister.QUEUE_READY -> queueExists() && queues[queueSel].ready ? 1 : 0;
            case MmioRegister.STATUS -> runner.status.get();
            case MmioRegister.SHM_LEN_LOW, MmioRegister.SHM_LEN_HIGH, MmioRegister.SHM_BASE_LOW, MmioRegister.SHM_BASE_HIGH ->
                sharedMemory(register);
            // §4.2.2: reads 1 while the reset is going on; ours is over when the write returns.
            case MmioRegister.QUEUE_RESET -> 0;
            case MmioRegister.CONFIG_GENERATION -> device.config().generation();
            default -> {
                metrics.badAccesses.increment();
                yield 0;
            }
        };
    }

    private int sharedMemory(int register) {
        SharedMemoryRegion region = device.sharedMemory(shmSel);
        // §4.2.2: a region that does not exist has length and base -1.
        long length = region == null ? -1 : region.length();
        long base = region == null ? -1 : region.base();
        return switch (register) {
            case MmioRegister.SHM_LEN_LOW -> (int) length;
            case MmioRegister.SHM_LEN_HIGH -> (int) (length >>> 32);
            case MmioRegister.SHM_BASE_LOW -> (int) base;
            default -> (int) (base >>> 32);
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
            writeConfig((int) (offset - MmioRegister.CONFIG), size, value);
            return;
        }
        if (size != 4 || (offset & 3) != 0) {
            metrics.badAccesses.increment();
            return;
        }
        if (offset == MmioRegister.QUEUE_NOTIFY) {
            notifyQueue(value);
        } else if (offset == MmioRegister.INTERRUPT_ACK) {
            runner.interruptStatus.getAndUpdate(old -> old & ~(int) value);
        } else {
            synchronized (this) {
                writeRegister((int) offset, (int) value);
            }
        }
    }

    private void writeConfig(int offset, int size, long value) {
        // §2.5.2: not before FEATURES_OK has been set and confirmed.
        if ((runner.status.get() & DeviceStatus.FEATURES_OK) != 0 && device.config().write(offset, size, value)) {
            loop.execute(() -> runner.configWritten(offset, size));
        } else {
            metrics.badAccesses.increment();
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
            case MmioRegister.SHM_SEL -> shmSel = value;
            case MmioRegister.STATUS -> writeStatus(value & 0xFF);
            case MmioRegister.QUEUE_READY -> writeQueueReady(value);
            case MmioRegister.QUEUE_RESET -> writeQueueReset(value);
            default -> writeQueueRegister(register, value);
        }
    }

    private void writeDriverFeatures(int value) {
        // §3.1.1: features are written in the DRIVER state; after FEATURES_OK no more.
        if (runner.status.get() != (DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER)) {
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
        int now = runner.status.get();
        return queueExists() && !queues[queueSel].ready && (now & DeviceStatus.FEATURES_OK) != 0 && (now & DeviceStatus.FAILED) == 0
                && ((now & DeviceStatus.DRIVER_OK) == 0 || ringResetNegotiated());
    }

    private boolean ringResetNegotiated() {
        return (driverFeatures & FeatureBits.RING_RESET) != 0;
    }

    private void writeQueueReady(int value) {
        boolean running = (runner.status.get() & DeviceStatus.DRIVER_OK) != 0;
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
        boolean running = (runner.status.get() & DeviceStatus.DRIVER_OK) != 0;
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
        int old = runner.status.get();
        if (value == old && value != DeviceStatus.INIT) {
            // Linux writes back what it has read.
            return;
        }
        if (!DeviceStatus.isAllowed(old, value)) {
            metrics.badStatus.increment();
            return;
        }
        if (value == DeviceStatus.INIT) {
            reset(old);
            return;
        }
        // NEEDS_RESET is the device's alone (§2.1.2).
        int added = value & ~old & ~DeviceStatus.NEEDS_RESET;
        if ((added & DeviceStatus.FEATURES_OK) != 0 && !featuresAcceptable()) {
            // §3.1.1 step 6: the driver reads the status back and finds the bit clear.
            metrics.badFeatures.increment();
            return;
        }
        runner.status.getAndUpdate(now -> now | added);
        if ((added & DeviceStatus.DRIVER_OK) != 0) {
            runner.scheduleActivation(driverFeatures, queues);
        }
    }

    private boolean featuresAcceptable() {
        // §2.2.2 and §6.2: only offered bits, and VERSION_1 among them.
        return (driverFeatures & ~offered) == 0 && (driverFeatures & FeatureBits.VERSION_1) != 0;
    }

    private void reset(int old) {
        deviceFeaturesSel = 0;
        driverFeaturesSel = 0;
        driverFeatures = 0;
        queueSel = 0;
        shmSel = 0;
        for (QueueRegisters queue : queues) {
            queue.reset();
        }
        runner.cancelPosted();
        metrics.resets.increment();
        if ((old & DeviceStatus.DRIVER_OK) == 0) {
            runner.clearRegisters();
        } else if (!LoopCall.run(loop, runner::reset)) {
            // §2.4.2: the driver sees a status other than 0 until the reset is complete.
            metrics.resetTimeouts.increment();
        }
    }

    /** Finishes what is in flight and stops the device until {@link #resume}; the vCPUs stand still. Not on the loop's thread of another device. */
    public synchronized void pause() {
        call(runner::pause);
    }

    /** Lets the device go on. */
    public synchronized void resume() {
        call(runner::resume);
    }

    /** What transport and device remember; only while paused. */
    public synchronized TransportState save() {
        if (!runner.isPaused()) {
            throw new IllegalStateException("Only a paused device can be saved");
        }
        TransportState[] saved = new TransportState[1];
        call(() -> saved[0] = snapshot());
        return saved[0];
    }

    private TransportState snapshot() {
        List<QueueState> saved = new ArrayList<>();
        for (int i = 0; i < queues.length; i++) {
            QueueRegisters queue = queues[i];
            saved.add(new QueueState(queue.size, queue.ready, queue.descriptors, queue.driver, queue.device, runner.queue(i).nextAvail(),
                    runner.queue(i).nextUsed()));
        }
        return new TransportState(device.id(), runner.status.get(), driverFeatures, deviceFeaturesSel, driverFeaturesSel, queueSel, shmSel,
                runner.interruptStatus.get(), device.config().generation(), device.config().copy(), saved, device.save());
    }

    /**
     * Puts a saved state back into a transport that was never used; it is paused then.
     *
     * @throws IllegalArgumentException when the state is of another device, or asks for features that this one does not offer
     */
    public synchronized void restore(TransportState state) {
        if (state.deviceId() != device.id() || state.queues().size() != queues.length || (state.driverFeatures() & ~offered) != 0) {
            throw new IllegalArgumentException("State of virtio device " + state.deviceId() + " with " + state.queues().size()
                    + " queues and features 0x" + Long.toHexString(state.driverFeatures()) + " does not fit device " + device.id());
        }
        deviceFeaturesSel = state.deviceFeaturesSel();
        driverFeaturesSel = state.driverFeaturesSel();
        driverFeatures = state.driverFeatures();
        queueSel = state.queueSel();
        shmSel = state.shmSel();
        for (int i = 0; i < queues.length; i++) {
            queues[i].restore(state.queues().get(i));
        }
        call(() -> {
            runner.pause();
            runner.status.set(state.status());
            runner.interruptStatus.set(state.interruptStatus());
            device.config().restore(state.config(), state.configGeneration());
            device.restore(state.device());
            if ((state.status() & (DeviceStatus.DRIVER_OK | DeviceStatus.NEEDS_RESET)) == DeviceStatus.DRIVER_OK) {
                runner.activate(driverFeatures, queues, state.queues());
            }
        });
    }

    private void call(Runnable task) {
        if (!LoopCall.run(loop, task)) {
            throw new IllegalStateException("Device loop does not answer");
        }
    }
}
