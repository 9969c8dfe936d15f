package org.jvmm.core.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.cpu.X86Regs;

/**
 * What every engine's processor does for an operating system in 64-bit mode: paging and its protections, exceptions with their error codes, debugging. Each
 * test is a piece of code and the state that the SDM says it leaves; where it must fault, it leaves the address of the faulting instruction in R10.
 *
 * <p>Every vector has a handler that takes the frame apart and ends the run.
 */
@Timeout(60)
public abstract class SystemContractTest extends LongModeSnippets {
    /** {@code mov r13d, %s; mov ebx, [rax]; mov qword ptr [r13], 0; invlpg [rcx]; lea r10, [rip + 0]; mov edx, [rax]; ud2}. */
    private static final String TAKEN_AWAY = "41bd%08x8b1849c74500000000000f01394c8d15000000008b100f0b";

    // ---- paging: SDM vol. 3 chapter 4 -----------------------------------------------------------------------------------------------------

    @Test
    void writeProtectionBindsTheSupervisorOnlyWithWp() {
        page(PAGE, PRESENT);
        // lea r10,[rip+0]; mov [r12],eax; out 0xF0,al; jmp $
        kernel(hex("4c8d150000000041890424e6f0ebfe"));
        expectPageFault(3, PAGE);
        cr0 &= ~WP;
        // mov [r12],eax; out 0xF0,al; jmp $
        kernel(hex("41890424e6f0ebfe"));
        expectNone();
    }

    @Test
    void usersMayNotTouchSupervisorPages() {
        // lea r10,[rip+0]; mov eax,[r12]; ud2
        user(hex("4c8d1500000000418b04240f0b"));
        expectPageFault(5, PAGE);
        // lea r10,[rip+0]; mov [r12],eax; ud2
        user(hex("4c8d1500000000418904240f0b"));
        expectPageFault(7, PAGE);
        // mov r10,r12; jmp r12
        user(hex("4d89e241ffe4"));
        expectPageFault(0x15, PAGE);
    }

    @Test
    void executionIsDisabledByNx() {
        page(PAGE, NX | PRESENT | WRITABLE);
        // mov r10,r12; jmp r12
        kernel(hex("4d89e241ffe4"));
        expectPageFault(0x11, PAGE);
        page(PAGE, PRESENT | WRITABLE);
        // out 0xF0,al; jmp $
        machine.memory.write(PAGE, hex("e6f0ebfe"));
        // mov r10,r12; jmp r12
        kernel(hex("4d89e241ffe4"));
        expectNone();
    }

    @Test
    void nxIsReservedWithoutNxe() {
        efer &= ~0x800;
        page(PAGE, NX | PRESENT | WRITABLE);
        // lea r10,[rip+0]; mov eax,[r12]; ud2
        kernel(hex("4c8d1500000000418b04240f0b"));
        expectPageFault(9, PAGE);
    }

    @Test
    void reservedAddressBitsFault() {
        entry(PAGE, 1L << 51 | PAGE | 3);
        // lea r10,[rip+0]; mov [r12],eax; ud2
        kernel(hex("4c8d1500000000418904240f0b"));
        expectPageFault(0xB, PAGE);
    }

    @Test
    void aLargePageIsAlignedToItsSize() {
        machine.memory.write64(PD + 8, 0x2000 | LARGE | 3);
        // mov eax,0x200000; lea r10,[rip+0]; mov eax,[rax]; ud2
        kernel(hex("b8000020004c8d15000000008b000f0b"));
        expectPageFault(9, 0x200000);
        machine.memory.write64(PDPT + 8, 0x2000_0000L | LARGE | 3 | 0x2000);
        // mov eax,0x40000000; lea r10,[rip+0]; mov eax,[rax]; ud2
        kernel(hex("b8000000404c8d15000000008b000f0b"));
        expectPageFault(9, 0x4000_0000);
    }

    @Test
    void theRootHasNoLargePages() {
        machine.memory.write64(PML4 + 8, LARGE | 3);
        // mov rax,0x8000000000; lea r10,[rip+0]; mov eax,[rax]; ud2
        kernel(hex("48b800000000800000004c8d15000000008b000f0b"));
        expectPageFault(9, 0x80_0000_0000L);
    }

    @Test
    void aPageOfOneGigabyteMaps() {
        machine.memory.write64(PDPT + 8, LARGE | 3);
        machine.memory.write32(PAGE, 0x1234567);
        // mov eax,0x40130000; mov ebx,[rax]; out 0xF0,al; jmp $
        kernel(hex("b8000013408b18e6f0ebfe"));
        expectNone();
        assertThat(end.gpr[X86Regs.RBX]).isEqualTo(0x1234567);
        assertThat(machine.memory.read64(PDPT + 8)).isEqualTo(LARGE | 3 | ACCESSED);
    }

