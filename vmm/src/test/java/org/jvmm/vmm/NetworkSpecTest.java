package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.virtio.net.MacAddress;
import org.jvmm.virtio.net.user.PortForward;
import org.jvmm.vmm.agent.GuestNetwork;

/** What {@code --net} and {@code -p} say. */
class NetworkSpecTest {
    @Test
    void userIsWhatQemuUsersKnow() {
        NetworkSpec spec = NetworkSpec.parse("user", List.of("8080:80", "127.0.0.1:53:5353/udp"));
        assertThat(spec.kind()).isEqualTo(NetworkSpec.Kind.USER);
        assertThat(spec.guest()).isEqualTo(new GuestNetwork("52:54:00:12:34:56", 1500, "10.0.2.15/24", "10.0.2.2", "10.0.2.3"));
        assertThat(spec.forwards()).containsExactly(new PortForward(0, 8080, 80, false), new PortForward(0x7F000001, 53, 5353, true));
    }

    @Test
    void noneIsNone() {
        assertThat(NetworkSpec.parse("none", List.of())).isNull();
    }

    @Test
    void tapAndPasstHaveNamesAndAddresses() {
        NetworkSpec tap = NetworkSpec.parse("tap=tap0,mac=02:00:00:00:00:05,mtu=9000,ip=192.0.2.5/24,gw=192.0.2.1,dns=192.0.2.1",
                List.of());
        assertThat(tap.kind()).isEqualTo(NetworkSpec.Kind.TAP);
        assertThat(tap.target()).isEqualTo("tap0");
        assertThat(tap.mac()).isEqualTo(MacAddress.parse("02:00:00:00:00:05"));
        assertThat(tap.guest()).isEqualTo(new GuestNetwork("02:00:00:00:00:05", 9000, "192.0.2.5/24", "192.0.2.1", "192.0.2.1"));
        NetworkSpec passt = NetworkSpec.parse("passt=/tmp/passt.sock", List.of());
        assertThat(passt.kind()).isEqualTo(NetworkSpec.Kind.PASST);
        assertThat(passt.target()).isEqualTo("/tmp/passt.sock");
        assertThat(passt.guest().address()).isNull();
        assertThat(passt.mac().toString()).startsWith("52:54:00:");
    }

    @Test
    void aTapMayHaveSeveralQueues() {
        assertThat(NetworkSpec.parse("tap=tap0,queues=4", List.of()).queues()).isEqualTo(4);
        assertThat(NetworkSpec.parse("tap=tap0", List.of()).queues()).isEqualTo(1);
        for (String bad : List.of("0", "9", "x", "10")) {
            assertThatThrownBy(() -> NetworkSpec.parse("tap=tap0,queues=" + bad, List.of())).hasMessageContaining("is not 1 to 8");
        }
        assertThatThrownBy(() -> NetworkSpec.parse("user,queues=2", List.of())).hasMessageStartingWith("--net user,queues=2 is unknown");
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "bridge", "tap", "tap=", "passt=", "none,mtu=1500", "user,", "user,mtu", "user,mtu=", "user,mtu=x",
        "user,speed=1",
        "user,ip=10.0.2.16/24", "tap=tap0,ip=192.0.2.5", "user,mtu=123456" })
    void otherTextsAreRefusedWithTheSyntax(String text) {
        assertThatThrownBy(() -> NetworkSpec.parse(text, List.of())).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("--net " + text + " is unknown: it is user, none, tap=NAME or passt=SOCKET");
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        assertThatThrownBy(() -> NetworkSpec.parse("user,mtu=575", List.of())).hasMessage("MTU 575 is not 576 to 65535");
        assertThatThrownBy(() -> NetworkSpec.parse("user,mac=01:00:00:00:00:05", List.of()))
                .hasMessageContaining("not that of one station");
        assertThatThrownBy(() -> NetworkSpec.parse("none", List.of("80:80")))
                .hasMessage("-p forwards ports of --net user, not of --net none");
    }
}
