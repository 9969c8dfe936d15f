package org.jvmm.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CommandSessionTest {
    private final FakeAgent fake = new FakeAgent();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @AfterEach
    void stop() {
        fake.close();
    }

    private AgentSession guest() throws InterruptedException {
        return AgentSession.open(new AgentDialer(fake).dial(30_000_000_000L));
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 1000, Integer.MAX_VALUE })
    void outputsArriveWholeAndApart(int fragment) throws Exception {
        int size = fragment == 1 ? 3000 : 3_000_000;
        byte[] stdout = random(size);
        byte[] stderr = random(size / 3);
        fake.process(stdout, stderr, 7).fragment(fragment);
        assertThat(guest().run(CommandSpec.of("command"), null, out, err)).isEqualTo(7);
        assertThat(out.toByteArray()).isEqualTo(stdout);
        assertThat(err.toByteArray()).isEqualTo(stderr);
    }

    @Test
    void inputIsFedAndThenClosed() throws Exception {
        byte[] input = random(200_000);
        fake.echo();
        assertThat(guest().run(CommandSpec.of("cat"), new ByteArrayInputStream(input), out, err)).isZero();
        assertThat(out.toByteArray()).isEqualTo(input);
        assertThat(err.size()).isZero();
    }

    @Test
    void withoutInputTheCommandSeesItsEndAtOnce() throws Exception {
        fake.echo();
        assertThat(guest().run(CommandSpec.of("cat"), null, out, err)).isZero();
        assertThat(fake.methods).contains("grpc.AgentService/CloseStdin").doesNotContain("grpc.AgentService/WriteStdin");
    }

    @Test
    void inputThatBreaksIsTheEndOfInput() throws Exception {
        fake.echo();
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("Input/output error");
            }
        };
        assertThat(guest().run(CommandSpec.of("cat"), broken, out, err)).isZero();
    }

    @Test
    void aSignalEndsTheCommand() throws Exception {
        fake.runsUntilSignal();
        CommandSession session = guest().command(CommandSpec.of("sleep", "1000"), null, out, err);
        session.start();
        session.signal(15).await();
        assertThat(session.await()).isEqualTo(143);
    }

    @Test
    void aReaderThatWentAwayIsReported() throws Exception {
        fake.process(random(1000), new byte[0], 0);
        OutputStream gone = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        CommandSession session = guest().command(CommandSpec.of("yes"), null, gone, err);
        session.start();
        assertThatThrownBy(session::await).isInstanceOf(IOException.class).hasMessage("Broken pipe");
    }

    @Test
    void aLostConnectionIsReported() throws Exception {
        fake.runsUntilSignal();
        CommandSession session = guest().command(CommandSpec.of("sleep"), null, out, err);
        session.start();
        fake.hangUp();
        assertThatThrownBy(session::await).isInstanceOf(AgentException.class)
                .satisfies(e -> assertThat(((AgentException) e).code()).isEqualTo(AgentException.UNAVAILABLE));
    }

    @Test
    void aCommandThatIsNotThereIsReported() throws Exception {
        fake.refuse("StartContainer", AgentException.NOT_FOUND);
        CommandSession session = guest().command(CommandSpec.of("nosuch"), null, out, err);
        assertThatThrownBy(session::start).isInstanceOf(AgentException.class)
                .satisfies(e -> assertThat(((AgentException) e).code()).isEqualTo(AgentException.NOT_FOUND));
    }

    @Test
    void aTerminalHasOneOutputAndASize() throws Exception {
        fake.process(random(10), new byte[0], 0);
        AgentSession guest = guest();
        guest.run(CommandSpec.of("sh").withTerminal(24, 80), null, out, err);
        byte[] process = FakeAgent.field(FakeAgent.field(fake.lastRequest.get("CreateContainer"), 6), 2);
        assertThat(FakeAgent.number(process, 1)).isEqualTo(1);
        assertThat(FakeAgent.number(FakeAgent.field(process, 2), 1)).isEqualTo(24);
        assertThat(FakeAgent.number(FakeAgent.field(process, 2), 2)).isEqualTo(80);
        assertThat(FakeAgent.strings(process, 5)).contains("TERM=xterm");
        assertThat(fake.methods).doesNotContain("grpc.AgentService/ReadStderr");
    }

    @Test
    void theSpecificationSaysWhatWasAsked() throws Exception {
        CommandSpec command = CommandSpec.of("sh", "-c", "", "x y").withEnv("PATH=/bin").withEnv("A=1").withEnv("A=2").withCwd("/tmp")
                .withUser("nobody:tty").withHostname("box");
        guest().run(command, null, out, err);
        byte[] request = fake.lastRequest.get("CreateContainer");
        assertThat(FakeAgent.strings(request, 1)).containsExactly("c0");
        assertThat(FakeAgent.strings(FakeAgent.field(request, 3), 1)).containsExactly("nobody");
        assertThat(FakeAgent.strings(FakeAgent.field(request, 3), 2)).containsExactly("tty");
        byte[] spec = FakeAgent.field(request, 6);
        assertThat(FakeAgent.strings(spec, 4)).containsExactly("box");
        byte[] process = FakeAgent.field(spec, 2);
        assertThat(FakeAgent.strings(process, 4)).containsExactly("sh", "-c", "", "x y");
        assertThat(FakeAgent.strings(process, 5)).containsExactly("HOSTNAME=box", "PATH=/bin", "A=2");
        assertThat(FakeAgent.strings(process, 6)).containsExactly("/tmp");
        byte[] capabilities = FakeAgent.field(process, 7);
        assertThat(FakeAgent.strings(capabilities, 1)).contains("CAP_SYS_ADMIN");
        assertThat(FakeAgent.strings(capabilities, 2)).isEmpty();
    }

    @Test
    void rootHasAllCapabilities() throws Exception {
        for (String user : new String[] { null, "root", "0:0" }) {
            fake.methods.clear();
            guest().run(CommandSpec.of("id").withUser(user), null, out, err);
            byte[] capabilities = FakeAgent.field(FakeAgent.field(FakeAgent.field(fake.lastRequest.get("CreateContainer"), 6), 2), 7);
            List<String> bounding = FakeAgent.strings(capabilities, 1);
            assertThat(bounding).hasSize(41).doesNotHaveDuplicates();
            assertThat(FakeAgent.strings(capabilities, 2)).isEqualTo(bounding);
            assertThat(FakeAgent.strings(capabilities, 4)).isEqualTo(bounding);
        }
    }

    @Test
    void shutdownAsksTheAgentAndHangsUp() throws Exception {
        AgentSession guest = guest();
        guest.shutdown(30_000_000_000L);
        assertThat(fake.methods).endsWith("grpc.AgentService/DestroySandbox");
        assertThatThrownBy(() -> guest.agent().check().await()).isInstanceOf(AgentException.class);
    }
}