    @Test
    void accessedAndDirtyBitsAreSet() {
        // mov eax,[r12]; out 0xF0,al; jmp $
        kernel(hex("418b0424e6f0ebfe"));
        assertThat(entry(PAGE)).isEqualTo(PAGE | 3 | ACCESSED);
        assertThat(machine.memory.read64(PD) & (ACCESSED | DIRTY)).isEqualTo(ACCESSED);
        assertThat(machine.memory.read64(PML4) & (ACCESSED | DIRTY)).isEqualTo(ACCESSED);
        // mov [r12],eax; out 0xF0,al; jmp $
        kernel(hex("41890424e6f0ebfe"));
        assertThat(entry(PAGE)).isEqualTo(PAGE | 3 | ACCESSED | DIRTY);
    }

    @Test
    void aFaultingWriteLeavesTheDirtyBitClear() {
        page(PAGE, PRESENT);
        // lea r10,[rip+0]; mov [r12],eax; ud2
        kernel(hex("4c8d1500000000418904240f0b"));
        expectPageFault(3, PAGE);
        assertThat(entry(PAGE) & DIRTY).isZero();
    }

    /** Reads a page, changes its entry (at R13) to another page, invalidates, reads again: RBX the first value, RDX the second. */
    private void remapped(byte[] invalidation, long flags) {
        machine.memory.write32(PAGE, 1);
        machine.memory.write32(PAGE + 0x1000, 2);
        page(PAGE, 3 | flags);
        // mov ebx,[r12]; mov r13d,0x103980; mov rax,[r13]; add rax,0x1000; mov [r13],rax
        byte[] before = hex("418b1c2441bd80391000498b450048050010000049894500");
        // mov edx,[r12]; out 0xF0,al; jmp $
        byte[] after = hex("418b1424e6f0ebfe");
        byte[] code = java.util.Arrays.copyOf(before, before.length + invalidation.length + after.length);
        System.arraycopy(invalidation, 0, code, before.length, invalidation.length);
        System.arraycopy(after, 0, code, before.length + invalidation.length, after.length);
        kernel(code);
        expectNone();
        assertThat(end.gpr[X86Regs.RBX]).isEqualTo(1);
        assertThat(end.gpr[X86Regs.RDX]).isEqualTo(2);
    }

    @Test
    void invalidationsAreSeen() {
        cr4 |= PGE;
        // invlpg [r12]
        remapped(hex("410f013c24"), 0);
        // invlpg [r12]
        remapped(hex("410f013c24"), 0x100);
        // mov rax,cr3; mov cr3,rax
        remapped(hex("0f20d80f22d8"), 0);
        // mov rax,cr4; btr rax,7; mov cr4,rax
        remapped(hex("0f20e0480fbaf0070f22e0"), 0x100);
    }

    @Test
    void invalidationOfALargePageDropsAllOfIt() {
        // Reads a page, takes the entry at R13 away, invalidates by another address in the same large page, reads again.
        machine.memory.write64(PD + 8, LARGE | 3);
        // mov eax,0x330000; mov ecx,0x200000
        kernel(hex("b800003300b900002000" + TAKEN_AWAY.formatted(Integer.reverseBytes((int) PD + 8))));
        expectPageFault(0, 0x330000);
    }

    @Test
    void invalidationOfAPageOfOneGigabyteDropsAllOfIt() {
        machine.memory.write64(PDPT + 8, LARGE | 3);
        // mov eax,0x40130000; mov ecx,0x7ffff000
        kernel(hex("b800001340b900f0ff7f" + TAKEN_AWAY.formatted(Integer.reverseBytes((int) PDPT + 8))));
        expectPageFault(0, 0x4013_0000);
    }

    @Test
    void invpcidInvalidatesByType() {
        cr4 |= PGE;
        // push r12; push 0; xor eax,eax; invpcid rax,[rsp]; add rsp,16
        remapped(hex("41546a0031c0660f388204244883c410"), 0);
        // push 0; push 0; mov eax,1; invpcid rax,[rsp]; add rsp,16
        remapped(hex("6a006a00b801000000660f388204244883c410"), 0);
        // push 0; push 0; mov eax,2; invpcid rax,[rsp]; add rsp,16
        remapped(hex("6a006a00b802000000660f388204244883c410"), 0x100);
        // push 0; push 0; mov eax,3; invpcid rax,[rsp]; add rsp,16
        remapped(hex("6a006a00b803000000660f388204244883c410"), 0);
    }

