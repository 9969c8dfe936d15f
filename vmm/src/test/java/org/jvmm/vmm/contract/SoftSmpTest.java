package org.jvmm.vmm.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.testing.ContractMachine;

/** Four running software CPUs: started by IPI from real mode into 64-bit mode, interrupted in every way, asleep in HLT, stopped together. */
@Timeout(120)
class SoftSmpTest {
    private static final int CPUS = 4;
    private static final int BROADCASTS = 200;
    private static final int TOKENS = 2000;
    private static final long TRAMPOLINE = 0x7000;
    private static final long SECOND_CODE = 0x7200;
    private static final long STARTED = ContractMachine.DATA;
    private static final long FIXED = ContractMachine.DATA + 8;
    private static final long NMIS = ContractMachine.DATA + 16;
    private static final long TOKEN = ContractMachine.DATA + 24;
    private static final long LIMIT = ContractMachine.DATA + 32;

    /**
     * From real mode to 64-bit mode, as an operating system brings a CPU up.
     *
     * <pre>{@code
     * cli
     * xor ax, ax
     * mov ds, ax
     * lgdt [0x7100]
     * mov eax, 0x620
     * mov cr4, eax
     * mov eax, 0x1000
     * mov cr3, eax
     * mov ecx, 0xC0000080
     * xor edx, edx
     * mov eax, 0x101
     * wrmsr
     * mov eax, 0x80000011
     * mov cr0, eax
     * .byte 0xEA
     * .word 0x7200, 0x0008
     * }</pre>
     */
    private static final byte[] TRAMPOLINE_CODE = hex(
            "fa31c08ed80f0116007166b8200600000f22e066b8001000000f22d866b9800000c06631d266b8010100000f3066b8110000800f22c0ea007208"
                    + "00");

    /**
     * The other CPUs: APIC id in R13, a stack, the APIC with a logical id of one bit, and HLT for ever.
     *
     * <pre>{@code
     * mov ax, 0x10
     * mov ds, ax
     * mov es, ax
     * mov ss, ax
     * lidt [0x7110]
     * mov eax, 1
     * cpuid
     * shr ebx, 24
     * mov r13d, ebx
     * mov r15d, 3
     * mov eax, ebx
     * shl eax, 12
     * lea rsp, [rax + 0x51000]
     * mov edi, 0xFEE00000
     * mov ecx, ebx
     * mov eax, 0x01000000
     * shl eax, cl
     * mov [rdi + 0xD0], eax
     * mov dword ptr [rdi + 0xF0], 0x1FF
     * lock inc qword ptr [0x30000]
     * sti
     * 1: hlt
     * jmp 1b
     * }</pre>
     */
    private static final byte[] SECOND = hex(
            "66b810008ed88ec08ed00f011c2510710000b8010000000fa2c1eb184189dd41bf0300000089d8c1e00c488da000100500bf0000e0fe89d9b800"
                    + "000001d3e08987d0000000c787f0000000ff010000f048ff042500000300fbf4ebfd");

    /**
     * The boot processor, R14 the number of others: starts them; then fixed interrupts and NMIs to all others, R12 each; to itself; to all; to the logical
     * destinations 1 and 2; to the lowest priority of all; at last it gives a token to CPU 1 and sleeps until that has come round [0x30020] times.
     *
     * <pre>{@code
     * xor r13d, r13d
     * mov r15d, 3
     * mov edi, 0xFEE00000
     * mov dword ptr [rdi + 0xD0], 0x01000000
     * mov dword ptr [rdi + 0xF0], 0x1FF
     * mov dword ptr [rdi + 0x300], 0xC4500
     * mov dword ptr [rdi + 0x300], 0xC4607
     * 1: pause
     * cmp [0x30000], r14
     * jne 1b
     * sti
     * xor ecx, ecx
     * 2: add rcx, r14
     * mov dword ptr [rdi + 0x300], 0xC4044
     * 3: pause
     * cmp [0x30008], rcx
     * jne 3b
     * cmp rcx, r12
     * jb 2b
     * xor ecx, ecx
     * 4: add rcx, r14
     * mov dword ptr [rdi + 0x300], 0xC4400
     * 5: pause
     * cmp [0x30010], rcx
     * jne 5b
     * cmp rcx, r12
     * jb 4b
     * mov rcx, [0x30008]
     * mov dword ptr [rdi + 0x300], 0x44044
     * inc rcx
     * 6: pause
     * cmp [0x30008], rcx
     * jne 6b
     * mov dword ptr [rdi + 0x300], 0x84044
     * lea rcx, [rcx + r14 + 1]
     * 7: pause
     * cmp [0x30008], rcx
     * jne 7b
     * mov dword ptr [rdi + 0x310], 0x06000000
     * mov dword ptr [rdi + 0x300], 0x4844
     * add rcx, 2
     * 8: pause
     * cmp [0x30008], rcx
     * jne 8b
     * mov dword ptr [rdi + 0x310], 0x0F000000
     * mov dword ptr [rdi + 0x300], 0x4944
     * inc rcx
     * 9: pause
     * cmp [0x30008], rcx
     * jne 9b
     * mov dword ptr [rdi + 0x310], 0x01000000
     * mov dword ptr [rdi + 0x300], 0x4041
     * 10: cli
     * mov rax, [0x30018]
     * cmp rax, [0x30020]
     * jae 11f
     * sti
     * hlt
     * jmp 10b
     * 11: out 0xF0, al
     * 12: jmp 12b
     * }</pre>
     */
    private static final byte[] FIRST = hex(
            "4531ed41bf03000000bf0000e0fec787d000000000000001c787f0000000ff010000c7870003000000450c00c7870003000007460c00f3904c39"
                    + "34250000030075f4fb31c94c01f1c7870003000044400c00f39048390c250800030075f44c39e172e231c94c01f1c7870003000000440c00f390"
                    + "48390c251000030075f44c39e172e2488b0c2508000300c787000300004440040048ffc1f39048390c250800030075f4c7870003000044400800"
                    + "4a8d4c3101f39048390c250800030075f4c7871003000000000006c78700030000444800004883c102f39048390c250800030075f4c787100300"
                    + "000000000fc787000300004449000048ffc1f39048390c250800030075f4c7871003000000000001c7870003000041400000fa488b0425180003"
                    + "00483b0425200003007304fbf4ebe9e6f0ebfe");

