package org.jvmm.virtio.net.user;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.virtio.net.MacAddress;

/** Pings to the outside with a kernel of the test's. */
class HostPingTest {
    private static final int OUTSIDE = 0x08080808;
    private static final UserNetConfig CONFIG = new UserNetConfig(MacAddress.DEFAULT, 1500, List.of(), Path.of("/nonexistent"));

    /** socket(2), sendto(2), poll(2), recvfrom(2) and close(2) of a ping socket whose peer answers everything. */
    private static final class PingKernel implements LinuxSyscalls {
        private final LinkedBlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
        private int socketResult = 5;
        private final CountDownLatch closed = new CountDownLatch(1);

        @SuppressWarnings("restricted")
        private static MemorySegment at(long address, long length) {
            return MemorySegment.ofAddress(address).reinterpret(length);
        }

        @Override
        public long invoke(long number, long a, long b, long c, long d, long e, long f) {
            switch ((int) number) {
                case 41 -> {
                    assertThat(a).isEqualTo(2);
                    assertThat(c).isEqualTo(1);
                    return socketResult;
                }
                case 44 -> {
                    byte[] echo = at(b, c).toArray(ValueLayout.JAVA_BYTE);
                    assertThat(echo[0]).isEqualTo((byte) 8);
                    assertThat(at(e, 8).get(ValueLayout.JAVA_INT_UNALIGNED, 4)).isEqualTo(OUTSIDE);
                    echo[0] = 0;
                    answers.add(echo);
                    return c;
                }
                case 7 -> {
                    return answers.isEmpty() ? 0 : 1;
                }
                case 45 -> {
                    byte[] echo = answers.poll();
                    MemorySegment.copy(echo, 0, at(b, echo.length), ValueLayout.JAVA_BYTE, 0, echo.length);
                    at(e, 8).set(ValueLayout.JAVA_INT_UNALIGNED, 4, OUTSIDE);
                    return echo.length;
                }
                case 3 -> {
                    closed.countDown();
                    return 0;
                }
                default -> throw new AssertionError("system call " + number);
            }
        }
    }

    @Test
    void aPingGoesOutAndItsAnswerComesIn() throws InterruptedException {
        PingKernel kernel = new PingKernel();
        try (FakeGuest guest = new FakeGuest(CONFIG, FakeGuest.ALL, () -> kernel)) {
            guest.send(guest.echo(OUTSIDE, 77, 5, "payload".getBytes()));
            ByteBuf answer = guest.await();
            assertThat(answer.getInt(Wire.IP + Wire.IP_SOURCE)).isEqualTo(OUTSIDE);
            assertThat(answer.getUnsignedByte(Wire.L4)).isZero();
            assertThat(answer.getInt(Wire.L4 + 4)).isEqualTo(77 << 16 | 5);
            assertThat(FakeGuest.bytes(answer, Wire.L4 + 8, 7)).isEqualTo("payload".getBytes());
            guest.send(guest.echo(OUTSIDE, 78, 6, new byte[3]));
            assertThat(guest.await().getInt(Wire.L4 + 4)).isEqualTo(78 << 16 | 6);
        }
        // By whoever uses it last.
        assertThat(kernel.closed.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aHostThatForbidsItIsSaidToTheGuest() {
        PingKernel kernel = new PingKernel();
        kernel.socketResult = -Errno.EACCES;
        try (FakeGuest guest = new FakeGuest(CONFIG, FakeGuest.ALL, () -> kernel)) {
            guest.send(guest.echo(OUTSIDE, 77, 5, new byte[8]));
            assertThat(guest.poll().getUnsignedShort(Wire.L4)).isEqualTo(Wire.ICMP_UNREACHABLE << 8 | Wire.UNREACHABLE_PROHIBITED);
        }
    }
}
