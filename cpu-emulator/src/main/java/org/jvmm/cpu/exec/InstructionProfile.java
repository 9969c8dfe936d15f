package org.jvmm.cpu.exec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jvmm.cpu.decode.Instruction;

/**
 * For developers: how many instructions of which class the interpreter executed, and where its time went. The property {@code jvmm.cpu.profile} names a file
 * to be written when the machine ends; the compiler is off then, so that all instructions are the interpreter's.
 *
 * <p>Instructions are counted by the executions of their blocks. Time is sampled: a tick belongs to the class of the instruction that is in {@link SlowPath},
 * or, outside, in equal parts to the other instructions of the running block.
 */
final class InstructionProfile {
    /** Whether there is a profile at all; when not, the code that feeds it vanishes in compilation. */
    static final boolean ON = System.getProperty("jvmm.cpu.profile") != null;

    /** One for each CPU. */
    private static final List<InstructionProfile> ALL = new CopyOnWriteArrayList<>();
    private static final long TICK_NANOS = 500_000;
    private static final VarHandle BLOCK;
    private static final VarHandle SLOW;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            BLOCK = lookup.findVarHandle(InstructionProfile.class, "block", Block.class);
            SLOW = lookup.findVarHandle(InstructionProfile.class, "slow", Instruction.class);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** What instructions are told apart by. */
    private enum Kind {
        MOVE("register moves"), ARITHMETIC("add, logic, compare"), SHIFT("shift, rotate"), MULTIPLY("multiply, divide"), ADDRESS(
                "lea"), LOAD("load"), LOAD_ALU("load and compute"), MODIFY("read, modify, write"), STORE("store"), STACK(
                        "push, pop, leave"), BRANCH("conditional branch"), JUMP("jump, call, return"), STRING(
                                "string"), ATOMIC("locked"), VECTOR("MMX, SSE, AVX"), FPU("x87"), SYSTEM("system"), OTHER("other");

        private final String title;

        Kind(String title) {
            this.title = title;
        }
    }

    /** A block with its instructions' classes; the block itself forgets them when its bytes change. */
    private record Seen(Block block, byte[] kinds, boolean[] slow) {}

    private final List<Seen> seen = new ArrayList<>();
    private final Map<Block, Seen> byBlock = new IdentityHashMap<>();
    private final double[] ticks = new double[Kind.values().length];
    private volatile boolean ended;
    private Block block;
    private Instruction slow;

    InstructionProfile() {
        ALL.add(this);
        Thread sampler = new Thread(this::sample, "profile");
        sampler.setDaemon(true);
        sampler.start();
    }

    /** The interpreter enters a block. */
    void enter(Block entered) {
        BLOCK.setRelease(this, entered);
        // The last one may have raised an exception.
        SLOW.setRelease(this, (Instruction) null);
    }

    /** It enters {@link SlowPath}, or, with null, has left it. */
    void slow(Instruction instruction) {
        SLOW.setRelease(this, instruction);
    }

    /** A block was decoded. */
    void built(Block made) {
        byte[] kinds = new byte[made.count];
        boolean[] isSlow = new boolean[made.count];
        for (int i = 0; i < made.count; i++) {
            int uop = (int) made.word(2 * i) & 0xFF;
            isSlow[i] = uop == Uop.SLOW || uop == Uop.SLOW_END;
            kinds[i] = (byte) (isSlow[i] ? kind(made.slow(i)) : kind(uop)).ordinal();
        }
        Seen entry = new Seen(made, kinds, isSlow);
        synchronized (this) {
            seen.add(entry);
            byBlock.put(made, entry);
        }
    }

    private void sample() {
        while (!ended) {
            LockSupport.parkNanos(TICK_NANOS);
            Instruction instruction = (Instruction) SLOW.getAcquire(this);
            Block running = (Block) BLOCK.getAcquire(this);
            synchronized (this) {
                if (instruction != null) {
                    ticks[kind(instruction).ordinal()]++;
                } else if (running != null) {
                    spread(byBlock.get(running));
                }
            }
        }
    }

    private void spread(Seen entry) {
        int fast = 0;
        for (boolean one : entry.slow) {
            fast += one ? 0 : 1;
        }
        for (int i = 0; i < entry.kinds.length; i++) {
            if (!entry.slow[i] || fast == 0) {
                ticks[entry.kinds[i]] += 1.0 / (fast == 0 ? entry.kinds.length : fast);
            }
        }
    }

