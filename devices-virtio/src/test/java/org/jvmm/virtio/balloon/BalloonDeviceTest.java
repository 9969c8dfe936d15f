package org.jvmm.virtio.balloon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.sys.GuestRam;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.transport.FeatureBits;

/** Pages in and out of the balloon, reports and statistics. */
class BalloonDeviceTest {
    private final GuestMemory memory = TestMemory.ofSize(MockDriver.MEMORY);
    private final long host = memory.regions().get(0).hostBase();
    private final ManualLoop loop = new ManualLoop();
    private final FakeClock clock = new FakeClock();
    private final List<String> released = new ArrayList<>();
    private final BalloonDevice device = new BalloonDevice(true,
            (address, length) -> released.add((address - host) / 4096 + "+" + length / 4096), loop,
            clock);
    private final MockDriver driver = new MockDriver(device, memory, loop, 128);

    private void frames(int queue, int... frames) {
        ByteBuffer list = ByteBuffer.allocate(4 * frames.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int frame : frames) {
            list.putInt(frame);
        }
        driver.queue(queue).readable(driver.place(list.array()), list.capacity()).offer();
        driver.kick(queue);
        assertThat(driver.queue(queue).poll()).isTrue();
        assertThat(driver.queue(queue).usedLength()).isZero();
    }

    @Test
    void pagesAreReleasedInRuns() {
        driver.start();
        frames(0, 100, 101, 102, 300, 200, 199, 198, 100_000, -1);
        assertThat(released).containsExactly("100+3", "300+1", "198+3");
        assertThat(device.metrics().inflated.get()).isEqualTo(9);
        assertThat(device.metrics().guestFaults.get()).isEqualTo(2);
        assertThat(device.metrics().released.get()).isEqualTo(7 * 4096);
        frames(1, 100, 101);
        assertThat(device.metrics().deflated.get()).isEqualTo(2);
        assertThat(released).hasSize(3);
    }

    @Test
    void listsThatMakeNoSenseGoBack() {
        driver.start();
        long at = driver.allocate(64);
        driver.queue(0).readable(at, 3).offer();
        driver.queue(0).readable(at, 0).offer();
        driver.queue(0).writable(at, 4).offer();
        driver.kick(0);
        assertThat(driver.queue(0).usedIndex()).isEqualTo(3);
        assertThat(device.metrics().guestFaults.get()).isEqualTo(3);
        assertThat(released).isEmpty();
    }

    @Test
    void reportedRangesAreReleasedAsWholePages() {
        driver.start();
        driver.queue(3).writable(0x400000, 0x200000).writable(0x800010, 0x2000).writable(0x900001, 0xFFE).offer();
        driver.kick(3);
        assertThat(driver.queue(3).poll()).isTrue();
        assertThat(released).containsExactly("1024+512", "2049+1");
        assertThat(device.metrics().reported.get()).isEqualTo(513 * 4096);
    }

    @Test
    void withoutStatisticsTheReportsTakeTheirQueue() {
        driver.start(FeatureBits.VERSION_1 | BalloonConfig.F_REPORTING);
        driver.queue(2).writable(0x400000, 0x1000).offer();
        driver.kick(2);
        assertThat(released).containsExactly("1024+1");
    }

    @Test
    void targetIsToldAndActualIsHeard() {
        driver.start();
        driver.irq().take();
        device.target(512);
        loop.runAll();
        assertThat(driver.config(BalloonConfig.NUM_PAGES, 4)).isEqualTo(512);
        assertThat(driver.irq().take()).isEqualTo(1);
        driver.transport().write(0x100 + BalloonConfig.ACTUAL, 4, 256);
        assertThat(device.actualPages()).isEqualTo(256);
        assertThat(device.targetPages()).isEqualTo(512);
        driver.reset();
        assertThat(device.actualPages()).isZero();
        assertThatThrownBy(() -> device.target(1L << 32)).isInstanceOf(IllegalArgumentException.class);
        assertThat(device.features() & BalloonConfig.F_DEFLATE_ON_OOM).isNotZero();
        assertThat(new BalloonDevice(false, (a, l) -> true, loop, clock).features() & BalloonConfig.F_DEFLATE_ON_OOM).isZero();
    }

    private void offerStatistics(long free) {
        ByteBuffer list = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
        list.putShort((short) 4).putLong(free).putShort((short) 5).putLong(1 << 20).putShort((short) 99).putLong(7);
        driver.queue(2).readable(driver.place(list.array()), 30).offer();
        driver.kick(2);
    }

    @Test
    void statisticsAreAskedForAtTheInterval() {
        driver.start();
        offerStatistics(1000);
        assertThat(device.statistics().freeMemory()).isEqualTo(1000);
        assertThat(device.statistics().totalMemory()).isEqualTo(1 << 20);
        assertThat(device.statistics().swapIn()).isEqualTo(-1);
        assertThat(driver.queue(2).poll()).isFalse();
        device.statisticsInterval(1_000_000_000L);
        loop.runAll();
        assertThat(driver.queue(2).poll()).as("the first at once").isTrue();
        offerStatistics(2000);
        clock.advance(999_999_999L);
        loop.runAll();
        assertThat(driver.queue(2).poll()).isFalse();
        clock.advance(1);
        loop.runAll();
        assertThat(driver.queue(2).poll()).isTrue();
        assertThat(device.statistics().freeMemory()).isEqualTo(2000);
        device.statisticsInterval(0);
        loop.runAll();
        assertThat(clock.armedTimers()).isZero();
    }

    @Test
    void pauseLeavesNoBufferInFlight() {
        driver.start();
        offerStatistics(1000);
        driver.transport().pause();
        assertThat(driver.transport().save().queues().get(2).nextAvail()).isZero();
        driver.transport().resume();
        device.statisticsInterval(1);
        loop.runAll();
        assertThat(driver.queue(2).poll()).isTrue();
        assertThat(driver.queue(2).usedIndex()).isEqualTo(1);
    }

    @Test
    void realMemoryIsGivenBackAndReadsAsZeros() throws Exception {
        var syscalls = NativeBinding.newSyscalls();
        try (GuestRam ram = GuestRam.allocate(syscalls, 32 << 20)) {
            BalloonDevice real = new BalloonDevice(true, PageReleaser.ofSharedMemory(syscalls), loop, clock);
            MockDriver guest = new MockDriver(real, ram.memory(), loop, 128);
            ram.memory().slice(16 << 20, 8 << 20).fill((byte) 7);
            long before = blocks(ram.fd());
            guest.start();
            guest.queue(3).writable(16 << 20, 8 << 20).offer();
            guest.kick(3);
            assertThat(real.metrics().hostFailures.get()).isZero();
            assertThat(blocks(ram.fd())).isLessThanOrEqualTo(before - (7 << 20) / 512);
            assertThat(ram.memory().read64(20 << 20)).isZero();
        }
    }

    private static long blocks(int fd) throws Exception {
        Process stat = new ProcessBuilder("stat", "-L", "-c", "%b", "/proc/" + ProcessHandle.current().pid() + "/fd/" + fd).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes()).trim());
    }
}
