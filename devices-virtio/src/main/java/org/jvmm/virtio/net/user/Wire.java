package org.jvmm.virtio.net.user;

import org.jvmm.virtio.net.NetHeader;

/** Offsets in a packet buffer and protocol numbers. All fields are big-endian (RFC 791 appendix B). */
final class Wire {
    /** Ethernet header: destination, source, type. */
    static final int ETH = NetHeader.SIZE;
    static final int ETH_SOURCE = ETH + 6;
    static final int ETH_TYPE = ETH + 12;
    static final int ETH_SIZE = 14;
    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_ARP = 0x0806;

    /** IPv4 header (RFC 791 §3.1) behind Ethernet's; offsets within it. */
    static final int IP = ETH + ETH_SIZE;
    static final int IP_TOTAL_LENGTH = 2;
    static final int IP_ID = 4;
    static final int IP_FRAGMENT = 6;
    static final int IP_TTL = 8;
    static final int IP_PROTOCOL = 9;
    static final int IP_CHECKSUM = 10;
    static final int IP_SOURCE = 12;
    static final int IP_DESTINATION = 16;
    static final int IP_SIZE = 20;
    static final int IP_DONT_FRAGMENT = 0x4000;
    static final int IP_MORE_FRAGMENTS = 0x2000;
    static final int PROTOCOL_ICMP = 1;
    static final int PROTOCOL_TCP = 6;
    static final int PROTOCOL_UDP = 17;

    /** Where the payload of an IPv4 header without options begins: all that is sent here. */
    static final int L4 = IP + IP_SIZE;

    /** UDP header (RFC 768). */
    static final int UDP_LENGTH = 4;
    static final int UDP_CHECKSUM = 6;
    static final int UDP_SIZE = 8;

    /** TCP header (RFC 9293 §3.1). */
    static final int TCP_SEQUENCE = 4;
    static final int TCP_ACK = 8;
    static final int TCP_OFFSET = 12;
    static final int TCP_FLAGS = 13;
    static final int TCP_WINDOW = 14;
    static final int TCP_CHECKSUM = 16;
    static final int TCP_SIZE = 20;
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;

    /** ICMP header (RFC 792). */
    static final int ICMP_CHECKSUM = 2;
    static final int ICMP_SIZE = 8;
    static final int ICMP_ECHO_REPLY = 0;
    static final int ICMP_UNREACHABLE = 3;
    static final int ICMP_ECHO = 8;
    static final int UNREACHABLE_NET = 0;
    static final int UNREACHABLE_HOST = 1;
    static final int UNREACHABLE_PROTOCOL = 2;
    static final int UNREACHABLE_PORT = 3;
    static final int UNREACHABLE_PROHIBITED = 13;

    private Wire() {}
}
