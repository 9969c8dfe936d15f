package org.jvmm.virtio.vsock;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The streams by their two ports. Looking one up allocates nothing. */
final class ConnectionTable {
    /** Two ports; the probe's change, those in the map do not. */
    private static final class Key {
        private int hostPort;
        private int guestPort;

        private Key(int hostPort, int guestPort) {
            this.hostPort = hostPort;
            this.guestPort = guestPort;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && key.hostPort == hostPort && key.guestPort == guestPort;
        }

        @Override
        public int hashCode() {
            return hostPort * 0x9E37_79B1 + guestPort;
        }
    }

    private final Map<Key, VsockConnection> map = new HashMap<>();
    private final Key probe = new Key(0, 0);

    VsockConnection find(int hostPort, int guestPort) {
        probe.hostPort = hostPort;
        probe.guestPort = guestPort;
        return map.get(probe);
    }

    void add(VsockConnection connection) {
        map.put(new Key(connection.hostPort(), connection.guestPort()), connection);
    }

    void remove(VsockConnection connection) {
        probe.hostPort = connection.hostPort();
        probe.guestPort = connection.guestPort();
        map.remove(probe);
    }

    int size() {
        return map.size();
    }

    /** A copy, to be walked while streams end. */
    List<VsockConnection> all() {
        return new ArrayList<>(map.values());
    }
}
