package org.jvmm.core.testing;

import java.util.HexFormat;

/**
 * Guest code of the contract suite as bytes, with its source (GNU as, Intel syntax). Every snippet that ends writes to {@link #DONE_PORT} and then
 * jumps to itself.
 */
final class Snippets {
    /** A write tells that the snippet has ended. */
    static final int DONE_PORT = 0xF0;

    /**
     * Real mode: arithmetic, a store through DS, a call and a loop.
     *
     * <pre>{@code
     * mov ax, 0x1234
     * mov bx, 0x4321
     * add ax, bx
     * mov cx, 5
     * xor dx, dx
     * 2: add dx, cx
     * loop 2b
     * push ax
     * call 3f
     * pop si
     * mov [0x200], dx
     * mov di, [0x200]
     * out 0xF0, al
     * 1: jmp 1b
     * 3: mov bp, 0x77
     * ret
     * }</pre>
     */
    static final byte[] REAL_MODE = bytes("b83412bb214301d8b9050031d201cae2fc50e80d005e891600028b3e0002e6f0ebfebd7700c3");

    /**
     * 32-bit protected mode: arithmetic, stack, string store.
     *
     * <pre>{@code
     * mov eax, 0xFFFFFFFF
     * add eax, 2
     * adc ebx, 0x10
     * mov ecx, 100
     * mov edi, 0x30000
     * mov eax, 0xA5A5A5A5
     * cld
     * rep stosd
     * mov esi, [0x30000 + 99 * 4]
     * push esi
     * pop edx
     * imul ebp, ecx, 3
     * lea ebp, [ebx + ebx * 4 + 7]
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] PROTECTED_MODE = bytes(
            "b8ffffffff83c00283d310b964000000bf00000300b8a5a5a5a5fcf3ab8b358c010300565a6be9038d6c9b07e6f0ebfe");

    /**
     * 64-bit arithmetic; the flags of the last subtraction are in R15.
     *
     * <pre>{@code
     * movabs rax, 0x123456789ABCDEF0
     * mov rbx, rax
     * imul rbx, rbx, 17
     * mov rcx, rax
     * bswap rcx
     * mov rdx, rax
     * rol rdx, 13
     * mov rsi, -5
     * mov rdi, 3
     * mov r8, rsi
     * sar r8, 1
     * lea r9, [rax + rbx * 2 + 9]
     * mov r10, rax
     * and r10, 0xFF
     * movzx r11d, al
     * movsx r12, al
     * xor r13d, r13d
     * bsf r13, rax
     * mov r14, 100
     * xadd r14, rdi
     * cmp rsi, rdi
     * pushfq
     * pop r15
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] LONG_MODE = bytes(
            "48b8f0debc9a785634124889c3486bdb114889c1480fc94889c248c1c20d48c7c6fbffffff48c7c7030000004989f049d1f84c8d4c580949"
                    + "89c24981e2ff000000440fb6d84c0fbee04531ed4c0fbce849c7c664000000490fc1fe4839fe9c415fe6f0ebfe");

    /**
     * Stores of 1, 2, 4 and 8 bytes to the device at RBX, then loads of all sizes from it.
     *
     * <pre>{@code
     * movabs rax, 0x1122334455667788
     * mov [rbx], al
     * mov [rbx + 2], ax
     * mov [rbx + 4], eax
     * mov [rbx + 8], rax
     * xor ecx, ecx
     * mov cl, [rbx + 0x10]
     * movzx edx, word ptr [rbx + 0x12]
     * mov esi, [rbx + 0x14]
     * mov rdi, [rbx + 0x18]
     * movzx r8d, byte ptr [rbx + 0x21]
     * movsx r9, dword ptr [rbx + 0x24]
     * add dword ptr [rbx + 0x28], 3
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] MMIO = bytes(
            "48b888776655443322118803668943028943044889430831c98a4b100fb753128b7314488b7b18440fb643214c634b2483432803e6f0ebfe");

    /**
     * Ports of all sizes, by immediate and by DX.
     *
     * <pre>{@code
     * mov eax, 0x89ABCDEF
     * mov dx, 0x510
     * out dx, al
     * out dx, ax
     * out dx, eax
     * out 0xF1, al
     * xor eax, eax
     * in al, dx
     * mov ebx, eax
     * xor eax, eax
     * in ax, dx
     * mov ecx, eax
     * in eax, dx
     * mov esi, eax
     * xor eax, eax
     * in al, 0xF1
     * mov edi, eax
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] PIO = bytes("b8efcdab8966ba1005ee66efefe6f131c0ec89c331c066ed89c1ed89c631c0e4f189c7e6f0ebfe");

    /**
     * REP OUTS and REP INS of 1, 2 and 4 bytes: 5 bytes, 3 words and 2 double words each.
     *
     * <pre>{@code
     * cld
     * mov dx, 0x510
     * mov esi, 0x30000
     * mov ecx, 5
     * rep outsb
     * mov ecx, 3
     * rep outsw
     * mov ecx, 2
     * rep outsd
     * mov edi, 0x30100
     * mov ecx, 5
     * rep insb
     * mov ecx, 3
     * rep insw
     * mov ecx, 2
     * rep insd
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] STRING_IO = bytes(
            "fc66ba1005be00000300b905000000f36eb90300000066f36fb902000000f36fbf00010300b905000000f36cb90300000066f36db9020000"
                    + "00f36de6f0ebfe");

    /**
     * A store through an alias of a page, then a fault that the handler at PAGE_FAULT_HANDLER mends by leaving RIP at R12.
     *
     * <pre>{@code
     * movabs rbx, 0x8000001000
     * mov qword ptr [rbx], 0x5A5A
     * mov rcx, [0x30000]
     * movabs rbx, 0x8000200000
     * lea r12, [rip + 2f]
     * mov dword ptr [rbx + 0x10], 1
     * mov r11d, 1
     * 2: nop
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] PAGE_FAULT = bytes(
            "48bb001000008000000048c7035a5a0000488b0c250000030048bb00002000800000004c8d250d000000c743100100000041bb0100000090"
                    + "e6f0ebfe");

    /**
     * Error code to RAX, CR2 to RDX, return to R12.
     *
     * <pre>{@code
     * pop rax
     * mov rdx, cr2
     * mov [rsp], r12
     * iretq
     * }</pre>
     */
    static final byte[] PAGE_FAULT_HANDLER = bytes("580f20d24c89242448cf");

