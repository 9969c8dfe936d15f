package org.jvmm.vmm.gdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import org.jvmm.vmm.DebugGate;

/** Listens for a debugger and serves one at a time, until it is closed. A debugger that goes away lets the guest go on; another may come. */
public final class GdbServer implements AutoCloseable {
    private final GdbAddress address;
    private final ServerSocketChannel channel;
    private final DebugGate gate;
    private final Thread thread;
    private volatile SocketChannel current;
    private volatile boolean closed;

    private GdbServer(GdbAddress address, DebugGate gate) {
        this.address = address;
        this.channel = address.listen();
        this.gate = gate;
        this.thread = new Thread(this::serve, "gdb");
        thread.setDaemon(true);
    }

    /**
     * Listens.
     *
     * @throws org.jvmm.vmm.MachineException when that is not possible
     */
    public static GdbServer start(GdbAddress address, DebugGate gate) {
        GdbServer server = new GdbServer(address, gate);
        server.thread.start();
        return server;
    }

    /** What to type in gdb to connect. */
    public String command() {
        try {
            return GdbAddress.command(channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve() {
        while (!closed) {
            try (SocketChannel client = channel.accept()) {
                current = client;
                new GdbSession(client, gate).run();
            } catch (IOException e) {
                if (!channel.isOpen()) {
                    return;
                }
                // The debugger's connection broke; the next may come.
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            SocketChannel client = current;
            channel.close();
            if (client != null) {
                // A debugger that is still there learns how the machine ended before its connection does.
                thread.join(500);
                client.close();
            }
            if (address.path() != null) {
                Files.deleteIfExists(address.path());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
