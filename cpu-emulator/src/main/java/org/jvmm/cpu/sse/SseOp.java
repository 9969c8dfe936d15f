package org.jvmm.cpu.sse;

import java.util.HashMap;
import java.util.Map;

/**
 * The numbers of the XMM operations, dense from 0, in groups that the executors dispatch by range. A name is the mnemonic of SDM vol. 2, except that
 * shifts by an immediate end in I and that MOVD from and MOVD_TO to a general register are MOVQ too (REX.W decides).
 */
public final class SseOp {
    // Arithmetic in the four forms PS, PD, SS, SD: the form is op & 3, the operation op >> 2.
    static final int ARITHMETIC_FIRST = 0;
    public static final int ADDPS = 0, ADDPD = 1, ADDSS = 2, ADDSD = 3, SUBPS = 4, SUBPD = 5;
    public static final int SUBSS = 6, SUBSD = 7, MULPS = 8, MULPD = 9, MULSS = 10, MULSD = 11;
    public static final int DIVPS = 12, DIVPD = 13, DIVSS = 14, DIVSD = 15, MINPS = 16, MINPD = 17;
    public static final int MINSS = 18, MINSD = 19, MAXPS = 20, MAXPD = 21, MAXSS = 22, MAXSD = 23;
    public static final int SQRTPS = 24, SQRTPD = 25, SQRTSS = 26, SQRTSD = 27, CMPPS = 28, CMPPD = 29;
    public static final int CMPSS = 30, CMPSD = 31;

    // The other floating-point operations.
    static final int FLOAT_FIRST = 32;
    public static final int RCPPS = 32, RCPSS = 33, RSQRTPS = 34, RSQRTSS = 35, ADDSUBPS = 36, ADDSUBPD = 37;
    public static final int HADDPS = 38, HADDPD = 39, HSUBPS = 40, HSUBPD = 41, ROUNDPS = 42, ROUNDPD = 43;
    public static final int ROUNDSS = 44, ROUNDSD = 45, DPPS = 46, DPPD = 47;

    // Conversions between XMM registers.
    static final int CONVERT_FIRST = 48;
    public static final int CVTPS2PD = 48, CVTPD2PS = 49, CVTSS2SD = 50, CVTSD2SS = 51, CVTDQ2PS = 52, CVTPS2DQ = 53;
    public static final int CVTTPS2DQ = 54, CVTTPD2DQ = 55, CVTDQ2PD = 56, CVTPD2DQ = 57;

    // Moves, logic and shuffles.
    static final int MOVE_FIRST = 58;
    public static final int MOVUPS = 58, MOVUPD = 59, MOVAPS = 60, MOVAPD = 61, MOVDQA = 62, MOVDQU = 63;
    public static final int LDDQU = 64, MOVNTPS = 65, MOVNTPD = 66, MOVNTDQ = 67, MOVNTDQA = 68, MOVSS = 69;
    public static final int MOVSD = 70, MOVQ = 71, MOVLPS = 72, MOVLPD = 73, MOVHPS = 74, MOVHPD = 75;
    public static final int MOVHLPS = 76, MOVLHPS = 77, MOVSLDUP = 78, MOVSHDUP = 79, MOVDDUP = 80, ANDPS = 81;
    public static final int ANDPD = 82, ANDNPS = 83, ANDNPD = 84, ORPS = 85, ORPD = 86, XORPS = 87;
    public static final int XORPD = 88, PAND = 89, PANDN = 90, POR = 91, PXOR = 92, UNPCKLPS = 93;
    public static final int UNPCKLPD = 94, UNPCKHPS = 95, UNPCKHPD = 96, SHUFPS = 97, SHUFPD = 98, PSHUFD = 99;
    public static final int PSHUFHW = 100, PSHUFLW = 101, PUNPCKLBW = 102, PUNPCKLWD = 103, PUNPCKLDQ = 104, PUNPCKLQDQ = 105;
    public static final int PUNPCKHBW = 106, PUNPCKHWD = 107, PUNPCKHDQ = 108, PUNPCKHQDQ = 109, PSHUFB = 110, PALIGNR = 111;
    public static final int PBLENDVB = 112, BLENDVPS = 113, BLENDVPD = 114, BLENDPS = 115, BLENDPD = 116, PBLENDW = 117;
    public static final int INSERTPS = 118;