    /**
     * Turns the local APIC on, tells the host that it is ready (port 0xF2), and sleeps until the handler has counted RBX up to R12.
     *
     * <pre>{@code
     * mov eax, 0xFEE000F0
     * mov dword ptr [rax], 0x1FF
     * xor ebx, ebx
     * sti
     * out 0xF2, al
     * 2: cli
     * cmp ebx, r12d
     * jae 3f
     * sti
     * hlt
     * jmp 2b
     * 3: cli
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] INTERRUPT = bytes("b8f000e0fec700ff01000031dbfbe6f2fa4439e37304fbf4ebf6fae6f0ebfe");

    /**
     * Counts, tells the vector's port 0xF3, ends the interrupt.
     *
     * <pre>{@code
     * inc ebx
     * push rax
     * out 0xF3, al
     * mov eax, 0xFEE000B0
     * mov dword ptr [rax], 0
     * pop rax
     * iretq
     * }</pre>
     */
    static final byte[] INTERRUPT_HANDLER = bytes("ffc350e6f3b8b000e0fec700000000005848cf");

    /**
     * Masks the PICs, to which the lines go as well, and programs I/O APIC pin 5: vector 0x35, edge, to CPU 0.
     *
     * <pre>{@code
     * mov al, 0xFF
     * out 0x21, al
     * out 0xA1, al
     * mov eax, 0xFEC00000
     * mov dword ptr [rax], 0x1B
     * mov dword ptr [rax + 0x10], 0
     * mov dword ptr [rax], 0x1A
     * mov dword ptr [rax + 0x10], 0x35
     * }</pre>
     */
    static final byte[] IOAPIC_PIN = bytes("b0ffe621e6a1b80000c0fec7001b000000c7401000000000c7001a000000c7401035000000");

    /**
     * Counts RAX up for ever.
     *
     * <pre>{@code
     * 1: inc rax
     * jmp 1b
     * }</pre>
     */
    static final byte[] SPIN = bytes("48ffc0ebfb");

