// SPDX-License-Identifier: Apache-2.0
// The mounts of a container, made in its own mount namespace, and the change of root. Runs in the child.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "inroot.h"
#include "launch.h"
#include "mountopt.h"
#include "rootfs.h"

// statfs(2) f_flags.
#define ST_RDONLY_FLAG 1

// A place for the layers of the default root; mounted in the container's own namespace, so all can use the same.
#define LAYERS "/run/jvmm"

static char *proc_words[] = {"nosuid", "noexec", "nodev"};
static char *dev_words[] = {"nosuid", "strictatime", "mode=755", "size=65536k"};
static char *pts_words[] = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"};
static char *shm_words[] = {"nosuid", "noexec", "nodev", "mode=1777"};
static char *run_words[] = {"nosuid", "nodev", "mode=755"};

// What a container gets whose specification lists no mounts at all.
#define ENTRY(where, what, kind, words) {where, what, kind, sizeof(words) / sizeof((words)[0]), words}
static grpc_Mount default_mounts[] = {
    ENTRY("/proc", "proc", "proc", proc_words),
    ENTRY("/dev", "tmpfs", "tmpfs", dev_words),
    ENTRY("/dev/pts", "devpts", "devpts", pts_words),
    ENTRY("/dev/shm", "shm", "tmpfs", shm_words),
    ENTRY("/dev/mqueue", "mqueue", "mqueue", proc_words),
    ENTRY("/sys", "sysfs", "sysfs", proc_words),
    ENTRY("/sys/fs/cgroup", "cgroup", "cgroup2", proc_words),
    ENTRY("/run", "tmpfs", "tmpfs", run_words),
};

static int proc_path(char *buffer, size_t size, int fd) {
    return format_path(buffer, size, "/proc/self/fd/%d", fd);
}

static int mount_error(struct err *e, const char *type, const char *source, const char *destination) {
    return err_errno(e, RPC_INTERNAL, errno, "Cannot mount %.32s %.64s on %.96s", type, source, destination);
}

static int is_directory(const char *path) {
    struct stat info;
    return stat(path, &info) < 0 || S_ISDIR(info.st_mode);
}

// Flags that a bind mount takes only in a second step (mount(2), "Remounting an existing mount").
static int restrict_bind(const char *target, const struct mount_options *options) {
    unsigned long later = options->flags & ~(unsigned long)(MS_BIND | MS_REC);
    if (later == 0) {
        return 0;
    }
    return mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | later, NULL);
}

// Whether what is missing on a path may be made: a directory of the host's would keep it, and so it would show there.
static bool may_make(int fd) {
    struct statfs info;
    return fd >= 0 && fstatfs(fd, &info) == 0 && info.f_type != FUSE_SUPER_MAGIC && (info.f_flags & ST_RDONLY_FLAG) == 0;
}

// The mount point of a bind, as an O_PATH descriptor; -1 with errno, which is 0 when the mount is to be left out.
static int make_bind_point(int root, const char *destination, bool nofail, int directory) {
    char target[PATH_MAX];
    int fd = inroot_open(root, destination);
    if (fd >= 0 || errno != ENOENT) {
        return fd;
    }
    int nearest = inroot_nearest(root, destination, target);
    bool possible = !nofail || may_make(nearest);
    if (nearest >= 0) {
        close(nearest);
    }
    if (!possible) {
        errno = 0;
        return -1;
    }
    return inroot_make(root, target, directory);
}

static int mount_one(int root, const grpc_Mount *m, struct err *e) {
    struct mount_options options;
    const char *type = str(m->type);
    const char *destination = str(m->destination);
    const char *source = str(m->source);
    if (mount_options_parse(&options, m->options, m->options_count, e) < 0) {
        return -1;
    }
    bool bind = options.bind || strcmp(type, "bind") == 0;
    if (strcmp(type, "cgroup") == 0) {
        // There is no version 1 in the guest.
        type = "cgroup2";
        options.data[0] = '\0';
    }
    int fd = bind ? make_bind_point(root, destination, options.nofail, is_directory(source)) : inroot_make(root, destination, 1);
    char target[64];
    if (fd < 0 && errno == 0) {
        return 0;
    }
    if (fd < 0 || proc_path(target, sizeof(target), fd) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot make mount point %.128s", destination);
    }
    int failed;
    if (bind) {
        failed = mount(source, target, NULL, MS_BIND | (options.flags & MS_REC), NULL);
    } else {
        failed = mount(source[0] != '\0' ? source : type, target, type, options.flags, options.data);
    }
    int error = errno;
    close(fd);
    errno = error;
    if (failed < 0) {
        return mount_error(e, bind ? "bind" : type, source, destination);
    }
    if (!bind && options.propagation == 0) {
        return 0;
    }
    // The descriptor above names what the new mount hides.
    fd = inroot_open(root, destination);
    if (fd < 0 || proc_path(target, sizeof(target), fd) < 0 || (bind && restrict_bind(target, &options) < 0) ||
        (options.propagation != 0 && mount(NULL, target, NULL, options.propagation, NULL) < 0)) {
        return mount_error(e, "with options", source, destination);
    }
    close(fd);
    return 0;
}

