// SPDX-License-Identifier: Apache-2.0
// The ttRPC server: connections, frames, and calls that may be answered later.
#ifndef AGENT_TTRPC_H
#define AGENT_TTRPC_H

#include "pbx.h"
#include "util.h"

// Payload limit of one frame (containerd/ttrpc channel.go: messageLengthMax).
#define TTRPC_MAX_LENGTH (4u << 20)
#define TTRPC_HEADER 10u
#define TTRPC_TYPE_REQUEST 1u
#define TTRPC_TYPE_RESPONSE 2u

// One request waiting for its answer. Exactly one of call_ok, call_error and the cancel function ends it.
struct call;

// Answers with a message; fields NULL is the empty message.
void call_ok(struct call *call, const pb_msgdesc_t *fields, const void *message);
void call_error(struct call *call, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void call_err(struct call *call, const struct err *e);

// Keeps the call beyond its handler. The cancel function runs when the client is gone or its deadline has passed:
// it must forget the call and must not answer it.
void call_defer(struct call *call, void (*cancel)(void *owner), void *owner);
// True while the client takes its answers too slowly to be given more data.
bool call_congested(struct call *call);
// When the answer to this call has been handed to the kernel, run this and then wait for the client to hang up.
void call_after_flush(struct call *call, void (*flushed)(void));
// The bytes field of the request, valid inside the handler.
struct view *call_view(struct call *call);

// Set by the dispatcher: finds and runs the handler of a method.
typedef void dispatch_fn(struct call *call, const char *service, const char *method, struct view payload);

void server_init(dispatch_fn *dispatch, void (*uncongested)(void));
// Accepts clients on a listening socket.
void server_listen(int fd);
// Serves one connected socket.
void server_add_connection(int fd);

#endif
