// SPDX-License-Identifier: Apache-2.0
// What every method answers without a container: the good cases that need none, and the errors.
#include <sys/stat.h>

#include "client.h"
#include "rpc.h"

static char no_container[] = "nosuch";

static void expect_error(const struct answer *answer, int code, const char *part) {
    CHECK_CONTAINS(answer->text, part);
    CHECK_INT(answer->code, code);
    CHECK_INT(answer->size, 0);
}

static struct answer health(struct agent *agent, const char *method) {
    size_t size = 0;
    uint8_t *bytes = encode_request("grpc.Health", method, NULL, NULL, 0, &size);
    agent->stream += 2;
    send_frame(agent->fd, (uint32_t)size, agent->stream, TTRPC_TYPE_REQUEST, bytes, size);
    free(bytes);
    return call_end(agent, agent->stream);
}

static void check(void) {
    struct agent agent = agent_start(true);
    struct answer answer = health(&agent, "Check");
    grpc_HealthCheckResponse response = grpc_HealthCheckResponse_init_zero;
    decode(&answer, grpc_HealthCheckResponse_fields, &response);
    CHECK_INT(response.status, grpc_HealthCheckResponse_ServingStatus_SERVING);
}

static void version(void) {
    struct agent agent = agent_start(true);
    struct answer answer = health(&agent, "Version");
    grpc_VersionCheckResponse response = grpc_VersionCheckResponse_init_zero;
    decode(&answer, grpc_VersionCheckResponse_fields, &response);
    CHECK_TEXT(response.agent_version, AGENT_VERSION);
    CHECK_TEXT(response.grpc_version, "0.0.1");
}

static void guest_details(void) {
    struct agent agent = agent_start(true);
    struct answer answer = CALL(&agent, "GetGuestDetails", GuestDetailsRequest, .mem_block_size = true);
    grpc_GuestDetailsResponse response = grpc_GuestDetailsResponse_init_zero;
    decode(&answer, grpc_GuestDetailsResponse_fields, &response);
    CHECK(response.has_agent_details);
    CHECK_TEXT(response.agent_details.version, AGENT_VERSION);
    CHECK(!response.agent_details.init_daemon);
    CHECK(!response.agent_details.supports_seccomp);
    CHECK(response.agent_details.storage_handlers_count > 0);
    CHECK_TEXT(response.agent_details.storage_handlers[0], "virtio-fs");
}

static void create_sandbox(void) {
    struct agent agent = agent_start(true);
    char id[] = "sandbox-1";
    struct answer answer = CALL(&agent, "CreateSandbox", CreateSandboxRequest, .sandbox_id = id);
    expect_ok(&answer);
    answer = CALL(&agent, "CreateSandbox", CreateSandboxRequest, .sandbox_id = id);
    expect_error(&answer, RPC_ALREADY_EXISTS, "exists already");
}

static void create_sandbox_refuses(void) {
    struct agent agent = agent_start(true);
    char name[] = "dm_mod";
    grpc_KernelModule module = {.name = name};
    struct answer answer =
        CALL(&agent, "CreateSandbox", CreateSandboxRequest, .kernel_modules_count = 1, .kernel_modules = &module);
    expect_error(&answer, RPC_UNIMPLEMENTED, "modules");
    char driver[] = "nvdimm";
    grpc_Storage storage = {.driver = driver};
    answer = CALL(&agent, "CreateSandbox", CreateSandboxRequest, .storages_count = 1, .storages = &storage);
    expect_error(&answer, RPC_UNIMPLEMENTED, "nvdimm");
    char ephemeral[] = "ephemeral";
    char outside[] = "/run/kata-containers/../../etc";
    storage = (grpc_Storage){.driver = ephemeral, .mount_point = outside};
    answer = CALL(&agent, "CreateSandbox", CreateSandboxRequest, .storages_count = 1, .storages = &storage);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "not below");
    // A refused sandbox does not exist.
    answer = CALL(&agent, "CreateSandbox", CreateSandboxRequest, .sandbox_id = no_container);
    expect_ok(&answer);
}

static void destroy_sandbox(void) {
    struct agent agent = agent_start(true);
    struct answer answer = CALL(&agent, "DestroySandbox", DestroySandboxRequest, .dummy_field = 0);
    expect_ok(&answer);
    // Outside a guest the agent ends; in one it restarts the machine.
    for (int i = 0; i < 500 && agent_lives(&agent); i++) {
        (void)usleep(10000);
    }
    CHECK(!agent_lives(&agent));
}

