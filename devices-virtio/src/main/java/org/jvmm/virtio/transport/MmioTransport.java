package org.jvmm.virtio.transport;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.metrics.Counter;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;

/**
 * The virtio-mmio transport, version 2 (virtio 1.3 §4.2). Registers are served on vCPU threads under this object's monitor; the device lives on the event
 * loop. What the specification forbids a driver is counted and ignored.
 */
public final class MmioTransport implements BusDevice {
    /** Most entries a queue may have. */
    public static final int MAX_QUEUE_SIZE = 256;

    private static final int MAGIC_VALUE = 0x7472_6976;
    private static final long F_INDIRECT_DESC = 1L << 28;
    private static final long F_EVENT_IDX = 1L << 29;
    private static final long F_VERSION_1 = 1L << 32;
    private static final int INTERRUPT_USED = 1;
    private static final int INTERRUPT_CONFIG = 2;

    private final GuestMemory memory;
    private final VirtioDevice device;
    private final IrqLine irq;
    private final EventLoop loop;
    private final long offered;
    private final Notifier[] notifiers;
    private final QueueSetup[] queues;
    private final AtomicInteger interruptStatus = new AtomicInteger();
    private final Counter driverFaults = new Counter("virtio.driver_fault_count");

    private int status;
    private int featuresSelect;
    private int driverFeaturesSelect;
    private long driverFeatures;
    private int queueSelect;
    /** Whether the device may be told of notifications; on the loop. */
    private boolean active;

    /**
     * @param memory guest memory
     * @param device what is behind the registers
     * @param irq its line
     * @param loop where it lives
     */
    public MmioTransport(GuestMemory memory, VirtioDevice device, IrqLine irq, EventLoop loop) {
        this.memory = memory;
        this.device = device;
        this.irq = irq;
        this.loop = loop;
        this.offered = device.features() | F_VERSION_1 | F_EVENT_IDX | F_INDIRECT_DESC;
        this.notifiers = new Notifier[device.queueCount()];
        this.queues = new QueueSetup[device.queueCount()];
        for (int i = 0; i < queues.length; i++) {
            int queue = i;
            queues[i] = new QueueSetup();
            notifiers[i] = loop.newNotifier(() -> notified(queue));
        }
    }

    /** Number of queues. */
    public int queueCount() {
        return queues.length;
    }

    /** What a write of {@code queue} to QueueNotify signals; an engine may bind it to the store. */
    public Notifier queueNotifier(int queue) {
        return notifiers[queue];
    }

    /** Counts what drivers did against the specification. */
    public Counter driverFaults() {
        return driverFaults;
    }

    @Override
    public synchronized long read(long offset, int size) {
        if (offset >= MmioRegister.CONFIG) {
            return readConfig((int) offset - MmioRegister.CONFIG, size);
        }
        // Registers below the configuration are 32 bits wide and aligned (virtio 1.3 §4.2.2.2).
        if (size != 4 || (offset & 3) != 0) {
            driverFaults.increment();
            return 0;
        }
        return readRegister((int) offset) & 0xFFFF_FFFFL;
    }

    private int readRegister(int register) {
        QueueSetup queue = selected();
        return switch (register) {
            case MmioRegister.MAGIC -> MAGIC_VALUE;
            case MmioRegister.VERSION -> 2;
            case MmioRegister.DEVICE_ID -> device.id();
            case MmioRegister.DEVICE_FEATURES -> featuresSelect == 0 ? (int) offered : featuresSelect == 1 ? (int) (offered >>> 32) : 0;
            case MmioRegister.QUEUE_SIZE_MAX -> queue == null ? 0 : MAX_QUEUE_SIZE;
            case MmioRegister.QUEUE_READY -> queue != null && queue.ready ? 1 : 0;
            case MmioRegister.INTERRUPT_STATUS -> interruptStatus.get();
            case MmioRegister.STATUS -> status;
            default -> 0;
        };
    }

    private long readConfig(int offset, int size) {
        byte[] config = device.config();
        long value = 0;
        for (int i = 0; i < size; i++) {
            if (offset + i < config.length) {
                value |= (config[offset + i] & 0xFFL) << 8 * i;
            }
        }
        return value;
    }

