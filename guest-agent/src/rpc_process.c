// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "launch.h"
#include "rpc.h"
#include "sandbox.h"

// Frees the entry of an ended process so that its id can be used again; with many entries also the oldest ended one.
static int make_room(struct container *container, const char *id, struct err *e) {
    unsigned count = 0;
    struct process **oldest = NULL;
    for (struct process **link = &container->processes; *link != NULL; link = &(*link)->next) {
        struct process *p = *link;
        bool ended = p != container->processes && p->state == PROCESS_EXITED;
        if (strcmp(p->id, id) == 0) {
            if (!ended) {
                return err_set(e, RPC_ALREADY_EXISTS, "Process \"%s\" exists already", id);
            }
            *link = p->next;
            process_free(p);
            return 0;
        }
        if (ended && oldest == NULL) {
            oldest = link;
        }
        count++;
    }
    if (count < MAX_PROCESSES) {
        return 0;
    }
    if (oldest == NULL) {
        return err_set(e, RPC_RESOURCE_EXHAUSTED, "Too many processes");
    }
    struct process *p = *oldest;
    *oldest = p->next;
    process_free(p);
    return 0;
}

static int check_exec(const grpc_ExecProcessRequest *request, struct err *e) {
    if (!id_valid(str(request->exec_id))) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Invalid process id");
    }
    if (request->stdin_port != 0 || request->stdout_port != 0 || request->stderr_port != 0) {
        return err_set(e, RPC_UNIMPLEMENTED, "Standard streams on vsock ports are not implemented");
    }
    if (!request->has_process || request->process.Args_count == 0) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Process has no arguments");
    }
    if (str(request->process.Cwd)[0] != '\0' && request->process.Cwd[0] != '/') {
        return err_set(e, RPC_INVALID_ARGUMENT, "Working directory must be absolute");
    }
    return 0;
}

void rpc_exec_process(struct call *call, void *message) {
    const grpc_ExecProcessRequest *request = message;
    struct err e;
    struct process *init = process_find(call, str(request->container_id), "");
    if (init == NULL) {
        return;
    }
    struct container *container = init->container;
    bool inside = init->ready && init->state != PROCESS_EXITED && !container->removing;
    if (!inside || container->pidfd < 0) {
        call_error(call, RPC_FAILED_PRECONDITION, "Container is not running");
        return;
    }
    if (check_exec(request, &e) < 0 || make_room(container, request->exec_id, &e) < 0) {
        call_err(call, &e);
        return;
    }
    struct launch launch = {
        .process = &request->process,
        .user = request->has_string_user ? &request->string_user : NULL,
        .join_pidfd = container->pidfd,
        .pid_namespace = container->pidfd, // setns(2) takes a pidfd for a namespace file
        .cgroup_fd = container->cgroup != NULL ? cgroup_open_procs(container->cgroup) : -1,
    };
    process_launch(call, container, request->exec_id, &launch);
    if (launch.cgroup_fd >= 0) {
        close(launch.cgroup_fd);
    }
}

void rpc_wait_process(struct call *call, void *message) {
    const grpc_WaitProcessRequest *request = message;
    struct process *process = process_find(call, str(request->container_id), str(request->exec_id));
    if (process != NULL) {
        process_wait(process, call);
    }
}

void rpc_signal_process(struct call *call, void *message) {
    const grpc_SignalProcessRequest *request = message;
    struct err e;
    struct process *process = process_find(call, str(request->container_id), str(request->exec_id));
    if (process == NULL) {
        return;
    }
    if (request->signal == 0 || request->signal > 64) {
        call_error(call, RPC_INVALID_ARGUMENT, "Invalid signal %u", (unsigned)request->signal);
        return;
    }
    if (process_signal(process, (int)request->signal, &e) < 0) {
        call_err(call, &e);
        return;
    }
    call_ok(call, NULL, NULL);
}
