package org.jvmm.cpu.sse;

/**
 * The opcode forms of AVX, AVX2, FMA and F16C (SDM vol. 2, appendix A), in the manner of {@link SseTable}; the maps with a V have a VEX prefix. An
 * operation has its SSE name where it does what it did, lane by lane of 128 bits; so have the names no V in front.
 *
 * <p>More operand letters: H XMM or YMM in VEX.vvvv, L XMM or YMM in the immediate's high half; widths: x aligned and u unaligned, 16 bytes or 32 by
 * VEX.L, o 16 bytes always, h f e half, a quarter, an eighth of the vector, g indexed by a vector (VSIB). L0, L1, W0, W1 demand that VEX bit.
 */
public final class AvxTable {
    /** All rows; read when a VEX prefix is first met. */
    public static final String ROWS = """
            NP V0F 58 ADDPS Vx Hx Wu
            66 V0F 58 ADDPD Vx Hx Wu
            F3 V0F 58 ADDSS Vx Hx Wd
            F2 V0F 58 ADDSD Vx Hx Wq
            NP V0F 59 MULPS Vx Hx Wu
            66 V0F 59 MULPD Vx Hx Wu
            F3 V0F 59 MULSS Vx Hx Wd
            F2 V0F 59 MULSD Vx Hx Wq
            NP V0F 5C SUBPS Vx Hx Wu
            66 V0F 5C SUBPD Vx Hx Wu
            F3 V0F 5C SUBSS Vx Hx Wd
            F2 V0F 5C SUBSD Vx Hx Wq
            NP V0F 5D MINPS Vx Hx Wu
            66 V0F 5D MINPD Vx Hx Wu
            F3 V0F 5D MINSS Vx Hx Wd
            F2 V0F 5D MINSD Vx Hx Wq
            NP V0F 5E DIVPS Vx Hx Wu
            66 V0F 5E DIVPD Vx Hx Wu
            F3 V0F 5E DIVSS Vx Hx Wd
            F2 V0F 5E DIVSD Vx Hx Wq
            NP V0F 5F MAXPS Vx Hx Wu
            66 V0F 5F MAXPD Vx Hx Wu
            F3 V0F 5F MAXSS Vx Hx Wd
            F2 V0F 5F MAXSD Vx Hx Wq
            NP V0F 51 SQRTPS Vx Wu
            66 V0F 51 SQRTPD Vx Wu
            F3 V0F 51 SQRTSS Vx Hx Wd
            F2 V0F 51 SQRTSD Vx Hx Wq
            NP V0F 52 RSQRTPS Vx Wu
            F3 V0F 52 RSQRTSS Vx Hx Wd
            NP V0F 53 RCPPS Vx Wu
            F3 V0F 53 RCPSS Vx Hx Wd
            NP V0F 54 ANDPS Vx Hx Wu
            66 V0F 54 ANDPD Vx Hx Wu
            NP V0F 55 ANDNPS Vx Hx Wu
            66 V0F 55 ANDNPD Vx Hx Wu
            NP V0F 56 ORPS Vx Hx Wu
            66 V0F 56 ORPD Vx Hx Wu
            NP V0F 57 XORPS Vx Hx Wu
            66 V0F 57 XORPD Vx Hx Wu
            NP V0F 14 UNPCKLPS Vx Hx Wu
            66 V0F 14 UNPCKLPD Vx Hx Wu
            NP V0F 15 UNPCKHPS Vx Hx Wu
            66 V0F 15 UNPCKHPD Vx Hx Wu
            NP V0F C2 CMPPS Vx Hx Wu Ib
            66 V0F C2 CMPPD Vx Hx Wu Ib
            F3 V0F C2 CMPSS Vx Hx Wd Ib
            F2 V0F C2 CMPSD Vx Hx Wq Ib
            NP V0F C6 SHUFPS Vx Hx Wu Ib
            66 V0F C6 SHUFPD Vx Hx Wu Ib
            NP V0F 10 MOVUPS Vx Wu
            66 V0F 10 MOVUPD Vx Wu
            F3 V0F 10 MOVSS Vx Md
            F3 V0F 10 MOVSS Vx Hx Ux
            F2 V0F 10 MOVSD Vx Mq
            F2 V0F 10 MOVSD Vx Hx Ux
            NP V0F 11 MOVUPS Wu Vx
            66 V0F 11 MOVUPD Wu Vx
            F3 V0F 11 MOVSS Md Vx
            F3 V0F 11 MOVSS Ux Hx Vx
            F2 V0F 11 MOVSD Mq Vx
            F2 V0F 11 MOVSD Ux Hx Vx
            NP V0F 12 MOVLPS Vx Hx Mq L0
            NP V0F 12 MOVHLPS Vx Hx Ux L0
            66 V0F 12 MOVLPD Vx Hx Mq L0
            F3 V0F 12 MOVSLDUP Vx Wu
            F2 V0F 12 MOVDDUP Vx Wq L0
            F2 V0F 12 MOVDDUP Vx Wu L1
            NP V0F 13 MOVLPS Mq Vx L0
            66 V0F 13 MOVLPD Mq Vx L0
            NP V0F 16 MOVHPS Vx Hx Mq L0
            NP V0F 16 MOVLHPS Vx Hx Ux L0
            66 V0F 16 MOVHPD Vx Hx Mq L0
            F3 V0F 16 MOVSHDUP Vx Wu
            NP V0F 17 MOVHPS Mq Vx L0
            66 V0F 17 MOVHPD Mq Vx L0
            NP V0F 28 MOVAPS Vx Wx
            NP V0F 29 MOVAPS Wx Vx
            NP V0F 2B MOVNTPS Mx Vx
            NP V0F 50 MOVMSKPS Gd Ux
            66 V0F 28 MOVAPD Vx Wx
            66 V0F 29 MOVAPD Wx Vx
            66 V0F 2B MOVNTPD Mx Vx
            66 V0F 50 MOVMSKPD Gd Ux
            F3 V0F 2A CVTSI2SS Vx Hx Ey
            F3 V0F 2C CVTTSS2SI Gy Wd
            F3 V0F 2D CVTSS2SI Gy Wd
            F2 V0F 2A CVTSI2SD Vx Hx Ey
            F2 V0F 2C CVTTSD2SI Gy Wq
            F2 V0F 2D CVTSD2SI Gy Wq
            NP V0F 2E UCOMISS Vx Wd
            NP V0F 2F COMISS Vx Wd
            66 V0F 2E UCOMISD Vx Wq
            66 V0F 2F COMISD Vx Wq
            NP V0F 5A CVTPS2PD Vx Wh
            66 V0F 5A CVTPD2PS Vx Wu
            F3 V0F 5A CVTSS2SD Vx Hx Wd
            F2 V0F 5A CVTSD2SS Vx Hx Wq
            NP V0F 5B CVTDQ2PS Vx Wu
            66 V0F 5B CVTPS2DQ Vx Wu
            F3 V0F 5B CVTTPS2DQ Vx Wu
            66 V0F E6 CVTTPD2DQ Vx Wu
            F3 V0F E6 CVTDQ2PD Vx Wh
            F2 V0F E6 CVTPD2DQ Vx Wu
            66 V0F 60 PUNPCKLBW Vx Hx Wu
            66 V0F 61 PUNPCKLWD Vx Hx Wu
            66 V0F 62 PUNPCKLDQ Vx Hx Wu
            66 V0F 63 PACKSSWB Vx Hx Wu
            66 V0F 64 PCMPGTB Vx Hx Wu
            66 V0F 65 PCMPGTW Vx Hx Wu
            66 V0F 66 PCMPGTD Vx Hx Wu
            66 V0F 67 PACKUSWB Vx Hx Wu
            66 V0F 68 PUNPCKHBW Vx Hx Wu
            66 V0F 69 PUNPCKHWD Vx Hx Wu
            66 V0F 6A PUNPCKHDQ Vx Hx Wu
            66 V0F 6B PACKSSDW Vx Hx Wu
            66 V0F 6C PUNPCKLQDQ Vx Hx Wu
            66 V0F 6D PUNPCKHQDQ Vx Hx Wu
            66 V0F 74 PCMPEQB Vx Hx Wu
            66 V0F 75 PCMPEQW Vx Hx Wu
            66 V0F 76 PCMPEQD Vx Hx Wu
            66 V0F 6E MOVD Vx Ey L0
            66 V0F 6F MOVDQA Vx Wx
            F3 V0F 6F MOVDQU Vx Wu
            66 V0F 70 PSHUFD Vx Wu Ib
            F3 V0F 70 PSHUFHW Vx Wu Ib
            F2 V0F 70 PSHUFLW Vx Wu Ib
            66 V0F 71/2 PSRLWI Hx Ux Ib
            66 V0F 71/4 PSRAWI Hx Ux Ib
            66 V0F 71/6 PSLLWI Hx Ux Ib
            66 V0F 72/2 PSRLDI Hx Ux Ib
            66 V0F 72/4 PSRADI Hx Ux Ib
            66 V0F 72/6 PSLLDI Hx Ux Ib
            66 V0F 73/2 PSRLQI Hx Ux Ib
            66 V0F 73/3 PSRLDQ Hx Ux Ib
            66 V0F 73/6 PSLLQI Hx Ux Ib
            66 V0F 73/7 PSLLDQ Hx Ux Ib
            NP V0F 77 VZEROUPPER L0
            NP V0F 77 VZEROALL L1
            66 V0F 7C HADDPD Vx Hx Wu
            F2 V0F 7C HADDPS Vx Hx Wu
            66 V0F 7D HSUBPD Vx Hx Wu
            F2 V0F 7D HSUBPS Vx Hx Wu
            66 V0F D0 ADDSUBPD Vx Hx Wu
            F2 V0F D0 ADDSUBPS Vx Hx Wu
            66 V0F 7E MOVD_TO Ey Vx L0
            F3 V0F 7E MOVQ Vx Wq L0
            66 V0F 7F MOVDQA Wx Vx
            F3 V0F 7F MOVDQU Wu Vx
            66 V0F C4 PINSRW Vx Hx Ew Ib L0
            66 V0F C5 PEXTRW Gd Ux Ib L0
            66 V0F D1 PSRLW Vx Hx Wo
            66 V0F D2 PSRLD Vx Hx Wo
            66 V0F D3 PSRLQ Vx Hx Wo
            66 V0F E1 PSRAW Vx Hx Wo
            66 V0F E2 PSRAD Vx Hx Wo
            66 V0F F1 PSLLW Vx Hx Wo
            66 V0F F2 PSLLD Vx Hx Wo
            66 V0F F3 PSLLQ Vx Hx Wo
            66 V0F D4 PADDQ Vx Hx Wu
            66 V0F D5 PMULLW Vx Hx Wu
            66 V0F D8 PSUBUSB Vx Hx Wu
            66 V0F D9 PSUBUSW Vx Hx Wu
            66 V0F DA PMINUB Vx Hx Wu
            66 V0F DB PAND Vx Hx Wu
            66 V0F DC PADDUSB Vx Hx Wu
            66 V0F DD PADDUSW Vx Hx Wu
            66 V0F DE PMAXUB Vx Hx Wu
            66 V0F DF PANDN Vx Hx Wu
            66 V0F E0 PAVGB Vx Hx Wu
            66 V0F E3 PAVGW Vx Hx Wu
            66 V0F E4 PMULHUW Vx Hx Wu
            66 V0F E5 PMULHW Vx Hx Wu
            66 V0F E8 PSUBSB Vx Hx Wu
            66 V0F E9 PSUBSW Vx Hx Wu
            66 V0F EA PMINSW Vx Hx Wu
            66 V0F EB POR Vx Hx Wu
            66 V0F EC PADDSB Vx Hx Wu
            66 V0F ED PADDSW Vx Hx Wu
            66 V0F EE PMAXSW Vx Hx Wu
            66 V0F EF PXOR Vx Hx Wu
            66 V0F F4 PMULUDQ Vx Hx Wu
            66 V0F F5 PMADDWD Vx Hx Wu
            66 V0F F6 PSADBW Vx Hx Wu
            66 V0F F8 PSUBB Vx Hx Wu
            66 V0F F9 PSUBW Vx Hx Wu
            66 V0F FA PSUBD Vx Hx Wu
            66 V0F FB PSUBQ Vx Hx Wu
            66 V0F FC PADDB Vx Hx Wu
            66 V0F FD PADDW Vx Hx Wu
            66 V0F FE PADDD Vx Hx Wu
            66 V0F D6 MOVQ Wq Vx L0
            66 V0F D7 PMOVMSKB Gd Ux
            66 V0F E7 MOVNTDQ Mx Vx
            F2 V0F F0 LDDQU Vx Mu
            66 V0F F7 MASKMOVDQU Vx Ux L0
            66 V0F38 00 PSHUFB Vx Hx Wu
            66 V0F38 01 PHADDW Vx Hx Wu
            66 V0F38 02 PHADDD Vx Hx Wu
            66 V0F38 03 PHADDSW Vx Hx Wu
            66 V0F38 04 PMADDUBSW Vx Hx Wu
            66 V0F38 05 PHSUBW Vx Hx Wu
            66 V0F38 06 PHSUBD Vx Hx Wu
            66 V0F38 07 PHSUBSW Vx Hx Wu
            66 V0F38 08 PSIGNB Vx Hx Wu
            66 V0F38 09 PSIGNW Vx Hx Wu
            66 V0F38 0A PSIGND Vx Hx Wu
            66 V0F38 0B PMULHRSW Vx Hx Wu
            66 V0F38 28 PMULDQ Vx Hx Wu
            66 V0F38 29 PCMPEQQ Vx Hx Wu
            66 V0F38 2B PACKUSDW Vx Hx Wu
            66 V0F38 37 PCMPGTQ Vx Hx Wu
            66 V0F38 38 PMINSB Vx Hx Wu
            66 V0F38 39 PMINSD Vx Hx Wu
            66 V0F38 3A PMINUW Vx Hx Wu
            66 V0F38 3B PMINUD Vx Hx Wu
            66 V0F38 3C PMAXSB Vx Hx Wu
            66 V0F38 3D PMAXSD Vx Hx Wu
            66 V0F38 3E PMAXUW Vx Hx Wu
            66 V0F38 3F PMAXUD Vx Hx Wu
            66 V0F38 40 PMULLD Vx Hx Wu
            66 V0F38 1C PABSB Vx Wu
            66 V0F38 1D PABSW Vx Wu
            66 V0F38 1E PABSD Vx Wu
            66 V0F38 17 PTEST Vx Wu
            66 V0F38 20 PMOVSXBW Vx Wh
            66 V0F38 21 PMOVSXBD Vx Wf
            66 V0F38 22 PMOVSXBQ Vx We
            66 V0F38 23 PMOVSXWD Vx Wh
            66 V0F38 24 PMOVSXWQ Vx Wf
            66 V0F38 25 PMOVSXDQ Vx Wh
            66 V0F38 30 PMOVZXBW Vx Wh
            66 V0F38 31 PMOVZXBD Vx Wf
            66 V0F38 32 PMOVZXBQ Vx We
            66 V0F38 33 PMOVZXWD Vx Wh
            66 V0F38 34 PMOVZXWQ Vx Wf
            66 V0F38 35 PMOVZXDQ Vx Wh
            66 V0F38 0C VPERMILPS Vx Hx Wu W0
            66 V0F38 0D VPERMILPD Vx Hx Wu W0
            66 V0F38 0E VTESTPS Vx Wu W0
            66 V0F38 0F VTESTPD Vx Wu W0
            66 V0F38 13 VCVTPH2PS Vx Wh W0
            66 V0F38 16 VPERMPS Vx Hx Wu L1 W0
            66 V0F38 36 VPERMD Vx Hx Wu L1 W0
            66 V0F38 18 VBROADCASTSS Vx Wd W0
            66 V0F38 19 VBROADCASTSD Vx Wq L1 W0
            66 V0F38 1A VBROADCASTF128 Vx Mo L1 W0
            66 V0F38 5A VBROADCASTI128 Vx Mo L1 W0
            66 V0F38 58 VPBROADCASTD Vx Wd W0
            66 V0F38 59 VPBROADCASTQ Vx Wq W0
            66 V0F38 78 VPBROADCASTB Vx Wb W0
            66 V0F38 79 VPBROADCASTW Vx Ww W0
            66 V0F38 2A MOVNTDQA Vx Mx
            66 V0F38 2C VMASKMOVPS Vx Hx Mu W0
            66 V0F38 2D VMASKMOVPD Vx Hx Mu W0
            66 V0F38 2E VMASKMOVPS Mu Hx Vx W0
            66 V0F38 2F VMASKMOVPD Mu Hx Vx W0
            66 V0F38 8C VPMASKMOVD Vx Hx Mu W0
            66 V0F38 8C VPMASKMOVQ Vx Hx Mu W1
            66 V0F38 8E VPMASKMOVD Mu Hx Vx W0
            66 V0F38 8E VPMASKMOVQ Mu Hx Vx W1
            66 V0F38 41 PHMINPOSUW Vx Wu L0
            66 V0F38 45 VPSRLVD Vx Hx Wu W0
            66 V0F38 45 VPSRLVQ Vx Hx Wu W1
            66 V0F38 47 VPSLLVD Vx Hx Wu W0
            66 V0F38 47 VPSLLVQ Vx Hx Wu W1
            66 V0F38 46 VPSRAVD Vx Hx Wu W0
            66 V0F38 90 VPGATHERDD Vx Hx Mg W0
            66 V0F38 90 VPGATHERDQ Vx Hx Mg W1
            66 V0F38 91 VPGATHERQD Vx Hx Mg W0
            66 V0F38 91 VPGATHERQQ Vx Hx Mg W1
            66 V0F38 92 VGATHERDPS Vx Hx Mg W0
            66 V0F38 92 VGATHERDPD Vx Hx Mg W1
            66 V0F38 93 VGATHERQPS Vx Hx Mg W0
            66 V0F38 93 VGATHERQPD Vx Hx Mg W1
            66 V0F38 96 VFMADDSUB Vx Hx Wu
            66 V0F38 97 VFMSUBADD Vx Hx Wu
            66 V0F38 98 VFMADD Vx Hx Wu
            66 V0F38 9A VFMSUB Vx Hx Wu
            66 V0F38 9C VFNMADD Vx Hx Wu
            66 V0F38 9E VFNMSUB Vx Hx Wu
            66 V0F38 99 VFMADD Vx Hx Wd W0
            66 V0F38 99 VFMADD Vx Hx Wq W1
            66 V0F38 9B VFMSUB Vx Hx Wd W0
            66 V0F38 9B VFMSUB Vx Hx Wq W1
            66 V0F38 9D VFNMADD Vx Hx Wd W0
            66 V0F38 9D VFNMADD Vx Hx Wq W1
            66 V0F38 9F VFNMSUB Vx Hx Wd W0
            66 V0F38 9F VFNMSUB Vx Hx Wq W1
            66 V0F38 A6 VFMADDSUB Vx Hx Wu
            66 V0F38 A7 VFMSUBADD Vx Hx Wu
            66 V0F38 A8 VFMADD Vx Hx Wu
            66 V0F38 AA VFMSUB Vx Hx Wu
            66 V0F38 AC VFNMADD Vx Hx Wu
            66 V0F38 AE VFNMSUB Vx Hx Wu
            66 V0F38 A9 VFMADD Vx Hx Wd W0
            66 V0F38 A9 VFMADD Vx Hx Wq W1
            66 V0F38 AB VFMSUB Vx Hx Wd W0
            66 V0F38 AB VFMSUB Vx Hx Wq W1
            66 V0F38 AD VFNMADD Vx Hx Wd W0
            66 V0F38 AD VFNMADD Vx Hx Wq W1
            66 V0F38 AF VFNMSUB Vx Hx Wd W0
            66 V0F38 AF VFNMSUB Vx Hx Wq W1
            66 V0F38 B6 VFMADDSUB Vx Hx Wu
            66 V0F38 B7 VFMSUBADD Vx Hx Wu
            66 V0F38 B8 VFMADD Vx Hx Wu
            66 V0F38 BA VFMSUB Vx Hx Wu
            66 V0F38 BC VFNMADD Vx Hx Wu
            66 V0F38 BE VFNMSUB Vx Hx Wu
            66 V0F38 B9 VFMADD Vx Hx Wd W0
            66 V0F38 B9 VFMADD Vx Hx Wq W1
            66 V0F38 BB VFMSUB Vx Hx Wd W0
            66 V0F38 BB VFMSUB Vx Hx Wq W1
            66 V0F38 BD VFNMADD Vx Hx Wd W0
            66 V0F38 BD VFNMADD Vx Hx Wq W1
            66 V0F38 BF VFNMSUB Vx Hx Wd W0
            66 V0F38 BF VFNMSUB Vx Hx Wq W1
            66 V0F38 DB AESIMC Vx Wu L0
            66 V0F38 DC AESENC Vx Hx Wu L0
            66 V0F38 DD AESENCLAST Vx Hx Wu L0
            66 V0F38 DE AESDEC Vx Hx Wu L0
            66 V0F38 DF AESDECLAST Vx Hx Wu L0
            66 V0F3A 00 VPERMQ Vx Wu Ib L1 W1
            66 V0F3A 01 VPERMPD Vx Wu Ib L1 W1
            66 V0F3A 02 VPBLENDD Vx Hx Wu Ib W0
            66 V0F3A 04 VPERMILPSI Vx Wu Ib W0
            66 V0F3A 05 VPERMILPDI Vx Wu Ib W0
            66 V0F3A 06 VPERM2F128 Vx Hx Wu Ib L1 W0
            66 V0F3A 46 VPERM2I128 Vx Hx Wu Ib L1 W0
            66 V0F3A 08 ROUNDPS Vx Wu Ib
            66 V0F3A 09 ROUNDPD Vx Wu Ib
            66 V0F3A 0A ROUNDSS Vx Hx Wd Ib
            66 V0F3A 0B ROUNDSD Vx Hx Wq Ib
            66 V0F3A 0C BLENDPS Vx Hx Wu Ib
            66 V0F3A 0D BLENDPD Vx Hx Wu Ib
            66 V0F3A 0E PBLENDW Vx Hx Wu Ib
            66 V0F3A 0F PALIGNR Vx Hx Wu Ib
            66 V0F3A 40 DPPS Vx Hx Wu Ib
            66 V0F3A 42 MPSADBW Vx Hx Wu Ib
            66 V0F3A 41 DPPD Vx Hx Wu Ib L0
            66 V0F3A 44 PCLMULQDQ Vx Hx Wu Ib L0
            66 V0F3A 14 PEXTRB Eb Vx Ib L0
            66 V0F3A 15 PEXTRW Ew Vx Ib L0
            66 V0F3A 16 PEXTRD Ey Vx Ib L0
            66 V0F3A 17 EXTRACTPS Ed Vx Ib L0
            66 V0F3A 20 PINSRB Vx Hx Eb Ib L0
            66 V0F3A 21 INSERTPS Vx Hx Wd Ib L0
            66 V0F3A 22 PINSRD Vx Hx Ey Ib L0
            66 V0F3A 18 VINSERTF128 Vx Hx Wo Ib L1 W0
            66 V0F3A 38 VINSERTI128 Vx Hx Wo Ib L1 W0
            66 V0F3A 19 VEXTRACTF128 Wo Vx Ib L1 W0
            66 V0F3A 39 VEXTRACTI128 Wo Vx Ib L1 W0
            66 V0F3A 1D VCVTPS2PH Wh Vx Ib W0
            66 V0F3A 4A BLENDVPS Vx Hx Wu Lx W0
            66 V0F3A 4B BLENDVPD Vx Hx Wu Lx W0
            66 V0F3A 4C PBLENDVB Vx Hx Wu Lx W0
            66 V0F3A 60 PCMPESTRM Vx Wu Ib L0
            66 V0F3A 61 PCMPESTRI Vx Wu Ib L0
            66 V0F3A 62 PCMPISTRM Vx Wu Ib L0
            66 V0F3A 63 PCMPISTRI Vx Wu Ib L0
            66 V0F3A DF AESKEYGENASSIST Vx Wu Ib L0
            NP V0F AE/2 LDMXCSR Md L0
            NP V0F AE/3 STMXCSR Md L0
            """;

    private AvxTable() {}
}
