package org.jvmm.bench.cpu;

import java.util.HexFormat;

/**
 * Loops in 64-bit code, each made of what one kind of guest program does most. RCX (RBX in {@link #SYSTEM_CALL}) counts the iterations down; RSI and
 * RDI point at {@link BareMachine#SOURCE} and {@link BareMachine#TARGET}. Every iteration retires the same number of instructions.
 */
public enum GuestLoop {
    /** Registers only, as in hashing and arithmetic: moves, shifts, adds, a compare with a conditional move. */
    INTEGER(11, 0, """
            48 89 D8             mov rax, rbx
            48 C1 E0 05          shl rax, 5
            48 01 D8             add rax, rbx
            48 31 C8             xor rax, rcx
            48 89 C3             mov rbx, rax
            48 C1 E8 03          shr rax, 3
            48 8D 5C 03 01       lea rbx, [rbx+rax+1]
            48 39 D3             cmp rbx, rdx
            48 0F 42 DA          cmovb rbx, rdx
            48 FF C9             dec rcx
            75 DB                jnz start
            """),
    /** Branches that follow no pattern, as in parsers and interpreters. */
    BRANCH(8, 0, """
            48 69 DB 0D 66 19 00 imul rbx, rbx, 1664525
            48 81 C3 5F F3 6E 3C add rbx, 1013904223
            0F BA E3 10          bt ebx, 16
            72 06                jc taken
            48 83 C0 03          add rax, 3
            EB 05                jmp next
            48 83 E8 01          taken: sub rax, 1
            90                   nop
            48 FF C9             next: dec rcx
            75 DC                jnz start
            """),
    /** A copy loop over 32 KiB, eight bytes at a time. */
    COPY(6, 0, """
            48 8B 04 1E          mov rax, [rsi+rbx]
            48 89 04 1F          mov [rdi+rbx], rax
            48 83 C3 08          add rbx, 8
            81 E3 FF 7F 00 00    and ebx, 0x7fff
            48 FF C9             dec rcx
            75 E9                jnz start
            """),
    /** Another page at each load, all of 16 MiB in turn: more than a translation cache of reasonable size holds. */
    PAGES(5, 0, """
            48 03 04 1E          add rax, [rsi+rbx]
            48 81 C3 40 10 00 00 add rbx, 4096+64
            81 E3 FF FF FF 00    and ebx, 0xffffff
            48 FF C9             dec rcx
            75 EA                jnz start
            """),
    /** Call, return and the stack. */
    CALL(8, 0, """
            E8 10 00 00 00       call function
            48 FF C9             dec rcx
            75 F6                jnz start
            E6 80                out 0x80, al
            EB FE                jmp $
            CC CC CC CC CC CC CC int3
            53                   function: push rbx
            48 89 C3             mov rbx, rax
            48 8D 43 01          lea rax, [rbx+1]
            5B                   pop rbx
            C3                   ret
            """),
    /** SSE2: double arithmetic, packed integers, unaligned 16-byte load and store. */
    SSE(10, 0, """
            66 0F 28 D0          movapd xmm2, xmm0
            F2 0F 59 D1          mulsd xmm2, xmm1
            F2 0F 58 C2          addsd xmm0, xmm2
            66 0F FE DC          paddd xmm3, xmm4
            66 0F EF E3          pxor xmm4, xmm3
            F3 0F 6F 2E          movdqu xmm5, [rsi]
            66 0F 70 ED 1B       pshufd xmm5, xmm5, 0x1b
            F3 0F 7F 2F          movdqu [rdi], xmm5
            48 FF C9             dec rcx
            75 DA                jnz start
            """),
    /** From user to kernel mode and back. */
    SYSTEM_CALL(4, 15, """
            0F 05                syscall
            48 FF CB             dec rbx
            75 F9                jnz start
            E6 80                out 0x80, al
            EB FE                jmp $
            CC CC CC CC          int3
            48 0F 07             handler: sysretq
            """);

    private final int instructions;
    private final int handler;
    private final byte[] code;

    GuestLoop(int instructions, int handler, String listing) {
        this.instructions = instructions;
        this.handler = handler;
        this.code = assemble(listing);
    }

    /** Takes the columns of bytes from a listing, and adds the way out: a port write that {@link BareMachine} answers by leaving. */
    private static byte[] assemble(String listing) {
        StringBuilder hex = new StringBuilder();
        for (String line : listing.split("\n")) {
            hex.append(line, 0, 21);
        }
        return HexFormat.of().parseHex(hex.append("E680EBFE").toString().replace(" ", ""));
    }

    /** Instructions that one iteration retires. */
    public int instructions() {
        return instructions;
    }

    /** Offset of the system-call handler in the code, or 0. */
    public int handler() {
        return handler;
    }

    /** The machine code: the loop from its first byte on, and the way out. */
    public byte[] code() {
        return code.clone();
    }
}
