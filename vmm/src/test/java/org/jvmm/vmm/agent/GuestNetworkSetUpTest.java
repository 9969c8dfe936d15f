package org.jvmm.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.vmm.agent.wire.ProtoWriter;

/** The calls that set a guest's network up. */
@Timeout(60)
class GuestNetworkSetUpTest {
    private static final String MAC = "52:54:00:12:34:56";

    private final FakeAgent fake = new FakeAgent();

    @AfterEach
    void stop() {
        fake.close();
    }

    private AgentSession open(GuestNetwork network) throws InterruptedException {
        return AgentSession.open(new AgentDialer(fake).dial(60_000_000_000L), GuestFiles.NONE, List.of(network));
    }

    @Test
    void cardRouteAndNameServerComeBeforeTheSandbox() throws InterruptedException {
        open(new GuestNetwork(MAC, 1500, "10.0.2.15/24", "10.0.2.2", "10.0.2.3"));
        assertThat(fake.methods).containsExactly("grpc.Health/Check", "grpc.AgentService/UpdateInterface", "grpc.AgentService/UpdateRoutes",
                "grpc.AgentService/CreateSandbox");
        // types.Interface, types.Route and CreateSandboxRequest of the .proto files.
        ProtoWriter address = new ProtoWriter().string(2, "10.0.2.15").string(3, "24");
        ProtoWriter card = new ProtoWriter().string(1, "eth0").string(2, "eth0").message(3, address).number(4, 1500).string(5, MAC);
        assertThat(fake.lastRequest.get("UpdateInterface")).isEqualTo(new ProtoWriter().message(1, card).toBytes());
        ProtoWriter route = new ProtoWriter().string(2, "10.0.2.2").string(3, "eth0");
        assertThat(fake.lastRequest.get("UpdateRoutes"))
                .isEqualTo(new ProtoWriter().message(1, new ProtoWriter().message(1, route)).toBytes());
        assertThat(fake.lastRequest.get("CreateSandbox"))
                .isEqualTo(new ProtoWriter().string(1, "jvmm").strings(2, List.of("10.0.2.3")).string(5, "jvmm").toBytes());
    }

    @Test
    void aCardWithoutAddressIsSwitchedOn() throws InterruptedException {
        open(new GuestNetwork(MAC, 9000, null, null, null));
        ProtoWriter card = new ProtoWriter().string(1, "eth0").string(2, "eth0").number(4, 9000).string(5, MAC);
        assertThat(fake.lastRequest.get("UpdateInterface")).isEqualTo(new ProtoWriter().message(1, card).toBytes());
        assertThat(fake.methods).doesNotContain("grpc.AgentService/UpdateRoutes");
    }

    @Test
    void aGuestWithoutTheCardIsNoMissingCommand() {
        fake.refuse("UpdateInterface", AgentException.NOT_FOUND);
        assertThatThrownBy(() -> open(new GuestNetwork(MAC, 1500, "10.0.2.15/24", "10.0.2.2", "10.0.2.3")))
                .isInstanceOf(AgentException.class)
                .hasMessageStartingWith("Cannot set the guest's network up: ").hasMessageEndingWith("--net none starts without one")
                .satisfies(e -> assertThat(((AgentException) e).code()).isEqualTo(AgentException.INTERNAL));
    }
}
