// SPDX-License-Identifier: Apache-2.0
// Broken frames from a fixed seed: the agent answers or hangs up, and serves the next client. It runs as nobody.
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "client.h"

#define ROUNDS 20000u
#define SEED 0x9e3779b97f4a7c15u

static uint64_t state = SEED;

// xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
static uint32_t below(uint32_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % limit;
}

struct sample {
    uint8_t *bytes;
    size_t size;
};

static struct sample samples[32];
static size_t sample_count;

static void add(const char *service, const char *method, const pb_msgdesc_t *fields, const void *message) {
    struct sample *sample = &samples[sample_count++];
    sample->bytes = encode_request(service, method, fields, message, 0, &sample->size);
}

#define ADD(method, type, ...) add("grpc.AgentService", method, grpc_##type##_fields, &(grpc_##type){__VA_ARGS__})

static void make_samples(void) {
    char *id = xstrdup("c1");
    char **words = (char *[]){xstrdup("sh"), xstrdup("-c"), xstrdup("true")};
    struct view view = {.data = (const uint8_t *)"0123456789", .size = 10};
    pb_callback_t data = {.funcs.encode = view_encode, .arg = &view};
    add("grpc.Health", "Check", NULL, NULL);
    add("grpc.Health", "Version", NULL, NULL);
    ADD("GetGuestDetails", GuestDetailsRequest, .mem_block_size = true);
    ADD("CreateSandbox", CreateSandboxRequest, .hostname = id, .sandbox_id = id, .dns_count = 3, .dns = words);
    grpc_CreateContainerRequest create = {.container_id = id, .exec_id = id, .has_OCI = true};
    grpc_Mount mount = {.destination = id, .source = id, .type = id, .options_count = 3, .options = words};
    create.OCI.has_Process = true;
    create.OCI.Process.Args_count = 3;
    create.OCI.Process.Args = words;
    create.OCI.Process.Env_count = 3;
    create.OCI.Process.Env = words;
    create.OCI.Mounts_count = 1;
    create.OCI.Mounts = &mount;
    create.OCI.has_Linux = true;
    create.OCI.Linux.MaskedPaths_count = 3;
    create.OCI.Linux.MaskedPaths = words;
    add("grpc.AgentService", "CreateContainer", grpc_CreateContainerRequest_fields, &create);
    ADD("StartContainer", StartContainerRequest, .container_id = id);
    grpc_ExecProcessRequest exec = {.container_id = id, .exec_id = id, .has_process = true};
    exec.process.Args_count = 3;
    exec.process.Args = words;
    add("grpc.AgentService", "ExecProcess", grpc_ExecProcessRequest_fields, &exec);
    ADD("WaitProcess", WaitProcessRequest, .container_id = id, .exec_id = id);
    ADD("SignalProcess", SignalProcessRequest, .container_id = id, .signal = 9);
    ADD("WriteStdin", WriteStreamRequest, .container_id = id, .data = data);
    ADD("ReadStdout", ReadStreamRequest, .container_id = id, .len = 4096);
    ADD("ReadStderr", ReadStreamRequest, .container_id = id, .len = 4096);
    ADD("CloseStdin", CloseStdinRequest, .container_id = id);
    ADD("TtyWinResize", TtyWinResizeRequest, .container_id = id, .row = 25, .column = 80);
    ADD("RemoveContainer", RemoveContainerRequest, .container_id = id, .timeout = 1);
    ADD("SetGuestDateTime", SetGuestDateTimeRequest, .Sec = 1);
    ADD("ReseedRandomDev", ReseedRandomDevRequest, .data = data);
    ADD("CopyFile", CopyFileRequest, .path = test_path("copy/file"), .file_size = 10, .file_mode = 0100600, .data = data);
}

// A frame with its header, with some of it broken; the size.
static size_t broken_frame(uint8_t *frame, size_t room) {
    const struct sample *sample = &samples[below((uint32_t)sample_count)];
    size_t size = TTRPC_HEADER + sample->size;
    CHECK(size + 16 <= room);
    const uint8_t header[TTRPC_HEADER] = {0, 0, (uint8_t)(sample->size >> 8), (uint8_t)sample->size, 0, 0, 0, 1, 1, 0};
    memcpy(frame, header, sizeof(header));
    memcpy(frame + TTRPC_HEADER, sample->bytes, sample->size);
    // Mostly the message: a broken header ends the connection at once.
    size_t from = below(8) == 0 ? 0 : TTRPC_HEADER;
    for (uint32_t i = below(6); i > 0; i--) {
        size_t at = from + below((uint32_t)(size - from));
        switch (below(4)) {
        case 0:
            frame[at] ^= (uint8_t)(1u << below(8));
            break;
        case 1:
            frame[at] = (uint8_t)below(256);
            break;
        case 2:
            frame[at] = (uint8_t[]){0, 0x7f, 0x80, 0xff}[below(4)];
            break;
        default:
            frame[at] = frame[from + below((uint32_t)(size - from))];
            break;
        }
    }
    return below(20) == 0 ? below((uint32_t)size) : size;
}

// Takes what the agent has to say without waiting for more; false when it has hung up.
static bool drain(int fd) {
    uint8_t bytes[65536];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void expect_service(const struct agent *agent, uint32_t round) {
    int fd = agent_connect(agent);
    send_frame(fd, (uint32_t)samples[0].size, 1, TTRPC_TYPE_REQUEST, samples[0].bytes, samples[0].size);
    struct answer answer = receive(fd);
    if (answer.closed || answer.code != RPC_OK) {
        check_failed(__FILE__, __LINE__, "no service after round %u", round);
    }
    close(fd);
}

static void frames(void) {
    uint8_t frame[4096];
    struct agent agent = agent_start(true);
    make_samples();
    int fd = agent_connect(&agent);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        size_t size = broken_frame(frame, sizeof(frame));
        ssize_t n = send(fd, frame, size, MSG_NOSIGNAL);
        // A hung-up or cut-off connection is of no more use.
        if (n != (ssize_t)size || !drain(fd) || below(50) == 0) {
            close(fd);
            fd = agent_connect(&agent);
        }
        if (round % 1000 == 0) {
            expect_service(&agent, round);
        }
    }
    close(fd);
    expect_service(&agent, ROUNDS);
    CHECK(agent_lives(&agent));
}

static void noise(void) {
    uint8_t bytes[512];
    struct agent agent = agent_start(true);
    make_samples();
    for (uint32_t round = 0; round < 2000; round++) {
        int fd = agent_connect(&agent);
        size_t size = 1 + below(sizeof(bytes));
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)below(256);
        }
        // Every second one is a frame by its header.
        if (round % 2 == 0 && size > TTRPC_HEADER) {
            const uint8_t header[TTRPC_HEADER] = {0, 0, (uint8_t)((size - 10) >> 8), (uint8_t)(size - 10), 0, 0, 0, 1, 1, 0};
            memcpy(bytes, header, sizeof(header));
        }
        send_bytes(fd, bytes, size);
        (void)drain(fd);
        close(fd);
    }
    expect_service(&agent, 2000);
    CHECK(agent_lives(&agent));
}

const struct test fuzz_tests[] = {
    {"fuzz: 20,000 broken frames of all methods", frames, false},
    {"fuzz: 2,000 connections with noise", noise, false},
    {0},
};
