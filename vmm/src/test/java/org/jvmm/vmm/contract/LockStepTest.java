package org.jvmm.vmm.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.kvm.KvmHypervisor;

/** Random straight-line code in kernel mode on the software CPU and on KVM. {@code -Dcases=N -Dseed=N} tries more. */
@Tag("kvm")
class LockStepTest {
    private static final int LENGTH = 24;
    /** r11 holds the address of the data, rsp is the stack's: code leaves both alone. */
    private static final int BASE = 11;

    private final Random random = new Random(Long.getLong("seed", 20261125));

    @Test
    void bothEnginesLeaveTheSameState() {
        assumeTrue(Files.exists(Path.of(KvmHypervisor.DEVICE)), "there is no /dev/kvm");
        int cases = Integer.getInteger("cases", 400);
        try (LockStepChecker checker = new LockStepChecker(Engines.SOFT, Engines.KVM)) {
            byte[] data = new byte[4096];
            for (int i = 0; i < cases; i++) {
                long[] gpr = new long[16];
                for (int r = 0; r < 16; r++) {
                    gpr[r] = value();
                }
                gpr[BASE] = ContractMachine.DATA;
                random.nextBytes(data);
                byte[] code = code();
                assertThat(checker.differences(code, gpr, data)).as("case %d: %s", i, HexFormat.of().formatHex(code)).isEmpty();
            }
        }
    }

    /** Edges more often than chance would give them. */
    private long value() {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> 1L << random.nextInt(64);
            case 3 -> random.nextInt(256) - 128;
            default -> random.nextLong();
        };
    }

    private int register() {
        int register = random.nextInt(15);
        // Not RSP, not the base.
        return register == 4 ? 15 : register == BASE ? 14 : register;
    }

    private byte[] code() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < LENGTH; i++) {
            instruction(out);
        }
        // cmp rax, rbx defines all flags; then the end.
        out.writeBytes(HexFormat.of().parseHex("4839d8e6f0ebfe"));
        return out.toByteArray();
    }

    private void instruction(ByteArrayOutputStream out) {
        int wide = random.nextInt(3) == 0 ? 0 : 8;
        switch (random.nextInt(12)) {
            // add, or, adc, sbb, and, sub, xor, cmp: register forms
            case 0, 1, 2 -> modrm(out, wide, random.nextInt(8) << 3 | 1, register(), register());
            // the same with memory as the destination or the source
            case 3 -> memory(out, wide, random.nextInt(8) << 3 | (random.nextBoolean() ? 1 : 3), register());
            case 4 -> memory(out, wide, random.nextBoolean() ? 0x89 : 0x8B, register());
            case 5 -> {
                // rol, ror, shl, shr, sar by an immediate; OF is not defined afterwards
                int[] operations = { 0, 1, 4, 5, 7 };
                modrm(out, wide, 0xC1, operations[random.nextInt(5)], register());
                out.write(random.nextInt(31) + 1);
                defineFlags(out);
            }
            case 6 -> {
                modrm(out, wide, 0x0FAF, register(), register());
                defineFlags(out);
            }
            // movzx, movsx of bytes and words
            case 7 -> modrm(out, 8, new int[] { 0x0FB6, 0x0FB7, 0x0FBE, 0x0FBF }[random.nextInt(4)], register(), register());
            // cmovcc, setcc
            case 8 -> modrm(out, wide, 0x0F40 | random.nextInt(16), register(), register());
            case 9 -> modrm(out, 8, 0x0F90 | random.nextInt(16), 0, register());
            // not, neg, inc, dec
            case 10 -> {
                boolean unary = random.nextBoolean();
                modrm(out, wide, unary ? 0xF7 : 0xFF, unary ? 2 + random.nextInt(2) : random.nextInt(2), register());
            }
            // lea, xchg, xadd, movsxd
            default -> modrm(out, 8, new int[] { 0x87, 0x0FC1, 0x63 }[random.nextInt(3)], register(), register());
        }
    }

    private static void defineFlags(ByteArrayOutputStream out) {
        // add rax, 1
        out.writeBytes(new byte[] { 0x48, (byte) 0x83, (byte) 0xC0, 1 });
    }

    /** REX, opcode of one or two bytes, ModRM with two registers. */
    private static void modrm(ByteArrayOutputStream out, int wide, int opcode, int reg, int rm) {
        opcode(out, 0x40 | wide | reg >> 3 << 2 | rm >> 3, opcode);
        out.write(0xC0 | (reg & 7) << 3 | rm & 7);
    }

    /** REX, opcode, ModRM with [r11 + disp32]. */
    private void memory(ByteArrayOutputStream out, int wide, int opcode, int reg) {
        opcode(out, 0x41 | wide | reg >> 3 << 2, opcode);
        out.write(0x80 | (reg & 7) << 3 | BASE & 7);
        int displacement = random.nextInt(4000);
        for (int i = 0; i < 4; i++) {
            out.write(displacement >> 8 * i);
        }
    }

    private static void opcode(ByteArrayOutputStream out, int rex, int opcode) {
        out.write(rex);
        if (opcode > 0xFF) {
            out.write(0x0F);
        }
        out.write(opcode);
    }
}
