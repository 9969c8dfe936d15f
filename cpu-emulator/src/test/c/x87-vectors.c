/*
 * Writes test vectors for the x87 instructions, made by the processor it runs on:
 *
 *   gcc -O1 -o x87-vectors x87-vectors.c
 *   ./x87-vectors 25 >../resources/org/jvmm/cpu/x87/vectors.txt
 *
 * Every instruction but the environment ones is run with random and edge operands (argument: how many each; the seed is fixed), between FXRSTOR and
 * FXSAVE. A row: opcode, ModRM, control, status and abridged tag words, EFLAGS, ST(0), ST(1), ST(2), ten bytes of memory -> the same after it. The other
 * registers hold 1.0. A register is sign and exponent, then significand, or "-" when it is empty afterwards; memory is its bytes 8 and 9, then 0 to 7.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct fx {
    uint16_t cw, sw;
    uint8_t tags, r1;
    uint16_t op;
    uint64_t ip, dp;
    uint32_t mxcsr, mask;
    struct { uint64_t sig; uint16_t se; uint16_t pad[3]; } st[8];
    uint8_t rest[512 - 160];
} __attribute__((aligned(16)));

struct value { uint64_t sig; uint16_t se; };
static uint64_t flags_in, flags_out;
static struct { uint64_t low; uint16_t high; uint64_t pad; } __attribute__((packed)) memory;

static uint64_t seed = 0x7654321;
static uint64_t rnd(void) { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; return seed * 0x2545F4914F6CDD1DULL; }
static uint32_t pick(uint32_t n) { return (rnd() >> 33) % n; }

static uint64_t sparse(void) { return 1ULL << 63 | (rnd() & ~0ULL << pick(64)); }

static struct value real80(struct value near) {
    static const struct value edge[] = { { 0, 0 }, { 1ULL << 63, 0x3FFF }, { 1ULL << 63, 0x7FFF }, { 3ULL << 62, 0x7FFF }, { 1ULL << 63 | 1, 0x7FFF },
        { 0xA000000000000123, 0x7FFF }, { 0xC000000000000123, 0x7FFF }, { ~0ULL, 0x7FFF }, { 0x4000000000000000, 0x7FFF }, { 0, 0x7FFF }, { 0x7000000000000000, 0x4000 },
        { 1, 0 }, { ~0ULL >> 1, 0 }, { 1ULL << 63, 0 }, { 0xC000000000000000, 0 }, { 0x12345, 0 }, { 1ULL << 63, 1 }, { ~0ULL, 0x7FFE }, { 1ULL << 63, 0x3FFE },
        { 0xC000000000000000, 0x3FFF }, { 0xA000000000000000, 0x4000 }, { 0xFFFF000000000000, 0x400D }, { 0xFFFFFFFF00000000, 0x401D }, { 1ULL << 63, 0x403E }, { 1ULL << 63, 0x401E },
        { ~0ULL, 0x403D }, { 0xC90FDAA22168C235, 0x4000 }, { 0xFFFFFFFFFFFFFC00, 0x43FE }, { 0xFFFFFF8000000000, 0x407E }, { 1ULL << 63, 0x3C00 }, { 1ULL << 63, 0x3F81 } };
    struct value v;
    uint16_t sign = pick(2) << 15;
    switch (pick(9)) {
    case 0: case 1: v = edge[pick(sizeof edge / sizeof *edge)]; v.se |= sign; return v;
    case 2: v.sig = rnd(); v.se = rnd(); if (pick(4)) v.sig |= 1ULL << 63; return v;
    case 3: v.sig = near.sig + pick(16) - 8; v.se = near.se ^ sign; return v;
    case 4: v.sig = rnd() | 1ULL << 63; v.se = (near.se & 0x7FFF) + pick(80) - 40; v.se = (v.se & 0x7FFF) | sign; return v;
    case 5: v.sig = sparse(); v.se = sign | (0x3FFF + pick(70) - 4); return v;
    case 6: v.sig = sparse(); v.se = sign | (pick(2) ? pick(80) : 0x7FFE - pick(80)); if (!v.se) v.se = 1; return v;
    case 7: v.sig = rnd() | 1ULL << 63; v.se = sign | (0x3FFF - 1100 + pick(2200)); return v;
    default: v.sig = rnd() | 1ULL << 63; v.se = sign | (0x3FFF - 20 + pick(40)); return v;
    }
}

static uint64_t real64(void) {
    static const uint64_t edge[] = { 0, 0x3FF0000000000000, 0x7FF0000000000000, 0x7FF8000000000001, 0x7FF0000000000001, 0x7FF4000000000123, 1, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x7FEFFFFFFFFFFFFF };
    return pick(3) ? rnd() : edge[pick(sizeof edge / 8)] | (uint64_t) pick(2) << 63;
}

static uint32_t real32(void) {
    static const uint32_t edge[] = { 0, 0x3F800000, 0x7F800000, 0x7FC00001, 0x7F800001, 0x7FA00123, 1, 0x007FFFFF, 0x00800000, 0x7F7FFFFF };
    return pick(3) ? (uint32_t) rnd() : edge[pick(sizeof edge / 4)] | pick(2) << 31;
}

static void fill_memory(int op, int digit) {
    memory.low = rnd() >> (pick(2) ? pick(64) : 0);
    memory.high = rnd();
    if (op == 0xD8 || (op == 0xD9 && digit == 0)) memory.low = real32();
    if (op == 0xDC || (op == 0xDD && digit == 0)) memory.low = real64();
    if (op == 0xDB && digit == 5) { struct value v = real80((struct value) { 1ULL << 63, 0x3FFF }); memory.low = v.sig; memory.high = v.se; }
    if (op == 0xDF && digit == 4) {
        memory.low = 0;
        for (int i = 0; i < 16; i++) memory.low = memory.low << 4 | pick(10);
        memory.high = pick(10) << 4 | pick(10) | pick(2) << 15;
        if (!pick(3)) { memory.high &= 0x8000; memory.low &= 0xFFFF; }
    }
}

static uint8_t *code;
static void put(const struct value *v, int used) {
    if (used) printf(" %04x%016lx", v->se, v->sig); else printf(" -");
}

static void run(int op, int modrm, int transcendental) {
    static struct fx f;
    memset(&f, 0, sizeof f);
    int mem = modrm < 0xC0;
    struct value st[3];
    st[0] = real80((struct value) { 1ULL << 63, 0x3FFF });
    st[1] = real80(st[0]);
    st[2] = real80(st[0]);
    if (transcendental && pick(3)) {
        for (int i = 0; i < 2; i++) { st[i].sig = pick(2) ? sparse() : rnd() | 1ULL << 63; st[i].se = pick(2) << 15 | (0x3FFF - pick(modrm == 0xF0 || modrm == 0xF9 ? 70 : 3) + (modrm == 0xF0 || modrm == 0xF9 ? -2 : (int) pick(66))); }
        if (modrm == 0xF1 || modrm == 0xF3) { if (modrm == 0xF1) st[0].se &= 0x7FFF; if (pick(3) == 0) st[0].se = 0x3FFF, st[0].sig = 1ULL << 63 | rnd() >> (1 + pick(63)); else if (pick(3) == 0) st[0].se = 0x3FFE, st[0].sig = ~(rnd() >> (1 + pick(63))); }
    }
    f.cw = 0x37F;
    switch (pick(4)) { case 0: f.cw = 0x37F | pick(4) << 10; break; case 1: f.cw = 0x7F | pick(4) << 10 | (pick(3) ? pick(2) << 9 : 0x300); break; case 2: f.cw = 0x40 | (rnd() & 0xF3F); if ((f.cw & 0x300) == 0x100) f.cw |= 0x300; break; }
    if (transcendental) f.cw |= 0x3F;
    int top = pick(8);
    f.sw = top << 11 | (rnd() & 0x4700) | (rnd() & f.cw & 0x3F);
    int used = 0x07 << top;
    used |= used >> 8;
    if (!pick(8)) used = rnd() & 0xFF;
    f.tags = used;
    for (int i = 0; i < 8; i++) { f.st[i].sig = i < 3 ? st[i].sig : 1ULL << 63; f.st[i].se = i < 3 ? st[i].se : 0x3FFF; }
    f.mxcsr = 0x1F80;
    flags_in = 2 | (rnd() & 0x45);
    fill_memory(op, modrm >> 3 & 7);
    uint8_t *c = code;
#define EMIT(...) do { static const uint8_t b[] = { __VA_ARGS__ }; memcpy(c, b, sizeof b); c += sizeof b; } while (0)
    EMIT(0x0F, 0xAE, 0x0F, 0xFF, 0x32, 0x9D); /* fxrstor [rdi]; push [rdx]; popfq */
    *c++ = op;
    *c++ = mem ? (modrm & 0x38) | 6 : modrm;
    EMIT(0x9C, 0x8F, 0x01, 0x0F, 0xAE, 0x07, 0xDB, 0xE3, 0xC3); /* pushfq; pop [rcx]; fxsave [rdi]; fninit; ret */
    printf("%x %x %x %x %x %lx", op, mem ? modrm & 0x38 : modrm, f.cw, f.sw, f.tags, flags_in);
    for (int i = 0; i < 3; i++) put(&st[i], 1);
    printf(" %04x%016lx ->", memory.high, memory.low);
    ((void (*)(struct fx *, void *, uint64_t *, uint64_t *)) code)(&f, &memory, &flags_in, &flags_out);
    printf(" %x %x %x %lx", f.cw, f.sw, f.tags, flags_out & 0x8D5);
    int after = f.sw >> 11 & 7;
    for (int i = 0; i < 3; i++) { struct value v = { f.st[i].sig, f.st[i].se }; put(&v, f.tags >> ((after + i) & 7) & 1); }
    printf(" %04x%016lx\n", memory.high, memory.low);
}

