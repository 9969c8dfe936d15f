package org.jvmm.virtio.net.user;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;

/** A guest's end of one TCP connection, with everything under the test's control. */
final class GuestTcp {
    final FakeGuest guest;
    final int port;
    final int remote;
    final int remotePort;
    int next = 0x1000_0000;
    int received;
    int peerWindow;
    int peerScale;
    int mss;
    int window = 65_535;
    int scale;

    GuestTcp(FakeGuest guest, int port, int remote, int remotePort) {
        this.guest = guest;
        this.port = port;
        this.remote = remote;
        this.remotePort = remotePort;
    }

    /** Sends SYN and waits for the answer. */
    ByteBuf connect(boolean scaling) {
        scale = scaling ? 4 : 0;
        guest.send(syn(Wire.SYN, 0, scaling));
        return guest.await();
    }

    ByteBuf syn(int flags, int ack, boolean scaling) {
        int options = scaling ? 8 : 4;
        ByteBuf frame = guest.ip(UserNetConfig.GUEST, remote, Wire.PROTOCOL_TCP, Wire.TCP_SIZE + options);
        header(frame, next, ack, flags, Math.min(window, 65_535), Wire.TCP_SIZE + options);
        frame.setInt(Wire.L4 + 20, 0x0204_05B4);
        if (scaling) {
            frame.setInt(Wire.L4 + 24, 0x0103_0300 | scale);
        }
        return FakeGuest.finishL4(frame, Wire.PROTOCOL_TCP, Wire.TCP_CHECKSUM);
    }

    /** Connects all the way. */
    GuestTcp open() {
        ByteBuf answer = connect(true);
        assertThat(flags(answer)).isEqualTo(Wire.SYN | Wire.ACK);
        assertThat(answer.getInt(Wire.L4 + Wire.TCP_ACK)).isEqualTo(next + 1);
        learn(answer);
        ack();
        return this;
    }

    void learn(ByteBuf syn) {
        next++;
        received = syn.getInt(Wire.L4 + Wire.TCP_SEQUENCE) + 1;
        peerWindow = syn.getUnsignedShort(Wire.L4 + Wire.TCP_WINDOW);
        mss = syn.getUnsignedShort(Wire.L4 + 22);
        if (headerLength(syn) > 24) {
            peerScale = syn.getUnsignedByte(Wire.L4 + 27);
        } else {
            scale = 0;
        }
    }

    void ack() {
        send(Wire.ACK, new byte[0]);
    }

    /** Sends a segment at the present place; data and FIN move it. */
    void send(int flags, byte[] payload) {
        guest.send(segment(next, received, flags, payload));
        next += payload.length + ((flags & Wire.FIN) != 0 ? 1 : 0);
    }

    ByteBuf segment(int sequence, int ack, int flags, byte[] payload) {
        ByteBuf frame = guest.ip(UserNetConfig.GUEST, remote, Wire.PROTOCOL_TCP, Wire.TCP_SIZE + payload.length);
        header(frame, sequence, ack, flags, window >> scale, Wire.TCP_SIZE);
        frame.setBytes(Wire.L4 + Wire.TCP_SIZE, payload);
        return FakeGuest.finishL4(frame, Wire.PROTOCOL_TCP, Wire.TCP_CHECKSUM);
    }

    private void header(ByteBuf frame, int sequence, int ack, int flags, int advertised, int size) {
        frame.setShort(Wire.L4, port).setShort(Wire.L4 + 2, remotePort);
        frame.setInt(Wire.L4 + Wire.TCP_SEQUENCE, sequence).setInt(Wire.L4 + Wire.TCP_ACK, ack);
        frame.setByte(Wire.L4 + Wire.TCP_OFFSET, size << 2).setByte(Wire.L4 + Wire.TCP_FLAGS, flags);
        frame.setShort(Wire.L4 + Wire.TCP_WINDOW, advertised);
    }

    static int flags(ByteBuf frame) {
        assertThat(frame.getUnsignedByte(Wire.IP + Wire.IP_PROTOCOL)).isEqualTo((short) Wire.PROTOCOL_TCP);
        return frame.getUnsignedByte(Wire.L4 + Wire.TCP_FLAGS);
    }

    static int sequence(ByteBuf frame) {
        return frame.getInt(Wire.L4 + Wire.TCP_SEQUENCE);
    }

    static int ackOf(ByteBuf frame) {
        return frame.getInt(Wire.L4 + Wire.TCP_ACK);
    }

    static int headerLength(ByteBuf frame) {
        return (frame.getUnsignedByte(Wire.L4 + Wire.TCP_OFFSET) >> 4) * 4;
    }

    static byte[] payload(ByteBuf frame) {
        int at = Wire.L4 + headerLength(frame);
        return FakeGuest.bytes(frame, at, frame.writerIndex() - at);
    }

    /** Takes a frame: data in order counts as received and is returned. */
    byte[] take(ByteBuf frame) {
        peerWindow = frame.getUnsignedShort(Wire.L4 + Wire.TCP_WINDOW) << peerScale;
        if (sequence(frame) != received) {
            return new byte[0];
        }
        byte[] data = payload(frame);
        received += data.length + ((flags(frame) & Wire.FIN) != 0 ? 1 : 0);
        return data;
    }

    /** Receives and acknowledges until {@code count} bytes have come. */
    byte[] read(int count) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() < count) {
            byte[] data = take(guest.await());
            all.writeBytes(data);
            if (data.length > 0) {
                ack();
            }
        }
        return all.toByteArray();
    }

    /** Sends bytes as the peer's window allows. */
    void write(byte[] bytes, int segment) {
        int base = next;
        int acknowledged = next;
        int edge = next + peerWindow;
        while (acknowledged - base < bytes.length) {
            while (next - base < bytes.length && edge - next > 0) {
                int from = next - base;
                int n = Math.min(Math.min(segment, bytes.length - from), edge - next);
                send(Wire.ACK | Wire.PSH, java.util.Arrays.copyOfRange(bytes, from, from + n));
            }
            ByteBuf answer = guest.await();
            take(answer);
            acknowledged = ackOf(answer);
            edge = acknowledged + peerWindow;
        }
    }
}