static void create_container_refuses(void) {
    struct agent agent = agent_start(true);
    char good[] = "c1";
    char *const bad_ids[] = {(char[]){""}, (char[]){"../x"}, (char[]){"a/b"}, (char[]){".a"}, (char[]){"a b"}};
    struct answer answer;
    for (size_t i = 0; i < sizeof(bad_ids) / sizeof(bad_ids[0]); i++) {
        answer = CALL(&agent, "CreateContainer", CreateContainerRequest, .container_id = bad_ids[i]);
        expect_error(&answer, RPC_INVALID_ARGUMENT, "Invalid container id");
    }
    answer = CALL(&agent, "CreateContainer", CreateContainerRequest, .container_id = good);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "no OCI process");
    grpc_CreateContainerRequest request = {.container_id = good, .has_OCI = true};
    request.OCI.has_Process = true;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "no arguments");
    char *words[] = {(char[]){"true"}};
    request.OCI.Process.Args_count = 1;
    request.OCI.Process.Args = words;
    char relative[] = "tmp";
    request.OCI.Process.Cwd = relative;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "absolute");
    request.OCI.Process.Cwd = NULL;
    request.OCI.has_Root = true;
    request.OCI.Root.Path = relative;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "Root must be");
    char missing[] = "/nosuch-root";
    request.OCI.Root.Path = missing;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "ENOENT");
    request.OCI.has_Root = false;
    request.stdin_port = 5;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_UNIMPLEMENTED, "ports");
    request.stdin_port = 0;
    request.OCI.has_Linux = true;
    char type[] = "user";
    grpc_LinuxNamespace namespace = {.Type = type};
    request.OCI.Linux.Namespaces_count = 1;
    request.OCI.Linux.Namespaces = &namespace;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_UNIMPLEMENTED, "\"user\"");
    request.OCI.Linux.Namespaces_count = 0;
    request.OCI.Linux.has_Seccomp = true;
    char action[] = "SCMP_ACT_ERRNO";
    request.OCI.Linux.Seccomp.DefaultAction = action;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_UNIMPLEMENTED, "Seccomp");
    request.OCI.Linux.has_Seccomp = false;
    request.sandbox_pidns = true;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_FAILED_PRECONDITION, "pid namespace");
    request.sandbox_pidns = false;
    request.OCI.Linux.has_Resources = true;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_FAILED_PRECONDITION, "control groups");
    request.OCI.Linux.Resources.has_BlockIO = true;
    request.OCI.Linux.Resources.BlockIO.Weight = 100;
    answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &request);
    expect_error(&answer, RPC_UNIMPLEMENTED, "block devices");
    // None of the refused ones exists.
    answer = CALL(&agent, "StartContainer", StartContainerRequest, .container_id = good);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "No container");
}

static void methods_of_a_container_that_is_not_there(void) {
    struct agent agent = agent_start(true);
    struct answer answer = CALL(&agent, "StartContainer", StartContainerRequest, .container_id = no_container);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "No container with id \"nosuch\"");
    answer = CALL(&agent, "RemoveContainer", RemoveContainerRequest, .container_id = no_container);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "nosuch");
    answer = CALL(&agent, "ExecProcess", ExecProcessRequest, .container_id = no_container);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "nosuch");
    answer = CALL(&agent, "WaitProcess", WaitProcessRequest, .container_id = no_container);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "nosuch");
    answer = CALL(&agent, "SignalProcess", SignalProcessRequest, .container_id = no_container, .signal = 15);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "nosuch");
    answer = CALL(&agent, "WriteStdin", WriteStreamRequest, .container_id = no_container);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "nosuch");
    answer = CALL(&agent, "ReadStdout", ReadStreamRequest, .container_id = no_container, .len = 1);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "nosuch");
    answer = CALL(&agent, "ReadStderr", ReadStreamRequest, .container_id = no_container, .len = 1);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "nosuch");
    answer = CALL(&agent, "CloseStdin", CloseStdinRequest, .container_id = no_container);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "nosuch");
    answer = CALL(&agent, "TtyWinResize", TtyWinResizeRequest, .container_id = no_container);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "nosuch");
    // Absent fields are empty ones.
    answer = call(&agent, "WaitProcess", NULL, NULL);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "No container with id \"\"");
}

static void set_guest_date_time(void) {
    struct agent agent = agent_start(true);
    struct answer answer = CALL(&agent, "SetGuestDateTime", SetGuestDateTimeRequest, .Sec = 1700000000, .Usec = 999999);
    expect_ok(&answer);
    static const struct {
        int64_t seconds;
        int64_t microseconds;
    } bad[] = {{-1, 0}, {0, -1}, {0, 1000000}};
    for (size_t i = 0; i < 3; i++) {
        answer = CALL(&agent, "SetGuestDateTime", SetGuestDateTimeRequest, .Sec = bad[i].seconds,
                      .Usec = bad[i].microseconds);
        expect_error(&answer, RPC_INVALID_ARGUMENT, "Invalid time");
    }
}

static void reseed_random_dev(void) {
    struct agent agent = agent_start(true);
    uint8_t bytes[1000] = {1, 2, 3};
    struct view view = {.data = bytes, .size = sizeof(bytes)};
    grpc_ReseedRandomDevRequest request = {.data = {.funcs.encode = view_encode, .arg = &view}};
    struct answer answer = call(&agent, "ReseedRandomDev", grpc_ReseedRandomDevRequest_fields, &request);
    expect_ok(&answer);
}

// ---- CopyFile ---------------------------------------------------------------------------------------------

