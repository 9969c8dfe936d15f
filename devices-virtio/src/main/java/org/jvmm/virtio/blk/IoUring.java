package org.jvmm.virtio.blk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.NativeMemory;
import org.jvmm.core.host.SyscallException;

/**
 * Linux's submission and completion rings (io_uring_setup(2), io_uring_enter(2), linux/io_uring.h), of one thread: {@link #next} gives a submission entry to fill in,
 * {@link #enter} hands over what was filled in and waits, {@link #completed} steps through the answers. Allocates nothing after it is made.
 */
final class IoUring {
    /** Offsets in struct io_uring_sqe. */
    static final int SQE_OPCODE = 0;
    static final int SQE_FD = 4;
    static final int SQE_OFFSET = 8;
    static final int SQE_ADDRESS = 16;
    static final int SQE_LENGTH = 24;
    static final int SQE_OP_FLAGS = 28;
    static final int SQE_USER_DATA = 32;

    static final int OP_READV = 1;
    static final int OP_WRITEV = 2;
    static final int OP_FSYNC = 3;
    static final int OP_READ = 22;
    static final int FSYNC_DATASYNC = 1;

    private static final int SQE_SIZE = 64;
    private static final int CQE_SIZE = 16;
    private static final int CQE_RESULT = 8;

    private static final int NR_SETUP = 425;
    private static final int NR_ENTER = 426;
    private static final int ENTER_GETEVENTS = 1;

    // struct io_uring_params: entries and features, then the offsets of the submission ring at 40 and of the completion ring at 80.
    private static final int PARAMS_SIZE = 120;
    private static final int PARAM_SQ_ENTRIES = 0;
    private static final int PARAM_CQ_ENTRIES = 4;
    private static final int PARAM_FEATURES = 20;
    private static final int PARAM_SQ_OFF = 40;
    private static final int PARAM_CQ_OFF = 80;
    private static final int OFF_HEAD = 0;
    private static final int OFF_TAIL = 4;
    private static final int OFF_MASK = 8;
    private static final int OFF_SQ_ARRAY = 24;
    private static final int OFF_CQES = 20;

    /** One mapping for both rings (5.4), completions never dropped (5.5), OP_READ (5.6, told by RW_CUR_POS of the same release). */
    private static final int FEATURES = 1 | 2 | 8;
    private static final long MAP_SQ_RING = 0;
    private static final long MAP_SQES = 0x1000_0000L;
    private static final int MAP_POPULATE = 0x8000;

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final int fd;
    private final long ringAddress;
    private final long ringSize;
    private final long sqeAddress;
    private final long sqeSize;
    private final MemorySegment ring;
    private final MemorySegment sqes;
    private final int entries;
    private final int sqTailAt;
    private final int sqMask;
    private final int cqHeadAt;
    private final int cqTailAt;
    private final int cqMask;
    private final int cqesAt;
    private int tail;
    private int submitted;
    private int head;
    private long completedData;
    private int completedResult;

