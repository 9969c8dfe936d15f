package org.jvmm.kvm.sys;

import java.nio.ByteBuffer;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;

/**
 * The user's terminal (termios(3), ioctl_tty(2)): raw mode while the guest's console is attached to it, and its size.
 *
 * <p>The kernel's {@code struct termios} (asm-generic/termbits.h), not the C library's: {@code u32 c_iflag, c_oflag, c_cflag, c_lflag;
 * u8 c_line; u8 c_cc[19]}, 36 bytes.
 */
public final class Terminal implements AutoCloseable {
    private static final int TCGETS = 0x5401;
    private static final int TCSETS = 0x5402;
    private static final int TIOCGWINSZ = 0x5413;

    private static final int TERMIOS_SIZE = 36;
    private static final int C_IFLAG = 0;
    private static final int C_CFLAG = 8;
    private static final int C_LFLAG = 12;
    private static final int C_CC = 17;
    private static final int VTIME = 5;
    private static final int VMIN = 6;

    // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON: what cfmakeraw(3) clears.
    private static final int COOKED_INPUT = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;
    // ISIG ICANON ECHO ECHONL IEXTEN
    private static final int COOKED_LOCAL = 0x1 | 0x2 | 0x8 | 0x40 | 0x8000;
    private static final int CSIZE_PARENB = 0x30 | 0x100;
    private static final int CS8 = 0x30;

    private final LinuxSyscalls syscalls;
    private final int fd;
    // A termios or a winsize. Guarded by this, as all that follows.
    private final StructBuffer struct = StructBuffer.allocate(TERMIOS_SIZE);
    private byte[] saved;

    /**
     * A terminal's size in characters.
     *
     * @param columns 0 when the terminal does not know
     * @param rows 0 when the terminal does not know
     */
    public record WindowSize(int columns, int rows) {}

    /** @param fd a descriptor, of a terminal or not; not closed by this class */
    public Terminal(LinuxSyscalls syscalls, int fd) {
        this.syscalls = syscalls;
        this.fd = fd;
    }

    /** Whether the descriptor is a terminal, as isatty(3) finds it out. */
    public synchronized boolean isTerminal() {
        return syscalls.ioctlRaw(fd, TCGETS, struct.address()) >= 0;
    }

    /**
     * Hands every key to the guest: no line editing, echo or signals. Output processing stays on, so that messages of the machine itself keep
     * their line ends. A second call changes nothing.
     *
     * @throws SyscallException ENOTTY when the descriptor is no terminal
     */
    public synchronized void enterRawMode() {
        if (saved != null) {
            return;
        }
        syscalls.ioctl(fd, TCGETS, struct.address());
        ByteBuffer termios = struct.bytes();
        byte[] before = new byte[TERMIOS_SIZE];
        termios.get(0, before);
        clear(termios, C_IFLAG, COOKED_INPUT);
        clear(termios, C_LFLAG, COOKED_LOCAL);
        clear(termios, C_CFLAG, CSIZE_PARENB);
        termios.putInt(C_CFLAG, termios.getInt(C_CFLAG) | CS8);
        termios.put(C_CC + VMIN, (byte) 1);
        termios.put(C_CC + VTIME, (byte) 0);
        syscalls.ioctl(fd, TCSETS, struct.address());
        saved = before;
    }

    private static void clear(ByteBuffer termios, int offset, int bits) {
        termios.putInt(offset, termios.getInt(offset) & ~bits);
    }

    /** Gives the terminal back as {@link #enterRawMode()} found it; nothing when raw mode is off. */
    public synchronized void restore() {
        if (saved == null) {
            return;
        }
        struct.bytes().put(0, saved);
        saved = null;
        syscalls.ioctl(fd, TCSETS, struct.address());
    }

    /**
     * The present size.
     *
     * @throws SyscallException ENOTTY when the descriptor is no terminal
     */
    public synchronized WindowSize windowSize() {
        syscalls.ioctl(fd, TIOCGWINSZ, struct.address());
        // struct winsize: u16 ws_row, ws_col, ws_xpixel, ws_ypixel
        return new WindowSize(struct.bytes().getShort(2) & 0xFFFF, struct.bytes().getShort(0) & 0xFFFF);
    }

    /** {@link #restore()}. */
    @Override
    public void close() {
        restore();
    }
}