    private QueueSetup selected() {
        return Integer.compareUnsigned(queueSelect, queues.length) < 0 ? queues[queueSelect] : null;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == MmioRegister.QUEUE_NOTIFY && size == 4) {
            // Without the monitor: the hot path.
            if (value < notifiers.length) {
                notifiers[(int) value].signal();
            } else {
                driverFaults.increment();
            }
            return;
        }
        synchronized (this) {
            if (offset >= MmioRegister.CONFIG || size != 4 || (offset & 3) != 0) {
                driverFaults.increment();
                return;
            }
            writeRegister((int) offset, (int) value);
        }
    }

    private void writeRegister(int register, int value) {
        switch (register) {
            case MmioRegister.DEVICE_FEATURES_SELECT -> featuresSelect = value;
            case MmioRegister.DRIVER_FEATURES_SELECT -> driverFeaturesSelect = value;
            case MmioRegister.DRIVER_FEATURES -> writeDriverFeatures(value);
            case MmioRegister.QUEUE_SELECT -> queueSelect = value;
            case MmioRegister.INTERRUPT_ACK -> interruptStatus.getAndUpdate(old -> old & ~value);
            case MmioRegister.STATUS -> writeStatus(value & 0xFF);
            default -> writeQueue(register, value);
        }
    }

    private void writeDriverFeatures(int value) {
        // Features are fixed once FEATURES_OK is set (virtio 1.3 §3.1.1).
        if ((status & DeviceStatus.FEATURES_OK) != 0 || (status & DeviceStatus.DRIVER) == 0 || driverFeaturesSelect >>> 1 != 0) {
            driverFaults.increment();
            return;
        }
        driverFeatures = driverFeaturesSelect == 0 ? QueueSetup.low(driverFeatures, value) : QueueSetup.high(driverFeatures, value);
    }

    private void writeQueue(int register, int value) {
        QueueSetup queue = selected();
        boolean settable = (status & (DeviceStatus.FEATURES_OK | DeviceStatus.DRIVER_OK | DeviceStatus.FAILED)) == DeviceStatus.FEATURES_OK;
        if (queue == null || !settable || queue.ready && register != MmioRegister.QUEUE_READY) {
            driverFaults.increment();
            return;
        }
        switch (register) {
            case MmioRegister.QUEUE_SIZE -> queue.size = value;
            case MmioRegister.QUEUE_READY -> queue.ready = value == 1;
            case MmioRegister.QUEUE_DESC_LOW -> queue.descriptors = QueueSetup.low(queue.descriptors, value);
            case MmioRegister.QUEUE_DESC_HIGH -> queue.descriptors = QueueSetup.high(queue.descriptors, value);
            case MmioRegister.QUEUE_DRIVER_LOW -> queue.driver = QueueSetup.low(queue.driver, value);
            case MmioRegister.QUEUE_DRIVER_HIGH -> queue.driver = QueueSetup.high(queue.driver, value);
            case MmioRegister.QUEUE_DEVICE_LOW -> queue.device = QueueSetup.low(queue.device, value);
            case MmioRegister.QUEUE_DEVICE_HIGH -> queue.device = QueueSetup.high(queue.device, value);
            default -> driverFaults.increment();
        }
    }

    private void writeStatus(int value) {
        if (value == 0) {
            reset();
        } else if ((value & DeviceStatus.FAILED) != 0) {
            status |= DeviceStatus.FAILED;
        } else if (value == status) {
            // Linux writes the status it has read.
            return;
        } else if (!DeviceStatus.allowed(status, value)) {
            driverFaults.increment();
        } else if ((value & DeviceStatus.DRIVER_OK) != 0) {
            status = value;
            activate();
        } else if ((value & DeviceStatus.FEATURES_OK) != 0) {
            // Features that were not offered, or a legacy driver: FEATURES_OK stays clear (virtio 1.3 §2.2.2).
            boolean acceptable = (driverFeatures & ~offered) == 0 && (driverFeatures & F_VERSION_1) != 0;
            status = acceptable ? value : status;
        } else {
            status = value;
        }
    }

    private void activate() {
        VirtQueue[] made = new VirtQueue[queues.length];
        try {
            for (int i = 0; i < queues.length; i++) {
                QueueSetup setup = queues[i];
                if (setup.ready) {
                    if (setup.size > MAX_QUEUE_SIZE) {
                        throw new VirtqueueException("Queue of " + setup.size + " entries");
                    }
                    made[i] = new VirtQueue(memory, setup.size, setup.descriptors, setup.driver, setup.device,
                            (driverFeatures & F_EVENT_IDX) != 0);
                }
            }
        } catch (VirtqueueException e) {
            fail();
            return;
        }
        loop.execute(() -> {
            active = true;
            device.activate(memory, made, new Interrupt());
        });
    }

    private void fail() {
        driverFaults.increment();
        synchronized (this) {
            status |= DeviceStatus.NEEDS_RESET;
        }
        interrupt(INTERRUPT_CONFIG);
    }

    /** The device has stopped touching memory when this returns (virtio 1.3 §2.4.1). */
    private void reset() {
        if (loop.inLoop()) {
            resetDevice();
        } else {
            CountDownLatch done = new CountDownLatch(1);
            loop.execute(() -> {
                resetDevice();
                done.countDown();
            });
            awaitUninterruptibly(done);
        }
        status = 0;
        featuresSelect = 0;
        driverFeaturesSelect = 0;
        driverFeatures = 0;
        queueSelect = 0;
        interruptStatus.set(0);
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new QueueSetup();
        }
    }

    private void resetDevice() {
        if (active) {
            active = false;
            device.reset();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** On the loop. */
    private void notified(int queue) {
        if (!active) {
            return;
        }
        try {
            device.handleQueue(queue);
        } catch (VirtqueueException e) {
            active = false;
            device.reset();
            failLater();
        }
    }

    /** Not under the device's feet: a vCPU that resets holds the monitor and waits for the loop. */
    private void failLater() {
        driverFaults.increment();
        Thread.ofVirtual().start(this::fail);
    }

    private void interrupt(int cause) {
        interruptStatus.getAndUpdate(old -> old | cause);
        irq.pulse();
    }

    private final class Interrupt implements VirtioInterrupt {
        @Override
        public void queueUsed(VirtQueue queue) {
            if (queue.needsInterrupt()) {
                interrupt(INTERRUPT_USED);
            }
        }

        @Override
        public void configChanged() {
            interrupt(INTERRUPT_CONFIG);
        }

        @Override
        public void needsReset() {
            active = false;
            device.reset();
            failLater();
        }
    }
}
