package org.jvmm.vmm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.vmm.MachineException;

class ArtifactsTest {
    @Test
    void theCacheIsWhereTheEnvironmentSays() {
        assertThat(Artifacts.of(Map.of("JVMM_CACHE", "/c", "XDG_CACHE_HOME", "/x", "HOME", "/h")).cache()).isEqualTo(Path.of("/c"));
        assertThat(Artifacts.of(Map.of("JVMM_CACHE", "", "XDG_CACHE_HOME", "/x", "HOME", "/h")).cache()).isEqualTo(Path.of("/x/jvmm"));
        assertThat(Artifacts.of(Map.of("HOME", "/h")).cache()).isEqualTo(Path.of("/h/.cache/jvmm"));
    }

    @Test
    void whatIsMissingIsNamedWithItsRemedy(@TempDir Path cache) throws IOException {
        Artifacts artifacts = new Artifacts(cache);
        assertThatThrownBy(artifacts::requireKernel).isInstanceOf(MachineException.class)
                .hasMessageContaining(cache + "/kernel/default/vmlinux").hasMessageContaining("guest-kernel-config/build.sh");
        assertThatThrownBy(artifacts::requireInitramfs).isInstanceOf(MachineException.class).hasMessageContaining("guest-agent/build.sh");
        Files.createDirectories(artifacts.kernel().getParent());
        Files.writeString(artifacts.kernel(), "kernel");
        assertThat(artifacts.requireKernel()).isEqualTo(artifacts.kernel());
    }
}
