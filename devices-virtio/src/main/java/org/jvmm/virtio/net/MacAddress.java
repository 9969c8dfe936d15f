package org.jvmm.virtio.net;

/**
 * An Ethernet address.
 *
 * @param value 48 bits, first byte on the wire highest
 */
public record MacAddress(long value) {
    /** Of the guest on a user-mode network, where it meets nobody else: as QEMU's. */
    public static final MacAddress DEFAULT = new MacAddress(0x5254_0012_3456L);

    /** @throws IllegalArgumentException for a group address, zero, or more than 48 bits */
    public MacAddress {
        if (value >>> 48 != 0 || value == 0 || (value & 1L << 40) != 0) {
            throw new IllegalArgumentException("Not the address of one station");
        }
    }

    /**
     * Reads {@code xx:xx:xx:xx:xx:xx}.
     *
     * @throws IllegalArgumentException for anything else, and for group addresses
     */
    public static MacAddress parse(String text) {
        if (text.length() != 17) {
            throw new IllegalArgumentException("MAC address " + text + " is not xx:xx:xx:xx:xx:xx");
        }
        long value = 0;
        for (int i = 0; i < 17; i++) {
            char c = text.charAt(i);
            if (i % 3 == 2) {
                if (c != ':') {
                    throw new IllegalArgumentException("MAC address " + text + " is not xx:xx:xx:xx:xx:xx");
                }
            } else {
                int digit = Character.digit(c, 16);
                if (digit < 0 || c > 'f') {
                    throw new IllegalArgumentException("MAC address " + text + " is not xx:xx:xx:xx:xx:xx");
                }
                value = value << 4 | digit;
            }
        }
        if (value == 0 || (value & 1L << 40) != 0) {
            throw new IllegalArgumentException("MAC address " + text + " is not that of one station");
        }
        return new MacAddress(value);
    }

    /** A locally administered address with the prefix that virtual machines use, the rest given. */
    public static MacAddress of(int random) {
        return new MacAddress(0x5254_0000_0000L | random & 0xFF_FFFFL);
    }

    /** {@code xx:xx:xx:xx:xx:xx}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            int octet = (int) (value >> shift) & 0xFF;
            text.append(Character.forDigit(octet >> 4, 16)).append(Character.forDigit(octet & 15, 16));
            if (shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }
}
