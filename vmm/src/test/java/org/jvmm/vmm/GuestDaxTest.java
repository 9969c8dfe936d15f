package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.virtio.fs.FsDevice;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSession;
import org.jvmm.vmm.agent.CommandSpec;

/** Files of the host in the memory of a real guest; programs run from there too. The window is smaller than what is read through it. */
@Tag("guest")
@Timeout(600)
class GuestDaxTest {
    private static final long TIMEOUT = 300_000_000_000L;
    private static final int PAGE = 4096;

    @TempDir
    static Path top;
    private static Path host;
    private static Machine machine;
    private static AgentSession guest;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @BeforeAll
    static void boot() throws Exception {
        host = Files.createDirectory(top.resolve("rw"));
        Path programs = Files.createDirectory(top.resolve("ro"));
        HostTools.compile("daxio", programs.resolve("daxio"));
        HostTools.compile("posixcheck", programs.resolve("posixcheck"));
        HostTools.compile("randomio", programs.resolve("randomio"));
        machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs()).memory("256M")
                .accel(Accel.SOFT).volume(VolumeConfig.parse(host + ":/vol:dax=16M"))
                .volume(VolumeConfig.parse(programs + ":/ro:ro,dax=16M"))
                .build());
        machine.start();
        guest = machine.connectAgent(TIMEOUT);
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
            assertThat(machine.internalError()).isNull();
        }
    }

    private void succeeds(String script) throws Exception {
        int code = guest.run(CommandSpec.of("sh", "-ec", script), null, out, out);
        assertThat(code).as(() -> script + "\n" + out.toString(StandardCharsets.UTF_8)).isZero();
    }

    private static List<FsDevice> volumes() {
        return machine.devices().stream().filter(FsDevice.class::isInstance).map(FsDevice.class::cast).toList();
    }

    @Test
    void aMappedFileIsTheHostsFile() throws Exception {
        ByteBuffer words = ByteBuffer.allocate(5 << 20).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < words.capacity() / 4; i++) {
            words.putInt(4 * i, i);
        }
        Path file = Files.write(host.resolve("words"), words.array());
        succeeds("/ro/daxio check /vol/words");
        for (int i = 0; i < words.capacity() / 4; i += 1000) {
            words.putInt(4 * i, ~i);
        }
        assertThat(Arrays.mismatch(Files.readAllBytes(file), words.array())).isEqualTo(-1);
        // Both the file and the program that read it came through windows.
        assertThat(volumes()).hasSize(2).allSatisfy(volume -> assertThat(volume.metrics().mappings.get()).isPositive());
    }

    @Test
    void moreIsReadThanTheWindowHolds() throws Exception {
        byte[] data = new byte[40 << 20];
        new Random(3).nextBytes(data);
        Files.write(host.resolve("large"), data);
        long before = volumes().getFirst().metrics().mappings.get();
        succeeds("sha256sum </vol/large; cp /vol/large /vol/copy");
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data)));
        assertThat(volumes().getFirst().metrics().mappings.get() - before).isGreaterThanOrEqualTo(20);
        assertThat(Arrays.mismatch(Files.readAllBytes(host.resolve("copy")), data)).isEqualTo(-1);
    }

    @Test
    void posixRulesHold() throws Exception {
        succeeds("mkdir /vol/posix && /ro/posixcheck /vol/posix");
        assertThat(out.toString(StandardCharsets.UTF_8)).contains(" 0 failures");
    }

    @Test
    void randomInputAndOutputIsExact() throws Exception {
        succeeds("/ro/randomio /vol/random 1500 5");
        // The same operations on the host give the same file.
        Path reference = top.resolve("reference");
        assertThat(HostTools.run(top.resolve("ro/randomio").toString(), reference.toString(), "1500", "5").code()).isZero();
        assertThat(Files.mismatch(reference, host.resolve("random"))).isEqualTo(-1);
    }

    /** What would end any other process that has the file mapped ends neither the guest nor this one. */
    @Test
    void aFileShortenedOnTheHostIsZerosInTheGuest() throws Exception {
        byte[] ones = new byte[3 << 20];
        Arrays.fill(ones, (byte) 1);
        Path file = Files.write(host.resolve("short"), ones);
        PipedOutputStream typing = new PipedOutputStream();
        PipedInputStream reading = new PipedInputStream();
        CommandSession program = guest.command(CommandSpec.of("/ro/daxio", "wait", "/vol/short"), new PipedInputStream(typing),
                new PipedOutputStream(reading), out);
        program.start();
        assertThat(reading.read()).isEqualTo('r');
        try (RandomAccessFile shorter = new RandomAccessFile(file.toFile(), "rw")) {
            shorter.setLength(16 * PAGE);
        }
        typing.write('\n');
        byte[] answer = new byte[8];
        assertThat(reading.readNBytes(answer, 0, 8)).isEqualTo(8);
        assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("768 752\n");
        assertThat(program.await()).isZero();
        program.remove().await();
        // Whoever syncs next hears that something may have been lost, and hears it once.
        String sync = "dd if=/dev/zero of=/vol/synced bs=1 count=1 conv=fsync 2>/dev/null";
        succeeds("if " + sync + "; then exit 1; fi; " + sync);
        assertThat(volumes().getFirst().metrics().replaced.get()).isPositive();
    }
}
