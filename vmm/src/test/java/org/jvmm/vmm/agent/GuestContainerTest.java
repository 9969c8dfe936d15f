package org.jvmm.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.vmm.GuestArtifacts;
import org.jvmm.vmm.Machine;
import org.jvmm.vmm.MachineConfig;
import org.jvmm.vmm.agent.wire.ProtoReader;
import org.jvmm.vmm.agent.wire.ProtoWriter;

/**
 * Containers in a real guest, looked at from inside, and the agent's calls that only a guest can show. One machine serves all tests; the client is
 * a bare ttRPC one, as another container runtime's would be.
 */
@Tag("guest")
@Timeout(300)
class GuestContainerTest {
    private static final long TIMEOUT = 120_000_000_000L;
    private static final String AGENT = "grpc.AgentService";

    private static Machine machine;
    private static TtrpcClient client;
    private static int containers;

    @BeforeAll
    static void boot() throws Exception {
        machine = Machine.create(MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs())
                .memory("256M").build());
        machine.start();
        // Waits for the agent; the connection of the tests is one of its own.
        machine.connectAgent(TIMEOUT);
        client = new TtrpcClient();
        machine.connector().connect(AgentClient.PORT, client);
        assertThat(client.awaitOpen(TIMEOUT)).isTrue();
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
        }
    }

    private static byte[] call(String method, ProtoWriter request) {
        return client.call(AGENT, method, request).await(TIMEOUT);
    }

    private static ContainerRequest container(String script) {
        return new ContainerRequest("t" + containers++, script);
    }

    private static ProtoWriter process(String id, String execId) {
        return new ProtoWriter().string(1, id).string(2, execId);
    }

    private static String readAll(String method, String id, String execId) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (true) {
            try {
                out.writeBytes(AgentClient.data(call(method, process(id, execId).number(3, 65536))));
            } catch (AgentException e) {
                assertThat(e).hasMessageContaining("EOF");
                return out.toString(StandardCharsets.UTF_8);
            }
        }
    }

    private static int await(String id, String execId) {
        return AgentClient.exitStatus(call("WaitProcess", process(id, execId)));
    }

    /** What the script prints, errors last; the status is checked. */
    private static String run(ContainerRequest request, int status) {
        String id = request.id();
        call("CreateContainer", request.encode());
        call("StartContainer", new ProtoWriter().string(1, id));
        String output = readAll("ReadStdout", id, "") + readAll("ReadStderr", id, "");
        int got = await(id, "");
        call("RemoveContainer", new ProtoWriter().string(1, id).number(2, 30));
        assertThat(got).as(output).isEqualTo(status);
        return output;
    }

    private static String run(ContainerRequest request) {
        return run(request, 0);
    }

    private static Map<String, String> namespaces(String text) {
        Map<String, String> found = new TreeMap<>();
        for (String line : text.lines().toList()) {
            found.put(line.substring(0, line.indexOf(':')), line);
        }
        return found;
    }

    private static final String NAMESPACES = "for n in pid mnt ipc uts net cgroup user; do readlink /proc/self/ns/$n; done";

    @Test
    void networkNamespaceIsTheGuestsUnlessListed() {
        ContainerRequest stays = container("exec sleep 1000").namespace("network");
        call("CreateContainer", stays.encode());
        Map<String, String> one = namespaces(run(container(NAMESPACES)));
        Map<String, String> other = namespaces(run(container(NAMESPACES)));
        Map<String, String> own = namespaces(run(container(NAMESPACES).namespace("network").namespace("pid")));
        call("RemoveContainer", new ProtoWriter().string(1, stays.id()));
        assertThat(one.keySet()).containsExactly("cgroup", "ipc", "mnt", "net", "pid", "user", "uts");
        assertThat(other).containsEntry("net", one.get("net")).containsEntry("user", one.get("user"));
        assertThat(own.get("net")).isNotEqualTo(one.get("net"));
    }

    @Test
    void twoLivingContainersShareNeitherProcessesNorNamesNorMessages() {
        ContainerRequest first = container(NAMESPACES + "; hostname; ipcmk -Q >/dev/null 2>&1; echo seen; exec sleep 1000").hostname("one");
        call("CreateContainer", first.encode());
        call("StartContainer", new ProtoWriter().string(1, first.id()));
        StringBuilder text = new StringBuilder();
        while (text.indexOf("seen") < 0) {
            text.append(new String(AgentClient.data(call("ReadStdout", process(first.id(), "").number(3, 4096))), StandardCharsets.UTF_8));
        }
        String second = run(container(NAMESPACES + "; hostname; ps | grep -c '[s]leep 1000'; echo pid $$").hostname("two"), 0);
        for (String type : List.of("pid", "mnt", "ipc", "uts")) {
            String line = text.toString().lines().filter(l -> l.startsWith(type + ":")).findFirst().orElseThrow();
            assertThat(second).doesNotContain(line);
        }
        assertThat(text.toString()).contains("\none\n");
        assertThat(second).contains("\ntwo\n0\npid 1\n");
        call("RemoveContainer", new ProtoWriter().string(1, first.id()));
    }

    @Test
    void rootIsTheImageAndTheGuestsOwnIsGone() {
        String text = run(container("ls /; awk '$5==\"/\"{print $5, $(NF-2)}' /proc/self/mountinfo; ls -d /init /rootfs 2>&1; true"));
        assertThat(text).contains("bin\ndev\netc\n").contains("/ overlay").contains("/init: No such file").contains(
                "/rootfs: No such file");
    }

    @Test
    void writesStayInTheContainer() {
        assertThat(run(container("echo x >/bin/new && echo written"))).isEqualTo("written\n");
        assertThat(run(container("ls /bin/new 2>&1; true"))).contains("No such file");
    }

    @Test
    void defaultMountsAreThere() {
        String mounts = run(container("awk '{print $2, $3}' /proc/mounts"));
        assertThat(mounts.lines()).contains("/proc proc", "/dev tmpfs", "/dev/pts devpts", "/dev/shm tmpfs", "/dev/mqueue mqueue",
                "/sys sysfs",
                "/sys/fs/cgroup cgroup2", "/run tmpfs");
    }

    @Test
    void listedMountsAreMadeWithTheirOptions() {
        String text = run(container("grep ' /scratch ' /proc/mounts; cat /in/file; echo >/in/x")
                .storage("ephemeral", "tmpfs", "tmpfs", "/run/kata-containers/shared", "mode=755").mount("/proc", "proc", "proc")
                .mount("/scratch", "t", "tmpfs", "nosuid", "nodev", "noexec", "size=1m")
                .mount("/in", "/run/kata-containers/shared", "bind", "rbind", "ro").mount("/dev", "tmpfs", "tmpfs"), 1);
        assertThat(text).contains("nosuid,nodev,noexec").contains("size=1024k").contains("/in/x: Read-only file system")
                .contains("can't open '/in/file'");
    }

    @Test
    void copiedFilesAreSeenThroughABindMount() {
        byte[] data = "from the host".getBytes(StandardCharsets.UTF_8);
        for (int offset = 0; offset < data.length; offset += 5) {
            call("CopyFile", new ProtoWriter().string(1, "/run/kata-containers/copied/a file").number(2, data.length).number(3, 0100640)
                    .number(5, 7).number(7, offset).bytes(8, data, offset, Math.min(5, data.length - offset)));
        }
        assertThat(run(
                container("cat '/in/a file'; stat -c ' %a %u' '/in/a file'").mount("/in", "/run/kata-containers/copied", "bind", "rbind")))
                .isEqualTo("from the host 640 7\n");
        assertThatThrownBy(() -> call("CopyFile",
                new ProtoWriter().string(1, "/run/kata-containers/../x").number(2, 1).number(3, 0100640).bytes(8, data, 0, 1)))
                .isInstanceOfSatisfying(AgentException.class, e -> assertThat(e.code()).isEqualTo(AgentException.INVALID_ARGUMENT));
    }

    @Test
    void environmentDirectoryAndUser() {
        assertThat(run(container("echo $A; pwd; id -u; id -g; id -G; echo $HOME").env("A=b c").cwd("/made/here").user(1000, 1001, 10, 20)))
                .isEqualTo("b c\n/made/here\n1000\n1001\n1001 10 20\n/\n");
    }

    @Test
    void capabilitiesAreThoseGiven() {
        assertThat(run(container("grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status; chown 5 /tmp && echo chown; mount -t tmpfs x /mnt")
                .capabilities("CAP_CHOWN", "CAP_KILL"), 1)).contains("CapPrm:\t0000000000000021\nCapEff:\t0000000000000021\n")
                .contains("CapBnd:\t0000000000000021").contains("chown\n").contains("mount: permission denied");
        assertThat(run(container("mount -t tmpfs x /mnt && echo mounted"))).isEqualTo("mounted\n");
    }

    @Test
    void limitsHold() {
        assertThat(run(container("ulimit -Sn; ulimit -Hn; ulimit -c").limit("RLIMIT_NOFILE", 64, 128).limit("RLIMIT_CORE", 0, 0)))
                .isEqualTo("64\n128\n0\n");
    }

    @Test
    void noNewPrivileges() {
        assertThat(run(container("grep NoNewPrivs /proc/self/status").noNewPrivileges())).isEqualTo("NoNewPrivs:\t1\n");
        assertThat(run(container("grep NoNewPrivs /proc/self/status"))).isEqualTo("NoNewPrivs:\t0\n");
    }

    @Test
    void maskedPathsAreEmptyAndReadOnlyOnesRefuse() {
        String text = run(container("wc -c </etc/passwd; ls /sys/kernel | wc -l; echo 1 >/proc/sys/kernel/panic").masked("/etc/passwd")
                .masked("/sys/kernel").masked("/proc/nosuch").readOnly("/proc/sys").readOnly("/nosuch"), 1);
        assertThat(text).startsWith("0\n0\n").contains("Read-only file system");
    }

    @Test
    void readOnlyRoot() {
        assertThat(run(container("echo x >/run/y && echo y; echo x >/x").readOnlyRoot(), 1)).contains("y\n").contains(
                "/x: Read-only file system");
    }

    @Test
    void terminalOfTheSizeGivenThatIsResized() {
        ContainerRequest request = container("tty; stty size; read x; stty size; ls -l /dev/console").terminal(24, 81);
        String id = request.id();
        call("CreateContainer", request.encode());
        call("StartContainer", new ProtoWriter().string(1, id));
        StringBuilder text = new StringBuilder();
        while (text.indexOf("24 81") < 0) {
            text.append(new String(AgentClient.data(call("ReadStdout", process(id, "").number(3, 4096))), StandardCharsets.UTF_8));
        }
        assertThat(text.toString()).contains("/dev/pts/0\r\n");
        call("TtyWinResize", process(id, "").number(3, 40).number(4, 100));
        call("WriteStdin", process(id, "").bytes(3, new byte[] { '\n' }, 0, 1));
        assertThat(readAll("ReadStdout", id, "")).contains("40 100\r\n").contains("/dev/console");
        assertThat(await(id, "")).isZero();
        call("RemoveContainer", new ProtoWriter().string(1, id));
    }

    @Test
    void standardInputEndsWhenClosed() {
        ContainerRequest request = container("cat; echo end");
        String id = request.id();
        call("CreateContainer", request.encode());
        call("StartContainer", new ProtoWriter().string(1, id));
        call("WriteStdin", process(id, "").bytes(3, new byte[] { 'a', '\n' }, 0, 2));
        call("CloseStdin", process(id, ""));
        assertThat(readAll("ReadStdout", id, "")).isEqualTo("a\nend\n");
        assertThat(await(id, "")).isZero();
        call("RemoveContainer", new ProtoWriter().string(1, id));
    }

    @Test
    void controlGroupLimitsShowInside() {
        assertThat(run(container("cd /sys/fs/cgroup; cat memory.max pids.max cpu.max").memoryLimit(64 << 20).processLimit(20)
                .cpuQuota(50_000, 100_000).namespace("cgroup"))).isEqualTo("67108864\n20\n50000 100000\n");
    }

    @Test
    void processLimitHolds() {
        assertThat(run(container("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 100 & done; echo all").processLimit(8), 2)).contains(
                "can't fork");
    }

    @Test
    void memoryLimitKills() {
        assertThat(run(container("exec dd if=/dev/zero of=/dev/null bs=32M count=1").memoryLimit(8 << 20), 128 + 9)).isEmpty();
    }

    @Test
    void deviceNodes() {
        assertThat(run(container("stat -c '%F %t:%T' /dev/null /dev/mine && head -c 2 /dev/mine | od -An -tx1").device("/dev/mine", 1, 5)))
                .isEqualTo("character special file 1:3\ncharacter special file 1:5\n 00 00\n");
    }

    @Test
    void networkNamespaceHasOnlyALoopback() {
        assertThat(
                run(container("ls /proc/sys/net/ipv4/conf; ping -c 1 -w 5 127.0.0.1 | grep -c '1 packets received'").namespace("network")))
                .isEqualTo("all\ndefault\nlo\n1\n");
    }

    @Test
    void anotherProcessJoinsTheContainer() {
        ContainerRequest request = container("exec sleep 1000").hostname("joined");
        String id = request.id();
        call("CreateContainer", request.encode());
        call("StartContainer", new ProtoWriter().string(1, id));
        ProtoWriter second = new ProtoWriter().strings(4, List.of("/bin/sh", "-c", "hostname; cat /proc/1/cmdline | tr '\\0' ' '; exit 3"));
        call("ExecProcess", process(id, "e").message(4, second));
        assertThat(readAll("ReadStdout", id, "e")).isEqualTo("joined\nsleep 1000 ");
        assertThat(await(id, "e")).isEqualTo(3);
        call("SignalProcess", process(id, "").number(3, 15));
        assertThat(await(id, "")).isEqualTo(128 + 15);
        call("RemoveContainer", new ProtoWriter().string(1, id));
    }

    @Test
    void guestDetailsAndVersion() {
        ProtoReader details = new ProtoReader(call("GetGuestDetails", new ProtoWriter()));
        assertThat(details.next()).isTrue();
        assertThat(details.field()).isEqualTo(2);
        ProtoReader agent = details.message();
        assertThat(agent.next()).isTrue();
        assertThat(agent.string()).isEqualTo("0.1.0");
        assertThat(agent.next()).isTrue();
        // init_daemon
        assertThat(agent.field()).isEqualTo(2);
        assertThat(agent.number()).isOne();
        ProtoReader version = new ProtoReader(client.call("grpc.Health", "Version", new ProtoWriter()).await(TIMEOUT));
        assertThat(version.next()).isTrue();
        assertThat(version.string()).isEqualTo("0.0.1");
    }

    @Test
    void clockIsSet() {
        call("SetGuestDateTime", new ProtoWriter().number(1, 2_000_000_000L).number(2, 500_000));
        assertThat(run(container("[ $(date +%s) -ge 2000000000 ] && [ $(date +%s) -lt 2000000300 ] && echo set"))).isEqualTo("set\n");
    }

    @Test
    void randomGeneratorIsReseeded() {
        byte[] seed = new byte[600];
        assertThat(call("ReseedRandomDev", new ProtoWriter().bytes(2, seed, 0, seed.length))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = { "UpdateContainer", "StatsContainer", "GetMetrics", "NoSuchCall" })
    void unknownCallsAreUnimplemented(String method) {
        assertThatThrownBy(() -> call(method, new ProtoWriter())).isInstanceOfSatisfying(AgentException.class,
                e -> assertThat(e.code()).isEqualTo(AgentException.UNIMPLEMENTED));
    }

    @Test
    void removedContainersLeaveNothing() {
        for (int i = 0; i < 10; i++) {
            run(container("sleep 1234 & (sleep 1234 &) ; exit 0"));
        }
        // The guest's own pid and cgroup namespaces: what is left of anybody shows there.
        String text = run(container("ps -o args | grep -c '[s]leep 1234'; ps -o stat | grep -c '^Z'; ls -d /sys/fs/cgroup/t*/; "
                + "ls -d /proc/1/exe").namespaceOf("pid", "/proc/1/ns/pid"));
        assertThat(text).isEqualTo("0\n0\n/sys/fs/cgroup/t" + (containers - 1) + "/\n/proc/1/exe\n");
    }
}
