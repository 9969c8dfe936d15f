package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.virtio.net.NetDevice;
import org.jvmm.virtio.net.user.PortForward;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSession;
import org.jvmm.vmm.agent.CommandSpec;
import org.jvmm.vmm.cli.ClassPath;

/** The network as a real Linux guest sees it. One machine serves the tests of the user-mode network. */
@Tag("guest")
@Timeout(300)
class GuestNetTest {
    private static final long TIMEOUT = 120_000_000_000L;
    private static final int DOWNLOAD = 8 << 20;

    private static Machine machine;
    private static AgentSession guest;
    private static int forwardedTcp;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void boot() throws Exception {
        forwardedTcp = freePort();
        NetworkSpec network = NetworkSpec.user(List.of(new PortForward(0x7F000001, forwardedTcp, 80, false)));
        machine = Machine.create(config().device(network).build());
        machine.start();
        guest = machine.connectAgent(TIMEOUT);
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
        }
    }

    private static MachineConfig.Builder config() throws Exception {
        return MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs()).memory("256M");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private String sh(String script) throws Exception {
        return sh(guest, script);
    }

    private String sh(AgentSession session, String script) throws Exception {
        out.reset();
        int code = session.run(CommandSpec.of("sh", "-c", script), null, out, err);
        assertThat(code).as(out + "\n" + err).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    private static byte[] data(int size) {
        byte[] data = new byte[size];
        new Random(9).nextBytes(data);
        return data;
    }

    private static String sha256(byte[] data) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
    }

    /** Answers one HTTP request for anything with {@code body}. */
    private static ServerSocket httpServer(InetAddress address, byte[] body) throws IOException {
        ServerSocket server = new ServerSocket(0, 10, address);
        Thread thread = new Thread(() -> {
            while (!server.isClosed()) {
                try (Socket client = server.accept()) {
                    InputStream in = client.getInputStream();
                    // The request of a client without a body ends with its first empty line.
                    for (int last = 0; last != 0x0D0A0D0A;) {
                        last = last << 8 | in.read();
                    }
                    OutputStream answer = client.getOutputStream();
                    answer.write(("HTTP/1.0 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                    answer.write(body);
                } catch (IOException e) {
                    // The test closes the server.
                    return;
                }
            }
        }, "http");
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    @Test
    void theGuestIsSetUpBeforeTheCommand() throws Exception {
        assertThat(sh("ip addr show eth0")).contains("inet 10.0.2.15/24").contains("52:54:00:12:34:56").contains("UP");
        assertThat(sh("ip route")).contains("default via 10.0.2.2 dev eth0");
        assertThat(sh("cat /etc/resolv.conf")).contains("nameserver 10.0.2.3");
    }

    @Test
    void theHostAnswersPings() throws Exception {
        assertThat(sh("ping -c 3 -i 0.2 10.0.2.2")).contains("3 packets transmitted, 3 packets received");
    }

    @Test
    void aDownloadFromTheHostIsUnchanged() throws Exception {
        byte[] body = data(DOWNLOAD);
        try (ServerSocket server = httpServer(InetAddress.getLoopbackAddress(), body)) {
            assertThat(sh("wget -q -O - http://10.0.2.2:" + server.getLocalPort() + "/x | sha256sum")).startsWith(sha256(body));
        }
    }

    @Test
    void anUploadToTheHostIsUnchanged() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            byte[][] got = new byte[1][];
            Thread reader = new Thread(() -> {
                try (Socket client = server.accept()) {
                    got[0] = client.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            reader.start();
            String sum = sh("dd if=/dev/urandom of=/tmp/up bs=1M count=2 2>/dev/null; nc -w 10 10.0.2.2 " + server.getLocalPort()
                    + " </tmp/up; sha256sum </tmp/up");
            reader.join();
            assertThat(got[0]).hasSize(2 << 20);
            assertThat(sum).startsWith(sha256(got[0]));
        }
    }

    @Test
    void nobodyListeningIsRefusedAtOnce() throws Exception {
        int port = freePort();
        assertThat(sh("nc -w 10 10.0.2.2 " + port + " </dev/null 2>&1; true")).contains("refused");
    }

    @Test
    void aForwardedPortReachesAServerInTheGuest() throws Exception {
        CommandSession server = guest.command(
                CommandSpec.of("sh", "-c",
                        "mkdir -p /tmp/www; echo hello from the guest >/tmp/www/index.html; exec httpd -f -p 80 -h /tmp/www"),
                null, out, err);
        server.start();
        try {
            assertThat(get(forwardedTcp)).contains("200 OK").endsWith("hello from the guest\n");
        } finally {
            server.remove().await();
        }
    }

    /** Asks until the guest's server listens; until then the guest resets. */
    private static String get(int port) throws Exception {
        long end = System.nanoTime() + TIMEOUT;
        while (true) {
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                client.setSoTimeout(60_000);
                client.getOutputStream().write("GET /index.html HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (SocketException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    /** A TFTP server (RFC 1350) of one short file, which answers from the port it was asked at. */
    @Test
    void aUdpQuestionIsAnswered() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> {
                try {
                    while (true) {
                        DatagramPacket packet = new DatagramPacket(new byte[600], 600);
                        server.receive(packet);
                        if (packet.getData()[1] == 1) {
                            // DATA, block 1; shorter than 512 bytes, so the last.
                            byte[] answer = "\0\3\0\1hello by datagram\n".getBytes(StandardCharsets.ISO_8859_1);
                            server.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                        }
                    }
                } catch (IOException e) {
                    // The test closes the server.
                    return;
                }
            }, "tftp");
            thread.setDaemon(true);
            thread.start();
            assertThat(sh("tftp -g -r x -l /tmp/x 10.0.2.2 " + server.getLocalPort() + " >&2 && cat /tmp/x"))
                    .isEqualTo("hello by datagram\n");
        }
    }

    @Test
    void dhcpGivesTheSameAddress() throws Exception {
        assertThat(sh("udhcpc -i eth0 -n -q -f -s /bin/true 2>&1")).contains("lease of 10.0.2.15 obtained from 10.0.2.2");
    }

    private static int host(String... words) throws IOException, InterruptedException {
        return new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
    }

    /** A whole jvmm in a network namespace with a TAP of so many queues; the host's end is 192.0.2.1. */
    @ParameterizedTest
    @ValueSource(ints = { 1, 2 })
    void aTapInANetworkNamespace(int queues, @TempDir Path folder) throws Exception {
        String namespace = "jvmm-test-" + ProcessHandle.current().pid();
        assumeThat(Files.exists(Path.of("/dev/net/tun")) && host("ip", "netns", "add", namespace) == 0)
                .as("a TAP in a namespace needs /dev/net/tun, iproute2 and root").isTrue();
        Path file = Files.write(folder.resolve("x"), data(4 << 20));
        Process server = null;
        try {
            List<String> tap = new ArrayList<>(List.of("ip", "-n", namespace, "tuntap", "add", "dev", "tap0", "mode", "tap"));
            if (queues > 1) {
                tap.add("multi_queue");
            }
            assertThat(host(tap.toArray(new String[0]))).isZero();
            assertThat(host("ip", "-n", namespace, "addr", "add", "192.0.2.1/24", "dev", "tap0")).isZero();
            assertThat(host("ip", "-n", namespace, "link", "set", "tap0", "up")).isZero();
            server = new ProcessBuilder("ip", "netns", "exec", namespace, "busybox", "httpd", "-f", "-p", "192.0.2.1:8080", "-h",
                    folder.toString()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
            words.addAll(jvmm("--cpus", String.valueOf(queues), "--net", "tap=tap0,ip=192.0.2.2/24,gw=192.0.2.1,queues=" + queues, "--",
                    "sh", "-c",
                    "ls /sys/class/net/eth0/queues | tr '\\n' ' '; ping -c 2 192.0.2.1 && wget -q -O - http://192.0.2.1:8080/x | sha256sum"));
            Process run = new ProcessBuilder(words).redirectErrorStream(true).start();
            String text = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(run.waitFor()).as(text).isZero();
            assertThat(text).startsWith(queues == 1 ? "rx-0 tx-0 " : "rx-0 rx-1 tx-0 tx-1 ").contains("2 packets received")
                    .contains(sha256(Files.readAllBytes(file)));
        } finally {
            if (server != null) {
                server.destroy();
                server.waitFor();
            }
            host("ip", "netns", "del", namespace);
        }
    }

    /** Where the classes are, also when the launcher of the tests hides its class path. */
    private static String classPath() {
        StringBuilder path = new StringBuilder(System.getProperty("java.class.path"));
        for (Class<?> member : List.of(Machine.class, org.jvmm.boot.BootLoader.class, org.jvmm.core.bus.Bus.class,
                org.jvmm.kvm.sys.NativeBinding.class, org.jvmm.cpu.SoftHypervisor.class, org.jvmm.device.rtc.CmosRtc.class, NetDevice.class,
                io.netty.buffer.ByteBuf.class, io.netty.util.ReferenceCounted.class)) {
            path.append(':').append(Path.of(URI.create(member.getProtectionDomain().getCodeSource().getLocation().toString())));
        }
        return path.toString();
    }

    private static List<String> jvmm(String... options) throws Exception {
        List<String> words = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), ClassPath.options(), "-cp",
                        classPath(), "org.jvmm.vmm.cli.Main",
                        "run",
                        "--kernel", GuestArtifacts.vmlinux().toString(), "--initrd", GuestArtifacts.initramfs().toString()));
        words.addAll(List.of(options));
        return words;
    }

    @Test
    void passtLeadsTheGuestOut(@TempDir Path folder) throws Exception {
        Path socket = folder.resolve("passt.sock");
        Process passt;
        try {
            passt = new ProcessBuilder("passt", "--foreground", "--socket", socket.toString(), "--runas", "0", "--address", "192.0.2.2",
                    "--netmask",
                    "24", "--gateway", "192.0.2.1").redirectErrorStream(true).redirectOutput(folder.resolve("passt.log").toFile()).start();
        } catch (IOException e) {
            assumeThat(false).as("passt is not installed: %s", e.getMessage()).isTrue();
            return;
        }
        byte[] body = data(2 << 20);
        try (ServerSocket server = httpServer(InetAddress.getLoopbackAddress(), body)) {
            long end = System.nanoTime() + TIMEOUT;
            while (!Files.exists(socket) && passt.isAlive() && System.nanoTime() - end < 0) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            assertThat(Files.exists(socket)).as(Files.readString(folder.resolve("passt.log"))).isTrue();
            NetworkSpec network = NetworkSpec.parse("passt=" + socket + ",ip=192.0.2.2/24,gw=192.0.2.1", List.of());
            try (Machine own = Machine.create(config().device(network).build())) {
                own.start();
                // passt maps the gateway's address to the host's loopback.
                assertThat(sh(own.connectAgent(TIMEOUT), "wget -q -O - http://192.0.2.1:" + server.getLocalPort() + "/x | sha256sum"))
                        .startsWith(sha256(body));
            }
        } finally {
            passt.destroy();
            passt.waitFor();
        }
    }
}
