package org.jvmm.cpu.sse;

/**
 * The opcode forms of the XMM instructions (SDM vol. 2, appendix A, tables ), one a row: mandatory prefix (NP none), opcode map, opcode with the
 * group digit where ModRM.reg selects, operation ({@link SseOp}), operands with the destination first.
 *
 * <p>Operand letters: V XMM by reg, W XMM or memory by rm, U XMM by rm, M memory, E general register or memory, G general register by reg, Ib an
 * immediate byte, P MMX by reg, Q MMX or memory by rm, N MMX by rm; widths x 16 bytes aligned, u 16 unaligned, q d w b 8 4 2 1 bytes, y 4 or 8 by REX.W.
 */
public final class SseTable {
    /** SSE and SSE2. */
    public static final String ROWS = """
            NP 0F 10 MOVUPS Vx Wu
            66 0F 10 MOVUPD Vx Wu
            F3 0F 10 MOVSS Vx Wd
            F2 0F 10 MOVSD Vx Wq
            NP 0F 11 MOVUPS Wu Vx
            66 0F 11 MOVUPD Wu Vx
            F3 0F 11 MOVSS Wd Vx
            F2 0F 11 MOVSD Wq Vx
            NP 0F 12 MOVLPS Vx Mq
            NP 0F 12 MOVHLPS Vx Ux
            66 0F 12 MOVLPD Vx Mq
            NP 0F 13 MOVLPS Mq Vx
            66 0F 13 MOVLPD Mq Vx
            NP 0F 14 UNPCKLPS Vx Wx
            66 0F 14 UNPCKLPD Vx Wx
            NP 0F 15 UNPCKHPS Vx Wx
            66 0F 15 UNPCKHPD Vx Wx
            NP 0F 16 MOVHPS Vx Mq
            NP 0F 16 MOVLHPS Vx Ux
            66 0F 16 MOVHPD Vx Mq
            NP 0F 17 MOVHPS Mq Vx
            66 0F 17 MOVHPD Mq Vx
            NP 0F 28 MOVAPS Vx Wx
            66 0F 28 MOVAPD Vx Wx
            NP 0F 29 MOVAPS Wx Vx
            66 0F 29 MOVAPD Wx Vx
            F3 0F 2A CVTSI2SS Vx Ey
            F2 0F 2A CVTSI2SD Vx Ey
            NP 0F 2B MOVNTPS Mx Vx
            66 0F 2B MOVNTPD Mx Vx
            F3 0F 2C CVTTSS2SI Gy Wd
            F2 0F 2C CVTTSD2SI Gy Wq
            F3 0F 2D CVTSS2SI Gy Wd
            F2 0F 2D CVTSD2SI Gy Wq
            NP 0F 2E UCOMISS Vx Wd
            66 0F 2E UCOMISD Vx Wq
            NP 0F 2F COMISS Vx Wd
            66 0F 2F COMISD Vx Wq
            NP 0F 50 MOVMSKPS Gd Ux
            66 0F 50 MOVMSKPD Gd Ux
            NP 0F 51 SQRTPS Vx Wx
            66 0F 51 SQRTPD Vx Wx
            F3 0F 51 SQRTSS Vx Wd
            F2 0F 51 SQRTSD Vx Wq
            NP 0F 52 RSQRTPS Vx Wx
            F3 0F 52 RSQRTSS Vx Wd
            NP 0F 53 RCPPS Vx Wx
            F3 0F 53 RCPSS Vx Wd
            NP 0F 54 ANDPS Vx Wx
            66 0F 54 ANDPD Vx Wx
            NP 0F 55 ANDNPS Vx Wx
            66 0F 55 ANDNPD Vx Wx
            NP 0F 56 ORPS Vx Wx
            66 0F 56 ORPD Vx Wx
            NP 0F 57 XORPS Vx Wx
            66 0F 57 XORPD Vx Wx
            NP 0F 58 ADDPS Vx Wx
            66 0F 58 ADDPD Vx Wx
            F3 0F 58 ADDSS Vx Wd
            F2 0F 58 ADDSD Vx Wq
            NP 0F 59 MULPS Vx Wx
            66 0F 59 MULPD Vx Wx
            F3 0F 59 MULSS Vx Wd
            F2 0F 59 MULSD Vx Wq
            NP 0F 5A CVTPS2PD Vx Wq
            66 0F 5A CVTPD2PS Vx Wx
            F3 0F 5A CVTSS2SD Vx Wd
            F2 0F 5A CVTSD2SS Vx Wq
            NP 0F 5B CVTDQ2PS Vx Wx
            66 0F 5B CVTPS2DQ Vx Wx
            F3 0F 5B CVTTPS2DQ Vx Wx
            NP 0F 5C SUBPS Vx Wx
            66 0F 5C SUBPD Vx Wx
            F3 0F 5C SUBSS Vx Wd
            F2 0F 5C SUBSD Vx Wq
            NP 0F 5D MINPS Vx Wx
            66 0F 5D MINPD Vx Wx
            F3 0F 5D MINSS Vx Wd
            F2 0F 5D MINSD Vx Wq
            NP 0F 5E DIVPS Vx Wx
            66 0F 5E DIVPD Vx Wx
            F3 0F 5E DIVSS Vx Wd
            F2 0F 5E DIVSD Vx Wq
            NP 0F 5F MAXPS Vx Wx
            66 0F 5F MAXPD Vx Wx
            F3 0F 5F MAXSS Vx Wd
            F2 0F 5F MAXSD Vx Wq
            66 0F 60 PUNPCKLBW Vx Wx
            66 0F 61 PUNPCKLWD Vx Wx
            66 0F 62 PUNPCKLDQ Vx Wx
            66 0F 63 PACKSSWB Vx Wx
            66 0F 64 PCMPGTB Vx Wx
            66 0F 65 PCMPGTW Vx Wx
            66 0F 66 PCMPGTD Vx Wx
            66 0F 67 PACKUSWB Vx Wx
            66 0F 68 PUNPCKHBW Vx Wx
            66 0F 69 PUNPCKHWD Vx Wx
            66 0F 6A PUNPCKHDQ Vx Wx
            66 0F 6B PACKSSDW Vx Wx
            66 0F 6C PUNPCKLQDQ Vx Wx
            66 0F 6D PUNPCKHQDQ Vx Wx
            66 0F 6E MOVD Vx Ey
            66 0F 6F MOVDQA Vx Wx
            F3 0F 6F MOVDQU Vx Wu
            66 0F 70 PSHUFD Vx Wx Ib
            F3 0F 70 PSHUFHW Vx Wx Ib
            F2 0F 70 PSHUFLW Vx Wx Ib
            66 0F 71/2 PSRLWI Ux Ib
            66 0F 71/4 PSRAWI Ux Ib
            66 0F 71/6 PSLLWI Ux Ib
            66 0F 72/2 PSRLDI Ux Ib
            66 0F 72/4 PSRADI Ux Ib
            66 0F 72/6 PSLLDI Ux Ib
            66 0F 73/2 PSRLQI Ux Ib
            66 0F 73/3 PSRLDQ Ux Ib
            66 0F 73/6 PSLLQI Ux Ib
            66 0F 73/7 PSLLDQ Ux Ib
            66 0F 74 PCMPEQB Vx Wx
            66 0F 75 PCMPEQW Vx Wx
            66 0F 76 PCMPEQD Vx Wx
            66 0F 7E MOVD_TO Ey Vx
            F3 0F 7E MOVQ Vx Wq
            66 0F 7F MOVDQA Wx Vx
            F3 0F 7F MOVDQU Wu Vx
            NP 0F C2 CMPPS Vx Wx Ib
            66 0F C2 CMPPD Vx Wx Ib
            F3 0F C2 CMPSS Vx Wd Ib
            F2 0F C2 CMPSD Vx Wq Ib
            66 0F C4 PINSRW Vx Ew Ib
            66 0F C5 PEXTRW Gd Ux Ib
            NP 0F C6 SHUFPS Vx Wx Ib
            66 0F C6 SHUFPD Vx Wx Ib
            66 0F D1 PSRLW Vx Wx
            66 0F D2 PSRLD Vx Wx
            66 0F D3 PSRLQ Vx Wx
            66 0F D4 PADDQ Vx Wx
            66 0F D5 PMULLW Vx Wx
            66 0F D6 MOVQ Wq Vx
            66 0F D7 PMOVMSKB Gd Ux
            66 0F D8 PSUBUSB Vx Wx
            66 0F D9 PSUBUSW Vx Wx
            66 0F DA PMINUB Vx Wx
            66 0F DB PAND Vx Wx
            66 0F DC PADDUSB Vx Wx
            66 0F DD PADDUSW Vx Wx
            66 0F DE PMAXUB Vx Wx
            66 0F DF PANDN Vx Wx
            66 0F E0 PAVGB Vx Wx
            66 0F E1 PSRAW Vx Wx
            66 0F E2 PSRAD Vx Wx
            66 0F E3 PAVGW Vx Wx
            66 0F E4 PMULHUW Vx Wx
            66 0F E5 PMULHW Vx Wx
            66 0F E6 CVTTPD2DQ Vx Wx
            F3 0F E6 CVTDQ2PD Vx Wq
            F2 0F E6 CVTPD2DQ Vx Wx
            66 0F E7 MOVNTDQ Mx Vx
            66 0F E8 PSUBSB Vx Wx
            66 0F E9 PSUBSW Vx Wx
            66 0F EA PMINSW Vx Wx
            66 0F EB POR Vx Wx
            66 0F EC PADDSB Vx Wx
            66 0F ED PADDSW Vx Wx
            66 0F EE PMAXSW Vx Wx
            66 0F EF PXOR Vx Wx
            66 0F F1 PSLLW Vx Wx
            66 0F F2 PSLLD Vx Wx
            66 0F F3 PSLLQ Vx Wx
            66 0F F4 PMULUDQ Vx Wx
            66 0F F5 PMADDWD Vx Wx
            66 0F F6 PSADBW Vx Wx
            66 0F F7 MASKMOVDQU Vx Ux
            66 0F F8 PSUBB Vx Wx
            66 0F F9 PSUBW Vx Wx
            66 0F FA PSUBD Vx Wx
            66 0F FB PSUBQ Vx Wx
            66 0F FC PADDB Vx Wx
            66 0F FD PADDW Vx Wx
            66 0F FE PADDD Vx Wx
            """;

