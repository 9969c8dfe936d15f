// SPDX-License-Identifier: Apache-2.0
// From clone to exec: runs in the child.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch.h"
#include "net.h"

static _Noreturn void fail(const struct err *e) {
    struct report report = {.kind = REPORT_ERROR, .error = *e};
    (void)send(CHILD_CONTROL, &report, sizeof(report), MSG_NOSIGNAL);
    // What a shell's status would be for these.
    _exit(e->code == RPC_NOT_FOUND ? 127 : e->code == RPC_PERMISSION_DENIED ? 126 : 125);
}

static void report_ready(int terminal_fd) {
    struct report report = {.kind = REPORT_READY};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof(control));
    struct iovec part = {.iov_base = &report, .iov_len = sizeof(report)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (terminal_fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &terminal_fd, sizeof(int));
    }
    if (sendmsg(CHILD_CONTROL, &message, MSG_NOSIGNAL) < 0) {
        _exit(125);
    }
}

// Puts a descriptor on its fixed number; a missing one leaves the number closed.
static void place(int fd, int number) {
    if (fd < 0) {
        close(number);
    } else {
        (void)dup2(fd, number);
    }
}

static void arrange_descriptors(const struct launch *launch, int control_fd, const int stdio[3]) {
    // First out of the way of the fixed numbers, then into place.
    const int wanted[] = {stdio[0], stdio[1], stdio[2], control_fd, launch->cgroup_fd, launch->join_pidfd};
    int parked[CHILD_FIRST_FREE];
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i < CHILD_FIRST_FREE; i++) {
        int fd = i < 3 && wanted[i] < 0 ? null_fd : wanted[i];
        parked[i] = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 64);
    }
    for (int i = 0; i < CHILD_FIRST_FREE; i++) {
        place(parked[i], i);
        if (i >= 3 && parked[i] >= 0) {
            (void)fcntl(i, F_SETFD, FD_CLOEXEC);
        }
    }
    // No descriptor of the agent or of another container may stay open: pipes would not end.
    (void)syscall(SYS_close_range, CHILD_FIRST_FREE, ~0u, 0);
}

static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) {
        (void)sigaction(signal, &standard, NULL);
    }
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int namespace_flag(const char *type) {
    static const struct {
        const char *name;
        int flag;
    } types[] = {
        {"ipc", CLONE_NEWIPC},
        {"uts", CLONE_NEWUTS},
        {"network", CLONE_NEWNET},
        {"cgroup", CLONE_NEWCGROUP},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(type, types[i].name) == 0) {
            return types[i].flag;
        }
    }
    return 0;
}

static int join_named_namespaces(const grpc_Linux *linux_spec, struct err *e) {
    for (size_t i = 0; i < linux_spec->Namespaces_count; i++) {
        const char *path = str(linux_spec->Namespaces[i].Path);
        int flag = namespace_flag(str(linux_spec->Namespaces[i].Type));
        if (path[0] == '\0' || flag == 0) {
            continue;
        }
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, flag) < 0) {
            return err_errno(e, RPC_INTERNAL, errno, "Cannot join namespace %.128s", path);
        }
        close(fd);
    }
    return 0;
}

static int write_sysctls(const grpc_Linux *linux_spec, struct err *e) {
    for (size_t i = 0; i < linux_spec->Sysctl_count; i++) {
        char path[512];
        const char *key = str(linux_spec->Sysctl[i].key);
        if (strstr(key, "..") != NULL || format_path(path, sizeof(path), "/proc/sys/%s", key) < 0) {
            return err_set(e, RPC_INVALID_ARGUMENT, "Invalid sysctl name %.64s", key);
        }
        for (char *p = path + strlen("/proc/sys/"); *p != '\0'; p++) {
            *p = *p == '.' ? '/' : *p;
        }
        if (write_file(path, str(linux_spec->Sysctl[i].value)) < 0) {
            return err_errno(e, RPC_INTERNAL, errno, "Cannot set sysctl %.128s", key);
        }
    }
    return 0;
}