    @Test
    void invpcidChecksItsDescriptor() {
        // push 0; push 0; mov eax,4; lea r10,[rip+0]; invpcid rax,[rsp]; ud2
        kernel(hex("6a006a00b8040000004c8d1500000000660f388204240f0b"));
        expect(GP, 0);
        // push 0; push 0x1000; mov eax,1; lea r10,[rip+0]; invpcid rax,[rsp]; ud2
        kernel(hex("6a006800100000b8010000004c8d1500000000660f388204240f0b"));
        expect(GP, 0);
        // An identifier without CR4.PCIDE.
        // push 0; push 5; mov eax,1; lea r10,[rip+0]; invpcid rax,[rsp]; ud2
        kernel(hex("6a006a05b8010000004c8d1500000000660f388204240f0b"));
        expect(GP, 0);
        // mov rax,0x800000000000; push rax; push 0; xor eax,eax; lea r10,[rip+0]; invpcid rax,[rsp]; ud2
        kernel(hex("48b80000000000800000506a0031c04c8d1500000000660f388204240f0b"));
        expect(GP, 0);
        // push 0; push 0; mov eax,2; lea r10,[rip+0]; invpcid rax,[rsp]; ud2
        user(hex("6a006a00b8020000004c8d1500000000660f388204240f0b"));
        expect(GP, 0);
    }

    @Test
    void contextIdentifiersAreChecked() {
        // CR4.PCIDE with an identifier in CR3; the no-flush bit without CR4.PCIDE; paging off with it.
        // mov rax,0x100001; mov cr3,rax; mov rax,cr4; bts rax,17; lea r10,[rip+0]; mov cr4,rax; ud2
        kernel(hex("48c7c0010010000f22d80f20e0480fbae8114c8d15000000000f22e00f0b"));
        expect(GP, 0);
        // mov rax,0x8000000000100000; lea r10,[rip+0]; mov cr3,rax; ud2
        kernel(hex("48b800001000000000804c8d15000000000f22d80f0b"));
        expect(GP, 0);
        // mov rax,0x400000100000; lea r10,[rip+0]; mov cr3,rax; ud2
        kernel(hex("48b800001000004000004c8d15000000000f22d80f0b"));
        expect(GP, 0);
        cr4 |= PCIDE;
        // mov rax,0x8000000000100005; mov cr3,rax; mov rbx,cr3; out 0xF0,al; jmp $
        kernel(hex("48b805001000000000800f22d80f20dbe6f0ebfe"));
        expectNone();
        assertThat(end.gpr[X86Regs.RBX]).isEqualTo(0x100005);
    }

    @Test
    void smepKeepsTheSupervisorOutOfUserCode() {
        cr4 |= SMEP;
        page(PAGE, 7);
        // out 0xF0,al; jmp $
        machine.memory.write(PAGE, hex("e6f0ebfe"));
        // mov r10,r12; jmp r12
        kernel(hex("4d89e241ffe4"));
        expectPageFault(0x11, PAGE);
        cr4 &= ~SMEP;
        // jmp r12
        kernel(hex("41ffe4"));
        expectNone();
    }

    @Test
    void smapKeepsTheSupervisorOutOfUserData() {
        cr4 |= SMAP;
        page(PAGE, 7);
        // lea r10,[rip+0]; mov eax,[r12]; ud2
        kernel(hex("4c8d1500000000418b04240f0b"));
        expectPageFault(1, PAGE);
        // lea r10,[rip+0]; mov [r12],eax; ud2
        kernel(hex("4c8d1500000000418904240f0b"));
        expectPageFault(3, PAGE);
        machine.memory.write32(PAGE, 77);
        // stac; mov ebx,[r12]; mov dword ptr [r12],78; clac; lea r10,[rip+0]; mov eax,[r12]; ud2
        kernel(hex("0f01cb418b1c2441c704244e0000000f01ca4c8d1500000000418b04240f0b"));
        expectPageFault(1, PAGE);
        assertThat(machine.memory.read32(PAGE)).isEqualTo(78);
        // AC by POPF is as good.
        // push 0x40002; popf; mov ebx,[r12]; out 0xF0,al; jmp $
        kernel(hex("68020004009d418b1c24e6f0ebfe"));
        expectNone();
        assertThat(end.gpr[X86Regs.RBX]).isEqualTo(78);
    }

    @Test
    void smapKnowsNoExceptionForTheProcessorsOwnAccesses() {
        cr4 |= SMAP;
        // The local descriptor table is there.
        page(PAGE, 7);
        // stac; mov eax,[r12+8]; mov eax,0x0C; lea r10,[rip+0]; mov ds,eax; ud2
        kernel(hex("0f01cb418b442408b80c0000004c8d15000000008ed80f0b"));
        expectPageFault(1, PAGE + 8);
    }

    @Test
    void stacIsTheSupervisors() {
        cr4 |= SMAP;
        // lea r10,[rip+0]; stac
        user(hex("4c8d15000000000f01cb"));
        expect(UD, -1);
        // lea r10,[rip+0]; clac
        user(hex("4c8d15000000000f01ca"));
        expect(UD, -1);
    }

