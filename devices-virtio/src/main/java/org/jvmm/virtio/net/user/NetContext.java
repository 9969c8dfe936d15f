package org.jvmm.virtio.net.user;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jvmm.core.event.EventLoop;

/** What the protocols of one network share. */
final class NetContext {
    final UserNetConfig config;
    final EventLoop loop;
    final Timers timers;
    final FrameOutput out;
    final UserNetMetrics metrics;
    final NameServers nameServers;

    NetContext(UserNetConfig config, EventLoop loop, Timers timers, FrameOutput out, UserNetMetrics metrics) {
        this.config = config;
        this.loop = loop;
        this.timers = timers;
        this.out = out;
        this.metrics = metrics;
        this.nameServers = new NameServers(config.resolvConf(), timers);
    }

    /** Whether packets for an address leave through the host's sockets: not those for this network's own, for groups and for the guest itself. */
    static boolean reachable(int address) {
        int first = address >>> 24;
        boolean local = (address & UserNetConfig.NETMASK) == (UserNetConfig.HOST & UserNetConfig.NETMASK);
        return address == UserNetConfig.HOST || address == UserNetConfig.DNS || !local && first != 0 && first != 127 && first < 224;
    }

    /**
     * Where packets for an address go on the host.
     *
     * @return null when nobody is there
     */
    InetAddress hostAddress(int address, int port) {
        if (address == UserNetConfig.HOST) {
            return ipv4(0x7F00_0001);
        }
        if (address == UserNetConfig.DNS) {
            return port == NameServers.PORT ? nameServers.current() : null;
        }
        return ipv4(address);
    }

    static InetAddress ipv4(int address) {
        byte[] bytes = { (byte) (address >> 24), (byte) (address >> 16), (byte) (address >> 8), (byte) address };
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("four bytes", e);
        }
    }

    /** Closes what cannot be used any more; nobody could do anything about a failure. */
    void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (IOException e) {
            metrics.hostFailures().increment();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The key of a connection or flow among its protocol's. */
    static long key(int guestPort, int remote, int remotePort) {
        return (long) remote << 32 | (long) guestPort << 16 | remotePort;
    }
}
