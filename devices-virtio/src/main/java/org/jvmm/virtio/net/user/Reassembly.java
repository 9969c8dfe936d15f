package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.BitSet;
import org.jvmm.virtio.net.PacketBuffer;

/** Puts the guest's fragmented datagrams together (RFC 791 §3.2, the bitmap procedure of RFC 815's predecessor). */
final class Reassembly {
    /** The oldest incomplete datagram makes room for another. */
    private static final int MAX_DATAGRAMS = 8;
    /** RFC 1122 §3.3.2 suggests 60 to 120 seconds for the Internet; this link has no delay. */
    private static final long TIMEOUT = 30_000_000_000L;
    private static final int MAX_LENGTH = 65_535 - Wire.IP_SIZE;

    private final NetContext net;
    private final ArrayDeque<Datagram> incomplete = new ArrayDeque<>();
    private final ArrayDeque<ByteBuf> unused = new ArrayDeque<>();

    Reassembly(NetContext net) {
        this.net = net;
    }

    /**
     * Takes a fragment.
     *
     * @param payload where its payload begins
     * @param length bytes of it
     * @return the whole datagram as one packet with a header of 20 bytes, to be given back by {@link #done}; null when there is more to come
     */
    ByteBuf add(ByteBuf packet, int payload, int length) {
        int field = packet.getUnsignedShort(Wire.IP + Wire.IP_FRAGMENT);
        int offset = (field & 0x1FFF) * 8;
        boolean more = (field & Wire.IP_MORE_FRAGMENTS) != 0;
        if (length == 0 || offset + length > MAX_LENGTH || more && length % 8 != 0) {
            net.metrics.malformed().increment();
            return null;
        }
        Datagram datagram = find(packet);
        datagram.memory.setBytes(Wire.L4 + offset, packet, payload, length);
        datagram.blocks.set(offset / 8, (offset + length + 7) / 8);
        if (!more) {
            datagram.length = offset + length;
        }
        if (datagram.length < 0 || datagram.blocks.nextClearBit(0) < (datagram.length + 7) / 8) {
            return null;
        }
        incomplete.remove(datagram);
        net.timers.cancel(datagram);
        ByteBuf whole = datagram.memory;
        whole.setBytes(0, packet, 0, Wire.L4);
        whole.setByte(Wire.IP, 0x45);
        whole.setShort(Wire.IP + Wire.IP_FRAGMENT, 0);
        whole.setShort(Wire.IP + Wire.IP_TOTAL_LENGTH, Wire.IP_SIZE + datagram.length);
        whole.setIndex(0, Wire.L4 + datagram.length);
        return whole;
    }

    /** The datagram has been handled. */
    void done(ByteBuf whole) {
        unused.push(whole);
    }

    private Datagram find(ByteBuf packet) {
        long key = packet.getUnsignedShort(Wire.IP + Wire.IP_ID) | (long) packet.getUnsignedByte(Wire.IP + Wire.IP_PROTOCOL) << 16
                | (long) packet.getInt(Wire.IP + Wire.IP_DESTINATION) << 32;
        for (Datagram datagram : incomplete) {
            if (datagram.key == key) {
                return datagram;
            }
        }
        if (incomplete.size() == MAX_DATAGRAMS) {
            drop(incomplete.peek());
        }
        ByteBuf memory = unused.poll();
        Datagram made = new Datagram(key, memory != null ? memory : new PacketBuffer().bytes());
        incomplete.add(made);
        net.timers.arm(made, TIMEOUT);
        return made;
    }

    private void drop(Datagram datagram) {
        net.metrics.dropped().increment();
        net.timers.cancel(datagram);
        incomplete.remove(datagram);
        unused.push(datagram.memory);
    }

    void clear() {
        while (!incomplete.isEmpty()) {
            drop(incomplete.peek());
        }
    }

    private final class Datagram extends Timers.Entry {
        private final long key;
        private final ByteBuf memory;
        private final BitSet blocks = new BitSet();
        private int length = -1;

        private Datagram(long key, ByteBuf memory) {
            this.key = key;
            this.memory = memory;
        }

        @Override
        void expired() {
            drop(this);
        }
    }
}
