package org.jvmm.vmm.gdb;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.core.cpu.DebugWatch;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.vmm.DebugGate;

/**
 * One debugger's connection. The thread that reads commands also answers them; a second one waits for the CPUs to stop and says so. Between the two, commands
 * come only while the CPUs are held: gdb sends nothing but its interrupt while they run, and what comes all the same is refused.
 */
final class GdbSession {
    private static final String OK = "OK";
    private static final String MALFORMED = "E01";
    /** EBUSY. */
    private static final String RUNNING = "E10";
    /** The process that the debugger sees ended with 0: the machine is no more. */
    private static final String ENDED = "W00";
    private static final int SIGINT = 2;
    private static final int SIGTRAP = 5;

    private final ByteChannel channel;
    private final DebugGate gate;
    private final PacketWriter out;
    private final GdbCommands commands;
    private boolean acknowledges = true;

    // Guarded by this.
    private boolean held;
    /** The machine has ended. */
    private boolean finished;
    private String lastStop = "S05";

    GdbSession(ByteChannel channel, DebugGate gate) {
        this.channel = channel;
        this.gate = gate;
        this.out = new PacketWriter(new ChannelOutput(channel));
        this.commands = new GdbCommands(gate);
    }

    /** Serves the debugger until it goes away. */
    void run() throws IOException {
        // At the first connection the CPUs are held already, at a later one they are now.
        gate.interrupt();
        Thread reporter = new Thread(this::report, "gdb stops");
        reporter.setDaemon(true);
        reporter.start();
        try {
            read();
        } finally {
            // From here on nobody else waits for the CPUs to stop.
            reporter.interrupt();
            join(reporter);
            leave();
        }
    }

    private void join(Thread reporter) {
        try {
            reporter.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() throws IOException {
        PacketReader reader = new PacketReader();
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        while (channel.read(buffer) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                switch (reader.next(buffer.get() & 0xFF)) {
                    case PACKET -> {
                        if (acknowledges) {
                            out.acknowledge(true);
                        }
                        if (!handle(reader.packet())) {
                            return;
                        }
                    }
                    case BAD_PACKET -> out.acknowledge(false);
                    case RESEND -> out.resend();
                    case INTERRUPT -> gate.interrupt();
                    case NONE -> {
                        // More bytes must come.
                    }
                }
            }
            buffer.clear();
        }
    }

    /** Answers a packet; false when the debugger is done. */
    private boolean handle(byte[] packet) throws IOException {
        if (packet.length == 0) {
            out.send("");
            return true;
        }
        String text = new String(packet, StandardCharsets.ISO_8859_1);
        if (text.equals("QStartNoAckMode")) {
            out.send(OK);
            acknowledges = false;
            return true;
        }
        if (text.equals("k") || text.startsWith("vKill")) {
            if (text.length() > 1) {
                out.send(OK);
            }
            gate.kill();
            return false;
        }
        if (!awaitHeld()) {
            out.send(ended() ? ENDED : RUNNING);
            return true;
        }
        try {
            return answer(packet, text);
        } catch (PacketText.MalformedPacketException e) {
            out.send(MALFORMED);
        } catch (IllegalStateException e) {
            // The host cannot debug guests; gdb shows the text.
            out.send("E." + e.getMessage());
        }
        return true;
    }

    private boolean answer(byte[] packet, String text) throws IOException {
        switch (packet[0]) {
            case '?' -> out.send(lastStop());
            case 'D' -> {
                out.send(OK);
                return false;
            }
            case 'c' -> resume(commands.resumeAll(packet, false));
            case 's' -> resume(commands.resumeAll(packet, true));
            case 'v' -> {
                if (text.startsWith("vCont;")) {
                    resume(commands.resumeByThread(packet));
                } else {
                    out.send(text.equals("vCont?") ? "vCont;c;C;s;S" : "");
                }
            }
            default -> out.send(commands.answer(packet, text));
        }
        return true;
    }

    private void resume(DebugPlan[] plans) {
        synchronized (this) {
            held = false;
        }
        try {
            gate.resume(plans);
        } catch (IllegalStateException e) {
            synchronized (this) {
                held = true;
            }
            throw e;
        }
    }

    private synchronized boolean held() {
        return held;
    }

    private synchronized boolean ended() {
        return finished;
    }

    private synchronized String lastStop() {
        return lastStop;
    }

    /** Waits for CPUs that are about to be held, as after connecting; false when they run. */
    private synchronized boolean awaitHeld() throws IOException {
        long deadline = System.nanoTime() + 2_000_000_000L;
        try {
            while (!held && !finished && System.nanoTime() < deadline) {
                wait(100);
            }
        } catch (InterruptedException e) {
            throw new IOException("Interrupted", e);
        }
        return held;
    }

    /** Tells of every stop. */
    private void report() {
        boolean first = true;
        try {
            for (DebugGate.Stop stop = gate.awaitStop(); stop != null; stop = gate.awaitStop()) {
                String text = describe(stop);
                synchronized (this) {
                    held = true;
                    lastStop = text;
                    notifyAll();
                }
                if (!first) {
                    out.send(text);
                }
                // The first one is asked for by "?".
                first = false;
            }
            synchronized (this) {
                finished = true;
                notifyAll();
            }
            out.send(ENDED);
        } catch (InterruptedException | IOException e) {
            // The debugger has gone; the thread that reads sees it too.
            return;
        }
    }

    private String describe(DebugGate.Stop stop) {
        commands.stoppedAt(stop.cpu());
        int signal = stop.cause() == null ? SIGINT : SIGTRAP;
        String kind = "";
        if (stop.cause() == VcpuExit.Debug.Cause.INT3) {
            kind = "swbreak:;";
        } else if (stop.cause() == VcpuExit.Debug.Cause.BREAKPOINT) {
            kind = commands.isHardware(stop.cpu()) ? "hwbreak:;" : "swbreak:;";
        } else if (stop.watch() != null) {
            DebugWatch watch = stop.watch();
            kind = (watch.writes() ? watch.reads() ? "awatch:" : "watch:" : "rwatch:") + Long.toHexString(watch.address()) + ";";
        }
        return "T0" + signal + "thread:" + (stop.cpu() + 1) + ";" + kind;
    }

    /** The debugger is gone: the guest goes on as if it had never been there. */
    private void leave() {
        if (ended()) {
            return;
        }
        if (held()) {
            commands.clear();
            try {
                gate.resume(commands.plans(DebugPlan.NONE));
            } catch (IllegalStateException e) {
                // It never was debugged.
                return;
            }
        } else {
            gate.abandon(commands::clear);
        }
    }

    /** A channel as the stream that {@link PacketWriter} wants. */
    private static final class ChannelOutput extends OutputStream {
        private final ByteChannel channel;

        ChannelOutput(ByteChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] { (byte) value }, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }
}
