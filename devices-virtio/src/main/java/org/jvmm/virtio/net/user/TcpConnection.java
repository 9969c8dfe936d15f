package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jvmm.core.event.EventLoop;

/**
 * One TCP connection (RFC 9293): the guest's peer on one side, a socket of the host on the other.
 *
 * <p>The link to the guest loses nothing unless the guest has no room, so there is no congestion control, and what arrives out of order is left to
 * the guest to send again. Back pressure goes both ways: the socket is read only while the ring to the guest has room, and the window the guest is
 * offered is the room of the ring to the socket.
 */
final class TcpConnection extends FrameOutput.Blocked {
    private static final long SECOND = 1_000_000_000L;
    /** First retransmission (RFC 6298 §2.1), doubled each time. */
    private static final long RETRANSMIT = SECOND;
    private static final long MAX_RETRANSMIT = 60 * SECOND;
    private static final int MAX_RETRIES = 12;
    private static final int MAX_SYN_RETRIES = 6;
    /** Nothing wanders in this process, so this need only outlast a lost acknowledgement. */
    private static final long TIME_WAIT = 2 * SECOND;
    /** A guest that has sent its last byte and waits is asked whether it still does. */
    private static final long KEEP_ALIVE = 60 * SECOND;
    private static final int MAX_KEEP_ALIVES = 3;
    private static final int READ_BUDGET = 256 << 10;
    /** The shift of our windows: {@link ByteRing#CAPACITY} must fit 16 bits. */
    private static final int WINDOW_SHIFT = 2;
    /** Maximum segment size; with window scaling and its padding 8. */
    private static final int MSS_OPTION = 0x0204_0000;
    private static final int SCALE_OPTION = 0x0103_0300 | WINDOW_SHIFT;

    private enum State {
        /** The host's socket connects; the guest waits for SYN+ACK. */
        CONNECTING,
        /** The guest was sent SYN. */
        SYN_SENT,
        /** The guest was sent SYN+ACK. */
        SYN_RECEIVED, OPEN, TIME_WAIT, CLOSED
    }

    private final TcpStack stack;
    private final NetContext net;
    private final int guestPort;
    private final int remote;
    private final int remotePort;
    private final SocketChannel channel;
    private EventLoop.Registration registration;
    private int interest;
    private State state;

    private final ByteRing toGuest;
    private final ByteRing toHost;
    /** First sequence number that is not acknowledged; the first byte of {@link #toGuest} once open. */
    private int sendUnacknowledged;
    /** The next to send; falls back when segments were lost. */
    private int sendNext;
    /** Behind the highest ever sent. */
    private int sendMax;
    private int sendWindow;
    private int sendShift;
    private int mss;
    private int receiveNext;
    private int receiveShift;
    private int advertisedEdge;
    private boolean acknowledge;
    private boolean acknowledgeQueued;
    private int duplicates;
    private int retries;
    /** The host's peer has sent its last byte. */
    private boolean hostEnded;
    private boolean finSent;
    private boolean finAcknowledged;
    /** The guest has sent its last byte. */
    private boolean guestEnded;
    /** Our FIN went out before the guest's came: TIME-WAIT is ours. */
    private boolean activeClose;

    TcpConnection(TcpStack stack, int guestPort, int remote, int remotePort, SocketChannel channel) {
        this.stack = stack;
        this.net = stack.net;
        this.guestPort = guestPort;
        this.remote = remote;
        this.remotePort = remotePort;
        this.channel = channel;
        this.toGuest = new ByteRing(stack.pool);
        this.toHost = new ByteRing(stack.pool);
        sendUnacknowledged = stack.initialSequence();
        sendNext = sendUnacknowledged;
        sendMax = sendUnacknowledged;
    }

    long key() {
        return NetContext.key(guestPort, remote, remotePort);
    }

    boolean isTimeWait() {
        return state == State.TIME_WAIT;
    }

