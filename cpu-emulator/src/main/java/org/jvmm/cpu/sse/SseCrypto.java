package org.jvmm.cpu.sse;

/** PCLMULQDQ, AES-NI (SDM vol. 1 §12.13) and the SHA extensions (SDM vol. 2, by instruction). */
final class SseCrypto {
    private static final long LOW = 0xFFFF_FFFFL;
    private static final byte[] SUB = new byte[256];
    private static final byte[] INVERSE_SUB = new byte[256];
    private static final int[] SHA1_K = { 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6 };

    static {
        // FIPS 197 §5.1.1: the inverse in GF(2^8), then an affine map. 3 generates the field, so p walks it while q walks the inverses.
        int p = 1;
        int q = 1;
        do {
            p = (p ^ p << 1 ^ ((p & 0x80) != 0 ? 0x11B : 0)) & 0xFF;
            q ^= q << 1;
            q ^= q << 2;
            q ^= q << 4;
            q &= 0xFF;
            if ((q & 0x80) != 0) {
                q ^= 0x09;
            }
            int turned = q * 0x101;
            enter(p, (q ^ turned >> 7 ^ turned >> 6 ^ turned >> 5 ^ turned >> 4 ^ 0x63) & 0xFF);
        } while (p != 1);
        enter(0, 0x63);
    }

    private SseCrypto() {}

    private static void enter(int from, int to) {
        SUB[from] = (byte) to;
        INVERSE_SUB[to] = (byte) from;
    }

    static void exec(int op, SseState s, int d, int r, int imm) {
        long[] x = s.x;
        int a = d << 1;
        int b = r << 1;
        long low = x[a];
        long high = x[a + 1];
        long low2 = x[b];
        long high2 = x[b + 1];
        switch (op) {
            case SseOp.PCLMULQDQ -> carrylessMultiply(x, a, x[a + (imm & 1)], x[b + (imm >> 4 & 1)]);
            case SseOp.AESENC, SseOp.AESENCLAST -> {
                boolean last = op == SseOp.AESENCLAST;
                x[a] = (column(low, high, 0, last) | column(low, high, 1, last) << 32) ^ low2;
                x[a + 1] = (column(low, high, 2, last) | column(low, high, 3, last) << 32) ^ high2;
            }
            case SseOp.AESDEC, SseOp.AESDECLAST -> {
                boolean last = op == SseOp.AESDECLAST;
                x[a] = (inverseColumn(low, high, 0, last) | inverseColumn(low, high, 1, last) << 32) ^ low2;
                x[a + 1] = (inverseColumn(low, high, 2, last) | inverseColumn(low, high, 3, last) << 32) ^ high2;
            }
            case SseOp.AESIMC -> {
                x[a] = inverseMix((int) low2) & LOW | (long) inverseMix((int) (low2 >>> 32)) << 32;
                x[a + 1] = inverseMix((int) high2) & LOW | (long) inverseMix((int) (high2 >>> 32)) << 32;
            }
            case SseOp.AESKEYGENASSIST -> {
                int one = substitute((int) (low2 >>> 32));
                int three = substitute((int) (high2 >>> 32));
                x[a] = one & LOW | (long) (Integer.rotateRight(one, 8) ^ imm & 0xFF) << 32;
                x[a + 1] = three & LOW | (long) (Integer.rotateRight(three, 8) ^ imm & 0xFF) << 32;
            }
            case SseOp.SHA1RNDS4 -> sha1Rounds(x, a, b, imm & 3);
            case SseOp.SHA1NEXTE -> {
                x[a] = low2;
                x[a + 1] = join((int) high2, (int) (high2 >>> 32) + Integer.rotateLeft((int) (high >>> 32), 30));
            }
            case SseOp.SHA1MSG1 -> {
                x[a] = low ^ high2;
                x[a + 1] = high ^ low;
            }
            case SseOp.SHA1MSG2 -> {
                int w16 = Integer.rotateLeft((int) (high >>> 32) ^ (int) high2, 1);
                int w17 = Integer.rotateLeft((int) high ^ (int) (low2 >>> 32), 1);
                int w18 = Integer.rotateLeft((int) (low >>> 32) ^ (int) low2, 1);
                int w19 = Integer.rotateLeft((int) low ^ w16, 1);
                x[a] = join(w19, w18);
                x[a + 1] = join(w17, w16);
            }
            case SseOp.SHA256RNDS2 -> sha256Rounds(x, a, b);
            case SseOp.SHA256MSG1 -> {
                x[a] = join((int) low + small0((int) (low >>> 32)), (int) (low >>> 32) + small0((int) high));
                x[a + 1] = join((int) high + small0((int) (high >>> 32)), (int) (high >>> 32) + small0((int) low2));
            }
            default -> {
                int w16 = (int) low + small1((int) high2);
                int w17 = (int) (low >>> 32) + small1((int) (high2 >>> 32));
                x[a] = join(w16, w17);
                x[a + 1] = join((int) high + small1(w16), (int) (high >>> 32) + small1(w17));
            }
        }
    }

