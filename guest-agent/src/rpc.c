// SPDX-License-Identifier: Apache-2.0
// The table of methods.
#include "rpc.h"

#include <stdlib.h>
#include <string.h>

#include "agent.pb.h"
#include "health.pb.h"

struct method {
    const char *name;
    rpc_handler *handler;
    const pb_msgdesc_t *fields;
    size_t size;
    size_t view_offset; // of the bytes field that is not copied; 0 for none
};

#define METHOD(name, handler, type) {name, handler, type##_fields, sizeof(type), 0}
#define METHOD_WITH_VIEW(name, handler, type, field) {name, handler, type##_fields, sizeof(type), offsetof(type, field)}

static const struct method health_methods[] = {
    METHOD("Check", rpc_check, grpc_CheckRequest),
    METHOD("Version", rpc_version, grpc_CheckRequest),
    {0},
};

static const struct method agent_methods[] = {
    METHOD("ReadStdout", rpc_read_stdout, grpc_ReadStreamRequest),
    METHOD("ReadStderr", rpc_read_stderr, grpc_ReadStreamRequest),
    METHOD_WITH_VIEW("WriteStdin", rpc_write_stdin, grpc_WriteStreamRequest, data),
    METHOD("CloseStdin", rpc_close_stdin, grpc_CloseStdinRequest),
    METHOD("TtyWinResize", rpc_tty_win_resize, grpc_TtyWinResizeRequest),
    METHOD("CreateContainer", rpc_create_container, grpc_CreateContainerRequest),
    METHOD("StartContainer", rpc_start_container, grpc_StartContainerRequest),
    METHOD("RemoveContainer", rpc_remove_container, grpc_RemoveContainerRequest),
    METHOD("ExecProcess", rpc_exec_process, grpc_ExecProcessRequest),
    METHOD("SignalProcess", rpc_signal_process, grpc_SignalProcessRequest),
    METHOD("WaitProcess", rpc_wait_process, grpc_WaitProcessRequest),
    METHOD("CreateSandbox", rpc_create_sandbox, grpc_CreateSandboxRequest),
    METHOD("DestroySandbox", rpc_destroy_sandbox, grpc_DestroySandboxRequest),
    METHOD("GetGuestDetails", rpc_guest_details, grpc_GuestDetailsRequest),
    METHOD("SetGuestDateTime", rpc_set_guest_date_time, grpc_SetGuestDateTimeRequest),
    METHOD_WITH_VIEW("ReseedRandomDev", rpc_reseed_random_dev, grpc_ReseedRandomDevRequest, data),
    METHOD("UpdateInterface", rpc_update_interface, grpc_UpdateInterfaceRequest),
    METHOD("UpdateRoutes", rpc_update_routes, grpc_UpdateRoutesRequest),
    METHOD_WITH_VIEW("CopyFile", rpc_copy_file, grpc_CopyFileRequest, data),
    {0},
};

static const struct {
    const char *name;
    const struct method *methods;
} services[] = {
    {"grpc.AgentService", agent_methods},
    {"grpc.Health", health_methods},
};

static const struct method *find_method(const char *service, const char *name) {
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strcmp(services[i].name, service) != 0) {
            continue;
        }
        for (const struct method *m = services[i].methods; m->name != NULL; m++) {
            if (strcmp(m->name, name) == 0) {
                return m;
            }
        }
    }
    return NULL;
}

void rpc_dispatch(struct call *call, const char *service, const char *method, struct view payload) {
    const struct method *m = find_method(service, method);
    if (m == NULL) {
        call_error(call, RPC_UNIMPLEMENTED, "%.64s/%.64s is not implemented", service, method);
        return;
    }
    char *request = xcalloc(1, m->size);
    // ReseedRandomDev has nothing but its data, at offset 0.
    bool has_view = m->view_offset != 0 || m->handler == rpc_reseed_random_dev;
    if (has_view) {
        pb_callback_t *field = (pb_callback_t *)(void *)(request + m->view_offset);
        field->funcs.decode = view_decode;
        field->arg = call_view(call);
    }
    pb_istream_t input = pb_istream_from_buffer(payload.data, payload.size);
    if (pb_decode(&input, m->fields, request)) {
        m->handler(call, request);
        pb_release(m->fields, request);
    } else {
        call_error(call, RPC_INVALID_ARGUMENT, "Request of %s is malformed: %s", m->name, PB_GET_ERROR(&input));
    }
    free(request);
}
