package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.virtio.fs.CacheMode;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSession;
import org.jvmm.vmm.agent.CommandSpec;

/** Directories of the host in a real guest: what it does there is compared with what is then on the host. */
@Tag("guest")
@Timeout(900)
class GuestVolumeTest {
    private static final long TIMEOUT = 300_000_000_000L;

    @TempDir
    static Path top;
    private static Path host;
    private static Machine machine;
    private static AgentSession guest;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void boot() throws Exception {
        host = Files.createDirectory(top.resolve("rw"));
        Path programs = Files.createDirectory(top.resolve("ro"));
        HostTools.compile("posixcheck", programs.resolve("posixcheck"));
        HostTools.compile("randomio", programs.resolve("randomio"));
        HostTools.compile("holdlock", programs.resolve("holdlock"));
        Files.writeString(programs.resolve("text"), "read me");
        for (CacheMode mode : CacheMode.values()) {
            Files.createDirectory(top.resolve(mode.name()));
        }
        MachineConfig.Builder config = MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs())
                .memory("256M")
                .volume(VolumeConfig.parse(host + ":/vol")).volume(VolumeConfig.parse(programs + ":/ro:ro"));
        for (CacheMode mode : CacheMode.values()) {
            config.volume(new VolumeConfig(top.resolve(mode.name()), "/cache/" + mode.name(), false, mode));
        }
        machine = Machine.create(config.build());
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

    @BeforeEach
    void clear() {
        out.reset();
        err.reset();
    }

    private int sh(String script) throws Exception {
        return guest.run(CommandSpec.of("sh", "-c", script), null, out, err);
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
    }

    private void succeeds(String script) throws Exception {
        assertThat(sh(script)).as(() -> script + "\n" + output()).isZero();
    }

    @Test
    void whatTheGuestMakesIsOnTheHost() throws Exception {
        succeeds("cd /vol && echo text >f && ln f hard && ln -s f soft && mkdir -m 750 d && mv f d/moved && chmod 4711 hard"
                + " && touch -d @1000000000 d && chown 12:34 hard && rm -f none && mkfifo p");
        assertThat(host.resolve("d/moved")).hasContent("text\n");
        assertThat(Files.isSameFile(host.resolve("d/moved"), host.resolve("hard"))).isTrue();
        assertThat(Files.readSymbolicLink(host.resolve("soft"))).hasToString("f");
        assertThat(Files.getAttribute(host.resolve("d"), "unix:mode")).isEqualTo(040750);
        assertThat(Files.getAttribute(host.resolve("hard"), "unix:uid")).isEqualTo(12);
        assertThat(Files.getLastModifiedTime(host.resolve("d")).toMillis()).isEqualTo(1_000_000_000_000L);
        assertThat(host.resolve("f")).doesNotExist();
    }

    @Test
    void whatTheHostMakesIsInTheGuest() throws Exception {
        Files.writeString(host.resolve("fromhost"), "made outside");
        succeeds("test \"$(cat /vol/fromhost)\" = 'made outside'");
        succeeds("test \"$(cat /ro/text)\" = 'read me'");
    }

    @Test
    void symbolicLinksLeadWithinTheGuest() throws Exception {
        Path secret = Files.writeString(top.resolve("secret"), "of the host");
        Files.createSymbolicLink(host.resolve("absolute"), secret);
        Files.createSymbolicLink(host.resolve("relative"), Path.of("../secret"));
        assertThat(sh("cat /vol/absolute /vol/relative /vol/../secret")).isNotZero();
        assertThat(output()).doesNotContain("of the host");
        succeeds("cd /vol && cd .. && test \"$(pwd)\" = / && test -d proc");
    }

