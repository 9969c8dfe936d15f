/*
 * Executes instruction bytes on the processor this runs on and tells the whole user-visible state before and after: the oracle that the software CPU is
 * compared with.
 *
 * Build:  gcc -O1 -Wall -Wextra -fno-stack-protector -fcf-protection=none -no-pie -o native_runner native_runner.c
 * Use:    native_runner FILE. FILE holds SLOTS slots (struct slot), mapped shared by both sides. A byte n on standard input executes slots 0 to n and
 *         is answered by the same byte, until end of file.
 *
 * The code runs at CODE, data lies at DATA (two pages, of which a window around the border between them is the case's); both are addresses that the
 * software CPU's test guest uses as well. A case in 32-bit mode runs in compatibility mode, through the kernel's 32-bit user code segment.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE 0x20000000UL
#define STUB 0x20001000UL
#define DATA 0x10000000UL
#define DATA_SIZE 8192
#define WINDOW_AT 3072
#define WINDOW 2048
#define MAX_CODE 128
#define XSAVE_SIZE 832
#define SLOTS 256
#define NO_FAULT 0xFFFFFFFFU
#define STRAY 0xFFFFFFFEU /* the code wrote outside the window */

struct state {
    uint64_t gpr[16]; /* in encoding order: rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
    uint64_t rflags, fsbase, gsbase, rip;
    uint8_t pad[32];
    uint8_t xsave[XSAVE_SIZE] __attribute__((aligned(64))); /* standard format: x87, SSE, header, AVX */
};

struct slot {
    uint32_t length;
    uint32_t mode; /* 8 or 4 */
    uint32_t vector; /* answer: the exception's vector, NO_FAULT or STRAY */
    uint32_t error; /* answer: its error code */
    uint8_t pad[48];
    uint8_t code[MAX_CODE];
    struct state state;
    uint8_t data[WINDOW];
};

struct state current, after;
uint8_t host_image[XSAVE_SIZE] __attribute__((aligned(64)));
uint64_t host_rsp, host_fs, host_gs;
uint32_t feature_mask = 3;
uint32_t thirty_two;
static sigjmp_buf recover;
static volatile uint32_t fault_vector, fault_error;

void run_native(void);
void native_return(void);

__asm__(
    ".text\n"
    ".globl run_native\n"
    "run_native:\n"
    "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "  mov %rsp, host_rsp(%rip)\n"
    "  lea current(%rip), %rdi\n"
    "  mov feature_mask(%rip), %eax\n"
    "  xor %edx, %edx\n"
    "  xrstor64 192(%rdi)\n"
    "  mov 136(%rdi), %rax; wrfsbase %rax\n"
    "  mov 144(%rdi), %rax; wrgsbase %rax\n"
    "  pushq 128(%rdi)\n"
    "  popfq\n"
    "  mov 0(%rdi), %rax; mov 8(%rdi), %rcx; mov 16(%rdi), %rdx; mov 24(%rdi), %rbx\n"
    "  mov 32(%rdi), %rsp; mov 40(%rdi), %rbp; mov 48(%rdi), %rsi\n"
    "  mov 64(%rdi), %r8; mov 72(%rdi), %r9; mov 80(%rdi), %r10; mov 88(%rdi), %r11\n"
    "  mov 96(%rdi), %r12; mov 104(%rdi), %r13; mov 112(%rdi), %r14; mov 120(%rdi), %r15\n"
    "  mov 56(%rdi), %rdi\n"
    "  jmp *entry(%rip)\n"
    "enter32:\n"
    "  ljmp *far_code(%rip)\n"
    ".globl native_return\n"
    "native_return:\n"
    "  mov %rax, after(%rip)\n"
    "  mov %rdi, after+56(%rip)\n"
    "  mov %rsp, after+32(%rip)\n"
    "  mov host_rsp(%rip), %rsp\n"
    "  pushfq\n"
    "  pop %rax\n"
    "  pushq $2\n"
    "  popfq\n"
    "  lea after(%rip), %rdi\n"
    "  mov %rax, 128(%rdi)\n"
    "  mov %rcx, 8(%rdi); mov %rdx, 16(%rdi); mov %rbx, 24(%rdi)\n"
    "  mov %rbp, 40(%rdi); mov %rsi, 48(%rdi)\n"
    "  mov %r8, 64(%rdi); mov %r9, 72(%rdi); mov %r10, 80(%rdi); mov %r11, 88(%rdi)\n"
    "  mov %r12, 96(%rdi); mov %r13, 104(%rdi); mov %r14, 112(%rdi); mov %r15, 120(%rdi)\n"
    "  rdfsbase %rax; mov %rax, 136(%rdi)\n"
    "  rdgsbase %rax; mov %rax, 144(%rdi)\n"
    "  mov host_fs(%rip), %rax; wrfsbase %rax\n"
    "  mov host_gs(%rip), %rax; wrgsbase %rax\n"
    "  mov feature_mask(%rip), %eax\n"
    "  xor %edx, %edx\n"
    "  xsave64 192(%rdi)\n"
    "  xrstor64 host_image(%rip)\n"
    "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "  ret\n"
    ".data\n"
    "entry: .quad 0x20000000\n"
    "far_code: .long 0x20000000; .word 0x23\n"
    ".text\n");

