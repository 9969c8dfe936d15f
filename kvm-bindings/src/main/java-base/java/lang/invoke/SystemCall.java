package java.lang.invoke;

import java.util.function.LongUnaryOperator;
import jdk.internal.foreign.abi.ABIDescriptor;
import jdk.internal.foreign.abi.NativeEntryPoint;
import jdk.internal.foreign.abi.StubLocations;
import jdk.internal.foreign.abi.VMStorage;
import jdk.internal.foreign.abi.x64.X86_64Architecture;
import jdk.internal.foreign.abi.x64.X86_64Architecture.Regs;
import jdk.internal.foreign.abi.x64.X86_64Architecture.StorageType;
import jdk.internal.loader.BootLoader;
import jdk.internal.misc.Unsafe;

/**
 * {@code syscall(2)} of the C library by the lower half of the foreign-function API: the stub that {@link java.lang.foreign.Linker} makes for this shape of
 * a call, without the dozen classes that it writes around the stub at run time, which take a new JVM 25 ms.
 *
 * <p>This file is not compiled with its module: it is a class of java.base that jvmm brings along, as text in {@code SystemCallClass}; a test keeps the two
 * the same.
 */
final class SystemCall implements LongUnaryOperator {
    private static final Unsafe MEMORY = Unsafe.getUnsafe();
    private static final long FUNCTION = find("syscall");
    private static final Object STUB = stub();

    private SystemCall() {}

    /** @param at address of eight words: room for errno, the number of the call, six arguments */
    @Override
    public long applyAsLong(long at) {
        try {
            return (long) MethodHandle.linkToNative(FUNCTION, at, MEMORY.getLong(at + 8), MEMORY.getLong(at + 16), MEMORY.getLong(at + 24),
                    MEMORY.getLong(at + 32), MEMORY.getLong(at + 40), MEMORY.getLong(at + 48), MEMORY.getLong(at + 56), STUB);
        } catch (Throwable e) {
            throw new InternalError(e);
        }
    }

    /** In the libraries of java.base and, as dlsym(3) has it, in those that they need: the C library is among them. */
    private static long find(String name) {
        long address = BootLoader.getNativeLibraries().find(name);
        if (address == 0) {
            // None of them is loaded yet. This one is at hand: HotSpot reads jars with it.
            BootLoader.loadLibrary("zip");
            address = BootLoader.getNativeLibraries().find(name);
        }
        if (address == 0) {
            throw new UnsatisfiedLinkError(name);
        }
        return address;
    }

    /** System V ABI, AMD64 supplement §3.2.3: six words in registers, the seventh on the stack. */
    private static NativeEntryPoint stub() {
        VMStorage function = StubLocations.TARGET_ADDRESS.storage(StorageType.PLACEHOLDER);
        VMStorage errno = StubLocations.CAPTURED_STATE_BUFFER.storage(StorageType.PLACEHOLDER);
        VMStorage[] none = {};
        VMStorage[] words = { Regs.rdi, Regs.rsi, Regs.rdx, Regs.rcx, Regs.r8, Regs.r9 };
        VMStorage[] result = { Regs.rax };
        ABIDescriptor abi = new ABIDescriptor(X86_64Architecture.INSTANCE, new VMStorage[][] { words, none },
                new VMStorage[][] { result, none, none }, new VMStorage[][] { { Regs.r10, Regs.r11 }, none }, 16, 0, Regs.r10, Regs.r11,
                function, StubLocations.RETURN_BUFFER.storage(StorageType.PLACEHOLDER), errno);
        VMStorage[] arguments = { function, errno, Regs.rdi, Regs.rsi, Regs.rdx, Regs.rcx, Regs.r8, Regs.r9,
                X86_64Architecture.stackStorage((short) 8, 0) };
        Class<?>[] types = new Class<?>[arguments.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = long.class;
        }
        // The mask of errno alone (CapturableState).
        return NativeEntryPoint.make(abi, arguments, result, MethodType.methodType(long.class, types), false, 1 << 2, true, false);
    }
}
