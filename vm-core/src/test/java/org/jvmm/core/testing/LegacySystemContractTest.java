package org.jvmm.core.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;

/**
 * What every engine's processor does outside long mode: interrupts of real and of 16- and 32-bit protected mode, segments with their types and limits, 32-bit
 * and PAE paging. Every vector's handler only ends the run, so that its address tells the vector, and the frame lies on its stack.
 */
@Timeout(60)
public abstract class LegacySystemContractTest extends SystemSnippets {
    private static final int UD = 6;
    private static final int TS = 10;
    private static final int NP = 11;
    private static final int SS = 12;
    private static final int GP = 13;
    private static final int PF = 14;

    private static final long GDT = 0x104000;
    private static final long TSS = 0x105000;
    private static final long HANDLERS = 0x9000;
    private static final long IDT = 0x108000;
    private static final long CODE = 0x110000;
    private static final long USER_CODE = 0x120000;
    private static final long PAGE = 0x130000;
    private static final long STACK = 0x141000;
    private static final long INNER_STACK = 0x151000;
    private static final long USER_STACK = 0x171000;
    private static final long DIRECTORY = 0x180000;
    private static final long TABLE = 0x181000;
    private static final long POINTERS = 0x182000;
    private static final long PAE_DIRECTORY = 0x183000;
    private static final long PAE_TABLE = 0x184000;

    private static final long PSE = 0x10;
    private static final long PAE = 0x20;
    private static final long PAGING = 0x8000_0000L;
    private static final long WP = 0x10000;

    private long cr0;
    private long cr3;
    private long cr4;
    private long efer;
    private X86Sregs ends;

    @BeforeEach
    void setUp() {
        cr0 = 0x31;
        cr3 = 0;
        cr4 = 0;
        efer = 0;
        descriptor(0x08, 0, 0xFFFFF, 0xC09B);
        descriptor(0x10, 0, 0xFFFFF, 0xC093);
        descriptor(0x18, 0, 0xFFFFF, 0xC0FB);
        descriptor(0x20, 0, 0xFFFFF, 0xC0F3);
        // 4 KiB at the page: upward, downward, read-only, and code that cannot be read; not present; 16-bit code over the user's.
        descriptor(0x30, PAGE, 0xFFF, 0x4093);
        descriptor(0x38, PAGE, 0xFFF, 0x4097);
        descriptor(0x40, PAGE, 0xFFF, 0x4091);
        descriptor(0x48, PAGE, 0xFFF, 0x4099);
        descriptor(0x50, PAGE, 0xFFF, 0x4013);
        descriptor(0x58, USER_CODE, 0xFFFF, 0x009B);
        descriptor(0x60, CODE, 0xFF, 0x409B);
        machine.memory.write32(TSS + 4, (int) INNER_STACK);
        machine.memory.write32(TSS + 8, 0x10);
        for (int vector = 0; vector < 64; vector++) {
            // out 0xF0,al; jmp $
            machine.memory.write(HANDLERS + vector * 16, hex("e6f0ebfe"));
            gate(vector, 0x8E);
        }
    }

    private void descriptor(int selector, long base, long limit, int attributes) {
        machine.memory.write64(GDT + selector,
                limit & 0xFFFF | (base & 0xFF_FFFF) << 16 | (long) (attributes & 0xFF) << 40 | (limit & 0xF_0000) << 32
                        | (long) (attributes >> 12) << 52 | base >>> 24 << 56);
    }

    private void gate(int vector, int access) {
        long at = HANDLERS + vector * 16L;
        machine.memory.write64(IDT + vector * 8L, at & 0xFFFF | 8L << 16 | (long) access << 40 | at >>> 16 << 48);
    }

