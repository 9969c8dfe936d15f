package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.virtio.blk.AsyncIo;
import org.jvmm.virtio.blk.CacheMode;
import org.jvmm.virtio.limit.RateLimiter;

/** The limits of {@code --disk} and {@code --net}. */
class RateSpecTest {
    @Test
    void aDiskHasOnePair() {
        assertThat(DiskSpec.parse("a.img,ro,bandwidth=10M,ops=500"))
                .isEqualTo(new DiskSpec(Path.of("a.img"), true, null, CacheMode.WRITEBACK, new RateSpec(10 << 20, 500), AsyncIo.AUTO));
        assertThat(DiskSpec.parse("a.img,aio=threads").async()).isEqualTo(AsyncIo.THREADS);
        assertThat(DiskSpec.parse("a.img").rate()).isEqualTo(RateSpec.NONE);
    }

    @Test
    void aCardHasAPairEachWay() {
        NetworkSpec both = NetworkSpec.parse("user,bandwidth=1M,ops=100", List.of());
        assertThat(both.receive()).isEqualTo(new RateSpec(1 << 20, 100)).isEqualTo(both.transmit());
        NetworkSpec apart = NetworkSpec.parse("tap=t,rx-bandwidth=2K,tx-ops=7,bandwidth=1M,tx-bandwidth=3", List.of());
        assertThat(apart.receive()).isEqualTo(new RateSpec(1 << 20, 0));
        assertThat(apart.transmit()).isEqualTo(new RateSpec(3, 7));
    }

    @ParameterizedTest
    @ValueSource(strings = { "bandwidth=0", "ops=0", "bandwidth=x", "ops=", "bandwidth=-1", "aio=x" })
    void othersAreRefused(String option) {
        assertThatThrownBy(() -> DiskSpec.parse("a.img," + option)).isInstanceOf(MachineException.class);
    }

    @Test
    void aSecondsWorthPassesAndThenOneSecondLater() {
        FakeClock clock = new FakeClock();
        ManualLoop loop = new ManualLoop();
        boolean[] retried = new boolean[1];
        assertThat(RateSpec.NONE.limiter(clock, loop, () -> retried[0] = true)).isNull();
        RateLimiter limiter = new RateSpec(1000, 0).limiter(clock, loop, () -> retried[0] = true);
        assertThat(limiter.tryTake(600)).isTrue();
        assertThat(limiter.tryTake(400)).isTrue();
        assertThat(limiter.tryTake(1000)).isFalse();
        clock.advance(999_000_000);
        loop.runAll();
        assertThat(retried[0]).isFalse();
        clock.advance(1_000_000);
        loop.runAll();
        assertThat(retried[0]).isTrue();
        assertThat(limiter.tryTake(1000)).isTrue();
    }
}
