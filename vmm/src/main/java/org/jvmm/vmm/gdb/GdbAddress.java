package org.jvmm.vmm.gdb;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jvmm.vmm.MachineException;

/**
 * Where a debugger connects: a port of this host alone, or a UNIX socket.
 *
 * @param port 0 to 65535, 0 for any that is free; -1 for a socket
 * @param path the socket's file, or null
 */
public record GdbAddress(int port, Path path) {
    /**
     * Reads {@code PORT} or {@code PATH}.
     *
     * @throws MachineException when it is neither
     */
    public static GdbAddress parse(String text) {
        boolean digits = !text.isEmpty();
        for (int i = 0; i < text.length(); i++) {
            digits &= Character.isDigit(text.charAt(i));
        }
        if (!digits) {
            return new GdbAddress(-1, Path.of(text));
        }
        int port = text.length() > 5 ? 65536 : Integer.parseInt(text);
        if (port > 65535) {
            throw new MachineException("Port " + text + " for gdb is not between 0 and 65535");
        }
        return new GdbAddress(port, null);
    }

    /** Listens. */
    ServerSocketChannel listen() {
        if (path != null && Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new MachineException("Cannot listen on " + path + ": it exists already; remove it or choose another path");
        }
        try {
            SocketAddress address = path == null
                    ? new InetSocketAddress(InetAddress.getLoopbackAddress(), port)
                    : UnixDomainSocketAddress.of(path);
            ServerSocketChannel channel = path == null ? ServerSocketChannel.open() : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                if (path == null) {
                    channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                }
                return channel.bind(address, 1);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new MachineException("Cannot listen for gdb on " + (path == null ? "port " + port : path) + ": " + e.getMessage(), e);
        }
    }

    /** What to type in gdb. */
    static String command(ServerSocketChannel channel) throws IOException {
        SocketAddress bound = channel.getLocalAddress();
        return "target remote " + (bound instanceof InetSocketAddress inet ? "127.0.0.1:" + inet.getPort() : bound.toString());
    }
}
