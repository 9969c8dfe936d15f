package org.jvmm.virtio.blk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.limit.TokenBucket;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.MockQueue;
import org.jvmm.virtio.transport.FeatureBits;

/** Requests to a disk in a file. */
class BlockDeviceTest {
    static final String SERIAL = "serial-0123456789-too-long";
    private static final int SECTORS = 4096;
    private static final int OK = 0;
    private static final int IOERR = 1;
    private static final int UNSUPP = 2;

    @TempDir
    Path folder;

    private final LinuxSyscalls syscalls = NativeBinding.newSyscalls();
    private final byte[] content = new byte[SECTORS * 512];
    private Path image;
    private BlockDevice device;
    private MockDriver driver;
    private BlockDriver disk;

    @BeforeEach
    void makeImage() throws IOException {
        new Random(1).nextBytes(content);
        image = folder.resolve("disk.img");
        Files.write(image, content);
    }

    @AfterEach
    void close() {
        if (device != null) {
            driver.reset();
            device.close();
        }
    }

    /** A device with so many workers; 0 is the test's thread. */
    BlockDevice device(BlockBackend backend, CacheMode cache, int workers) {
        return new BlockDevice(backend, cache, SERIAL, 1, workers, NativeBinding::newSyscalls, BlockDeviceTest::failed);
    }

    static void failed(Throwable cause) {
        throw new AssertionError(cause);
    }

    private void start(boolean readOnly, CacheMode cache, int workers) {
        RawFile file = RawFile.open(syscalls, image, readOnly, cache);
        device = device(file, cache, workers);
        driver = new MockDriver(device);
        driver.start();
        disk = new BlockDriver(driver, 1 << 20);
    }

    private void start() {
        start(false, CacheMode.WRITEBACK, 2);
    }

    private byte[] part(int sector, int bytes) {
        byte[] copy = new byte[bytes];
        System.arraycopy(content, sector * 512, copy, 0, bytes);
        return copy;
    }

