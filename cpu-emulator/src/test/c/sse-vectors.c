/*
 * Writes test vectors for the XMM instructions, made by the processor it runs on:
 *
 *   gcc -O1 -o sse-vectors sse-vectors.c
 *   ./sse-vectors 60 12 <../../main/java/org/jvmm/cpu/sse/SseTable.java >../resources/org/jvmm/cpu/sse/vectors.txt
 *
 * Every register form of the table is run with random and edge operands (arguments: how many per floating-point and per other form; the seed is fixed).
 * The instruction is assembled from its row into a buffer: V is xmm1, W and U are xmm2 (U alone is xmm1), G is rax, E is rdx as source, rax as destination.
 * A row: name, wide, immediate, MXCSR before, xmm0, xmm1, xmm2, rax, rdx -> xmm0, xmm1, rax, rcx, EFLAGS, MXCSR after; the result is "#" and MXCSR when
 * the instruction raised a SIMD exception.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

struct state { uint64_t x0[2], x1[2], x2[2], rax, rdx; uint32_t mxcsr, pad; uint64_t flags, rcx; };

static uint64_t seed = 0x1234567;
static uint64_t rnd(void) { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; return seed * 0x2545F4914F6CDD1DULL; }
static uint32_t pick(uint32_t n) { return (rnd() >> 33) % n; }

static sigjmp_buf jump;
static uint32_t trapped;
static void on_fpe(int sig, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    (void) sig; (void) info;
    trapped = uc->uc_mcontext.fpregs->mxcsr;
    siglongjmp(jump, 1);
}

static uint64_t real64(uint64_t near) {
    static const uint64_t edge[] = { 0, 0x3FF0000000000000, 0x7FF0000000000000, 0x7FF8000000000000, 0x7FF0000000000001, 0x7FF4000000000123, 0x7FFFFFFFFFFFFFFF,
        1, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x7FEFFFFFFFFFFFFF, 0x0008000000001234, 0x41DFFFFFFFC00000, 0x41E0000000000000, 0x43E0000000000000,
        0x3FE0000000000000, 0x3FF8000000000000, 0x4004000000000000, 0x41DFFFFFFFE00000, 0x36A0000000000000, 0x380FFFFFF0000000, 0x47EFFFFFF0000000, 0x0020000000000000 };
    uint64_t sign = rnd() & 1ULL << 63;
    switch (pick(8)) {
    case 0: case 1: return sign | edge[pick(sizeof edge / 8)];
    case 2: return rnd();
    case 3: return (near ^ (rnd() & 3ULL << 62 & 1ULL << 63)) + (rnd() & 15) - 8;
    case 4: return (near & 0x7FF0000000000000) + (rnd() & 0x80FFFFFFFFFFFFFF);
    case 5: return sign | (uint64_t) (0x3FF + pick(70) - 4) << 52 | (rnd() & (0xFFFFFFFFFFFFFULL << pick(53) & 0xFFFFFFFFFFFFF));
    case 6: return sign | (uint64_t) (pick(2) ? pick(60) : 0x3FF - 512 + pick(60)) << 52 | (rnd() & 0xFFFFFFFFFFFFF);
    default: return sign | (uint64_t) (0x3FF - 160 + pick(320)) << 52 | (rnd() & 0xFFFFFFFFFFFFF);
    }
}

static uint32_t real32(uint32_t near) {
    static const uint32_t edge[] = { 0, 0x3F800000, 0x7F800000, 0x7FC00000, 0x7F800001, 0x7FA00123, 0x7FFFFFFF, 1, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0x00401234,
        0x4F000000, 0x4EFFFFFF, 0x5F000000, 0x3F000000, 0x3FC00000, 0x40200000, 0x01000000 };
    uint32_t sign = rnd() & 1U << 31;
    switch (pick(7)) {
    case 0: case 1: return sign | edge[pick(sizeof edge / 4)];
    case 2: return rnd();
    case 3: return (near ^ (rnd() & 1U << 31)) + (rnd() & 15) - 8;
    case 4: return (near & 0x7F800000) + (rnd() & 0x83FFFFFF);
    case 5: return sign | (0x7F + pick(70) - 4) << 23 | (rnd() & (0x7FFFFFU << pick(24) & 0x7FFFFF));
    default: return sign | (pick(2) ? pick(30) : 0x7F - 64 + pick(30)) << 23 | (rnd() & 0x7FFFFF);
    }
}

static uint64_t integers(void) {
    uint64_t v = 0;
    switch (pick(5)) {
    case 0: return rnd();
    case 1: for (int i = 0; i < 8; i++) { static const uint8_t e[] = { 0, 1, 0x7F, 0x80, 0xFF, 0xFE, 0x81, 2 }; v = v << 8 | e[pick(8)]; } return v;
    case 2: for (int i = 0; i < 4; i++) { static const uint16_t e[] = { 0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x00FF, 0x8001, 0x0100 }; v = v << 16 | e[pick(8)]; } return v;
    case 3: for (int i = 0; i < 2; i++) { static const uint32_t e[] = { 0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF, 0x7FFF8000, 0x10000 }; v = v << 32 | e[pick(8)]; } return v;
    default: return pick(70);
    }
}

static void fill(uint64_t *x, char type, const uint64_t *near) {
    for (int i = 0; i < 2; i++) {
        if (type == 'd') x[i] = real64(near[i]);
        else if (type == 's') x[i] = real32(near[i]) | (uint64_t) real32(near[i] >> 32) << 32;
        else x[i] = integers();
    }
}

static char source_type(const char *name) {
    if (!strncmp(name, "CVTDQ", 5) || !strncmp(name, "CVTSI", 5)) return 'i';
    if (!strncmp(name, "CVT", 3)) { const char *p = name + 3 + (name[3] == 'T'); return p[1] == 'D' ? 'd' : 's'; }
    static const char *stems[] = { "ADD", "SUB", "MUL", "DIV", "MIN", "MAX", "SQRT", "CMP", "RCP", "RSQRT", "ADDSUB", "HADD", "HSUB", "ROUND", "DP", "UCOMI", "COMI", NULL };
    size_t n = strlen(name);
    for (const char **s = stems; *s; s++)
        if (!strncmp(name, *s, strlen(*s)) && n == strlen(*s) + 2) return name[n - 1] == 'D' ? 'd' : 's';
    return 'i';
}

int main(int argc, char **argv) {
    int reals = atoi(argv[1]), others = atoi(argv[2]);
    uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction action = { .sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO | SA_NODEFER };
    sigaction(SIGFPE, &action, NULL);
    char line[256];
    (void) argc;
    while (fgets(line, sizeof line, stdin)) {
        char prefix[8], map[8], opcode[8], name[32], o1[8] = "", o2[8] = "", o3[8] = "";
        int n = sscanf(line, " %7s %7s %7s %31s %7s %7s %7s", prefix, map, opcode, name, o1, o2, o3);
        if (n < 6 || strncmp(map, "0F", 2) || (strcmp(prefix, "NP") && strcmp(prefix, "66") && strcmp(prefix, "F3") && strcmp(prefix, "F2"))) continue;
        if (o1[0] == 'M' || o2[0] == 'M' || !strcmp(name, "MASKMOVDQU")) continue;
        int has_imm = !strcmp(o2, "Ib") || !strcmp(o3, "Ib");
        char *slash = strchr(opcode, '/');
        int modrm = 0xC0;
        if (slash) modrm |= (slash[1] - '0') << 3 | 1;
        else if (o1[0] == 'G') modrm |= 2;
        else if (o1[0] == 'E') modrm |= 2 << 3;
        else if (o1[0] == 'W') modrm |= 2 << 3 | 1;
        else modrm |= 1 << 3 | 2;
        char type = source_type(name);
        int y = o1[1] == 'y' || o2[1] == 'y' || (!strncmp(name, "PCMPE", 5) && strstr(name, "STR"));
        int runs = type == 'i' && strncmp(name, "CVT", 3) ? others : reals;
        if (strstr(name, "STR")) runs *= 6;
        for (int i = 0; i < runs; i++) {
            struct state s = { 0 };
            uint64_t zero[2] = { 0, 0 };
            int imm = has_imm ? (int) (rnd() >> 40 & 0xFF) : 0;
            if (has_imm && (!strncmp(name, "PSR", 3) || !strncmp(name, "PSL", 3) || !strcmp(name, "PALIGNR"))) imm = pick(4) ? (int) pick(34) : imm;
            if (strstr(name, "STR")) imm &= 0x7F;
            if (!strncmp(name, "ROUND", 5)) imm &= 15;
            int wide = y ? (int) pick(2) : 0;
            fill(s.x0, 'i', zero);
            fill(s.x1, type, zero);
            fill(s.x2, type, s.x1);
            if (strstr(name, "STR")) { for (int k = 0; k < 2; k++) { s.x1[k] &= 0x8303830383038303; s.x2[k] &= 0x8303830383038303; if (pick(2)) { s.x1[k] |= 0x0101010101010101; s.x2[k] |= 0x0101010101010101; } } }
            if ((!strncmp(name, "PSR", 3) || !strncmp(name, "PSL", 3) ) && pick(4)) s.x2[0] = pick(70);
            s.rax = pick(2) ? pick(20) : integers();
            s.rdx = strncmp(name, "CVT", 3) && pick(2) ? pick(20) : pick(2) ? integers() : rnd() >> pick(64);
            if (strstr(name, "STR")) { s.rax = (uint64_t) (int64_t) ((int) pick(40) - 20); s.rdx = (uint64_t) (int64_t) ((int) pick(40) - 20); }
            switch (pick(6)) {
            case 0: case 1: s.mxcsr = 0x1F80; break;
            case 2: s.mxcsr = 0x1FA0; break;
            case 3: s.mxcsr = 0x1F80 | pick(4) << 13; break;
            case 4: s.mxcsr = 0x1F80 | (rnd() & 0xE07F); break;
            default: s.mxcsr = rnd() & 0xFFC0;
            }
            if (type == 'i' && strncmp(name, "CVT", 3)) s.mxcsr = 0x1F80;
            uint8_t *c = code;
#define EMIT(...) do { static const uint8_t b[] = { __VA_ARGS__ }; memcpy(c, b, sizeof b); c += sizeof b; } while (0)
            EMIT(0x0F, 0x10, 0x07, 0x0F, 0x10, 0x4F, 0x10, 0x0F, 0x10, 0x57, 0x20, 0x48, 0x8B, 0x47, 0x30, 0x48, 0x8B, 0x57, 0x38, 0x31, 0xC9, 0x0F, 0xAE, 0x57, 0x40);
            if (strcmp(prefix, "NP")) *c++ = strtol(prefix, NULL, 16);
            if (wide) *c++ = 0x48;
            *c++ = 0x0F;
            if (map[2]) *c++ = strtol(map + 2, NULL, 16);
            *c++ = strtol(opcode, NULL, 16);
            *c++ = modrm;
            if (has_imm) *c++ = imm;
            EMIT(0x0F, 0xAE, 0x5F, 0x40, 0x0F, 0x11, 0x07, 0x0F, 0x11, 0x4F, 0x10, 0x48, 0x89, 0x47, 0x30, 0x48, 0x89, 0x4F, 0x50, 0x9C, 0x8F, 0x47, 0x48, 0xC3);
            printf("%s %d %x %x %lx %lx %lx %lx %lx %lx %lx %lx ->", name, wide, imm, s.mxcsr, s.x0[0], s.x0[1], s.x1[0], s.x1[1], s.x2[0], s.x2[1], s.rax, s.rdx);
            uint32_t standard = 0x1F80;
            if (sigsetjmp(jump, 1) == 0) {
                ((void (*)(struct state *)) code)(&s);
                __asm__ volatile("ldmxcsr %0" : : "m"(standard));
                printf(" %lx %lx %lx %lx %lx %lx %lx %x\n", s.x0[0], s.x0[1], s.x1[0], s.x1[1], s.rax, s.rcx, s.flags & 0x8D5, s.mxcsr);
            } else {
                __asm__ volatile("ldmxcsr %0" : : "m"(standard));
                printf(" # %x\n", trapped);
            }
        }
    }
    return 0;
}
