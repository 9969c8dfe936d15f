package org.jvmm.vmm.gdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;

/**
 * A CPU's registers in gdb's order, and the description that tells gdb of it. The features are gdb's own (GDB manual, G.5.4), so that it knows the registers
 * by name; control registers are a feature of ours. Segment selectors and control registers are shown but not changed.
 */
final class Amd64Registers {
    /** Name of an annex for {@code qXfer:features:read}, and what it holds. */
    static final String DESCRIPTION = "target.xml";

    private static final int KERNEL_GS_BASE = 0xC000_0102;
    private static final int FXSAVE_SIZE = 512;
    private static final int ST = 32;
    private static final int XMM = 160;
    private static final int MXCSR = 24;

    private static final int RIP = 16;
    private static final int EFLAGS = 17;
    private static final int SEGMENTS = 18;
    private static final int X87 = 24;
    private static final int X87_CONTROL = 32;
    private static final int XMM0 = 40;
    private static final int MXCSR_NUMBER = 56;
    private static final int FS_BASE = 57;
    private static final int GS_BASE = 58;
    private static final int KERNEL_GS = 59;
    private static final int CONTROL = 60;
    /** Number of registers. */
    static final int COUNT = 65;

    /** gdb's order of the general registers, in x86's encoding. */
    private static final int[] GENERAL = { X86Regs.RAX, X86Regs.RBX, X86Regs.RCX, X86Regs.RDX, X86Regs.RSI, X86Regs.RDI, X86Regs.RBP,
        X86Regs.RSP, 8, 9, 10, 11, 12, 13, 14, 15 };
    private static final String[] GENERAL_NAMES = { "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12",
        "r13", "r14", "r15" };
    private static final int[] SEGMENT_ORDER = { X86Sregs.CS, X86Sregs.SS, X86Sregs.DS, X86Sregs.ES, X86Sregs.FS, X86Sregs.GS };
    private static final String[] SEGMENT_NAMES = { "cs", "ss", "ds", "es", "fs", "gs" };
    private static final String[] X87_NAMES = { "fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop" };
    private static final String[] CONTROL_NAMES = { "cr0", "cr2", "cr3", "cr4", "efer" };

    private final X86Regs regs = new X86Regs();
    private final X86Sregs sregs = new X86Sregs();
    private final byte[] fxsave = new byte[FXSAVE_SIZE];
    private final ByteBuffer fpu = ByteBuffer.wrap(fxsave).order(ByteOrder.LITTLE_ENDIAN);
    private long kernelGs;
    private boolean generalChanged;
    private boolean segmentsChanged;
    private boolean fpuChanged;
    private boolean msrChanged;

    Amd64Registers() {}

    /** Takes a CPU's registers. */
    void load(Vcpu vcpu) {
        vcpu.getRegs(regs);
        vcpu.getSregs(sregs);
        vcpu.getFpu(fxsave);
        kernelGs = vcpu.getMsr(KERNEL_GS_BASE);
    }

    /** Gives a CPU those that were changed. */
    void store(Vcpu vcpu) {
        if (segmentsChanged) {
            vcpu.setSregs(sregs);
        }
        if (generalChanged) {
            vcpu.setRegs(regs);
        }
        if (fpuChanged) {
            vcpu.setFpu(fxsave);
        }
        if (msrChanged) {
            vcpu.setMsr(KERNEL_GS_BASE, kernelGs);
        }
        segmentsChanged = false;
        generalChanged = false;
        fpuChanged = false;
        msrChanged = false;
    }

    /** Segments and control registers as they were loaded. */
    X86Sregs sregs() {
        return sregs;
    }

    /** Address of the next instruction. */
    long rip() {
        return regs.rip;
    }

    /** Changes the address of the next instruction. */
    void setRip(long value) {
        generalChanged |= regs.rip != value;
        regs.rip = value;
    }

    /** Bytes of a register. */
    static int size(int number) {
        if (number < EFLAGS || number >= FS_BASE) {
            return 8;
        }
        if (number >= XMM0 && number < MXCSR_NUMBER) {
            return 16;
        }
        return number >= X87 && number < X87_CONTROL ? 10 : 4;
    }

