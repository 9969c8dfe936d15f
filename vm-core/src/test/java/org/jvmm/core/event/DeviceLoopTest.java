package org.jvmm.core.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No task is forgotten, whether the loop is awake, about to rest, parked or in select. */
class DeviceLoopTest {
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void everyTaskRunsThoughTheLoopRestsBetweenThem(boolean withChannel) throws IOException {
        Pipe pipe = Pipe.open();
        try (DeviceLoop loop = new DeviceLoop("loop", failure::set)) {
            if (withChannel) {
                CountDownLatch registered = new CountDownLatch(1);
                loop.execute(() -> {
                    loop.register(pipe.source(), SelectionKey.OP_READ, ready -> {
                    });
                    registered.countDown();
                });
                await(registered);
            }
            AtomicInteger ran = new AtomicInteger();
            for (int i = 1; i <= 20_000; i++) {
                loop.execute(ran::incrementAndGet);
                // Each is awaited: the next finds the loop somewhere on its way to rest.
                while (ran.get() < i) {
                    assertThat(failure.get()).isNull();
                    Thread.onSpinWait();
                }
            }
            assertThat(ran).hasValue(20_000);
        }
        assertThat(failure.get()).isNull();
        pipe.sink().close();
        pipe.source().close();
    }

    @Test
    void theThreadComesWithTheFirstTaskAndNotAfterTheEnd() {
        AtomicReference<Thread> runner = new AtomicReference<>();
        CountDownLatch ran = new CountDownLatch(1);
        DeviceLoop used = new DeviceLoop("lazy loop", failure::set);
        assertThat(threads("lazy loop")).isZero();
        used.execute(() -> {
            runner.set(Thread.currentThread());
            ran.countDown();
        });
        await(ran);
        assertThat(threads("lazy loop")).isEqualTo(1);
        used.close();
        assertThat(runner.get().isAlive()).isFalse();

        DeviceLoop unused = new DeviceLoop("lazy loop", failure::set);
        unused.close();
        unused.execute(() -> failure.set(new AssertionError("it had ended")));
        assertThat(threads("lazy loop")).isZero();
        assertThat(failure.get()).isNull();
    }

    private static long threads(String name) {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals(name)).count();
    }

    @Test
    void channelsAndMergedSignalsAreHeard() throws IOException {
        Pipe pipe = Pipe.open();
        AtomicInteger signals = new AtomicInteger();
        CountDownLatch read = new CountDownLatch(1);
        CountDownLatch signalled = new CountDownLatch(1);
        try (DeviceLoop loop = new DeviceLoop("loop", failure::set)) {
            Notifier notifier = loop.newNotifier(() -> {
                signals.incrementAndGet();
                signalled.countDown();
            });
            loop.execute(() -> {
                loop.register(pipe.source(), SelectionKey.OP_READ, ready -> {
                    try {
                        pipe.source().read(ByteBuffer.allocate(1));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                    read.countDown();
                });
                notifier.signal();
                notifier.signal();
                assertThat(signals).as("later, on the loop").hasValue(0);
            });
            await(signalled);
            pipe.sink().write(ByteBuffer.allocate(1));
            await(read);
            assertThat(signals).as("two signals before the handler ran are one").hasValue(1);
        }
        assertThat(failure.get()).isNull();
        pipe.sink().close();
        pipe.source().close();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
