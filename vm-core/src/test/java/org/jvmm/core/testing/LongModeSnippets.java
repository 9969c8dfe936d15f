package org.jvmm.core.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;

/**
 * A guest in 64-bit mode for snippets: a page table of 2 MiB mapped to itself, segments of both rings, and a handler for every vector that takes the frame apart
 * and ends the run.
 */
abstract class LongModeSnippets extends SystemSnippets {
    /** Vectors. */
    static final int DB = 1;
    static final int BP = 3;
    static final int UD = 6;
    static final int NM = 7;
    static final int DF = 8;
    static final int NP = 11;
    static final int SS = 12;
    static final int GP = 13;
    static final int PF = 14;
    static final int AC = 17;

    static final long PML4 = 0x100000;
    static final long PDPT = 0x101000;
    static final long PD = 0x102000;
    static final long PT = 0x103000;
    static final long GDT = 0x104000;
    static final long TSS = 0x105000;
    static final long HANDLERS = 0x106000;
    static final long IDT = 0x108000;
    static final long KERNEL = 0x110000;
    static final long USER = 0x120000;
    static final long PAGE = 0x130000;
    static final long STACK = 0x141000;
    static final long INTERRUPT_STACK = 0x151000;
    static final long IST1 = 0x161000;
    static final long USER_STACK = 0x171000;

    static final int PRESENT = 1;
    static final int WRITABLE = 2;
    static final int USER_BIT = 4;
    static final int ACCESSED = 0x20;
    static final int DIRTY = 0x40;
    static final int LARGE = 0x80;
    static final long NX = Long.MIN_VALUE;
    static final int R10 = 10;
    static final int NONE = 0xFFFF;

    static final long WP = 0x10000;
    static final long AM = 0x40000;
    static final long DE = 8;
    static final long PGE = 0x80;
    static final long UMIP = 0x800;
    static final long PCIDE = 0x20000;
    static final long SMEP = 0x100000;
    static final long SMAP = 0x200000;

    /** Control registers that the next run starts with. */
    long cr0;
    long cr4;
    long efer;

    @BeforeEach
    void setUp() {
        cr0 = 0x8000_0033L | WP;
        cr4 = 0x620;
        efer = 0xD01;
        machine.memory.write64(PML4, PDPT | 7);
        machine.memory.write64(PDPT, PD | 7);
        machine.memory.write64(PD, PT | 7);
        for (int i = 0; i < 512; i++) {
            page((long) i << 12, PRESENT | WRITABLE);
        }
        descriptor(0x08, 0x00AF9B000000FFFFL);
        descriptor(0x10, 0x00CF93000000FFFFL);
        descriptor(0x18, 0x00CF9B000000FFFFL);
        descriptor(0x20, 0x00CFFB000000FFFFL);
        descriptor(0x28, 0x00CFF3000000FFFFL);
        descriptor(0x30, 0x00AFFB000000FFFFL);
        // A data segment that is not present, and a read-only one.
        descriptor(0x48, 0x00CF13000000FFFFL);
        descriptor(0x50, 0x00CF91000000FFFFL);
        machine.memory.write64(TSS + 4, INTERRUPT_STACK);
        machine.memory.write64(TSS + 0x24, IST1);
        machine.memory.write16(TSS + 0x66, 0x68);
        for (int vector = 0; vector < 32; vector++) {
            handler(vector);
            gate(vector, 0x8E, 0);
        }
    }

    void page(long address, long flags) {
        entry(address, address | flags);
    }

    void entry(long address, long value) {
        machine.memory.write64(PT + (address >> 12) * 8, value);
    }

    long entry(long address) {
        return machine.memory.read64(PT + (address >> 12) * 8);
    }

    void descriptor(int selector, long value) {
        machine.memory.write64(GDT + selector, value);
    }

    void gate(int vector, int access, int ist) {
        long at = HANDLERS + vector * 128L;
        machine.memory.write64(IDT + vector * 16L, at & 0xFFFF | 8L << 16 | (long) ist << 32 | (long) access << 40 | at >>> 16 << 48);
        machine.memory.write64(IDT + vector * 16L + 8, 0);
    }

