package org.jvmm.vmm.agent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.vmm.agent.wire.MalformedMessageException;
import org.jvmm.vmm.agent.wire.ProtoReader;
import org.jvmm.vmm.agent.wire.ProtoWriter;

/**
 * The client side of one ttRPC connection: unary calls, any number at a time, answered in any order. Stream ids are odd and rising
 * (containerd/ttrpc PROTOCOL.md). Any thread may call.
 */
public final class TtrpcClient implements StreamHandler {
    private final TtrpcFrames frames = new TtrpcFrames(this::frame);
    private final Map<Integer, PendingCall> pending = new HashMap<>();
    private StreamSender sender;
    private int nextStream = 1;
    private boolean closed;
    private boolean answered;

    /** Not yet connected: hand it to {@link StreamConnector#connect}. */
    public TtrpcClient() {}

    @Override
    public void opened(StreamSender newSender) {
        synchronized (this) {
            sender = newSender;
            notifyAll();
            if (!closed) {
                return;
            }
        }
        // Given up before the guest accepted.
        newSender.close();
    }

    /** Whether the guest has accepted the connection and it is not closed. */
    public synchronized boolean isOpen() {
        return sender != null && !closed;
    }

    /** Whether the connection is over or was refused. */
    public synchronized boolean isClosed() {
        return closed;
    }

    /** Whether any answer has come: a connection that breaks after that was no early one. */
    public synchronized boolean hasAnswered() {
        return answered;
    }

    /**
     * Waits until the connection is open or closed.
     *
     * @param nanos at most this long, greater than 0
     * @return whether it is open
     */
    public synchronized boolean awaitOpen(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        while (sender == null && !closed) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(left / 1_000_000 + 1);
        }
        return !closed;
    }

    /**
     * Starts a call.
     *
     * @param service full name of the service
     * @param method name of the method
     * @param request the encoded request message
     * @return its answer to be; it has failed already when the connection is not open
     * @throws IllegalArgumentException when the request does not fit a frame
     */
    public PendingCall call(String service, String method, ProtoWriter request) {
        ProtoWriter envelope = new ProtoWriter(request.size() + 96).string(1, service).string(2, method).message(3, request);
        if (envelope.size() > TtrpcFrames.MAX_LENGTH) {
            throw new IllegalArgumentException("Request of " + envelope.size() + " bytes does not fit a ttRPC frame");
        }
        byte[] frame = new byte[TtrpcFrames.HEADER + envelope.size()];
        envelope.copyTo(frame, TtrpcFrames.HEADER);
        PendingCall call = new PendingCall();
        synchronized (this) {
            if (sender != null && !closed) {
                TtrpcFrames.header(frame, envelope.size(), nextStream, TtrpcFrames.REQUEST);
                pending.put(nextStream, call);
                nextStream += 2;
                // Inside the lock, so that frames leave in the order of their ids.
                sender.send(frame);
                return call;
            }
        }
        call.fail(gone());
        return call;
    }

    @Override
    public void received(byte[] bytes, int offset, int length) {
        try {
            frames.received(bytes, offset, length);
        } catch (MalformedMessageException e) {
            close();
        }
    }

    private void frame(int stream, int type, byte[] bytes, int offset, int length) {
        if (type != TtrpcFrames.RESPONSE) {
            throw new MalformedMessageException("Frame type " + type);
        }
        PendingCall call;
        synchronized (this) {
            call = pending.remove(stream);
            answered = true;
        }
        if (call == null) {
            // An answer nobody waits for.
            return;
        }
        int code = 0;
        String message = "";
        byte[] payload = {};
        ProtoReader response = new ProtoReader(bytes, offset, length);
        try {
            while (response.next()) {
                if (response.field() == 1) {
                    ProtoReader status = response.message();
                    while (status.next()) {
                        if (status.field() == 1) {
                            code = (int) status.number();
                        } else if (status.field() == 2) {
                            message = status.string();
                        } else {
                            status.skip();
                        }
                    }
                } else if (response.field() == 2) {
                    payload = response.bytes();
                } else {
                    response.skip();
                }
            }
        } catch (MalformedMessageException e) {
            call.fail(new AgentException(AgentException.INTERNAL, "Agent's answer is malformed: " + e.getMessage()));
            throw e;
        }
        if (code == 0) {
            call.complete(payload);
        } else {
            call.fail(new AgentException(code, message));
        }
    }

    /** Ends the connection; calls in progress fail. */
    public void close() {
        StreamSender open;
        synchronized (this) {
            open = sender;
        }
        closed();
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void closed() {
        List<PendingCall> orphans;
        synchronized (this) {
            closed = true;
            orphans = new ArrayList<>(pending.values());
            pending.clear();
            notifyAll();
        }
        for (PendingCall call : orphans) {
            call.fail(gone());
        }
    }

    private static AgentException gone() {
        return new AgentException(AgentException.UNAVAILABLE, "Connection to the guest's agent is gone");
    }
}