    /** SSE3, SSSE3, SSE4.1, SSE4.2, PCLMULQDQ, AES-NI and SHA. */
    public static final String EXTENSION_ROWS = """
            F3 0F 12 MOVSLDUP Vx Wx
            F2 0F 12 MOVDDUP Vx Wq
            F3 0F 16 MOVSHDUP Vx Wx
            66 0F 7C HADDPD Vx Wx
            F2 0F 7C HADDPS Vx Wx
            66 0F 7D HSUBPD Vx Wx
            F2 0F 7D HSUBPS Vx Wx
            66 0F D0 ADDSUBPD Vx Wx
            F2 0F D0 ADDSUBPS Vx Wx
            F2 0F F0 LDDQU Vx Mu
            66 0F38 00 PSHUFB Vx Wx
            66 0F38 01 PHADDW Vx Wx
            66 0F38 02 PHADDD Vx Wx
            66 0F38 03 PHADDSW Vx Wx
            66 0F38 04 PMADDUBSW Vx Wx
            66 0F38 05 PHSUBW Vx Wx
            66 0F38 06 PHSUBD Vx Wx
            66 0F38 07 PHSUBSW Vx Wx
            66 0F38 08 PSIGNB Vx Wx
            66 0F38 09 PSIGNW Vx Wx
            66 0F38 0A PSIGND Vx Wx
            66 0F38 0B PMULHRSW Vx Wx
            66 0F38 10 PBLENDVB Vx Wx
            66 0F38 14 BLENDVPS Vx Wx
            66 0F38 15 BLENDVPD Vx Wx
            66 0F38 17 PTEST Vx Wx
            66 0F38 1C PABSB Vx Wx
            66 0F38 1D PABSW Vx Wx
            66 0F38 1E PABSD Vx Wx
            66 0F38 20 PMOVSXBW Vx Wq
            66 0F38 21 PMOVSXBD Vx Wd
            66 0F38 22 PMOVSXBQ Vx Ww
            66 0F38 23 PMOVSXWD Vx Wq
            66 0F38 24 PMOVSXWQ Vx Wd
            66 0F38 25 PMOVSXDQ Vx Wq
            66 0F38 28 PMULDQ Vx Wx
            66 0F38 29 PCMPEQQ Vx Wx
            66 0F38 2A MOVNTDQA Vx Mx
            66 0F38 2B PACKUSDW Vx Wx
            66 0F38 30 PMOVZXBW Vx Wq
            66 0F38 31 PMOVZXBD Vx Wd
            66 0F38 32 PMOVZXBQ Vx Ww
            66 0F38 33 PMOVZXWD Vx Wq
            66 0F38 34 PMOVZXWQ Vx Wd
            66 0F38 35 PMOVZXDQ Vx Wq
            66 0F38 37 PCMPGTQ Vx Wx
            66 0F38 38 PMINSB Vx Wx
            66 0F38 39 PMINSD Vx Wx
            66 0F38 3A PMINUW Vx Wx
            66 0F38 3B PMINUD Vx Wx
            66 0F38 3C PMAXSB Vx Wx
            66 0F38 3D PMAXSD Vx Wx
            66 0F38 3E PMAXUW Vx Wx
            66 0F38 3F PMAXUD Vx Wx
            66 0F38 40 PMULLD Vx Wx
            66 0F38 41 PHMINPOSUW Vx Wx
            NP 0F38 C8 SHA1NEXTE Vx Wx
            NP 0F38 C9 SHA1MSG1 Vx Wx
            NP 0F38 CA SHA1MSG2 Vx Wx
            NP 0F38 CB SHA256RNDS2 Vx Wx
            NP 0F38 CC SHA256MSG1 Vx Wx
            NP 0F38 CD SHA256MSG2 Vx Wx
            66 0F38 DB AESIMC Vx Wx
            66 0F38 DC AESENC Vx Wx
            66 0F38 DD AESENCLAST Vx Wx
            66 0F38 DE AESDEC Vx Wx
            66 0F38 DF AESDECLAST Vx Wx
            66 0F3A 08 ROUNDPS Vx Wx Ib
            66 0F3A 09 ROUNDPD Vx Wx Ib
            66 0F3A 0A ROUNDSS Vx Wd Ib
            66 0F3A 0B ROUNDSD Vx Wq Ib
            66 0F3A 0C BLENDPS Vx Wx Ib
            66 0F3A 0D BLENDPD Vx Wx Ib
            66 0F3A 0E PBLENDW Vx Wx Ib
            66 0F3A 0F PALIGNR Vx Wx Ib
            66 0F3A 14 PEXTRB Eb Vx Ib
            66 0F3A 15 PEXTRW Ew Vx Ib
            66 0F3A 16 PEXTRD Ey Vx Ib
            66 0F3A 17 EXTRACTPS Ed Vx Ib
            66 0F3A 20 PINSRB Vx Eb Ib
            66 0F3A 21 INSERTPS Vx Wd Ib
            66 0F3A 22 PINSRD Vx Ey Ib
            66 0F3A 40 DPPS Vx Wx Ib
            66 0F3A 41 DPPD Vx Wx Ib
            66 0F3A 42 MPSADBW Vx Wx Ib
            66 0F3A 44 PCLMULQDQ Vx Wx Ib
            66 0F3A 60 PCMPESTRM Vx Wu Ib
            66 0F3A 61 PCMPESTRI Vx Wu Ib
            66 0F3A 62 PCMPISTRM Vx Wu Ib
            66 0F3A 63 PCMPISTRI Vx Wu Ib
            NP 0F3A CC SHA1RNDS4 Vx Wx Ib
            66 0F3A DF AESKEYGENASSIST Vx Wx Ib
            """;

