package org.jvmm.virtio.vsock;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.MockQueue;

/** The guest's side of the socket device: packets by hand, receive buffers kept filled. */
final class GuestSockets {
    static final int CID = 3;
    private static final int RX_BUFFER = 4096 + VsockPacket.HEADER;

    /** A packet as the guest saw it. */
    record Seen(int operation, int hostPort, int guestPort, int flags, int allocated, int forwarded, byte[] data) {}

    private final MockDriver driver;
    private final MockQueue rx;
    private final MockQueue tx;
    private final long rxBase;
    private final long txBase;
    private final VsockPacket header = new VsockPacket();
    private final long[] addressOf;
    private long spare;
    /** What the next packets announce. */
    int allocated = 1 << 20;
    int forwarded;
    int type = VsockPacket.TYPE_STREAM;
    long sourceCid = CID;
    long destinationCid = VsockDevice.HOST_CID;

    GuestSockets(MockDriver driver, int buffers) {
        this.driver = driver;
        this.rx = driver.queue(0);
        this.tx = driver.queue(1);
        this.rxBase = driver.allocate((long) RX_BUFFER * rx.size());
        this.txBase = driver.allocate(VsockPacket.HEADER + (128 << 10));
        this.addressOf = new long[rx.size()];
        offerBuffers(buffers);
    }

    void offerBuffers(int count) {
        offerUntold(count);
        driver.kick(0);
    }

    /** Offers buffers before it tells the device. */
    void offerUntold(int count) {
        for (int i = 0; i < count; i++) {
            offer(rxBase + (long) RX_BUFFER * spare++);
        }
    }

    private void offer(long address) {
        rx.writable(address, RX_BUFFER);
        addressOf[rx.offer()] = address;
    }

    void send(int operation, int hostPort, int guestPort, int flags, byte[] data) {
        header.set(0, 0, 0, data.length, operation, flags, allocated, forwarded);
        byte[] packet = Arrays.copyOf(header.bytes, VsockPacket.HEADER + data.length);
        System.arraycopy(data, 0, packet, VsockPacket.HEADER, data.length);
        driver.memory().write(txBase, packet);
        driver.memory().write64(txBase, sourceCid);
        driver.memory().write64(txBase + 8, destinationCid);
        driver.memory().write32(txBase + 16, guestPort);
        driver.memory().write32(txBase + 20, hostPort);
        driver.memory().write16(txBase + 28, type);
        tx.readable(txBase, VsockPacket.HEADER);
        if (data.length > 0) {
            tx.readable(txBase + VsockPacket.HEADER, data.length);
        }
        tx.offer();
        driver.kick(1);
        while (tx.poll()) {
            if (tx.usedLength() != 0) {
                throw new AssertionError("Device claims to have written into a packet of the guest");
            }
        }
    }

    void send(int operation, int hostPort, int guestPort) {
        send(operation, hostPort, guestPort, 0, new byte[0]);
    }

    /** Takes all packets and keeps their buffers. */
    void drop() {
        while (rx.poll()) {
            addressOf[rx.usedHead()] = 0;
        }
    }

    /** Takes all packets, and offers their buffers again. */
    List<Seen> receive() {
        List<Seen> all = new ArrayList<>();
        boolean any = true;
        while (any) {
            any = false;
            while (rx.poll()) {
                any = true;
                long address = addressOf[rx.usedHead()];
                byte[] bytes = driver.bytes(address, rx.usedLength());
                System.arraycopy(bytes, 0, header.bytes, 0, VsockPacket.HEADER);
                if (header.sourceCid() != 2 || header.destinationCid() != CID || header.length() != bytes.length - VsockPacket.HEADER) {
                    throw new AssertionError("Malformed packet from the device");
                }
                all.add(new Seen(header.operation(), header.sourcePort(), header.destinationPort(), header.flags(),
                        header.bufferAllocated(),
                        header.forwarded(), Arrays.copyOfRange(bytes, VsockPacket.HEADER, bytes.length)));
                offer(address);
            }
            if (any) {
                driver.kick(0);
            }
        }
        return all;
    }
}
