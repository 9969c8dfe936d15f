// SPDX-License-Identifier: Apache-2.0
// The test program's frame: each test runs in a process of its own, and the result is TAP version 13.
#ifndef AGENT_CHECK_H
#define AGENT_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct test {
    const char *name;
    void (*run)(void);
    bool needs_root;
};

// Ends the test with where and what.
_Noreturn void check_failed(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define CHECK(condition)                                        \
    do {                                                        \
        if (!(condition)) {                                     \
            check_failed(__FILE__, __LINE__, "%s", #condition); \
        }                                                       \
    } while (0)

#define CHECK_INT(actual, expected)                                                                       \
    do {                                                                                                  \
        long long actual_ = (long long)(actual);                                                          \
        long long expected_ = (long long)(expected);                                                      \
        if (actual_ != expected_) {                                                                       \
            check_failed(__FILE__, __LINE__, "%s is %lld, not %lld", #actual, actual_, expected_);        \
        }                                                                                                 \
    } while (0)

#define CHECK_TEXT(actual, expected)                                                                      \
    do {                                                                                                  \
        const char *actual_ = (actual);                                                                   \
        const char *expected_ = (expected);                                                               \
        if (strcmp(actual_, expected_) != 0) {                                                            \
            check_failed(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #actual, actual_, expected_);    \
        }                                                                                                 \
    } while (0)

#define CHECK_CONTAINS(actual, part)                                                                      \
    do {                                                                                                  \
        const char *actual_ = (actual);                                                                   \
        if (strstr(actual_, part) == NULL) {                                                              \
            check_failed(__FILE__, __LINE__, "%s is \"%s\", without \"%s\"", #actual, actual_, part);     \
        }                                                                                                 \
    } while (0)

// A directory of this test, removed when it ends.
const char *test_directory(void);
// "DIRECTORY/name"; the text lives as long as the test.
char *test_path(const char *name);
void test_write(const char *path, const char *text);
// The text of a small file.
char *test_read(const char *path);

extern const struct test frame_tests[], rpc_tests[], parse_tests[], inroot_tests[], container_tests[], net_tests[], fuzz_tests[];

#endif
