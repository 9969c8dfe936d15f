package org.jvmm.virtio.net;

import java.io.DataInput;
import java.io.IOException;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.limit.RateLimiter;

/**
 * The network card (virtio 1.3 §5.1) with one pair of queues, mergeable receive buffers, and the offloads of its backend. One loop serves both queues
 * and the backend, so more pairs would bring nothing.
 */
public final class NetDevice implements VirtioDevice, AutoCloseable {
    private final NetBackend backend;
    private final int mtu;
    private final ConfigSpace config;
    private final NetMetrics metrics = new NetMetrics();
    private final TransmitQueue transmit;
    private final ReceiveQueue receive;
    private DeviceContext context;

    /** Number of the queue with the guest's buffers for packets it receives. */
    public static final int RECEIVE = NetConfig.RECEIVE;
    /** Number of the queue with the packets that the guest sends. */
    public static final int TRANSMIT = NetConfig.TRANSMIT;

    /**
     * @param backend what it is connected to; closed with the card
     * @param mac its address, the only one that the guest may send from
     * @param mtu largest IP packet that is not segmented, 68 to 65535 bytes
     */
    public NetDevice(NetBackend backend, MacAddress mac, int mtu) {
        if (mtu < NetConfig.MIN_MTU || mtu > NetConfig.MAX_MTU) {
            throw new IllegalArgumentException("MTU " + mtu + " is not " + NetConfig.MIN_MTU + " to " + NetConfig.MAX_MTU);
        }
        this.backend = backend;
        this.mtu = mtu;
        this.config = NetConfig.space(mac, mtu);
        this.transmit = new TransmitQueue(backend, metrics, mac);
        this.receive = new ReceiveQueue(backend, metrics, transmit::backendReady, () -> linkUp(false));
    }

    /** Limits what the guest receives; the limiter's retry calls {@link #handleQueue} with 0. On the loop, or before the card is used. */
    public void limitReceive(RateLimiter limiter) {
        receive.limit(limiter);
    }

    /** Limits what the guest sends; the limiter's retry calls {@link #handleQueue} with 1. On the loop, or before the card is used. */
    public void limitTransmit(RateLimiter limiter) {
        transmit.limit(limiter);
    }

    /** What the card counts. */
    public NetMetrics metrics() {
        return metrics;
    }

    /** Plugs the cable in or out; the driver is told (§5.1.4.1). On the loop. */
    public void linkUp(boolean up) {
        NetConfig.linkUp(config, up);
        if (context != null) {
            context.interrupt().configChanged();
        }
    }

    @Override
    public int id() {
        return VirtioDeviceId.NET;
    }

    @Override
    public int queueCount() {
        return NetConfig.QUEUES;
    }

    @Override
    public int queueSize(int index) {
        return NetConfig.QUEUE_SIZE;
    }

    @Override
    public long features() {
        return NetFeatures.MAC | NetFeatures.STATUS | NetFeatures.MTU | NetFeatures.MRG_RXBUF | backend.features() & NetFeatures.OFFLOADS;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public void activate(DeviceContext newContext) {
        context = newContext;
        long features = newContext.features();
        boolean large = (features & (NetFeatures.GUEST_TSO4 | NetFeatures.GUEST_TSO6)) != 0;
        transmit.start(newContext);
        receive.start(newContext, large ? PacketBuffer.MAX_PACKET : NetHeader.SIZE + 14 + mtu);
        backend.start(receive, features & NetFeatures.OFFLOADS);
    }

    @Override
    public void handleQueue(int index) {
        if (index == NetConfig.TRANSMIT) {
            transmit.work();
        } else {
            receive.work();
        }
    }

    @Override
    public void reset() {
        transmit.stop();
        receive.stop();
        pause(false);
        if (context != null) {
            context = null;
            backend.stop();
        }
    }

    private void pause(boolean value) {
        transmit.pause(value);
        receive.pause(value);
    }

    @Override
    public void pause() {
        pause(true);
    }

    @Override
    public void resume() {
        pause(false);
    }

    @Override
    public DeviceState save() {
        return new NetState();
    }

    @Override
    public DeviceState readState(int version, DataInput in) throws IOException {
        return NetState.readFrom(version, in);
    }

    /** Closes the backend; after the loop has ended. */
    @Override
    public void close() {
        backend.close();
    }
}
