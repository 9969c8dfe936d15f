// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/ioctl.h>

#include "agent.pb.h"
#include "rpc.h"
#include "sandbox.h"

void rpc_write_stdin(struct call *call, void *message) {
    const grpc_WriteStreamRequest *request = message;
    struct process *process = process_find(call, str(request->container_id), str(request->exec_id));
    if (process != NULL) {
        const struct view *data = call_view(call);
        stream_write(&process->in, call, data->data, data->size);
    }
}

void rpc_read_stdout(struct call *call, void *message) {
    const grpc_ReadStreamRequest *request = message;
    struct process *process = process_find(call, str(request->container_id), str(request->exec_id));
    if (process != NULL) {
        stream_read(&process->out, call, request->len);
    }
}

void rpc_read_stderr(struct call *call, void *message) {
    const grpc_ReadStreamRequest *request = message;
    struct process *process = process_find(call, str(request->container_id), str(request->exec_id));
    if (process != NULL) {
        stream_read(&process->err, call, request->len);
    }
}

void rpc_close_stdin(struct call *call, void *message) {
    const grpc_CloseStdinRequest *request = message;
    struct process *process = process_find(call, str(request->container_id), str(request->exec_id));
    if (process != NULL) {
        stream_finish(&process->in);
        call_ok(call, NULL, NULL);
    }
}

void rpc_tty_win_resize(struct call *call, void *message) {
    const grpc_TtyWinResizeRequest *request = message;
    struct process *process = process_find(call, str(request->container_id), str(request->exec_id));
    if (process == NULL) {
        return;
    }
    if (!process->terminal || process->out.source.fd < 0) {
        call_error(call, RPC_FAILED_PRECONDITION, "Process has no terminal");
        return;
    }
    struct winsize size = {.ws_row = (unsigned short)request->row, .ws_col = (unsigned short)request->column};
    if (request->row > UINT16_MAX || request->column > UINT16_MAX) {
        call_error(call, RPC_INVALID_ARGUMENT, "Invalid window size");
    } else if (ioctl(process->out.source.fd, TIOCSWINSZ, &size) < 0) {
        call_error(call, RPC_INTERNAL, "Cannot set the window size: %s", errno_name(errno));
    } else {
        call_ok(call, NULL, NULL);
    }
}
