// SPDX-License-Identifier: Apache-2.0
// Device nodes of a container: the default ones of OCI config-linux.md ("Default Devices") and those of its list.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "inroot.h"
#include "launch.h"

static const struct {
    const char *name;
    unsigned major;
    unsigned minor;
} nodes[] = {
    {"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

static const struct {
    const char *name;
    const char *target;
} links[] = {
    {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};

static int make_node(int directory, const char *name, mode_t type_and_mode, dev_t device, uid_t uid, gid_t gid) {
    if (mknodat(directory, name, type_and_mode, device) < 0 && errno != EEXIST) {
        return -1;
    }
    // The umask has taken bits away.
    if (fchmodat(directory, name, type_and_mode & 07777, 0) < 0) {
        return -1;
    }
    return fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW);
}

static int make_default(int root, struct err *e) {
    int dev = inroot_open(root, "/dev");
    if (dev < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot open /dev of the container");
    }
    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        if (make_node(dev, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor), 0, 0) < 0) {
            return err_errno(e, RPC_INTERNAL, errno, "Cannot make /dev/%s", nodes[i].name);
        }
    }
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST) {
            return err_errno(e, RPC_INTERNAL, errno, "Cannot make /dev/%s", links[i].name);
        }
    }
    close(dev);
    return 0;
}

static int make_listed(int root, const grpc_LinuxDevice *device, struct err *e) {
    const char *path = str(device->Path);
    const char *type = str(device->Type);
    mode_t kind = 0;
    if (strcmp(type, "c") == 0 || strcmp(type, "u") == 0) {
        kind = S_IFCHR;
    } else if (strcmp(type, "b") == 0) {
        kind = S_IFBLK;
    } else if (strcmp(type, "p") == 0) {
        kind = S_IFIFO;
    } else {
        return err_set(e, RPC_INVALID_ARGUMENT, "Unknown type of device %.128s", path);
    }
    // The node replaces what an image may have there, so only the directory is looked up.
    char parent_path[512];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash[1] == '\0' || strcmp(slash, "/..") == 0 || strcmp(slash, "/.") == 0 ||
        format_path(parent_path, sizeof(parent_path), "%.*s", (int)(slash - path), path) < 0) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Invalid device path %.128s", path);
    }
    int parent = inroot_make(root, parent_path[0] == '\0' ? "/" : parent_path, 1);
    if (parent < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot make the directory of %.128s", path);
    }
    mode_t mode = device->FileMode != 0 ? (mode_t)(device->FileMode & 07777) : 0666;
    dev_t number = makedev((unsigned)device->Major, (unsigned)device->Minor);
    (void)unlinkat(parent, slash + 1, 0);
    int failed = make_node(parent, slash + 1, kind | mode, number, device->UID, device->GID);
    int error = errno;
    close(parent);
    return failed < 0 ? err_errno(e, RPC_INTERNAL, error, "Cannot make device %.128s", path) : 0;
}

// A whole disk comes with its partitions: /dev/vda with vda1, /dev/pmem0 with pmem0p1 (block/partitions/core.c, disk_name).
static int make_partitions(int root, const grpc_LinuxDevice *disk, struct err *e) {
    char path[512];
    if (strcmp(str(disk->Type), "b") != 0 ||
        format_path(path, sizeof(path), "/sys/dev/block/%u:%u", (unsigned)disk->Major, (unsigned)disk->Minor) < 0) {
        return 0;
    }
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return 0;
    }
    int failed = 0;
    for (struct dirent *entry = readdir(directory); entry != NULL && failed == 0; entry = readdir(directory)) {
        char number[32];
        char device[32];
        char name[512];
        unsigned major = 0;
        unsigned minor = 0;
        const char *end = disk->Path + strlen(disk->Path) - 1;
        if (format_path(path, sizeof(path), "/sys/dev/block/%u:%u/%s/partition", (unsigned)disk->Major, (unsigned)disk->Minor,
                        entry->d_name) < 0 || entry->d_name[0] == '.' || read_file(path, number, sizeof(number)) < 0) {
            continue;
        }
        number[strcspn(number, "\n")] = '\0';
        if (format_path(path, sizeof(path), "/sys/dev/block/%u:%u/%s/dev", (unsigned)disk->Major, (unsigned)disk->Minor,
                        entry->d_name) < 0 || read_file(path, device, sizeof(device)) < 0 ||
            sscanf(device, "%u:%u", &major, &minor) != 2 ||
            format_path(name, sizeof(name), "%s%s%s", disk->Path, *end >= '0' && *end <= '9' ? "p" : "", number) < 0) {
            continue;
        }
        grpc_LinuxDevice node = *disk;
        node.Path = name;
        node.Major = major;
        node.Minor = minor;
        failed = make_listed(root, &node, e);
    }
    closedir(directory);
    return failed;
}

int devices_make(int root_fd, const grpc_Spec *spec, bool default_nodes, struct err *e) {
    if (default_nodes && make_default(root_fd, e) < 0) {
        return -1;
    }
    if (!spec->has_Linux) {
        return 0;
    }
    for (size_t i = 0; i < spec->Linux.Devices_count; i++) {
        if (make_listed(root_fd, &spec->Linux.Devices[i], e) < 0 || make_partitions(root_fd, &spec->Linux.Devices[i], e) < 0) {
            return -1;
        }
    }
    return 0;
}