    private static Kind kind(int uop) {
        if (uop >= Uop.TERMINATORS) {
            return uop < Uop.FALL ? Kind.BRANCH : Kind.JUMP;
        }
        if (uop >= Uop.STORES) {
            return uop == Uop.PUSH ? Kind.STACK : Kind.STORE;
        }
        return switch (uop) {
            case Uop.NOP, Uop.MOV64, Uop.MOV32, Uop.MOV_RI, Uop.MOVZX8, Uop.MOVZX16, Uop.MOVSXD, Uop.MOV8, Uop.MOV16, Uop.CMOV64,
                    Uop.CMOV32,
                    Uop.SETCC, Uop.MOVSX_RR,
                    Uop.BSWAP ->
                Kind.MOVE;
            case Uop.SHL64, Uop.SHL64_N, Uop.SHL32, Uop.SHR64, Uop.SHR32, Uop.SHR32_N, Uop.SAR64, Uop.SAR32, Uop.ROL32, Uop.ROR32,
                    Uop.SHIFT_CL, Uop.ROL,
                    Uop.ROR ->
                Kind.SHIFT;
            case Uop.IMUL64, Uop.IMUL32, Uop.IMUL64_I, Uop.IMUL32_I -> Kind.MULTIPLY;
            case Uop.LEA64, Uop.LEA32 -> Kind.ADDRESS;
            case Uop.LOAD64, Uop.LOAD32, Uop.LOADSXD, Uop.LOAD8Z, Uop.LOAD8, Uop.LOAD16Z, Uop.LOAD16, Uop.LOADS -> Kind.LOAD;
            case Uop.POP, Uop.LEAVE -> Kind.STACK;
            case Uop.ALU_MR, Uop.STEP_M -> Kind.MODIFY;
            case Uop.ALU_RM -> Kind.LOAD_ALU;
            default -> uop >= Uop.LOADS64 ? Kind.LOAD_ALU : Kind.ARITHMETIC;
        };
    }

    private static Kind kind(Instruction instruction) {
        if (instruction.lock) {
            return Kind.ATOMIC;
        }
        return switch (instruction.op) {
            case SSE -> Kind.VECTOR;
            case FPU -> Kind.FPU;
            case MOVS, CMPS, STOS, LODS, SCAS -> Kind.STRING;
            case MUL, IMUL, DIV, IDIV -> Kind.MULTIPLY;
            case XCHG -> instruction.hasMemory() ? Kind.ATOMIC : Kind.MOVE;
            case ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, INC, DEC, NEG, NOT ->
                instruction.kind0 == Instruction.MEM ? Kind.MODIFY : instruction.hasMemory() ? Kind.LOAD_ALU : Kind.ARITHMETIC;
            case MOV, MOVZX, MOVSX, MOVSXD ->
                instruction.kind0 == Instruction.MEM ? Kind.STORE : instruction.hasMemory() ? Kind.LOAD : Kind.MOVE;
            case ROL, ROR, RCL, RCR, SHL, SHR, SAR, SHLD, SHRD -> Kind.SHIFT;
            case PUSH, POP -> Kind.STACK;
            case CALL, RET, JMP, JCC -> Kind.JUMP;
            case INT, INT3, IRET, SYSCALL, SYSRET, HLT, IN, OUT, INS, OUTS, MOVTOCR, WRMSR, RDMSR, INVLPG, CLI, STI, PUSHF, POPF, SWAPGS,
                    CPUID, RDTSC,
                    MOVTOSEG, CLAC, STAC ->
                Kind.SYSTEM;
            default -> Kind.OTHER;
        };
    }

    /** The CPU has ended: adds what was counted to the sums. */
    private synchronized void end(long[] counts, double[] time) {
        ended = true;
        for (Seen entry : seen) {
            long executions = entry.block.executions();
            for (byte kind : entry.kinds) {
                counts[kind] += executions;
            }
        }
        for (int i = 0; i < ticks.length; i++) {
            time[i] += ticks[i];
        }
    }

    /** Writes the table of all CPUs, most frequent class first. They have ended. */
    static void write() {
        Kind[] kinds = Kind.values();
        long[] counts = new long[kinds.length];
        double[] ticks = new double[kinds.length];
        for (InstructionProfile one : ALL) {
            one.end(counts, ticks);
        }
        long all = 0;
        double time = 0;
        for (int i = 0; i < kinds.length; i++) {
            all += counts[i];
            time += ticks[i];
        }
        List<Kind> order = new ArrayList<>(List.of(kinds));
        order.sort((a, b) -> Long.compare(counts[b.ordinal()], counts[a.ordinal()]));
        StringBuilder text = new StringBuilder("| class | instructions | of all | of the time |\n|---|---|---|---|\n");
        for (Kind kind : order) {
            if (counts[kind.ordinal()] != 0) {
                text.append("| ").append(kind.title).append(" | ").append(counts[kind.ordinal()]).append(" | ")
                        .append(share(counts[kind.ordinal()], all)).append(" | ").append(share(ticks[kind.ordinal()], time)).append(" |\n");
            }
        }
        try {
            Files.writeString(Path.of(System.getProperty("jvmm.cpu.profile")), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String share(double part, double whole) {
        long tenths = whole == 0 ? 0 : Math.round(1000 * part / whole);
        return tenths / 10 + "." + tenths % 10 + " %";
    }
}
