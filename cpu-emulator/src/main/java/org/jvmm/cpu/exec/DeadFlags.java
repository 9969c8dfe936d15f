package org.jvmm.cpu.exec;

/**
 * Which flags nobody sees: those that an instruction of the same block replaces before any reads them, leaves the block or may fault. The frequent forms then need
 * not make them.
 */
final class DeadFlags {
    private DeadFlags() {}

    /** Whether anything may see the flags of an instruction, by its index, before they are replaced. */
    static boolean needed(long[] words, int count, int index) {
        for (int i = 2 * index + 2; i < count; i += 2) {
            int uop = (int) words[i] & 0xFF;
            if (uop >= Uop.LOADS64 || uop == Uop.SLOW || uop >= Uop.CARRYING && uop < Uop.ADDRESSED || uop == Uop.ALU_RM
                    || uop == Uop.ALU_MR) {
                return true;
            }
            if (uop >= Uop.ADD64 && uop < Uop.MOVES64) {
                return false;
            }
        }
        return true;
    }

    /** Chooses the forms without flags where they do. */
    static void drop(long[] words, int count) {
        for (int i = 0; i < count; i += 2) {
            int without = without((int) words[i] & 0xFF);
            if (without != 0 && !needed(words, count, i >> 1)) {
                words[i] = words[i] & ~0xFF | without;
            }
        }
    }

    /** Puts the forms with flags back. */
    static void restore(long[] words) {
        for (int i = 0; i < words.length; i += 2) {
            words[i] = words[i] & ~0xFF | with((int) words[i] & 0xFF);
        }
    }

    private static int without(int uop) {
        return switch (uop) {
            case Uop.ADD64 -> Uop.ADD64_N;
            case Uop.ADD32 -> Uop.ADD32_N;
            case Uop.SUB64 -> Uop.SUB64_N;
            case Uop.SUB32 -> Uop.SUB32_N;
            case Uop.AND64 -> Uop.AND64_N;
            case Uop.AND32 -> Uop.AND32_N;
            case Uop.OR64 -> Uop.OR64_N;
            case Uop.OR32 -> Uop.OR32_N;
            case Uop.XOR64 -> Uop.XOR64_N;
            case Uop.XOR32 -> Uop.XOR32_N;
            case Uop.SHL64 -> Uop.SHL64_N;
            case Uop.SHR32 -> Uop.SHR32_N;
            default -> 0;
        };
    }

    private static int with(int uop) {
        return switch (uop) {
            case Uop.ADD64_N -> Uop.ADD64;
            case Uop.ADD32_N -> Uop.ADD32;
            case Uop.SUB64_N -> Uop.SUB64;
            case Uop.SUB32_N -> Uop.SUB32;
            case Uop.AND64_N -> Uop.AND64;
            case Uop.AND32_N -> Uop.AND32;
            case Uop.OR64_N -> Uop.OR64;
            case Uop.OR32_N -> Uop.OR32;
            case Uop.XOR64_N -> Uop.XOR64;
            case Uop.XOR32_N -> Uop.XOR32;
            case Uop.SHL64_N -> Uop.SHL64;
            case Uop.SHR32_N -> Uop.SHR32;
            default -> uop;
        };
    }
}