    private void run(byte[] code, boolean user) {
        long at = user ? USER_CODE : CODE;
        machine.memory.write(at, code);
        X86Sregs s = new X86Sregs();
        machine.vcpu().getSregs(s);
        for (int i = 0; i < 6; i++) {
            boolean isCode = i == X86Sregs.CS;
            s.segments[i].set((isCode ? 8 : 0x10) + (user ? 0x13 : 0), 0, -1, (isCode ? 0xC09B : 0xC093) | (user ? 0x60 : 0));
        }
        s.tr.set(0x28, TSS, 0x67, 0x8B);
        s.ldt.set(0, 0, 0, 0);
        s.gdtBase = GDT;
        s.gdtLimit = 0x67;
        s.idtBase = IDT;
        s.idtLimit = 0x1FF;
        s.cr0 = cr0;
        s.cr2 = 0;
        s.cr3 = cr3;
        s.cr4 = cr4;
        s.efer = efer;
        machine.vcpu().setSregs(s);
        start(at, user ? USER_STACK : STACK);
    }

    private void start(long rip, long stack) {
        X86Regs regs = new X86Regs();
        regs.rip = rip;
        regs.gpr[X86Regs.RSP] = stack;
        end = machine.finish(regs);
        ends = new X86Sregs();
        machine.vcpu().getSregs(ends);
    }

    private void kernel(byte[] code) {
        run(code, false);
    }

    private void user(byte[] code) {
        run(code, true);
    }

    /** The run ended where it should, not in a handler. */
    private void expectNone() {
        long vector = end.rip - HANDLERS >> 4;
        assertThat(vector < 0 || vector > 63).as("ended in the handler of vector %d", vector).isTrue();
    }

    private void expectVector(int vector) {
        assertThat(end.rip - HANDLERS >> 4).as("vector").isEqualTo(vector);
    }

    private long stacked(int index) {
        return machine.memory.read32(ends.segments[X86Sregs.SS].base + end.gpr[X86Regs.RSP] + 4 * index) & 0xFFFF_FFFFL;
    }

    /** An exception with an error code at an offset in the code. */
    private void expect(int vector, long error, long at) {
        expectVector(vector);
        assertThat(stacked(0)).as("error code").isEqualTo(error);
        assertThat(stacked(1)).as("address").isEqualTo(at);
    }

    // ---- protected mode: SDM vol. 3 chapters 5 and 6 -----------------------------------------------------------------------------------------

    @Test
    void anInterruptOfTheSameLevelPushesThreeWords() {
        // int 0x20
        kernel(hex("cd20"));
        expectVector(0x20);
        assertThat(end.gpr[X86Regs.RSP]).isEqualTo(STACK - 12);
        assertThat(stacked(0)).isEqualTo(CODE + 2);
        assertThat(stacked(1)).isEqualTo(8);
        assertThat(stacked(2)).isEqualTo(2);
    }

    @Test
    void anInterruptOfAnOuterLevelSwitchesStacks() {
        gate(0x20, 0xEE);
        // int 0x20
        user(hex("cd20"));
        expectVector(0x20);
        assertThat(end.gpr[X86Regs.RSP]).isEqualTo(INNER_STACK - 20);
        assertThat(ends.segments[X86Sregs.SS].selector).isEqualTo(0x10);
        assertThat(stacked(0)).isEqualTo(USER_CODE + 2);
        assertThat(stacked(1)).isEqualTo(0x1B);
        assertThat(stacked(3)).isEqualTo(USER_STACK);
        assertThat(stacked(4)).isEqualTo(0x23);
        // nop; ud2
        user(hex("900f0b"));
        expectVector(UD);
        assertThat(stacked(0)).isEqualTo(USER_CODE + 1);
    }

    @Test
    void aSixteenBitGatePushesSixteenBits() {
        gate(0x20, 0x86);
        // int 0x20
        kernel(hex("cd20"));
        expectVector(0x20);
        assertThat(end.gpr[X86Regs.RSP]).isEqualTo(STACK - 6);
        assertThat(machine.memory.read16(STACK - 6)).isEqualTo((int) CODE + 2 & 0xFFFF);
        assertThat(machine.memory.read16(STACK - 4)).isEqualTo(8);
    }

    @Test
    void aBadInnerStackIsAnInvalidTss() {
        machine.memory.write32(TSS + 8, 0x23);
        gate(TS, 0x8E);
        // #TS needs that stack too: double fault, then shutdown; so its gate goes to a conforming segment, on the user's stack.
        descriptor(0x60, 0, 0xFFFFF, 0xC09F);
        machine.memory.write16(IDT + TS * 8 + 2, 0x60);
        // ud2
        user(hex("0f0b"));
        expectVector(TS);
        assertThat(stacked(0)).isEqualTo(0x20 | 1);
    }

