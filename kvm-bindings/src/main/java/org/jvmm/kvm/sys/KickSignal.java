package org.jvmm.kvm.sys;

import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.NativeMemory;
import org.jvmm.kvm.abi.Sigaction;

/**
 * The signal that ends {@code KVM_RUN} in another thread. Its handler has nothing to do: the signal alone makes the call fail with EINTR. A Java upcall
 * as the handler would cost milliseconds at start and must not run in a signal anyway, so the handler is one RET instruction on a page of its own,
 * and the restorer that x86-64 demands (sigreturn(2)) is beside it.
 */
public final class KickSignal {
    /** A real-time signal that neither glibc (32, 33) nor HotSpot uses. */
    public static final int NUMBER = 50;

    private static final int SA_RESTORER = 0x0400_0000;
    private static final int PAGE = 4096;
    private static final int RESTORER = 16;
    // ret
    private static final byte[] HANDLER_CODE = { (byte) 0xC3 };
    // mov eax, 15 (rt_sigreturn); syscall
    private static final byte[] RESTORER_CODE = { (byte) 0xB8, 15, 0, 0, 0, 0x0F, 0x05 };

    private static boolean installed;

    private KickSignal() {}

    /** Installs the handler, once per process. Its page stays: a signal may be on its way at any time. */
    public static synchronized void install(LinuxSyscalls syscalls) {
        if (installed) {
            return;
        }
        long page = syscalls.mmap(0, PAGE, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE,
                LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS, -1, 0);
        NativeMemory.buffer(page, PAGE).put(0, HANDLER_CODE).put(RESTORER, RESTORER_CODE);
        syscalls.mprotect(page, PAGE, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_EXEC);
        StructBuffer action = StructBuffer.allocate(Sigaction.SIZE);
        Sigaction.saHandler(action.bytes(), 0, page);
        Sigaction.saFlags(action.bytes(), 0, SA_RESTORER);
        Sigaction.saRestorer(action.bytes(), 0, page + RESTORER);
        syscalls.sigaction(NUMBER, action.address(), 0);
        installed = true;
    }
}
