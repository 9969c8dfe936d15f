package org.jvmm.virtio.net.user;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/** The host's name servers (resolv.conf(5)). The file is read when the first question comes, and again when it has changed. */
final class NameServers {
    static final int PORT = 53;
    /** How often the file is looked at. */
    private static final long LOOK_NANOS = 5_000_000_000L;

    private final Path file;
    private final Timers timers;
    private List<InetAddress> servers = List.of();
    private FileTime read;
    private boolean looked;
    private long lookedAt;
    private int index;

    NameServers(Path file, Timers timers) {
        this.file = file;
        this.timers = timers;
    }

    /** The server to ask now. */
    InetAddress current() {
        long now = timers.now();
        if (!looked || now - lookedAt > LOOK_NANOS) {
            looked = true;
            lookedAt = now;
            refresh();
        }
        return servers.get(index % servers.size());
    }

    /** A server gave no answer: the next one is asked from now on. */
    void failed(InetAddress server) {
        if (servers.get(index % servers.size()).equals(server)) {
            index = (index + 1) % servers.size();
        }
    }

    private void refresh() {
        try {
            FileTime changed = Files.getLastModifiedTime(file);
            if (!changed.equals(read)) {
                read = changed;
                servers = parse(Files.readAllLines(file));
                index = 0;
            }
        } catch (IOException e) {
            // No file means the server on this host (resolv.conf(5)); an old list is still better than none.
            if (servers.isEmpty()) {
                servers = parse(List.of());
            }
        }
    }

    /** Reads the lines; without a name server there is the one on this host (resolv.conf(5)). */
    static List<InetAddress> parse(List<String> lines) {
        List<InetAddress> found = new ArrayList<>();
        for (String line : lines) {
            String text = line.trim();
            if (text.startsWith("nameserver") && text.length() > 10 && Character.isWhitespace(text.charAt(10))) {
                try {
                    found.add(InetAddress.ofLiteral(text.substring(11).trim()));
                } catch (IllegalArgumentException e) {
                    // As the C library does: a line it cannot read is no server.
                    continue;
                }
            }
        }
        return found.isEmpty() ? List.of(NetContext.ipv4(0x7F00_0001)) : List.copyOf(found);
    }
}