    @Test
    void umipHidesTheTables() {
        // sgdt [rsp-16]; smsw eax; str ecx; mov r12d,ecx; lea r10,[rip+0]; ud2
        user(hex("0f014424f00f01e00f00c94189cc4c8d15000000000f0b"));
        expect(UD, -1);
        assertThat(end.gpr[12]).isEqualTo(0x38);
        cr4 |= UMIP;
        // lea r10,[rip+0]; sgdt [rsp-16]
        user(hex("4c8d15000000000f014424f0"));
        expect(GP, 0);
        // lea r10,[rip+0]; sidt [rsp-16]
        user(hex("4c8d15000000000f014c24f0"));
        expect(GP, 0);
        // lea r10,[rip+0]; sldt eax
        user(hex("4c8d15000000000f00c0"));
        expect(GP, 0);
        // lea r10,[rip+0]; smsw eax
        user(hex("4c8d15000000000f01e0"));
        expect(GP, 0);
        // lea r10,[rip+0]; str eax
        user(hex("4c8d15000000000f00c8"));
        expect(GP, 0);
    }

    // ---- addresses and control registers ----------------------------------------------------------------------------------------------------

    @Test
    void nonCanonicalDataIsGeneralProtectionOrStack() {
        // mov rax,0x800000000000; lea r10,[rip+0]; mov eax,[rax]; ud2
        kernel(hex("48b800000000008000004c8d15000000008b000f0b"));
        expect(GP, 0);
        // mov rbp,0x800000000000; lea r10,[rip+0]; mov eax,[rbp]; ud2
        kernel(hex("48bd00000000008000004c8d15000000008b45000f0b"));
        expect(SS, 0);
    }

    @Test
    void aBranchToNowhereFaultsAtTheBranch() {
        // mov rax,0x800000000000; lea r10,[rip+0]; jmp rax
        kernel(hex("48b800000000008000004c8d1500000000ffe0"));
        expect(GP, 0);
        // mov rax,0x800000000000; mov r11,rsp; lea r10,[rip+0]; call rax
        kernel(hex("48b800000000008000004989e34c8d1500000000ffd0"));
        expect(GP, 0);
        assertThat(end.gpr[X86Regs.RSI]).isEqualTo(end.gpr[11]);
        // mov rax,0x800000000000; push rax; mov r11,rsp; lea r10,[rip+0]; ret
        kernel(hex("48b80000000000800000504989e34c8d1500000000c3"));
        expect(GP, 0);
        assertThat(end.gpr[X86Regs.RSI]).isEqualTo(end.gpr[11]);
        // mov rax,0x800000000000; mov [r12],rax; lea r10,[rip+0]; jmp [r12]
        kernel(hex("48b80000000000800000498904244c8d150000000041ff2424"));
        expect(GP, 0);
    }

    @Test
    void returnsToNowhereFaultAtTheReturn() {
        // push 0x10; push rsp; push 2; push 8; mov rax,0x800000000000; push rax; lea r10,[rip+0]; iretq
        kernel(hex("6a10546a026a0848b80000000000800000504c8d150000000048cf"));
        expect(GP, 0);
        // mov ecx,0xC0000081; xor eax,eax; mov edx,0x200008; wrmsr; mov rcx,0x800000000000; mov r11d,2; lea r10,[rip+0]; sysretq
        kernel(hex("b9810000c031c0ba080020000f3048b9000000000080000041bb020000004c8d1500000000480f07"));
        expect(GP, 0);
        assertThat(end.gpr[X86Regs.RCX]).as("CS of the frame: still ring 0").isEqualTo(8);
    }

    @Test
    void reservedBitsOfControlRegistersFault() {
        // mov rax,cr4; bts rax,12; lea r10,[rip+0]; mov cr4,rax; ud2
        kernel(hex("0f20e0480fbae80c4c8d15000000000f22e00f0b"));
        expect(GP, 0);
        // mov rax,cr4; btr rax,5; lea r10,[rip+0]; mov cr4,rax; ud2
        kernel(hex("0f20e0480fbaf0054c8d15000000000f22e00f0b"));
        expect(GP, 0);
        // mov rax,cr0; btr rax,0; lea r10,[rip+0]; mov cr0,rax; ud2
        kernel(hex("0f20c0480fbaf0004c8d15000000000f22c00f0b"));
        expect(GP, 0);
        // mov rax,cr0; btr rax,31; lea r10,[rip+0]; mov cr0,rax; ud2
        kernel(hex("0f20c0480fbaf01f4c8d15000000000f22c00f0b"));
        expect(GP, 0);
        // mov rax,cr0; bts rax,29; lea r10,[rip+0]; mov cr0,rax; ud2
        kernel(hex("0f20c0480fbae81d4c8d15000000000f22c00f0b"));
        expect(GP, 0);
        // mov rax,cr0; bts rax,32; lea r10,[rip+0]; mov cr0,rax; ud2
        kernel(hex("0f20c0480fbae8204c8d15000000000f22c00f0b"));
        expect(GP, 0);
        // mov eax,16; lea r10,[rip+0]; mov cr8,rax; ud2
        kernel(hex("b8100000004c8d1500000000440f22c00f0b"));
        expect(GP, 0);
    }