static struct answer copy(struct agent *agent, grpc_CopyFileRequest request, const char *relative, const char *data) {
    char path[256];
    struct view view = {.data = (const uint8_t *)data, .size = strlen(data)};
    (void)snprintf(path, sizeof(path), relative[0] == '/' ? "%.0s%s" : "%s/%s", test_path("copy"), relative);
    request.path = path;
    request.data = (pb_callback_t){.funcs.encode = view_encode, .arg = &view};
    request.uid = (int32_t)(getuid() == 0 ? 65534 : getuid());
    request.gid = (int32_t)(getuid() == 0 ? 65534 : getgid());
    return call(agent, "CopyFile", grpc_CopyFileRequest_fields, &request);
}

static void copy_file(void) {
    struct agent agent = agent_start(true);
    grpc_CopyFileRequest request = {.file_size = 10, .file_mode = S_IFREG | 0640, .dir_mode = 0750};
    struct answer answer = copy(&agent, request, "a/b/file", "01234");
    expect_ok(&answer);
    // It has its name when it is complete.
    CHECK(access(test_path("copy/a/b/file"), F_OK) < 0);
    request.offset = 5;
    answer = copy(&agent, request, "a/b/file", "56789");
    expect_ok(&answer);
    CHECK_TEXT(test_read(test_path("copy/a/b/file")), "0123456789");
    struct stat info;
    CHECK(stat(test_path("copy/a/b/file"), &info) == 0);
    CHECK_INT(info.st_mode, S_IFREG | 0640);
    CHECK(stat(test_path("copy/a"), &info) == 0);
    CHECK_INT(info.st_mode, S_IFDIR | 0750);
}

static void copy_link_and_directory(void) {
    struct agent agent = agent_start(true);
    grpc_CopyFileRequest request = {.file_size = 6, .file_mode = S_IFLNK | 0777};
    struct answer answer = copy(&agent, request, "link", "target");
    expect_ok(&answer);
    char target[64] = "";
    CHECK_INT(readlink(test_path("copy/link"), target, sizeof(target) - 1), 6);
    CHECK_TEXT(target, "target");
    answer = copy(&agent, (grpc_CopyFileRequest){.file_mode = S_IFDIR | 0711}, "dir", "");
    expect_ok(&answer);
    struct stat info;
    CHECK(stat(test_path("copy/dir"), &info) == 0);
    CHECK_INT(info.st_mode, S_IFDIR | 0711);
}

static void copy_stays_below_its_root(void) {
    static const char *const outside[] = {"/etc/passwd", "../x", "a/../../x", "a/..", "./a", "a//b", "..", "."};
    struct agent agent = agent_start(true);
    grpc_CopyFileRequest request = {.file_size = 1, .file_mode = S_IFREG | 0600};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        struct answer answer = copy(&agent, request, outside[i], "x");
        CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
    }
    // A link that was copied in leads out: what goes through it does not.
    grpc_CopyFileRequest link = {.file_size = (int64_t)strlen(test_directory()), .file_mode = S_IFLNK | 0777};
    struct answer answer = copy(&agent, link, "out", test_directory());
    expect_ok(&answer);
    answer = copy(&agent, request, "out/escaped", "x");
    CHECK_INT(answer.code, RPC_INTERNAL);
    CHECK(access(test_path("escaped"), F_OK) < 0);
}

static void copy_refuses(void) {
    static const grpc_CopyFileRequest bad[] = {
        {.file_size = -1, .file_mode = S_IFREG | 0600},
        {.file_size = 5, .offset = -1, .file_mode = S_IFREG | 0600},
        {.file_size = 5, .offset = 6, .file_mode = S_IFREG | 0600},
        {.file_size = 2, .offset = 0, .file_mode = S_IFREG | 0600},
        {.file_size = INT64_MAX, .offset = INT64_MAX, .file_mode = S_IFREG | 0600},
        {.file_size = 5, .file_mode = S_IFCHR | 0600},
    };
    struct agent agent = agent_start(true);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct answer answer = copy(&agent, bad[i], "file", "abc");
        CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
    }
}

const struct test rpc_tests[] = {
    {"rpc: Check", check, false},
    {"rpc: Version", version, false},
    {"rpc: GetGuestDetails", guest_details, false},
    {"rpc: CreateSandbox, and twice", create_sandbox, false},
    {"rpc: CreateSandbox refuses modules, drivers and paths", create_sandbox_refuses, false},
    {"rpc: DestroySandbox", destroy_sandbox, false},
    {"rpc: CreateContainer refuses bad requests", create_container_refuses, false},
    {"rpc: ten methods name a missing container", methods_of_a_container_that_is_not_there, false},
    {"rpc: SetGuestDateTime", set_guest_date_time, false},
    {"rpc: ReseedRandomDev", reseed_random_dev, false},
    {"rpc: CopyFile in two chunks", copy_file, false},
    {"rpc: CopyFile of a link and a directory", copy_link_and_directory, false},
    {"rpc: CopyFile stays below its root", copy_stays_below_its_root, false},
    {"rpc: CopyFile refuses sizes, offsets and types", copy_refuses, false},
    {0},
};
