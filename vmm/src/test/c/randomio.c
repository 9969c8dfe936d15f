// SPDX-License-Identifier: Apache-2.0
// Random reads, writes, truncations, holes, mappings and copies on one file, each compared with a copy in memory. usage: randomio FILE OPERATIONS SEED
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SIZE (512 * 1024)
#define MAX_CALL (64 * 1024)

static unsigned char model[MAX_SIZE + MAX_CALL];
static unsigned char buffer[MAX_CALL];
static size_t size;
static uint64_t state;
static int fd;
static const char *path;

// A linear congruential generator, so that every host gives the same operations (Knuth, MMIX).
static uint32_t next(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % below);
}

static void die(int operation, const char *what, size_t offset, size_t length) {
    printf("FAIL operation %d: %s at %zu+%zu, size %zu, errno %d\n", operation, what, offset, length, size, errno);
    exit(1);
}

static void check_read(int operation, size_t offset, size_t length) {
    size_t there = offset >= size ? 0 : size - offset < length ? size - offset : length;
    if (pread(fd, buffer, length, (off_t)offset) != (ssize_t)there || memcmp(buffer, model + offset, there) != 0) {
        die(operation, "read differs", offset, length);
    }
}

static void write_at(int operation, size_t offset, size_t length) {
    for (size_t i = 0; i < length; i++) {
        buffer[i] = (unsigned char)next(256);
    }
    if (pwrite(fd, buffer, length, (off_t)offset) != (ssize_t)length) {
        die(operation, "write", offset, length);
    }
    memcpy(model + offset, buffer, length);
    size = offset + length > size ? offset + length : size;
}

static void resize(int operation, size_t length) {
    if (ftruncate(fd, (off_t)length) < 0) {
        die(operation, "truncate", length, 0);
    }
    if (length < size) {
        memset(model + length, 0, size - length);
    }
    size = length;
}

static void mapped(int operation, size_t offset, size_t length, int change) {
    if (offset >= size) {
        return;
    }
    length = size - offset < length ? size - offset : length;
    size_t page = offset & ~(size_t)4095;
    unsigned char *map = mmap(NULL, offset - page + length, PROT_READ | (change ? PROT_WRITE : 0), MAP_SHARED, fd, (off_t)page);
    if (map == MAP_FAILED) {
        die(operation, "mmap", offset, length);
    }
    if (change) {
        for (size_t i = 0; i < length; i++) {
            map[offset - page + i] = model[offset + i] = (unsigned char)next(256);
        }
    } else if (memcmp(map + (offset - page), model + offset, length) != 0) {
        die(operation, "mapping differs", offset, length);
    }
    munmap(map, offset - page + length);
}

static void hole(int operation, size_t offset, size_t length) {
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length) < 0) {
        die(operation, "punch", offset, length);
    }
    if (offset < size) {
        memset(model + offset, 0, size - offset < length ? size - offset : length);
    }
}

static void copy(int operation, size_t from, size_t to, size_t length) {
    if (from >= size || (from < to + length && to < from + length)) {
        return;
    }
    length = size - from < length ? size - from : length;
    loff_t in = (loff_t)from;
    loff_t out = (loff_t)to;
    size_t done = 0;
    while (done < length) {
        ssize_t n = copy_file_range(fd, &in, fd, &out, length - done, 0);
        if (n <= 0) {
            die(operation, "copy", from, length);
        }
        done += (size_t)n;
    }
    memcpy(model + to, model + from, length);
    size = to + length > size ? to + length : size;
}

static void reopen(int operation) {
    if (close(fd) < 0 || (fd = open(path, O_RDWR)) < 0) {
        die(operation, "reopen", 0, 0);
    }
    struct stat info;
    if (fstat(fd, &info) < 0 || (size_t)info.st_size != size) {
        die(operation, "size differs", (size_t)info.st_size, 0);
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        printf("usage: randomio FILE OPERATIONS SEED\n");
        return 2;
    }
    path = argv[1];
    int operations = atoi(argv[2]);
    state = strtoull(argv[3], NULL, 10);
    fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0644);
    for (int i = 0; i < operations; i++) {
        size_t offset = next(MAX_SIZE - MAX_CALL);
        size_t length = 1 + next(next(2) != 0 ? MAX_CALL : 600);
        switch (next(10)) {
            case 0: case 1: case 2: write_at(i, offset, length); break;
            case 3: case 4: check_read(i, offset, length); break;
            case 5: mapped(i, offset, length, 0); break;
            case 6: mapped(i, offset, length, 1); break;
            case 7: hole(i, offset, length); break;
            case 8: copy(i, offset, next(MAX_SIZE - MAX_CALL), length); break;
            default: next(3) == 0 ? resize(i, offset) : reopen(i); break;
        }
    }
    for (size_t offset = 0; offset < size; offset += MAX_CALL) {
        check_read(operations, offset, MAX_CALL);
    }
    printf("%d operations, %zu bytes\n", operations, size);
    return 0;
}
