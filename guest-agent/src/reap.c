// SPDX-License-Identifier: Apache-2.0
#include "reap.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop.h"
#include "sandbox.h"
#include "util.h"

static struct source signals = {.fd = -1};

static void signals_ready(struct source *source, uint32_t events) {
    (void)events;
    struct signalfd_siginfo info[8];
    // One SIGCHLD may stand for many children, so the count of signals means nothing.
    ssize_t n = read(source->fd, info, sizeof(info));
    (void)n;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        sandbox_child_exited(pid, status);
    }
}

void reap_init(void) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals.fd < 0) {
        die("signalfd: %s", errno_name(errno));
    }
    signals.ready = signals_ready;
    loop_watch(&signals, EPOLLIN);
}
