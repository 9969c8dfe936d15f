// SPDX-License-Identifier: Apache-2.0
// Small things every file needs: errors with a call status, the log, and allocation that cannot fail.
#ifndef AGENT_UTIL_H
#define AGENT_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// gRPC status codes, as google.rpc.Code numbers them.
enum rpc_code {
    RPC_OK = 0,
    RPC_INVALID_ARGUMENT = 3,
    RPC_DEADLINE_EXCEEDED = 4,
    RPC_NOT_FOUND = 5,
    RPC_ALREADY_EXISTS = 6,
    RPC_PERMISSION_DENIED = 7,
    RPC_RESOURCE_EXHAUSTED = 8,
    RPC_FAILED_PRECONDITION = 9,
    RPC_UNIMPLEMENTED = 12,
    RPC_INTERNAL = 13,
};

// Why an operation failed: what the client is told.
struct err {
    int code;
    char text[256];
};

// Fills the error and returns -1.
int err_set(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
// The same with ": ERRNO" appended, from the errno given.
int err_errno(struct err *e, int code, int error, const char *format, ...) __attribute__((format(printf, 4, 5)));
// "ENOENT" and so on; a number as text for rare ones.
const char *errno_name(int error);

// A line for the kernel log (standard error in tests).
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
// The last words of process 1: console and kernel log, then restart of the machine.
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Zeroed memory; running out ends the agent.
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);

// nanopb leaves an absent string NULL.
static inline const char *str(const char *text) {
    return text != NULL ? text : "";
}

// Formats into a buffer; -1 with ENAMETOOLONG when it does not fit.
int format_path(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Nanoseconds of the monotonic clock.
int64_t now_ns(void);

// Writes the whole text to an existing file in one call; -1 with errno.
int write_file(const char *path, const char *text);
// Reads a small file as text; -1 with errno.
int read_file(const char *path, char *buffer, size_t size);
// Makes a directory and its parents; existing ones are fine.
int mkdir_parents(const char *path, unsigned int mode);

#endif
