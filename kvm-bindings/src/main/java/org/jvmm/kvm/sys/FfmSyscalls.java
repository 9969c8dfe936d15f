package org.jvmm.kvm.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * System calls through the foreign-function API: the only class that links native code. Every further shape of a downcall would cost
 * milliseconds at start, so there is exactly one: {@code syscall(2)} with seven longs in, one out, and errno caught.
 */
public final class FfmSyscalls implements LinuxSyscalls {
    private static final MethodHandle SYSCALL;
    private static final RuntimeException FAILURE;

    static {
        MethodHandle handle = null;
        RuntimeException failure = null;
        try {
            handle = link();
        } catch (IllegalCallerException e) {
            // Enable-Native-Access, JEP 472: kept as a value, so that the caller gets a sentence instead of ExceptionInInitializerError.
            failure = e;
        }
        SYSCALL = handle;
        FAILURE = failure;
    }

    // The capture state is a struct of one int on Linux (Linker.Option.captureStateLayout), so errno lies at offset 0.
    private final MemorySegment captured = Arena.ofAuto().allocate(ValueLayout.JAVA_INT);

    /**
     * An instance for the calling thread; cheap after the first.
     *
     * @throws NativeAccessException when the JVM was started without native access for this module
     */
    public FfmSyscalls() {
        if (FAILURE != null) {
            throw new NativeAccessException("Native access is off: start java with --enable-native-access=org.jvmm.kvm", FAILURE);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link() {
        Linker linker = Linker.nativeLinker();
        ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
        return linker.downcallHandle(linker.defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(word, word, word, word, word, word, word, word), Linker.Option.captureCallState("errno"));
    }

    @Override
    public long invoke(long number, long a, long b, long c, long d, long e, long f) {
        try {
            long result = (long) SYSCALL.invokeExact(captured, number, a, b, c, d, e, f);
            // syscall(2): -1 and errno on failure; no call made here returns -1 as a value.
            return result == -1 ? -captured.get(ValueLayout.JAVA_INT, 0) : result;
        } catch (Throwable t) {
            throw new AssertionError("syscall downcall", t);
        }
    }
}
