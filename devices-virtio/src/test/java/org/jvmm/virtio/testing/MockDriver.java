package org.jvmm.virtio.testing;

import org.jvmm.core.event.EventLoop;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.transport.DeviceStatus;
import org.jvmm.virtio.transport.MmioRegister;
import org.jvmm.virtio.transport.MmioTransport;

/**
 * A guest's driver without a guest: reaches a device through the registers of its transport as Linux does, and owns the rings. The loop is the test's: registers and
 * {@link #kick} run it until it is idle.
 */
public final class MockDriver {
    /** Guest memory when the test does not bring its own, in bytes. */
    public static final long MEMORY = 16 << 20;

    private final GuestMemory memory;
    private final ManualLoop loop;
    private final Runnable turn;
    private final RecordingIrqLine irq = new RecordingIrqLine();
    private final MmioTransport transport;
    private final MockQueue[] queues;
    private final long dataStart;
    private long next;

    /** A device with 16 MiB of guest memory and queues of their largest size. */
    public MockDriver(VirtioDevice device) {
        this(device, TestMemory.ofSize(MEMORY), new ManualLoop(), 32768);
    }

    /**
     * @param memory rings from address 0x1000, data behind them
     * @param queueSize at most this many entries per queue
     */
    public MockDriver(VirtioDevice device, GuestMemory memory, ManualLoop loop, int queueSize) {
        this(device, memory, loop, loop, loop::runAll, queueSize);
    }

    /**
     * On a loop of the test's own, which a register access runs by {@code turn}; {@link #loop()} is null.
     *
     * @param turn runs what the loop has to do; nothing when it has a thread
     */
    public MockDriver(VirtioDevice device, GuestMemory memory, EventLoop loop, Runnable turn, int queueSize) {
        this(device, memory, null, loop, turn, queueSize);
    }

    private MockDriver(VirtioDevice device, GuestMemory memory, ManualLoop manual, EventLoop loop, Runnable turn, int queueSize) {
        this.memory = memory;
        this.loop = manual;
        this.turn = turn;
        this.transport = new MmioTransport(memory, device, irq, loop);
        this.queues = new MockQueue[device.queueCount()];
        long at = 0x1000;
        for (int i = 0; i < queues.length; i++) {
            int size = Math.min(queueSize, device.queueSize(i));
            queues[i] = new MockQueue(memory, size, at);
            at += MockQueue.bytes(size);
        }
        dataStart = at;
        next = at;
    }

    /** Guest memory. */
    public GuestMemory memory() {
        return memory;
    }

    /** The registers. */
    public MmioTransport transport() {
        return transport;
    }

    /** The loop on which the device lives. */
    public ManualLoop loop() {
        return loop;
    }

    /** The device's interrupt line. */
    public RecordingIrqLine irq() {
        return irq;
    }

    /** The rings of queue {@code index}. */
    public MockQueue queue(int index) {
        return queues[index];
    }

    /** First guest-physical address behind the rings. */
    public long dataStart() {
        return dataStart;
    }

    /** Takes guest memory, 16-aligned, for the rest of the test. */
    public long allocate(long bytes) {
        long at = next;
        next = next + bytes + 15 & -16;
        if (next > memory.size()) {
            throw new IllegalStateException("Guest memory is used up");
        }
        return at;
    }

    /** Takes guest memory and fills it. */
    public long place(byte[] bytes) {
        long at = allocate(bytes.length);
        memory.write(at, bytes);
        return at;
    }

    /** Copies guest memory out. */
    public byte[] bytes(long address, int length) {
        byte[] copy = new byte[length];
        memory.read(address, copy, 0, length);
        return copy;
    }

    /** Reads a register. */
    public int read(int register) {
        return (int) transport.read(register, 4);
    }

    /** Writes a register and runs the loop. */
    public void write(int register, int value) {
        transport.write(register, 4, value & 0xFFFF_FFFFL);
        turn.run();
    }

    /** Reads {@code size} bytes of the configuration space. */
    public long config(int offset, int size) {
        return transport.read(MmioRegister.CONFIG + offset, size);
    }

    /** The features on offer. */
    public long offeredFeatures() {
        write(MmioRegister.DEVICE_FEATURES_SEL, 0);
        long low = read(MmioRegister.DEVICE_FEATURES) & 0xFFFF_FFFFL;
        write(MmioRegister.DEVICE_FEATURES_SEL, 1);
        return low | (long) read(MmioRegister.DEVICE_FEATURES) << 32;
    }

    /** Sets the device up with all features that it offers. */
    public void start() {
        start(offeredFeatures());
    }

    /** Sets the device up as §3.1.1 says. */
    public void start(long features) {
        negotiate(features);
        for (int i = 0; i < queues.length; i++) {
            setUpQueue(i);
        }
        ready();
    }

    /** Steps 1 to 6 of §3.1.1. */
    public void negotiate(long features) {
        write(MmioRegister.STATUS, 0);
        write(MmioRegister.STATUS, DeviceStatus.ACKNOWLEDGE);
        write(MmioRegister.STATUS, DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER);
        write(MmioRegister.DRIVER_FEATURES_SEL, 0);
        write(MmioRegister.DRIVER_FEATURES, (int) features);
        write(MmioRegister.DRIVER_FEATURES_SEL, 1);
        write(MmioRegister.DRIVER_FEATURES, (int) (features >>> 32));
        write(MmioRegister.STATUS, DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER | DeviceStatus.FEATURES_OK);
    }

    /** Writes the registers of queue {@code index}, with fresh rings. */
    public void setUpQueue(int index) {
        MockQueue queue = queues[index];
        queue.clear();
        write(MmioRegister.QUEUE_SEL, index);
        write(MmioRegister.QUEUE_SIZE, queue.size());
        address(MmioRegister.QUEUE_DESC_LOW, queue.descriptors());
        address(MmioRegister.QUEUE_DRIVER_LOW, queue.availableRing());
        address(MmioRegister.QUEUE_DEVICE_LOW, queue.usedRing());
        write(MmioRegister.QUEUE_READY, 1);
    }

    private void address(int register, long value) {
        write(register, (int) value);
        write(register + 4, (int) (value >>> 32));
    }

    /** Step 8 of §3.1.1. */
    public void ready() {
        write(MmioRegister.STATUS, DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER | DeviceStatus.FEATURES_OK | DeviceStatus.DRIVER_OK);
    }

    /** Device status. */
    public int status() {
        return read(MmioRegister.STATUS);
    }

    /** Whether the device asked for a reset. */
    public boolean needsReset() {
        return (status() & DeviceStatus.NEEDS_RESET) != 0;
    }

    /** Resets the device and begins to hand out data memory anew. */
    public void reset() {
        write(MmioRegister.STATUS, 0);
        next = dataStart;
    }

    /** Notifies queue {@code index} and runs the loop. */
    public void kick(int index) {
        write(MmioRegister.QUEUE_NOTIFY, index);
    }
}
