package org.jvmm.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.core.cpu.BootState;
import org.jvmm.core.cpu.SegmentState;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;

/** Descriptor tables and page tables in guest memory, and the registers that use them. */
final class CpuSetup {
    private static final long CR0_PE = 1;
    private static final long CR0_ET = 0x10;
    private static final long CR0_PG = 0x8000_0000L;
    private static final long CR4_PAE = 0x20;
    private static final long EFER_LME = 0x100;
    private static final long EFER_LMA = 0x400;

    /** Present, accessed execute/read code; 4 KiB units; 32-bit (SDM vol. 3 §3.4.5). */
    private static final int CODE_32 = 0xC09B;
    /** As {@link #CODE_32}, but 64-bit. */
    private static final int CODE_64 = 0xA09B;
    /** Present, accessed read/write data; 4 KiB units; 32-bit. */
    private static final int DATA = 0xC093;
    /** Present, busy TSS (SDM vol. 3 §8.2.2): 32-bit without paging, 64-bit in long mode. */
    private static final int TSS = 0x008B;
    private static final int TSS_LIMIT = 0x67;
    private static final int FLAT_LIMIT = 0xFFFF_FFFF;
    private static final int GDT_ENTRIES = 4;
    private static final int IDT_LIMIT = 7;

    private static final long PAGE_PRESENT_WRITABLE = 3;
    private static final long PAGE_LARGE = 0x80;
    private static final int LARGE_PAGE_SHIFT = 21;
    private static final int TABLE_ENTRIES = 512;

    /** Bytes that the boot page tables map from address 0: one directory of 2 MiB pages. */
    static final long IDENTITY_MAPPED = (long) TABLE_ENTRIES << LARGE_PAGE_SHIFT;

    private CpuSetup() {}

    /** The PVH entry (Xen, docs/misc/pvh.pandoc): 32-bit protected mode, flat segments, paging off, EBX = start info. */
    static BootState protectedMode(GuestMemory memory, long entry) {
        X86Sregs sregs = new X86Sregs();
        segments(memory, sregs, 0x08, CODE_32, 0x10, 0x18);
        sregs.cr0 = CR0_PE | CR0_ET;
        X86Regs regs = new X86Regs();
        regs.rip = entry;
        regs.gpr[X86Regs.RBX] = GuestLayout.PVH_START_INFO;
        return new BootState(regs, sregs);
    }

    /**
     * The 64-bit entry (Linux Documentation/arch/x86/boot.rst, "64-bit Boot Protocol"): identity-mapped long mode, __BOOT_CS = 0x10, __BOOT_DS =
     * 0x18, RSI = boot_params. The TSS takes the slot that the protocol leaves free.
     */
    static BootState longMode(GuestMemory memory, long entry) {
        X86Sregs sregs = new X86Sregs();
        segments(memory, sregs, 0x10, CODE_64, 0x18, 0x08);
        pageTables(memory);
        sregs.cr0 = CR0_PE | CR0_ET | CR0_PG;
        sregs.cr3 = GuestLayout.BOOT_PML4;
        sregs.cr4 = CR4_PAE;
        sregs.efer = EFER_LME | EFER_LMA;
        X86Regs regs = new X86Regs();
        regs.rip = entry;
        regs.gpr[X86Regs.RSI] = GuestLayout.ZERO_PAGE;
        regs.gpr[X86Regs.RSP] = GuestLayout.BOOT_STACK;
        regs.gpr[X86Regs.RBP] = GuestLayout.BOOT_STACK;
        return new BootState(regs, sregs);
    }

    private static void segments(GuestMemory memory, X86Sregs sregs, int codeSelector, int code, int dataSelector, int taskSelector) {
        ByteBuffer gdt = table(GDT_ENTRIES);
        load(gdt, sregs.segments[X86Sregs.CS], codeSelector, FLAT_LIMIT, code);
        for (int i = 0; i < sregs.segments.length; i++) {
            if (i != X86Sregs.CS) {
                load(gdt, sregs.segments[i], dataSelector, FLAT_LIMIT, DATA);
            }
        }
        load(gdt, sregs.tr, taskSelector, TSS_LIMIT, TSS);
        memory.write(GuestLayout.BOOT_GDT, gdt.array());
        memory.write(GuestLayout.BOOT_IDT, new byte[IDT_LIMIT + 1]);
        sregs.gdtBase = GuestLayout.BOOT_GDT;
        sregs.gdtLimit = GDT_ENTRIES * 8 - 1;
        sregs.idtBase = GuestLayout.BOOT_IDT;
        sregs.idtLimit = IDT_LIMIT;
    }

    /** Gives a segment register its value and the GDT the descriptor that loads the same (SDM vol. 3 §3.4.5, figure 3-8; base 0). */
    private static void load(ByteBuffer gdt, SegmentState segment, int selector, int limit, int attributes) {
        segment.set(selector, 0, limit, attributes);
        int raw = (attributes & 0x8000) != 0 ? limit >>> 12 : limit;
        gdt.putLong(selector, (raw & 0xFFFFL) | (long) (attributes & 0xF0FF) << 40 | (long) (raw >>> 16 & 0xF) << 48);
    }

    private static void pageTables(GuestMemory memory) {
        memory.write(GuestLayout.BOOT_PML4, table(1).putLong(GuestLayout.BOOT_PDPT | PAGE_PRESENT_WRITABLE).array());
        memory.write(GuestLayout.BOOT_PDPT, table(1).putLong(GuestLayout.BOOT_PD | PAGE_PRESENT_WRITABLE).array());
        ByteBuffer directory = table(TABLE_ENTRIES);
        for (long i = 0; i < TABLE_ENTRIES; i++) {
            directory.putLong(i << LARGE_PAGE_SHIFT | PAGE_LARGE | PAGE_PRESENT_WRITABLE);
        }
        memory.write(GuestLayout.BOOT_PD, directory.array());
    }

    /** An array of words: the first access to memory by a layout, as of {@link GuestMemory#write64}, would cost a new JVM 20 ms before the guest's start. */
    private static ByteBuffer table(int entries) {
        return ByteBuffer.allocate(entries * 8).order(ByteOrder.LITTLE_ENDIAN);
    }
}