    /**
     * Makes the rings.
     *
     * @param wanted submissions that may wait at once, a power of two
     * @throws SyscallException when the host has none, forbids them, or has no room
     */
    IoUring(LinuxSyscalls syscalls, int wanted) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(PARAMS_SIZE, 8);
            long result = syscalls.invoke(NR_SETUP, wanted, params.address(), 0, 0, 0, 0);
            if (result < 0) {
                throw new SyscallException("io_uring_setup", Integer.toString(wanted), (int) -result);
            }
            fd = (int) result;
            entries = params.get(ValueLayout.JAVA_INT, PARAM_SQ_ENTRIES);
            int cqes = params.get(ValueLayout.JAVA_INT, PARAM_CQ_ENTRIES);
            int sqArray = params.get(ValueLayout.JAVA_INT, PARAM_SQ_OFF + OFF_SQ_ARRAY);
            cqesAt = params.get(ValueLayout.JAVA_INT, PARAM_CQ_OFF + OFF_CQES);
            ringSize = Math.max(sqArray + 4L * entries, cqesAt + (long) CQE_SIZE * cqes);
            sqeSize = (long) SQE_SIZE * entries;
            if ((params.get(ValueLayout.JAVA_INT, PARAM_FEATURES) & FEATURES) != FEATURES) {
                syscalls.close(fd);
                throw new SyscallException("io_uring_setup", "kernel without the features wanted", Errno.ENOSYS);
            }
            try {
                ringAddress = map(syscalls, ringSize, MAP_SQ_RING);
                sqeAddress = map(syscalls, sqeSize, MAP_SQES);
            } catch (SyscallException e) {
                // The mappings go with the descriptor and the process.
                syscalls.close(fd);
                throw e;
            }
            ring = NativeMemory.segment(ringAddress, ringSize);
            sqes = NativeMemory.segment(sqeAddress, sqeSize);
            sqTailAt = params.get(ValueLayout.JAVA_INT, PARAM_SQ_OFF + OFF_TAIL);
            sqMask = ring.get(ValueLayout.JAVA_INT, params.get(ValueLayout.JAVA_INT, PARAM_SQ_OFF + OFF_MASK));
            cqHeadAt = params.get(ValueLayout.JAVA_INT, PARAM_CQ_OFF + OFF_HEAD);
            cqTailAt = params.get(ValueLayout.JAVA_INT, PARAM_CQ_OFF + OFF_TAIL);
            cqMask = ring.get(ValueLayout.JAVA_INT, params.get(ValueLayout.JAVA_INT, PARAM_CQ_OFF + OFF_MASK));
            // Entry i of the array always names submission i.
            for (int i = 0; i < entries; i++) {
                ring.set(ValueLayout.JAVA_INT, sqArray + 4L * i, i);
            }
        }
    }

    private long map(LinuxSyscalls syscalls, long size, long offset) {
        return syscalls.mmap(0, size, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE, LinuxSyscalls.MAP_SHARED | MAP_POPULATE, fd,
                offset);
    }

    /** Whether this host lets this process use it. */
    static boolean isAvailable(LinuxSyscalls syscalls) {
        try {
            new IoUring(syscalls, 1).close(syscalls);
            return true;
        } catch (SyscallException e) {
            return false;
        }
    }

    /** Whether {@link #next} has an entry. */
    boolean hasRoom() {
        return tail - submitted < entries;
    }

    /**
     * The next submission, cleared but for what is given.
     *
     * @param userData comes back with the answer
     * @return where the entry begins, for {@link #set}
     */
    long next(int opcode, int file, long userData) {
        long at = (long) SQE_SIZE * (tail++ & sqMask);
        sqes.asSlice(at, SQE_SIZE).fill((byte) 0);
        sqes.set(ValueLayout.JAVA_BYTE, at + SQE_OPCODE, (byte) opcode);
        sqes.set(ValueLayout.JAVA_INT, at + SQE_FD, file);
        sqes.set(ValueLayout.JAVA_LONG, at + SQE_USER_DATA, userData);
        return at;
    }

    /** Fills in where on the file, which memory and how much. */
    void set(long entry, long offset, long address, int length, int operationFlags) {
        sqes.set(ValueLayout.JAVA_LONG, entry + SQE_OFFSET, offset);
        sqes.set(ValueLayout.JAVA_LONG, entry + SQE_ADDRESS, address);
        sqes.set(ValueLayout.JAVA_INT, entry + SQE_LENGTH, length);
        sqes.set(ValueLayout.JAVA_INT, entry + SQE_OP_FLAGS, operationFlags);
    }

    /**
     * Hands all new entries to the kernel.
     *
     * @param wait answers to wait for, 0 to go on at once
     * @return 0, or {@code -errno}; the entries not taken are handed over next time
     */
    int enter(LinuxSyscalls syscalls, int wait) {
        // The entries are complete before the kernel may see the tail.
        INT.setRelease(ring, (long) sqTailAt, tail);
        long result = syscalls.invoke(NR_ENTER, fd, tail - submitted, wait, ENTER_GETEVENTS, 0, 0);
        if (result < 0) {
            return (int) result;
        }
        submitted += (int) result;
        return 0;
    }

    /** Steps to the next answer; false when there is none yet. */
    boolean completed() {
        if (head == (int) INT.getAcquire(ring, (long) cqTailAt)) {
            return false;
        }
        long at = cqesAt + (long) CQE_SIZE * (head & cqMask);
        completedData = ring.get(ValueLayout.JAVA_LONG, at);
        completedResult = ring.get(ValueLayout.JAVA_INT, at + CQE_RESULT);
        // Read before the kernel may write the entry again.
        INT.setRelease(ring, (long) cqHeadAt, ++head);
        return true;
    }

    /** Which submission {@link #completed} has found. */
    long userData() {
        return completedData;
    }

    /** What came of it: the result of the operation, or {@code -errno}. */
    int result() {
        return completedResult;
    }

    /** Gives the rings back; what is in flight is cancelled. */
    void close(LinuxSyscalls syscalls) {
        syscalls.munmap(sqeAddress, sqeSize);
        syscalls.munmap(ringAddress, ringSize);
        syscalls.close(fd);
    }
}
