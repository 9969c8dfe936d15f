package org.jvmm.virtio.net.user;

/**
 * A port of the host that leads into the guest.
 *
 * @param hostAddress IPv4 address of the host to listen on, 0 for all
 * @param hostPort 1 to 65535, or 0 for any that is free
 * @param guestPort 1 to 65535
 * @param udp UDP instead of TCP
 */
public record PortForward(int hostAddress, int hostPort, int guestPort, boolean udp) {
    /** @throws IllegalArgumentException when a port is out of range */
    public PortForward {
        if (hostPort < 0 || hostPort > 65535 || guestPort < 1 || guestPort > 65535) {
            throw new IllegalArgumentException("Port is not 1 to 65535");
        }
    }

    /**
     * Reads {@code [HOSTIP:]HOST:GUEST[/tcp|/udp]}.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static PortForward parse(String text) {
        String ports = text;
        boolean udp = false;
        int slash = text.indexOf('/');
        if (slash >= 0) {
            String protocol = text.substring(slash + 1);
            udp = protocol.equals("udp");
            if (!udp && !protocol.equals("tcp")) {
                throw malformed(text);
            }
            ports = text.substring(0, slash);
        }
        int last = ports.lastIndexOf(':');
        if (last < 0) {
            throw malformed(text);
        }
        int first = ports.lastIndexOf(':', last - 1);
        int address = first < 0 ? 0 : address(ports.substring(0, first), text);
        int host = number(ports.substring(first + 1, last), 65535, text);
        int guest = number(ports.substring(last + 1), 65535, text);
        if (host == 0 || guest == 0) {
            throw malformed(text);
        }
        return new PortForward(address, host, guest, udp);
    }

    private static int address(String text, String whole) {
        int address = 0;
        int from = 0;
        for (int i = 0; i < 4; i++) {
            int dot = i == 3 ? text.length() : text.indexOf('.', from);
            if (dot < 0) {
                throw malformed(whole);
            }
            address = address << 8 | number(text.substring(from, dot), 255, whole);
            from = dot + 1;
        }
        return address;
    }

    private static int number(String text, int max, String whole) {
        if (text.isEmpty() || text.length() > 5) {
            throw malformed(whole);
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw malformed(whole);
            }
            value = 10 * value + c - '0';
        }
        if (value > max) {
            throw malformed(whole);
        }
        return value;
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("Port forward " + text + " is not [HOSTIP:]HOST:GUEST[/tcp|/udp]");
    }
}