    /** The guest's SYN. */
    void openFromGuest(TcpSegment syn, boolean connected) {
        state = State.CONNECTING;
        receiveNext = syn.sequence + 1;
        peerOptions(syn);
        sendWindow = syn.window;
        registration = net.loop.register(channel, connected ? 0 : SelectionKey.OP_CONNECT, this::ready);
        interest = connected ? 0 : SelectionKey.OP_CONNECT;
        if (connected) {
            connected();
        }
    }

    /** A client of a forwarded port. */
    void openToGuest() {
        state = State.SYN_SENT;
        receiveShift = WINDOW_SHIFT;
        registration = net.loop.register(channel, 0, this::ready);
        sendNext++;
        sendMax = sendNext;
        sendSyn();
        net.timers.arm(this, RETRANSMIT);
    }

    private void peerOptions(TcpSegment syn) {
        mss = Math.min(syn.mss, net.out.mtu() - Wire.IP_SIZE - Wire.TCP_SIZE);
        // Scaling holds only when both sides offer it (RFC 7323 §2.2).
        sendShift = Math.max(0, syn.windowScale);
        receiveShift = syn.windowScale < 0 ? 0 : WINDOW_SHIFT;
    }

    private void ready(int ops) {
        if (state == State.CONNECTING) {
            try {
                if (channel.finishConnect()) {
                    connected();
                }
            } catch (IOException e) {
                connectFailed(e);
            }
        } else {
            if ((ops & SelectionKey.OP_WRITE) != 0) {
                drain();
            }
            if ((ops & SelectionKey.OP_READ) != 0 && state == State.OPEN) {
                fill();
            }
        }
        stack.flush();
        net.out.flush();
    }

    private void connected() {
        state = State.SYN_RECEIVED;
        sendNext++;
        sendMax = sendNext;
        interest(0);
        sendSyn();
        net.timers.arm(this, RETRANSMIT);
    }

    private void connectFailed(IOException e) {
        net.metrics.tcpRefused().increment();
        int code = IcmpResponder.unreachableCode(e);
        if (code >= 0) {
            stack.unreachable(guestPort, remote, remotePort, receiveNext - 1, code);
        } else {
            stack.control(guestPort, remote, remotePort, 0, receiveNext, Wire.RST | Wire.ACK, 0);
        }
        close(false);
    }

    /** SYN, or SYN+ACK when the guest's is known. */
    private void sendSyn() {
        boolean answer = state == State.SYN_RECEIVED;
        boolean scale = receiveShift > 0;
        int size = Wire.TCP_SIZE + (scale ? 8 : 4);
        // The window of a SYN is not scaled (RFC 7323 §2.2).
        ByteBuf buffer = stack.header(guestPort, remotePort, sendUnacknowledged, answer ? receiveNext : 0,
                Wire.SYN | (answer ? Wire.ACK : 0), 65_535, size);
        buffer.setInt(Wire.L4 + Wire.TCP_SIZE, MSS_OPTION | net.out.mtu() - Wire.IP_SIZE - Wire.TCP_SIZE);
        if (scale) {
            buffer.setInt(Wire.L4 + Wire.TCP_SIZE + 4, SCALE_OPTION);
        }
        advertisedEdge = receiveNext + 65_535;
        net.out.tcp(remote, UserNetConfig.GUEST, size, 0, 1);
    }

    /** Handles a segment of the guest. */
    void segment(TcpSegment s, ByteBuf packet) {
        if (state == State.CONNECTING) {
            if (s.has(Wire.RST) && s.sequence == receiveNext) {
                close(true);
            }
        } else if (state == State.SYN_SENT) {
            synSent(s);
        } else if (s.has(Wire.RST)) {
            // Only the exact number resets; one elsewhere in the window may be an attack (RFC 5961 §3.2).
            if (s.sequence == receiveNext) {
                close(true);
            } else if (s.sequence - receiveNext > 0 && s.sequence - advertisedEdge < 0) {
                acknowledgeNow();
            }
        } else if (s.has(Wire.SYN)) {
            if (state == State.SYN_RECEIVED && s.sequence == receiveNext - 1) {
                sendSyn();
            } else {
                acknowledgeNow();
            }
        } else if (s.has(Wire.ACK)) {
            established(s, packet);
        }
    }

