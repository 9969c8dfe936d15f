package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.virtio.blk.BlockDevice;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.net.NetDevice;
import org.jvmm.vmm.agent.AgentSession;

/**
 * Disks and a card with limits, and a virtio console, of a real guest. What passes at once is a fraction of what is sent, so that the limiter has to hold
 * something back; whether it was long enough is the unit tests' matter, which have a clock of their own.
 */
@Tag("guest")
@Timeout(300)
class GuestLimitsTest {
    private static final long TIMEOUT = 120_000_000_000L;
    private static final int DISK_SIZE = 2 << 20;
    /** Of a disk: four times what passes in a second. */
    private static final int BLOCK = 512 << 10;
    /** Of the card: likewise. */
    private static final int BODY = 256 << 10;

    @TempDir
    static Path folder;
    private static byte[] content;
    private static Machine machine;
    private static AgentSession guest;

    @BeforeAll
    static void boot() throws Exception {
        content = new byte[DISK_SIZE];
        new Random(12).nextBytes(content);
        MachineConfig.Builder config = MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs());
        for (String kind : new String[] { "aio=auto", "aio=threads" }) {
            config.device(DiskSpec.parse(Files.write(folder.resolve(kind), content) + ",bandwidth=128K,ops=100," + kind));
        }
        machine = Machine.create(config.device(NetworkSpec.parse("user,bandwidth=64K", List.of()))
                .device(new ConsoleDeviceSpec(folder.resolve("console").toString())).build());
        machine.start();
        guest = machine.connectAgent(TIMEOUT);
    }

    @AfterAll
    static void end() throws Exception {
        if (machine != null) {
            machine.close();
            assertThat(machine.internalError()).isNull();
        }
    }

    private static String sh(String script) throws Exception {
        return GuestShell.sh(guest, script);
    }

    private static <T extends VirtioDevice> List<T> devices(Class<T> type) {
        return machine.devices().stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Each disk's first part is copied to its third by the guest, past its page cache. */
    @Test
    void aDisksLimitHoldsBackAndChangesNothing() throws Exception {
        sh("for d in a b; do dd if=/dev/vd$d of=/dev/vd$d bs=512k count=1 seek=2 iflag=direct oflag=direct 2>/dev/null & done; wait; sync");
        byte[] expected = content.clone();
        System.arraycopy(content, 0, expected, 2 * BLOCK, BLOCK);
        assertThat(devices(BlockDevice.class)).hasSize(2).allSatisfy(disk -> {
            assertThat(disk.metrics().throttled.get()).isPositive();
            assertThat(disk.metrics().readBytes.get()).isGreaterThanOrEqualTo(BLOCK);
            assertThat(disk.metrics().writeBytes.get()).isEqualTo(BLOCK);
        });
        for (String kind : new String[] { "aio=auto", "aio=threads" }) {
            assertThat(Arrays.mismatch(Files.readAllBytes(folder.resolve(kind)), expected)).as(kind).isEqualTo(-1);
        }
    }

    /** A body goes to the guest and comes back. */
    @Test
    void aCardsLimitHoldsBackEachWayAndChangesNothing() throws Exception {
        byte[] body = Arrays.copyOf(content, BODY);
        AtomicReference<byte[]> back = new AtomicReference<>();
        try (ServerSocket server = new ServerSocket(0, 2, InetAddress.getLoopbackAddress())) {
            Thread host = new Thread(() -> {
                try {
                    try (Socket down = server.accept()) {
                        down.getOutputStream().write(body);
                    }
                    try (Socket up = server.accept()) {
                        back.set(up.getInputStream().readAllBytes());
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }, "echo");
            host.start();
            String nc = "nc -w 60 10.0.2.2 " + server.getLocalPort();
            sh(nc + " </dev/null >/tmp/body && " + nc + " </tmp/body");
            host.join();
        }
        assertThat(back.get()).isEqualTo(body);
        assertThat(devices(NetDevice.class)).singleElement().satisfies(card -> {
            assertThat(card.metrics().rxThrottled.get()).isPositive();
            assertThat(card.metrics().txThrottled.get()).isPositive();
        });
    }

    @Test
    void whatIsWrittenToTheConsoleIsInTheFile() throws Exception {
        sh("echo hello >/dev/hvc0; seq 3000 >/dev/hvc0; echo end >/dev/hvc0");
        // A terminal puts a carriage return in front of each newline.
        StringBuilder expected = new StringBuilder("hello\r\n");
        IntStream.rangeClosed(1, 3000).forEach(i -> expected.append(i).append("\r\n"));
        expected.append("end\r\n");
        Path file = folder.resolve("console");
        // The guest's driver waits until the device has taken a line; the file is written by a thread of its own.
        while (Files.size(file) < expected.length()) {
            Thread.onSpinWait();
        }
        assertThat(file).hasContent(expected.toString());
    }
}
