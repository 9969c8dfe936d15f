// SPDX-License-Identifier: Apache-2.0
// daxio check FILE: maps FILE, whose 32-bit words are their own numbers, compares them, and turns every 1,000th around.
// daxio wait FILE: adds up a byte of each page, says "r", waits for a byte of input, reads each page again; prints the sum and how many are zero then.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void *map(const char *path, size_t *size) {
    struct stat status;
    int fd = open(path, O_RDWR);
    void *memory;
    if (fd < 0 || fstat(fd, &status) != 0) {
        perror(path);
        exit(1);
    }
    *size = status.st_size;
    memory = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return memory;
}

static int check(const char *path) {
    size_t size;
    uint32_t *words = map(path, &size);
    for (size_t i = 0; i < size / 4; i++) {
        if (words[i] != i) {
            printf("word %zu is %u\n", i, words[i]);
            return 1;
        }
    }
    for (size_t i = 0; i < size / 4; i += 1000) words[i] = ~words[i];
    if (msync(words, size, MS_SYNC) != 0) {
        perror("msync");
        return 1;
    }
    return 0;
}

static int wait_for_input(const char *path) {
    size_t size;
    volatile unsigned char *bytes = map(path, &size);
    unsigned sum = 0, zeros = 0;
    char c;
    for (size_t i = 4095; i < size; i += 4096) sum += bytes[i];
    write(1, "r", 1);
    if (read(0, &c, 1) != 1) return 1;
    for (size_t i = 4095; i < size; i += 4096) zeros += bytes[i] == 0;
    printf("%u %u\n", sum, zeros);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "check") == 0) return check(argv[2]);
    if (argc == 3 && strcmp(argv[1], "wait") == 0) return wait_for_input(argv[2]);
    fprintf(stderr, "usage: daxio check|wait FILE\n");
    return 2;
}
