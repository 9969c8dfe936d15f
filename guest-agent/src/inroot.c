// SPDX-License-Identifier: Apache-2.0
#include "inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util.h"

static int open_how(int root, const char *path, int flags, mode_t mode, uint64_t resolve) {
    struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC), .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

int inroot_open(int root, const char *path) {
    return open_how(root, path, O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int beneath_open(int root, const char *path, int flags, mode_t mode) {
    return open_how(root, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

typedef int opener(int root, const char *path);

static int open_beneath_path(int root, const char *path) {
    return beneath_open(root, path, O_PATH, 0);
}

// Opens the parent of the last component with what is missing made on the way.
static int make_parent(int root, const char *path, mode_t mode, opener *open_path, const char **name) {
    static char copy[PATH_MAX];
    while (*path == '/') {
        path++;
    }
    if (format_path(copy, sizeof(copy), "%s", path) < 0) {
        return -1;
    }
    size_t length = strlen(copy);
    while (length > 0 && copy[length - 1] == '/') {
        copy[--length] = '\0';
    }
    if (length == 0) {
        errno = EINVAL;
        return -1;
    }
    int parent = open_path(root, ".");
    char *last = copy;
    for (char *slash = strchr(copy, '/'); slash != NULL && parent >= 0; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int next = open_path(root, copy);
        if (next < 0 && errno == ENOENT && mkdirat(parent, last, mode) == 0) {
            next = open_path(root, copy);
        }
        int error = errno;
        close(parent);
        errno = error;
        parent = next;
        *slash = '/';
        last = slash + 1;
    }
    *name = last;
    return parent;
}

int inroot_make(int root, const char *path, int directory) {
    int fd = inroot_open(root, path);
    if (fd >= 0 || errno != ENOENT) {
        return fd;
    }
    const char *name = NULL;
    int parent = make_parent(root, path, 0755, inroot_open, &name);
    if (parent < 0) {
        return -1;
    }
    int failed;
    if (directory) {
        failed = mkdirat(parent, name, 0755);
    } else {
        int file = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        failed = file < 0 ? -1 : close(file);
    }
    int error = errno;
    close(parent);
    errno = error;
    return failed < 0 ? -1 : inroot_open(root, path);
}

// Replaces a path whose last component is a symbolic link by the link's target.
static int follow_link(int root, char *path) {
    char target[PATH_MAX];
    char joined[PATH_MAX];
    int fd = open_how(root, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (fd < 0) {
        return -1;
    }
    // readlinkat(2): an empty path names the link that the descriptor is of.
    ssize_t length = readlinkat(fd, "", target, sizeof(target) - 1);
    int error = errno;
    close(fd);
    if (length < 0) {
        errno = error;
        return -1;
    }
    target[length] = '\0';
    const char *slash = strrchr(path, '/');
    int directory = target[0] == '/' || slash == NULL ? 0 : (int)(slash - path + 1);
    if (format_path(joined, sizeof(joined), "%.*s%s", directory, path, target) < 0) {
        return -1;
    }
    return format_path(path, PATH_MAX, "%s", joined);
}

int inroot_nearest(int root, const char *path, char *target) {
    char prefix[PATH_MAX];
    if (format_path(target, PATH_MAX, "%s", path) < 0) {
        return -1;
    }
    // As many as the kernel follows (path_resolution(7)).
    for (int links = 0; links < 40 && follow_link(root, target) == 0; links++) {
    }
    (void)format_path(prefix, sizeof(prefix), "%s", target);
    int fd = inroot_open(root, prefix);
    while (fd < 0 && errno == ENOENT) {
        char *slash = strrchr(prefix, '/');
        if (slash == NULL) {
            return inroot_open(root, ".");
        }
        *slash = '\0';
        fd = inroot_open(root, prefix[0] == '\0' ? "/" : prefix);
    }
    return fd;
}

int beneath_make_parent(int root, const char *path, mode_t mode, const char **name) {
    return make_parent(root, path, mode, open_beneath_path, name);
}