    @Test
    void reservedBitsOfEferFault() {
        // mov ecx,0xC0000080; rdmsr; bts eax,9; lea r10,[rip+0]; wrmsr; ud2
        kernel(hex("b9800000c00f320fbae8094c8d15000000000f300f0b"));
        expect(GP, 0);
        // mov ecx,0xC0000080; rdmsr; btr eax,8; lea r10,[rip+0]; wrmsr; ud2
        kernel(hex("b9800000c00f320fbaf0084c8d15000000000f300f0b"));
        expect(GP, 0);
    }

    @Test
    void memoryTypesAreChecked() {
        // PAT: 2 is no type, 7 is one; the MTRRs' default: 7 is none; a fixed-range MTRR; a variable one beyond the physical addresses (SDM vol. 3 §12.11, §12.12).
        // mov ecx,0x277; mov eax,0x00070406; mov edx,0x00020406; lea r10,[rip+0]; wrmsr; ud2
        kernel(hex("b977020000b806040700ba060402004c8d15000000000f300f0b"));
        expect(GP, 0);
        // mov ecx,0x277; mov eax,0x00070406; mov edx,0x01050406; wrmsr; xor eax,eax; xor edx,edx; rdmsr; mov ebx,edx; out 0xF0,al; jmp $
        kernel(hex("b977020000b806040700ba060405010f3031c031d20f3289d3e6f0ebfe"));
        expectNone();
        assertThat(end.gpr[X86Regs.RBX]).isEqualTo(0x01050406);
        // mov ecx,0x2FF; mov eax,0xC07; xor edx,edx; lea r10,[rip+0]; wrmsr; ud2
        kernel(hex("b9ff020000b8070c000031d24c8d15000000000f300f0b"));
        expect(GP, 0);
        // mov ecx,0x250; mov eax,0x06060602; xor edx,edx; lea r10,[rip+0]; wrmsr; ud2
        kernel(hex("b950020000b80206060631d24c8d15000000000f300f0b"));
        expect(GP, 0);
        // mov ecx,0x201; mov eax,0x800; mov edx,0x80000000; lea r10,[rip+0]; wrmsr; ud2
        kernel(hex("b901020000b800080000ba000000804c8d15000000000f300f0b"));
        expect(GP, 0);
        // mov ecx,0x12345; lea r10,[rip+0]; rdmsr; ud2
        kernel(hex("b9452301004c8d15000000000f320f0b"));
        expect(GP, 0);
    }

    @Test
    void privilegedInstructionsAreTheKernels() {
        // lea r10,[rip+0]; mov rax,cr0
        user(hex("4c8d15000000000f20c0"));
        expect(GP, 0);
        // lea r10,[rip+0]; hlt
        user(hex("4c8d1500000000f4"));
        expect(GP, 0);
        // lea r10,[rip+0]; rdmsr
        user(hex("4c8d15000000000f32"));
        expect(GP, 0);
        // lea r10,[rip+0]; invlpg [rsp]
        user(hex("4c8d15000000000f013c24"));
        expect(GP, 0);
        // lea r10,[rip+0]; cli
        user(hex("4c8d1500000000fa"));
        expect(GP, 0);
        // lea r10,[rip+0]; mov rax,dr7
        user(hex("4c8d15000000000f21f8"));
        expect(GP, 0);
        // lea r10,[rip+0]; swapgs
        user(hex("4c8d15000000000f01f8"));
        expect(GP, 0);
    }

    // ---- exceptions: SDM vol. 3 chapter 6 ---------------------------------------------------------------------------------------------------

    @Test
    void errorCodesNameTheSelector() {
        // mov eax,0xF8; lea r10,[rip+0]; mov ds,eax; ud2
        kernel(hex("b8f80000004c8d15000000008ed80f0b"));
        expect(GP, 0xF8);
        // mov eax,0x48; lea r10,[rip+0]; mov ds,eax; ud2
        kernel(hex("b8480000004c8d15000000008ed80f0b"));
        expect(NP, 0x48);
        // mov eax,0x48; lea r10,[rip+0]; mov ss,eax; ud2
        kernel(hex("b8480000004c8d15000000008ed00f0b"));
        expect(SS, 0x48);
        // mov eax,0x50; lea r10,[rip+0]; mov ss,eax; ud2
        kernel(hex("b8500000004c8d15000000008ed00f0b"));
        expect(GP, 0x50);
        // mov eax,0x0C; lea r10,[rip+0]; mov ds,eax; ud2
        kernel(hex("b80c0000004c8d15000000008ed80f0b"));
        expect(GP, 0x0C);
    }

