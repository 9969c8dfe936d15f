// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cgroup.h"
#include "launch.h"
#include "rpc.h"
#include "sandbox.h"
#include "storage.h"

// What the specification may ask and this agent does not do is refused, not left out.
static int refuse_unsupported(const grpc_CreateContainerRequest *request, struct err *e) {
    const grpc_Spec *spec = &request->OCI;
    if (request->stdin_port != 0 || request->stdout_port != 0 || request->stderr_port != 0) {
        return err_set(e, RPC_UNIMPLEMENTED, "Standard streams on vsock ports are not implemented");
    }
    if (request->shared_mounts_count > 0) {
        return err_set(e, RPC_UNIMPLEMENTED, "Shared mounts are not implemented");
    }
    if (spec->has_Hooks && (spec->Hooks.Prestart_count | spec->Hooks.Poststart_count | spec->Hooks.Poststop_count) != 0) {
        return err_set(e, RPC_UNIMPLEMENTED, "Hooks are not implemented");
    }
    if (!spec->has_Linux) {
        return 0;
    }
    const grpc_Linux *l = &spec->Linux;
    const char *action = l->has_Seccomp ? str(l->Seccomp.DefaultAction) : "";
    if (l->has_Seccomp && (l->Seccomp.Syscalls_count > 0 || (action[0] != '\0' && strcmp(action, "SCMP_ACT_ALLOW") != 0))) {
        return err_set(e, RPC_UNIMPLEMENTED, "Seccomp filters are not implemented");
    }
    if (l->UIDMappings_count > 0 || l->GIDMappings_count > 0) {
        return err_set(e, RPC_UNIMPLEMENTED, "User namespaces are not implemented");
    }
    const grpc_LinuxResources *r = &l->Resources;
    const grpc_LinuxBlockIO *io = &r->BlockIO;
    if (r->HugepageLimits_count > 0 || io->Weight != 0 ||
        (io->WeightDevice_count | io->ThrottleReadBpsDevice_count | io->ThrottleWriteBpsDevice_count |
         io->ThrottleReadIOPSDevice_count | io->ThrottleWriteIOPSDevice_count) != 0) {
        return err_set(e, RPC_UNIMPLEMENTED, "Limits of block devices and huge pages are not implemented");
    }
    return 0;
}

static int check_process(const grpc_Process *process, struct err *e) {
    if (process->Args_count == 0) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Process has no arguments");
    }
    if (str(process->Cwd)[0] != '\0' && process->Cwd[0] != '/') {
        return err_set(e, RPC_INVALID_ARGUMENT, "Working directory must be absolute");
    }
    return 0;
}

static int check_root(const grpc_Spec *spec, struct err *e) {
    const char *path = spec->has_Root ? str(spec->Root.Path) : "";
    struct stat info;
    if (path[0] == '\0') {
        return 0;
    }
    if (path[0] != '/' || strcmp(path, "/") == 0) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Root must be an absolute path below /");
    }
    if (stat(path, &info) < 0) {
        return err_errno(e, RPC_INVALID_ARGUMENT, errno, "Root %.128s", path);
    }
    return S_ISDIR(info.st_mode) ? 0 : err_errno(e, RPC_INVALID_ARGUMENT, ENOTDIR, "Root %.128s", path);
}

// Every container has its own mount, ipc, uts and pid namespace; the list may replace them and add others.
static int choose_namespaces(const grpc_CreateContainerRequest *request, struct launch *launch, struct err *e) {
    static const struct {
        const char *name;
        int flag;
    } types[] = {
        {"mount", CLONE_NEWNS},       {"ipc", CLONE_NEWIPC},       {"uts", CLONE_NEWUTS}, {"pid", CLONE_NEWPID},
        {"network", CLONE_NEWNET}, {"cgroup", CLONE_NEWCGROUP},
    };
    const grpc_Linux *l = &request->OCI.Linux;
    size_t count = request->OCI.has_Linux ? l->Namespaces_count : 0;
    launch->new_namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID;
    if (count == 0) {
        launch->new_namespaces |= CLONE_NEWCGROUP;
    }
    for (size_t i = 0; i < count; i++) {
        const char *type = str(l->Namespaces[i].Type);
        const char *path = str(l->Namespaces[i].Path);
        int flag = 0;
        for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
            flag |= strcmp(type, types[k].name) == 0 ? types[k].flag : 0;
        }
        if (flag == 0) {
            return err_set(e, RPC_UNIMPLEMENTED, "Namespace type \"%.32s\" is not implemented", type);
        }
        if (path[0] == '\0') {
            launch->new_namespaces |= flag;
            continue;
        }
        if (flag == CLONE_NEWNS) {
            return err_set(e, RPC_UNIMPLEMENTED, "Joining a mount namespace is not implemented");
        }
        launch->new_namespaces &= ~flag;
        if (flag == CLONE_NEWPID && launch->pid_namespace < 0) {
            launch->pid_namespace = open(path, O_RDONLY | O_CLOEXEC);
            if (launch->pid_namespace < 0) {
                return err_errno(e, RPC_INVALID_ARGUMENT, errno, "Cannot open namespace %.128s", path);
            }
        }
    }
    if (request->sandbox_pidns) {
        if (sandbox_pid_namespace() < 0) {
            return err_set(e, RPC_FAILED_PRECONDITION, "Sandbox has no shared pid namespace");
        }
        if (launch->pid_namespace >= 0) {
            close(launch->pid_namespace);
        }
        launch->pid_namespace = fcntl(sandbox_pid_namespace(), F_DUPFD_CLOEXEC, 0);
        launch->new_namespaces &= ~CLONE_NEWPID;
    }
    return 0;
}