    @Test
    void returnFromInterruptGoesOutward() {
        // mov eax,0x1234; ud2
        machine.memory.write(USER_CODE, hex("b8341200000f0b"));
        // push 0x23; push 0x171000; push 2; push 0x1B; push 0x120000; iretd
        kernel(hex("6a2368001017006a026a1b6800001200cf"));
        expectVector(UD);
        assertThat(end.gpr[X86Regs.RAX]).isEqualTo(0x1234);
        assertThat(stacked(0)).isEqualTo(USER_CODE + 5);
        assertThat(stacked(1)).isEqualTo(0x1B);
        // The data segments of ring 0 became null: the user's access faults.
        // mov eax,[0x130000]
        machine.memory.write(USER_CODE, hex("a100001300"));
        // push 0x23; push 0x171000; push 2; push 0x1B; push 0x120000; iretd
        kernel(hex("6a2368001017006a026a1b6800001200cf"));
        expect(GP, 0, USER_CODE);
    }

    @Test
    void farCallsComeBack() {
        // mov ax,cs; retfd
        machine.memory.write(USER_CODE, hex("8cc866cb"));
        // lcall 0x58,0; mov ebx,cs; out 0xF0,al; jmp $
        kernel(hex("9a0000000058008ccbe6f0ebfe"));
        expectNone();
        assertThat(end.gpr[X86Regs.RAX] & 0xFFFF).isEqualTo(0x58);
        assertThat(end.gpr[X86Regs.RBX]).isEqualTo(8);
        assertThat(end.gpr[X86Regs.RSP]).isEqualTo(STACK);
    }

    @Test
    void overflowAndBoundsAreSoftwareExceptions() {
        // mov al,0x7F; inc al; into
        kernel(hex("b07ffec0ce"));
        expectVector(4);
        assertThat(stacked(0)).isEqualTo(CODE + 5);
        // into; mov eax,5; mov dword ptr [0x130000],0; mov dword ptr [0x130004],4; bound eax,[0x130000]
        kernel(hex("ceb805000000c7050000130000000000c7050400130004000000620500001300"));
        expectVector(5);
        assertThat(stacked(0)).isEqualTo(CODE + 26);
    }

    // ---- segments -------------------------------------------------------------------------------------------------------------------------------

    @Test
    void accessesBehindTheLimitFault() {
        // mov eax,0x30; mov ds,eax; mov eax,[0xFFC]; mov eax,[0xFFD]
        kernel(hex("b8300000008ed8a1fc0f0000a1fd0f0000"));
        expect(GP, 0, CODE + 12);
        // mov eax,0x30; mov fs,eax; mov al,fs:[0xFFF]; mov byte ptr fs:[0x1000],1
        kernel(hex("b8300000008ee064a0ff0f000064c6050010000001"));
        expect(GP, 0, CODE + 13);
    }

    @Test
    void accessesBehindTheStacksLimitAreStackFaults() {
        // The handler's frame must fit: the stack is fine, the access through EBP is not.
        // mov eax,0x30; mov ss,eax; mov esp,0x800; mov ebp,0x1000; mov eax,[ebp]
        kernel(hex("b8300000008ed0bc00080000bd001000008b4500"));
        expect(SS, 0, CODE + 17);
    }

    @Test
    void expandDownSegmentsHaveTheirRoomAbove() {
        // mov eax,0x38; mov ds,eax; mov eax,[0x1000]; mov eax,[0xFFC]
        kernel(hex("b8380000008ed8a100100000a1fc0f0000"));
        expect(GP, 0, CODE + 12);
    }

    @Test
    void typesAreChecked() {
        // mov eax,0x40; mov ds,eax; mov eax,[0]; mov [0],eax
        kernel(hex("b8400000008ed8a100000000a300000000"));
        expect(GP, 0, CODE + 12);
        // mov eax,cs:[0x130000]; mov cs:[0x130000],eax
        kernel(hex("2ea1000013002ea300001300"));
        expect(GP, 0, CODE + 6);
        // mov eax,0x48; mov ds,eax
        kernel(hex("b8480000008ed8"));
        expect(GP, 0x48, CODE + 5);
        // mov eax,0x50; mov ds,eax
        kernel(hex("b8500000008ed8"));
        expect(NP, 0x50, CODE + 5);
    }

