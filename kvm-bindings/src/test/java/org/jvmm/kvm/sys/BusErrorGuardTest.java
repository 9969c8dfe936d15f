package org.jvmm.kvm.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.host.LinuxSyscalls;

/** Files that are shortened while they are mapped. */
class BusErrorGuardTest {
    private static final int PAGE = 4096;
    private static final long PIECE = BusErrorGuard.PIECE;
    private static final long SIZE = 8 * PIECE;

    @TempDir
    Path folder;

    private final LinuxSyscalls sys = NativeBinding.newSyscalls();
    private long reserved;
    private long start;
    private MemorySegment memory;
    private Path file;
    private BusErrorGuard guard;

    @BeforeEach
    @SuppressWarnings("restricted")
    void map() throws IOException {
        reserved = sys.mmap(0, SIZE + PIECE, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE,
                LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS | LinuxSyscalls.MAP_NORESERVE, -1, 0);
        start = reserved + PIECE - 1 & -PIECE;
        memory = MemorySegment.ofAddress(start).reinterpret(SIZE);
        file = folder.resolve("file");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] { 1 }), SIZE - 1);
        }
        mapFile();
        guard = BusErrorGuard.protect(sys, start, SIZE);
    }

    private void mapFile() {
        int fd = sys.open(file.toString(), LinuxSyscalls.O_RDWR);
        sys.mmap(start, SIZE, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE, LinuxSyscalls.MAP_SHARED | LinuxSyscalls.MAP_FIXED, fd,
                0);
        sys.close(fd);
    }

    @AfterEach
    void unmap() {
        guard.close();
        sys.munmap(reserved, SIZE + PIECE);
    }

    private void shorten(long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    @Test
    void whatIsBehindTheEndIsZeros() throws IOException {
        memory.set(ValueLayout.JAVA_INT, 0, 77);
        memory.set(ValueLayout.JAVA_INT, PAGE, 78);
        assertThat(guard.take()).isZero();
        shorten(PAGE);
        assertThat(memory.get(ValueLayout.JAVA_INT, PAGE)).isZero();
        memory.set(ValueLayout.JAVA_INT, PAGE, 79);
        assertThat(memory.get(ValueLayout.JAVA_INT, PAGE)).isEqualTo(79);
        memory.set(ValueLayout.JAVA_INT, SIZE - 4, 80);
        assertThat(memory.get(ValueLayout.JAVA_INT, 0)).isEqualTo(77);
        assertThat(guard.take()).isEqualTo(2);
        assertThat(guard.take()).isZero();
        assertThat(Files.size(file)).isEqualTo(PAGE);
    }

    /** Compiled code too, and copies by the library's own routines. */
    @Test
    void everyKindOfAccessGoesOn() throws IOException {
        memory.fill((byte) 1);
        shorten(0);
        long sum = 0;
        for (int round = 0; round < 20; round++) {
            for (long at = 0; at < SIZE; at += 512) {
                sum += memory.get(ValueLayout.JAVA_LONG, at);
            }
            mapFile();
        }
        assertThat(sum).isZero();
        byte[] copy = new byte[3 * PAGE];
        copy[PAGE] = 1;
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, PIECE, copy, 0, copy.length);
        assertThat(copy).containsOnly(0);
        memory.asSlice(3 * PIECE, PIECE).fill((byte) 5);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, 4 * PIECE - 1)).isEqualTo((byte) 5);
    }

    /** A guest must not use up the mappings that a process may have. */
    @Test
    void manyPagesAreFewMappings() throws IOException {
        shorten(0);
        for (int round = 0; round < 40; round++) {
            mapFile();
            // Downwards, so that no page is the neighbour of one that was replaced before it.
            for (long at = SIZE - PAGE; at >= 0; at -= 2 * PAGE) {
                memory.set(ValueLayout.JAVA_INT, at, 1);
            }
        }
        assertThat(guard.take()).isGreaterThan(4096);
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            assertThat(lines.count()).isLessThan(10_000);
        }
    }

    @Test
    @SuppressWarnings("restricted")
    void otherMemoryIsHotSpotsMatter() throws IOException {
        int fd = sys.open(file.toString(), LinuxSyscalls.O_RDWR);
        long other = sys.mmap(0, PAGE, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE, LinuxSyscalls.MAP_SHARED, fd, 0);
        sys.close(fd);
        shorten(0);
        MemorySegment unguarded = MemorySegment.ofAddress(other).reinterpret(PAGE);
        assertThatThrownBy(() -> unguarded.get(ValueLayout.JAVA_INT, 0)).isInstanceOf(InternalError.class);
        sys.munmap(other, PAGE);
        assertThat(guard.take()).isZero();
    }

    @Test
    void onlyWholePiecesAreGuarded() {
        assertThatThrownBy(() -> BusErrorGuard.protect(sys, start + PAGE, PIECE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BusErrorGuard.protect(sys, start, PAGE)).isInstanceOf(IllegalArgumentException.class);
    }
}