// A device that the guest found under another number than the host had: the node gets the guest's number.
static int resolve_devices(const grpc_CreateContainerRequest *request, struct err *e) {
    for (size_t i = 0; i < request->devices_count; i++) {
        const grpc_Device *device = &request->devices[i];
        const char *vm_path = str(device->vm_path);
        struct stat info;
        if (vm_path[0] == '\0' || !request->OCI.has_Linux) {
            continue;
        }
        if (stat(vm_path, &info) < 0) {
            return err_errno(e, RPC_INVALID_ARGUMENT, errno, "Device %.128s", vm_path);
        }
        for (size_t k = 0; k < request->OCI.Linux.Devices_count; k++) {
            grpc_LinuxDevice *node = &request->OCI.Linux.Devices[k];
            if (strcmp(str(node->Path), str(device->container_path)) == 0) {
                node->Major = major(info.st_rdev);
                node->Minor = minor(info.st_rdev);
            }
        }
    }
    return 0;
}

static int prepare(const grpc_CreateContainerRequest *request, struct container *container, struct launch *launch,
                   struct err *e) {
    const grpc_Spec *spec = &request->OCI;
    if (refuse_unsupported(request, e) < 0 || check_process(&spec->Process, e) < 0 ||
        storage_mount_all(request->storages, request->storages_count, e) < 0 || check_root(spec, e) < 0 ||
        resolve_devices(request, e) < 0 || choose_namespaces(request, launch, e) < 0) {
        return -1;
    }
    container->shares_pid_namespace = (launch->new_namespaces & CLONE_NEWPID) == 0;
    const grpc_Linux *linux_spec = spec->has_Linux ? &spec->Linux : NULL;
    if (config.cgroup_root == NULL) {
        if (linux_spec != NULL && linux_spec->has_Resources) {
            return err_set(e, RPC_FAILED_PRECONDITION, "There are no control groups to set limits with");
        }
        return 0;
    }
    container->cgroup = cgroup_create(config.cgroup_root, container->id, linux_spec, e);
    if (container->cgroup == NULL) {
        return -1;
    }
    launch->cgroup_fd = cgroup_open_procs(container->cgroup);
    return launch->cgroup_fd < 0 ? err_errno(e, RPC_INTERNAL, errno, "Cannot open the cgroup") : 0;
}

void rpc_create_container(struct call *call, void *message) {
    const grpc_CreateContainerRequest *request = message;
    const char *id = str(request->container_id);
    struct err e;
    if (!id_valid(id)) {
        call_error(call, RPC_INVALID_ARGUMENT, "Invalid container id");
        return;
    }
    if (!request->has_OCI || !request->OCI.has_Process) {
        call_error(call, RPC_INVALID_ARGUMENT, "Request has no OCI process");
        return;
    }
    if (container_find(id) != NULL) {
        call_error(call, RPC_ALREADY_EXISTS, "Container \"%s\" exists already", id);
        return;
    }
    struct container *container = container_new(id);
    if (container == NULL) {
        call_error(call, RPC_RESOURCE_EXHAUSTED, "Too many containers");
        return;
    }
    struct launch launch = {
        .process = &request->OCI.Process,
        .user = request->has_string_user ? &request->string_user : NULL,
        .spec = &request->OCI,
        .join_pidfd = -1,
        .pid_namespace = -1,
        .cgroup_fd = -1,
    };
    if (prepare(request, container, &launch, &e) < 0) {
        container_free(container);
        call_err(call, &e);
    } else {
        const char *exec_id = str(request->exec_id);
        process_launch(call, container, exec_id[0] != '\0' ? exec_id : id, &launch);
    }
    if (launch.pid_namespace >= 0) {
        close(launch.pid_namespace);
    }
    if (launch.cgroup_fd >= 0) {
        close(launch.cgroup_fd);
    }
}

void rpc_start_container(struct call *call, void *message) {
    const grpc_StartContainerRequest *request = message;
    struct process *process = process_find(call, str(request->container_id), "");
    if (process == NULL) {
        return;
    }
    if (process->state != PROCESS_CREATED) {
        call_error(call, RPC_FAILED_PRECONDITION, "Container is not waiting to be started");
        return;
    }
    process_go(process, call);
}

static void remove_cancelled(void *owner) {
    ((struct container *)owner)->remove_call = NULL;
}

static void remove_timed_out(struct timer *timer) {
    struct container *container = (struct container *)(void *)((char *)timer - offsetof(struct container, remove_timer));
    struct call *call = container->remove_call;
    container->remove_call = NULL;
    if (call != NULL) {
        call_error(call, RPC_DEADLINE_EXCEEDED, "Processes of container \"%s\" do not end", container->id);
    }
}

void rpc_remove_container(struct call *call, void *message) {
    const grpc_RemoveContainerRequest *request = message;
    const char *id = str(request->container_id);
    struct container *container = container_find(id);
    if (container == NULL) {
        call_error(call, RPC_INVALID_ARGUMENT, "No container with id \"%.64s\"", id);
        return;
    }
    if (container->remove_call != NULL) {
        call_error(call, RPC_FAILED_PRECONDITION, "Container is being removed");
        return;
    }
    container_kill(container);
    if (!container_alive(container)) {
        container_free(container);
        call_ok(call, NULL, NULL);
        return;
    }
    container->removing = true;
    container->remove_call = call;
    call_defer(call, remove_cancelled, container);
    if (request->timeout > 0) {
        container->remove_timer.expired = remove_timed_out;
        timer_start(&container->remove_timer, (int64_t)request->timeout * 1000000000);
    }
}
