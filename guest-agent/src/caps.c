// SPDX-License-Identifier: Apache-2.0
// Capabilities by name: linux/capability.h. A specification without any leaves them as they are: all of them.
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch.h"

// In the order of their numbers.
static const char *const names[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

#define CAPABILITY_COUNT (sizeof(names) / sizeof(names[0]))

static int parse_set(char *const *words, size_t count, uint64_t *set, struct err *e) {
    *set = 0;
    for (size_t i = 0; i < count; i++) {
        size_t number = 0;
        while (number < CAPABILITY_COUNT && strcmp(str(words[i]), names[number]) != 0) {
            number++;
        }
        if (number == CAPABILITY_COUNT) {
            return err_set(e, RPC_INVALID_ARGUMENT, "Unknown capability %.64s", str(words[i]));
        }
        *set |= (uint64_t)1 << number;
    }
    return 0;
}

int caps_drop_bounding(const grpc_LinuxCapabilities *capabilities, struct err *e) {
    uint64_t keep;
    if (parse_set(capabilities->Bounding, capabilities->Bounding_count, &keep, e) < 0) {
        return -1;
    }
    for (unsigned long number = 0; number < 64; number++) {
        if ((keep >> number & 1) == 0 && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0) {
            // EINVAL: the kernel knows no such capability, nor any after it.
            return errno == EINVAL ? 0 : err_errno(e, RPC_INTERNAL, errno, "Cannot drop capability %lu", number);
        }
    }
    return 0;
}

int caps_apply(const grpc_LinuxCapabilities *c, struct err *e) {
    uint64_t effective;
    uint64_t permitted;
    uint64_t inheritable;
    uint64_t ambient;
    if (parse_set(c->Effective, c->Effective_count, &effective, e) < 0 ||
        parse_set(c->Permitted, c->Permitted_count, &permitted, e) < 0 ||
        parse_set(c->Inheritable, c->Inheritable_count, &inheritable, e) < 0 ||
        parse_set(c->Ambient, c->Ambient_count, &ambient, e) < 0) {
        return -1;
    }
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    for (unsigned half = 0; half < 2; half++) {
        data[half].effective = (uint32_t)(effective >> (32 * half));
        data[half].permitted = (uint32_t)(permitted >> (32 * half));
        data[half].inheritable = (uint32_t)(inheritable >> (32 * half));
    }
    if (syscall(SYS_capset, &header, data) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot set capabilities");
    }
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (unsigned long number = 0; number < CAPABILITY_COUNT; number++) {
        if ((ambient >> number & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0) {
            return err_errno(e, RPC_INTERNAL, errno, "Cannot raise ambient %s", names[number]);
        }
    }
    return 0;
}
