package org.jvmm.kvm.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.function.LongUnaryOperator;
import jdk.internal.misc.Unsafe;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * System calls through the foreign-function API's stub alone ({@code java.lang.invoke.SystemCall}, in {@code src/main/java-base}): the same machine code as
 * {@link FfmSyscalls} runs, but there after one millisecond instead of 25, which a start notices. It is at home in one JDK; where that is another, or
 * {@code --add-exports=java.base/jdk.internal.misc} was not given, it is not {@linkplain #available available}, and the linker does the same more slowly.
 */
public final class DirectSyscalls implements LinuxSyscalls {
    private static final int NUMBER = 8;
    private static final int ARGUMENTS = 16;
    private static final int SIZE = 64;
    private static final LongUnaryOperator CALL = define();

    private final StructBuffer block = StructBuffer.allocate(SIZE);
    private final ByteBuffer words = block.bytes();
    private final long address = block.address();

    /** An instance for the calling thread; only if {@link #available}. */
    public DirectSyscalls() {
        assert available();
    }

    /** Whether this JVM has what it takes. */
    public static boolean available() {
        return CALL != null;
    }

    private static LongUnaryOperator define() {
        try {
            byte[] bytes = SystemCallClass.bytes();
            Unsafe unsafe = Unsafe.getUnsafe();
            // No class loader: that of java.base.
            Class<?> type = unsafe.defineClass(SystemCallClass.NAME, bytes, 0, bytes.length, null, null);
            unsafe.ensureClassInitialized(type);
            LongUnaryOperator call = (LongUnaryOperator) unsafe.allocateInstance(type);
            return call;
        } catch (LinkageError | InstantiationException e) {
            // Not exported, another JDK, or a second copy of jvmm in this JVM: the linker works everywhere.
            return null;
        }
    }

    @Override
    public long invoke(long number, long a, long b, long c, long d, long e, long f) {
        words.putLong(NUMBER, number);
        words.putLong(ARGUMENTS, a);
        words.putLong(ARGUMENTS + 8, b);
        words.putLong(ARGUMENTS + 16, c);
        words.putLong(ARGUMENTS + 24, d);
        words.putLong(ARGUMENTS + 32, e);
        words.putLong(ARGUMENTS + 40, f);
        try {
            long result = CALL.applyAsLong(address);
            // syscall(2): -1 and errno on failure; no call made here returns -1 as a value.
            return result == -1 ? -words.getInt(0) : result;
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