    @Test
    void softwareInterruptsNeedThePrivilegeOfTheirGate() {
        // lea r10,[rip+0]; int 5
        user(hex("4c8d1500000000cd05"));
        expect(GP, 5 << 3 | 2);
        gate(5, 0xEE, 0);
        // lea r10,[rip+2]; int 5
        user(hex("4c8d1502000000cd05"));
        expect(5, -1);
        assertThat(end.gpr[X86Regs.RCX]).isEqualTo(0x33);
        assertThat(end.gpr[X86Regs.RDI]).isEqualTo(0x2B);
        assertThat(end.gpr[X86Regs.RSI]).isEqualTo(USER_STACK);
        assertThat(end.gpr[X86Regs.RSP]).isEqualTo(INTERRUPT_STACK - 40);
        // lea r10,[rip+0]; int 0x40
        kernel(hex("4c8d1500000000cd40"));
        expect(GP, 0x40 << 3 | 2);
        gate(5, 0x0E, 0);
        // lea r10,[rip+0]; int 5
        kernel(hex("4c8d1500000000cd05"));
        expect(NP, 5 << 3 | 2);
        gate(5, 0x85, 0);
        // lea r10,[rip+0]; int 5
        kernel(hex("4c8d1500000000cd05"));
        expect(GP, 5 << 3 | 2);
    }

    @Test
    void breakpointsAreTraps() {
        gate(BP, 0xEE, 0);
        // lea r10,[rip+1]; int3
        user(hex("4c8d1501000000cc"));
        expect(BP, -1);
        gate(BP, 0x8E, 0);
        // lea r10,[rip+0]; int3
        user(hex("4c8d1500000000cc"));
        expect(GP, BP << 3 | 2);
    }

    @Test
    void interruptGatesClearTheFlagAndTrapGatesDoNot() {
        gate(UD, 0x8E, 0);
        // lea r10,[rip+0]; ud2
        run(hex("4c8d15000000000f0b"), false, 0x202);
        expect(UD, -1);
        assertThat(end.gpr[X86Regs.RDX] & 0x200).isEqualTo(0x200);
        assertThat(end.rflags & 0x200).isZero();
        gate(UD, 0x8F, 0);
        // lea r10,[rip+0]; ud2
        run(hex("4c8d15000000000f0b"), false, 0x202);
        assertThat(end.rflags & 0x200).isEqualTo(0x200);
    }

    @Test
    void faultsShieldTheirInstruction() {
        // lea r10,[rip+0]; ud2
        kernel(hex("4c8d15000000000f0b"));
        assertThat(end.gpr[X86Regs.RDX] & 0x10000).as("RF in the image").isEqualTo(0x10000);
    }

    @Test
    void theStackOfAnInterruptIsAlignedAndSwitchedByIst() {
        gate(UD, 0x8E, 1);
        // lea r10,[rip+0]; ud2
        kernel(hex("4c8d15000000000f0b"));
        expect(UD, -1);
        assertThat(end.gpr[X86Regs.RSP]).isEqualTo(IST1 - 40);
        assertThat(end.gpr[X86Regs.RSI]).isEqualTo(STACK);
        gate(UD, 0x8E, 0);
        // sub rsp,5; lea r10,[rip+0]; ud2
        kernel(hex("4883ec054c8d15000000000f0b"));
        assertThat(end.gpr[X86Regs.RSP]).isEqualTo(STACK - 16 - 40);
        assertThat(end.gpr[X86Regs.RSI]).isEqualTo(STACK - 5);
    }

    @Test
    void aFaultInAPageFaultIsADoubleFault() {
        gate(PF, 0x0E, 0);
        gate(DF, 0x8E, 1);
        page(PAGE, 0);
        // lea r10,[rip+0]; mov eax,[r12]; ud2
        kernel(hex("4c8d1500000000418b04240f0b"));
        expect(DF, 0);
        assertThat(end.gpr[5]).as("CR2").isEqualTo(PAGE);
        // A benign exception first: the second alone.
        gate(UD, 0x0E, 0);
        // lea r10,[rip+0]; ud2
        kernel(hex("4c8d15000000000f0b"));
        expect(NP, UD << 3 | 3);
    }

    @Test
    void aStackThatIsNotThereIsADoubleFault() {
        gate(DF, 0x8E, 1);
        page(PAGE, 0);
        // lea rsp,[r12+0x800]; lea r10,[rip+0]; push rax; ud2
        kernel(hex("498da424000800004c8d1500000000500f0b"));
        expect(DF, 0);
        assertThat(end.gpr[5]).as("CR2: the push, or its frame").isBetween(PAGE + 0x700, PAGE + 0x7FF);
    }

