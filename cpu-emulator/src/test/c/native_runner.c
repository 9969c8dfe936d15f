/*
 * Executes instruction bytes on the processor this runs on and tells the state before and after: the oracle that the software CPU is compared with.
 *
 * Build:  gcc -O1 -Wall -Wextra -o native_runner native_runner.c
 * Use:    records on standard input, one answer each on standard output, until end of file (see struct record).
 *
 * The code runs at CODE, data lies at DATA (two pages); both are addresses that the software CPU's test guest uses as well.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CODE 0x20000000UL
#define DATA 0x10000000UL
#define DATA_SIZE 8192
#define MAX_CODE 64

struct state {
    uint64_t gpr[16]; /* in encoding order: rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
    uint64_t rflags;
    uint8_t xmm[16][16];
};

struct record {
    uint32_t length;
    uint32_t signal; /* in an answer: the signal that ended the code, or 0 */
    uint8_t code[MAX_CODE];
    struct state state;
    uint8_t data[DATA_SIZE];
};

struct state current;
uint64_t host_rsp;
static sigjmp_buf recover;

void run_native(void);
void native_return(void);

__asm__(
    ".text\n"
    ".globl run_native\n"
    "run_native:\n"
    "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "  mov %rsp, host_rsp(%rip)\n"
    "  lea current(%rip), %rdi\n"
    "  .irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "  movups 136+16*\\i(%rdi), %xmm\\i\n"
    "  .endr\n"
    "  pushq 128(%rdi)\n"
    "  popfq\n"
    "  mov 0(%rdi), %rax; mov 8(%rdi), %rcx; mov 16(%rdi), %rdx; mov 24(%rdi), %rbx\n"
    "  mov 32(%rdi), %rsp; mov 40(%rdi), %rbp; mov 48(%rdi), %rsi\n"
    "  mov 64(%rdi), %r8; mov 72(%rdi), %r9; mov 80(%rdi), %r10; mov 88(%rdi), %r11\n"
    "  mov 96(%rdi), %r12; mov 104(%rdi), %r13; mov 112(%rdi), %r14; mov 120(%rdi), %r15\n"
    "  mov 56(%rdi), %rdi\n"
    "  jmp *code_address(%rip)\n"
    ".globl native_return\n"
    "native_return:\n"
    "  mov %rax, current(%rip)\n"
    "  mov %rdi, current+56(%rip)\n"
    "  mov %rsp, current+32(%rip)\n"
    "  mov host_rsp(%rip), %rsp\n"
    "  pushfq\n"
    "  pop %rax\n"
    "  cld\n"
    "  lea current(%rip), %rdi\n"
    "  mov %rax, 128(%rdi)\n"
    "  mov %rcx, 8(%rdi); mov %rdx, 16(%rdi); mov %rbx, 24(%rdi)\n"
    "  mov %rbp, 40(%rdi); mov %rsi, 48(%rdi)\n"
    "  mov %r8, 64(%rdi); mov %r9, 72(%rdi); mov %r10, 80(%rdi); mov %r11, 88(%rdi)\n"
    "  mov %r12, 96(%rdi); mov %r13, 104(%rdi); mov %r14, 112(%rdi); mov %r15, 120(%rdi)\n"
    "  .irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "  movups %xmm\\i, 136+16*\\i(%rdi)\n"
    "  .endr\n"
    "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "  ret\n"
    ".data\n"
    "code_address: .quad 0x20000000\n"
    ".text\n");

static void on_signal(int number) {
    siglongjmp(recover, number);
}

static void install(int number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigaction(number, &action, NULL);
}

int main(void) {
    uint8_t *code = mmap((void *)CODE, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    uint8_t *data = mmap((void *)DATA, DATA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    stack_t alternate = { .ss_sp = malloc(65536), .ss_size = 65536 };
    static struct record record;
    if (code == MAP_FAILED || data == MAP_FAILED || alternate.ss_sp == NULL || sigaltstack(&alternate, NULL) != 0) {
        perror("native_runner");
        return 1;
    }
    install(SIGFPE);
    install(SIGSEGV);
    install(SIGILL);
    install(SIGBUS);
    install(SIGTRAP);
    while (fread(&record, sizeof record, 1, stdin) == 1) {
        uint64_t target = (uint64_t)native_return;
        if (record.length > MAX_CODE) {
            return 2;
        }
        memcpy(code, record.code, record.length);
        memcpy(code + record.length, "\xff\x25\0\0\0\0", 6);
        memcpy(code + record.length + 6, &target, 8);
        memcpy(data, record.data, DATA_SIZE);
        current = record.state;
        int number = sigsetjmp(recover, 1);
        if (number == 0) {
            run_native();
        }
        record.signal = (uint32_t)number;
        record.state = current;
        memcpy(record.data, data, DATA_SIZE);
        if (fwrite(&record, sizeof record, 1, stdout) != 1 || fflush(stdout) != 0) {
            return 3;
        }
    }
    return 0;
}
