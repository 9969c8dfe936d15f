package org.jvmm.kvm.sys;

import com.sun.jna.Native;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * System calls through JNA's direct mapping, for hosts where the foreign-function API cannot be had. JNA is an optional dependency; this class is
 * touched only when {@link NativeBinding} was told to use it, for loading JNA takes about 100 ms.
 */
final class JnaSyscalls implements LinuxSyscalls {
    static {
        Native.register(JnaSyscalls.class, "c");
    }

    JnaSyscalls() {}

    // syscall(2) is variadic; on x86-64 its longs travel as those of any function.
    private static native long syscall(long number, long a, long b, long c, long d, long e, long f);

    @Override
    public long invoke(long number, long a, long b, long c, long d, long e, long f) {
        long result = syscall(number, a, b, c, d, e, f);
        return result == -1 ? -Native.getLastError() : result;
    }
}
