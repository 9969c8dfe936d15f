package org.jvmm.virtio.pmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.blk.BlockException;

class PmemFileTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    private final LinuxSyscalls syscalls = NativeBinding.newSyscalls();

    private Path image(int size) throws IOException {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i >> 9);
        }
        return Files.write(folder.resolve("image"), bytes);
    }

    @Test
    void whatIsWrittenIsInTheFile() throws IOException {
        Path image = image(4 * MIB);
        PmemFile file = PmemFile.open(syscalls, image, false);
        MemorySegment memory = file.segment();
        assertThat(memory.byteSize()).isEqualTo(4 * MIB);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, 3 * MIB + 512)).isEqualTo((byte) (3 * MIB + 512 >> 9));
        memory.set(ValueLayout.JAVA_BYTE, 4 * MIB - 1, (byte) 99);
        assertThat(file.isWritable()).isTrue();
        assertThat(file.flush(syscalls)).isTrue();
        file.close(syscalls);
        assertThat(Files.readAllBytes(image)[4 * MIB - 1]).isEqualTo((byte) 99);
    }

    @Test
    void aReadOnlyFileStaysAsItIsAndIsShared() throws IOException {
        Path image = image(3 * MIB + 100);
        byte[] before = Files.readAllBytes(image);
        PmemFile one = PmemFile.open(syscalls, image, true);
        PmemFile other = PmemFile.open(syscalls, image, true);
        assertThat(one.segment().byteSize()).isEqualTo(4 * MIB);
        // Behind the file's end, in its last page and beyond, are zeros.
        assertThat(one.segment().get(ValueLayout.JAVA_BYTE, 3 * MIB + 99)).isEqualTo(before[3 * MIB + 99]);
        assertThat(one.segment().get(ValueLayout.JAVA_BYTE, 3 * MIB + 100)).isZero();
        assertThat(one.segment().get(ValueLayout.JAVA_BYTE, 4 * MIB - 1)).isZero();
        one.segment().fill((byte) 1);
        assertThat(one.flush(syscalls)).isTrue();
        assertThat(other.segment().asSlice(0, before.length).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
        one.close(syscalls);
        other.close(syscalls);
        assertThat(Files.readAllBytes(image)).isEqualTo(before);
    }

    @Test
    void aFileToWriteToHasWholePieces() throws IOException {
        Path odd = image(2 * MIB + 4096);
        assertThatThrownBy(() -> PmemFile.open(syscalls, odd, false)).isInstanceOf(BlockException.class)
                .hasMessage("Cannot use " + odd
                        + " as persistent memory: its size of 2101248 bytes is not a multiple of 2 MiB; enlarge it by truncate --size=%2M, or add ,ro");
        PmemFile.open(syscalls, odd, true).close(syscalls);
        Path empty = image(0);
        assertThatThrownBy(() -> PmemFile.open(syscalls, empty, true)).isInstanceOf(BlockException.class).hasMessageContaining("size of 0");
    }

    @Test
    void aWriterHasTheFileAlone() throws IOException {
        Path image = image(2 * MIB);
        PmemFile writer = PmemFile.open(syscalls, image, false);
        assertThatThrownBy(() -> PmemFile.open(syscalls, image, true)).isInstanceOf(BlockException.class).hasMessageContaining("in use");
        writer.close(syscalls);
        PmemFile.open(syscalls, image, true).close(syscalls);
        assertThatThrownBy(() -> PmemFile.open(syscalls, folder, true)).isInstanceOf(BlockException.class).hasMessageContaining("neither");
        assertThatThrownBy(() -> PmemFile.open(syscalls, folder.resolve("none"), true)).isInstanceOf(BlockException.class)
                .hasMessageContaining("no such file");
    }
}
