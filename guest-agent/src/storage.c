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

// An overlayfs storage with this option gets a writable layer in memory (the Kata agent's word for it).
#define OVERLAY_RW "io.katacontainers.fs-opt.overlay-rw"

// Makes the layer beside the mount point and says so to the file system.
static int add_layer(const char *path, struct mount_options *options, struct err *e) {
    char base[PATH_MAX];
    char part[PATH_MAX];
    char data[sizeof(options->data)];
    if (format_path(base, sizeof(base), "%s.rw", path) < 0 || mkdir_parents(base, 0700) < 0 ||
        mount("tmpfs", base, "tmpfs", 0, "mode=755") < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot make a layer for %.128s", path);
    }
    if (format_path(part, sizeof(part), "%s/upper", base) < 0 || mkdir(part, 0755) < 0 ||
        format_path(part, sizeof(part), "%s/work", base) < 0 || mkdir(part, 0700) < 0 ||
        format_path(data, sizeof(data), "%s%supperdir=%s/upper,workdir=%s/work", options->data,
                    options->data[0] != '\0' ? "," : "", base, base) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot make a layer for %.128s", path);
    }
    memcpy(options->data, data, sizeof(data));
    return 0;
}

// Takes the word out of the options; whether it was there.
static bool take_overlay_rw(grpc_Storage *storage) {
    bool found = false;
    pb_size_t kept = 0;
    for (pb_size_t i = 0; i < storage->options_count; i++) {
        if (strcmp(str(storage->options[i]), OVERLAY_RW) == 0) {
            found = true;
        } else {
            storage->options[kept++] = storage->options[i];
        }
    }
    storage->options_count = kept;
    return found;
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
    // A copy of the message, whose list of pointers is our own.
    char *words[64];
    grpc_Storage copy = *storage;
    if (copy.options_count > sizeof(words) / sizeof(words[0])) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Storage has too many options");
    }
    if (copy.options_count > 0) {
        memcpy(words, storage->options, copy.options_count * sizeof(words[0]));
    }
    copy.options = words;
    bool layered = take_overlay_rw(&copy) && strcmp(driver, "overlayfs") == 0;
    if (mount_options_parse(&options, copy.options, copy.options_count, e) < 0) {
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
    if (layered && add_layer(path, &options, e) < 0) {
        return -1;
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
