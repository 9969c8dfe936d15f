// SPDX-License-Identifier: Apache-2.0
// ttRPC framing: containerd/ttrpc PROTOCOL.md.
#include "client.h"

static size_t check_request(uint8_t **bytes) {
    size_t size = 0;
    *bytes = encode_request("grpc.Health", "Check", NULL, NULL, 0, &size);
    return size;
}

static void send_check(int fd, uint32_t stream) {
    uint8_t *bytes;
    size_t size = check_request(&bytes);
    send_frame(fd, (uint32_t)size, stream, TTRPC_TYPE_REQUEST, bytes, size);
    free(bytes);
}

static void expect_serving(int fd, uint32_t stream) {
    struct answer answer = receive(fd);
    CHECK(!answer.closed);
    CHECK_INT(answer.stream, stream);
    grpc_HealthCheckResponse health = grpc_HealthCheckResponse_init_zero;
    decode(&answer, grpc_HealthCheckResponse_fields, &health);
    CHECK_INT(health.status, grpc_HealthCheckResponse_ServingStatus_SERVING);
}

static void expect_service(const struct agent *agent) {
    int fd = agent_connect(agent);
    send_check(fd, 1);
    expect_serving(fd, 1);
    close(fd);
    CHECK(agent_lives(agent));
}

static void whole_frame(void) {
    struct agent agent = agent_start(true);
    send_check(agent.fd, 1);
    expect_serving(agent.fd, 1);
}

static void byte_by_byte(void) {
    struct agent agent = agent_start(true);
    uint8_t *bytes;
    size_t size = check_request(&bytes);
    uint8_t frame[TTRPC_HEADER + 256] = {0, 0, 0, (uint8_t)size, 0, 0, 0, 5, TTRPC_TYPE_REQUEST, 0};
    memcpy(frame + TTRPC_HEADER, bytes, size);
    for (size_t i = 0; i < TTRPC_HEADER + size; i++) {
        send_bytes(agent.fd, frame + i, 1);
    }
    expect_serving(agent.fd, 5);
}

static void many_in_one_write(void) {
    struct agent agent = agent_start(true);
    uint8_t *bytes;
    size_t size = check_request(&bytes);
    uint8_t *all = xcalloc(100, TTRPC_HEADER + size);
    for (uint32_t i = 0; i < 100; i++) {
        uint8_t *frame = all + i * (TTRPC_HEADER + size);
        frame[3] = (uint8_t)size;
        frame[7] = (uint8_t)(2 * i + 1);
        frame[8] = TTRPC_TYPE_REQUEST;
        memcpy(frame + TTRPC_HEADER, bytes, size);
    }
    send_bytes(agent.fd, all, 100 * (TTRPC_HEADER + size));
    for (uint32_t i = 0; i < 100; i++) {
        expect_serving(agent.fd, 2 * i + 1);
    }
}

static void unknown_flags_are_ignored(void) {
    struct agent agent = agent_start(true);
    uint8_t *bytes;
    size_t size = check_request(&bytes);
    uint8_t header[TTRPC_HEADER] = {0, 0, 0, (uint8_t)size, 0, 0, 0, 1, TTRPC_TYPE_REQUEST, 0xff};
    send_bytes(agent.fd, header, sizeof(header));
    send_bytes(agent.fd, bytes, size);
    expect_serving(agent.fd, 1);
}

static void oversized_frame_hangs_up(void) {
    struct agent agent = agent_start(true);
    send_frame(agent.fd, TTRPC_MAX_LENGTH + 1, 1, TTRPC_TYPE_REQUEST, "x", 1);
    CHECK(receive(agent.fd).closed);
    expect_service(&agent);
}

static void largest_length_hangs_up(void) {
    struct agent agent = agent_start(true);
    send_frame(agent.fd, 0xffffffffu, 1, TTRPC_TYPE_REQUEST, "x", 1);
    CHECK(receive(agent.fd).closed);
    expect_service(&agent);
}

static void largest_legal_frame_is_read(void) {
    struct agent agent = agent_start(true);
    uint8_t *bytes = xcalloc(TTRPC_MAX_LENGTH, 1);
    send_frame(agent.fd, TTRPC_MAX_LENGTH, 1, TTRPC_TYPE_REQUEST, bytes, TTRPC_MAX_LENGTH);
    // All zero is no protobuf message: tag 0 is invalid.
    CHECK_INT(receive(agent.fd).code, RPC_INVALID_ARGUMENT);
    send_check(agent.fd, 3);
    expect_serving(agent.fd, 3);
}

static void wrong_type_hangs_up(void) {
    static const unsigned types[] = {0, 2, 3, 255};
    struct agent agent = agent_start(true);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        int fd = agent_connect(&agent);
        send_frame(fd, 0, 1, types[i], "", 0);
        CHECK(receive(fd).closed);
        close(fd);
    }
    expect_service(&agent);
}

static void truncated_header(void) {
    struct agent agent = agent_start(true);
    for (size_t size = 1; size < TTRPC_HEADER; size++) {
        int fd = agent_connect(&agent);
        send_bytes(fd, "\0\0\0\4\0\0\0\1\1", size);
        close(fd);
    }
    expect_service(&agent);
}

static void truncated_payload(void) {
    struct agent agent = agent_start(true);
    uint8_t *bytes;
    size_t size = check_request(&bytes);
    for (size_t part = 0; part < size; part++) {
        int fd = agent_connect(&agent);
        send_frame(fd, (uint32_t)size, 1, TTRPC_TYPE_REQUEST, bytes, part);
        close(fd);
    }
    expect_service(&agent);
}

