package org.jvmm.virtio.transport;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.virtio.device.ActivationException;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.SharedMemoryRegion;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.queue.DescriptorChain;

/** Writes down what the transport does to it, and answers each buffer with its length. */
final class FakeDevice implements VirtioDevice {
    final List<String> calls = new ArrayList<>();
    final ConfigSpace config = new ConfigSpace(8).writable(4, 2);
    DeviceContext context;
    boolean failActivation;
    int served;
    int savedValue;

    record FakeState(int value) implements DeviceState {
        @Override
        public int version() {
            return 3;
        }

        @Override
        public void writeTo(DataOutput out) throws IOException {
            out.writeInt(value);
        }
    }

    @Override
    public int id() {
        return 42;
    }

    @Override
    public int queueCount() {
        return 2;
    }

    @Override
    public int queueSize(int index) {
        return 16;
    }

    @Override
    public long features() {
        return 1 | FeatureBits.RING_RESET;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public void configWritten(int offset, int size) {
        calls.add("config " + offset + " " + size);
    }

    @Override
    public SharedMemoryRegion sharedMemory(int id) {
        return id == 1 ? new SharedMemoryRegion(0x12_3456_7000L, 0x1_0000_2000L) : null;
    }

    @Override
    public void activate(DeviceContext newContext) throws ActivationException {
        calls.add("activate");
        if (failActivation) {
            throw new ActivationException("Cannot open /nowhere", null);
        }
        context = newContext;
    }

    @Override
    public void handleQueue(int index) {
        calls.add("queue " + index);
        DescriptorChain chain = context.queue(index).newChain();
        while (context.queue(index).pop(chain)) {
            served++;
            context.queue(index).addUsed(chain.head(), chain.writableLength());
        }
        context.interrupt().queueUsed(context.queue(index));
    }

    @Override
    public void resetQueue(int index) {
        calls.add("reset queue " + index);
    }

    @Override
    public void reset() {
        calls.add("reset");
    }

    @Override
    public void pause() {
        calls.add("pause");
    }

    @Override
    public void resume() {
        calls.add("resume");
    }

    @Override
    public DeviceState save() {
        return new FakeState(savedValue);
    }

    @Override
    public void restore(DeviceState state) {
        savedValue = ((FakeState) state).value();
    }

    @Override
    public DeviceState readState(int version, DataInput in) throws IOException {
        return new FakeState(in.readInt());
    }
}