    private void synSent(TcpSegment s) {
        boolean acknowledged = s.has(Wire.ACK) && s.ackNumber == sendNext;
        if (s.has(Wire.RST)) {
            if (acknowledged) {
                net.metrics.tcpRefused().increment();
                close(true);
            }
        } else if (s.has(Wire.ACK) && !acknowledged) {
            stack.refuse();
        } else if (s.has(Wire.SYN) && acknowledged) {
            receiveNext = s.sequence + 1;
            peerOptions(s);
            sendUnacknowledged = s.ackNumber;
            sendWindow = s.window;
            opened();
            acknowledgeNow();
        }
    }

    private void opened() {
        state = State.OPEN;
        retries = 0;
        net.timers.cancel(this);
        advertisedEdge = receiveNext + 65_535;
        updateInterest();
    }

    private void established(TcpSegment s, ByteBuf packet) {
        if (state == State.SYN_RECEIVED) {
            if (s.ackNumber != sendNext) {
                stack.refuse();
                return;
            }
            sendUnacknowledged = s.ackNumber;
            sendWindow = s.window << sendShift;
            opened();
        } else if (!acknowledged(s)) {
            acknowledgeNow();
            return;
        }
        receive(s, packet);
        if (state == State.OPEN) {
            output();
            updateInterest();
            finish();
        }
    }

    /** Takes the acknowledgement; false when it is for something never sent (RFC 9293 §3.10.7.4). */
    private boolean acknowledged(TcpSegment s) {
        int advance = s.ackNumber - sendUnacknowledged;
        if (advance < 0) {
            // An old one says nothing.
            return true;
        }
        if (s.ackNumber - sendMax > 0) {
            return false;
        }
        int window = s.window << sendShift;
        if (advance > 0) {
            int bytes = Math.min(advance, toGuest.size());
            toGuest.skip(bytes);
            finAcknowledged |= advance > bytes;
            sendUnacknowledged = s.ackNumber;
            if (sendNext - sendUnacknowledged < 0) {
                sendNext = sendUnacknowledged;
            }
            duplicates = 0;
            retries = 0;
            net.timers.cancel(this);
            if (sendNext != sendUnacknowledged) {
                net.timers.arm(this, RETRANSMIT);
            }
        } else if (s.payloadLength == 0 && !s.has(Wire.FIN) && window == sendWindow && window > 0 && sendNext != sendUnacknowledged
                && ++duplicates == 3) {
            // Three duplicates: the segment behind is lost (RFC 5681 §3.2).
            retransmit();
        }
        if (window == 0 || sendNext == sendUnacknowledged) {
            // It lives: what is counted is silence.
            retries = 0;
        } else if (sendWindow == 0) {
            // A probe of the closed window was not kept.
            sendNext = sendUnacknowledged;
        }
        sendWindow = window;
        return true;
    }

    private void receive(TcpSegment s, ByteBuf packet) {
        int length = s.payloadLength;
        boolean fin = s.has(Wire.FIN);
        if (length == 0 && !fin) {
            if (s.sequence != receiveNext) {
                // A keep-alive probe, or a stray.
                acknowledgeNow();
            }
            return;
        }
        int old = receiveNext - s.sequence;
        if (state != State.OPEN || guestEnded || old < 0 || old > length || old == length && !fin) {
            // Out of order, or seen before: a prompt answer lets the guest's fast retransmit work (RFC 5681 §4.2).
            acknowledgeNow();
            return;
        }
        int fresh = length - old;
        int taken = Math.min(fresh, toHost.free());
        try {
            deliver(packet, s.payloadOffset + old, taken);
            receiveNext += taken;
            if (taken == fresh && fin) {
                receiveNext++;
                guestEnded = true;
                if (toHost.size() == 0) {
                    channel.shutdownOutput();
                }
            }
            acknowledgeSoon();
        } catch (IOException e) {
            hostBroke();
        }
    }

