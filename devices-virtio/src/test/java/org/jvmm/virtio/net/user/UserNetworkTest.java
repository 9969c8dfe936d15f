package org.jvmm.virtio.net.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.virtio.net.MacAddress;

/** Addresses: ARP, DHCP, ICMP, and what is refused. */
class UserNetworkTest {
    private FakeGuest guest;

    @BeforeEach
    void open() {
        guest = new FakeGuest(UserNetConfig.of(List.of()), FakeGuest.ALL);
    }

    @AfterEach
    void close() {
        guest.close();
    }

    private ByteBuf arp(int wanted) {
        ByteBuf frame = FakeGuest.ethernet(Wire.TYPE_ARP, 28);
        frame.setLong(Wire.IP, 0x0001_0800_0604_0001L);
        frame.setShort(Wire.IP + 8, 0x5254).setInt(Wire.IP + 10, 0x00123456).setInt(Wire.IP + 14, UserNetConfig.GUEST);
        frame.setInt(Wire.IP + 24, wanted);
        return frame;
    }

    @Test
    void hostAndNameServerAnswerArp() {
        for (int address : new int[] { UserNetConfig.HOST, UserNetConfig.DNS }) {
            guest.send(arp(address));
            ByteBuf answer = guest.poll();
            assertThat(answer.getUnsignedShort(Wire.IP + 6)).isEqualTo(2);
            assertThat(answer.getInt(Wire.IP + 14)).isEqualTo(address);
            assertThat(answer.getInt(Wire.IP + 20)).isEqualTo(0x00123456);
            assertThat(answer.getInt(Wire.IP + 24)).isEqualTo(UserNetConfig.GUEST);
            assertThat(answer.getInt(Wire.ETH + 2)).isEqualTo(0x00123456);
        }
        // Probing for its own address it hears nobody (RFC 5227).
        guest.send(arp(UserNetConfig.GUEST));
        guest.send(arp(0x0A000263));
        assertThat(guest.poll()).isNull();
        assertThat(guest.flushes).isEqualTo(2);
    }

    private ByteBuf dhcp(int type, int requested, int ciaddr) {
        byte[] message = new byte[300];
        ByteBuf m = io.netty.buffer.Unpooled.wrappedBuffer(message);
        m.setMedium(0, 0x010106).setInt(4, 0xCAFE).setShort(10, 0).setInt(12, ciaddr);
        m.setShort(28, 0x5254).setInt(30, 0x00123456).setInt(236, 0x63825363);
        m.setMedium(240, 53 << 16 | 1 << 8 | type);
        if (requested != 0) {
            m.setShort(243, 50 << 8 | 4).setInt(245, requested).setByte(249, 255);
        } else {
            m.setByte(243, 255);
        }
        return guest.udp(ciaddr, 68, ciaddr == 0 ? -1 : UserNetConfig.HOST, 67, message);
    }

    private static int option(byte[] message, int code) {
        int at = 240;
        while ((message[at] & 255) != 255) {
            if ((message[at] & 255) == code) {
                int value = 0;
                for (int i = 0; i < message[at + 1]; i++) {
                    value = value << 8 | message[at + 2 + i] & 255;
                }
                return value;
            }
            at += 2 + message[at + 1];
        }
        return -1;
    }

    @Test
    void dhcpGivesTheOneAddress() {
        guest.send(dhcp(1, 0, 0));
        byte[] offer = FakeGuest.udpPayload(guest.poll());
        assertThat(option(offer, 53)).isEqualTo(2);
        guest.send(dhcp(3, UserNetConfig.GUEST, 0));
        ByteBuf frame = guest.poll();
        byte[] ack = FakeGuest.udpPayload(frame);
        assertThat(option(ack, 53)).isEqualTo(5);
        assertThat(ack[16] << 24 | ack[17] << 16 | ack[18] << 8 | ack[19]).isEqualTo(UserNetConfig.GUEST);
        assertThat(option(ack, 1)).isEqualTo(0xFFFFFF00);
        assertThat(option(ack, 3)).isEqualTo(UserNetConfig.HOST);
        assertThat(option(ack, 6)).isEqualTo(UserNetConfig.DNS);
        assertThat(option(ack, 26)).isEqualTo(1500);
        assertThat(option(ack, 51)).isEqualTo(86_400);
        assertThat(frame.getInt(Wire.IP + Wire.IP_DESTINATION)).isEqualTo(UserNetConfig.GUEST);
    }

    @Test
    void dhcpRefusesAnotherAddressAndInformsWithoutOne() {
        guest.send(dhcp(3, 0x0A000263, 0));
        ByteBuf frame = guest.poll();
        assertThat(option(FakeGuest.udpPayload(frame), 53)).isEqualTo(6);
        assertThat(frame.getInt(Wire.IP + Wire.IP_DESTINATION)).isEqualTo(-1);
        assertThat(frame.getInt(Wire.ETH)).isEqualTo(-1);
        guest.send(dhcp(8, 0, UserNetConfig.GUEST));
        byte[] ack = FakeGuest.udpPayload(guest.poll());
        assertThat(option(ack, 53)).isEqualTo(5);
        assertThat(option(ack, 51)).isEqualTo(-1);
        assertThat(ack[16]).isZero();
        guest.send(dhcp(7, 0, UserNetConfig.GUEST));
        assertThat(guest.poll()).isNull();
    }