    /**
     * Writes KERNEL_GS_BASE and reads it back to RBX; reads LSTAR, which the host has set, to RCX.
     *
     * <pre>{@code
     * mov ecx, 0xC0000102
     * mov eax, 0x9ABCDEF0
     * mov edx, 0x00001234
     * wrmsr
     * xor eax, eax
     * xor edx, edx
     * rdmsr
     * shl rdx, 32
     * or rax, rdx
     * mov rbx, rax
     * mov ecx, 0xC0000082
     * rdmsr
     * shl rdx, 32
     * or rax, rdx
     * mov rcx, rax
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] MSRS = bytes(
            "b9020100c0b8f0debc9aba341200000f3031c031d20f3248c1e2204809d04889c3b9820000c00f3248c1e2204809d04889c1e6f0ebfe");

    /**
     * Leaf 0 EAX to RSI, leaf 1 EBX to RDI and ECX to R8, leaf 0x80000001 EDX to R9, leaf 0x40000000 EAX to R10.
     *
     * <pre>{@code
     * xor eax, eax
     * cpuid
     * mov esi, eax
     * mov eax, 1
     * xor ecx, ecx
     * cpuid
     * mov edi, ebx
     * mov r8d, ecx
     * mov eax, 0x80000001
     * cpuid
     * mov r9d, edx
     * mov eax, 0x40000000
     * cpuid
     * mov r10d, eax
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] CPUID = bytes("31c00fa289c6b80100000031c90fa289df4189c8b8010000800fa24189d1b8000000400fa24189c2e6f0ebfe");

    /**
     * INIT, start-up IPI with vector 7 to APIC 1; waits for the flag at 0x30000 and copies it to RBX; then a fixed IPI 0x40 to it, and waits for the second flag.
     *
     * <pre>{@code
     * mov eax, 0xFEE000F0
     * mov dword ptr [rax], 0x1FF
     * mov edi, 0xFEE00300
     * mov dword ptr [rdi + 0x10], 0x01000000
     * mov dword ptr [rdi], 0x4500
     * mov dword ptr [rdi + 0x10], 0x01000000
     * mov dword ptr [rdi], 0x4607
     * 2: pause
     * mov rbx, [0x30000]
     * test rbx, rbx
     * jz 2b
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] START_SECOND = bytes(
            "b8f000e0fec700ff010000bf0003e0fec7471000000001c70700450000c7471000000001c70707460000f390488b1c25000003004885db74"
                    + "f1e6f0ebfe");

    /**
     * The second CPU: stores its APIC id + 0x100 where the first waits, and sleeps.
     *
     * <pre>{@code
     * cli
     * mov ax, 0x3000
     * mov ds, ax
     * mov eax, 1
     * cpuid
     * shr ebx, 24
     * add bx, 0x100
     * mov [0], bx
     * 1: hlt
     * jmp 1b
     * }</pre>
     */
    static final byte[] SECOND = bytes("fab800308ed866b8010000000fa266c1eb1881c30001891e0000f4ebfd");

    /**
     * Rewrites the immediate of an instruction ahead, ten times; RBX becomes 0 + 1 + ... + 9.
     *
     * <pre>{@code
     * xor ebx, ebx
     * xor ecx, ecx
     * 2: mov [rip + 3f + 1], ecx
     * jmp 4f
     * 4:
     * 3: .byte 0xB8, 0, 0, 0, 0
     * add ebx, eax
     * inc ecx
     * cmp ecx, 10
     * jb 2b
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] SELF_MODIFYING = bytes("31db31c9890d03000000eb00b80000000001c3ffc183f90a72eae6f0ebfe");

    /**
     * An undefined instruction with an empty interrupt table.
     *
     * <pre>{@code
     * ud2
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] TRIPLE_FAULT = bytes("0f0be6f0ebfe");

    /**
     * Stores to pages 0x40, 0x41 and 0x80 and reads page 0x90.
     *
     * <pre>{@code
     * mov dword ptr [0x40010], 1
     * mov dword ptr [0x41FFC], 2
     * mov byte ptr [0x80000], 3
     * mov eax, [0x90000]
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] DIRTY = bytes("c704251000040001000000c70425fc1f040002000000c6042500000800038b042500000900e6f0ebfe");

    /**
     * Adds 1 to R12 to RBX; tells port 0xF4 after each.
     *
     * <pre>{@code
     * xor ecx, ecx
     * 2: inc rcx
     * add rbx, rcx
     * out 0xF4, al
     * cmp rcx, r12
     * jb 2b
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] COUNT_TO = bytes("31c948ffc14801cbe6f44c39e172f3e6f0ebfe");

    /**
     * Copies XMM3 through memory to XMM4.
     *
     * <pre>{@code
     * mov eax, 0x30040
     * movdqu [rax], xmm3
     * movdqu xmm4, [rax]
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    static final byte[] SSE_MOVE = bytes("b840000300f30f7f18f30f6f20e6f0ebfe");

    private Snippets() {}

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }
}