    @Test
    void aNullSegmentFaultsWhenUsed() {
        // xor eax,eax; mov ds,eax; mov eax,[0]
        kernel(hex("31c08ed8a100000000"));
        expect(GP, 0, CODE + 4);
        // xor eax,eax; mov ss,eax
        kernel(hex("31c08ed0"));
        expect(GP, 0, CODE + 2);
    }

    @Test
    void codeEndsAtItsLimit() {
        // ljmp 0x60,0x10; .org 0x10; jmp .+0x200
        kernel(hex("ea100000006000000000000000000000e9fb010000"));
        expect(GP, 0, 0x10);
        // ljmp 0x60,0x200
        kernel(hex("ea000200006000"));
        expect(GP, 0, CODE);
    }

    // ---- paging: SDM vol. 3 §4.3 and §4.4 ---------------------------------------------------------------------------------------------------

    private void paged32() {
        cr0 |= PAGING | WP;
        cr3 = DIRECTORY;
        machine.memory.write32(DIRECTORY, (int) TABLE | 7);
        for (int i = 0; i < 512; i++) {
            machine.memory.write32(TABLE + 4 * i, i << 12 | 7);
        }
    }

    private void entry32(long value) {
        machine.memory.write32(TABLE + (PAGE >> 12) * 4, (int) value);
    }

    @Test
    void pagesOf32BitPagingProtect() {
        paged32();
        // mov eax,[0x130000]; mov [0x131000],eax; out 0xF0,al; jmp $
        kernel(hex("a100001300a300101300e6f0ebfe"));
        expectNone();
        assertThat(machine.memory.read32(TABLE + (PAGE >> 12) * 4)).isEqualTo((int) PAGE | 0x27);
        assertThat(machine.memory.read32(TABLE + (PAGE >> 12) * 4 + 4)).isEqualTo((int) PAGE + 0x1000 | 0x67);
        assertThat(machine.memory.read32(DIRECTORY)).isEqualTo((int) TABLE | 0x27);
        entry32(PAGE | 5);
        // mov [0x130000],eax
        kernel(hex("a300001300"));
        expect(PF, 3, CODE);
        assertThat(ends.cr2).isEqualTo(PAGE);
        entry32(PAGE | 3);
        // mov eax,[0x130000]
        user(hex("a100001300"));
        expect(PF, 5, USER_CODE);
        entry32(0);
        // mov [0x130004],eax
        user(hex("a304001300"));
        expect(PF, 6, USER_CODE);
        assertThat(ends.cr2).isEqualTo(PAGE + 4);
    }

    @Test
    void pagesOfFourMegabytesNeedPse() {
        paged32();
        cr4 = PSE;
        machine.memory.write32(DIRECTORY + 4, 0x87);
        machine.memory.write32(PAGE, 0x55AA);
        // mov eax,[0x530000]; out 0xF0,al; jmp $
        kernel(hex("a100005300e6f0ebfe"));
        expectNone();
        assertThat(end.gpr[X86Regs.RAX]).isEqualTo(0x55AA);
        assertThat(machine.memory.read32(DIRECTORY + 4)).isEqualTo(0xA7);
    }

    private void pagedPae() {
        cr0 |= PAGING | WP;
        cr3 = POINTERS;
        cr4 = PAE;
        machine.memory.write64(POINTERS, PAE_DIRECTORY | 1);
        machine.memory.write64(PAE_DIRECTORY, PAE_TABLE | 7);
        for (int i = 0; i < 512; i++) {
            machine.memory.write64(PAE_TABLE + 8L * i, (long) i << 12 | 7);
        }
    }