    private void deliver(ByteBuf packet, int offset, int length) throws IOException {
        int written = 0;
        if (toHost.size() == 0 && length > 0) {
            ByteBuffer bytes = packet.internalNioBuffer(offset, length);
            written = channel.write(bytes);
        }
        toHost.append(packet, offset + written, length - written);
    }

    /** The socket takes bytes again. */
    private void drain() {
        try {
            toHost.writeTo(channel);
            if (guestEnded && toHost.size() == 0) {
                channel.shutdownOutput();
            }
        } catch (IOException e) {
            hostBroke();
            return;
        }
        // The guest learns of room when it is worth a segment (RFC 9293 §3.8.6.2.2).
        if (!guestEnded && receiveNext + toHost.free() - advertisedEdge >= Math.min(ByteRing.CAPACITY / 2, 2 * mss)) {
            acknowledgeSoon();
        }
        updateInterest();
        finish();
    }

    /** The socket has bytes, or its end. */
    private void fill() {
        try {
            int n = toGuest.readFrom(channel, READ_BUDGET);
            hostEnded |= n < 0;
        } catch (IOException e) {
            hostBroke();
            return;
        }
        output();
        updateInterest();
    }

    /** The host's side was reset. */
    private void hostBroke() {
        net.metrics.hostFailures().increment();
        sendReset();
        close(false);
    }

    private void sendReset() {
        stack.control(guestPort, remote, remotePort, sendNext, receiveNext, Wire.RST | Wire.ACK, 0);
    }

    /** Sends what the guest's window takes. */
    private void output() {
        while (state == State.OPEN) {
            int flight = sendNext - sendUnacknowledged;
            int unsent = Math.max(0, toGuest.size() - flight);
            boolean finDue = hostEnded && !finAcknowledged && flight <= toGuest.size();
            if (unsent == 0 && !finDue) {
                break;
            }
            int n = Math.min(Math.min(unsent, Math.max(0, sendWindow - flight)), net.out.maxTcpPayload(mss, Wire.TCP_SIZE));
            // A closed window, or the silly window syndrome (RFC 9293 §3.8.6.2.1).
            if (unsent > 0 && (n == 0 || n < unsent && n < mss && flight > 0)) {
                break;
            }
            if (!net.out.ready()) {
                net.out.whenReady(this);
                break;
            }
            transmit(flight, n, finDue && n == unsent);
        }
        armTimer();
    }

    private void armTimer() {
        if (state != State.OPEN || isArmed()) {
            return;
        }
        boolean quiet = sendNext == sendUnacknowledged && toGuest.size() == 0;
        if (!quiet) {
            net.timers.arm(this, Math.min(MAX_RETRANSMIT, RETRANSMIT << Math.min(retries, 6)));
        } else if (guestEnded) {
            net.timers.arm(this, KEEP_ALIVE);
        }
    }

    /** Sends {@code length} bytes that lie {@code skip} behind the first unacknowledged one. */
    private void transmit(int skip, int length, boolean fin) {
        int sequence = sendUnacknowledged + skip;
        boolean last = skip + length == toGuest.size();
        int flags = Wire.ACK | (last && length > 0 ? Wire.PSH : 0) | (fin ? Wire.FIN : 0);
        ByteBuf buffer = stack.header(guestPort, remotePort, sequence, receiveNext, flags, window(), Wire.TCP_SIZE);
        if (length > 0) {
            toGuest.peek(skip, buffer, Wire.L4 + Wire.TCP_SIZE, length);
        }
        if (net.out.tcp(remote, UserNetConfig.GUEST, Wire.TCP_SIZE, length, mss)) {
            acknowledge = false;
        }
        if (fin && !finSent) {
            finSent = true;
            activeClose = !guestEnded;
        }
        sendNext = sequence + length + (fin ? 1 : 0);
        if (sendNext - sendMax > 0) {
            sendMax = sendNext;
        }
    }

    /** Sends the first unacknowledged segment again and all behind it as the window allows. */
    private void retransmit() {
        net.metrics.tcpRetransmits().increment();
        sendNext = sendUnacknowledged;
        int n = Math.min(Math.min(toGuest.size(), Math.max(1, sendWindow)), mss);
        transmit(0, n, hostEnded && n == toGuest.size());
    }