    @Test
    void theHostAnswersPings() {
        guest.send(guest.echo(UserNetConfig.HOST, 7, 9, "abcdefg".getBytes()));
        ByteBuf answer = guest.poll();
        assertThat(answer.getUnsignedByte(Wire.L4)).isZero();
        assertThat(answer.getInt(Wire.IP + Wire.IP_SOURCE)).isEqualTo(UserNetConfig.HOST);
        assertThat(answer.getInt(Wire.L4 + 4)).isEqualTo(7 << 16 | 9);
        assertThat(FakeGuest.bytes(answer, Wire.L4 + 8, 7)).isEqualTo("abcdefg".getBytes());
        assertThat(Checksum.finish(Checksum.add(0, answer, Wire.L4, 15))).isZero();
    }

    @Test
    void withoutPingSocketsTheOutsideIsProhibited() {
        guest.send(guest.echo(0x08080808, 7, 9, new byte[8]));
        assertThat(guest.poll().getUnsignedShort(Wire.L4)).isEqualTo(Wire.ICMP_UNREACHABLE << 8 | Wire.UNREACHABLE_PROHIBITED);
    }

    @Test
    void unknownProtocolsAreUnreachable() {
        guest.send(guest.ip(UserNetConfig.GUEST, UserNetConfig.HOST, 132, 20));
        assertThat(guest.poll().getUnsignedShort(Wire.L4)).isEqualTo(Wire.ICMP_UNREACHABLE << 8 | Wire.UNREACHABLE_PROTOCOL);
    }

    @Test
    void foreignSourcesAreDropped() {
        guest.send(guest.ip(0x0A000210, UserNetConfig.HOST, Wire.PROTOCOL_TCP, 20));
        guest.send(guest.udp(0, 68, UserNetConfig.HOST, 9, new byte[4]));
        assertThat(guest.poll()).isNull();
        assertThat(guest.network.metrics().foreign().get()).isEqualTo(2);
    }

    @Test
    void damagedPacketsAreDropped() {
        ByteBuf ip = guest.echo(UserNetConfig.HOST, 1, 1, new byte[4]);
        ip.setByte(Wire.IP + Wire.IP_TTL, 1);
        guest.send(ip);
        ByteBuf icmp = guest.echo(UserNetConfig.HOST, 1, 1, new byte[4]);
        icmp.setByte(Wire.L4 + 9, 1);
        guest.send(icmp);
        ByteBuf udp = guest.udp(UserNetConfig.GUEST, 5, UserNetConfig.HOST, 9, new byte[4]);
        udp.setByte(Wire.L4 + 9, 1);
        guest.send(udp);
        ByteBuf longer = guest.ip(UserNetConfig.GUEST, UserNetConfig.HOST, 6, 20);
        longer.setShort(Wire.IP + Wire.IP_TOTAL_LENGTH, 41);
        guest.send(FakeGuest.finishIp(longer));
        guest.send(FakeGuest.ethernet(Wire.TYPE_IPV4, 0));
        guest.send(FakeGuest.ethernet(0x86DD, 40));
        assertThat(guest.poll()).isNull();
        assertThat(guest.network.metrics().malformed().get()).isEqualTo(5);
        assertThat(guest.network.metrics().unsupported().get()).isEqualTo(1);
    }

    @Test
    void portForwardsAreRead() {
        assertThat(PortForward.parse("8080:80")).isEqualTo(new PortForward(0, 8080, 80, false));
        assertThat(PortForward.parse("127.0.0.1:8080:80/tcp")).isEqualTo(new PortForward(0x7F000001, 8080, 80, false));
        assertThat(PortForward.parse("255.1.2.3:53:5353/udp")).isEqualTo(new PortForward(0xFF010203, 53, 5353, true));
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "80", "80:", ":80", "0:80", "80:0", "65536:80", "80:65536", "a:80", "80:80/sctp", "1.2.3:80:80",
        "256.0.0.1:80:80",
        "1.2.3.4.5:80:80", "::1:80:80", "80:80/", "-1:80", "080808080:80", "1.2.3.4:80" })
    void otherPortForwardsAreRefused(String text) {
        assertThatThrownBy(() -> PortForward.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(text);
    }

    @Test
    void macAddressesAreRead() {
        assertThat(MacAddress.parse("52:54:00:12:34:56")).isEqualTo(MacAddress.DEFAULT).hasToString("52:54:00:12:34:56");
        for (String bad : List.of("", "52:54:00:12:34", "52-54-00-12-34-56", "01:00:5e:00:00:01", "00:00:00:00:00:00",
                "5g:54:00:12:34:56")) {
            assertThatThrownBy(() -> MacAddress.parse(bad)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(bad);
        }
    }

    @Test
    void nameServersAreRead() {
        List<InetAddress> servers = NameServers
                .parse(List.of("# comment", "search example", "nameserver 9.9.9.9", "nameserver\t2001:db8::1 ", "nameserver x",
                        "nameserver"));
        assertThat(servers).containsExactly(InetAddress.ofLiteral("9.9.9.9"), InetAddress.ofLiteral("2001:db8::1"));
        assertThat(NameServers.parse(List.of())).containsExactly(InetAddress.ofLiteral("127.0.0.1"));
    }
}
