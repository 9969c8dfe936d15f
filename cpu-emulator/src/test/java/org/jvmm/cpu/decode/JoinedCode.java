package org.jvmm.cpu.decode;

/** Makes straight code in which the interpreter finds much to join: moves, what changes them, comparisons with a jump, and accesses in between that may fault. */
final class JoinedCode {
    /** Few, so that one instruction works on what another moved. RBX is the data's address, RCX is counted by the last instruction. */
    private static final int[] REGISTERS = { 0, 1, 2, 8, 9 };
    private static final int RBX = 3;
    private static final int[] ARITHMETIC = { 0x01, 0x09, 0x21, 0x29, 0x31 };
    private static final int[] ROTATES_AND_SHIFTS = { 0, 1, 4, 5, 7 };
    private static final int[] CONDITIONS = { 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15 };

    private final OperandValues values;
    private final byte[] code;
    private int at;

    JoinedCode(OperandValues values, byte[] code) {
        this.values = values;
        this.code = code;
    }

    /** Writes a sequence that ends with a conditional jump over an increment of ECX. Returns its length in bytes. */
    int make() {
        at = 0;
        for (int left = 2 + values.below(9); left > 0; left--) {
            instruction();
        }
        comparison();
        if (values.oneIn(2)) {
            put(0x70 + condition(), 2);
        } else {
            put(0x0F, 0x80 + condition(), 2, 0, 0, 0);
        }
        put(0xFF, 0xC1);
        return at;
    }

    private void instruction() {
        boolean wide = values.oneIn(2);
        int d = register();
        int s = register();
        switch (values.below(13)) {
            case 0, 1, 2, 3, 4 -> registers(wide, 0x89, s, d);
            case 5, 6 -> registers(wide, pick(ARITHMETIC), s, d);
            case 7 -> {
                registers(wide, 0x83, values.below(8) == 0 ? 7 : new int[] { 0, 1, 4, 5, 6 }[values.below(5)], d);
                put((int) values.next());
            }
            case 8 -> {
                registers(wide, 0xC1, pick(ROTATES_AND_SHIFTS), d);
                put(values.below(wide ? 64 : 32));
            }
            case 9 -> registers(wide, 0xFF, values.below(2), d);
            case 10 -> twoBytes(wide, values.oneIn(2) ? 0xAF : 0xB6, d, s);
            case 11 -> {
                comparison();
                twoBytes(wide, 0x40 + condition(), d, s);
            }
            default -> {
                // A load, a store, or an address.
                int opcode = new int[] { 0x8B, 0x89, 0x8D }[values.below(3)];
                put(0x40 | (wide ? 8 : 0) | d >> 3 << 2, opcode, 0x40 | (d & 7) << 3 | RBX, values.below(64));
            }
        }
    }

    private void comparison() {
        int d = register();
        int s = register();
        switch (values.below(6)) {
            case 0 -> registers(false, 0x39, s, d);
            case 1 -> registers(true, 0x39, s, d);
            case 2 -> registers(values.oneIn(2), 0x85, s, d);
            case 3 -> registers(false, values.oneIn(2) ? 0x38 : 0x84, s, d);
            case 4 -> {
                put(0x66);
                registers(false, 0x39, s, d);
            }
            default -> {
                registers(values.oneIn(2), 0x83, 7, d);
                put((int) values.next());
            }
        }
    }

    private int register() {
        return pick(REGISTERS);
    }

    private int condition() {
        return pick(CONDITIONS);
    }

    private int pick(int[] from) {
        return from[values.below(from.length)];
    }

    private void registers(boolean wide, int opcode, int reg, int rm) {
        put(0x40 | (wide ? 8 : 0) | reg >> 3 << 2 | rm >> 3, opcode, 0xC0 | (reg & 7) << 3 | rm & 7);
    }

    private void twoBytes(boolean wide, int opcode, int reg, int rm) {
        put(0x40 | (wide ? 8 : 0) | reg >> 3 << 2 | rm >> 3, 0x0F, opcode, 0xC0 | (reg & 7) << 3 | rm & 7);
    }

    private void put(int... bytes) {
        for (int value : bytes) {
            code[at++] = (byte) value;
        }
    }
}
