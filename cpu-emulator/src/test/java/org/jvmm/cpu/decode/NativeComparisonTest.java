package org.jvmm.cpu.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.jvmm.cpu.sse.SseOp;
import org.jvmm.cpu.testing.BareCpu;
import org.jvmm.cpu.testing.MachineState;
import org.jvmm.cpu.testing.NativeRunner;

/**
 * Every row of the table that user code may execute, and short random sequences of them, against the real processor: registers, flags, vector and x87
 * state, memory, exceptions. {@code -Dseed=} and {@code -Dcases=} (a row) change what is tried, {@code -Drow=TEXT} keeps the rows that contain the text.
 */
class NativeComparisonTest {
    private static final int SHOWN = 40;

    /** A row, or of an x87 row one ModRM byte: 0xC0 and above a register form, else a memory digit. */
    private record Row(OpcodeForm form, int modrm, int mode) {
        String text() {
            String bits = mode == 8 ? "" : " (32-bit)";
            return form.row().trim() + (modrm < 0 ? "" : modrm >= 0xC0 ? "=" + Integer.toHexString(modrm) : "/" + (modrm >> 3)) + bits;
        }
    }

    /** One case on its way through both machines. */
    private static final class Pending {
        final byte[] code = new byte[NativeRunner.MAX_CODE];
        final MachineState in = new MachineState();
        final List<Instruction> instructions = new ArrayList<>();
        int length;
        int mode;
        int undefinedFlags;
        /** When an exception ended it. */
        int undefinedUntilFault;
        int maskedAt;
        int maskedLength;
        Row row;
    }

    private final long seed = Long.getLong("seed", 20261124);
    private final CaseGenerator generator = new CaseGenerator(seed);
    private final Pending[] pending = new Pending[NativeRunner.SLOTS];
    private final MachineState soft = new MachineState();
    private final MachineState real = new MachineState();
    private final Map<String, List<String>> failures = new TreeMap<>();
    private int failed;
    private int cases;
    private int waiting;
    private NativeRunner oracle;
    private BareCpu cpu;
    private boolean compiled;

    @Test
    void instructionsMatchTheProcessor() throws Exception {
        compare("NativeComparison", Integer.getInteger("cases", 300));
    }

    /** The same with every block compiled to JVM bytecode before it runs; fewer, since each is a class. */
    @Test
    void compiledCodeMatchesTheProcessor() throws Exception {
        compiled = true;
        compare("NativeComparison, compiled", Integer.getInteger("compiled.cases", 8));
    }

    private BareCpu newCpu() {
        BareCpu made = new BareCpu();
        if (compiled) {
            made.engine.compileAfter(1);
        }
        return made;
    }

