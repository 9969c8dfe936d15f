package org.jvmm.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AgentDialerTest {
    private static final long MINUTE = 60_000_000_000L;

    private final FakeAgent fake = new FakeAgent();

    @AfterEach
    void stop() {
        fake.close();
    }

    @Test
    void refusedConnectionsAreTriedAgain() throws InterruptedException {
        fake.refuseConnections(3);
        assertThat(new AgentDialer(fake).dial(MINUTE)).isNotNull();
        assertThat(fake.methods).containsExactly("grpc.Health/Check");
    }

    @Test
    void anAgentWithoutHealthServiceWillDo() throws InterruptedException {
        fake.refuse("Check", AgentException.UNIMPLEMENTED);
        assertThat(new AgentDialer(fake).dial(MINUTE)).isNotNull();
    }

    @Test
    void anAgentThatNeverAnswersIsGivenUp() {
        fake.silent();
        assertThatThrownBy(() -> new AgentDialer(fake).dial(1_000_000)).isInstanceOf(AgentException.class)
                .satisfies(e -> assertThat(((AgentException) e).code()).isEqualTo(AgentException.DEADLINE_EXCEEDED));
    }

    @Test
    void cancelEndsTheWait() throws Exception {
        fake.refuseConnections(Integer.MAX_VALUE);
        AgentDialer dialer = new AgentDialer(fake);
        CompletableFuture<AgentClient> result = CompletableFuture.supplyAsync(() -> {
            try {
                return dialer.dial(0);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        dialer.cancel();
        assertThat(result.get(30, TimeUnit.SECONDS)).isNull();
    }
}
