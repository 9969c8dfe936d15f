package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSession;
import org.jvmm.vmm.agent.CommandSpec;

/** Streams between programs of the host and one of a real guest, through the UNIX socket. */
@Tag("guest")
@Timeout(300)
class GuestVsockTest {
    private static final long TIMEOUT = 120_000_000_000L;
    /** In MiB; {@code -Dvsock.mib=100} is the long form. */
    private static final int MIB = Integer.getInteger("vsock.mib", 8);
    private static final int PORT = 5555;

    @TempDir
    static Path folder;
    private static Machine machine;
    private static CommandSession server;

    @BeforeAll
    static void boot() throws Exception {
        Path programs = Files.createDirectory(folder.resolve("bin"));
        HostTools.compile("vsockserver", programs.resolve("vsockserver"));
        machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs())
                .device(new VsockSocketSpec(folder.resolve("v.sock"))).volume(VolumeConfig.parse(programs + ":/b:ro")).build());
        machine.start();
        AgentSession guest = machine.connectAgent(TIMEOUT);
        PipedInputStream said = new PipedInputStream();
        server = guest.command(CommandSpec.of("/b/vsockserver"), null, new PipedOutputStream(said), System.err);
        server.start();
        assertThat(said.read()).isEqualTo('r');
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
            assertThat(machine.internalError()).isNull();
        }
    }

    /** A stream to the server. As long as those of before are not all gone, there is no room for more: 1,024 may be open. */
    private static SocketChannel connect() throws IOException {
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(folder.resolve("v.sock")));
            write(channel, ("CONNECT " + PORT + "\n").getBytes(StandardCharsets.US_ASCII));
            ByteBuffer first = ByteBuffer.allocate(1);
            if (channel.read(first) == 1) {
                assertThat((char) first.get(0) + line(channel)).matches("OK [0-9]+");
                return channel;
            }
            channel.close();
        }
    }

    private static String line(SocketChannel channel) throws IOException {
        StringBuilder line = new StringBuilder();
        for (byte b = read(channel, 1)[0]; b != '\n'; b = read(channel, 1)[0]) {
            line.append((char) b);
        }
        return line.toString();
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        for (ByteBuffer buffer = ByteBuffer.wrap(bytes); buffer.hasRemaining();) {
            channel.write(buffer);
        }
    }

    private static byte[] read(SocketChannel channel, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            assertThat(channel.read(buffer)).as("the stream ended").isNotNegative();
        }
        return buffer.array();
    }

    @Test
    void aThousandStreamsAtATimeAndThenAThousandMore() throws IOException {
        for (int round = 0; round < 2; round++) {
            List<SocketChannel> channels = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                channels.add(connect());
            }
            for (int i = 0; i < 1000; i++) {
                write(channels.get(i), ("e stream " + i + " ").getBytes(StandardCharsets.US_ASCII));
            }
            for (int i = 0; i < 1000; i++) {
                String sent = " stream " + i + " ";
                assertThat(new String(read(channels.get(i), sent.length()), StandardCharsets.US_ASCII)).isEqualTo(sent);
            }
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
    }

    @Test
    void bytesToTheGuestArriveAndHalfAStreamIsClosed() throws IOException {
        try (SocketChannel channel = connect()) {
            write(channel, new byte[] { 's' });
            byte[] chunk = new byte[1 << 20];
            Random random = new Random(7);
            long sum = 0;
            for (int i = 0; i < MIB; i++) {
                random.nextBytes(chunk);
                for (byte b : chunk) {
                    sum += b & 0xFF;
                }
                write(channel, chunk);
            }
            channel.shutdownOutput();
            ByteBuffer answer = ByteBuffer.wrap(read(channel, 16)).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(answer.getLong()).isEqualTo((long) MIB << 20);
            assertThat(answer.getLong()).isEqualTo(sum);
        }
    }

    @Test
    void bytesFromTheGuestArriveInOrder() throws IOException {
        try (SocketChannel channel = connect()) {
            long size = (long) MIB << 20;
            write(channel, ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN).put((byte) 'g').putLong(size).array());
            for (long done = 0; done < size; done += 1 << 16) {
                byte[] chunk = read(channel, 1 << 16);
                for (int i = 0; i < chunk.length; i++) {
                    long at = done + i;
                    if (chunk[i] != (byte) (at * 31 + (at >> 8))) {
                        throw new AssertionError("Byte " + at + " is wrong");
                    }
                }
            }
            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }
}
