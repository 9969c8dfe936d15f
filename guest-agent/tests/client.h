// SPDX-License-Identifier: Apache-2.0
// A ttRPC client, and an agent in a process of its own behind a socketpair.
#ifndef AGENT_CLIENT_H
#define AGENT_CLIENT_H

#include <sys/types.h>

#include "agent.pb.h"
#include "check.h"
#include "health.pb.h"
#include "pbx.h"
#include "ttrpc.h"
#include "util.h"

struct agent {
    pid_t pid;
    int fd;           // our end of the socketpair
    int listener;     // more clients connect here
    uint32_t stream;  // last one used
};

struct answer {
    bool closed; // the agent hung up instead
    uint32_t stream;
    int code;
    char text[256];
    uint8_t *payload;
    size_t size;
};

// Serves below the test's directory; as nobody when asked and possible.
struct agent agent_start(bool as_nobody);
// One more connection to the same agent.
int agent_connect(const struct agent *agent);
// Ends the agent.
void agent_stop(struct agent *agent);
// True while the agent's process lives.
bool agent_lives(const struct agent *agent);

void send_bytes(int fd, const void *bytes, size_t size);
// A header with the fields given, then the bytes.
void send_frame(int fd, uint32_t length, uint32_t stream, unsigned type, const void *bytes, size_t size);
// The encoded ttRPC request; the caller frees it.
uint8_t *encode_request(const char *service, const char *method, const pb_msgdesc_t *fields, const void *message,
                        int64_t timeout_ns, size_t *size);
// The next answer, whichever call it belongs to.
struct answer receive(int fd);

// A call to the agent service: sends and waits. fields NULL is an empty request.
struct answer call(struct agent *agent, const char *method, const pb_msgdesc_t *fields, const void *message);
// Sends only; returns the stream to look for.
uint32_t call_begin(struct agent *agent, const char *method, const pb_msgdesc_t *fields, const void *message);
// Waits for the answer of that stream; the answers of others on the way are an error.
struct answer call_end(struct agent *agent, uint32_t stream);
// Decodes the payload; the test fails when it is malformed.
void decode(const struct answer *answer, const pb_msgdesc_t *fields, void *message);
// Fails the test unless the answer is OK.
void expect_ok(const struct answer *answer);

#define CALL(agent, method, type, ...) call(agent, method, grpc_##type##_fields, &(grpc_##type){__VA_ARGS__})

#endif