    private static long join(int low, int high) {
        return (long) high << 32 | low & LOW;
    }

    private static void carrylessMultiply(long[] x, int a, long p, long q) {
        long low = 0;
        long high = 0;
        for (int i = 0; i < 64; i++) {
            if ((q >>> i & 1) != 0) {
                low ^= p << i;
                high ^= i == 0 ? 0 : p >>> 64 - i;
            }
        }
        x[a] = low;
        x[a + 1] = high;
    }

    /** Byte {@code row} of column {@code column & 3} of the AES state, which lies in columns of four. */
    private static int stateByte(long low, long high, int column, int row) {
        long half = (column & 2) == 0 ? low : high;
        return (int) (half >>> ((column & 1) << 5) + (row << 3)) & 0xFF;
    }

    /** ShiftRows, SubBytes and, but for the last round, MixColumns; one column of the result. */
    private static long column(long low, long high, int c, boolean last) {
        int shifted = 0;
        for (int row = 0; row < 4; row++) {
            shifted |= (SUB[stateByte(low, high, c + row, row)] & 0xFF) << (row << 3);
        }
        return (last ? shifted : mix(shifted)) & LOW;
    }

    private static long inverseColumn(long low, long high, int c, boolean last) {
        int shifted = 0;
        for (int row = 0; row < 4; row++) {
            shifted |= (INVERSE_SUB[stateByte(low, high, c - row, row)] & 0xFF) << (row << 3);
        }
        return (last ? shifted : inverseMix(shifted)) & LOW;
    }

    /** Doubles the four bytes in GF(2^8). */
    private static int twice(int word) {
        return (word & 0x7F7F7F7F) << 1 ^ (word >>> 7 & 0x01010101) * 0x1B;
    }

    /** MixColumns: 2 3 1 1 circulant (FIPS 197 §5.1.3). */
    private static int mix(int word) {
        int next = Integer.rotateRight(word, 8);
        return twice(word ^ next) ^ next ^ Integer.rotateRight(word, 16) ^ Integer.rotateRight(word, 24);
    }

    /** InvMixColumns is MixColumns after a circulant 5 0 4 0. */
    private static int inverseMix(int word) {
        int four = twice(twice(word ^ Integer.rotateRight(word, 16)));
        return mix(word ^ four);
    }

    private static int substitute(int word) {
        int result = 0;
        for (int i = 0; i < 32; i += 8) {
            result |= (SUB[word >>> i & 0xFF] & 0xFF) << i;
        }
        return result;
    }

    private static void sha1Rounds(long[] x, int r1, int r2, int function) {
        int a = (int) (x[r1 + 1] >>> 32);
        int b = (int) x[r1 + 1];
        int c = (int) (x[r1] >>> 32);
        int d = (int) x[r1];
        int e = 0;
        for (int i = 3; i >= 0; i--) {
            int w = (int) (x[r2 + (i >> 1)] >>> ((i & 1) << 5));
            int f = switch (function) {
                case 0 -> b & c ^ ~b & d;
                case 2 -> b & c ^ b & d ^ c & d;
                default -> b ^ c ^ d;
            };
            int next = f + Integer.rotateLeft(a, 5) + w + e + SHA1_K[function];
            e = d;
            d = c;
            c = Integer.rotateLeft(b, 30);
            b = a;
            a = next;
        }
        x[r1] = join(d, c);
        x[r1 + 1] = join(b, a);
    }

    private static void sha256Rounds(long[] x, int r1, int r2) {
        int a = (int) (x[r2 + 1] >>> 32);
        int b = (int) x[r2 + 1];
        int c = (int) (x[r1 + 1] >>> 32);
        int d = (int) x[r1 + 1];
        int e = (int) (x[r2] >>> 32);
        int f = (int) x[r2];
        int g = (int) (x[r1] >>> 32);
        int h = (int) x[r1];
        for (int i = 0; i < 2; i++) {
            int key = (int) (x[0] >>> (i << 5));
            int sigma1 = Integer.rotateRight(e, 6) ^ Integer.rotateRight(e, 11) ^ Integer.rotateRight(e, 25);
            int first = (e & f ^ ~e & g) + sigma1 + key + h;
            int sigma0 = Integer.rotateRight(a, 2) ^ Integer.rotateRight(a, 13) ^ Integer.rotateRight(a, 22);
            int second = (a & b ^ a & c ^ b & c) + sigma0;
            h = g;
            g = f;
            f = e;
            e = first + d;
            d = c;
            c = b;
            b = a;
            a = first + second;
        }
        x[r1] = join(f, e);
        x[r1 + 1] = join(b, a);
    }

    private static int small0(int w) {
        return Integer.rotateRight(w, 7) ^ Integer.rotateRight(w, 18) ^ w >>> 3;
    }

    private static int small1(int w) {
        return Integer.rotateRight(w, 17) ^ Integer.rotateRight(w, 19) ^ w >>> 10;
    }
}