extern uint64_t entry;
extern char enter32[];

/* Called by hand-written assembly only through sigaction; FS is the case's until the first line has run. */
static void on_signal(int number, siginfo_t *info, void *context) {
    __asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(host_fs), "r"(host_gs));
    (void)info;
    (void)number;
    static const int order[16] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12,
        REG_R13, REG_R14, REG_R15 };
    ucontext_t *c = context;
    for (int i = 0; i < 16; i++) {
        after.gpr[i] = (uint64_t)c->uc_mcontext.gregs[order[i]];
    }
    after.rflags = (uint64_t)c->uc_mcontext.gregs[REG_EFL];
    after.rip = (uint64_t)c->uc_mcontext.gregs[REG_RIP];
    after.fsbase = current.fsbase;
    after.gsbase = current.gsbase;
    const uint8_t *fp = (const uint8_t *)c->uc_mcontext.fpregs;
    uint32_t magic;
    memcpy(&magic, fp + 464, 4);
    memset(after.xsave, 0, sizeof after.xsave);
    memcpy(after.xsave, fp, 464);
    if (magic == 0x46505853) {
        memcpy(after.xsave + 512, fp + 512, feature_mask & 4 ? 320 : 64);
    } else {
        after.xsave[512] = 3;
    }
    fault_vector = (uint32_t)c->uc_mcontext.gregs[REG_TRAPNO];
    fault_error = (uint32_t)c->uc_mcontext.gregs[REG_ERR];
    siglongjmp(recover, 1);
}

static void install(int number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_ONSTACK | SA_NODEFER | SA_SIGINFO;
    sigaction(number, &action, NULL);
}

static void execute(struct slot *s, uint8_t *code, uint8_t *data) {
    uint64_t target = (uint64_t)native_return;
    memcpy(code, s->code, s->length);
    if (s->mode == 8) {
        memcpy(code + s->length, "\xff\x25\0\0\0\0", 6);
        memcpy(code + s->length + 6, &target, 8);
        entry = CODE;
    } else {
        memcpy(code + s->length, "\xea\0\x10\0\x20\x33\0", 7);
        entry = (uint64_t)enter32;
    }
    memcpy(data + WINDOW_AT, s->data, WINDOW);
    current = s->state;
    memset(after.xsave, 0, sizeof after.xsave);
    fault_vector = NO_FAULT;
    fault_error = 0;
    if (sigsetjmp(recover, 0) == 0) {
        run_native();
    }
    s->vector = fault_vector;
    s->error = fault_error;
    s->state = after;
    memcpy(s->data, data + WINDOW_AT, WINDOW);
    for (int i = 0; i < DATA_SIZE; i += 8) {
        if (*(uint64_t *)(data + i) != 0 && (i < WINDOW_AT || i >= WINDOW_AT + WINDOW)) {
            s->vector = STRAY;
            memset(data, 0, DATA_SIZE);
        }
    }
}

static int features(void) {
    unsigned a, b, c, d;
    __cpuid(1, a, b, c, d);
    if (!(c & 1 << 27) || !(getauxval(AT_HWCAP2) & 2)) {
        fprintf(stderr, "native_runner needs XSAVE and FSGSBASE\n");
        return 0;
    }
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    feature_mask = low & 7;
    return 1;
}

int main(int argc, char **argv) {
    int file = argc == 2 ? open(argv[1], O_RDWR) : -1;
    struct slot *slots = mmap(NULL, SLOTS * sizeof(struct slot), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    uint8_t *code = mmap((void *)CODE, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    uint8_t *data = mmap((void *)DATA, DATA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    stack_t alternate = { .ss_sp = malloc(65536), .ss_size = 65536 };
    if (slots == MAP_FAILED || code == MAP_FAILED || data == MAP_FAILED || alternate.ss_sp == NULL || sigaltstack(&alternate, NULL) != 0) {
        perror("native_runner");
        return 1;
    }
    if (!features()) {
        return 4;
    }
    uint64_t target = (uint64_t)native_return;
    memcpy((void *)STUB, "\xff\x25\0\0\0\0", 6);
    memcpy((void *)(STUB + 6), &target, 8);
    __asm__ volatile("rdfsbase %0; rdgsbase %1" : "=r"(host_fs), "=r"(host_gs));
    __asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(0x2b));
    __asm__ volatile("xsave64 %0" : "+m"(host_image) : "a"(7), "d"(0) : "memory");
    install(SIGFPE);
    install(SIGSEGV);
    install(SIGILL);
    install(SIGBUS);
    install(SIGTRAP);
    uint8_t last;
    while (read(0, &last, 1) == 1) {
        for (int i = 0; i <= last; i++) {
            if (slots[i].length > MAX_CODE) {
                return 2;
            }
            execute(&slots[i], code, data);
        }
        if (write(1, &last, 1) != 1) {
            return 3;
        }
    }
    return 0;
}
_Static_assert(offsetof(struct state, xsave) == 192, "xsave");
_Static_assert(offsetof(struct slot, state) == 192, "state");
_Static_assert(sizeof(struct slot) == 3264, "slot");
