package org.jvmm.kvm.sys;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.core.host.AlignedMemory;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.NativeMemory;
import org.jvmm.kvm.abi.Sigaction;

/**
 * Keeps this process alive when a page of a mapped file cannot be had: an access behind the end of a file that was shortened, a full disk, a read error. The kernel
 * answers those with SIGBUS (mmap(2)), and HotSpot goes on behind the access with an error at some later point, which no CPU emulation could repair. For memory that
 * is guarded the signal's handler puts zeros in place of the page, and the access is made again.
 *
 * <p>A signal must not run Java, so the handler is machine code on a page of its own, as {@link KickSignal}'s. Signals about other memory go to the handler that was
 * there before, HotSpot's.
 */
public final class BusErrorGuard implements AutoCloseable {
    /** Guarded memory is made of pieces of this size and alignment. */
    public static final long PIECE = AlignedMemory.ALIGNMENT;

    private static final int SIGBUS = 7;
    private static final int PAGE = 4096;
    /** Ranges that may be guarded at the same time. */
    private static final int ENTRIES = 64;
    // An entry: first address, first address behind, pages replaced. Free when the second is 0.
    private static final int START = 0;
    private static final int END = 8;
    private static final int REPLACED = 16;
    private static final int ENTRY = 24;
    /**
     * So many pages are replaced one by one between two calls of {@link #take}; then the rest of the piece goes at once, since each page alone is a mapping of its own,
     * of which a process has 65,530 (vm.max_map_count) and HotSpot needs some.
     */
    private static final int SINGLY = 4096;

    private static MemorySegment table;

    private final MemorySegment entry;

    private BusErrorGuard(MemorySegment entry) {
        this.entry = entry;
    }

    /**
     * Guards memory until {@link #close}.
     *
     * @param start host address, a multiple of {@link #PIECE}; mapped readable and writable
     * @param size bytes, a multiple of {@link #PIECE}
     * @throws IllegalStateException when too much is guarded already
     */
    public static synchronized BusErrorGuard protect(LinuxSyscalls syscalls, long start, long size) {
        if (start <= 0 || size <= 0 || (start | size) % PIECE != 0) {
            throw new IllegalArgumentException("Guarded memory is not made of pieces of 2 MiB: 0x" + Long.toHexString(start) + "+" + size);
        }
        if (table == null) {
            table = install(syscalls);
        }
        for (int i = 0; i < ENTRIES; i++) {
            MemorySegment entry = table.asSlice((long) i * ENTRY, ENTRY);
            if (entry.get(ValueLayout.JAVA_LONG, END) == 0) {
                entry.set(ValueLayout.JAVA_LONG, START, start);
                entry.set(ValueLayout.JAVA_LONG, REPLACED, 0);
                // The handler may read the entry at any time: it counts from here on.
                VarHandle.releaseFence();
                entry.set(ValueLayout.JAVA_LONG, END, start + size);
                return new BusErrorGuard(entry);
            }
        }
        throw new IllegalStateException(ENTRIES + " ranges are guarded already");
    }

    /** How often memory was replaced since the last call. */
    public long take() {
        return (long) ValueLayout.JAVA_LONG.varHandle().getAndSet(entry, (long) REPLACED, 0L);
    }

    /** Guards no more; before the memory is unmapped. */
    @Override
    public void close() {
        entry.set(ValueLayout.JAVA_LONG, END, 0);
        VarHandle.fullFence();
    }

    /** A page of code and one of entries, which stay. */
    private static MemorySegment install(LinuxSyscalls syscalls) {
        StructBuffer action = StructBuffer.allocate(Sigaction.SIZE);
        syscalls.sigaction(SIGBUS, 0, action.address());
        long before = Sigaction.saHandler(action.bytes(), 0);
        if (before == 0 || before == 1) {
            throw new IllegalStateException("The Java virtual machine has no handler of SIGBUS");
        }
        long page = syscalls.mmap(0, 2 * PAGE, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE,
                LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS, -1, 0);
        byte[] code = code(page + PAGE, before);
        MemorySegment memory = NativeMemory.segment(page, 2 * PAGE);
        MemorySegment.copy(code, 0, memory, ValueLayout.JAVA_BYTE, 0, code.length);
        syscalls.mprotect(page, PAGE, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_EXEC);
        // Flags, mask and restorer stay HotSpot's: it takes three arguments (SA_SIGINFO) as this one does.
        Sigaction.saHandler(action.bytes(), 0, page);
        syscalls.sigaction(SIGBUS, action.address(), 0);
        return memory.asSlice(PAGE, (long) ENTRIES * ENTRY);
    }

