package org.jvmm.virtio.transport;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;

/**
 * Everything that one transport and its device must remember, independent of the engine.
 *
 * @param deviceId type of the device
 * @param status device status
 * @param driverFeatures what the driver has accepted so far
 * @param deviceFeaturesSel register of that name
 * @param driverFeaturesSel register of that name
 * @param queueSel register of that name
 * @param shmSel register of that name
 * @param interruptStatus register of that name
 * @param configGeneration register of that name
 * @param config the configuration space
 * @param queues one per queue
 * @param device what the device itself remembers
 */
public record TransportState(int deviceId, int status, long driverFeatures, int deviceFeaturesSel, int driverFeaturesSel, int queueSel,
        int shmSel,
        int interruptStatus, int configGeneration, byte[] config, List<QueueState> queues, DeviceState device) {
    /** Version of the written form. */
    public static final int VERSION = 1;

    private static final int MAX_CONFIG = 1 << 16;
    private static final int MAX_QUEUES = 1 << 16;

    /** Writes version and fields. */
    public void writeTo(DataOutput out) throws IOException {
        out.writeInt(VERSION);
        out.writeInt(deviceId);
        out.writeInt(status);
        out.writeLong(driverFeatures);
        out.writeInt(deviceFeaturesSel);
        out.writeInt(driverFeaturesSel);
        out.writeInt(queueSel);
        out.writeInt(shmSel);
        out.writeInt(interruptStatus);
        out.writeInt(configGeneration);
        out.writeInt(config.length);
        out.write(config);
        out.writeInt(queues.size());
        for (QueueState queue : queues) {
            out.writeInt(queue.size());
            out.writeBoolean(queue.ready());
            out.writeLong(queue.descriptors());
            out.writeLong(queue.driver());
            out.writeLong(queue.device());
            out.writeInt(queue.nextAvail());
            out.writeInt(queue.nextUsed());
        }
        out.writeInt(device.version());
        device.writeTo(out);
    }

    /**
     * Reads what {@link #writeTo} has written.
     *
     * @param device knows how to read its own part
     * @throws IOException when the version is unknown, the type is another, or the data is cut short
     */
    public static TransportState readFrom(DataInput in, VirtioDevice device) throws IOException {
        int version = in.readInt();
        if (version != VERSION) {
            throw new IOException("Virtio transport state has unknown version " + version);
        }
        int id = in.readInt();
        if (id != device.id()) {
            throw new IOException("State of virtio device " + id + " where device " + device.id() + " is expected");
        }
        int status = in.readInt();
        long features = in.readLong();
        int deviceFeaturesSel = in.readInt();
        int driverFeaturesSel = in.readInt();
        int queueSel = in.readInt();
        int shmSel = in.readInt();
        int interrupts = in.readInt();
        int generation = in.readInt();
        byte[] config = new byte[count(in, MAX_CONFIG)];
        in.readFully(config);
        int queueCount = count(in, MAX_QUEUES);
        List<QueueState> queues = new ArrayList<>();
        for (int i = 0; i < queueCount; i++) {
            queues.add(new QueueState(in.readInt(), in.readBoolean(), in.readLong(), in.readLong(), in.readLong(), in.readInt(),
                    in.readInt()));
        }
        DeviceState own = device.readState(in.readInt(), in);
        return new TransportState(id, status, features, deviceFeaturesSel, driverFeaturesSel, queueSel, shmSel, interrupts, generation,
                config, queues,
                own);
    }

    private static int count(DataInput in, int most) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > most) {
            throw new IOException("Virtio transport state is damaged: count " + count);
        }
        return count;
    }
}