    // Integer operations that treat both 64-bit halves alike.
    static final int LANES_FIRST = 119;
    public static final int PADDB = 119, PADDW = 120, PADDD = 121, PADDQ = 122, PSUBB = 123, PSUBW = 124;
    public static final int PSUBD = 125, PSUBQ = 126, PADDSB = 127, PADDSW = 128, PADDUSB = 129, PADDUSW = 130;
    public static final int PSUBSB = 131, PSUBSW = 132, PSUBUSB = 133, PSUBUSW = 134, PCMPEQB = 135, PCMPEQW = 136;
    public static final int PCMPEQD = 137, PCMPEQQ = 138, PCMPGTB = 139, PCMPGTW = 140, PCMPGTD = 141, PCMPGTQ = 142;
    public static final int PMINUB = 143, PMINSW = 144, PMAXUB = 145, PMAXSW = 146, PMINSB = 147, PMINUW = 148;
    public static final int PMINSD = 149, PMINUD = 150, PMAXSB = 151, PMAXUW = 152, PMAXSD = 153, PMAXUD = 154;
    public static final int PAVGB = 155, PAVGW = 156, PMULLW = 157, PMULHW = 158, PMULHUW = 159, PMULUDQ = 160;
    public static final int PMULDQ = 161, PMULLD = 162, PMADDWD = 163, PSADBW = 164, PMADDUBSW = 165, PMULHRSW = 166;
    public static final int PSIGNB = 167, PSIGNW = 168, PSIGND = 169, PABSB = 170, PABSW = 171, PABSD = 172;

    // Shifts, by an XMM register and (names ending in I) by an immediate.
    static final int SHIFT_FIRST = 173;
    public static final int PSRLW = 173, PSRLD = 174, PSRLQ = 175, PSRAW = 176, PSRAD = 177, PSLLW = 178;
    public static final int PSLLD = 179, PSLLQ = 180, PSRLWI = 181, PSRLDI = 182, PSRLQI = 183, PSRAWI = 184;
    public static final int PSRADI = 185, PSLLWI = 186, PSLLDI = 187, PSLLQI = 188, PSRLDQ = 189, PSLLDQ = 190;

    // Integer operations across the halves.
    static final int ACROSS_FIRST = 191;
    public static final int PACKSSWB = 191, PACKUSWB = 192, PACKSSDW = 193, PACKUSDW = 194, PHADDW = 195, PHADDD = 196;
    public static final int PHADDSW = 197, PHSUBW = 198, PHSUBD = 199, PHSUBSW = 200, PMOVSXBW = 201, PMOVSXBD = 202;
    public static final int PMOVSXBQ = 203, PMOVSXWD = 204, PMOVSXWQ = 205, PMOVSXDQ = 206, PMOVZXBW = 207, PMOVZXBD = 208;
    public static final int PMOVZXBQ = 209, PMOVZXWD = 210, PMOVZXWQ = 211, PMOVZXDQ = 212, PHMINPOSUW = 213, MPSADBW = 214;

    // AES-NI, PCLMULQDQ and SHA.
    static final int CRYPTO_FIRST = 215;
    public static final int PCLMULQDQ = 215, AESENC = 216, AESENCLAST = 217, AESDEC = 218, AESDECLAST = 219, AESIMC = 220;
    public static final int AESKEYGENASSIST = 221, SHA1RNDS4 = 222, SHA1NEXTE = 223, SHA1MSG1 = 224, SHA1MSG2 = 225, SHA256RNDS2 = 226;
    public static final int SHA256MSG1 = 227, SHA256MSG2 = 228;

    // Comparisons into EFLAGS.
    static final int FLAGS_FIRST = 229;
    public static final int UCOMISS = 229, UCOMISD = 230, COMISS = 231, COMISD = 232, PTEST = 233;

    // Results in a general register (to MOVD_TO) or a source in one.
    static final int GPR_FIRST = 234;
    public static final int MOVMSKPS = 234, MOVMSKPD = 235, PMOVMSKB = 236, PEXTRB = 237, PEXTRW = 238, PEXTRD = 239;
    public static final int EXTRACTPS = 240, CVTSS2SI = 241, CVTTSS2SI = 242, CVTSD2SI = 243, CVTTSD2SI = 244, MOVD_TO = 245;
    public static final int MOVD = 246, CVTSI2SS = 247, CVTSI2SD = 248, PINSRB = 249, PINSRW = 250, PINSRD = 251;