    @Override
    void expired() {
        switch (state) {
            case SYN_SENT, SYN_RECEIVED -> {
                if (++retries > MAX_SYN_RETRIES) {
                    abort();
                } else {
                    net.metrics.tcpRetransmits().increment();
                    sendSyn();
                    net.timers.arm(this, Math.min(MAX_RETRANSMIT, RETRANSMIT << retries));
                }
            }
            case OPEN -> expiredOpen();
            case TIME_WAIT -> forget();
            default -> {
                // Nothing is timed while the host connects: its kernel does that.
            }
        }
        stack.flush();
        net.out.flush();
    }

    private void expiredOpen() {
        if (!net.out.ready()) {
            // Not the guest's silence but its lack of room: not counted.
            net.out.whenReady(this);
            net.timers.arm(this, RETRANSMIT);
            return;
        }
        boolean quiet = sendNext == sendUnacknowledged && toGuest.size() == 0;
        // A guest that keeps its window closed may do so as long as it answers (RFC 9293 §3.8.6.1).
        int limit = quiet ? MAX_KEEP_ALIVES : MAX_RETRIES;
        if (++retries > limit) {
            sendReset();
            abort();
        } else if (quiet) {
            if (guestEnded) {
                stack.control(guestPort, remote, remotePort, sendNext - 1, receiveNext, Wire.ACK, window());
                net.timers.arm(this, KEEP_ALIVE);
            }
        } else {
            retransmit();
            output();
        }
    }

    @Override
    void unblocked() {
        if (state == State.OPEN) {
            if (acknowledge) {
                acknowledge();
            }
            output();
            updateInterest();
        }
    }

    private int window() {
        int room = Math.min(toHost.free() >> receiveShift, 65_535);
        advertisedEdge = receiveNext + (room << receiveShift);
        return room;
    }

    private void acknowledgeSoon() {
        acknowledge = true;
        if (!acknowledgeQueued) {
            acknowledgeQueued = true;
            stack.acknowledgeLater(this);
        }
    }

    private void acknowledgeNow() {
        acknowledge = true;
        acknowledge();
    }

    /** Acknowledges unless a segment with data has done so since. */
    void acknowledge() {
        acknowledgeQueued = false;
        if (!acknowledge || state != State.OPEN && state != State.TIME_WAIT) {
            return;
        }
        if (!net.out.ready()) {
            net.out.whenReady(this);
        } else if (stack.control(guestPort, remote, remotePort, sendNext, receiveNext, Wire.ACK, window())) {
            acknowledge = false;
        }
    }

    private void updateInterest() {
        if (state == State.OPEN) {
            // Small reads cost as much as large ones: wait for a quarter of the ring.
            boolean read = !hostEnded && toGuest.free() >= ByteRing.CAPACITY / 4;
            interest((read ? SelectionKey.OP_READ : 0) | (toHost.size() > 0 ? SelectionKey.OP_WRITE : 0));
        }
    }

    private void interest(int ops) {
        if (ops != interest) {
            interest = ops;
            registration.interest(ops);
        }
    }

    /** Both sides have ended and heard of it. */
    private void finish() {
        if (state == State.OPEN && guestEnded && finAcknowledged && toHost.size() == 0) {
            if (activeClose) {
                state = State.TIME_WAIT;
                registration.cancel();
                net.close(channel);
                net.timers.arm(this, TIME_WAIT);
            } else {
                close(false);
            }
        }
    }

    /** Ends at once, with a reset for the host's peer. */
    void abort() {
        close(true);
    }

    /** Forgets a connection in TIME-WAIT. */
    void forget() {
        close(false);
    }

    private void close(boolean reset) {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        acknowledge = false;
        net.timers.cancel(this);
        toGuest.clear();
        toHost.clear();
        stack.remove(this);
        registration.cancel();
        if (reset && channel.isOpen()) {
            stack.reset(channel);
        } else {
            net.close(channel);
        }
    }
}
