package org.jvmm.vmm.agent;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.jvmm.vmm.agent.wire.ProtoReader;
import org.jvmm.vmm.agent.wire.ProtoWriter;

/**
 * An agent on a thread of its own behind an in-memory stream: it runs one pretended process, whose output is given, and notes what it is told.
 * Requests are read by the field numbers of agent.proto, independently of the client's code.
 */
final class FakeAgent implements StreamConnector, AutoCloseable {
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean stopped;

    // Belong to the agent's thread, and to the test when it has an answer that came after.
    final List<String> methods = new ArrayList<>();
    final Map<String, byte[]> lastRequest = new HashMap<>();
    final ByteArrayOutputStream stdin = new ByteArrayOutputStream();
    private final Map<String, Integer> refusals = new LinkedHashMap<>();
    private byte[] stdout = {};
    private byte[] stderr = {};
    private int outAt;
    private int errAt;
    private int status;
    private boolean exitsOnStdinEnd;
    private boolean ended = true;
    private boolean silent;
    private Integer waiter;
    private final List<Runnable> readers = new ArrayList<>();
    private int refusedConnections;
    private int fragment = Integer.MAX_VALUE;
    private StreamHandler peer;

    FakeAgent() {
        thread = new Thread(this::loop, "fake-agent");
        thread.setDaemon(true);
        thread.start();
    }

    /** The process writes this and exits. */
    FakeAgent process(byte[] out, byte[] err, int exitStatus) {
        stdout = out;
        stderr = err;
        status = exitStatus;
        return this;
    }

    /** The process exits when its input is closed, echoing it all. */
    FakeAgent echo() {
        exitsOnStdinEnd = true;
        ended = false;
        return this;
    }

    /** The process runs until it gets a signal. */
    FakeAgent runsUntilSignal() {
        ended = false;
        return this;
    }

    /** The next connections are refused. */
    FakeAgent refuseConnections(int count) {
        refusedConnections = count;
        return this;
    }

    /** A method is answered with an error. */
    FakeAgent refuse(String method, int code) {
        refusals.put(method, code);
        return this;
    }

    /** No call is answered. */
    FakeAgent silent() {
        silent = true;
        return this;
    }

    /** Answers arrive in pieces of this size. */
    FakeAgent fragment(int bytes) {
        fragment = bytes;
        return this;
    }

    /** Breaks the connection. */
    void hangUp() {
        work.add(() -> peer.closed());
    }

    /** Sends bytes that the protocol may not allow. */
    void sendRaw(byte[] bytes) {
        work.add(() -> peer.received(bytes, 0, bytes.length));
    }

    @Override
    public void connect(int port, StreamHandler handler) {
        work.add(() -> {
            if (port != AgentClient.PORT || refusedConnections > 0) {
                refusedConnections--;
                handler.closed();
                return;
            }
            peer = handler;
            TtrpcFrames frames = new TtrpcFrames(this::request);
            handler.opened(new StreamSender() {
                @Override
                public void send(byte[] bytes) {
                    work.add(() -> frames.received(bytes, 0, bytes.length));
                }

                @Override
                public void close() {
                    // The client has told itself already.
                }
            });
        });
    }

    private void loop() {
        try {
            while (!stopped) {
                work.take().run();
            }
        } catch (InterruptedException e) {
            return;
        }
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
    }

    private void request(int stream, int type, byte[] bytes, int offset, int length) {
        ProtoReader envelope = new ProtoReader(bytes, offset, length);
        String service = "";
        String method = "";
        byte[] payload = {};
        while (envelope.next()) {
            switch (envelope.field()) {
                case 1 -> service = envelope.string();
                case 2 -> method = envelope.string();
                case 3 -> payload = envelope.bytes();
                default -> envelope.skip();
            }
        }
        if (type != 1 || stream % 2 == 0) {
            throw new IllegalStateException("Frame type " + type + " on stream " + stream);
        }
        methods.add(service + "/" + method);
        lastRequest.put(method, payload);
        if (silent) {
            return;
        }
        if (refusals.containsKey(method)) {
            refuse(stream, refusals.get(method), method + " refused");
            return;
        }
        answer(stream, method, payload);
    }