int main(int argc, char **argv) {
    int rows = argc > 1 ? atoi(argv[1]) : 25;
    code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int op = 0xD8; op <= 0xDF; op++) {
        for (int digit = 0; digit < 8; digit++) {
            /* FLDENV, FLDCW (it could unmask what is pending), FNSTENV, FRSTOR, FNSAVE have tests of their own. */
            int skip = (op == 0xD9 && (digit == 1 || (digit >= 4 && digit <= 6))) || (op == 0xDB && (digit == 4 || digit == 6)) || (op == 0xDD && (digit == 4 || digit == 5 || digit == 6));
            for (int i = 0; i < rows && !skip; i++) run(op, digit << 3, 0);
            int whole = op == 0xD9 && digit >= 4;
            if (!whole) {
                int none = (op == 0xD9 && digit == 2) || (op == 0xDA && digit >= 4) || (op == 0xDB && (digit == 4 || digit == 7)) || (op == 0xDD && digit >= 6)
                    || (op == 0xDE && digit == 3) || (op == 0xDF && (digit == 4 || digit == 7));
                for (int i = 0; i < rows && !none; i++) run(op, 0xC0 | digit << 3 | pick(4), 0);
                continue;
            }
            for (int low = 0; low < 8; low++) {
                int modrm = 0xC0 | digit << 3 | low;
                if (modrm == 0xE2 || modrm == 0xE3 || modrm == 0xE6 || modrm == 0xE7 || modrm == 0xEF) continue;
                int transcendental = modrm == 0xF0 || modrm == 0xF1 || modrm == 0xF2 || modrm == 0xF3 || modrm == 0xF9 || modrm == 0xFB || modrm >= 0xFE;
                int constant = modrm >= 0xE8 && modrm <= 0xEE;
                for (int i = 0; i < (transcendental ? 2 * rows : constant ? rows / 2 : rows); i++) run(op, modrm, transcendental);
            }
        }
    }
    for (int i = 0; i < rows; i++) {
        run(0xD9, 0xD0, 0);
        run(0xDA, 0xE9, 0);
        run(0xDB, 0xE2, 0);
        run(0xDB, 0xE3, 0);
        run(0xDE, 0xD9, 0);
    }
    return 0;
}
