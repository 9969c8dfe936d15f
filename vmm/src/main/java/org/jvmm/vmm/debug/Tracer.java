package org.jvmm.vmm.debug;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;
import org.jvmm.boot.KernelSymbols;
import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.core.cpu.DebuggableVcpu;
import org.jvmm.core.cpu.InstructionText;
import org.jvmm.core.cpu.SegmentState;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.vmm.Hypervisors;

/**
 * Runs one CPU and prints the instructions it executes: address, symbol, bytes, text, and the registers that they changed. What the filter leaves out by
 * address runs at full speed; what it leaves out by privilege is stepped all the same.
 */
public final class Tracer {
    private static final String[] NAMES = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
        "r14",
        "r15" };
    private static final long EFER_LMA = 0x400;
    private static final int LONG_CODE = 1 << 13;
    private static final int WIDE_CODE = 1 << 14;
    private static final int BYTES_WIDTH = 32;
    private static final int TEXT_WIDTH = 40;

    private final DebuggableVcpu vcpu;
    private final TraceFilter filter;
    private final GuestMemory memory;
    private final GuestPageTables tables;
    private final KernelSymbols symbols;
    private final PrintStream out;
    /** Instructions that may still be printed, by all CPUs. */
    private final AtomicLong left;

    private final X86Regs before = new X86Regs();
    private final X86Regs after = new X86Regs();
    private final X86Sregs sregs = new X86Sregs();
    private final byte[] bytes = new byte[InstructionText.MAX_LENGTH];
    private final StringBuilder line = new StringBuilder();
    private final DebugPlan inside;
    private DebugPlan plan = DebugPlan.NONE;

    /**
     * @param filter {@linkplain TraceFilter#resolve resolved}
     * @param left lines that all tracers of a machine may print
     * @param out gets the lines
     */
    public Tracer(DebuggableVcpu vcpu, GuestMemory memory, KernelSymbols symbols, TraceFilter filter, AtomicLong left, PrintStream out) {
        this.vcpu = vcpu;
        this.filter = filter;
        this.memory = memory;
        this.tables = new GuestPageTables(memory);
        this.symbols = symbols;
        this.left = left;
        this.out = out;
        this.inside = DebugPlan.inside(filter.from(), filter.to());
    }

    /** As {@link org.jvmm.core.cpu.Vcpu#run()}. */
    public VcpuExit run() {
        while (left.get() > 0) {
            VcpuExit exit = next();
            if (!(exit instanceof VcpuExit.Debug)) {
                return exit;
            }
        }
        use(DebugPlan.NONE);
        return vcpu.run();
    }

    private void use(DebugPlan wanted) {
        if (plan != wanted) {
            vcpu.debug(wanted);
            plan = wanted;
        }
    }

    /** Runs to the next instruction in the range, or executes and prints the one here. */
    private VcpuExit next() {
        vcpu.getRegs(before);
        vcpu.getSregs(sregs);
        SegmentState code = sregs.segments[X86Sregs.CS];
        boolean longMode = (sregs.efer & EFER_LMA) != 0 && (code.attributes & LONG_CODE) != 0;
        long linear = longMode ? before.rip : code.base + before.rip & 0xFFFF_FFFFL;
        if (!filter.covers(linear)) {
            use(vcpu.stopsInRanges() ? inside : DebugPlan.TRACE);
            return vcpu.run();
        }
        boolean user = (sregs.segments[X86Sregs.SS].attributes >> 5 & 3) == 3;
        boolean wanted = user ? filter.user() : filter.kernel();
        if (wanted) {
            begin(linear, longMode ? 8 : (code.attributes & WIDE_CODE) != 0 ? 4 : 2, user);
        }
        use(DebugPlan.TRACE);
        VcpuExit exit = vcpu.run();
        if (exit instanceof VcpuExit.Debug debug && debug.cause() == VcpuExit.Debug.Cause.STEP && wanted) {
            finish();
        }
        return exit;
    }

    /** Writes the part of the line that is known before the instruction is executed. */
    private void begin(long linear, int mode, boolean user) {
        line.setLength(0);
        line.append(vcpu.id()).append(user ? " u " : " k ");
        hex(linear, 16);
        if (!user) {
            symbols.describe(linear).ifPresent(name -> line.append(' ').append(name));
        }
        line.append(": ");
        int available = fetch(linear);
        InstructionText instruction = Hypervisors.decode(bytes, available, mode, before.rip);
        int start = line.length();
        for (int i = 0; i < (instruction == null ? available : instruction.length()); i++) {
            hex(bytes[i] & 0xFF, 2);
        }
        pad(start + BYTES_WIDTH);
        start = line.length();
        line.append(instruction == null ? "?" : instruction.text());
        pad(start + TEXT_WIDTH);
    }

    private int fetch(long linear) {
        for (int i = 0; i < bytes.length; i++) {
            long physical = tables.translate(sregs, linear + i);
            if (physical == GuestPageTables.NONE) {
                return i;
            }
            try {
                bytes[i] = (byte) memory.read8(physical);
            } catch (GuestMemoryException e) {
                return i;
            }
        }
        return bytes.length;
    }

    /** Adds what changed, and prints the line. */
    private void finish() {
        vcpu.getRegs(after);
        for (int i = 0; i < NAMES.length; i++) {
            changed(NAMES[i], before.gpr[i], after.gpr[i]);
        }
        changed("rflags", before.rflags, after.rflags);
        int end = line.length();
        while (line.charAt(end - 1) == ' ') {
            end--;
        }
        line.setLength(end);
        if (left.getAndDecrement() > 0) {
            out.println(line);
        }
    }

    private void changed(String name, long old, long now) {
        if (old != now) {
            line.append(' ').append(name).append('=').append(Long.toHexString(now));
        }
    }

    private void hex(long value, int digits) {
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            line.append(Character.forDigit((int) (value >>> shift) & 15, 16));
        }
    }

    private void pad(int width) {
        while (line.length() < width) {
            line.append(' ');
        }
    }
}
