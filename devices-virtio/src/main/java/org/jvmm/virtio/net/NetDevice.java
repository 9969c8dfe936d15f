package org.jvmm.virtio.net;

import java.io.DataInput;
import java.io.IOException;
import java.util.List;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.limit.RateLimiter;

/**
 * The network card (virtio 1.3 §5.1) with mergeable receive buffers and the offloads of its backend, and as many pairs of queues as it has backends. One loop serves the guest's side of all
 * of them.
 */
public final class NetDevice implements VirtioDevice, AutoCloseable {
    /** Most pairs of queues. */
    public static final int MAX_PAIRS = 8;

    private final int mtu;
    private final ConfigSpace config;
    private final NetMetrics metrics = new NetMetrics();
    private final NetBackend[] backends;
    private final TransmitQueue[] transmit;
    private final ReceiveQueue[] receive;
    private final ControlQueue control = new ControlQueue(metrics, this::usePairs);
    private DeviceContext context;
    /** Pairs that the driver uses. */
    private int pairs;

    /**
     * A card with one pair of queues.
     *
     * @param backend what it is connected to; closed with the card
     * @param mac its address, the only one that the guest may send from
     * @param mtu largest IP packet that is not segmented, 68 to 65535 bytes
     */
    public NetDevice(NetBackend backend, MacAddress mac, int mtu) {
        this(List.of(backend), mac, mtu);
    }

    /**
     * A card with several pairs of queues.
     *
     * @param backends what each pair is connected to, 1 to {@link #MAX_PAIRS}, with the same features; closed with the card
     * @param mac its address, the only one that the guest may send from
     * @param mtu largest IP packet that is not segmented, 68 to 65535 bytes
     */
    public NetDevice(List<? extends NetBackend> backends, MacAddress mac, int mtu) {
        if (mtu < NetConfig.MIN_MTU || mtu > NetConfig.MAX_MTU) {
            throw new IllegalArgumentException("MTU " + mtu + " is not " + NetConfig.MIN_MTU + " to " + NetConfig.MAX_MTU);
        }
        if (backends.isEmpty() || backends.size() > MAX_PAIRS) {
            throw new IllegalArgumentException("Card with " + backends.size() + " pairs of queues: 1 to " + MAX_PAIRS + " are possible");
        }
        int count = backends.size();
        this.backends = backends.toArray(new NetBackend[0]);
        this.mtu = mtu;
        this.config = NetConfig.space(mac, mtu, count);
        this.transmit = new TransmitQueue[count];
        this.receive = new ReceiveQueue[count];
        for (int i = 0; i < count; i++) {
            transmit[i] = new TransmitQueue(this.backends[i], metrics, mac);
            receive[i] = new ReceiveQueue(this.backends[i], metrics, transmit[i]::backendReady, () -> linkUp(false));
        }
    }

    /** Limits what the guest receives; the limiter's retry calls {@link #retryReceive}. On the loop, or before the card is used. */
    public void limitReceive(RateLimiter limiter) {
        for (ReceiveQueue queue : receive) {
            queue.limit(limiter);
        }
    }

    /** Limits what the guest sends; the limiter's retry calls {@link #retryTransmit}. On the loop, or before the card is used. */
    public void limitTransmit(RateLimiter limiter) {
        for (TransmitQueue queue : transmit) {
            queue.limit(limiter);
        }
    }

    /** Continues what a limiter held back from the guest. On the loop. */
    public void retryReceive() {
        for (ReceiveQueue queue : receive) {
            queue.work();
        }
    }

    /** Continues what a limiter held back of the guest's. On the loop. */
    public void retryTransmit() {
        for (TransmitQueue queue : transmit) {
            queue.work();
        }
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
        // §5.1.2: a control queue behind the pairs, when there is something to control.
        return NetConfig.QUEUES * backends.length + (backends.length > 1 ? 1 : 0);
    }

    @Override
    public int queueSize(int index) {
        return NetConfig.QUEUE_SIZE;
    }

    @Override
    public long features() {
        return NetFeatures.MAC | NetFeatures.STATUS | NetFeatures.MTU | NetFeatures.MRG_RXBUF
                | (backends.length > 1 ? NetFeatures.MQ | NetFeatures.CTRL_VQ : 0) | backends[0].features() & NetFeatures.OFFLOADS;
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
        int maxPacket = large ? PacketBuffer.MAX_PACKET : NetHeader.SIZE + 14 + mtu;
        boolean several = newContext.has(NetFeatures.MQ);
        // §5.1.5: a driver uses the first pair until it says otherwise.
        pairs = 1;
        for (int i = 0; i < (several ? backends.length : 1); i++) {
            transmit[i].start(newContext, NetConfig.QUEUES * i + NetConfig.TRANSMIT);
            receive[i].start(newContext, NetConfig.QUEUES * i + NetConfig.RECEIVE, maxPacket);
        }
        if (newContext.has(NetFeatures.CTRL_VQ)) {
            control.start(newContext, controlIndex());
        }
        backends[0].start(receive[0], features & NetFeatures.OFFLOADS);
    }

    /** §5.1.2: the place behind the pairs that the driver knows of. */
    private int controlIndex() {
        return NetConfig.QUEUES * (context.has(NetFeatures.MQ) ? backends.length : 1);
    }

    private boolean usePairs(int wanted) {
        // §5.1.6.5.5: 1 to max_virtqueue_pairs.
        if (wanted < 1 || wanted > backends.length || !context.has(NetFeatures.MQ)) {
            return false;
        }
        for (; pairs < wanted; pairs++) {
            backends[pairs].start(receive[pairs], context.features() & NetFeatures.OFFLOADS);
        }
        for (; pairs > wanted; pairs--) {
            backends[pairs - 1].stop();
        }
        return true;
    }

    @Override
    public void handleQueue(int index) {
        if (context != null && context.has(NetFeatures.CTRL_VQ) && index == controlIndex()) {
            control.work();
        } else if (index >= NetConfig.QUEUES * backends.length) {
            return;
        } else if (index % NetConfig.QUEUES == NetConfig.TRANSMIT) {
            // A packet in a queue that the driver has not taken into use waits there.
            if (index / NetConfig.QUEUES < pairs) {
                transmit[index / NetConfig.QUEUES].work();
            }
        } else {
            receive[index / NetConfig.QUEUES].work();
        }
    }

    @Override
    public void reset() {
        for (int i = 0; i < backends.length; i++) {
            transmit[i].stop();
            receive[i].stop();
        }
        control.stop();
        pause(false);
        if (context != null) {
            context = null;
            for (; pairs > 0; pairs--) {
                backends[pairs - 1].stop();
            }
        }
    }

    private void pause(boolean value) {
        for (int i = 0; i < backends.length; i++) {
            transmit[i].pause(value);
            receive[i].pause(value);
        }
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

    /** Closes the backends; after the loop has ended. */
    @Override
    public void close() {
        for (NetBackend backend : backends) {
            backend.close();
        }
    }
}
