package org.jvmm.virtio.net.user;

import java.util.List;
import org.jvmm.core.metrics.Counter;

/** What a user-mode network counts. */
public final class UserNetMetrics {
    private final Counter malformed = new Counter("usernet.malformed_frames");
    private final Counter unsupported = new Counter("usernet.unsupported_frames");
    private final Counter foreign = new Counter("usernet.foreign_source_frames");
    private final Counter dropped = new Counter("usernet.dropped_frames");
    private final Counter tcpConnections = new Counter("usernet.tcp_connections");
    private final Counter tcpRetransmits = new Counter("usernet.tcp_retransmits");
    private final Counter tcpRefused = new Counter("usernet.tcp_refused");
    private final Counter udpFlows = new Counter("usernet.udp_flows");
    private final Counter hostFailures = new Counter("usernet.host_failures");

    UserNetMetrics() {}

    /** Frames that contradict themselves. */
    public Counter malformed() {
        return malformed;
    }

    /** Frames of protocols there is no answer for, IPv6 among them. */
    public Counter unsupported() {
        return unsupported;
    }

    /** IPv4 packets whose source is not the guest's address. */
    public Counter foreign() {
        return foreign;
    }

    /** Packets for the guest that found no room. */
    public Counter dropped() {
        return dropped;
    }

    /** TCP connections begun, both ways. */
    public Counter tcpConnections() {
        return tcpConnections;
    }

    /** TCP segments sent to the guest again. */
    public Counter tcpRetransmits() {
        return tcpRetransmits;
    }

    /** TCP connections refused by the peer or for lack of room. */
    public Counter tcpRefused() {
        return tcpRefused;
    }

    /** UDP flows begun, both ways. */
    public Counter udpFlows() {
        return udpFlows;
    }

    /** Socket calls that failed for reasons of the host. */
    public Counter hostFailures() {
        return hostFailures;
    }

    /** All of them. */
    public List<Counter> all() {
        return List.of(malformed, unsupported, foreign, dropped, tcpConnections, tcpRetransmits, tcpRefused, udpFlows, hostFailures);
    }
}