    /** Copies a register's bytes, the lowest first. */
    byte[] get(int number) {
        byte[] bytes = new byte[size(number)];
        if (number >= X87 && number < X87_CONTROL) {
            fpu.get(ST + 16 * (number - X87), bytes);
        } else if (number >= XMM0 && number < MXCSR_NUMBER) {
            fpu.get(XMM + 16 * (number - XMM0), bytes);
        } else {
            long value = value(number);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (value >>> 8 * i);
            }
        }
        return bytes;
    }

    private long value(int number) {
        if (number < RIP) {
            return regs.gpr[GENERAL[number]];
        }
        if (number >= SEGMENTS && number < X87) {
            return sregs.segments[SEGMENT_ORDER[number - SEGMENTS]].selector;
        }
        if (number >= X87_CONTROL && number < XMM0) {
            return x87(number - X87_CONTROL);
        }
        return switch (number) {
            case RIP -> regs.rip;
            case EFLAGS -> regs.rflags;
            case MXCSR_NUMBER -> fpu.getInt(MXCSR);
            case FS_BASE -> sregs.segments[X86Sregs.FS].base;
            case GS_BASE -> sregs.segments[X86Sregs.GS].base;
            case KERNEL_GS -> kernelGs;
            case CONTROL -> sregs.cr0;
            case CONTROL + 1 -> sregs.cr2;
            case CONTROL + 2 -> sregs.cr3;
            case CONTROL + 3 -> sregs.cr4;
            default -> sregs.efer;
        };
    }

    /** From the FXSAVE image (SDM vol. 1, table 10-2). */
    private long x87(int index) {
        return switch (index) {
            case 0 -> fpu.getShort(0) & 0xFFFF;
            case 1 -> fpu.getShort(2) & 0xFFFF;
            case 2 -> fullTags();
            case 4 -> fpu.getInt(8) & 0xFFFF_FFFFL;
            case 6 -> fpu.getInt(16) & 0xFFFF_FFFFL;
            case 7 -> fpu.getShort(6) & 0x7FF;
            // The selectors are not there with 64-bit pointers.
            default -> 0;
        };
    }

    /** Two bits a register, of which only "empty" is told apart. */
    private long fullTags() {
        long tags = 0;
        for (int i = 0; i < 8; i++) {
            tags |= (fpu.get(4) & 1 << i) == 0 ? 3L << 2 * i : 0;
        }
        return tags;
    }

    /** Replaces a register; those that cannot be changed stay as they are. */
    void set(int number, byte[] bytes) {
        if (Arrays.equals(bytes, get(number))) {
            return;
        }
        generalChanged |= number <= EFLAGS;
        fpuChanged |= number >= X87 && number <= MXCSR_NUMBER;
        segmentsChanged |= number == FS_BASE || number == GS_BASE;
        msrChanged |= number == KERNEL_GS;
        if (number >= X87 && number < X87_CONTROL) {
            fpu.put(ST + 16 * (number - X87), bytes);
            return;
        }
        if (number >= XMM0 && number < MXCSR_NUMBER) {
            fpu.put(XMM + 16 * (number - XMM0), bytes);
            return;
        }
        long value = 0;
        for (int i = bytes.length - 1; i >= 0; i--) {
            value = value << 8 | bytes[i] & 0xFF;
        }
        if (number < RIP) {
            regs.gpr[GENERAL[number]] = value;
            return;
        }
        switch (number) {
            case RIP -> regs.rip = value;
            case EFLAGS -> regs.rflags = value;
            case MXCSR_NUMBER -> fpu.putInt(MXCSR, (int) value & 0xFFFF);
            case FS_BASE -> sregs.segments[X86Sregs.FS].base = value;
            case GS_BASE -> sregs.segments[X86Sregs.GS].base = value;
            case KERNEL_GS -> kernelGs = value;
            default -> {
                // A selector without its descriptor, or a control register without its checks, would make a CPU that cannot be.
            }
        }
    }

    /** The description of all this. */
    static String description() {
        StringBuilder xml = new StringBuilder(6000);
        xml.append(
                "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n<architecture>i386:x86-64</architecture>\n");
        xml.append("<feature name=\"org.gnu.gdb.i386.core\">\n");
        flags(xml);
        for (String name : GENERAL_NAMES) {
            register(xml, name, 64, name.equals("rbp") || name.equals("rsp") ? "data_ptr" : "int64");
        }
        register(xml, "rip", 64, "code_ptr");
        register(xml, "eflags", 32, "i386_eflags");
        for (String name : SEGMENT_NAMES) {
            register(xml, name, 32, "int32");
        }
        for (int i = 0; i < 8; i++) {
            register(xml, "st" + i, 80, "i387_ext");
        }
        for (String name : X87_NAMES) {
            register(xml, name, 32, "int");
        }
        xml.append("</feature>\n<feature name=\"org.gnu.gdb.i386.sse\">\n");
        vectors(xml);
        for (int i = 0; i < 16; i++) {
            register(xml, "xmm" + i, 128, "vec128");
        }
        register(xml, "mxcsr", 32, "int");
        xml.append("</feature>\n<feature name=\"org.gnu.gdb.i386.segments\">\n");
        register(xml, "fs_base", 64, "int");
        register(xml, "gs_base", 64, "int");
        xml.append("</feature>\n<feature name=\"org.jvmm.system\">\n");
        register(xml, "k_gs_base", 64, "int");
        for (String name : CONTROL_NAMES) {
            register(xml, name, 64, "int");
        }
        return xml.append("</feature>\n</target>\n").toString();
    }

    private static void register(StringBuilder xml, String name, int bits, String type) {
        xml.append("<reg name=\"").append(name).append("\" bitsize=\"").append(bits).append("\" type=\"").append(type).append("\"/>\n");
    }

    private static void flags(StringBuilder xml) {
        String[] names = { "CF", "", "PF", "", "AF", "", "ZF", "SF", "TF", "IF", "DF", "OF", "", "", "NT", "", "RF", "VM", "AC", "VIF",
            "VIP",
            "ID" };
        xml.append("<flags id=\"i386_eflags\" size=\"4\">\n");
        for (int bit = 0; bit < names.length; bit++) {
            if (!names[bit].isEmpty() || bit == 1) {
                xml.append("<field name=\"").append(names[bit]).append("\" start=\"").append(bit).append("\" end=\"").append(bit)
                        .append("\"/>\n");
            }
        }
        xml.append("</flags>\n");
    }

    private static void vectors(StringBuilder xml) {
        String[][] kinds = { { "v4_float", "ieee_single", "4" }, { "v2_double", "ieee_double", "2" }, { "v16_int8", "int8", "16" },
            { "v8_int16", "int16", "8" }, { "v4_int32", "int32", "4" }, { "v2_int64", "int64", "2" } };
        for (String[] kind : kinds) {
            xml.append("<vector id=\"").append(kind[0]).append("\" type=\"").append(kind[1]).append("\" count=\"").append(kind[2])
                    .append("\"/>\n");
        }
        xml.append("<union id=\"vec128\">\n");
        for (String[] kind : kinds) {
            xml.append("<field name=\"").append(kind[0]).append("\" type=\"").append(kind[0]).append("\"/>\n");
        }
        xml.append("<field name=\"uint128\" type=\"uint128\"/>\n</union>\n");
    }
}