    @Test
    void divisionsFault() {
        // xor ecx,ecx; lea r10,[rip+0]; div ecx
        kernel(hex("31c94c8d1500000000f7f1"));
        expect(0, -1);
        // mov edx,0x80000000; xor eax,eax; mov ecx,-1; lea r10,[rip+0]; idiv ecx
        kernel(hex("ba0000008031c0b9ffffffff4c8d1500000000f7f9"));
        expect(0, -1);
    }

    @Test
    void aSwitchedTaskHasNoFloatingPoint() {
        cr0 |= 8;
        // lea r10,[rip+0]; fld1
        kernel(hex("4c8d1500000000d9e8"));
        expect(NM, -1);
        // clts; fld1; out 0xF0,al; jmp $
        kernel(hex("0f06d9e8e6f0ebfe"));
        expectNone();
    }

    @Test
    void unalignedAccessesOfUsersFaultWithAcAndAm() {
        cr0 |= AM;
        // push 0x40002; popf; lea r10,[rip+0]; mov eax,[rsp-15]
        user(hex("68020004009d4c8d15000000008b4424f1"));
        expect(AC, 0);
        // push 0x40002; popf; mov eax,[rsp-12]; mov al,[rsp-15]; push 2; popf; mov eax,[rsp-15]; lea r10,[rip+0]; ud2
        user(hex("68020004009d8b4424f48a4424f16a029d8b4424f14c8d15000000000f0b"));
        expect(UD, -1);
        // push 0x40002; popf; mov eax,[rsp-15]; out 0xF0,al; jmp $
        kernel(hex("68020004009d8b4424f1e6f0ebfe"));
        expectNone();
    }

    @Test
    void thePortMapAllowsPortByPort() {
        // The map begins behind the TSS: port 0xF0 to 0xF3 are in byte 0x1E; 0xF1 is open.
        for (int i = 0; i < 0x28; i++) {
            machine.memory.write8(TSS + 0x68 + i, 0xFF);
        }
        machine.memory.write8(TSS + 0x68 + 0x1E, 0xFD);
        // out 0xF1,al; lea r10,[rip+0]; out 0xF2,al
        user(hex("e6f14c8d1500000000e6f2"));
        expect(GP, 0);
        assertThat(machine.accesses).containsExactly("pf1.1=0");
        // lea r10,[rip+0]; out 0xF1,ax
        user(hex("4c8d150000000066e7f1"));
        expect(GP, 0);
        // Behind the limit of the TSS.
        // mov edx,0x510; lea r10,[rip+0]; in al,dx
        user(hex("ba100500004c8d1500000000ec"));
        expect(GP, 0);
        // out 0xF2,al; lea r10,[rip+0]; ud2
        run(hex("e6f24c8d15000000000f0b"), true, 0x3002);
        expect(UD, -1);
    }

    // ---- debugging: SDM vol. 3 chapter 17 -----------------------------------------------------------------------------------------------------

    @Test
    void singleStepTrapsAfterTheNextInstruction() {
        // pushf; or dword ptr [rsp],0x100; lea r10,[rip+2]; popf; nop; ud2
        kernel(hex("9c810c24000100004c8d15020000009d900f0b"));
        expectDebug(0x4000);
        assertThat(end.gpr[X86Regs.RDX] & 0x100).as("TF in the image").isEqualTo(0x100);
        assertThat(end.rflags & 0x100).isZero();
        // pushf; or dword ptr [rsp],0x100; lea r10,[rip+2]; popf; nop; ud2
        user(hex("9c810c24000100004c8d15020000009d900f0b"));
        expectDebug(0x4000);
    }

    @Test
    void aLoadOfTheStackSegmentHoldsTheTrapOff() {
        // mov ecx,0x10; pushf; or dword ptr [rsp],0x100; lea r10,[rip+4]; popf; mov ss,ecx; nop; ud2
        kernel(hex("b9100000009c810c24000100004c8d15040000009d8ed1900f0b"));
        expectDebug(0x4000);
    }

    @Test
    void repeatedStringsTrapAfterEachRepetition() {
        // mov ecx,5; mov eax,0x77; mov edi,0x130000; pushf; or dword ptr [rsp],0x100; lea r10,[rip+1]; popf; rep stosb; ud2
        kernel(hex("b905000000b877000000bf000013009c810c24000100004c8d15010000009df3aa0f0b"));
        expectDebug(0x4000);
        assertThat(machine.memory.read32(PAGE)).isEqualTo(0x77);
    }