// The frame is whole, the message in it is cut: an answer, and the connection goes on.
static void truncated_message(void) {
    struct agent agent = agent_start(true);
    uint8_t *bytes;
    size_t size = check_request(&bytes);
    uint32_t stream = 1;
    for (size_t part = 0; part < size; part++, stream += 2) {
        send_frame(agent.fd, (uint32_t)part, stream, TTRPC_TYPE_REQUEST, bytes, part);
        struct answer answer = receive(agent.fd);
        CHECK(!answer.closed);
        CHECK_INT(answer.stream, stream);
        // Cut between two fields it is a legal message without a method.
        CHECK(answer.code == RPC_INVALID_ARGUMENT || answer.code == RPC_UNIMPLEMENTED);
    }
    send_check(agent.fd, stream);
    expect_serving(agent.fd, stream);
}

static void malformed_request_of_a_method(void) {
    struct agent agent = agent_start(true);
    struct view wrong = {.data = (const uint8_t *)"\x0a\xff\xff\xff\xff\x0f", .size = 6};
    grpc_WriteStreamRequest holder = {0};
    (void)holder;
    // service = "grpc.Health" is fine, the payload is a string that claims 4 GiB.
    uint8_t message[64];
    size_t at = 0;
    message[at++] = 0x0a;
    message[at++] = 17;
    memcpy(message + at, "grpc.AgentService", 17);
    at += 17;
    message[at++] = 0x12;
    message[at++] = 11;
    memcpy(message + at, "WaitProcess", 11);
    at += 11;
    message[at++] = 0x1a;
    message[at++] = (uint8_t)wrong.size;
    memcpy(message + at, wrong.data, wrong.size);
    at += wrong.size;
    send_frame(agent.fd, (uint32_t)at, 1, TTRPC_TYPE_REQUEST, message, at);
    struct answer answer = receive(agent.fd);
    CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
    CHECK_CONTAINS(answer.text, "WaitProcess is malformed");
    send_check(agent.fd, 3);
    expect_serving(agent.fd, 3);
}

static void even_stream_is_refused(void) {
    struct agent agent = agent_start(true);
    send_check(agent.fd, 2);
    struct answer answer = receive(agent.fd);
    CHECK_INT(answer.stream, 2);
    CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
    CHECK_CONTAINS(answer.text, "odd");
}

static void unknown_names(void) {
    static const struct {
        const char *service;
        const char *method;
    } unknown[] = {
        {"grpc.AgentService", "NoSuchMethod"}, {"grpc.AgentService", ""},        {"grpc.Health", "CreateContainer"},
        {"grpc.AgentService", "Check"},        {"grpc.NoSuchService", "Check"}, {"", ""},
        {"grpc.AgentService", "UpdateContainer"}, {"grpc.AgentService", "GetMetrics"},
    };
    struct agent agent = agent_start(true);
    uint32_t stream = 1;
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++, stream += 2) {
        size_t size = 0;
        uint8_t *bytes = encode_request(unknown[i].service, unknown[i].method, NULL, NULL, 0, &size);
        send_frame(agent.fd, (uint32_t)size, stream, TTRPC_TYPE_REQUEST, bytes, size);
        struct answer answer = receive(agent.fd);
        CHECK_INT(answer.stream, stream);
        CHECK_INT(answer.code, RPC_UNIMPLEMENTED);
        free(bytes);
    }
}

static void too_many_connections_are_closed(void) {
    struct agent agent = agent_start(true);
    int fds[70];
    int served = 0;
    for (int i = 0; i < 70; i++) {
        fds[i] = agent_connect(&agent);
        send_check(fds[i], 1);
        served += receive(fds[i]).closed ? 0 : 1;
    }
    // 64 in all, one of them the socketpair.
    CHECK_INT(served, 63);
    close(fds[0]);
    for (int i = 1; i < 70; i++) {
        close(fds[i]);
    }
    // It may accept a new one before it takes notice of the closed ones, so the first tries may fail.
    bool served_again = false;
    for (int i = 0; i < 1000 && !served_again; i++) {
        int fd = agent_connect(&agent);
        send_check(fd, 1);
        served_again = !receive(fd).closed;
        close(fd);
    }
    CHECK(served_again);
    CHECK(agent_lives(&agent));
}

static void client_that_vanishes(void) {
    struct agent agent = agent_start(true);
    for (int i = 0; i < 200; i++) {
        int fd = agent_connect(&agent);
        send_check(fd, 1);
        close(fd);
    }
    expect_service(&agent);
}

const struct test frame_tests[] = {
    {"frame: a whole one is answered", whole_frame, false},
    {"frame: bytes one at a time", byte_by_byte, false},
    {"frame: 100 in one write, answered in order", many_in_one_write, false},
    {"frame: flags are ignored", unknown_flags_are_ignored, false},
    {"frame: one byte over the limit hangs up", oversized_frame_hangs_up, false},
    {"frame: length 2^32-1 hangs up", largest_length_hangs_up, false},
    {"frame: the largest legal one is read", largest_legal_frame_is_read, false},
    {"frame: a type that is no request hangs up", wrong_type_hangs_up, false},
    {"frame: header cut at every byte", truncated_header, false},
    {"frame: payload cut at every byte", truncated_payload, false},
    {"frame: message cut at every byte is answered", truncated_message, false},
    {"frame: malformed request of a method is INVALID_ARGUMENT", malformed_request_of_a_method, false},
    {"frame: even stream id is INVALID_ARGUMENT", even_stream_is_refused, false},
    {"frame: unknown service or method is UNIMPLEMENTED", unknown_names, false},
    {"frame: connections beyond 64 are closed", too_many_connections_are_closed, false},
    {"frame: 200 clients that vanish", client_that_vanishes, false},
    {0},
};
