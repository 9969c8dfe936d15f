// SPDX-License-Identifier: Apache-2.0
// The agent's side of a process: start, reports of the child, waiting, signals, end.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "launch.h"
#include "sandbox.h"

struct process_waiter {
    struct process_waiter *next;
    struct process *process;
    struct call *call;
};

static void wait_cancelled(void *owner) {
    struct process_waiter *waiter = owner;
    struct process_waiter **link = &waiter->process->waiters;
    while (*link != waiter) {
        link = &(*link)->next;
    }
    *link = waiter->next;
    free(waiter);
}

static void answer_wait(struct call *call, int status) {
    grpc_WaitProcessResponse response = {.status = status};
    call_ok(call, grpc_WaitProcessResponse_fields, &response);
}

void process_wait(struct process *process, struct call *call) {
    if (process->state == PROCESS_EXITED) {
        answer_wait(call, process->status);
        return;
    }
    struct process_waiter *waiter = xcalloc(1, sizeof(*waiter));
    waiter->process = process;
    waiter->call = call;
    waiter->next = process->waiters;
    process->waiters = waiter;
    call_defer(call, wait_cancelled, waiter);
}

static void answer_waiters(struct process *process) {
    while (process->waiters != NULL) {
        struct process_waiter *waiter = process->waiters;
        struct call *call = waiter->call;
        process->waiters = waiter->next;
        free(waiter);
        answer_wait(call, process->status);
    }
}

static void start_cancelled(void *owner) {
    ((struct process *)owner)->start_call = NULL;
}

static void answer_start(struct process *process, const struct err *e) {
    struct call *call = process->start_call;
    process->start_call = NULL;
    if (call == NULL) {
        return;
    }
    if (e == NULL) {
        call_ok(call, NULL, NULL);
    } else {
        call_err(call, e);
    }
}

static void take_terminal(struct process *process, int fd) {
    if (fd < 0 || !process->terminal) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    // Two descriptors: epoll watches each direction on its own.
    int writer = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (writer >= 0) {
        stream_open(&process->in, writer);
    }
    stream_open(&process->out, fd);
}

// Receives one packet; its size, 0 at the end, -1 when there is none now.
static ssize_t receive_report(int socket_fd, struct report *report, int *passed_fd) {
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = report, .iov_len = sizeof(*report)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t n;
    do {
        n = recvmsg(socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    *passed_fd = -1;
    struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        memcpy(passed_fd, CMSG_DATA(header), sizeof(int));
    }
    return n < 0 && errno == EAGAIN ? -1 : n < 0 ? 0 : n;
}

// The client hears of it when the child is reaped, so that it can use the id again at once.
static void note_failure(struct process *process, const struct err *e) {
    if (process->failure == NULL) {
        process->failure = xcalloc(1, sizeof(*process->failure));
        *process->failure = *e;
    }
}

static void control_ended(struct process *process) {
    loop_close(&process->control);
    if (!process->ready) {
        struct err e;
        (void)err_set(&e, RPC_INTERNAL, "Process ended while it was being prepared");
        note_failure(process, &e);
    } else if (process->state == PROCESS_STARTING) {
        process->state = PROCESS_RUNNING;
        answer_start(process, NULL);
    }
}

static void control_ready(struct source *source, uint32_t events) {
    (void)events;
    struct process *process = (struct process *)(void *)source;
    while (process->control.fd >= 0) {
        struct report report = {0};
        int fd;
        ssize_t n = receive_report(process->control.fd, &report, &fd);
        if (n < 0) {
            return;
        }
        if (n != (ssize_t)sizeof(report)) {
            control_ended(process);
        } else if (report.kind == REPORT_READY) {
            take_terminal(process, fd);
            process->ready = true;
            if (process->state == PROCESS_SETUP) {
                process->state = PROCESS_CREATED;
                answer_start(process, NULL);
            }
        } else {
            report.error.text[sizeof(report.error.text) - 1] = '\0';
            loop_close(&process->control);
            note_failure(process, &report.error);
        }
    }
}

static void close_pair(int pair[2]) {
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0) {
            close(pair[i]);
        }
    }
}

struct plumbing {
    int in[2];
    int out[2];
    int err[2];
    int control[2];
};

static int plumbing_open(struct plumbing *p, bool terminal, struct err *e) {
    memset(p, -1, sizeof(*p));
    bool good = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p->control) == 0;
    if (good && !terminal) {
        good = pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 && pipe2(p->err, O_CLOEXEC) == 0;
        if (good) {
            // Fewer trips through the agent; refused above the user's pipe limits, which is harmless.
            (void)fcntl(p->in[1], F_SETPIPE_SZ, (int)STREAM_CHUNK);
            (void)fcntl(p->out[0], F_SETPIPE_SZ, (int)STREAM_CHUNK);
        }
    }
    return good ? 0 : err_errno(e, RPC_INTERNAL, errno, "Cannot make the pipes of a process");
}

// Clones; with a namespace file given, the child is born into that pid namespace.
static long clone_child(const struct launch *launch, struct err *e) {
    int own = -1;
    if (launch->pid_namespace >= 0) {
        own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
        if (own < 0 || setns(launch->pid_namespace, CLONE_NEWPID) < 0) {
            (void)err_errno(e, RPC_INTERNAL, errno, "Cannot join the pid namespace");
            if (own >= 0) {
                close(own);
            }
            return -1;
        }
    }
    // A plain fork, except for the namespace flag: the child goes on with a copy of everything.
    long pid = syscall(SYS_clone, (long)(launch->new_namespaces & CLONE_NEWPID) | SIGCHLD, NULL, NULL, NULL, NULL);
    int error = errno;
    if (own >= 0 && pid != 0) {
        // Later children of the agent belong to its own namespace again.
        if (setns(own, CLONE_NEWPID) < 0) {
            die("cannot return to my pid namespace: %s", errno_name(errno));
        }
        close(own);
    }
    if (pid < 0) {
        (void)err_errno(e, RPC_INTERNAL, error, "Cannot make a process");
    }
    return pid;
}

