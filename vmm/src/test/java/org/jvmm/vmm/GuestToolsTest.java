package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.virtio.blk.CacheMode;
import org.jvmm.vmm.agent.AgentSession;

/** Programs of other people on jvmm's devices: fio, sqlite3, git, tar and iperf3 of Debian in a real guest. benchmarks/verify/devices.sh has the long forms. */
@Tag("guest")
@Timeout(600)
class GuestToolsTest {
    private static final long TIMEOUT = 300_000_000_000L;

    @TempDir
    static Path folder;
    private static Path root;
    private static Path image;
    private static Machine machine;
    private static AgentSession guest;

    @BeforeAll
    static void boot() throws Exception {
        root = HostTools.toolsRoot();
        image = folder.resolve("disk.img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(64 << 20);
        }
        assertThat(HostTools.run("mkfs.ext4", "-q", "-F", image.toString()).code()).isZero();
        Path volume = Files.createDirectory(folder.resolve("volume"));
        machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs()).memory("512M")
                .device(new DiskSpec(image, false, null, CacheMode.WRITEBACK)).device(NetworkSpec.user(List.of()))
                .rootfs(new RootfsConfig(root, RootfsConfig.Mode.OVERLAY)).volume(VolumeConfig.parse(volume + ":/vol")).build());
        machine.start();
        guest = machine.connectAgent(TIMEOUT);
    }

    @AfterAll
    static void end() throws Exception {
        if (machine != null) {
            machine.close();
            assertThat(machine.internalError()).isNull();
            // What was unmounted in good order is clean.
            assertThat(HostTools.run("e2fsck", "-f", "-n", image.toString()).code()).isZero();
        }
    }

    private static String sh(String script) throws Exception {
        return GuestShell.sh(guest, script);
    }

    private static String onDisk(String script) throws Exception {
        return sh("mkdir -p /tmp/d && mount /dev/vda /tmp/d && cd /tmp/d && { " + script + "; } && cd / && umount /tmp/d");
    }

    @Test
    void fioReadsWhatItWrote() throws Exception {
        assertThat(onDisk("fio --name=v --filename=f --size=4m --bsrange=512-64k --rw=randwrite --ioengine=psync --direct=1 --fsync=32"
                + " --verify=crc32c --verify_fatal=1 --do_verify=1 --thread --randseed=1 --minimal >/tmp/fio.out && echo verified && rm f"))
                .endsWith("verified\n");
    }

    @Test
    void sqliteIsSoundOnTheDisk() throws Exception {
        assertThat(onDisk("sqlite3 t.db 'pragma journal_mode=wal; pragma synchronous=full; create table t(a integer primary key, b text);"
                + " with recursive c(x) as (select 1 union all select x + 1 from c where x < 2000) insert into t select x, hex(x * x) from c;"
                + " delete from t where a % 4 = 0; select count(*) from t; pragma integrity_check;'")).isEqualTo("wal\n1500\nok\n");
    }

    @Test
    void gitWorksOnAVolume() throws Exception {
        assertThat(sh("cd /vol && rm -rf g && git init -q g && cd g && seq 60 | while read i; do echo $i >f$i; done && git add . "
                + "&& git -c user.name=a -c user.email=b@c commit -qm one && cd .. && git clone -q g copy && git -C copy fsck --strict 2>/dev/null "
                + "&& git -C copy status --porcelain && ls copy | wc -l")).isEqualTo("60\n");
        assertThat(folder.resolve("volume/copy/f60")).hasContent("60\n");
    }

    @Test
    void aTreeUnpackedOnAVolumeIsTheSame() throws Exception {
        sh("tar -C /usr/share -cf /vol/perl.tar perl5 && mkdir /vol/tree && tar -C /vol/tree -xf /vol/perl.tar");
        HostTools.Result same = HostTools.run("diff", "-r", "--no-dereference", root.resolve("usr/share/perl5").toString(),
                folder.resolve("volume/tree/perl5").toString());
        assertThat(same.code()).as(same.output()).isZero();
    }

    @Test
    void iperfRunsThroughTheUserModeNetwork() throws Exception {
        // The host's end is the same program, from the same root.
        Process server = new ProcessBuilder("chroot", root.toString(), "iperf3", "-s", "-p", "15201", "-B", "127.0.0.1", "--forceflush")
                .redirectErrorStream(true).start();
        try {
            // It has said that it listens when its second line has come.
            server.inputReader().readLine();
            server.inputReader().readLine();
            for (String way : new String[] { "", "-R" }) {
                String report = sh("iperf3 -c 10.0.2.2 -p 15201 -n 3M -J " + way + " | tr -d ' \\n\\t'");
                // What the receiver has counted when the sender had given away its last byte.
                String received = report.substring(report.indexOf("\"sum_received\""));
                String bytes = received.substring(received.indexOf("\"bytes\":") + 8);
                assertThat(Long.parseLong(bytes.substring(0, bytes.indexOf(',')))).isGreaterThan(1L << 20);
            }
        } finally {
            server.destroy();
            server.waitFor();
        }
    }
}
