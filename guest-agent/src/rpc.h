// SPDX-License-Identifier: Apache-2.0
// One handler per method; `request` is the decoded message and is released when the handler returns.
#ifndef AGENT_RPC_H
#define AGENT_RPC_H

#include "ttrpc.h"

#define AGENT_VERSION "0.1.0"

typedef void rpc_handler(struct call *call, void *request);

void rpc_dispatch(struct call *call, const char *service, const char *method, struct view payload);

rpc_handler rpc_check, rpc_version;                                                       // rpc_health.c
rpc_handler rpc_create_sandbox, rpc_destroy_sandbox, rpc_guest_details;                   // rpc_sandbox.c
rpc_handler rpc_set_guest_date_time, rpc_reseed_random_dev;                               // rpc_sandbox.c
rpc_handler rpc_create_container, rpc_start_container, rpc_remove_container;              // rpc_container.c
rpc_handler rpc_exec_process, rpc_wait_process, rpc_signal_process;                       // rpc_process.c
rpc_handler rpc_write_stdin, rpc_read_stdout, rpc_read_stderr, rpc_close_stdin, rpc_tty_win_resize; // rpc_io.c
rpc_handler rpc_update_interface, rpc_update_routes;                                      // rpc_net.c
rpc_handler rpc_copy_file;                                                                // rpc_copyfile.c

#endif
