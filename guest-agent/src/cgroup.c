// SPDX-License-Identifier: Apache-2.0
// Files and value ranges: Linux Documentation/admin-guide/cgroup-v2.rst.
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_in(const char *directory, const char *file, const char *value) {
    char path[PATH_MAX];
    if (format_path(path, sizeof(path), "%s/%s", directory, file) < 0) {
        return -1;
    }
    return write_file(path, value);
}

void cgroup_enable_controllers(const char *directory) {
    char path[PATH_MAX];
    char names[256];
    if (format_path(path, sizeof(path), "%s/cgroup.controllers", directory) < 0 ||
        read_file(path, names, sizeof(names)) < 0) {
        return;
    }
    // One write for all is the cheap way; it fails as a whole when one of them cannot be had.
    char all[512] = "";
    size_t used = 0;
    char copy[sizeof(names)];
    memcpy(copy, names, sizeof(copy));
    char *rest = NULL;
    for (char *name = strtok_r(copy, " \n", &rest); name != NULL; name = strtok_r(NULL, " \n", &rest)) {
        int n = snprintf(all + used, sizeof(all) - used, "+%s ", name);
        used += n > 0 ? (size_t)n : 0;
    }
    if (used == 0 || write_in(directory, "cgroup.subtree_control", all) == 0) {
        return;
    }
    for (char *name = strtok_r(names, " \n", &rest); name != NULL; name = strtok_r(NULL, " \n", &rest)) {
        char one[64];
        if (format_path(one, sizeof(one), "+%s", name) == 0) {
            (void)write_in(directory, "cgroup.subtree_control", one);
        }
    }
}

// Relative directory of a container: "a/b", or systemd's "slice:prefix:name" as "slice/prefix-name".
static int relative_path(char *out, size_t size, const char *container_id, const char *wanted, struct err *e) {
    while (*wanted == '/') {
        wanted++;
    }
    if (*wanted == '\0') {
        return format_path(out, size, "%s", container_id);
    }
    if (format_path(out, size, "%s", wanted) < 0) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Cgroup path is too long");
    }
    char *first = strchr(out, ':');
    char *second = first != NULL ? strchr(first + 1, ':') : NULL;
    if (second != NULL) {
        *first = '/';
        *second = '-';
    }
    char padded[PATH_MAX];
    if (format_path(padded, sizeof(padded), "/%s/", out) < 0 || strstr(padded, "/../") != NULL) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Cgroup path may not contain ..");
    }
    return 0;
}

static int set_value(const char *directory, const char *file, const char *value, struct err *e) {
    if (write_in(directory, file, value) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot set %s to %.100s", file, value);
    }
    return 0;
}

static int set_number(const char *directory, const char *file, int64_t value, struct err *e) {
    char text[32] = "max";
    if (value >= 0) {
        (void)snprintf(text, sizeof(text), "%" PRId64, value);
    }
    return set_value(directory, file, text, e);
}

static int set_memory(const char *directory, const grpc_LinuxMemory *memory, struct err *e) {
    if (memory->Limit != 0 && set_number(directory, "memory.max", memory->Limit, e) < 0) {
        return -1;
    }
    if (memory->Reservation != 0 && set_number(directory, "memory.low", memory->Reservation, e) < 0) {
        return -1;
    }
    if (memory->Swap == 0) {
        return 0;
    }
    // OCI counts memory and swap together, version 2 counts swap alone.
    int64_t swap = memory->Swap < 0 ? -1 : memory->Swap - (memory->Limit > 0 ? memory->Limit : 0);
    if (memory->Swap > 0 && swap < 0) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Swap limit is below the memory limit");
    }
    // A kernel without swap accounting has no such file, and no swap to limit.
    if (set_number(directory, "memory.swap.max", swap, e) < 0 && errno != ENOENT) {
        return -1;
    }
    return 0;
}

static int set_cpu(const char *directory, const grpc_LinuxCPU *cpu, struct err *e) {
    char text[64];
    if (cpu->Shares != 0) {
        // The range 2..262144 of version 1 onto 1..10000, as OCI runtimes do.
        uint64_t shares = cpu->Shares < 2 ? 2 : cpu->Shares > 262144 ? 262144 : cpu->Shares;
        if (set_number(directory, "cpu.weight", (int64_t)(1 + (shares - 2) * 9999 / 262142), e) < 0) {
            return -1;
        }
    }
    if (cpu->Quota != 0 || cpu->Period != 0) {
        uint64_t period = cpu->Period != 0 ? cpu->Period : 100000;
        if (cpu->Quota > 0) {
            (void)snprintf(text, sizeof(text), "%" PRId64 " %" PRIu64, cpu->Quota, period);
        } else {
            (void)snprintf(text, sizeof(text), "max %" PRIu64, period);
        }
        if (set_value(directory, "cpu.max", text, e) < 0) {
            return -1;
        }
    }
    if (str(cpu->Cpus)[0] != '\0' && set_value(directory, "cpuset.cpus", cpu->Cpus, e) < 0) {
        return -1;
    }
    if (str(cpu->Mems)[0] != '\0' && set_value(directory, "cpuset.mems", cpu->Mems, e) < 0) {
        return -1;
    }
    return 0;
}

static int set_resources(const char *directory, const grpc_LinuxResources *resources, struct err *e) {
    if (resources->has_Memory && set_memory(directory, &resources->Memory, e) < 0) {
        return -1;
    }
    if (resources->has_CPU && set_cpu(directory, &resources->CPU, e) < 0) {
        return -1;
    }
    if (resources->has_Pids && resources->Pids.Limit != 0 &&
        set_number(directory, "pids.max", resources->Pids.Limit, e) < 0) {
        return -1;
    }
    return 0;
}

char *cgroup_create(const char *root, const char *container_id, const grpc_Linux *linux_spec, struct err *e) {
    char relative[PATH_MAX];
    char directory[PATH_MAX];
    const char *wanted = linux_spec != NULL ? str(linux_spec->CgroupsPath) : "";
    if (relative_path(relative, sizeof(relative), container_id, wanted, e) < 0) {
        return NULL;
    }
    // Each level has to hand the controllers down to the next.
    for (char *slash = strchr(relative, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (format_path(directory, sizeof(directory), "%s/%s", root, relative) == 0 &&
            (mkdir(directory, 0755) == 0 || errno == EEXIST)) {
            cgroup_enable_controllers(directory);
        }
        *slash = '/';
    }
    if (format_path(directory, sizeof(directory), "%s/%s", root, relative) < 0 ||
        (mkdir(directory, 0755) < 0 && errno != EEXIST)) {
        (void)err_errno(e, RPC_INTERNAL, errno, "Cannot make cgroup %.128s", relative);
        return NULL;
    }
    if (linux_spec != NULL && linux_spec->has_Resources && set_resources(directory, &linux_spec->Resources, e) < 0) {
        (void)rmdir(directory);
        return NULL;
    }
    return xstrdup(directory);
}

int cgroup_open_procs(const char *directory) {
    char path[PATH_MAX];
    if (format_path(path, sizeof(path), "%s/cgroup.procs", directory) < 0) {
        return -1;
    }
    return open(path, O_WRONLY | O_CLOEXEC);
}

void cgroup_kill(const char *directory) {
    (void)write_in(directory, "cgroup.kill", "1");
}

void cgroup_remove(const char *directory) {
    if (rmdir(directory) < 0 && errno != ENOENT) {
        log_line("cannot remove cgroup %s: %s", directory, errno_name(errno));
    }
}