    @Test
    void instructionBreakpointsFaultBefore() {
        // lea r10,[rip+1f]; mov dr0,r10; mov eax,1; mov dr7,rax; 1: nop; ud2
        kernel(hex("4c8d150c000000410f23c2b8010000000f23f8900f0b"));
        expectDebug(1);
        assertThat(end.gpr[X86Regs.RDX] & 0x10000).as("RF in the image").isZero();
    }

    @Test
    void theResumeFlagShieldsOneInstruction() {
        // The first NOP has the breakpoint; returning to it with RF set goes on to the second one.
        // lea r11,[rip+1f]; mov dr0,r11; lea r10,[r11+1]; mov dr1,r10; mov eax,5; mov dr7,rax; mov rax,rsp; push 0x10; push rax; push 0x10002; push 8;
        // push r11; iretq; 1: nop; nop; ud2
        kernel(hex("4c8d1d25000000410f23c34d8d5301410f23cab8050000000f23f84889e06a105068020001006a08415348cf90900f0b"));
        expectDebug(2);
    }

    @Test
    void dataBreakpointsTrapAfter() {
        // DR0 watches writes of four bytes at the page, DR1 all accesses of one byte at its end.
        // mov dr0,r12; mov eax,0xD0001; mov dr7,rax; mov eax,[r12]; mov [r12+4],eax; lea r10,[rip+1f]; mov byte ptr [r12+3],1; 1: ud2
        kernel(hex("410f23c4b801000d000f23f8418b042441894424044c8d150600000041c6442403010f0b"));
        expectDebug(1);
        // lea rax,[r12+0xFFF]; mov dr1,rax; mov eax,0x300004; mov dr7,rax; mov eax,[r12]; lea r10,[rip+1f]; mov rax,[r12+0xFF8]; 1: ud2
        kernel(hex("498d8424ff0f00000f23c8b8040030000f23f8418b04244c8d1508000000498b8424f80f00000f0b"));
        expectDebug(2);
    }

    /** The loop is hot, and compiled where an engine compiles, when the breakpoint or TF comes. */
    @Test
    void aHotLoopIsLeftForBreakpointsAndSteps() {
        // mov ecx,3000000; mov dr0,r12; mov eax,0xD0001; 1: cmp ecx,1000; jne 2f; mov dr7,rax; 2: lea r10,[rip+3f]; mov [r12],ecx; 3: dec ecx; jnz 1b; ud2
        kernel(hex("b9c0c62d00410f23c4b801000d0081f9e803000075030f23f84c8d150400000041890c24ffc975e60f0b"));
        expectDebug(1);
        assertThat(machine.memory.read32(PAGE)).isEqualTo(1000);
        // mov ecx,3000000; lea r10,[rip+3f]; pushf; pop rax; or eax,0x100; 1: cmp ecx,1000; jne 2f; push rax; popf; 2: mov [r12],ecx; 3: dec ecx; jnz 1b;
        // ud2
        kernel(hex("b9c0c62d004c8d15150000009c580d0001000081f9e80300007502509d41890c24ffc975ee0f0b"));
        expect(DB, -1);
        assertThat(machine.memory.read32(PAGE)).isEqualTo(1000);
    }

    @Test
    void portBreakpointsTrapAfter() {
        cr4 |= DE;
        // mov eax,0x510; mov dr2,rax; mov edx,0x510; mov eax,0x2000010; mov dr7,rax; lea r10,[rip+1]; in al,dx; ud2
        kernel(hex("b8100500000f23d0ba10050000b8100000020f23f84c8d1501000000ec0f0b"));
        expectDebug(4);
    }

    @Test
    void generalDetectGuardsTheRegisters() {
        // mov eax,0x2000; mov dr7,rax; lea r10,[rip+0]; mov rax,dr3; ud2
        kernel(hex("b8002000000f23f84c8d15000000000f21d80f0b"));
        expectDebug(0x2000);
        // The handler could read DR6, so the guard is down.
    }

    @Test
    void icebpIsADebugException() {
        // lea r10,[rip+1]; .byte 0xF1; ud2
        kernel(hex("4c8d1501000000f10f0b"));
        expectDebug(0);
    }

    @Test
    void debugExtensionsTakeTheAliasesAway() {
        cr4 |= DE;
        // lea r10,[rip+0]; mov rax,dr4
        kernel(hex("4c8d15000000000f21e0"));
        expect(UD, -1);
        cr4 &= ~DE;
        // mov rax,dr4; mov rbx,dr6; out 0xF0,al; jmp $
        kernel(hex("0f21e00f21f3e6f0ebfe"));
        expectNone();
        assertThat(end.gpr[X86Regs.RAX]).isEqualTo(end.gpr[X86Regs.RBX]);
        // mov rax,0x100000000; lea r10,[rip+0]; mov dr7,rax
        kernel(hex("48b800000000010000004c8d15000000000f23f8"));
        expect(GP, 0);
    }
}