    @Test
    void aReadOnlyVolumeStaysAsItIs() throws Exception {
        for (String change : new String[] { "touch /ro/new", "echo x >/ro/text", "rm /ro/text", "mkdir /ro/d", "chmod 777 /ro/text",
            "mount -o remount,rw /ro && touch /ro/new" }) {
            assertThat(sh(change)).as(change).isNotZero();
        }
        assertThat(output()).contains("Read-only file system");
        assertThat(top.resolve("ro/text")).hasContent("read me");
        assertThat(top.resolve("ro/new")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = { "NONE", "AUTO", "ALWAYS" })
    void posixRulesHold(String mode) throws Exception {
        succeeds("mkdir /cache/" + mode + "/posix && /ro/posixcheck /cache/" + mode + "/posix");
        assertThat(output()).contains(" 0 failures");
    }

    @ParameterizedTest
    @ValueSource(strings = { "NONE", "AUTO", "ALWAYS" })
    void randomInputAndOutputIsExact(String mode) throws Exception {
        succeeds("/ro/randomio /cache/" + mode + "/data 1500 " + mode.length());
        // The same operations on the host give the same file.
        Path reference = top.resolve("reference-" + mode);
        assertThat(HostTools.run(top.resolve("ro/randomio").toString(), reference.toString(), "1500", String.valueOf(mode.length())).code())
                .isZero();
        assertThat(Files.mismatch(reference, top.resolve(mode).resolve("data"))).isEqualTo(-1);
    }

    @Test
    void anArchiveUnpackedByTheGuestIsTheTree() throws Exception {
        Path tree = Files.createDirectory(top.resolve("tree"));
        Random random = new Random(11);
        for (int i = 0; i < 40; i++) {
            Path directory = Files.createDirectories(tree.resolve("d" + i % 7).resolve("e" + i));
            for (int k = 0; k < 25; k++) {
                byte[] data = new byte[random.nextInt(k == 0 ? 200_000 : 3000)];
                random.nextBytes(data);
                Files.write(directory.resolve("file" + k), data);
            }
            Files.createSymbolicLink(directory.resolve("link"), Path.of("file0"));
        }
        assertThat(HostTools.run("tar", "-C", tree.toString(), "-cf", host.resolve("tree.tar").toString(), ".").code()).isZero();
        succeeds("mkdir /vol/tree && tar -C /vol/tree -xf /vol/tree.tar && sync");
        assertThat(contents(host.resolve("tree"))).isEqualTo(contents(tree));
    }

    private static Map<String, Long> contents(Path root) throws IOException {
        Map<String, Long> found = new TreeMap<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = root.relativize(file) + " " + Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
                if (attributes.isSymbolicLink()) {
                    found.put(name + " " + Files.readSymbolicLink(file), 0L);
                } else {
                    java.util.zip.CRC32 sum = new java.util.zip.CRC32();
                    sum.update(Files.readAllBytes(file));
                    found.put(name + " " + attributes.size(), sum.getValue());
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    @Test
    void threeThousandFiles() throws Exception {
        // benchmarks/verify/devices.sh makes 100,000. Few processes, since the shell would take most of the time.
        succeeds("mkdir /vol/many && cd /vol/many && seq 3000 | xargs touch && test $(ls | wc -l) = 3000");
        try (var names = Files.list(host.resolve("many"))) {
            assertThat(names).hasSize(3000);
        }
        succeeds("rm -rf /vol/many && test ! -e /vol/many");
        assertThat(host.resolve("many")).doesNotExist();
    }

    @Test
    void aLockOfTheGuestIsOneOfTheHost() throws Exception {
        Files.writeString(host.resolve("lock"), "");
        PipedOutputStream typing = new PipedOutputStream();
        InputStream stdin = new PipedInputStream(typing);
        PipedInputStream reading = new PipedInputStream();
        PipedOutputStream stdout = new PipedOutputStream(reading);
        CommandSession holder = guest.command(CommandSpec.of("/ro/holdlock", "/vol/lock"), stdin, stdout, err);
        holder.start();
        assertThat(reading.read()).isEqualTo('h');
        assertThat(HostTools.run("flock", "-n", host.resolve("lock").toString(), "true").code()).isEqualTo(1);
        try (FileChannel file = FileChannel.open(host.resolve("lock"), StandardOpenOption.WRITE)) {
            assertThat(file.tryLock()).isNull();
        }
        typing.close();
        assertThat(holder.await()).isZero();
        holder.remove().await();
        assertThat(HostTools.run("flock", "-n", host.resolve("lock").toString(), "true").code()).isZero();
    }
}
