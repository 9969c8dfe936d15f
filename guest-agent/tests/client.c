// SPDX-License-Identifier: Apache-2.0
#include "client.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "loop.h"
#include "reap.h"
#include "rpc.h"
#include "sandbox.h"
#include "ttrpc.pb.h"

static _Noreturn void agent_main(int fd, int listener) {
    // The agent goes when the test goes.
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    config.copy_root = test_path("copy");
    loop_init();
    reap_init();
    server_init(rpc_dispatch, sandbox_resume_streams);
    server_add_connection(fd);
    server_listen(listener);
    loop_run();
    _exit(0);
}

struct agent agent_start(bool as_nobody) {
    struct agent agent = {.stream = 0xffffffffu};
    int pair[2];
    // Without a name the kernel chooses one in the abstract space (unix(7), "Autobind feature").
    struct sockaddr_un unnamed = {.sun_family = AF_UNIX};
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    agent.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    CHECK(bind(agent.listener, (struct sockaddr *)&unnamed, sizeof(sa_family_t)) == 0);
    CHECK(listen(agent.listener, 8) == 0);
    (void)fflush(stdout);
    agent.pid = fork();
    CHECK(agent.pid >= 0);
    if (agent.pid == 0) {
        close(pair[0]);
        if (as_nobody && getuid() == 0) {
            CHECK(chown(test_directory(), 65534, 65534) == 0);
            CHECK(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
        }
        agent_main(pair[1], agent.listener);
    }
    close(pair[1]);
    agent.fd = pair[0];
    return agent;
}

int agent_connect(const struct agent *agent) {
    struct sockaddr_un address;
    socklen_t length = sizeof(address);
    CHECK(getsockname(agent->listener, (struct sockaddr *)&address, &length) == 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(connect(fd, (struct sockaddr *)&address, length) == 0);
    return fd;
}

void agent_stop(struct agent *agent) {
    close(agent->fd);
    close(agent->listener);
    (void)kill(agent->pid, SIGKILL);
    (void)waitpid(agent->pid, NULL, 0);
}

bool agent_lives(const struct agent *agent) {
    return waitpid(agent->pid, NULL, WNOHANG) == 0;
}

void send_bytes(int fd, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    while (size > 0) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            // The agent has hung up: what receive() says about it counts.
            return;
        }
        CHECK(n > 0);
        at += n;
        size -= (size_t)n;
    }
}

void send_frame(int fd, uint32_t length, uint32_t stream, unsigned type, const void *bytes, size_t size) {
    uint8_t header[TTRPC_HEADER] = {
        (uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length,
        (uint8_t)(stream >> 24), (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream,
        (uint8_t)type,           0,
    };
    send_bytes(fd, header, sizeof(header));
    send_bytes(fd, bytes, size);
}

uint8_t *encode_request(const char *service, const char *method, const pb_msgdesc_t *fields, const void *message,
                        int64_t timeout_ns, size_t *size) {
    struct nested nested = {.fields = fields, .message = message};
    ttrpc_Request request = ttrpc_Request_init_zero;
    request.service = xstrdup(service);
    request.method = xstrdup(method);
    request.timeout_nano = timeout_ns;
    if (fields != NULL) {
        request.payload.funcs.encode = nested_encode;
        request.payload.arg = &nested;
    }
    CHECK(pb_get_encoded_size(size, ttrpc_Request_fields, &request));
    uint8_t *bytes = xcalloc(*size, 1);
    pb_ostream_t out = pb_ostream_from_buffer(bytes, *size);
    CHECK(pb_encode(&out, ttrpc_Request_fields, &request));
    free(request.service);
    free(request.method);
    return bytes;
}

// False when the agent has hung up before the first byte.
static bool receive_bytes(int fd, uint8_t *bytes, size_t size) {
    size_t have = 0;
    while (have < size) {
        ssize_t n = recv(fd, bytes + have, size - have, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET)) {
            CHECK_INT(have, 0);
            return false;
        }
        CHECK(n > 0);
        have += (size_t)n;
    }
    return true;
}

static uint32_t be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct answer receive(int fd) {
    struct answer answer = {0};
    uint8_t header[TTRPC_HEADER];
    if (!receive_bytes(fd, header, sizeof(header))) {
        answer.closed = true;
        return answer;
    }
    uint32_t length = be32(header);
    CHECK(length <= TTRPC_MAX_LENGTH);
    CHECK_INT(header[8], TTRPC_TYPE_RESPONSE);
    CHECK_INT(header[9], 0);
    uint8_t *bytes = xcalloc(length + 1, 1);
    CHECK(length == 0 || receive_bytes(fd, bytes, length));
    answer.stream = be32(header + 4);
    struct view payload = {0};
    ttrpc_Response response = ttrpc_Response_init_zero;
    response.payload.funcs.decode = view_decode;
    response.payload.arg = &payload;
    pb_istream_t in = pb_istream_from_buffer(bytes, length);
    CHECK(pb_decode(&in, ttrpc_Response_fields, &response));
    answer.code = response.has_status ? response.status.code : RPC_OK;
    (void)snprintf(answer.text, sizeof(answer.text), "%s", response.has_status ? str(response.status.message) : "");
    answer.payload = xcalloc(payload.size + 1, 1);
    answer.size = payload.size;
    if (payload.size > 0) {
        memcpy(answer.payload, payload.data, payload.size);
    }
    pb_release(ttrpc_Response_fields, &response);
    free(bytes);
    return answer;
}

uint32_t call_begin(struct agent *agent, const char *method, const pb_msgdesc_t *fields, const void *message) {
    size_t size = 0;
    uint8_t *bytes = encode_request("grpc.AgentService", method, fields, message, 0, &size);
    agent->stream += 2;
    send_frame(agent->fd, (uint32_t)size, agent->stream, TTRPC_TYPE_REQUEST, bytes, size);
    free(bytes);
    return agent->stream;
}

struct answer call_end(struct agent *agent, uint32_t stream) {
    struct answer answer = receive(agent->fd);
    CHECK(!answer.closed);
    CHECK_INT(answer.stream, stream);
    return answer;
}

struct answer call(struct agent *agent, const char *method, const pb_msgdesc_t *fields, const void *message) {
    return call_end(agent, call_begin(agent, method, fields, message));
}

void decode(const struct answer *answer, const pb_msgdesc_t *fields, void *message) {
    expect_ok(answer);
    pb_istream_t in = pb_istream_from_buffer(answer->payload, answer->size);
    CHECK(pb_decode(&in, fields, message));
}

void expect_ok(const struct answer *answer) {
    CHECK_TEXT(answer->text, "");
    CHECK_INT(answer->code, RPC_OK);
}