    // String comparisons and the masked store.
    static final int SPECIAL_FIRST = 252;
    public static final int PCMPESTRM = 252, PCMPESTRI = 253, PCMPISTRM = 254, PCMPISTRI = 255, MASKMOVDQU = 256;

    // What only MMX has, and what moves between the two.
    static final int MMX_FIRST = 257;
    public static final int PSHUFW = 257, MOVQ2DQ = 258, MOVDQ2Q = 259, CVTPI2PS = 260, CVTPI2PD = 261, CVTPS2PI = 262;
    public static final int CVTTPS2PI = 263, CVTPD2PI = 264, CVTTPD2PI = 265, MOVNTQ = 266, MASKMOVQ = 267;

    // AVX, AVX2, FMA and F16C: what SSE does not have.
    static final int AVX_FIRST = 268;
    public static final int VBROADCASTSS = 268, VBROADCASTSD = 269, VBROADCASTF128 = 270, VBROADCASTI128 = 271, VPBROADCASTB = 272,
            VPBROADCASTW = 273;
    public static final int VPBROADCASTD = 274, VPBROADCASTQ = 275, VEXTRACTF128 = 276, VEXTRACTI128 = 277, VINSERTF128 = 278,
            VINSERTI128 = 279;
    public static final int VPERM2F128 = 280, VPERM2I128 = 281, VPERMILPS = 282, VPERMILPD = 283, VPERMILPSI = 284, VPERMILPDI = 285;
    public static final int VPERMD = 286, VPERMPS = 287, VPERMQ = 288, VPERMPD = 289, VPBLENDD = 290, VPSLLVD = 291;
    public static final int VPSLLVQ = 292, VPSRLVD = 293, VPSRLVQ = 294, VPSRAVD = 295, VTESTPS = 296, VTESTPD = 297;
    public static final int VZEROUPPER = 298, VZEROALL = 299, VMASKMOVPS = 300, VMASKMOVPD = 301, VPMASKMOVD = 302, VPMASKMOVQ = 303;
    public static final int VPGATHERDD = 304, VPGATHERDQ = 305, VPGATHERQD = 306, VPGATHERQQ = 307, VGATHERDPS = 308, VGATHERDPD = 309;
    public static final int VGATHERQPS = 310, VGATHERQPD = 311, VCVTPH2PS = 312, VCVTPS2PH = 313, VFMADD = 314, VFMSUB = 315;
    public static final int VFNMADD = 316, VFNMSUB = 317, VFMADDSUB = 318, VFMSUBADD = 319;

    /** How many operations there are. */
    public static final int COUNT = 320;

