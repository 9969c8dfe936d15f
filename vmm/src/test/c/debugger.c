/*
 * What gdb asks of the kernel, and so of the processor: single steps, a hardware breakpoint and a hardware watchpoint through ptrace(2).
 * cc -static -O2 -o debugger debugger.c && ./debugger
 */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile long watched;
static volatile long other;

__attribute__((noinline)) static void target(long value)
{
    other = value;
    __asm__ volatile("" ::: "memory");
}

static void child(void)
{
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    for (long i = 0; i < 1000; i++) {
        target(i);
        if (i == 700)
            watched = i;
    }
    _exit(7);
}

static long debug_register(pid_t pid, int n)
{
    return ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, u_debugreg) + n * sizeof(long), 0);
}

static int set_debug_register(pid_t pid, int n, long value)
{
    return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg) + n * sizeof(long), value);
}

int main(void)
{
    struct user_regs_struct regs;
    unsigned long long last = 0;
    int status, moved = 0, hits = 0, writes = 0;
    long value = -1;
    pid_t pid = fork();

    if (pid == 0)
        child();
    waitpid(pid, &status, 0);
    for (int i = 0; i < 500; i++) {
        ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
        waitpid(pid, &status, 0);
        if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) {
            printf("step %d: status 0x%x\n", i, status);
            return 1;
        }
        ptrace(PTRACE_GETREGS, pid, 0, &regs);
        moved += regs.rip != last;
        last = regs.rip;
    }
    /* DR0: execution of target(); DR1: writes of four bytes to watched. */
    long watch = 1 << 2 | 0xDL << 20, both = watch | 1;
    if (set_debug_register(pid, 0, (long)target) || set_debug_register(pid, 1, (long)&watched) || set_debug_register(pid, 7, both)) {
        perror("debug registers");
        return 1;
    }
    for (;;) {
        ptrace(PTRACE_CONT, pid, 0, 0);
        waitpid(pid, &status, 0);
        if (WIFEXITED(status))
            break;
        if (WSTOPSIG(status) != SIGTRAP) {
            printf("status 0x%x\n", status);
            return 1;
        }
        ptrace(PTRACE_GETREGS, pid, 0, &regs);
        long dr6 = debug_register(pid, 6);
        if (dr6 & 1) {
            if (regs.rip != (unsigned long long)target) {
                printf("breakpoint at 0x%llx\n", regs.rip);
                return 1;
            }
            hits++;
        }
        if (dr6 & 2) {
            writes++;
            value = ptrace(PTRACE_PEEKDATA, pid, &watched, 0);
        }
        set_debug_register(pid, 6, 0);
        if (hits == 400)
            set_debug_register(pid, 7, watch);
    }
    printf("moved %d, breakpoints %d, watchpoints %d, value %ld, exit %d\n", moved, hits, writes, value, WEXITSTATUS(status));
    return 0;
}
