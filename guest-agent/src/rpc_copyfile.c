// SPDX-License-Identifier: Apache-2.0
// CopyFile: files arrive in chunks under a temporary name and get their own when complete.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.pb.h"
#include "inroot.h"
#include "rpc.h"
#include "sandbox.h"

struct copy {
    const grpc_CopyFileRequest *request;
    const struct view *data;
    int parent;
    const char *name;
    char temporary[NAME_MAX + 1];
};

static int check(const struct copy *copy, const char **relative, struct err *e) {
    const grpc_CopyFileRequest *request = copy->request;
    const char *path = str(request->path);
    size_t root = strlen(config.copy_root);
    char padded[PATH_MAX];
    if (strncmp(path, config.copy_root, root) != 0 || path[root] != '/') {
        return err_set(e, RPC_INVALID_ARGUMENT, "Path %.128s is not below %s", path, config.copy_root);
    }
    if (format_path(padded, sizeof(padded), "%s/", path) < 0 || strstr(padded, "/../") != NULL ||
        strstr(padded, "/./") != NULL || strstr(padded, "//") != NULL) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Path %.128s is not canonical", path);
    }
    int64_t size = (int64_t)copy->data->size;
    if (request->file_size < 0 || request->offset < 0 || request->offset > request->file_size ||
        size > request->file_size - request->offset) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Offset %lld and %lld bytes do not fit a file of %lld bytes",
                       (long long)request->offset, (long long)size, (long long)request->file_size);
    }
    *relative = path + root + 1;
    return 0;
}

static int write_chunk(int fd, const struct copy *copy) {
    size_t done = 0;
    while (done < copy->data->size) {
        ssize_t n = pwrite(fd, copy->data->data + done, copy->data->size - done, copy->request->offset + (off_t)done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        done += (size_t)n;
    }
    return 0;
}

static int copy_regular(struct copy *copy) {
    const grpc_CopyFileRequest *request = copy->request;
    if (format_path(copy->temporary, sizeof(copy->temporary), ".%s.part", copy->name) < 0) {
        return -1;
    }
    int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (request->offset == 0 ? O_TRUNC : 0);
    int fd = openat(copy->parent, copy->temporary, flags, 0600);
    if (fd < 0) {
        return -1;
    }
    struct stat info;
    int failed = write_chunk(fd, copy) < 0 || fstat(fd, &info) < 0;
    if (!failed && info.st_size == request->file_size) {
        failed = fchown(fd, (uid_t)request->uid, (gid_t)request->gid) < 0 ||
                 fchmod(fd, request->file_mode & 07777) < 0 ||
                 renameat(copy->parent, copy->temporary, copy->parent, copy->name) < 0;
    }
    int error = errno;
    close(fd);
    errno = error;
    return failed ? -1 : 0;
}

static int copy_directory(const struct copy *copy) {
    const grpc_CopyFileRequest *request = copy->request;
    if (mkdirat(copy->parent, copy->name, 0700) < 0 && errno != EEXIST) {
        return -1;
    }
    int fd = openat(copy->parent, copy->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int failed = fchown(fd, (uid_t)request->uid, (gid_t)request->gid) < 0 || fchmod(fd, request->file_mode & 07777) < 0;
    int error = errno;
    close(fd);
    errno = error;
    return failed ? -1 : 0;
}

static int copy_link(struct copy *copy) {
    const grpc_CopyFileRequest *request = copy->request;
    char target[PATH_MAX];
    if (copy->data->size == 0 || copy->data->size >= sizeof(target) ||
        memchr(copy->data->data, 0, copy->data->size) != NULL) {
        errno = EINVAL;
        return -1;
    }
    memcpy(target, copy->data->data, copy->data->size);
    target[copy->data->size] = '\0';
    if (format_path(copy->temporary, sizeof(copy->temporary), ".%s.part", copy->name) < 0) {
        return -1;
    }
    (void)unlinkat(copy->parent, copy->temporary, 0);
    if (symlinkat(target, copy->parent, copy->temporary) < 0) {
        return -1;
    }
    // By rename, so that a reader sees the old target or the new one, never none.
    if (renameat(copy->parent, copy->temporary, copy->parent, copy->name) < 0) {
        return -1;
    }
    return fchownat(copy->parent, copy->name, (uid_t)request->uid, (gid_t)request->gid, AT_SYMLINK_NOFOLLOW);
}

static int copy_by_type(struct copy *copy, struct err *e) {
    const grpc_CopyFileRequest *request = copy->request;
    int failed;
    switch (request->file_mode & S_IFMT) {
    case S_IFREG:
    case 0:
        failed = copy_regular(copy);
        break;
    case S_IFDIR:
        failed = copy_directory(copy);
        break;
    case S_IFLNK:
        failed = copy_link(copy);
        break;
    default:
        return err_set(e, RPC_INVALID_ARGUMENT, "File mode %#o names no file, directory or symbolic link",
                       (unsigned)request->file_mode);
    }
    return failed < 0 ? err_errno(e, RPC_INTERNAL, errno, "Cannot write %.128s", str(request->path)) : 0;
}

void rpc_copy_file(struct call *call, void *message) {
    struct copy copy = {.request = message, .data = call_view(call), .parent = -1};
    const char *relative = NULL;
    struct err e;
    if (check(&copy, &relative, &e) < 0) {
        call_err(call, &e);
        return;
    }
    mode_t mode = copy.request->dir_mode != 0 ? (mode_t)(copy.request->dir_mode & 07777) : 0755;
    int root = -1;
    if (mkdir_parents(config.copy_root, 0755) == 0) {
        root = open(config.copy_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (root >= 0) {
        copy.parent = beneath_make_parent(root, relative, mode, &copy.name);
    }
    int failed;
    if (copy.parent < 0) {
        failed = err_errno(&e, RPC_INTERNAL, errno, "Cannot make the directory of %.128s", str(copy.request->path));
    } else {
        failed = copy_by_type(&copy, &e);
        close(copy.parent);
    }
    if (root >= 0) {
        close(root);
    }
    if (failed < 0) {
        call_err(call, &e);
    } else {
        call_ok(call, NULL, NULL);
    }
}
