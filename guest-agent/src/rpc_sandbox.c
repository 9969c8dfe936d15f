// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include "agent.pb.h"
#include "rootfs.h"
#include "rpc.h"
#include "sandbox.h"
#include "storage.h"

static char *sandbox_id;
static struct call *destroy_call;

// A dns entry is a line of resolv.conf, or an address alone.
static int write_resolv_conf(const char *path, const grpc_CreateSandboxRequest *request) {
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return -1;
    }
    for (size_t i = 0; i < request->dns_count; i++) {
        const char *line = str(request->dns[i]);
        const char *keyword = strchr(line, ' ') == NULL ? "nameserver " : "";
        (void)fprintf(out, "%s%s\n", keyword, line);
    }
    return fclose(out);
}

static void write_dns(const grpc_CreateSandboxRequest *request) {
    static const char *const paths[] = {
        "/run/kata-containers/sandbox/resolv.conf",
        "/etc/resolv.conf",
        DEFAULT_ROOT "/etc/resolv.conf",
    };
    (void)mkdir_parents("/run/kata-containers/sandbox", 0755);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (write_resolv_conf(paths[i], request) < 0) {
            log_line("cannot write %s: %s", paths[i], errno_name(errno));
        }
    }
}

void rpc_create_sandbox(struct call *call, void *message) {
    const grpc_CreateSandboxRequest *request = message;
    struct err e;
    const char *hostname = str(request->hostname);
    if (sandbox_id != NULL) {
        call_error(call, RPC_ALREADY_EXISTS, "Sandbox exists already");
        return;
    }
    if (request->kernel_modules_count > 0) {
        call_error(call, RPC_UNIMPLEMENTED, "Kernel modules are not implemented");
        return;
    }
    if (config.guest && hostname[0] != '\0' && sethostname(hostname, strlen(hostname)) < 0) {
        call_error(call, RPC_INVALID_ARGUMENT, "Cannot set host name: %s", errno_name(errno));
        return;
    }
    if (storage_mount_all(request->storages, request->storages_count, &e) < 0 ||
        (request->sandbox_pidns && sandbox_make_pid_namespace(&e) < 0)) {
        call_err(call, &e);
        return;
    }
    // In tests /etc belongs to the host.
    if (config.guest && request->dns_count > 0) {
        write_dns(request);
    }
    sandbox_id = xstrdup(str(request->sandbox_id));
    call_ok(call, NULL, NULL);
}

static void end_of_machine(void) {
    if (!config.guest) {
        loop_stop();
        return;
    }
    // With reboot=k the kernel pulses the reset line of the keyboard controller, and the monitor ends.
    (void)reboot(RB_AUTOBOOT);
    die("cannot restart: %s", errno_name(errno));
}

static void all_dead(void) {
    sync();
    struct call *call = destroy_call;
    destroy_call = NULL;
    if (call == NULL) {
        end_of_machine();
        return;
    }
    call_after_flush(call, end_of_machine);
    call_ok(call, NULL, NULL);
}

static void destroy_cancelled(void *owner) {
    (void)owner;
    destroy_call = NULL;
}

void rpc_destroy_sandbox(struct call *call, void *request) {
    (void)request;
    if (destroy_call != NULL) {
        call_error(call, RPC_FAILED_PRECONDITION, "Sandbox is being destroyed");
        return;
    }
    destroy_call = call;
    call_defer(call, destroy_cancelled, NULL);
    sandbox_kill_all(all_dead);
}

void rpc_guest_details(struct call *call, void *message) {
    const grpc_GuestDetailsRequest *request = message;
    static char version[] = AGENT_VERSION;
    grpc_GuestDetailsResponse response = grpc_GuestDetailsResponse_init_zero;
    char text[64];
    if (request->mem_block_size &&
        read_file("/sys/devices/system/memory/block_size_bytes", text, sizeof(text)) == 0) {
        // Hexadecimal without a prefix (Documentation/admin-guide/mm/memory-hotplug.rst).
        response.mem_block_size_bytes = strtoull(text, NULL, 16);
    }
    if (request->mem_hotplug_probe) {
        response.support_mem_hotplug_probe = access("/sys/devices/system/memory/probe", F_OK) == 0;
    }
    response.has_agent_details = true;
    response.agent_details.version = version;
    response.agent_details.init_daemon = getpid() == 1;
    response.agent_details.storage_handlers = storage_drivers;
    response.agent_details.storage_handlers_count = (pb_size_t)storage_driver_count;
    call_ok(call, grpc_GuestDetailsResponse_fields, &response);
}

void rpc_set_guest_date_time(struct call *call, void *message) {
    const grpc_SetGuestDateTimeRequest *request = message;
    if (request->Sec < 0 || request->Usec < 0 || request->Usec >= 1000000) {
        call_error(call, RPC_INVALID_ARGUMENT, "Invalid time");
        return;
    }
    struct timespec time = {.tv_sec = (time_t)request->Sec, .tv_nsec = (long)request->Usec * 1000};
    if (config.guest && clock_settime(CLOCK_REALTIME, &time) < 0) {
        call_error(call, RPC_INTERNAL, "Cannot set the clock: %s", errno_name(errno));
        return;
    }
    call_ok(call, NULL, NULL);
}

// Mixes the bytes in as entropy, then has the generator take a new key from the pool (random(4)).
static int reseed(const struct view *data) {
    struct {
        int entropy_count;
        int buf_size;
        uint8_t buf[512];
    } info;
    int fd = open("/dev/random", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int failed = 0;
    for (size_t at = 0; at < data->size && failed == 0; at += sizeof(info.buf)) {
        size_t left = data->size - at;
        size_t size = left < sizeof(info.buf) ? left : sizeof(info.buf);
        memcpy(info.buf, data->data + at, size);
        info.entropy_count = (int)size * 8;
        info.buf_size = (int)size;
        failed = ioctl(fd, RNDADDENTROPY, &info);
    }
    if (failed == 0) {
        failed = ioctl(fd, RNDRESEEDCRNG);
    }
    int error = errno;
    close(fd);
    errno = error;
    return failed;
}

void rpc_reseed_random_dev(struct call *call, void *request) {
    (void)request;
    if (config.guest && reseed(call_view(call)) < 0) {
        call_error(call, RPC_INTERNAL, "Cannot reseed: %s", errno_name(errno));
        return;
    }
    call_ok(call, NULL, NULL);
}
