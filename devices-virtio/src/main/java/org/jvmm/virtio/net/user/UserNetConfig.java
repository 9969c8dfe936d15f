package org.jvmm.virtio.net.user;

import java.nio.file.Path;
import java.util.List;
import org.jvmm.virtio.net.MacAddress;

/**
 * How a user-mode network looks. The addresses are those that QEMU users know.
 *
 * @param guestMac the guest's card
 * @param mtu bytes of an IP packet, 576 to 65535
 * @param forwards ports of the host that lead into the guest
 * @param resolvConf the host's list of name servers, see resolv.conf(5)
 */
public record UserNetConfig(MacAddress guestMac, int mtu, List<PortForward> forwards, Path resolvConf) {
    /** The guest: 10.0.2.15. */
    public static final int GUEST = 0x0A00_020F;
    /** The host, and the gateway: 10.0.2.2. */
    public static final int HOST = 0x0A00_0202;
    /** The name server: 10.0.2.3. */
    public static final int DNS = 0x0A00_0203;
    /** 255.255.255.0. */
    public static final int NETMASK = 0xFFFF_FF00;
    /** Bits of the network's part. */
    public static final int PREFIX = 24;
    /** The MAC address of all that is not the guest. */
    static final long HOST_MAC = 0x5255_0A00_0202L;

    /** MTU unless told otherwise. */
    public static final int DEFAULT_MTU = 1500;
    /** Smallest MTU: what every host must take (RFC 791 §3.1, total length). */
    public static final int MIN_MTU = 576;
    /** Largest MTU. */
    public static final int MAX_MTU = 65535;

    /** @throws IllegalArgumentException when the MTU is out of range */
    public UserNetConfig {
        if (mtu < MIN_MTU || mtu > MAX_MTU) {
            throw new IllegalArgumentException("MTU " + mtu + " is not " + MIN_MTU + " to " + MAX_MTU);
        }
        forwards = List.copyOf(forwards);
    }

    /** The usual network, with forwarded ports. */
    public static UserNetConfig of(List<PortForward> forwards) {
        return new UserNetConfig(MacAddress.DEFAULT, DEFAULT_MTU, forwards, Path.of("/etc/resolv.conf"));
    }

    /** An address as {@code a.b.c.d}. */
    public static String text(int address) {
        return (address >>> 24) + "." + (address >> 16 & 255) + "." + (address >> 8 & 255) + "." + (address & 255);
    }
}
