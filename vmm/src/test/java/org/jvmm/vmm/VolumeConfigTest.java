package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.virtio.fs.CacheMode;

class VolumeConfigTest {
    @Test
    void placesAndOptionsAreRead() {
        assertThat(VolumeConfig.parse("/a:/b")).isEqualTo(new VolumeConfig(Path.of("/a"), "/b", false, CacheMode.AUTO));
        assertThat(VolumeConfig.parse("a/b:/c:ro")).isEqualTo(new VolumeConfig(Path.of("a/b"), "/c", true, CacheMode.AUTO));
        assertThat(VolumeConfig.parse("a:/c:rw,cache=none")).isEqualTo(new VolumeConfig(Path.of("a"), "/c", false, CacheMode.NONE));
        assertThat(VolumeConfig.parse("a:/c:cache=always,ro")).isEqualTo(new VolumeConfig(Path.of("a"), "/c", true, CacheMode.ALWAYS));
        assertThat(VolumeConfig.parse("/a:/b:dax").dax()).isEqualTo(256L << 20);
        assertThat(VolumeConfig.parse("/a:/b:ro,dax=1G")).isEqualTo(new VolumeConfig(Path.of("/a"), "/b", true, CacheMode.AUTO, 1L << 30));
    }

    @ParameterizedTest
    @CsvSource({ "/a, not HOSTDIR:GUESTDIR", ":/b, not HOSTDIR:GUESTDIR", "/a:, not HOSTDIR:GUESTDIR", "/a:b, not an absolute path",
        "/a:/b/../c, not an absolute path", "/a:/, cannot be the guest's root", "/a:/b:rx, unknown", "/a:/b:, unknown",
        "/a:/b:dax=3M, not a multiple of 2 MiB", "/a:/b:dax=17G, up to 16 GiB", "/a:/b:dax=x, not a number" })
    void nonsenseIsRefused(String text, String reason) {
        assertThatThrownBy(() -> VolumeConfig.parse(text)).isInstanceOf(MachineException.class).hasMessageContaining(reason);
    }

    @Test
    void rootsAreRead() {
        assertThat(RootfsConfig.parse("/r")).isEqualTo(new RootfsConfig(Path.of("/r"), RootfsConfig.Mode.DIRECT));
        assertThat(RootfsConfig.parse("/r:ro")).isEqualTo(new RootfsConfig(Path.of("/r"), RootfsConfig.Mode.READ_ONLY));
        assertThat(RootfsConfig.parse("r:overlay")).isEqualTo(new RootfsConfig(Path.of("r"), RootfsConfig.Mode.OVERLAY));
        assertThatThrownBy(() -> RootfsConfig.parse(":ro")).isInstanceOf(MachineException.class);
    }
}