    /** {@code void handler(int signal, siginfo_t *info, void *context)} in RDI, RSI, RDX; the caller saves what a function may change. */
    private static byte[] code(long entries, long before) {
        ByteBuffer code = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        put(code, 0x83, 0x7E, 0x08, 0x02); //          cmp dword [rsi+8], BUS_ADRERR   (siginfo.si_code)
        put(code, 0x75, 0x26); //                      jne other                       (a failed memory module, say)
        put(code, 0x48, 0x8B, 0x46, 0x10); //          mov rax, [rsi+16]               (siginfo.si_addr)
        put(code, 0x49, 0xB8).putLong(entries); //     mov r8, entries
        put(code, 0xB9).putInt(ENTRIES); //            mov ecx, ENTRIES
        // each:
        put(code, 0x49, 0x3B, 0x00); //                cmp rax, [r8+START]
        put(code, 0x72, 0x06); //                      jb next
        put(code, 0x49, 0x3B, 0x40, END); //           cmp rax, [r8+END]
        put(code, 0x72, 0x15); //                      jb ours
        // next:
        put(code, 0x49, 0x83, 0xC0, ENTRY); //         add r8, ENTRY
        put(code, 0xFF, 0xC9); //                      dec ecx
        put(code, 0x75, 0xED); //                      jnz each
        // other:
        int other = code.position();
        put(code, 0x49, 0xBB).putLong(before); //      mov r11, before
        put(code, 0x41, 0xFF, 0xE3); //                jmp r11
        // ours:
        put(code, 0x57, 0x56, 0x52); //                push rdi, rsi, rdx
        put(code, 0xF0, 0x49, 0xFF, 0x40, REPLACED); // lock inc qword [r8+REPLACED]
        put(code, 0x48, 0x25).putInt(-PAGE); //        and rax, -PAGE
        put(code, 0x48, 0x89, 0xC7); //                mov rdi, rax
        put(code, 0xBE).putInt(PAGE); //               mov esi, PAGE
        put(code, 0x49, 0x81, 0x78, REPLACED).putInt(SINGLY); // cmp qword [r8+REPLACED], SINGLY
        put(code, 0x76, 0x10); //                      jbe map
        put(code, 0x48, 0x89, 0xFE); //                mov rsi, rdi
        put(code, 0x48, 0x81, 0xCE).putInt((int) PIECE - 1); // or rsi, PIECE-1
        put(code, 0x48, 0xFF, 0xC6); //                inc rsi
        put(code, 0x48, 0x29, 0xFE); //                sub rsi, rdi                    (up to the end of the piece)
        // map:
        put(code, 0xBA).putInt(LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE); // mov edx, protection
        put(code, 0x41, 0xBA).putInt(LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS | LinuxSyscalls.MAP_FIXED
                | LinuxSyscalls.MAP_NORESERVE); //     mov r10d, flags
        put(code, 0x49, 0xC7, 0xC0).putInt(-1); //     mov r8, -1
        put(code, 0x45, 0x31, 0xC9); //                xor r9d, r9d
        put(code, 0xB8).putInt(LinuxSyscalls.NR_MMAP); // mov eax, mmap
        put(code, 0x0F, 0x05); //                      syscall
        put(code, 0x5A, 0x5E, 0x5F); //                pop rdx, rsi, rdi
        put(code, 0x48, 0x3D).putInt(-PAGE); //        cmp rax, -PAGE                  (errors are above)
        put(code, 0x77, other - (code.position() + 2)); // ja other
        put(code, 0xC3); //                            ret                             (the access is made again)
        byte[] bytes = new byte[code.position()];
        code.get(0, bytes);
        return bytes;
    }

    private static ByteBuffer put(ByteBuffer code, int... bytes) {
        for (int value : bytes) {
            code.put((byte) value);
        }
        return code;
    }
}