    /**
     * Vector 0x41: counts the token and gives it to the next CPU.
     *
     * <pre>{@code
     * push rax
     * push rdi
     * mov edi, 0xFEE00000
     * mov rax, [0x30018]
     * inc rax
     * mov [0x30018], rax
     * mov dword ptr [rdi + 0xB0], 0
     * cmp rax, [0x30020]
     * jae 1f
     * lea rax, [r13 + 1]
     * and rax, r15
     * shl eax, 24
     * mov [rdi + 0x310], eax
     * mov dword ptr [rdi + 0x300], 0x4041
     * 1: pop rdi
     * pop rax
     * iretq
     * }</pre>
     */
    private static final byte[] PASS_ON = hex(
            "5057bf0000e0fe488b04251800030048ffc04889042518000300c787b000000000000000483b042520000300731a498d45014c21f8c1e0188987"
                    + "10030000c78700030000414000005f5848cf");

    /**
     * Vector 0x44.
     *
     * <pre>{@code
     * lock inc qword ptr [0x30008]
     * push rax
     * mov eax, 0xFEE000B0
     * mov dword ptr [rax], 0
     * pop rax
     * iretq
     * }</pre>
     */
    private static final byte[] COUNT = hex("f048ff04250800030050b8b000e0fec700000000005848cf");

    /**
     * Vector 2.
     *
     * <pre>{@code
     * lock inc qword ptr [0x30010]
     * iretq
     * }</pre>
     */
    private static final byte[] COUNT_NMI = hex("f048ff04251000030048cf");

    private final ContractMachine machine = new ContractMachine(Engines.SOFT, CPUS);
    private final List<Thread> threads = new ArrayList<>();
    private final VcpuExit[] exits = new VcpuExit[CPUS];

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    @AfterEach
    void close() {
        machine.close();
    }

    private void startOthers() {
        for (int i = 1; i < CPUS; i++) {
            int cpu = i;
            Thread thread = new Thread(() -> exits[cpu] = machine.vcpu(cpu).run(), "cpu " + i);
            thread.start();
            threads.add(thread);
        }
    }

    private void stopOthers() throws InterruptedException {
        for (int i = 1; i < CPUS; i++) {
            machine.vcpu(i).kick();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void interruptsOfEveryKindArriveAndWake() throws Exception {
        machine.memory.write(TRAMPOLINE, TRAMPOLINE_CODE);
        machine.memory.write(SECOND_CODE, SECOND);
        // GDT and IDT pointers of ContractMachine's tables.
        machine.memory.write16(0x7100, 0x1F);
        machine.memory.write32(0x7102, 0x500);
        machine.memory.write16(0x7110, 0xFFF);
        machine.memory.write64(0x7112, 0x8000);
        machine.handler(2, COUNT_NMI);
        machine.handler(0x41, PASS_ON);
        machine.handler(0x44, COUNT);
        machine.memory.write64(LIMIT, TOKENS * CPUS);
        startOthers();
        X86Regs start = machine.longMode(FIRST);
        int others = CPUS - 1;
        start.gpr[12] = BROADCASTS * others;
        start.gpr[14] = others;
        machine.finish(start);
        stopOthers();
        assertThat(machine.memory.read64(STARTED)).isEqualTo(others);
        assertThat(machine.memory.read64(NMIS)).isEqualTo(BROADCASTS * others);
        // Broadcasts, one to itself, one to all, one to two, one to the lowest.
        assertThat(machine.memory.read64(FIXED)).isEqualTo(BROADCASTS * others + 1 + CPUS + 2 + 1);
        assertThat(machine.memory.read64(TOKEN)).isEqualTo(TOKENS * CPUS);
        for (int i = 1; i < CPUS; i++) {
            assertThat(exits[i]).isEqualTo(VcpuExit.Interrupted.INSTANCE);
            X86Sregs s = new X86Sregs();
            machine.vcpu(i).getSregs(s);
            assertThat(s.efer & 0x400).as("long mode").isNotZero();
        }
    }

    @Test
    void cpusThatNobodyStartedAreKickedToo() throws Exception {
        startOthers();
        stopOthers();
        for (int i = 1; i < CPUS; i++) {
            assertThat(exits[i]).isEqualTo(VcpuExit.Interrupted.INSTANCE);
            X86Regs regs = new X86Regs();
            Vcpu vcpu = machine.vcpu(i);
            vcpu.getRegs(regs);
            assertThat(regs.rip).isEqualTo(0xFFF0);
            assertThat(vcpu.instructionsRetired()).isZero();
        }
    }
}
