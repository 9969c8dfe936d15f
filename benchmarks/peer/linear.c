// SPDX-License-Identifier: Apache-2.0
/* linear WHAT N: does something N times that an engine might get slower at the oftener it is done. A static program for the guest of linear.py. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* N processes at the same time. */
static int processes(int n)
{
    pid_t *children = calloc(n, sizeof *children);
    for (int i = 0; i < n; i++) {
        children[i] = fork();
        if (children[i] < 0) {
            perror("fork");
            return 1;
        }
        if (children[i] == 0) {
            pause();
            _exit(0);
        }
    }
    for (int i = 0; i < n; i++)
        kill(children[i], SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}

/* A function that is rewritten before each of N calls. */
static int rewritten(int n)
{
    unsigned char code[] = { 0xB8, 0, 0, 0, 0, 0xC3 }; /* mov eax, imm32; ret */
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, code, sizeof code);
    for (int i = 0; i < n; i++) {
        memcpy(page + 1, &i, sizeof i);
        if (((int (*)(void))page)() != i)
            return 1;
    }
    return 0;
}

/* A loop of 20,000 rounds that is rewritten N times: each time it is hot. */
static int hot(int n)
{
    /* mov ecx, 20000; xor eax, eax; again: add eax, imm32; dec ecx; jnz again; ret */
    unsigned char code[] = { 0xB9, 0x20, 0x4E, 0, 0, 0x31, 0xC0, 0x05, 0, 0, 0, 0, 0xFF, 0xC9, 0x75, 0xF7, 0xC3 };
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, code, sizeof code);
    for (int i = 0; i < n; i++) {
        memcpy(page + 8, &i, sizeof i);
        if (((unsigned (*)(void))page)() != 20000u * (unsigned)i)
            return 1;
    }
    return 0;
}

/* Pages mapped, touched, protected and unmapped, N times 16 of them. */
static int tables(int n)
{
    for (int i = 0; i < n; i++) {
        char *pages = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int k = 0; k < 16; k++)
            pages[k * 4096] = 1;
        mprotect(pages, 8 * 4096, PROT_READ);
        munmap(pages, 16 * 4096);
    }
    return 0;
}

int main(int argc, char **argv)
{
    int n = argc == 3 ? atoi(argv[2]) : 0;
    if (n > 0 && !strcmp(argv[1], "processes"))
        return processes(n);
    if (n > 0 && !strcmp(argv[1], "rewritten"))
        return rewritten(n);
    if (n > 0 && !strcmp(argv[1], "hot"))
        return hot(n);
    if (n > 0 && !strcmp(argv[1], "tables"))
        return tables(n);
    fprintf(stderr, "linear: processes|rewritten|hot|tables N\n");
    return 2;
}