    private static final String ALL = """
            ADDPS ADDPD ADDSS ADDSD SUBPS SUBPD SUBSS SUBSD MULPS MULPD MULSS MULSD
            DIVPS DIVPD DIVSS DIVSD MINPS MINPD MINSS MINSD MAXPS MAXPD MAXSS MAXSD
            SQRTPS SQRTPD SQRTSS SQRTSD CMPPS CMPPD CMPSS CMPSD
            RCPPS RCPSS RSQRTPS RSQRTSS ADDSUBPS ADDSUBPD HADDPS HADDPD HSUBPS HSUBPD ROUNDPS ROUNDPD
            ROUNDSS ROUNDSD DPPS DPPD
            CVTPS2PD CVTPD2PS CVTSS2SD CVTSD2SS CVTDQ2PS CVTPS2DQ CVTTPS2DQ CVTTPD2DQ CVTDQ2PD CVTPD2DQ
            MOVUPS MOVUPD MOVAPS MOVAPD MOVDQA MOVDQU LDDQU MOVNTPS MOVNTPD MOVNTDQ MOVNTDQA MOVSS
            MOVSD MOVQ MOVLPS MOVLPD MOVHPS MOVHPD MOVHLPS MOVLHPS MOVSLDUP MOVSHDUP MOVDDUP ANDPS
            ANDPD ANDNPS ANDNPD ORPS ORPD XORPS XORPD PAND PANDN POR PXOR UNPCKLPS
            UNPCKLPD UNPCKHPS UNPCKHPD SHUFPS SHUFPD PSHUFD PSHUFHW PSHUFLW PUNPCKLBW PUNPCKLWD PUNPCKLDQ PUNPCKLQDQ
            PUNPCKHBW PUNPCKHWD PUNPCKHDQ PUNPCKHQDQ PSHUFB PALIGNR PBLENDVB BLENDVPS BLENDVPD BLENDPS BLENDPD PBLENDW
            INSERTPS
            PADDB PADDW PADDD PADDQ PSUBB PSUBW PSUBD PSUBQ PADDSB PADDSW PADDUSB PADDUSW
            PSUBSB PSUBSW PSUBUSB PSUBUSW PCMPEQB PCMPEQW PCMPEQD PCMPEQQ PCMPGTB PCMPGTW PCMPGTD PCMPGTQ
            PMINUB PMINSW PMAXUB PMAXSW PMINSB PMINUW PMINSD PMINUD PMAXSB PMAXUW PMAXSD PMAXUD
            PAVGB PAVGW PMULLW PMULHW PMULHUW PMULUDQ PMULDQ PMULLD PMADDWD PSADBW PMADDUBSW PMULHRSW
            PSIGNB PSIGNW PSIGND PABSB PABSW PABSD
            PSRLW PSRLD PSRLQ PSRAW PSRAD PSLLW PSLLD PSLLQ PSRLWI PSRLDI PSRLQI PSRAWI
            PSRADI PSLLWI PSLLDI PSLLQI PSRLDQ PSLLDQ
            PACKSSWB PACKUSWB PACKSSDW PACKUSDW PHADDW PHADDD PHADDSW PHSUBW PHSUBD PHSUBSW PMOVSXBW PMOVSXBD
            PMOVSXBQ PMOVSXWD PMOVSXWQ PMOVSXDQ PMOVZXBW PMOVZXBD PMOVZXBQ PMOVZXWD PMOVZXWQ PMOVZXDQ PHMINPOSUW MPSADBW
            PCLMULQDQ AESENC AESENCLAST AESDEC AESDECLAST AESIMC AESKEYGENASSIST SHA1RNDS4 SHA1NEXTE SHA1MSG1 SHA1MSG2 SHA256RNDS2
            SHA256MSG1 SHA256MSG2
            UCOMISS UCOMISD COMISS COMISD PTEST
            MOVMSKPS MOVMSKPD PMOVMSKB PEXTRB PEXTRW PEXTRD EXTRACTPS CVTSS2SI CVTTSS2SI CVTSD2SI CVTTSD2SI MOVD_TO
            MOVD CVTSI2SS CVTSI2SD PINSRB PINSRW PINSRD
            PCMPESTRM PCMPESTRI PCMPISTRM PCMPISTRI MASKMOVDQU
            PSHUFW MOVQ2DQ MOVDQ2Q CVTPI2PS CVTPI2PD CVTPS2PI CVTTPS2PI CVTPD2PI CVTTPD2PI MOVNTQ MASKMOVQ
            VBROADCASTSS VBROADCASTSD VBROADCASTF128 VBROADCASTI128 VPBROADCASTB VPBROADCASTW VPBROADCASTD VPBROADCASTQ VEXTRACTF128
            VEXTRACTI128 VINSERTF128 VINSERTI128 VPERM2F128 VPERM2I128 VPERMILPS VPERMILPD VPERMILPSI VPERMILPDI
            VPERMD VPERMPS VPERMQ VPERMPD VPBLENDD VPSLLVD VPSLLVQ VPSRLVD VPSRLVQ
            VPSRAVD VTESTPS VTESTPD VZEROUPPER VZEROALL VMASKMOVPS VMASKMOVPD VPMASKMOVD VPMASKMOVQ
            VPGATHERDD VPGATHERDQ VPGATHERQD VPGATHERQQ VGATHERDPS VGATHERDPD VGATHERQPS VGATHERQPD VCVTPH2PS
            VCVTPS2PH VFMADD VFMSUB VFNMADD VFNMSUB VFMADDSUB VFMSUBADD
            """;
    private static final String[] NAMES = new String[COUNT];
    private static final Map<String, Integer> NUMBERS = new HashMap<>(2 * COUNT);

    static {
        int start = 0;
        for (int op = 0; op < COUNT; op++) {
            int end = start;
            while (ALL.charAt(end) > ' ') {
                end++;
            }
            NAMES[op] = ALL.substring(start, end);
            NUMBERS.put(NAMES[op], op);
            start = end + 1;
        }
    }

    private SseOp() {}

    /** Whether only AVX and what followed it have the operation. */
    public static boolean isAvxOnly(int op) {
        return op >= AVX_FIRST;
    }

    /** The name of an operation. */
    public static String name(int op) {
        return NAMES[op];
    }

    /** The operation with a name, or null. */
    public static Integer number(String name) {
        return NUMBERS.get(name);
    }
}
