// SPDX-License-Identifier: Apache-2.0
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct {
    int value;
    const char *name;
} errno_names[] = {
    {EPERM, "EPERM"},
    {ENOENT, "ENOENT"},
    {ESRCH, "ESRCH"},
    {EINTR, "EINTR"},
    {EIO, "EIO"},
    {ENXIO, "ENXIO"},
    {E2BIG, "E2BIG"},
    {ENOEXEC, "ENOEXEC"},
    {EBADF, "EBADF"},
    {EAGAIN, "EAGAIN"},
    {ENOMEM, "ENOMEM"},
    {EACCES, "EACCES"},
    {EFAULT, "EFAULT"},
    {EBUSY, "EBUSY"},
    {EEXIST, "EEXIST"},
    {EXDEV, "EXDEV"},
    {ENODEV, "ENODEV"},
    {ENOTDIR, "ENOTDIR"},
    {EISDIR, "EISDIR"},
    {EINVAL, "EINVAL"},
    {EMFILE, "EMFILE"},
    {ENOTTY, "ENOTTY"},
    {ETXTBSY, "ETXTBSY"},
    {EFBIG, "EFBIG"},
    {ENOSPC, "ENOSPC"},
    {EROFS, "EROFS"},
    {EPIPE, "EPIPE"},
    {ERANGE, "ERANGE"},
    {ENAMETOOLONG, "ENAMETOOLONG"},
    {ENOSYS, "ENOSYS"},
    {ENOTEMPTY, "ENOTEMPTY"},
    {ELOOP, "ELOOP"},
    {ELIBBAD, "ELIBBAD"},
    {ENOTBLK, "ENOTBLK"},
    {EOPNOTSUPP, "EOPNOTSUPP"},
    {EUSERS, "EUSERS"},
};

const char *errno_name(int error) {
    static char number[32];
    for (size_t i = 0; i < sizeof(errno_names) / sizeof(errno_names[0]); i++) {
        if (errno_names[i].value == error) {
            return errno_names[i].name;
        }
    }
    (void)snprintf(number, sizeof(number), "errno %d", error);
    return number;
}

int err_set(struct err *e, int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vsnprintf(e->text, sizeof(e->text), format, args);
    va_end(args);
    e->code = code;
    return -1;
}

int err_errno(struct err *e, int code, int error, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int used = vsnprintf(e->text, sizeof(e->text), format, args);
    va_end(args);
    // A long path must not push the errno name out of the text.
    size_t at = used < 0 ? 0 : (size_t)used;
    size_t last = sizeof(e->text) - 40;
    if (at > last) {
        at = last;
    }
    (void)snprintf(e->text + at, sizeof(e->text) - at, ": %s", errno_name(error));
    e->code = code;
    return -1;
}

static void log_to(const char *path, const char *text, size_t length) {
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0) {
        ssize_t written = write(fd, text, length);
        (void)written;
        close(fd);
    }
}

// The longest line a reader of /dev/kmsg is sure to get whole is about 1 KiB (LOG_LINE_MAX in kernel/printk).
#define LINE_BYTES 512

static size_t format_line(char *line, const char *format, va_list args) {
    // <5> is KERN_NOTICE: shown on the console unless the kernel is told to be quiet.
    int head = snprintf(line, LINE_BYTES, "<5>jvmm-agent: ");
    int tail = vsnprintf(line + head, LINE_BYTES - (size_t)head - 1, format, args);
    size_t length = strlen(line);
    (void)tail;
    line[length] = '\n';
    return length + 1;
}

void log_line(const char *format, ...) {
    char line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    size_t length = format_line(line, format, args);
    va_end(args);
    if (getpid() == 1) {
        log_to("/dev/kmsg", line, length);
    } else if (getenv("JVMM_AGENT_LOG") != NULL) {
        ssize_t written = write(STDERR_FILENO, line + 3, length - 3);
        (void)written;
    }
}

void die(const char *format, ...) {
    char line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    size_t length = format_line(line, format, args);
    va_end(args);
    if (getpid() != 1) {
        ssize_t written = write(STDERR_FILENO, line + 3, length - 3);
        (void)written;
        _exit(1);
    }
    log_to("/dev/kmsg", line, length);
    log_to("/dev/console", line + 3, length - 3);
    sync();
    (void)reboot(RB_AUTOBOOT);
    // Without the right to restart (a test in a pid namespace) ending is all that is left.
    _exit(1);
}

void *xcalloc(size_t count, size_t size) {
    void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    if (memory == NULL) {
        die("out of memory");
    }
    return memory;
}

void *xrealloc(void *old, size_t size) {
    void *memory = realloc(old, size == 0 ? 1 : size);
    if (memory == NULL) {
        die("out of memory");
    }
    return memory;
}

char *xstrdup(const char *text) {
    size_t size = strlen(text) + 1;
    return memcpy(xcalloc(size, 1), text, size);
}

int format_path(char *buffer, size_t size, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int used = vsnprintf(buffer, size, format, args);
    va_end(args);
    if (used < 0 || (size_t)used >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return 0;
}

int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    size_t length = strlen(text);
    ssize_t written = write(fd, text, length);
    int error = written < 0 ? errno : EIO;
    close(fd);
    if (written != (ssize_t)length) {
        errno = error;
        return -1;
    }
    return 0;
}

int read_file(const char *path, char *buffer, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    size_t have = 0;
    while (have + 1 < size) {
        ssize_t n = read(fd, buffer + have, size - 1 - have);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        have += (size_t)n;
    }
    buffer[have] = '\0';
    close(fd);
    return 0;
}

int mkdir_parents(const char *path, unsigned int mode) {
    char copy[PATH_MAX];
    if (format_path(copy, sizeof(copy), "%s", path) < 0) {
        return -1;
    }
    for (char *slash = copy + 1; *slash != '\0'; slash++) {
        if (*slash == '/') {
            *slash = '\0';
            if (mkdir(copy, mode) < 0 && errno != EEXIST) {
                return -1;
            }
            *slash = '/';
        }
    }
    return mkdir(copy, mode) < 0 && errno != EEXIST ? -1 : 0;
}
