package org.jvmm.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.vmm.agent.wire.ProtoWriter;

class TtrpcClientTest {
    private final TtrpcClient client = new TtrpcClient();
    private final Recorder wire = new Recorder();

    /** Keeps the stream ids of requests. */
    private static final class Recorder implements StreamSender {
        private final List<Integer> streams = new ArrayList<>();
        private final TtrpcFrames frames = new TtrpcFrames((stream, type, bytes, offset, length) -> streams.add(stream));
        private boolean closed;

        @Override
        public void send(byte[] bytes) {
            frames.received(bytes, 0, bytes.length);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private void answer(int stream, int type, ProtoWriter response) {
        byte[] frame = new byte[TtrpcFrames.HEADER + response.size()];
        TtrpcFrames.header(frame, response.size(), stream, type);
        response.copyTo(frame, TtrpcFrames.HEADER);
        client.received(frame, 0, frame.length);
    }

    private PendingCall call() {
        return client.call("service", "Method", new ProtoWriter());
    }

    @Test
    void callsAreAnsweredInAnyOrder() {
        client.opened(wire);
        PendingCall first = call();
        PendingCall second = call();
        PendingCall third = call();
        assertThat(wire.streams).containsExactly(1, 3, 5);
        answer(5, 2, new ProtoWriter().message(2, new ProtoWriter().number(1, 5)));
        answer(1, 2, new ProtoWriter().message(1, new ProtoWriter()).message(2, new ProtoWriter().number(1, 1)));
        assertThat(third.await()).containsExactly(8, 5);
        assertThat(first.await()).containsExactly(8, 1);
        assertThat(second.isDone()).isFalse();
        answer(3, 2, new ProtoWriter());
        assertThat(second.await()).isEmpty();
    }

    @Test
    void aStatusIsAnException() {
        client.opened(wire);
        PendingCall call = call();
        answer(1, 2, new ProtoWriter().message(1, new ProtoWriter().number(1, 5).string(2, "no such thing").number(3, 9)));
        assertThatThrownBy(call::await).isInstanceOf(AgentException.class).hasMessage("no such thing")
                .satisfies(e -> assertThat(((AgentException) e).code()).isEqualTo(AgentException.NOT_FOUND));
    }

    @Test
    void callsFailWhenTheStreamEnds() {
        client.opened(wire);
        PendingCall call = call();
        client.closed();
        assertThatThrownBy(call::await).isInstanceOf(AgentException.class)
                .satisfies(e -> assertThat(((AgentException) e).code()).isEqualTo(AgentException.UNAVAILABLE));
        assertThatThrownBy(() -> call().await()).isInstanceOf(AgentException.class);
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aPeerThatBreaksTheProtocolIsLeft() {
        client.opened(wire);
        PendingCall call = call();
        answer(1, TtrpcFrames.REQUEST, new ProtoWriter());
        assertThatThrownBy(call::await).isInstanceOf(AgentException.class);
        assertThat(wire.closed).isTrue();
    }

    @Test
    void aMalformedAnswerFailsItsCallAndTheConnection() {
        client.opened(wire);
        PendingCall call = call();
        // Field 2 claims more bytes than there are.
        client.received(new byte[] { 0, 0, 0, 2, 0, 0, 0, 1, 2, 0, 0x12, 5 }, 0, 12);
        assertThatThrownBy(call::await).isInstanceOf(AgentException.class).hasMessageContaining("malformed");
        assertThat(wire.closed).isTrue();
    }

    @Test
    void anAnswerNobodyWaitsForIsIgnored() {
        client.opened(wire);
        answer(77, 2, new ProtoWriter());
        PendingCall call = call();
        answer(1, 2, new ProtoWriter());
        assertThat(call.await()).isEmpty();
    }

    @Test
    void aStreamThatOpensAfterItWasGivenUpIsClosed() {
        client.close();
        client.opened(wire);
        assertThat(wire.closed).isTrue();
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void aRequestThatFitsNoFrameIsRefused() {
        client.opened(wire);
        byte[] big = new byte[TtrpcFrames.MAX_LENGTH];
        ProtoWriter request = new ProtoWriter(big.length + 16).bytes(1, big, 0, big.length);
        assertThatThrownBy(() -> client.call("service", "Method", request)).isInstanceOf(IllegalArgumentException.class);
        assertThat(wire.streams).isEmpty();
    }

    @Test
    void aCallThatIsNotAnsweredInTimeFails() {
        client.opened(wire);
        assertThatThrownBy(() -> call().await(1)).isInstanceOf(AgentException.class)
                .satisfies(e -> assertThat(((AgentException) e).code()).isEqualTo(AgentException.DEADLINE_EXCEEDED));
    }
}