    /** MMX, with what SSE, SSE2 and SSSE3 added to it. */
    public static final String MMX_ROWS = """
            NP 0F 60 PUNPCKLBW Pq Qd
            NP 0F 61 PUNPCKLWD Pq Qd
            NP 0F 62 PUNPCKLDQ Pq Qd
            NP 0F 63 PACKSSWB Pq Qq
            NP 0F 64 PCMPGTB Pq Qq
            NP 0F 65 PCMPGTW Pq Qq
            NP 0F 66 PCMPGTD Pq Qq
            NP 0F 67 PACKUSWB Pq Qq
            NP 0F 68 PUNPCKHBW Pq Qq
            NP 0F 69 PUNPCKHWD Pq Qq
            NP 0F 6A PUNPCKHDQ Pq Qq
            NP 0F 6B PACKSSDW Pq Qq
            NP 0F 6E MOVD Pq Ey
            NP 0F 6F MOVQ Pq Qq
            NP 0F 70 PSHUFW Pq Qq Ib
            NP 0F 71/2 PSRLWI Nq Ib
            NP 0F 71/4 PSRAWI Nq Ib
            NP 0F 71/6 PSLLWI Nq Ib
            NP 0F 72/2 PSRLDI Nq Ib
            NP 0F 72/4 PSRADI Nq Ib
            NP 0F 72/6 PSLLDI Nq Ib
            NP 0F 73/2 PSRLQI Nq Ib
            NP 0F 73/6 PSLLQI Nq Ib
            NP 0F 74 PCMPEQB Pq Qq
            NP 0F 75 PCMPEQW Pq Qq
            NP 0F 76 PCMPEQD Pq Qq
            NP 0F 7E MOVD_TO Ey Pq
            NP 0F 7F MOVQ Qq Pq
            NP 0F C4 PINSRW Pq Ew Ib
            NP 0F C5 PEXTRW Gd Nq Ib
            NP 0F D1 PSRLW Pq Qq
            NP 0F D2 PSRLD Pq Qq
            NP 0F D3 PSRLQ Pq Qq
            NP 0F D4 PADDQ Pq Qq
            NP 0F D5 PMULLW Pq Qq
            NP 0F D8 PSUBUSB Pq Qq
            NP 0F D9 PSUBUSW Pq Qq
            NP 0F DA PMINUB Pq Qq
            NP 0F DB PAND Pq Qq
            NP 0F DC PADDUSB Pq Qq
            NP 0F DD PADDUSW Pq Qq
            NP 0F DE PMAXUB Pq Qq
            NP 0F DF PANDN Pq Qq
            NP 0F E0 PAVGB Pq Qq
            NP 0F E1 PSRAW Pq Qq
            NP 0F E2 PSRAD Pq Qq
            NP 0F E3 PAVGW Pq Qq
            NP 0F E4 PMULHUW Pq Qq
            NP 0F E5 PMULHW Pq Qq
            NP 0F E8 PSUBSB Pq Qq
            NP 0F E9 PSUBSW Pq Qq
            NP 0F EA PMINSW Pq Qq
            NP 0F EB POR Pq Qq
            NP 0F EC PADDSB Pq Qq
            NP 0F ED PADDSW Pq Qq
            NP 0F EE PMAXSW Pq Qq
            NP 0F EF PXOR Pq Qq
            NP 0F F1 PSLLW Pq Qq
            NP 0F F2 PSLLD Pq Qq
            NP 0F F3 PSLLQ Pq Qq
            NP 0F F4 PMULUDQ Pq Qq
            NP 0F F5 PMADDWD Pq Qq
            NP 0F F6 PSADBW Pq Qq
            NP 0F F8 PSUBB Pq Qq
            NP 0F F9 PSUBW Pq Qq
            NP 0F FA PSUBD Pq Qq
            NP 0F FB PSUBQ Pq Qq
            NP 0F FC PADDB Pq Qq
            NP 0F FD PADDW Pq Qq
            NP 0F FE PADDD Pq Qq
            NP 0F D7 PMOVMSKB Gd Nq
            NP 0F E7 MOVNTQ Mq Pq
            NP 0F F7 MASKMOVQ Pq Nq
            F3 0F D6 MOVQ2DQ Vx Nq
            F2 0F D6 MOVDQ2Q Pq Ux
            NP 0F 2A CVTPI2PS Vx Qq
            66 0F 2A CVTPI2PD Vx Qq
            NP 0F 2C CVTTPS2PI Pq Wq
            66 0F 2C CVTTPD2PI Pq Wx
            NP 0F 2D CVTPS2PI Pq Wq
            66 0F 2D CVTPD2PI Pq Wx
            NP 0F38 00 PSHUFB Pq Qq
            NP 0F38 01 PHADDW Pq Qq
            NP 0F38 02 PHADDD Pq Qq
            NP 0F38 03 PHADDSW Pq Qq
            NP 0F38 04 PMADDUBSW Pq Qq
            NP 0F38 05 PHSUBW Pq Qq
            NP 0F38 06 PHSUBD Pq Qq
            NP 0F38 07 PHSUBSW Pq Qq
            NP 0F38 08 PSIGNB Pq Qq
            NP 0F38 09 PSIGNW Pq Qq
            NP 0F38 0A PSIGND Pq Qq
            NP 0F38 0B PMULHRSW Pq Qq
            NP 0F38 1C PABSB Pq Qq
            NP 0F38 1D PABSW Pq Qq
            NP 0F38 1E PABSD Pq Qq
            NP 0F3A 0F PALIGNR Pq Qq Ib
            """;

    private SseTable() {}
}
