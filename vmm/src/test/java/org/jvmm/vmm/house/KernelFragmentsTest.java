package org.jvmm.vmm.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The guest kernel is asked for everything that is promised; its build script refuses a kernel that lacks what was asked for. */
class KernelFragmentsTest {
    private static Set<String> lines() throws IOException {
        Set<String> lines = new TreeSet<>();
        try (Stream<Path> files = Files.list(House.TOP.resolve("guest-kernel-config/fragments"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    @ParameterizedTest
    @CsvSource({ "virtio-mmio, VIRTIO_MMIO VIRTIO_MMIO_CMDLINE_DEVICES", "block, VIRTIO_BLK", "network, VIRTIO_NET",
        "vsock, VSOCKETS VIRTIO_VSOCKETS",
        "shared folders, FUSE_FS VIRTIO_FS FUSE_DAX", "persistent memory, VIRTIO_PMEM ZONE_DEVICE FS_DAX",
        "random numbers, HW_RANDOM_VIRTIO", "balloon, VIRTIO_BALLOON",
        "consoles, VIRTIO_CONSOLE SERIAL_8250 SERIAL_8250_CONSOLE", "file systems, EXT4_FS OVERLAY_FS SQUASHFS EROFS_FS TMPFS DEVTMPFS",
        "cgroups, CGROUPS FAIR_GROUP_SCHED CFS_BANDWIDTH MEMCG CGROUP_PIDS BLK_CGROUP BLK_DEV_THROTTLING",
        "namespaces, UTS_NS TIME_NS IPC_NS USER_NS PID_NS NET_NS", "seccomp, SECCOMP SECCOMP_FILTER",
        "netfilter, NETFILTER NF_CONNTRACK NF_TABLES IP_NF_IPTABLES", "internet, INET IPV6", "entries, PVH X86_MPPARSE ACPI KVM_GUEST",
        "SMP, SMP",
        "ticks, HZ_100" })
    void builtIn(String what, String options) throws IOException {
        for (String option : options.split(" ")) {
            assertThat(lines()).as(what).contains("CONFIG_" + option + "=y");
        }
        assertThat(lines()).contains("CONFIG_NR_CPUS=32");
    }

    @ParameterizedTest
    @CsvSource({ "MODULES", "LEGACY_PTYS", "VT" })
    void leftOut(String option) throws IOException {
        assertThat(lines()).contains("# CONFIG_" + option + " is not set").doesNotContain("CONFIG_" + option + "=y");
    }
}
