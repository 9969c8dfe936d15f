package org.jvmm.cpu.decode;

/**
 * The operand codes of the tables: where an operand is and how wide. The letters are those of SDM vol. 2, appendix A.2, where it has one: E general
 * register or memory by ModRM.rm, G general register by ModRM.reg, I immediate, J relative target, M memory only, R register form only, O absolute
 * address, S segment register, C control, D debug, V XMM by reg, W XMM or memory by rm, U XMM by rm, Z register in the opcode's low bits, P MMX by reg, Q MMX or memory by rm, N
 * MMX by rm, H XMM or YMM and B general register by VEX.vvvv, L XMM or YMM by the immediate's high half. Widths: b w
 * d q for 1 2 4 8 bytes, v by operand size (2, 4, 8), z the same but at most 4, y 4 or 8 by REX.W, x 16 aligned, u 16 unaligned. {@code Is} is a
 * sign-extended byte, {@code Io} a full-width immediate, {@code Iz} a sign-extended 32-bit one.
 */
enum OperandCode {
    Wh(true), Wf(true), We(true), Wo(true), Wb(true), Mo(true), Mg(true), Pq(true), Qq(true), Qd(true), Nq(true), Hx(true), By(true), Lx(
            true), Ry(true), Gw(true), Eb(true), Ew(true), Ed(true), Eq(true), Ev(
                    true), Ey(true), Gb(true), Gd(true), Gv(true), Gy(true), Gz(true), M(true), Mp(true), Md(
                            true), Mq(true), Mv(true), My(true), Mx(true), Mu(true), R(true), Rq(true), Rv(true), Sw(true), Cq(
                                    true), Dq(true), Vx(
                                            true), Wx(true), Wu(true), Wq(true), Wd(true), Ww(true), Ux(true), F(true), Ib(false), Is(
                                                    false), Iw(false), Iz(
                                                            false), Io(false), Jb(false), Jz(false), Ob(false), Ov(
                                                                    false), Ap(false), Zb(false), Zv(
                                                                            false), Zy(false), AL(
                                                                                    false), rAX(false), eAX(false), CL(
                                                                                            false), DX(false), ONE(false), ES(
                                                                                                    false), CS(false), SS(false), DS(
                                                                                                            false), FS(
                                                                                                                    false), GS(false), b(
                                                                                                                            false), z(
                                                                                                                                    false), v(
                                                                                                                                            false);

    /** Whether the form has a ModRM byte. */
    final boolean modrm;

    OperandCode(boolean modrm) {
        this.modrm = modrm;
    }

    static OperandCode parse(String text) {
        return text.equals("1") ? ONE : valueOf(text);
    }
}
