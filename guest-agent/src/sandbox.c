// SPDX-License-Identifier: Apache-2.0
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"

#define KILL_ALL_NS 5000000000

struct config config = {
    .guest = false,
    .cgroup_root = NULL,
    .copy_root = "/run/kata-containers",
};

static struct container *containers;
static unsigned container_count;
static int shared_pid_namespace = -1;
static pid_t pause_pid;
static void (*all_dead)(void);
static struct timer kill_timer;

struct container *sandbox_containers(void) {
    return containers;
}

bool id_valid(const char *id) {
    size_t length = strlen(id);
    if (length == 0 || length > MAX_ID_BYTES) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        char c = id[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (i == 0 || (c != '_' && c != '.' && c != '-'))) {
            return false;
        }
    }
    return true;
}

struct container *container_find(const char *id) {
    for (struct container *c = containers; c != NULL; c = c->next) {
        if (strcmp(c->id, id) == 0) {
            return c;
        }
    }
    return NULL;
}

struct process *process_find(struct call *call, const char *container_id, const char *exec_id) {
    struct container *container = container_find(container_id);
    if (container == NULL) {
        call_error(call, RPC_INVALID_ARGUMENT, "No container with id \"%.64s\"", container_id);
        return NULL;
    }
    if (exec_id[0] == '\0' && container->processes != NULL) {
        return container->processes;
    }
    for (struct process *p = container->processes; p != NULL; p = p->next) {
        if (strcmp(p->id, exec_id) == 0) {
            return p;
        }
    }
    call_error(call, RPC_INVALID_ARGUMENT, "No process with id \"%.64s\" in container \"%.64s\"", exec_id, container_id);
    return NULL;
}

struct container *container_new(const char *id) {
    if (container_count >= MAX_CONTAINERS) {
        return NULL;
    }
    struct container *container = xcalloc(1, sizeof(*container));
    container->id = xstrdup(id);
    container->pidfd = -1;
    struct container **link = &containers;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = container;
    container_count++;
    return container;
}

// What CopyFile has put into the container's own directory, such as its resolv.conf, goes with it. It holds files alone.
static void remove_bundle(const char *id) {
    char path[PATH_MAX];
    if (strcmp(id, "shared") == 0 || strcmp(id, "sandbox") == 0 || format_path(path, sizeof(path), "%s/%s", config.copy_root, id) < 0) {
        return;
    }
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
    (void)rmdir(path);
}

void container_free(struct container *container) {
    struct container **link = &containers;
    while (*link != container) {
        link = &(*link)->next;
    }
    *link = container->next;
    container_count--;
    timer_cancel(&container->remove_timer);
    while (container->processes != NULL) {
        struct process *process = container->processes;
        container->processes = process->next;
        process_free(process);
    }
    if (container->cgroup != NULL) {
        cgroup_remove(container->cgroup);
    }
    if (container->pidfd >= 0) {
        close(container->pidfd);
    }
    remove_bundle(container->id);
    free(container->cgroup);
    free(container->id);
    loop_free_later(container);
}

bool container_alive(const struct container *container) {
    for (const struct process *p = container->processes; p != NULL; p = p->next) {
        if (p->state != PROCESS_EXITED) {
            return true;
        }
    }
    return false;
}

void container_kill(struct container *container) {
    // Killing the init of a pid namespace kills all of it; in a shared one only the cgroup knows who belongs to us.
    for (struct process *p = container->processes; p != NULL; p = p->next) {
        if (p->state != PROCESS_EXITED) {
            (void)kill(p->pid, SIGKILL);
        }
    }
    if (container->cgroup != NULL) {
        cgroup_kill(container->cgroup);
    }
}

void sandbox_resume_streams(void) {
    for (struct container *c = containers; c != NULL; c = c->next) {
        for (struct process *p = c->processes; p != NULL; p = p->next) {
            stream_resume(&p->out);
            stream_resume(&p->err);
        }
    }
}

static bool anything_alive(void) {
    for (struct container *c = containers; c != NULL; c = c->next) {
        if (container_alive(c)) {
            return true;
        }
    }
    return false;
}

static void finish_kill_all(void) {
    timer_cancel(&kill_timer);
    void (*done)(void) = all_dead;
    all_dead = NULL;
    if (done != NULL) {
        done();
    }
}

static void kill_timer_expired(struct timer *timer) {
    (void)timer;
    log_line("some processes do not die");
    finish_kill_all();
}

void sandbox_kill_all(void (*done)(void)) {
    all_dead = done;
    for (struct container *c = containers; c != NULL; c = c->next) {
        container_kill(c);
    }
    if (pause_pid > 0) {
        (void)kill(pause_pid, SIGKILL);
    }
    if (!anything_alive()) {
        finish_kill_all();
        return;
    }
    kill_timer.expired = kill_timer_expired;
    timer_start(&kill_timer, KILL_ALL_NS);
}

void sandbox_child_exited(pid_t pid, int wait_status) {
    for (struct container *c = containers; c != NULL; c = c->next) {
        for (struct process *p = c->processes; p != NULL; p = p->next) {
            if (p->pid == pid && p->state != PROCESS_EXITED) {
                process_exited(p, wait_status);
                if (all_dead != NULL && !anything_alive()) {
                    finish_kill_all();
                }
                return;
            }
        }
    }
    if (pid == pause_pid) {
        pause_pid = 0;
    }
}

int sandbox_pid_namespace(void) {
    return shared_pid_namespace;
}

// The init of the shared namespace: it does nothing, and the kernel reaps its orphans.
static _Noreturn void pause_child(void) {
    (void)signal(SIGCHLD, SIG_IGN);
    (void)setsid();
    // No descriptor of the agent may stay open here.
    (void)syscall(SYS_close_range, 0, ~0u, 0);
    for (;;) {
        (void)pause();
    }
}

int sandbox_make_pid_namespace(struct err *e) {
    if (shared_pid_namespace >= 0) {
        return 0;
    }
    long pid = syscall(SYS_clone, (long)(CLONE_NEWPID | SIGCHLD), NULL, NULL, NULL, NULL);
    if (pid < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot make the shared pid namespace");
    }
    if (pid == 0) {
        pause_child();
    }
    pause_pid = (pid_t)pid;
    char path[64];
    (void)format_path(path, sizeof(path), "/proc/%ld/ns/pid", pid);
    shared_pid_namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (shared_pid_namespace < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot open the shared pid namespace");
    }
    return 0;
}
