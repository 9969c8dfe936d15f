package org.jvmm.kvm.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;

class TerminalTest {
    /** A kernel that has one terminal, descriptor 7. */
    private static final class FakeTty implements LinuxSyscalls {
        private final byte[] termios = new byte[36];
        private int stores;

        @Override
        @SuppressWarnings("restricted")
        public long invoke(long number, long a, long b, long c, long d, long e, long f) {
            if (number != NR_IOCTL) {
                return -Errno.ENOSYS;
            }
            if (a != 7) {
                return -Errno.ENOTTY;
            }
            MemorySegment argument = MemorySegment.ofAddress(c).reinterpret(36);
            if (b == 0x5401) {
                MemorySegment.copy(termios, 0, argument, ValueLayout.JAVA_BYTE, 0, 36);
            } else if (b == 0x5402) {
                MemorySegment.copy(argument, ValueLayout.JAVA_BYTE, 0, termios, 0, 36);
                stores++;
            } else if (b == 0x5413) {
                argument.reinterpret(8).set(ValueLayout.JAVA_SHORT, 0, (short) 50);
                argument.reinterpret(8).set(ValueLayout.JAVA_SHORT, 2, (short) 132);
            } else {
                return -Errno.EINVAL;
            }
            return 0;
        }
    }

    private final FakeTty tty = new FakeTty();
    private final Terminal terminal = new Terminal(tty, 7);

    @Test
    void rawModeClearsWhatCfmakerawClearsAndKeepsTheRest() {
        Arrays.fill(tty.termios, (byte) 0xFF);
        terminal.enterRawMode();
        MemorySegment raw = MemorySegment.ofArray(tty.termios.clone());
        assertThat(raw.get(ValueLayout.JAVA_INT_UNALIGNED, 0)).as("c_iflag").isEqualTo(~0x5EB);
        assertThat(raw.get(ValueLayout.JAVA_INT_UNALIGNED, 4)).as("c_oflag").isEqualTo(~0);
        assertThat(raw.get(ValueLayout.JAVA_INT_UNALIGNED, 8)).as("c_cflag").isEqualTo(~0x100);
        assertThat(raw.get(ValueLayout.JAVA_INT_UNALIGNED, 12)).as("c_lflag").isEqualTo(~0x804B);
        assertThat(tty.termios[16]).as("c_line").isEqualTo((byte) 0xFF);
        assertThat(tty.termios[17 + 5]).as("VTIME").isZero();
        assertThat(tty.termios[17 + 6]).as("VMIN").isEqualTo((byte) 1);
    }

    @Test
    void restoreBringsTheFirstStateBackOnce() {
        for (int i = 0; i < 36; i++) {
            tty.termios[i] = (byte) (i * 37);
        }
        byte[] before = tty.termios.clone();
        terminal.enterRawMode();
        terminal.enterRawMode();
        assertThat(tty.termios).isNotEqualTo(before);
        terminal.close();
        assertThat(tty.termios).isEqualTo(before);
        terminal.restore();
        assertThat(tty.stores).isEqualTo(2);
    }

    @Test
    void restoreWithoutRawModeTouchesNothing() {
        terminal.restore();
        assertThat(tty.stores).isZero();
    }

    @Test
    void sizeIsColumnsAndRows() {
        assertThat(terminal.windowSize()).isEqualTo(new Terminal.WindowSize(132, 50));
    }

    @Test
    void aDescriptorThatIsNoTerminalIsRefused() {
        assertThat(terminal.isTerminal()).isTrue();
        Terminal other = new Terminal(tty, 8);
        assertThat(other.isTerminal()).isFalse();
        assertThatThrownBy(other::enterRawMode).isInstanceOf(SyscallException.class).hasMessageEndingWith("ENOTTY");
        assertThatThrownBy(other::windowSize).isInstanceOf(SyscallException.class).hasMessageEndingWith("ENOTTY");
        other.restore();
        assertThat(tty.stores).isZero();
    }

    @Test
    void aMemfdIsNoTerminalForTheRealKernel() {
        LinuxSyscalls sys = NativeBinding.newSyscalls();
        int fd = sys.memfdCreate("no-terminal", LinuxSyscalls.MFD_CLOEXEC);
        assertThat(new Terminal(sys, fd).isTerminal()).isFalse();
        sys.close(fd);
    }
}