    /** RAX error code (-1: none), RBX to RDI the frame, RBP CR2, R8 DR6, R9 the vector. The debug registers are cleared. */
    private void handler(int vector) {
        boolean hasError = vector == DF || vector >= 10 && vector <= PF || vector == AC;
        byte[] code = hasError
                // pop rax; mov rbx,[rsp]; mov rcx,[rsp+8]; mov rdx,[rsp+16]; mov rsi,[rsp+24]; mov rdi,[rsp+32]; mov rbp,cr2; mov r8,dr6; xor r13d,r13d;
                // mov dr7,r13; mov r13d,0xFFFF0FF0; mov dr6,r13; mov r9d,0x99; out 0xF0,al; jmp $
                ? hex("58488b1c24488b4c2408488b542410488b742418488b7c24200f20d5410f21f04531ed410f23fd41bdf00fffff410f23f541b999000000e6f0ebfe")
                // mov eax,-1; mov rbx,[rsp]; mov rcx,[rsp+8]; mov rdx,[rsp+16]; mov rsi,[rsp+24]; mov rdi,[rsp+32]; mov rbp,cr2; mov r8,dr6;
                // xor r13d,r13d; mov dr7,r13; mov r13d,0xFFFF0FF0; mov dr6,r13; mov r9d,0x99; out 0xF0,al; jmp $
                : hex("b8ffffffff488b1c24488b4c2408488b542410488b742418488b7c24200f20d5410f21f04531ed410f23fd41bdf00fffff410f23f541b999000000e6f0ebfe");
        for (int i = 0; i < code.length; i++) {
            if (code[i] == (byte) 0x99) {
                code[i] = (byte) vector;
            }
        }
        machine.memory.write(HANDLERS + vector * 128L, code);
    }

    private void sregs(boolean user) {
        X86Sregs s = new X86Sregs();
        machine.vcpu().getSregs(s);
        for (int i = 0; i < 6; i++) {
            boolean code = i == X86Sregs.CS;
            int selector = code ? user ? 0x33 : 8 : user ? 0x2B : 0x10;
            s.segments[i].set(selector, 0, -1, (code ? 0xA09B : 0xC093) | (user ? 0x60 : 0));
        }
        s.tr.set(0x38, TSS, 0x8F, 0x8B);
        s.ldt.set(0x58, PAGE, 0xF, 0x82);
        s.gdtBase = GDT;
        s.gdtLimit = 0x57;
        s.idtBase = IDT;
        s.idtLimit = 0x1FF;
        s.cr0 = cr0;
        s.cr2 = 0;
        s.cr3 = PML4;
        s.cr4 = cr4;
        s.efer = efer;
        machine.vcpu().setSregs(s);
    }

    void run(byte[] code, boolean user, long flags) {
        long at = user ? USER : KERNEL;
        machine.memory.write(at, code);
        if (user) {
            page(USER, 7);
            page(USER_STACK - 4096, 7);
        }
        sregs(user);
        X86Regs regs = new X86Regs();
        regs.rip = at;
        regs.rflags = flags;
        regs.gpr[X86Regs.RSP] = user ? USER_STACK : STACK;
        regs.gpr[9] = NONE;
        regs.gpr[12] = PAGE;
        end = machine.finish(regs);
    }

    /** Runs code in ring 0 with R12 naming a free page. */
    void kernel(byte[] code) {
        run(code, false, 2);
    }

    /** Runs code in ring 3 on its own page, R12 naming a page that belongs to the kernel. */
    void user(byte[] code) {
        run(code, true, 2);
    }

    void expectNone() {
        assertThat(end.gpr[9]).as("vector (error code 0x%x, CR2 0x%x)", end.gpr[0], end.gpr[5]).isEqualTo(NONE);
    }

    void expect(int vector, long error) {
        assertThat(end.gpr[9]).as("vector (error code 0x%x, at 0x%x)", end.gpr[0], end.gpr[3]).isEqualTo(vector);
        assertThat(end.gpr[0]).as("error code").isEqualTo(error & (error < 0 ? 0xFFFF_FFFFL : -1));
        assertThat(end.gpr[3]).as("address").isEqualTo(end.gpr[R10]);
    }

    void expectPageFault(long error, long address) {
        expect(PF, error);
        assertThat(end.gpr[5]).as("CR2").isEqualTo(address);
    }

    void expectDebug(long dr6) {
        expect(DB, -1);
        assertThat(end.gpr[8]).as("DR6").isEqualTo(0xFFFF0FF0L | dr6);
    }
}
