// SPDX-License-Identifier: Apache-2.0
#include "storage.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mountopt.h"

char *storage_drivers[] = {"virtio-fs", "9p", "mmioblk", "ephemeral", "local", "overlayfs", "bind"};
const unsigned storage_driver_count = sizeof(storage_drivers) / sizeof(storage_drivers[0]);

static int known(const char *driver) {
    for (unsigned i = 0; i < storage_driver_count; i++) {
        if (strcmp(driver, storage_drivers[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static int allowed(const char *path) {
    char padded[PATH_MAX];
    return (strncmp(path, "/run/kata-containers/", 21) == 0 || strncmp(path, "/run/jvmm/", 10) == 0) &&
           format_path(padded, sizeof(padded), "%s/", path) == 0 && strstr(padded, "/../") == NULL;
}

static int mounted(const char *path) {
    struct stat here;
    struct stat above;
    char parent[PATH_MAX];
    return format_path(parent, sizeof(parent), "%s/..", path) == 0 && stat(path, &here) == 0 &&
           stat(parent, &above) == 0 && here.st_dev != above.st_dev;
}

static int mount_one(const grpc_Storage *storage, struct err *e) {
    const char *driver = str(storage->driver);
    const char *path = str(storage->mount_point);
    const char *source = str(storage->source);
    const char *type = str(storage->fstype);
    struct mount_options options;
    if (!known(driver)) {
        return err_set(e, RPC_UNIMPLEMENTED, "Storage driver \"%.64s\" is not implemented", driver);
    }
    if (!allowed(path)) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Mount point %.128s is not below /run/kata-containers", path);
    }
    if (mount_options_parse(&options, storage->options, storage->options_count, e) < 0) {
        return -1;
    }
    if (mkdir_parents(path, 0755) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot make %.128s", path);
    }
    if (strcmp(driver, "local") == 0 || mounted(path)) {
        return 0;
    }
    if (strcmp(driver, "bind") == 0) {
        options.flags |= MS_BIND;
    }
    if (mount(source, path, type, options.flags, options.data) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot mount %.64s %.32s on %.96s", source, type, path);
    }
    return 0;
}

int storage_mount_all(const grpc_Storage *storages, size_t count, struct err *e) {
    for (size_t i = 0; i < count; i++) {
        if (mount_one(&storages[i], e) < 0) {
            return -1;
        }
    }
    return 0;
}