    @Test
    void configurationDescribesTheDisk() {
        start();
        assertThat(driver.config(0, 8)).isEqualTo(SECTORS);
        assertThat(driver.config(BlockConfig.SEG_MAX, 4)).isEqualTo(510);
        assertThat(driver.config(BlockConfig.BLK_SIZE, 4)).isEqualTo(512);
        assertThat(driver.config(BlockConfig.WRITEBACK, 1)).isEqualTo(1);
        assertThat(device.features() & BlockConfig.F_RO).isZero();
        assertThat(device.features() & BlockConfig.F_FLUSH).isNotZero();
        assertThat(disk.id()).isEqualTo("serial-0123456789-to");
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 4 })
    void readsAndWrites(int workers) throws IOException {
        start(false, CacheMode.WRITEBACK, workers);
        assertThat(disk.read(0, 512)).isEqualTo(part(0, 512));
        assertThat(disk.read(7, 1 << 19)).isEqualTo(part(7, 1 << 19));
        assertThat(disk.read(SECTORS - 1, 512)).isEqualTo(part(SECTORS - 1, 512));
        byte[] data = new byte[8192];
        new Random(2).nextBytes(data);
        assertThat(disk.write(100, data)).isEqualTo(OK);
        assertThat(disk.read(100, 8192)).isEqualTo(data);
        assertThat(disk.flush()).isEqualTo(OK);
        byte[] file = Files.readAllBytes(image);
        assertThat(file).hasSize(content.length);
        System.arraycopy(data, 0, content, 100 * 512, data.length);
        assertThat(file).isEqualTo(content);
        assertThat(device.metrics().reads.get()).isEqualTo(4);
        assertThat(device.metrics().writeBytes.get()).isEqualTo(8192);
        assertThat(device.metrics().guestFaults.get()).isZero();
    }

    @Test
    void whatTheHostHasAtHandNeedsNoWorker() {
        start();
        long before = -1;
        // The workers look at the queue when the driver starts; from then on they are at rest.
        for (int i = 0; i < 100_000 && device.metrics().atOnce.get() != before + 3; i++) {
            before = device.metrics().atOnce.get();
            assertThat(disk.read(9, 8192)).isEqualTo(part(9, 8192));
            assertThat(disk.readStatus(SECTORS, 512)).as("refused").isEqualTo(IOERR);
            assertThat(disk.id()).isNotEmpty();
        }
        assertThat(device.metrics().atOnce.get()).isEqualTo(before + 3);
        assertThat(disk.flush()).isEqualTo(OK);
        assertThat(device.metrics().atOnce.get()).as("the disk is waited for by a worker").isEqualTo(before + 3);
    }

    @ParameterizedTest
    @ValueSource(ints = { Errno.EAGAIN, Errno.EOPNOTSUPP })
    void whatTheHostWouldWaitForIsLeftToAWorker(int errno) {
        AtomicInteger refused = new AtomicInteger();
        RawFile file = RawFile.open(syscalls, image, false, CacheMode.WRITEBACK);
        device = device(new ForwardingBackend(file) {
            @Override
            public int read(BlockIo io, long position, long offset, long length) {
                if (io.waitsNever()) {
                    refused.incrementAndGet();
                    return -errno;
                }
                return super.read(io, position, offset, length);
            }
        }, CacheMode.WRITEBACK, 2);
        driver = new MockDriver(device);
        driver.start();
        disk = new BlockDriver(driver, 1 << 20);
        do {
            assertThat(disk.read(3, 4096)).isEqualTo(part(3, 4096));
        } while (refused.get() == 0);
        assertThat(device.metrics().atOnce.get()).isZero();
        assertThat(device.metrics().hostFailures.get()).isZero();
    }

    @Test
    void manyRequestsAtOnceAreAllAnswered() {
        start(false, CacheMode.WRITEBACK, 4);
        MockQueue queue = driver.queue(0);
        long base = driver.allocate(64 * (16 + 512 + 1));
        int done = 0;
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 64; i++) {
                long at = base + 529L * i;
                driver.memory().write32(at, BlockRequest.T_IN);
                driver.memory().write64(at + 8, i * 3L);
                driver.memory().write8(at + 528, 9);
                queue.readable(at, 16).writable(at + 16, 512).writable(at + 528, 1).offer();
            }
            driver.kick(0);
            for (int got = 0; got < 64;) {
                if (queue.poll()) {
                    assertThat(queue.usedLength()).isEqualTo(513);
                    got++;
                }
            }
            for (int i = 0; i < 64; i++) {
                assertThat(driver.memory().read8(base + 529L * i + 528)).isZero();
                assertThat(driver.bytes(base + 529L * i + 16, 512)).isEqualTo(part(i * 3, 512));
                done++;
            }
        }
        assertThat(done).isEqualTo(3200);
        assertThat(queue.freeDescriptors()).isEqualTo(BlockConfig.QUEUE_SIZE);
    }

    @ParameterizedTest
    @CsvSource({ "4096,512", "4095,1024", "-1,512", "9223372036854775807,512", "36028797018963968,512", "0,511", "0,513", "0,100" })
    void rangesOutsideTheDiskAreErrors(long sector, int bytes) throws IOException {
        start();
        assertThat(disk.readStatus(sector, bytes)).isEqualTo(IOERR);
        assertThat(disk.write(sector, new byte[bytes])).isEqualTo(IOERR);
        assertThat(device.metrics().guestFaults.get()).isEqualTo(2);
        assertThat(Files.readAllBytes(image)).isEqualTo(content);
    }

    @Test
    void malformedRequestsAreAnswered() {
        start(false, CacheMode.WRITEBACK, 0);
        MockQueue queue = driver.queue(0);
        long at = driver.allocate(1024);
        queue.readable(at, 15).writable(at + 100, 1).offer();
        queue.writable(at + 100, 1).offer();
        queue.readable(at, 16).offer();
        driver.kick(0);
        assertThat(queue.poll()).isTrue();
        assertThat(driver.memory().read8(at + 100)).isEqualTo(IOERR);
        assertThat(queue.poll()).isTrue();
        assertThat(queue.poll()).isTrue();
        assertThat(queue.usedLength()).as("no place for a status").isZero();
        assertThat(disk.other(77)).isEqualTo(UNSUPP);
        assertThat(disk.other(BlockRequest.T_GET_ID)).isEqualTo(IOERR);
        assertThat(disk.read(0, 512)).isEqualTo(part(0, 512));
    }

    @Test
    void readOnlyDiskRefusesWrites() throws IOException {
        start(true, CacheMode.WRITEBACK, 1);
        assertThat(device.features() & BlockConfig.F_RO).isNotZero();
        assertThat(device.features() & BlockConfig.F_DISCARD).isZero();
        assertThat(disk.write(0, new byte[512])).isEqualTo(IOERR);
        assertThat(disk.zero(BlockRequest.T_DISCARD, 0, 0, 8)).isEqualTo(IOERR);
        assertThat(disk.zero(BlockRequest.T_WRITE_ZEROES, 0, 0, 8)).isEqualTo(IOERR);
        assertThat(disk.flush()).isEqualTo(OK);
        assertThat(Files.readAllBytes(image)).isEqualTo(content);
    }

    @Test
    void discardFreesBlocksAndWriteZeroesKeepsThem() throws IOException {
        start();
        long before = allocated();
        assertThat(disk.zero(BlockRequest.T_DISCARD, 0, 0, 2048, 3000, 8)).isEqualTo(OK);
        assertThat(allocated()).isLessThan(before);
        assertThat(disk.read(16, 512)).isEqualTo(new byte[512]);
        assertThat(disk.read(3000, 4096)).isEqualTo(new byte[4096]);
        assertThat(disk.zero(BlockRequest.T_WRITE_ZEROES, 0, 2500, 3)).isEqualTo(OK);
        assertThat(disk.zero(BlockRequest.T_WRITE_ZEROES, 1, 2600, 100)).isEqualTo(OK);
        Arrays.fill(content, 0, 2048 * 512, (byte) 0);
        Arrays.fill(content, 3000 * 512, 3008 * 512, (byte) 0);
        Arrays.fill(content, 2500 * 512, 2503 * 512, (byte) 0);
        Arrays.fill(content, 2600 * 512, 2700 * 512, (byte) 0);
        assertThat(Files.readAllBytes(image)).isEqualTo(content);
        assertThat(device.metrics().zeroes.get()).isEqualTo(3);
    }

    private long allocated() throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", image.toString()).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes()).trim());
    }

    @ParameterizedTest
    @CsvSource({ "11,1,0,8,2", "11,2,0,8,2", "13,2,0,8,2", "13,0,4090,8,1", "11,0,-1,8,1", "11,0,0,2097153,1",
        "11,0,9223372036854775807,1,1" })
    void badRangesAreRefused(int type, int flags, long sector, long count, int expected) {
        start();
        assertThat(disk.zero(type, flags, sector, count)).isEqualTo(expected);
    }

    @Test
    void diskWithoutBytesHasNone() throws IOException {
        Files.write(image, new byte[0]);
        start();
        assertThat(driver.config(0, 8)).isZero();
        assertThat(disk.readStatus(0, 512)).isEqualTo(IOERR);
        assertThat(disk.flush()).isEqualTo(OK);
    }

    @Test
    void partOfASectorIsNotReachable() throws IOException {
        Files.write(image, new byte[1000]);
        start();
        assertThat(driver.config(0, 8)).isEqualTo(1);
        assertThat(disk.readStatus(1, 512)).isEqualTo(IOERR);
    }

    @Test
    void unsafeCacheOffersNoFlush() {
        start(false, CacheMode.UNSAFE, 1);
        assertThat(device.features() & (BlockConfig.F_FLUSH | BlockConfig.F_CONFIG_WCE)).isZero();
        assertThat(disk.flush()).isEqualTo(OK);
    }

    @Test
    void driverWithoutFlushWritesThrough() {
        start();
        driver.start(FeatureBits.VERSION_1);
        disk = new BlockDriver(driver, 4096);
        assertThat(disk.write(0, new byte[512])).isEqualTo(OK);
        driver.start();
        disk = new BlockDriver(driver, 4096);
        driver.transport().write(0x100 + BlockConfig.WRITEBACK, 1, 0);
        driver.loop().runAll();
        assertThat(driver.config(BlockConfig.WRITEBACK, 1)).isZero();
        assertThat(disk.write(1, new byte[512])).isEqualTo(OK);
        driver.reset();
        assertThat(driver.config(BlockConfig.WRITEBACK, 1)).isEqualTo(1);
    }

    @Test
    void imageIsExchangedWhileTheGuestRuns() throws IOException {
        start();
        Path other = folder.resolve("other.img");
        Files.write(other, new byte[512 * 10]);
        driver.irq().take();
        int generation = driver.read(0xFC);
        device.reopen(RawFile.open(syscalls, other, false, CacheMode.WRITEBACK));
        assertThat(driver.irq().take()).isEqualTo(1);
        assertThat(driver.read(0x60) & 2).isEqualTo(2);
        assertThat(driver.read(0xFC)).isNotEqualTo(generation);
        assertThat(driver.config(0, 8)).isEqualTo(10);
        assertThat(disk.read(9, 512)).isEqualTo(new byte[512]);
        assertThat(disk.readStatus(10, 512)).isEqualTo(IOERR);
        RawFile readOnly = RawFile.open(syscalls, image, true, CacheMode.WRITEBACK);
        assertThatThrownBy(() -> device.reopen(readOnly)).isInstanceOf(BlockException.class);
        readOnly.close(new BlockIo(syscalls));
    }

    @Test
    void imageThatShrinksUnderTheGuestIsAnIoError() throws IOException {
        start();
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(512 * 100);
        }
        assertThat(disk.readStatus(200, 512)).isEqualTo(IOERR);
        assertThat(device.metrics().hostFailures.get()).isEqualTo(1);
    }

    @Test
    void limiterHoldsRequestsBack() {
        start(false, CacheMode.WRITEBACK, 0);
        driver.reset();
        FakeClock clock = new FakeClock();
        device.limit(new RateLimiter(null, new TokenBucket(2, 0, 1000, 0), clock, driver.loop(), device::retry));
        driver.start();
        MockQueue queue = driver.queue(0);
        long at = driver.allocate(16 + 512 + 16);
        for (int i = 0; i < 4; i++) {
            queue.readable(at, 16).writable(at + 16, 513).offer();
        }
        driver.kick(0);
        assertThat(queue.usedIndex()).isEqualTo(2);
        clock.advance(500_000_000L);
        driver.loop().runAll();
        assertThat(queue.usedIndex()).isEqualTo(3);
        clock.advance(500_000_000L);
        driver.loop().runAll();
        assertThat(queue.usedIndex()).isEqualTo(4);
        assertThat(device.metrics().throttled.get()).isEqualTo(2);
    }

    @Test
    void pauseFinishesWhatIsInFlight() {
        start(false, CacheMode.WRITEBACK, 4);
        MockQueue queue = driver.queue(0);
        long at = driver.allocate(16 + 4096 + 16);
        for (int i = 0; i < 60; i++) {
            queue.readable(at, 16).writable(at + 16, 4097).offer();
        }
        driver.kick(0);
        driver.transport().pause();
        int nextAvail = driver.transport().save().queues().get(0).nextAvail();
        int nextUsed = driver.transport().save().queues().get(0).nextUsed();
        assertThat(nextUsed).isEqualTo(nextAvail);
        driver.transport().resume();
        while (queue.usedIndex() < 60) {
            Thread.onSpinWait();
        }
        assertThat(queue.usedIndex()).isEqualTo(60);
    }

    @Test
    void brokenRingAsksForAResetAndTheDiskWorksAfterIt() {
        start();
        driver.queue(0).available(BlockConfig.QUEUE_SIZE);
        driver.kick(0);
        while (!driver.needsReset()) {
            driver.loop().runAll();
        }
        driver.start();
        disk = new BlockDriver(driver, 4096);
        assertThat(disk.read(0, 512)).isEqualTo(part(0, 512));
    }

    @Test
    void unusableImagesAreNamed() throws IOException {
        assertThatThrownBy(() -> RawFile.open(syscalls, folder.resolve("none"), true, CacheMode.UNSAFE)).isInstanceOf(BlockException.class)
                .hasMessageContaining("there is no such file");
        assertThatThrownBy(() -> RawFile.open(syscalls, folder, true, CacheMode.UNSAFE))
                .hasMessageContaining("neither a file nor a block device");
        assertThatThrownBy(() -> RawFile.open(syscalls, folder, false, CacheMode.UNSAFE)).hasMessageContaining("it is a directory");
        assertThatThrownBy(() -> RawFile.open(syscalls, Path.of("/dev/null"), true, CacheMode.UNSAFE))
                .hasMessageContaining("neither a file");
        RawFile first = RawFile.open(syscalls, image, false, CacheMode.UNSAFE);
        assertThatThrownBy(() -> RawFile.open(syscalls, image, true, CacheMode.UNSAFE)).hasMessageContaining("another program");
        first.close(new BlockIo(syscalls));
        RawFile one = RawFile.open(syscalls, image, true, CacheMode.UNSAFE);
        RawFile two = RawFile.open(syscalls, image, true, CacheMode.UNSAFE);
        one.close(new BlockIo(syscalls));
        two.close(new BlockIo(syscalls));
    }
}
