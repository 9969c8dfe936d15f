// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "launch.h"

static const struct {
    const char *name;
    int resource;
} resources[] = {
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", 10},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", 12},
    {"RLIMIT_NICE", 13},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", 14},
    {"RLIMIT_RTTIME", 15},
    {"RLIMIT_SIGPENDING", 11},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

int limits_set_oom_score(const grpc_Process *process, struct err *e) {
    if (process->OOMScoreAdj == 0) {
        return 0;
    }
    char text[32];
    (void)snprintf(text, sizeof(text), "%" PRId64, process->OOMScoreAdj);
    if (write_file("/proc/self/oom_score_adj", text) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot set oom_score_adj to %s", text);
    }
    return 0;
}

int limits_apply(const grpc_Process *process, struct err *e) {
    for (size_t i = 0; i < process->Rlimits_count; i++) {
        const grpc_POSIXRlimit *wanted = &process->Rlimits[i];
        int resource = -1;
        for (size_t k = 0; k < sizeof(resources) / sizeof(resources[0]); k++) {
            if (strcmp(str(wanted->Type), resources[k].name) == 0) {
                resource = resources[k].resource;
            }
        }
        if (resource < 0) {
            return err_set(e, RPC_INVALID_ARGUMENT, "Unknown limit %.64s", str(wanted->Type));
        }
        struct rlimit limit = {.rlim_cur = wanted->Soft, .rlim_max = wanted->Hard};
        // musl's setrlimit takes an int, glibc's an enumeration in C++ only.
        if (setrlimit((__typeof__(RLIMIT_CPU))resource, &limit) < 0) {
            return err_errno(e, RPC_INTERNAL, errno, "Cannot set %s", wanted->Type);
        }
    }
    return 0;
}