static int spawn(struct process *process, const struct launch *launch, struct err *e) {
    struct plumbing p;
    int failed = plumbing_open(&p, process->terminal, e);
    long pid = -1;
    if (failed == 0) {
        pid = clone_child(launch, e);
    }
    if (pid == 0) {
        const int stdio[3] = {p.in[0], p.out[1], p.err[1]};
        child_main(launch, p.control[1], stdio);
    }
    if (pid < 0) {
        close_pair(p.in);
        close_pair(p.out);
        close_pair(p.err);
        close_pair(p.control);
        return -1;
    }
    process->pid = (pid_t)pid;
    close(p.control[1]);
    process->control.fd = p.control[0];
    process->control.ready = control_ready;
    loop_watch(&process->control, EPOLLIN);
    if (process->terminal) {
        // All output of a terminal is one stream.
        process->err.ended = true;
    } else {
        close(p.in[0]);
        close(p.out[1]);
        close(p.err[1]);
        stream_open(&process->in, p.in[1]);
        stream_open(&process->out, p.out[0]);
        stream_open(&process->err, p.err[0]);
    }
    return 0;
}

void process_launch(struct call *call, struct container *container, const char *id, struct launch *launch) {
    struct err e;
    struct process *process = xcalloc(1, sizeof(*process));
    process->container = container;
    process->id = xstrdup(id);
    process->terminal = launch->process->Terminal;
    process->control.fd = -1;
    stream_init(&process->in, true);
    stream_init(&process->out, false);
    stream_init(&process->err, false);
    struct process **link = &container->processes;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = process;
    if (spawn(process, launch, &e) < 0) {
        *link = NULL;
        process_free(process);
        call_err(call, &e);
        if (container->processes == NULL) {
            container_free(container);
        }
        return;
    }
    bool first = container->processes == process;
    if (first) {
        container->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    }
    process->start_call = call;
    call_defer(call, start_cancelled, process);
    if (!first) {
        process_go(process, NULL);
    }
}

void process_go(struct process *process, struct call *call) {
    if (call != NULL) {
        process->start_call = call;
        call_defer(call, start_cancelled, process);
    }
    process->state = PROCESS_STARTING;
    // When the child is gone the control socket ends, and that answers the call.
    (void)send(process->control.fd, "g", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool catches_signal(pid_t pid, int signal) {
    char path[64];
    char text[4096];
    if (format_path(path, sizeof(path), "/proc/%d/status", pid) < 0 || read_file(path, text, sizeof(text)) < 0) {
        return true;
    }
    uint64_t handled = 0;
    static const char *const fields[] = {"\nSigIgn:", "\nSigCgt:", "\nSigBlk:"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *at = strstr(text, fields[i]);
        if (at == NULL) {
            return true;
        }
        handled |= strtoull(at + strlen(fields[i]), NULL, 16);
    }
    return (handled >> (signal - 1) & 1) != 0;
}

int process_signal(struct process *process, int signal, struct err *e) {
    if (process->state == PROCESS_EXITED) {
        return err_set(e, RPC_FAILED_PRECONDITION, "ESRCH: No such process");
    }
    int sent = signal;
    bool asks_to_end = signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
    // The kernel drops what the init of a pid namespace has no handler for (pid_namespaces(7)). Whoever runs a
    // plain command as a container means to end it, so it ends, and its status names the signal that was asked for.
    if (asks_to_end && process == process->container->processes && !catches_signal(process->pid, signal)) {
        sent = SIGKILL;
        process->killed_by = signal;
    }
    if (kill(process->pid, sent) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot send signal %d", signal);
    }
    return 0;
}

void process_exited(struct process *process, int wait_status) {
    // Reports sent before the end count.
    control_ready(&process->control, 0);
    if (process->control.fd >= 0) {
        control_ended(process);
    }
    process->state = PROCESS_EXITED;
    if (WIFSIGNALED(wait_status)) {
        int signal = WTERMSIG(wait_status);
        process->status = 128 + (signal == SIGKILL && process->killed_by != 0 ? process->killed_by : signal);
    } else {
        process->status = WEXITSTATUS(wait_status);
    }
    stream_close(&process->in);
    answer_start(process, process->failure);
    struct container *container = process->container;
    bool first = container->processes == process;
    if (first && !process->ready) {
        // Its creation failed.
        container->removing = true;
    }
    if (first && container->shares_pid_namespace) {
        container_kill(container);
    }
    answer_waiters(process);
    if (container->removing && !container_alive(container)) {
        struct call *call = container->remove_call;
        container_free(container);
        if (call != NULL) {
            call_ok(call, NULL, NULL);
        }
    }
}

void process_free(struct process *process) {
    answer_start(process, &(struct err){.code = RPC_INTERNAL, .text = "Container was removed"});
    answer_waiters(process);
    stream_close(&process->in);
    stream_close(&process->out);
    stream_close(&process->err);
    loop_close(&process->control);
    free(process->failure);
    free(process->id);
    loop_free_later(process);
}
