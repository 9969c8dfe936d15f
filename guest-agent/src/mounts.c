// SPDX-License-Identifier: Apache-2.0
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "sandbox.h"
#include "util.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

static const struct {
    const char *type;
    const char *target;
    unsigned long flags;
    const char *data;
} mounts[] = {
    {"devtmpfs", "/dev", MS_NOSUID, "mode=0755"},
    {"proc", "/proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL},
    {"sysfs", "/sys", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL},
    {"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
    {"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777"},
    {"mqueue", "/dev/mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL},
    {"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755"},
    {"tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777"},
    {"cgroup2", CGROUP_ROOT, MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL},
};

static const struct {
    const char *target;
    const char *path;
} links[] = {
    {"/proc/self/fd", "/dev/fd"},
    {"/proc/self/fd/0", "/dev/stdin"},
    {"/proc/self/fd/1", "/dev/stdout"},
    {"/proc/self/fd/2", "/dev/stderr"},
};

// The root of an initramfs is the root of the mount tree, and pivot_root(2) refuses to move that. A bind mount of
// it on top of itself can be moved, and so can the copies of it in the mount namespaces of containers.
static void leave_absolute_root(void) {
    if (mount("/", "/mnt", NULL, MS_BIND, NULL) < 0 || chdir("/mnt") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
        chroot(".") < 0 || chdir("/") < 0) {
        die("cannot bind the root: %s", errno_name(errno));
    }
}

void mounts_init(void) {
    leave_absolute_root();
    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        (void)mkdir(mounts[i].target, 0755);
        if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].data) == 0) {
            continue;
        }
        if (strcmp(mounts[i].type, "proc") == 0) {
            die("cannot mount /proc: %s", errno_name(errno));
        }
        log_line("cannot mount %s: %s", mounts[i].target, errno_name(errno));
    }
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (symlink(links[i].target, links[i].path) < 0 && errno != EEXIST) {
            log_line("cannot make %s: %s", links[i].path, errno_name(errno));
        }
    }
    if (access(CGROUP_ROOT "/cgroup.procs", W_OK) == 0) {
        cgroup_enable_controllers(CGROUP_ROOT);
        config.cgroup_root = CGROUP_ROOT;
    }
}
