// SPDX-License-Identifier: Apache-2.0
// What a child needs to know to become a process of a container, and how it reports.
#ifndef AGENT_LAUNCH_H
#define AGENT_LAUNCH_H

#include "agent.pb.h"
#include "util.h"

struct launch {
    const grpc_Process *process;
    const grpc_StringUser *user; // NULL or empty texts: use process->User
    const grpc_Spec *spec;       // NULL for an exec
    int join_pidfd;              // exec: first process of the container, else -1
    int pid_namespace;           // namespace file to be born in, or -1
    int new_namespaces;          // CLONE_NEW... flags; CLONE_NEWPID is for clone, the rest for unshare
    int cgroup_fd;               // cgroup.procs to enter, or -1
};

// Descriptors of the child between clone and exec; all else is closed.
enum {
    CHILD_CONTROL = 3,
    CHILD_CGROUP = 4,
    CHILD_JOIN = 5,
    CHILD_FIRST_FREE = 6,
};

enum report_kind {
    REPORT_READY = 1, // with the terminal's descriptor when there is a terminal
    REPORT_ERROR = 2, // the child ends
};

// A packet on the control socket. Its end without an error packet means that the command runs.
struct report {
    int32_t kind;
    struct err error;
};

// Runs in the child; never returns.
_Noreturn void child_main(const struct launch *launch, int control_fd, const int stdio[3]);

// The steps of the child, one file each. All return 0, or -1 with the error filled.
// rootfs.c: makes the mounts of the container and enters its root.
int rootfs_enter(const grpc_Spec *spec, struct err *e);
// rootfs_late.c: what is done inside the new root: masked, read-only, /dev/console.
int rootfs_finish(const grpc_Spec *spec, struct err *e);
// devices.c: device nodes in the /dev of the root given.
int devices_make(int root_fd, const grpc_Spec *spec, bool default_nodes, struct err *e);
// limits.c: the first needs the agent's /proc, the second would hinder the preparation.
int limits_set_oom_score(const grpc_Process *process, struct err *e);
int limits_apply(const grpc_Process *process, struct err *e);
// user.c: numbers of a user; `home` is a buffer for its home directory.
struct identity {
    uint32_t uid;
    uint32_t gid;
    uint32_t *groups;
    size_t group_count;
    char home[256];
};
int user_resolve(const grpc_Process *process, const grpc_StringUser *text, struct identity *identity, struct err *e);
int user_become(const struct identity *identity, const grpc_Process *process, struct err *e);
// caps.c: before and after the change of user.
int caps_drop_bounding(const grpc_LinuxCapabilities *capabilities, struct err *e);
int caps_apply(const grpc_LinuxCapabilities *capabilities, struct err *e);
// command.c: execve with a PATH search; returns only on failure.
int command_exec(const grpc_Process *process, const char *home, struct err *e);

#endif
