package org.jvmm.vmm.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvmDeviceTest {
    @TempDir
    private Path root;
    private Path cache;
    private int trials;
    private KvmDevice outcome = KvmDevice.NATIVE;

    @BeforeEach
    void host() throws IOException {
        cache = root.resolve("cache/jvmm");
        Files.createDirectories(root.resolve("dev"));
        Files.createFile(root.resolve("dev/kvm"));
        boot("11111111-2222");
    }

    private void boot(String id) throws IOException {
        Files.createDirectories(root.resolve("proc/sys/kernel/random"));
        Files.writeString(root.resolve("proc/sys/kernel/random/boot_id"), id + "\n");
    }

    private KvmDevice probe() {
        return KvmDevice.probe(root, cache, () -> {
            trials++;
            return outcome;
        });
    }

    @Test
    void withoutTheDeviceNothingIsTried() throws IOException {
        Files.delete(root.resolve("dev/kvm"));
        assertThat(probe()).isEqualTo(KvmDevice.ABSENT);
        assertThat(trials).isZero();
    }

    @Test
    void theAnswerIsKeptForThisBoot() {
        outcome = KvmDevice.KERNEL_EMULATED;
        assertThat(probe()).isEqualTo(KvmDevice.KERNEL_EMULATED);
        outcome = KvmDevice.NATIVE;
        assertThat(probe()).isEqualTo(KvmDevice.KERNEL_EMULATED);
        assertThat(trials).isEqualTo(1);
    }

    @Test
    void anotherBootIsTriedAnew() throws IOException {
        probe();
        boot("33333333-4444");
        outcome = KvmDevice.KERNEL_EMULATED;
        assertThat(probe()).isEqualTo(KvmDevice.KERNEL_EMULATED);
        assertThat(trials).isEqualTo(2);
    }

    @Test
    void aFailureIsNotKept() {
        outcome = KvmDevice.BROKEN;
        assertThat(probe()).isEqualTo(KvmDevice.BROKEN);
        outcome = KvmDevice.NATIVE;
        assertThat(probe()).isEqualTo(KvmDevice.NATIVE);
    }

    @Test
    void aSpoiltMemoIsIgnored() throws IOException {
        Files.createDirectories(cache);
        Files.writeString(cache.resolve("kvm-device"), "11111111-2222 nonsense");
        assertThat(probe()).isEqualTo(KvmDevice.NATIVE);
        assertThat(trials).isEqualTo(1);
    }

    @Test
    void aCacheThatCannotBeWrittenDoesNotMatter() throws IOException {
        Files.writeString(root.resolve("cache"), "a file in the way");
        assertThat(probe()).isEqualTo(KvmDevice.NATIVE);
        assertThat(probe()).isEqualTo(KvmDevice.NATIVE);
        assertThat(trials).isEqualTo(2);
    }
}