// A root that may be written without the writes reaching the shared original.
static int mount_default_root(const char *lower, struct err *e) {
    char data[512];
    if (format_path(data, sizeof(data), "lowerdir=%s,upperdir=" LAYERS "/upper,workdir=" LAYERS "/work", lower) < 0 ||
        mkdir_parents(LAYERS, 0700) < 0 || mount("tmpfs", LAYERS, "tmpfs", 0, "mode=755") < 0 ||
        mkdir(LAYERS "/upper", 0755) < 0 || mkdir(LAYERS "/work", 0700) < 0 || mkdir(LAYERS "/root", 0755) < 0 ||
        mount("overlay", LAYERS "/root", "overlay", 0, data) < 0) {
        return mount_error(e, "overlay", lower, LAYERS "/root");
    }
    return 0;
}

static int mount_root(const grpc_Spec *spec, const char **root, struct err *e) {
    *root = spec->has_Root && str(spec->Root.Path)[0] != '\0' ? spec->Root.Path : DEFAULT_ROOT;
    unsigned long propagation = MS_PRIVATE | MS_REC;
    if (spec->has_Linux && str(spec->Linux.RootfsPropagation)[0] != '\0') {
        propagation = mount_propagation(spec->Linux.RootfsPropagation);
        if (propagation == 0) {
            return err_set(e, RPC_INVALID_ARGUMENT, "Unknown propagation %.32s", spec->Linux.RootfsPropagation);
        }
    }
    if ((propagation & MS_SHARED) != 0) {
        // pivot_root(2) refuses shared mounts, and nobody outside is there to share with.
        propagation = MS_SLAVE | MS_REC;
    }
    if (mount(NULL, "/", NULL, propagation, NULL) < 0) {
        return mount_error(e, "propagation", "", "/");
    }
    if (strcmp(*root, DEFAULT_ROOT) == 0) {
        if (mount_default_root(*root, e) < 0) {
            return -1;
        }
        *root = LAYERS "/root";
        return 0;
    }
    if (mount(*root, *root, NULL, MS_BIND | MS_REC, NULL) < 0) {
        return mount_error(e, "bind", *root, *root);
    }
    return 0;
}

static int mount_all(int root, const grpc_Spec *spec, struct err *e) {
    bool own_dev = false;
    for (size_t i = 0; i < spec->Mounts_count; i++) {
        const grpc_Mount *m = &spec->Mounts[i];
        if (mount_one(root, m, e) < 0) {
            return -1;
        }
        own_dev |= strcmp(str(m->destination), "/dev") == 0 && strcmp(str(m->type), "tmpfs") == 0;
    }
    if (spec->Mounts_count == 0) {
        struct err ignored;
        for (size_t i = 0; i < sizeof(default_mounts) / sizeof(default_mounts[0]); i++) {
            if (mount_one(root, &default_mounts[i], &ignored) < 0 && i < 3) {
                // /proc, /dev and /dev/pts are what programs cannot do without.
                *e = ignored;
                return -1;
            }
        }
        own_dev = true;
    }
    return devices_make(root, spec, own_dev, e);
}

int rootfs_enter(const grpc_Spec *spec, struct err *e) {
    const char *path = NULL;
    if (mount_root(spec, &path, e) < 0) {
        return -1;
    }
    int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot open root %.128s", path);
    }
    if (mount_all(root, spec, e) < 0) {
        return -1;
    }
    // pivot_root(2), NOTES: with both names "." the old root ends up on top of the new one, and goes by unmounting.
    if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot change the root to %.128s", path);
    }
    close(root);
    return 0;
}

static unsigned long flags_of(const char *path) {
    // statfs(2) f_flags: a remount that leaves them out would drop them.
    static const struct {
        unsigned long st;
        unsigned long ms;
    } bits[] = {{2, MS_NOSUID}, {4, MS_NODEV}, {8, MS_NOEXEC}, {1024, MS_NOATIME}, {2048, MS_NODIRATIME}};
    struct statfs info;
    unsigned long flags = 0;
    if (statfs(path, &info) == 0) {
        for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
            flags |= ((unsigned long)info.f_flags & bits[i].st) != 0 ? bits[i].ms : 0;
        }
    }
    return flags;
}

static int make_read_only(const char *path) {
    return mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | flags_of(path), NULL);
}

static int mask(const char *path, struct err *e) {
    struct stat info;
    if (stat(path, &info) < 0) {
        return 0;
    }
    int failed = S_ISDIR(info.st_mode) ? mount("tmpfs", path, "tmpfs", MS_RDONLY, "size=0k")
                                       : mount("/dev/null", path, NULL, MS_BIND, NULL);
    return failed < 0 ? err_errno(e, RPC_INTERNAL, errno, "Cannot mask %.128s", path) : 0;
}

static int protect(const char *path, struct err *e) {
    struct stat info;
    if (stat(path, &info) < 0) {
        return 0;
    }
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0 || make_read_only(path) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot make %.128s read-only", path);
    }
    return 0;
}

static void put_console(void) {
    int fd = open("/dev/console", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd >= 0) {
        close(fd);
        (void)mount("/proc/self/fd/0", "/dev/console", NULL, MS_BIND, NULL);
    }
}

int rootfs_finish(const grpc_Spec *spec, struct err *e) {
    if (spec->has_Process && spec->Process.Terminal) {
        put_console();
    }
    if (spec->has_Linux) {
        for (size_t i = 0; i < spec->Linux.MaskedPaths_count; i++) {
            if (mask(str(spec->Linux.MaskedPaths[i]), e) < 0) {
                return -1;
            }
        }
        for (size_t i = 0; i < spec->Linux.ReadonlyPaths_count; i++) {
            if (protect(str(spec->Linux.ReadonlyPaths[i]), e) < 0) {
                return -1;
            }
        }
    }
    if (spec->has_Root && spec->Root.Readonly && make_read_only("/") < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot make the root read-only");
    }
    return 0;
}