static int enter_own_namespaces(const struct launch *launch, struct err *e) {
    const grpc_Spec *spec = launch->spec;
    if (spec->has_Linux && join_named_namespaces(&spec->Linux, e) < 0) {
        return -1;
    }
    if (unshare(launch->new_namespaces & ~CLONE_NEWPID) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot make the namespaces of the container");
    }
    if ((launch->new_namespaces & CLONE_NEWNET) != 0) {
        (void)net_loopback_up();
    }
    const char *hostname = str(spec->Hostname);
    if (hostname[0] != '\0' && sethostname(hostname, strlen(hostname)) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot set host name %.64s", hostname);
    }
    if (spec->has_Linux && write_sysctls(&spec->Linux, e) < 0) {
        return -1;
    }
    return rootfs_enter(spec, e);
}

// Makes the terminal inside the container, so that its name in /dev/pts means something there.
static int open_terminal(const grpc_Process *process, struct err *e) {
    int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0) {
        (void)err_errno(e, RPC_INTERNAL, errno, "Cannot make a terminal (/dev/pts/ptmx of the container)");
        return -1;
    }
    int unlocked = 0;
    int slave = -1;
    if (ioctl(master, TIOCSPTLCK, &unlocked) == 0) {
        slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    if (slave < 0) {
        (void)err_errno(e, RPC_INTERNAL, errno, "Cannot open the terminal");
        return -1;
    }
    if (process->has_ConsoleSize) {
        struct winsize size = {.ws_row = (unsigned short)process->ConsoleSize.Height,
                               .ws_col = (unsigned short)process->ConsoleSize.Width};
        (void)ioctl(master, TIOCSWINSZ, &size);
    }
    for (int i = 0; i < 3; i++) {
        (void)dup2(slave, i);
    }
    close(slave);
    if (ioctl(0, TIOCSCTTY, 0) < 0) {
        (void)err_errno(e, RPC_INTERNAL, errno, "Cannot make the terminal the controlling one");
        return -1;
    }
    return master;
}

static void wait_for_go(void) {
    char byte;
    ssize_t n;
    do {
        n = recv(CHILD_CONTROL, &byte, 1, 0);
    } while (n < 0 && errno == EINTR);
    if (n != 1) {
        _exit(125);
    }
}

static int enter_directory(const char *cwd, struct err *e) {
    if (cwd[0] == '\0') {
        cwd = "/";
    }
    if (chdir(cwd) == 0) {
        return 0;
    }
    if (errno == ENOENT && mkdir_parents(cwd, 0755) == 0 && chdir(cwd) == 0) {
        return 0;
    }
    return err_errno(e, RPC_INTERNAL, errno, "Cannot enter working directory %.128s", cwd);
}

static int run(const struct launch *launch, struct err *e) {
    const grpc_Process *process = launch->process;
    if (launch->cgroup_fd >= 0 && write(CHILD_CGROUP, "0", 1) != 1) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot enter the cgroup");
    }
    if (limits_set_oom_score(process, e) < 0) {
        return -1;
    }
    if (launch->spec != NULL) {
        if (enter_own_namespaces(launch, e) < 0) {
            return -1;
        }
    } else if (setns(CHILD_JOIN, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot join the namespaces of the container");
    }
    int terminal = -1;
    if (process->Terminal) {
        terminal = open_terminal(process, e);
        if (terminal < 0) {
            return -1;
        }
    }
    if (launch->spec != NULL && rootfs_finish(launch->spec, e) < 0) {
        return -1;
    }
    struct identity identity = {0};
    if (user_resolve(process, launch->user, &identity, e) < 0) {
        return -1;
    }
    report_ready(terminal);
    if (terminal >= 0) {
        close(terminal);
    }
    wait_for_go();
    for (int i = 0; i < 3; i++) {
        // A command that reopens /dev/stdout must be allowed to.
        (void)fchown(i, identity.uid, (gid_t)-1);
    }
    if (enter_directory(str(process->Cwd), e) < 0 || limits_apply(process, e) < 0 ||
        user_become(&identity, process, e) < 0) {
        return -1;
    }
    return command_exec(process, identity.home, e);
}

void child_main(const struct launch *launch, int control_fd, const int stdio[3]) {
    struct err e = {.code = RPC_INTERNAL};
    arrange_descriptors(launch, control_fd, stdio);
    reset_signals();
    (void)setsid();
    (void)umask(0022);
    (void)run(launch, &e);
    fail(&e);
}
