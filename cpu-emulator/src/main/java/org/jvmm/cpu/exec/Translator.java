package org.jvmm.cpu.exec;

import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jvmm.cpu.mmu.Mmu;

/**
 * Decides which blocks are compiled, and has it done: on one thread for all CPUs of the process, since the guest goes on in the interpreter meanwhile, or at
 * once when tests ask for that.
 *
 * <p>The property {@code jvmm.cpu.compile} is the number of executions after which a block is compiled, or {@code off}.
 */
final class Translator {
    private static final int DEFAULT_EXECUTIONS = 100_000;
    private static final int NEVER = -1;
    /** A longer method is never compiled by the JVM (HugeMethodLimit is 8,000). */
    private static final int MAX_BYTECODES = 7_500;
    /** Memory of this process that a region takes, very roughly: its class and what the JVM compiles of it. */
    private static final int REGION_BYTES = 8192;
    /** Regions that wait: the guest can ask faster than they are compiled. */
    private static final int MOST_WAITING = 500;
    /** Executions after which a block that waits for the compiler looks whether it is done; twice as many each time. */
    private static final int PATIENCE = 64;
    private static final int MOST_PATIENCE = 1 << 24;

    private final Mmu mmu;
    private final RegionWear wear = new RegionWear();
    private int executions = configured();
    private boolean immediate;
    /** Whether code that changed is compiled later. */
    private boolean wears = true;
    /** Regions compiled for this CPU; by the compiler's thread too. */
    final AtomicLong compiled = new AtomicLong();
    /** Regions, compiled or waiting for it, whose bytes changed. */
    long invalidated;
    /** Whether the CPU is one of several: its accesses must stay in order. */
    private boolean shared;
    /** Who counts the instructions executed. */
    private final Interpreter interpreter;

    /**
     * @param mmu where the memory that code takes is counted
     * @param interpreter the CPU's, which counts the instructions executed
     */
    Translator(Mmu mmu, Interpreter interpreter) {
        this.mmu = mmu;
        this.interpreter = interpreter;
    }

    /** Makes code for one of several CPUs from now on. */
    void share() {
        shared = true;
    }

    private static int configured() {
        String value = InstructionProfile.ON ? "off" : System.getProperty("jvmm.cpu.compile");
        if (value == null) {
            return DEFAULT_EXECUTIONS;
        }
        return value.equals("off") ? NEVER : Integer.parseInt(value);
    }

    /** For tests: compiles at the given number of executions, at least 1, on the CPU's own thread. */
    void compileAfter(int count, boolean wearing) {
        executions = count;
        immediate = true;
        wears = wearing;
    }

    /** Whether code is for one of several CPUs. */
    boolean shared() {
        return shared;
    }

    /**
     * A block has been executed as often as its countdown says. Sets that anew.
     *
     * @return whether the region that begins here is compiled now
     */
    boolean attend(Block entry) {
        if (executions == NEVER) {
            entry.countdown(CodeArena.MOST_COUNTDOWN);
        } else if (entry.patience > 0) {
            entry.patience = Math.min(2 * entry.patience, MOST_PATIENCE);
            entry.countdown(entry.patience);
        } else if (!immediate && Worker.QUEUE.remainingCapacity() == 0) {
            // Later, if it is still hot then.
            entry.countdown(executions);
        } else {
            request(entry);
            entry.patience = PATIENCE;
            entry.countdown(entry.compiled == null ? PATIENCE : 0);
        }
        return entry.compiled != null;
    }

    /** Has the region around a block compiled, if it can be; {@link Block#compiled} is set when it is done. */
    private void request(Block entry) {
        // What ends a block in SlowPath is the interpreter's: code that begins with it would do nothing.
        if (entry.mode != 8 || entry.crossesPage() || ((int) entry.word(0) & 0xFF) == Uop.SLOW_END) {
            return;
        }
        Region region = Region.around(entry, this, interpreter.retired());
        if (immediate) {
            translate(region);
        } else {
            // Where other CPUs were quicker, the block stays interpreted.
            Worker.QUEUE.offer(region);
        }
        mmu.code().weigh(entry.physical, REGION_BYTES);
    }

    /** A region, compiled or waiting for it, has been dropped. */
    void dropped(Region region) {
        invalidated++;
        wear.dropped(region.blocks[0].physical, interpreter.retired() - region.since);
    }

    /** Executions of a block until {@link #attend}, whose own execution is the next: so that {@link #executions} are reached with it. */
    int countdown(long physical) {
        if (executions == NEVER) {
            return CodeArena.MOST_COUNTDOWN;
        }
        return (wears ? wear.executions(physical, executions) : executions) - 1;
    }

    private void translate(Region region) {
        byte[] bytes = RegionCompiler.compile(region);
        if (longestMethod(bytes) > MAX_BYTECODES) {
            return;
        }
        try {
            MethodHandles.Lookup made = MethodHandles.lookup().defineHiddenClass(bytes, true);
            region.compiled((CompiledRegion) made
                    .findConstructor(made.lookupClass(), MethodType.methodType(void.class, Region.class)).invoke(region));
            compiled.incrementAndGet();
        } catch (Throwable e) {
            throw new AssertionError("Compiled region", e);
        }
    }

    private static int longestMethod(byte[] classFile) {
        int longest = 0;
        for (MethodModel method : ClassFile.of().parse(classFile).methods()) {
            if (method.code().orElse(null) instanceof CodeAttribute code) {
                longest = Math.max(longest, code.codeLength());
            }
        }
        return longest;
    }

    /** Started by the first request. */
    private static final class Worker {
        static final LinkedBlockingQueue<Region> QUEUE = new LinkedBlockingQueue<>(MOST_WAITING);

        static {
            Thread thread = new Thread(Worker::work, "compiler");
            thread.setDaemon(true);
            thread.start();
        }

        private static void work() {
            while (true) {
                try {
                    Region region = QUEUE.take();
                    if (region.valid) {
                        region.owner().translate(region);
                    }
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }
}
