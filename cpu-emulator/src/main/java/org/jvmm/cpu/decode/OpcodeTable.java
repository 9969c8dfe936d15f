package org.jvmm.cpu.decode;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.cpu.sse.AvxTable;
import org.jvmm.cpu.sse.SseOp;
import org.jvmm.cpu.sse.SseTable;

/**
 * The one table of opcodes: drives {@link Decoder}, {@link Disassembler} and the tests. Read once from the rows of {@link IntegerTable} and
 * {@link SseTable}.
 */
final class OpcodeTable {
    private static final OpcodeForm[] NONE = {};
    /** Forms by map * 256 + opcode; those with a mandatory prefix stand first so that they win over the ones without. */
    private static final OpcodeForm[][] FORMS = new OpcodeForm[8 * 256][];
    private static final List<OpcodeForm> ROWS = new ArrayList<>();

    static {
        parse(IntegerTable.ROWS);
        parse(SseTable.ROWS);
        parse(SseTable.EXTENSION_ROWS);
        parse(SseTable.MMX_ROWS);
        parse(AvxTable.ROWS);
    }

    private OpcodeTable() {}

    /** The forms of an opcode, most specific first. */
    static OpcodeForm[] forms(int map, int opcode) {
        OpcodeForm[] forms = FORMS[map * 256 + opcode];
        return forms == null ? NONE : forms;
    }

    /** All rows, for tests. */
    static List<OpcodeForm> rows() {
        return ROWS;
    }

    private static void parse(String text) {
        int start = 0;
        List<String> words = new ArrayList<>(8);
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            if (end < 0) {
                end = text.length();
            }
            words.clear();
            split(text, start, end, words);
            if (!words.isEmpty() && words.get(0).charAt(0) != '#') {
                addRow(words, text.substring(start, end));
            }
            start = end + 1;
        }
    }

    private static void split(String text, int start, int end, List<String> words) {
        int at = start;
        while (at < end) {
            if (text.charAt(at) == ' ') {
                at++;
                continue;
            }
            int stop = at;
            while (stop < end && text.charAt(stop) != ' ') {
                stop++;
            }
            words.add(text.substring(at, stop));
            at = stop;
        }
    }

    private static void addRow(List<String> words, String row) {
        int prefix = switch (words.get(0)) {
            case "--" -> OpcodeForm.ANY;
            case "NP" -> OpcodeForm.NO_PREFIX;
            default -> Integer.parseInt(words.get(0), 16);
        };
        int map = switch (words.get(1)) {
            case "1B" -> 0;
            case "0F" -> 1;
            case "0F38" -> 2;
            case "0F3A" -> 3;
            case "V0F" -> OpcodeForm.VEX + 1;
            case "V0F38" -> OpcodeForm.VEX + 2;
            case "V0F3A" -> OpcodeForm.VEX + 3;
            default -> throw new IllegalStateException("Unknown map in row: " + row);
        };
        String code = words.get(2);
        int opcode = Integer.parseInt(code.substring(0, 2), 16);
        String suffix = code.substring(2);
        int digit = suffix.startsWith("/") ? suffix.charAt(1) - '0' : -1;
        int wholeModrm = suffix.startsWith("=") ? Integer.parseInt(suffix.substring(1), 16) : -1;
        int count = suffix.equals("+r") ? 8 : suffix.equals("+cc") ? 16 : 1;
        int attributes = suffix.equals("+cc") ? OpcodeForm.CONDITION : 0;
        List<OperandCode> operands = new ArrayList<>(4);
        for (int i = 4; i < words.size(); i++) {
            int attribute = attribute(words.get(i));
            if (attribute != 0) {
                attributes |= attribute;
            } else {
                operands.add(OperandCode.parse(words.get(i)));
            }
        }
        Integer sseOp = SseOp.number(words.get(3));
        Op op = sseOp != null ? Op.SSE : Op.valueOf(words.get(3));
        OpcodeForm form = new OpcodeForm(prefix, map, opcode, digit, wholeModrm, op, op == Op.SSE ? sseOp : 0,
                operands.toArray(new OperandCode[0]),
                attributes, row);
        ROWS.add(form);
        for (int i = 0; i < count; i++) {
            add(map * 256 + opcode + i, form);
        }
    }

    private static int attribute(String word) {
        return switch (word) {
            case "d64" -> OpcodeForm.D64;
            case "f64" -> OpcodeForm.F64;
            case "i64" -> OpcodeForm.I64;
            case "o64" -> OpcodeForm.O64;
            case "lock" -> OpcodeForm.LOCK;
            case "L0" -> OpcodeForm.L0;
            case "L1" -> OpcodeForm.L1;
            case "W0" -> OpcodeForm.W0;
            case "W1" -> OpcodeForm.W1;
            default -> 0;
        };
    }

    private static void add(int key, OpcodeForm form) {
        OpcodeForm[] old = FORMS[key] == null ? NONE : FORMS[key];
        OpcodeForm[] forms = new OpcodeForm[old.length + 1];
        // Specific rows first: a whole ModRM byte, then a mandatory prefix, then the rest in table order.
        int at = 0;
        while (at < old.length && specificity(old[at]) >= specificity(form)) {
            at++;
        }
        System.arraycopy(old, 0, forms, 0, at);
        forms[at] = form;
        System.arraycopy(old, at, forms, at + 1, old.length - at);
        FORMS[key] = forms;
    }

    private static int specificity(OpcodeForm form) {
        return (form.wholeModrm() >= 0 ? 2 : 0) + (form.prefix() != OpcodeForm.ANY ? 1 : 0);
    }
}
