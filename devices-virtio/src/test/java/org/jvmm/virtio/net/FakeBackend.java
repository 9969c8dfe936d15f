package org.jvmm.virtio.net;

import java.util.ArrayList;
import java.util.List;

/** A backend that keeps what the guest sends and takes as much as the test says. */
final class FakeBackend implements NetBackend {
    final List<byte[]> packets = new ArrayList<>();
    long features = NetFeatures.OFFLOADS;
    int room = Integer.MAX_VALUE;
    int bursts;
    int ready;
    int starts;
    int stops;
    boolean keep = true;
    boolean closed;
    long negotiated;
    FrameSink sink;
    /** Sent back for every packet, or null. */
    PacketBuffer answer;

    @Override
    public long features() {
        return features;
    }

    @Override
    public void start(FrameSink newSink, long newFeatures) {
        sink = newSink;
        negotiated = newFeatures;
        starts++;
    }

    @Override
    public boolean wants(int etherType) {
        return etherType != 0x86DD;
    }

    @Override
    public boolean transmit(PacketBuffer packet) {
        if (room == 0) {
            return false;
        }
        room--;
        if (keep) {
            byte[] copy = new byte[packet.length()];
            packet.bytes().getBytes(0, copy);
            packets.add(copy);
        }
        if (answer != null) {
            sink.receive(answer);
        }
        return true;
    }

    @Override
    public void transmitted() {
        bursts++;
        if (answer != null) {
            sink.flush();
        }
    }

    @Override
    public void receiveReady() {
        ready++;
    }

    @Override
    public void stop() {
        stops++;
        sink = null;
    }

    @Override
    public void close() {
        closed = true;
    }
}