    @Test
    void pagesOfPaePagingProtect() {
        pagedPae();
        long entry = PAE_TABLE + (PAGE >> 12) * 8;
        // mov eax,[0x130000]; out 0xF0,al; jmp $
        kernel(hex("a100001300e6f0ebfe"));
        expectNone();
        assertThat(machine.memory.read64(entry)).isEqualTo(PAGE | 0x27);
        machine.memory.write64(entry, PAGE | 7 | Long.MIN_VALUE);
        // mov eax,[0x130000]
        kernel(hex("a100001300"));
        expect(PF, 9, CODE);
        efer = 0x800;
        // mov eax,0x130000; jmp eax
        kernel(hex("b800001300ffe0"));
        expect(PF, 0x11, PAGE);
        machine.memory.write64(entry, PAGE | 7 | 1L << 55);
        // mov eax,[0x130000]
        kernel(hex("a100001300"));
        expect(PF, 9, CODE);
        // mov eax,[0x40000000]
        kernel(hex("a100000040"));
        expect(PF, 0, CODE);
    }

    @Test
    void directoryPointersAreCheckedWhenLoaded() {
        pagedPae();
        // mov dword ptr [0x182008],0x183003; mov eax,cr3; mov cr3,eax
        kernel(hex("c70508201800033018000f20d80f22d8"));
        expect(GP, 0, CODE + 13);
        // What is in memory does not count until it is loaded.
        machine.memory.write64(POINTERS + 8, 0);
        // mov dword ptr [0x182000],0; wbinvd; mov eax,[0x130000]; out 0xF0,al; jmp $
        kernel(hex("c70500201800000000000f09a100001300e6f0ebfe"));
        expectNone();
    }

    // ---- real mode: SDM vol. 3 §20.1 ------------------------------------------------------------------------------------------------------------

    private void real(byte[] code) {
        X86Regs regs = machine.realMode(code);
        X86Sregs s = new X86Sregs();
        machine.vcpu().getSregs(s);
        s.idtBase = 0;
        s.idtLimit = 0x3FF;
        machine.vcpu().setSregs(s);
        for (int vector = 0; vector < 64; vector++) {
            machine.memory.write32(vector * 4L, (int) HANDLERS + vector * 16);
        }
        end = machine.finish(regs);
        ends = new X86Sregs();
        machine.vcpu().getSregs(ends);
    }

    @Test
    void realModeGoesThroughTheVectorTable() {
        // sti; int 0x20
        real(hex("fbcd20"));
        expectVector(0x20);
        assertThat(ends.segments[X86Sregs.CS].selector).isZero();
        assertThat(end.gpr[X86Regs.RSP] & 0xFFFF).isEqualTo(0x8000 - 6);
        assertThat(end.rflags & 0x200).isZero();
        long frame = ends.segments[X86Sregs.SS].base + 0x8000 - 6;
        assertThat(machine.memory.read16(frame)).isEqualTo(3);
        assertThat(machine.memory.read16(frame + 2)).isEqualTo((int) ContractMachine.CODE >> 4);
        assertThat(machine.memory.read16(frame + 4) & 0x200).isEqualTo(0x200);
    }

    @Test
    void realModeReturns() {
        // inc bx; iret
        machine.memory.write(HANDLERS + 0x21 * 16, hex("43cf"));
        // mov bx,5; int 0x21; int 0x21; int 0x20
        real(hex("bb0500cd21cd21cd20"));
        expectVector(0x20);
        assertThat(end.gpr[X86Regs.RBX] & 0xFFFF).isEqualTo(7);
    }

    @Test
    void realModeHasExceptions() {
        // xor cx,cx; div cx
        real(hex("31c9f7f1"));
        expectVector(0);
        assertThat(machine.memory.read16(ends.segments[X86Sregs.SS].base + 0x8000 - 6)).isEqualTo(2);
        // ud2
        real(hex("0f0b"));
        expectVector(UD);
        // A word over the segment's end; no error code.
        // mov bx,0xFFFF; mov ax,[bx]
        real(hex("bbffff8b07"));
        expectVector(GP);
        assertThat(end.gpr[X86Regs.RSP] & 0xFFFF).isEqualTo(0x8000 - 6);
        // mov bp,0xFFFF; mov ax,[bp]
        real(hex("bdffff8b4600"));
        expectVector(SS);
    }
}