    private void answer(int stream, String method, byte[] payload) {
        switch (method) {
            case "Check" -> reply(stream, new ProtoWriter().number(1, 1));
            case "WaitProcess" -> {
                waiter = stream;
                settle();
            }
            case "WriteStdin" -> {
                byte[] data = field(payload, 3);
                stdin.writeBytes(data);
                reply(stream, new ProtoWriter().number(1, data.length));
            }
            case "CloseStdin" -> {
                reply(stream, new ProtoWriter());
                if (exitsOnStdinEnd) {
                    stdout = stdin.toByteArray();
                    end(0);
                }
            }
            case "SignalProcess" -> {
                reply(stream, new ProtoWriter());
                end(128 + (int) number(payload, 3));
            }
            case "ReadStdout" -> read(() -> {
                outAt += data(stream, stdout, outAt, (int) number(payload, 3));
            });
            case "ReadStderr" -> read(() -> {
                errAt += data(stream, stderr, errAt, (int) number(payload, 3));
            });
            default -> reply(stream, new ProtoWriter());
        }
    }

    private void end(int exitStatus) {
        status = exitStatus;
        ended = true;
        settle();
        List<Runnable> waiting = List.copyOf(readers);
        readers.clear();
        for (Runnable reader : waiting) {
            reader.run();
        }
    }

    private void settle() {
        if (ended && waiter != null) {
            int stream = waiter;
            waiter = null;
            reply(stream, new ProtoWriter().number(1, status));
        }
    }

    private void read(Runnable answer) {
        if (ended) {
            answer.run();
        } else {
            readers.add(answer);
        }
    }

    private int data(int stream, byte[] source, int at, int most) {
        int n = Math.min(most, source.length - at);
        if (n == 0) {
            refuse(stream, AgentException.INTERNAL, "read meet EOF");
        } else {
            reply(stream, new ProtoWriter().bytes(1, source, at, n));
        }
        return n;
    }

    private void reply(int stream, ProtoWriter payload) {
        send(stream, new ProtoWriter().message(2, payload));
    }

    private void refuse(int stream, int code, String message) {
        send(stream, new ProtoWriter().message(1, new ProtoWriter().number(1, code).string(2, message)));
    }

    private void send(int stream, ProtoWriter response) {
        byte[] frame = new byte[TtrpcFrames.HEADER + response.size()];
        TtrpcFrames.header(frame, response.size(), stream, TtrpcFrames.RESPONSE);
        response.copyTo(frame, TtrpcFrames.HEADER);
        for (int at = 0; at < frame.length; at += Math.min(fragment, frame.length - at)) {
            byte[] piece = Arrays.copyOfRange(frame, at, at + Math.min(fragment, frame.length - at));
            peer.received(piece, 0, piece.length);
        }
    }

    /** The last value of a bytes field. */
    static byte[] field(byte[] message, int wanted) {
        ProtoReader reader = new ProtoReader(message);
        byte[] value = {};
        while (reader.next()) {
            if (reader.field() == wanted) {
                value = reader.bytes();
            } else {
                reader.skip();
            }
        }
        return value;
    }

    /** All values of a string field. */
    static List<String> strings(byte[] message, int wanted) {
        ProtoReader reader = new ProtoReader(message);
        List<String> values = new ArrayList<>();
        while (reader.next()) {
            if (reader.field() == wanted) {
                values.add(reader.string());
            } else {
                reader.skip();
            }
        }
        return values;
    }

    /** The value of an integer field. */
    static long number(byte[] message, int wanted) {
        ProtoReader reader = new ProtoReader(message);
        long value = 0;
        while (reader.next()) {
            if (reader.field() == wanted) {
                value = reader.number();
            } else {
                reader.skip();
            }
        }
        return value;
    }
}
