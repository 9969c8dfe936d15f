package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;

/** Which general registers a {@link Region} needs in JVM locals, and which of them it changes. */
final class RegionRegisters {
    private RegionRegisters() {}

    /** Registers that have a local: those that some form of the region names. */
    static int used(Region region) {
        int used = 0;
        for (long[] words : region.code) {
            for (int i = 0; i < words.length; i += 2) {
                long w = words[i];
                int uop = (int) w & 0xFF;
                used |= written(uop, w, words[i + 1]);
                if (throughInterpreter(uop)) {
                    continue;
                }
                if (hasAddress(uop)) {
                    used |= bit(Uop.base(w)) | bit(Uop.index(w));
                }
                if (uop == Uop.MOVES64 || uop == Uop.MOVES32) {
                    for (int k = 0; k < Fusion.MOVES; k++) {
                        used |= bit(Uop.moveFrom(words[i + 1], k));
                    }
                    continue;
                }
                if (uop < Uop.ADDRESSED) {
                    used |= bit(Uop.a(w));
                }
                if (uop < Uop.TERMINATORS || uop >= Uop.FUSED) {
                    used |= bit(Uop.d(w)) | bit(Uop.s(w));
                } else if (uop == Uop.JMP_R || uop == Uop.CALL_R) {
                    used |= bit(Uop.s(w));
                }
            }
        }
        return used;
    }

    /** Registers whose local may differ from {@link CpuState#r}. */
    static int written(Region region) {
        int written = 0;
        for (long[] words : region.code) {
            for (int i = 0; i < words.length; i += 2) {
                written |= written((int) words[i] & 0xFF, words[i], words[i + 1]);
            }
        }
        return written;
    }

    private static int written(int uop, long w, long im) {
        if (throughInterpreter(uop)) {
            return 0;
        }
        return switch (uop) {
            case Uop.MOVES64, Uop.MOVES32 -> {
                int written = 0;
                for (int k = 0; k < Fusion.MOVES; k++) {
                    written |= bit(Uop.moveTo(im, k));
                }
                yield written;
            }
            case Uop.CALL, Uop.RET, Uop.CALL_R, Uop.CALL_M -> 1 << X86Regs.RSP;
            case Uop.PUSH -> bit(Uop.base(w));
            case Uop.POP -> bit(Uop.base(w)) | bit(Uop.d(w));
            case Uop.LEAVE -> 1 << X86Regs.RSP | bit(Uop.d(w));
            default -> uop < Uop.STORES ? bit(Uop.d(w)) : 0;
        };
    }

    private static boolean hasAddress(int uop) {
        return uop >= Uop.ADDRESSED && uop < Uop.TERMINATORS || uop == Uop.LOADS || uop == Uop.ALU_MR || uop == Uop.STEP_M
                || uop == Uop.JMP_M
                || uop == Uop.CALL_M;
    }

    /** Forms that work on {@link CpuState} alone, with the locals spilled around them. */
    private static boolean throughInterpreter(int uop) {
        return uop == Uop.SLOW || uop == Uop.SLOW_END || uop == Uop.NOP;
    }

    private static int bit(int slot) {
        return slot < 16 ? 1 << slot : 0;
    }
}
