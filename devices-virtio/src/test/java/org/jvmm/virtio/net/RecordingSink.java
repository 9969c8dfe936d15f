package org.jvmm.virtio.net;

import java.util.ArrayList;
import java.util.List;

/** A guest that keeps what it gets. */
final class RecordingSink implements FrameSink {
    final List<byte[]> frames = new ArrayList<>();
    int room = Integer.MAX_VALUE;
    int transmitReady;
    int flushes;
    boolean down;

    @Override
    public boolean canReceive() {
        return room > 0;
    }

    @Override
    public boolean receive(PacketBuffer packet) {
        if (room <= 0) {
            return false;
        }
        room--;
        byte[] frame = new byte[packet.length() - NetHeader.SIZE];
        packet.bytes().getBytes(NetHeader.SIZE, frame);
        frames.add(frame);
        return true;
    }

    @Override
    public void flush() {
        flushes++;
    }

    @Override
    public void transmitReady() {
        transmitReady++;
    }

    @Override
    public void linkDown() {
        down = true;
    }
}
