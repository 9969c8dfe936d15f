package org.jvmm.cpu.decode;

/**
 * The integer, system and x87 escape instructions, one row an opcode form (SDM vol. 2, appendix A; the operand letters are its letters).
 *
 * <p>Columns: mandatory prefix ({@code --} any, {@code NP} none, 66, F3, F2); map; opcode, with {@code /d} for ModRM.reg, {@code =xx} for a whole
 * ModRM byte, {@code +r} for a register and {@code +cc} for a condition in the low bits; mnemonic (a constant of {@link Op}); operands,
 * destination first; attributes: {@code d64} the operand size defaults to 64 bits in 64-bit mode, {@code f64} it always is, {@code i64} invalid and
 * {@code o64} valid only there, {@code lock} LOCK allowed on a memory destination. A lone {@code b}, {@code z} or {@code v} gives the size of
 * implicit operands. {@link OpcodeTable} describes the operand codes.
 */
final class IntegerTable {
    static final String ROWS = """
            # prefix map opcode[/digit|=modrm|+r|+cc] mnemonic operands [attributes]
            -- 1B 00 ADD Eb Gb lock
            -- 1B 01 ADD Ev Gv lock
            -- 1B 02 ADD Gb Eb
            -- 1B 03 ADD Gv Ev
            -- 1B 04 ADD AL Ib
            -- 1B 05 ADD rAX Iz
            -- 1B 08 OR Eb Gb lock
            -- 1B 09 OR Ev Gv lock
            -- 1B 0A OR Gb Eb
            -- 1B 0B OR Gv Ev
            -- 1B 0C OR AL Ib
            -- 1B 0D OR rAX Iz
            -- 1B 10 ADC Eb Gb lock
            -- 1B 11 ADC Ev Gv lock
            -- 1B 12 ADC Gb Eb
            -- 1B 13 ADC Gv Ev
            -- 1B 14 ADC AL Ib
            -- 1B 15 ADC rAX Iz
            -- 1B 18 SBB Eb Gb lock
            -- 1B 19 SBB Ev Gv lock
            -- 1B 1A SBB Gb Eb
            -- 1B 1B SBB Gv Ev
            -- 1B 1C SBB AL Ib
            -- 1B 1D SBB rAX Iz
            -- 1B 20 AND Eb Gb lock
            -- 1B 21 AND Ev Gv lock
            -- 1B 22 AND Gb Eb
            -- 1B 23 AND Gv Ev
            -- 1B 24 AND AL Ib
            -- 1B 25 AND rAX Iz
            -- 1B 28 SUB Eb Gb lock
            -- 1B 29 SUB Ev Gv lock
            -- 1B 2A SUB Gb Eb
            -- 1B 2B SUB Gv Ev
            -- 1B 2C SUB AL Ib
            -- 1B 2D SUB rAX Iz
            -- 1B 30 XOR Eb Gb lock
            -- 1B 31 XOR Ev Gv lock
            -- 1B 32 XOR Gb Eb
            -- 1B 33 XOR Gv Ev
            -- 1B 34 XOR AL Ib
            -- 1B 35 XOR rAX Iz
            -- 1B 38 CMP Eb Gb
            -- 1B 39 CMP Ev Gv
            -- 1B 3A CMP Gb Eb
            -- 1B 3B CMP Gv Ev
            -- 1B 3C CMP AL Ib
            -- 1B 3D CMP rAX Iz
            -- 1B 06 PUSHSEG ES i64
            -- 1B 0E PUSHSEG CS i64
            -- 1B 16 PUSHSEG SS i64
            -- 1B 27 DAA i64
            -- 1B 2F DAS i64
            -- 1B 37 AAA i64
            -- 1B 3F AAS i64
            -- 1B 62 BOUND Gv M i64
            -- 1B 63 ARPL Ew Gw i64
            -- 1B 9A CALLF Ap i64
            -- 1B D4 AAM Ib i64
            -- 1B D5 AAD Ib i64
            # undocumented, but on every processor
            -- 1B D6 SALC i64
            -- 1B 82/0 ADD Eb Ib lock i64
            -- 1B 82/1 OR Eb Ib lock i64
            -- 1B 82/2 ADC Eb Ib lock i64
            -- 1B 82/3 SBB Eb Ib lock i64
            -- 1B 82/4 AND Eb Ib lock i64
            -- 1B 82/5 SUB Eb Ib lock i64
            -- 1B 82/6 XOR Eb Ib lock i64
            -- 1B 82/7 CMP Eb Ib i64
            -- 1B 1E PUSHSEG DS i64
            -- 1B 07 POPSEG ES i64
            -- 1B 17 POPSEG SS i64
            -- 1B 1F POPSEG DS i64
            -- 1B 40+r INC Zv i64
            -- 1B 48+r DEC Zv i64
            -- 1B 50+r PUSH Zv d64
            -- 1B 58+r POP Zv d64
            -- 1B 60 PUSHA i64
            -- 1B 61 POPA i64
            -- 1B 63 MOVSXD Gv Ed o64
            -- 1B 68 PUSH Iz d64
            -- 1B 69 IMUL Gv Ev Iz
            -- 1B 6A PUSH Is d64
            -- 1B 6B IMUL Gv Ev Is
            -- 1B 6C INS b
            -- 1B 6D INS z
            -- 1B 6E OUTS b
            -- 1B 6F OUTS z
            -- 1B 70+cc JCC Jb f64
            -- 1B 80/0 ADD Eb Ib lock
            -- 1B 80/1 OR Eb Ib lock
            -- 1B 80/2 ADC Eb Ib lock
            -- 1B 80/3 SBB Eb Ib lock
            -- 1B 80/4 AND Eb Ib lock
            -- 1B 80/5 SUB Eb Ib lock
            -- 1B 80/6 XOR Eb Ib lock
            -- 1B 80/7 CMP Eb Ib
            -- 1B 81/0 ADD Ev Iz lock
            -- 1B 81/1 OR Ev Iz lock
            -- 1B 81/2 ADC Ev Iz lock
            -- 1B 81/3 SBB Ev Iz lock
            -- 1B 81/4 AND Ev Iz lock
            -- 1B 81/5 SUB Ev Iz lock
            -- 1B 81/6 XOR Ev Iz lock
            -- 1B 81/7 CMP Ev Iz
            -- 1B 83/0 ADD Ev Is lock
            -- 1B 83/1 OR Ev Is lock
            -- 1B 83/2 ADC Ev Is lock
            -- 1B 83/3 SBB Ev Is lock
            -- 1B 83/4 AND Ev Is lock
            -- 1B 83/5 SUB Ev Is lock
            -- 1B 83/6 XOR Ev Is lock
            -- 1B 83/7 CMP Ev Is
            -- 1B 84 TEST Eb Gb
            -- 1B 85 TEST Ev Gv
            -- 1B 86 XCHG Eb Gb lock
            -- 1B 87 XCHG Ev Gv lock
            -- 1B 88 MOV Eb Gb
            -- 1B 89 MOV Ev Gv
            -- 1B 8A MOV Gb Eb
            -- 1B 8B MOV Gv Ev
            -- 1B 8C MOVFROMSEG Ev Sw
            -- 1B 8D LEA Gv M
            -- 1B 8E MOVTOSEG Sw Ew
            -- 1B 8F/0 POP Ev d64
            F3 1B 90 PAUSE
            -- 1B 90+r XCHG Zv rAX
            -- 1B 98 CBW v
            -- 1B 99 CWD v
            -- 1B 9B FWAIT
            -- 1B 9C PUSHF v d64
            -- 1B 9D POPF v d64
            -- 1B 9E SAHF
            -- 1B 9F LAHF
            -- 1B A0 MOV AL Ob
            -- 1B A1 MOV rAX Ov
            -- 1B A2 MOV Ob AL
            -- 1B A3 MOV Ov rAX
            -- 1B A4 MOVS b
            -- 1B A5 MOVS v
            -- 1B A6 CMPS b
            -- 1B A7 CMPS v
            -- 1B A8 TEST AL Ib
            -- 1B A9 TEST rAX Iz
            -- 1B AA STOS b
            -- 1B AB STOS v
            -- 1B AC LODS b
            -- 1B AD LODS v
            -- 1B AE SCAS b
            -- 1B AF SCAS v
            -- 1B B0+r MOV Zb Ib
            -- 1B B8+r MOV Zv Io
            -- 1B C0/0 ROL Eb Ib
            -- 1B C0/1 ROR Eb Ib
            -- 1B C0/2 RCL Eb Ib
            -- 1B C0/3 RCR Eb Ib
            -- 1B C0/4 SHL Eb Ib
            -- 1B C0/5 SHR Eb Ib
            -- 1B C0/6 SHL Eb Ib
            -- 1B C0/7 SAR Eb Ib
            -- 1B C1/0 ROL Ev Ib
            -- 1B C1/1 ROR Ev Ib
            -- 1B C1/2 RCL Ev Ib
            -- 1B C1/3 RCR Ev Ib
            -- 1B C1/4 SHL Ev Ib
            -- 1B C1/5 SHR Ev Ib
            -- 1B C1/6 SHL Ev Ib
            -- 1B C1/7 SAR Ev Ib
            -- 1B C2 RET Iw f64
            -- 1B C3 RET f64
            -- 1B C4 LES Gz M i64
            -- 1B C5 LDS Gz M i64
            -- 1B C6/0 MOV Eb Ib
            -- 1B C7/0 MOV Ev Iz
            -- 1B C8 ENTER Iw d64
            -- 1B C9 LEAVE v d64
            -- 1B CA RETF Iw
            -- 1B CB RETF v
            -- 1B CC INT3
            -- 1B CD INT Ib
            -- 1B CE INTO i64
            -- 1B CF IRET v
            -- 1B D0/0 ROL Eb 1
            -- 1B D0/1 ROR Eb 1
            -- 1B D0/2 RCL Eb 1
            -- 1B D0/3 RCR Eb 1
            -- 1B D0/4 SHL Eb 1
            -- 1B D0/5 SHR Eb 1
            -- 1B D0/6 SHL Eb 1
            -- 1B D0/7 SAR Eb 1
            -- 1B D1/0 ROL Ev 1
            -- 1B D1/1 ROR Ev 1
            -- 1B D1/2 RCL Ev 1
            -- 1B D1/3 RCR Ev 1
            -- 1B D1/4 SHL Ev 1
            -- 1B D1/5 SHR Ev 1
            -- 1B D1/6 SHL Ev 1
            -- 1B D1/7 SAR Ev 1
            -- 1B D2/0 ROL Eb CL
            -- 1B D2/1 ROR Eb CL
            -- 1B D2/2 RCL Eb CL
            -- 1B D2/3 RCR Eb CL
            -- 1B D2/4 SHL Eb CL
            -- 1B D2/5 SHR Eb CL
            -- 1B D2/6 SHL Eb CL
            -- 1B D2/7 SAR Eb CL
            -- 1B D3/0 ROL Ev CL
            -- 1B D3/1 ROR Ev CL
            -- 1B D3/2 RCL Ev CL
            -- 1B D3/3 RCR Ev CL
            -- 1B D3/4 SHL Ev CL
            -- 1B D3/5 SHR Ev CL
            -- 1B D3/6 SHL Ev CL
            -- 1B D3/7 SAR Ev CL
            -- 1B D7 XLAT b
            -- 1B D8 FPU F
            -- 1B D9 FPU F
            -- 1B DA FPU F
            -- 1B DB FPU F
            -- 1B DC FPU F
            -- 1B DD FPU F
            -- 1B DE FPU F
            -- 1B DF FPU F
            -- 1B E0 LOOPNE Jb f64
            -- 1B E1 LOOPE Jb f64
            -- 1B E2 LOOP Jb f64
            -- 1B E3 JRCXZ Jb f64
            -- 1B E4 IN AL Ib
            -- 1B E5 IN eAX Ib
            -- 1B E6 OUT Ib AL
            -- 1B E7 OUT Ib eAX
            -- 1B E8 CALL Jz f64
            -- 1B E9 JMP Jz f64
            -- 1B EA JMPF Ap i64
            -- 1B EB JMP Jb f64
            -- 1B EC IN AL DX
            -- 1B ED IN eAX DX
            -- 1B EE OUT DX AL
            -- 1B EF OUT DX eAX
            -- 1B F1 INT1
            -- 1B F4 HLT
            -- 1B F5 CMC
            -- 1B F6/0 TEST Eb Ib
            -- 1B F6/1 TEST Eb Ib
            -- 1B F6/2 NOT Eb lock
            -- 1B F6/3 NEG Eb lock
            -- 1B F6/4 MUL Eb
            -- 1B F6/5 IMUL Eb
            -- 1B F6/6 DIV Eb
            -- 1B F6/7 IDIV Eb
            -- 1B F7/0 TEST Ev Iz
            -- 1B F7/1 TEST Ev Iz
            -- 1B F7/2 NOT Ev lock
            -- 1B F7/3 NEG Ev lock
            -- 1B F7/4 MUL Ev
            -- 1B F7/5 IMUL Ev
            -- 1B F7/6 DIV Ev
            -- 1B F7/7 IDIV Ev
            -- 1B F8 CLC
            -- 1B F9 STC
            -- 1B FA CLI
            -- 1B FB STI
            -- 1B FC CLD
            -- 1B FD STD
            -- 1B FE/0 INC Eb lock
            -- 1B FE/1 DEC Eb lock
            -- 1B FF/0 INC Ev lock
            -- 1B FF/1 DEC Ev lock
            -- 1B FF/2 CALL Ev f64
            -- 1B FF/3 CALLF Mp
            -- 1B FF/4 JMP Ev f64
            -- 1B FF/5 JMPF Mp
            -- 1B FF/6 PUSH Ev d64
            -- 0F 00/0 SLDT Ev
            -- 0F 00/1 STR Ev
            -- 0F 00/2 LLDT Ew
            -- 0F 00/3 LTR Ew
            -- 0F 00/4 VERR Ew
            -- 0F 00/5 VERW Ew
            -- 0F 01=C8 MONITOR
            -- 0F 01=C9 MWAIT
            -- 0F 01=CA CLAC
            -- 0F 01=CB STAC
            NP 0F 01=D0 XGETBV
            NP 0F 01=D1 XSETBV
            -- 0F 01=F8 SWAPGS o64
            -- 0F 01=F9 RDTSCP
            -- 0F 01/0 SGDT M
            -- 0F 01/1 SIDT M
            -- 0F 01/2 LGDT M
            -- 0F 01/3 LIDT M
            -- 0F 01/4 SMSW Ev
            -- 0F 01/6 LMSW Ew
            -- 0F 01/7 INVLPG M
            -- 0F 02 LAR Gv Ew
            -- 0F 03 LSL Gv Ew
            -- 0F 05 SYSCALL o64
            -- 0F 06 CLTS
            -- 0F 07 SYSRET v o64
            -- 0F 08 INVD
            -- 0F 09 WBINVD
            -- 0F 0B UD2
            -- 0F 0D NOP Ev
            -- 0F 18 NOP Ev
            -- 0F 19 NOP Ev
            -- 0F 1A NOP Ev
            -- 0F 1B NOP Ev
            -- 0F 1C NOP Ev
            -- 0F 1D NOP Ev
            -- 0F 1E NOP Ev
            -- 0F 1F NOP Ev
            -- 0F 20 MOVFROMCR Rq Cq
            -- 0F 21 MOVFROMDR Rq Dq
            -- 0F 22 MOVTOCR Cq Rq
            -- 0F 23 MOVTODR Dq Rq
            -- 0F 30 WRMSR
            -- 0F 31 RDTSC
            -- 0F 32 RDMSR
            -- 0F 33 RDPMC
            -- 0F 40+cc CMOVCC Gv Ev
            NP 0F 77 EMMS
            -- 0F 80+cc JCC Jz f64
            -- 0F 90+cc SETCC Eb
            -- 0F A0 PUSHSEG FS d64
            -- 0F A1 POPSEG FS d64
            -- 0F A2 CPUID
            -- 0F A3 BT Ev Gv
            -- 0F A4 SHLD Ev Gv Ib
            -- 0F A5 SHLD Ev Gv CL
            -- 0F A8 PUSHSEG GS d64
            -- 0F A9 POPSEG GS d64
            -- 0F AB BTS Ev Gv lock
            -- 0F AC SHRD Ev Gv Ib
            -- 0F AD SHRD Ev Gv CL
            NP 0F AE/0 FXSAVE M
            NP 0F AE/1 FXRSTOR M
            NP 0F AE/2 LDMXCSR Md
            NP 0F AE/3 STMXCSR Md
            NP 0F AE/4 XSAVE M
            NP 0F AE/5 XRSTOR M
            NP 0F AE/6 XSAVEOPT M
            NP 0F C7/4 XSAVEC M
            NP 0F AE/7 CLFLUSH M
            # CLFLUSHOPT and CLWB
            66 0F AE/7 CLFLUSH M
            66 0F AE/6 CLFLUSH M
            F3 0F AE/0 RDFSBASE Ry o64
            F3 0F AE/1 RDGSBASE Ry o64
            F3 0F AE/2 WRFSBASE Ry o64
            F3 0F AE/3 WRGSBASE Ry o64
            NP 0F AE/5 LFENCE R
            NP 0F AE/6 MFENCE R
            NP 0F AE/7 SFENCE R
            -- 0F AF IMUL Gv Ev
            -- 0F B0 CMPXCHG Eb Gb lock
            -- 0F B1 CMPXCHG Ev Gv lock
            -- 0F B2 LSS Gv M
            -- 0F B3 BTR Ev Gv lock
            -- 0F B4 LFS Gv M
            -- 0F B5 LGS Gv M
            -- 0F B6 MOVZX Gv Eb
            -- 0F B7 MOVZX Gv Ew
            F3 0F B8 POPCNT Gv Ev
            -- 0F B9 UD2
            -- 0F BA/4 BT Ev Ib
            -- 0F BA/5 BTS Ev Ib lock
            -- 0F BA/6 BTR Ev Ib lock
            -- 0F BA/7 BTC Ev Ib lock
            -- 0F BB BTC Ev Gv lock
            F3 0F BC TZCNT Gv Ev
            F3 0F BD LZCNT Gv Ev
            -- 0F BC BSF Gv Ev
            -- 0F BD BSR Gv Ev
            -- 0F BE MOVSX Gv Eb
            -- 0F BF MOVSX Gv Ew
            -- 0F C0 XADD Eb Gb lock
            -- 0F C1 XADD Ev Gv lock
            NP 0F C3 MOVNTI My Gy
            -- 0F C7/1 CMPXCHG8B M lock
            F3 0F C7/7 RDPID Rq
            -- 0F C7/6 RDRAND Rv
            -- 0F C7/7 RDSEED Rv
            -- 0F C8+r BSWAP Zv
            -- 0F FF UD2
            NP 0F38 F0 MOVBE Gv Mv
            NP 0F38 F1 MOVBE Mv Gv
            66 0F38 F0 MOVBE Gv Mv
            66 0F38 F1 MOVBE Mv Gv
            F2 0F38 F0 CRC32 Gy Eb
            F2 0F38 F1 CRC32 Gy Ev
            66 0F38 F6 ADCX Gy Ey
            66 0F38 82 INVPCID Gy M
            F3 0F38 F6 ADOX Gy Ey
            # BMI1 and BMI2: maps with a V are VEX-coded, B is the register in VEX.vvvv
            NP V0F38 F2 ANDN Gy By Ey L0
            NP V0F38 F3/1 BLSR By Ey L0
            NP V0F38 F3/2 BLSMSK By Ey L0
            NP V0F38 F3/3 BLSI By Ey L0
            NP V0F38 F5 BZHI Gy Ey By L0
            F3 V0F38 F5 PEXT Gy By Ey L0
            F2 V0F38 F5 PDEP Gy By Ey L0
            F2 V0F38 F6 MULX Gy By Ey L0
            NP V0F38 F7 BEXTR Gy Ey By L0
            66 V0F38 F7 SHLX Gy Ey By L0
            F3 V0F38 F7 SARX Gy Ey By L0
            F2 V0F38 F7 SHRX Gy Ey By L0
            F2 V0F3A F0 RORX Gy Ey Ib L0
            """;

    private IntegerTable() {}
}