    private void compare(String title, int perRow) throws IOException, InterruptedException {
        assumeTrue(NativeRunner.available(), "the oracle needs an x86-64 host with gcc");
        for (int i = 0; i < pending.length; i++) {
            pending[i] = new Pending();
        }
        String only = System.getProperty("row", "");
        HostFeatures host = new HostFeatures(NativeRunner.hostFeatures());
        List<Row> rows = rows();
        List<String> lacking = new ArrayList<>();
        List<Row> sequenced = new ArrayList<>();
        int covered = 0;
        cpu = newCpu();
        try (NativeRunner runner = new NativeRunner()) {
            oracle = runner;
            for (Row row : rows) {
                if (!row.text().contains(only)) {
                    continue;
                }
                String feature = host.missing(row.form());
                if (feature != null) {
                    lacking.add(row.text() + " (" + feature + ")");
                } else if (rowCases(row, row.modrm() < 0 ? perRow : perRow / 2) > 0) {
                    covered++;
                    if (row.mode() == 8 && !row.form().has(OpcodeForm.O64)) {
                        // The row in compatibility mode as well.
                        rowCases(new Row(row.form(), row.modrm(), 4), perRow / 8);
                    }
                    if (RowSelection.inSequences(row.form(), row.modrm())) {
                        sequenced.add(row);
                    }
                } else {
                    failures.computeIfAbsent(row.text(), key -> new ArrayList<>()).add("no case could be made");
                }
            }
            sequences(sequenced, perRow * rows.size() / 4);
            if (only.isEmpty()) {
                joined(perRow * rows.size() / 8);
            }
            flush();
        }
        System.out
                .println(title + ": " + cases + " cases, " + covered + " of " + (only.isEmpty() ? rows.size() : covered) + " rows");
        lacking.forEach(row -> System.out.println("  not compared, this processor lacks it: " + row));
        RowSelection.excluded().forEach((reason, list) -> System.out.println("  not user code's (" + reason + "): " + list));
        failures.forEach((row, list) -> list.stream().limit(3).forEach(text -> System.out.println("  WRONG " + row + ": " + text)));
        assertThat(failures.size()).as("rows with differences, listed on standard output").isZero();
        assertThat(covered + lacking.size()).isEqualTo(only.isEmpty() ? rows.size() : covered);
    }

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (OpcodeForm form : OpcodeTable.rows()) {
            if (!RowSelection.isUser(form)) {
                continue;
            }
            int mode = form.has(OpcodeForm.I64) ? 4 : 8;
            if (!CaseGenerator.isX87(form)) {
                rows.add(new Row(form, -1, mode));
                continue;
            }
            for (int digit = 0; digit < 8; digit++) {
                rows.add(new Row(form, digit << 3, mode));
            }
            for (int modrm = 0xC0; modrm < 0x100; modrm++) {
                rows.add(new Row(form, modrm, mode));
            }
        }
        return rows;
    }

    private int rowCases(Row row, int count) throws IOException {
        int made = 0;
        int before = failed;
        for (int tries = 0; made < count && tries < 8 * count && failed - before < SHOWN; tries++) {
            Instruction insn = generator.instruction(row.form(), row.modrm(), row.mode(), 0);
            if (insn == null || !RowSelection.testable(insn)) {
                continue;
            }
            generator.operands(row.mode());
            generator.prepare(insn, row.mode());
            Pending next = pending[waiting];
            next.instructions.clear();
            next.instructions.add(insn);
            next.length = insn.length;
            next.mode = row.mode();
            next.row = row;
            next.undefinedFlags = UndefinedFlags.of(insn, (int) generator.state.gpr[1] & 0xFF);
            next.undefinedUntilFault = next.undefinedFlags;
            System.arraycopy(generator.code, 0, next.code, 0, insn.length);
            next.length = RowSelection.landing(insn, next.code);
            next.maskedLength = RowSelection.pointerBytes(insn);
            if (next.maskedLength != 0) {
                next.maskedAt = generator.operandAt(insn) + RowSelection.pointersAt(insn);
            }
            submit(next);
            made++;
        }
        return made;
    }

    /** A case for several instructions, with operands but no code yet. */
    private Pending sequence() {
        Pending next = pending[waiting];
        next.instructions.clear();
        next.mode = 8;
        next.row = null;
        next.undefinedFlags = 0;
        next.undefinedUntilFault = 0;
        next.maskedLength = 0;
        generator.operands(8);
        return next;
    }

    /** Two to six instructions one after the other, so that each works on what the others left. */
    private void sequences(List<Row> rows, int count) throws IOException {
        for (int i = 0; i < count && !rows.isEmpty() && failed < 10 * SHOWN; i++) {
            Pending next = sequence();
            generator.state.gpr[3] = CaseGenerator.MIDDLE - 16 + generator.values.below(32);
            int length = 0;
            for (int wanted = 2 + generator.values.below(5), tries = 0; next.instructions.size() < wanted && tries < 60; tries++) {
                Row row = rows.get(generator.values.below(rows.size()));
                Instruction insn = generator.instruction(row.form(), row.modrm(), 8, length);
                if (insn == null || !RowSelection.testable(insn) || !RowSelection.chains(insn, next.undefinedFlags)) {
                    continue;
                }
                next.undefinedFlags = UndefinedFlags.after(insn, next.undefinedFlags);
                next.undefinedUntilFault |= next.undefinedFlags;
                length += insn.length;
                next.instructions.add(insn);
            }
            next.length = length;
            System.arraycopy(generator.code, 0, next.code, 0, length);
            submit(next);
        }
    }

    /** Sequences of which the interpreter makes fewer uops than instructions. */
    private void joined(int count) throws IOException {
        JoinedCode maker = new JoinedCode(generator.values, generator.code);
        Decoder decoder = new Decoder();
        for (int i = 0; i < count && failed < 10 * SHOWN; i++) {
            Pending next = sequence();
            // Seldom an address where nothing is.
            generator.state.gpr[3] = generator.values.oneIn(8) ? 0x1000 : CaseGenerator.MIDDLE - 32;
            next.length = maker.make();
            System.arraycopy(generator.code, 0, next.code, 0, next.length);
            for (int at = 0; at < next.length;) {
                Instruction insn = decoder.decode(next.code, at, next.length, 8);
                next.undefinedFlags = UndefinedFlags.after(insn, next.undefinedFlags);
                next.undefinedUntilFault |= next.undefinedFlags;
                next.instructions.add(insn);
                at += insn.length;
            }
            submit(next);
        }
    }

    private void submit(Pending next) throws IOException {
        next.in.copyFrom(generator.state);
        oracle.put(waiting, next.code, next.length, next.mode, next.in);
        waiting++;
        cases++;
        if (waiting == pending.length) {
            flush();
        }
    }

    private void flush() throws IOException {
        if (waiting == 0) {
            return;
        }
        oracle.start(waiting);
        oracle.await();
        for (int i = 0; i < waiting; i++) {
            Pending p = pending[i];
            oracle.get(i, real);
            String difference;
            try {
                cpu.run(p.code, p.length, p.mode, p.in, soft);
                for (int k = Math.max(0, p.maskedAt); k < Math.min(MachineState.WINDOW, p.maskedAt + p.maskedLength); k++) {
                    soft.window[k] = real.window[k];
                }
                if (p.instructions.get(0).op != Op.FPU && p.maskedLength != 0 && p.maskedAt + 24 < MachineState.WINDOW) {
                    // MXCSR_MASK has a bit more on AMD's processors.
                    soft.window[p.maskedAt + 24] = real.window[p.maskedAt + 24];
                }
                int undefined = real.vector < 0 ? p.undefinedFlags : p.undefinedUntilFault;
                difference = Comparison.difference(soft, real, undefined, RowSelection.accuracy(p.instructions.get(0)));
            } catch (RuntimeException | AssertionError e) {
                difference = e + " at " + e.getStackTrace()[0];
                cpu = newCpu();
            }
            if (difference != null) {
                failed++;
                failures.computeIfAbsent(p.row == null ? "sequence" : p.row.text(), key -> new ArrayList<>())
                        .add(describe(p) + ": " + difference);
            }
        }
        waiting = 0;
    }

    private static String describe(Pending p) {
        StringBuilder text = new StringBuilder();
        long address = BareCpu.CODE;
        for (Instruction insn : p.instructions) {
            text.append(Disassembler.text(insn, address)).append("; ");
            address += insn.length;
        }
        text.append('[');
        for (int i = 0; i < p.length; i++) {
            text.append(Character.forDigit(p.code[i] >> 4 & 15, 16)).append(Character.forDigit(p.code[i] & 15, 16));
        }
        text.append("] flags ").append(Long.toHexString(p.in.rflags));
        Instruction insn = p.instructions.get(0);
        if (insn.op == Op.SSE) {
            text.append(" ").append(SseOp.name(insn.sseOp)).append(" mxcsr ").append(Integer.toHexString(p.in.mxcsr()));
            text.append(" dst ").append(vector(p.in, insn.reg0 & 15)).append(" src ").append(vector(p.in, insn.reg1 & 15));
        } else if (insn.op == Op.FPU) {
            text.append(" cw ").append(Integer.toHexString(p.in.control())).append(" sw ").append(Integer.toHexString(p.in.status()));
            text.append(" tags ").append(Integer.toHexString(p.in.tags()));
            for (int i = 0; i < 2; i++) {
                text.append(' ').append(Integer.toHexString(p.in.signExponent(i))).append(':')
                        .append(Long.toHexString(p.in.significand(i)));
            }
            int i = insn.modrm & 7;
            text.append(' ').append(Integer.toHexString(p.in.signExponent(i))).append(':').append(Long.toHexString(p.in.significand(i)));
        }
        for (int i = 0; i < 8; i++) {
            text.append(' ').append(Long.toHexString(p.in.gpr[i]));
        }
        return text.toString();
    }

    private static String vector(MachineState s, int register) {
        StringBuilder text = new StringBuilder();
        for (int part = 3; part >= 0; part--) {
            text.append(Long.toHexString(s.vector(register, part))).append(part == 0 ? "" : "_");
        }
        return text.toString();
    }
}
