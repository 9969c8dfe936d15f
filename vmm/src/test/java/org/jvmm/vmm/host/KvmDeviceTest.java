package org.jvmm.vmm.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvmDeviceTest {
    @TempDir
    private Path root;

    private void host(String flags) throws IOException {
        Files.createDirectories(root.resolve("dev"));
        Files.createFile(root.resolve("dev/kvm"));
        Files.createDirectories(root.resolve("proc"));
        Files.writeString(root.resolve("proc/cpuinfo"), "processor\t: 0\nflags\t\t: " + flags + "\n");
    }

    @Test
    void noDevice() {
        assertThat(KvmDevice.probe(root)).isEqualTo(KvmDevice.ABSENT);
    }

    @Test
    void withHardwareUnderIt() throws IOException {
        host("fpu vmx sse");
        assertThat(KvmDevice.probe(root)).isEqualTo(KvmDevice.NATIVE);
    }

    @Test
    void withHardwareUnderItAsLastFlag() throws IOException {
        host("fpu svm");
        assertThat(KvmDevice.probe(root)).isEqualTo(KvmDevice.NATIVE);
    }

    @Test
    void withoutHardwareUnderIt() throws IOException {
        host("fpu sse vmxnet");
        assertThat(KvmDevice.probe(root)).isEqualTo(KvmDevice.KERNEL_EMULATED);
    }

    @Test
    void withTheModuleThatEmulates() throws IOException {
        host("fpu vmx");
        Files.createDirectories(root.resolve("sys/module/kvm_pvm"));
        assertThat(KvmDevice.probe(root)).isEqualTo(KvmDevice.KERNEL_EMULATED);
    }
}
