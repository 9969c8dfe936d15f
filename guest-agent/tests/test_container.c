// SPDX-License-Identifier: Apache-2.0
// Containers on the host: their life through the calls, and what one sees from inside. Needs root and a static busybox.
#include <fcntl.h>
#include <signal.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "client.h"

#define BUSYBOX "/bin/busybox"

static char id[] = "c1";
static char no_id[] = "";

static void copy_busybox(const char *to) {
    char buffer[65536];
    int in = open(BUSYBOX, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    ssize_t n;
    CHECK(in >= 0 && out >= 0);
    while ((n = read(in, buffer, sizeof(buffer))) > 0) {
        CHECK(write(out, buffer, (size_t)n) == n);
    }
    close(in);
    close(out);
}

static void make_root(void) {
    static const char *const directories[] = {"root",     "root/bin", "root/dev", "root/proc", "root/sys",
                                              "root/etc", "root/run", "root/tmp", "root/data"};
    // Containers do not look into the test's directory, but /tmp may not be theirs to search.
    CHECK(chmod(test_directory(), 0755) == 0);
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        CHECK(mkdir(test_path(directories[i]), 0755) == 0);
    }
    copy_busybox(test_path("root/bin/busybox"));
    CHECK(symlink("busybox", test_path("root/bin/sh")) == 0);
    test_write(test_path("root/etc/passwd"), "root:x:0:0::/root:/bin/sh\nalice:x:1001:1002::/home/alice:/bin/sh\n");
    test_write(test_path("root/etc/group"), "root:x:0:\nstaff:x:50:\n");
    test_write(test_path("root/data/file"), "data\n");
    test_write(test_path("root/data/plain"), "no program\n");
}

// An agent that has hidden this machine's mounts from the tests: what a test mounts by mistake stays here.
static struct agent start(void) {
    CHECK(unshare(CLONE_NEWNS) == 0);
    CHECK(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0);
    make_root();
    return agent_start(false);
}

struct shell {
    char *words[5];
    grpc_CreateContainerRequest request;
};

// A request to run a script by the shell of the root.
static struct shell shell(const char *script) {
    struct shell s = {.words = {xstrdup("/bin/busybox"), xstrdup("sh"), xstrdup("-c"), xstrdup(script)}};
    s.request.container_id = id;
    s.request.has_OCI = true;
    s.request.OCI.has_Process = true;
    s.request.OCI.Process.Args_count = 4;
    s.request.OCI.has_Root = true;
    s.request.OCI.Root.Path = test_path("root");
    return s;
}

static void create(struct agent *agent, struct shell *s) {
    s->request.OCI.Process.Args = s->words;
    struct answer answer = call(agent, "CreateContainer", grpc_CreateContainerRequest_fields, &s->request);
    expect_ok(&answer);
}

static void start_container(struct agent *agent) {
    struct answer answer = CALL(agent, "StartContainer", StartContainerRequest, .container_id = id);
    expect_ok(&answer);
}

static char *read_all(struct agent *agent, const char *method, char *exec_id) {
    char *text = xcalloc(1, 1);
    size_t length = 0;
    for (;;) {
        struct view data = {0};
        grpc_ReadStreamRequest request = {.container_id = id, .exec_id = exec_id, .len = 4096};
        grpc_ReadStreamResponse response = {.data = {.funcs.decode = view_decode, .arg = &data}};
        struct answer answer = call(agent, method, grpc_ReadStreamRequest_fields, &request);
        if (answer.code != RPC_OK) {
            CHECK_TEXT(answer.text, "read meet EOF");
            return text;
        }
        decode(&answer, grpc_ReadStreamResponse_fields, &response);
        CHECK(data.size > 0 && data.size <= 4096);
        text = xrealloc(text, length + data.size + 1);
        memcpy(text + length, data.data, data.size);
        length += data.size;
        text[length] = '\0';
    }
}

static int wait_for(struct agent *agent, char *exec_id) {
    struct answer answer = CALL(agent, "WaitProcess", WaitProcessRequest, .container_id = id, .exec_id = exec_id);
    grpc_WaitProcessResponse response = grpc_WaitProcessResponse_init_zero;
    decode(&answer, grpc_WaitProcessResponse_fields, &response);
    return response.status;
}

static void remove_container(struct agent *agent) {
    struct answer answer = CALL(agent, "RemoveContainer", RemoveContainerRequest, .container_id = id, .timeout = 10);
    expect_ok(&answer);
}

// What the script prints in a container of its own; it must end with 0.
static char *run(struct agent *agent, struct shell s) {
    create(agent, &s);
    start_container(agent);
    char *text = read_all(agent, "ReadStdout", no_id);
    char *errors = read_all(agent, "ReadStderr", no_id);
    CHECK_TEXT(errors, "");
    CHECK_INT(wait_for(agent, no_id), 0);
    remove_container(agent);
    return text;
}

static void write_stdin(struct agent *agent, const void *bytes, size_t size) {
    struct view view = {.data = bytes, .size = size};
    grpc_WriteStreamRequest request = {.container_id = id, .data = {.funcs.encode = view_encode, .arg = &view}};
    struct answer answer = call(agent, "WriteStdin", grpc_WriteStreamRequest_fields, &request);
    grpc_WriteStreamResponse response = grpc_WriteStreamResponse_init_zero;
    decode(&answer, grpc_WriteStreamResponse_fields, &response);
    CHECK_INT(response.len, size);
}

// ---- Life -------------------------------------------------------------------------------------------------

static void life(void) {
    struct agent agent = start();
    struct shell s = shell("echo out; echo err >&2; exit 7");
    create(&agent, &s);
    struct answer answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &s.request);
    CHECK_INT(answer.code, RPC_ALREADY_EXISTS);
    start_container(&agent);
    answer = CALL(&agent, "StartContainer", StartContainerRequest, .container_id = id);
    CHECK_INT(answer.code, RPC_FAILED_PRECONDITION);
    CHECK_TEXT(read_all(&agent, "ReadStdout", no_id), "out\n");
    CHECK_TEXT(read_all(&agent, "ReadStderr", no_id), "err\n");
    CHECK_INT(wait_for(&agent, no_id), 7);
    CHECK_INT(wait_for(&agent, id), 7);
    remove_container(&agent);
    answer = CALL(&agent, "WaitProcess", WaitProcessRequest, .container_id = id);
    CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
    // The id is free again.
    CHECK_TEXT(run(&agent, shell("echo again")), "again\n");
}

static void standard_input(void) {
    struct agent agent = start();
    struct shell s = shell("exec /bin/busybox od -An -tx1");
    create(&agent, &s);
    start_container(&agent);
    write_stdin(&agent, "a\0b\xff", 4);
    write_stdin(&agent, "", 0);
    struct answer answer = CALL(&agent, "CloseStdin", CloseStdinRequest, .container_id = id);
    expect_ok(&answer);
    CHECK_TEXT(read_all(&agent, "ReadStdout", no_id), " 61 00 62 ff\n");
    CHECK_INT(wait_for(&agent, no_id), 0);
    struct view view = {.data = (const uint8_t *)"x", .size = 1};
    grpc_WriteStreamRequest request = {.container_id = id, .data = {.funcs.encode = view_encode, .arg = &view}};
    answer = call(&agent, "WriteStdin", grpc_WriteStreamRequest_fields, &request);
    CHECK_INT(answer.code, RPC_INTERNAL);
    CHECK_CONTAINS(answer.text, "EPIPE");
}

static void read_of_length_zero(void) {
    struct agent agent = start();
    struct shell s = shell("exec sleep 100");
    create(&agent, &s);
    struct answer answer = CALL(&agent, "ReadStdout", ReadStreamRequest, .container_id = id);
    CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
}

static void wait_is_answered_later(void) {
    struct agent agent = start();
    struct shell s = shell("read x; exit 3");
    create(&agent, &s);
    start_container(&agent);
    grpc_WaitProcessRequest wait = {.container_id = id};
    uint32_t stream = call_begin(&agent, "WaitProcess", grpc_WaitProcessRequest_fields, &wait);
    write_stdin(&agent, "go\n", 3);
    struct answer answer = call_end(&agent, stream);
    grpc_WaitProcessResponse response = grpc_WaitProcessResponse_init_zero;
    decode(&answer, grpc_WaitProcessResponse_fields, &response);
    CHECK_INT(response.status, 3);
}

static void deadline_of_a_call(void) {
    struct agent agent = start();
    struct shell s = shell("exec sleep 100");
    create(&agent, &s);
    start_container(&agent);
    grpc_WaitProcessRequest wait = {.container_id = id};
    size_t size = 0;
    uint8_t *bytes =
        encode_request("grpc.AgentService", "WaitProcess", grpc_WaitProcessRequest_fields, &wait, 20000000, &size);
    agent.stream += 2;
    send_frame(agent.fd, (uint32_t)size, agent.stream, TTRPC_TYPE_REQUEST, bytes, size);
    struct answer answer = call_end(&agent, agent.stream);
    CHECK_INT(answer.code, RPC_DEADLINE_EXCEEDED);
    remove_container(&agent);
}

static void signals(void) {
    struct agent agent = start();
    struct shell s = shell("exec /bin/busybox sleep 100");
    create(&agent, &s);
    start_container(&agent);
    struct answer answer = CALL(&agent, "SignalProcess", SignalProcessRequest, .container_id = id, .signal = 0);
    CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
    answer = CALL(&agent, "SignalProcess", SignalProcessRequest, .container_id = id, .signal = 65);
    CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
    answer = CALL(&agent, "SignalProcess", SignalProcessRequest, .container_id = id, .signal = SIGTERM);
    expect_ok(&answer);
    CHECK_INT(wait_for(&agent, no_id), 128 + SIGTERM);
    answer = CALL(&agent, "SignalProcess", SignalProcessRequest, .container_id = id, .signal = SIGTERM);
    CHECK_INT(answer.code, RPC_FAILED_PRECONDITION);
    remove_container(&agent);
    // A handler runs.
    s = shell("trap 'exit 5' TERM; echo ready; while :; do /bin/busybox sleep 0.01; done");
    create(&agent, &s);
    start_container(&agent);
    answer = CALL(&agent, "ReadStdout", ReadStreamRequest, .container_id = id, .len = 100);
    expect_ok(&answer);
    answer = CALL(&agent, "SignalProcess", SignalProcessRequest, .container_id = id, .signal = SIGTERM);
    expect_ok(&answer);
    CHECK_INT(wait_for(&agent, no_id), 5);
}

static void its_files_go_with_it(void) {
    struct agent agent = start();
    struct view data = {.data = (const uint8_t *)"x", .size = 1};
    grpc_CopyFileRequest request = {.path = test_path("copy/c1/hosts"), .file_size = 1, .file_mode = S_IFREG | 0644, .dir_mode = 0755,
                                    .data = {.funcs.encode = view_encode, .arg = &data}};
    struct answer answer = call(&agent, "CopyFile", grpc_CopyFileRequest_fields, &request);
    expect_ok(&answer);
    request.path = test_path("copy/shared/kept");
    answer = call(&agent, "CopyFile", grpc_CopyFileRequest_fields, &request);
    expect_ok(&answer);
    CHECK_TEXT(test_read(test_path("copy/c1/hosts")), "x");
    struct shell s = shell("echo ran");
    CHECK_TEXT(run(&agent, s), "ran\n");
    CHECK(access(test_path("copy/c1"), F_OK) < 0);
    CHECK_TEXT(test_read(test_path("copy/shared/kept")), "x");
}

static void exec_process(void) {
    struct agent agent = start();
    struct shell s = shell("exec /bin/busybox sleep 100");
    create(&agent, &s);
    start_container(&agent);
    char e1[] = "e1";
    // The shell that is process 1 may not have come to its exec yet.
    char *words[] = {xstrdup("/bin/busybox"), xstrdup("sh"), xstrdup("-c"),
                     xstrdup("i=0; while /bin/busybox grep -q exec /proc/1/cmdline && [ $i -lt 1000 ]; do i=$((i + 1)); done; "
                             "cat /proc/1/cmdline | /bin/busybox tr '\\0' ' '; exit 4")};
    grpc_ExecProcessRequest request = {.container_id = id, .exec_id = e1, .has_process = true};
    request.process.Args_count = 4;
    request.process.Args = words;
    struct answer answer = call(&agent, "ExecProcess", grpc_ExecProcessRequest_fields, &request);
    expect_ok(&answer);
    // It sees the container's process 1.
    CHECK_TEXT(read_all(&agent, "ReadStdout", e1), "/bin/busybox sleep 100 ");
    CHECK_INT(wait_for(&agent, e1), 4);
    // An ended id may be used again, a living one not, and neither a bad one.
    words[3] = xstrdup("/bin/busybox sleep 100");
    answer = call(&agent, "ExecProcess", grpc_ExecProcessRequest_fields, &request);
    expect_ok(&answer);
    answer = call(&agent, "ExecProcess", grpc_ExecProcessRequest_fields, &request);
    CHECK_INT(answer.code, RPC_ALREADY_EXISTS);
    char bad[] = "a/b";
    request.exec_id = bad;
    answer = call(&agent, "ExecProcess", grpc_ExecProcessRequest_fields, &request);
    CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
    // Removing the container ends both.
    remove_container(&agent);
    answer = CALL(&agent, "WaitProcess", WaitProcessRequest, .container_id = id, .exec_id = e1);
    CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
}

static void failures_to_start(void) {
    static const struct {
        const char *command;
        int code;
    } cases[] = {
        {"nosuch", RPC_NOT_FOUND},
        {"/data/nosuch", RPC_NOT_FOUND},
        {"/data/file/x", RPC_NOT_FOUND},
        {"/data/plain", RPC_PERMISSION_DENIED},
        {"/data", RPC_PERMISSION_DENIED},
        {"", RPC_NOT_FOUND},
    };
    struct agent agent = start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct shell s = shell("");
        s.words[0] = xstrdup(cases[i].command);
        create(&agent, &s);
        struct answer answer = CALL(&agent, "StartContainer", StartContainerRequest, .container_id = id);
        CHECK_INT(answer.code, cases[i].code);
        remove_container(&agent);
    }
}

static void failed_creation_leaves_nothing(void) {
    struct agent agent = start();
    struct shell s = shell("true");
    grpc_Mount mount = {.destination = xstrdup("/data"), .source = xstrdup("x"), .type = xstrdup("nosuchfs")};
    s.request.OCI.Mounts_count = 1;
    s.request.OCI.Mounts = &mount;
    s.request.OCI.Process.Args = s.words;
    struct answer answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &s.request);
    CHECK_INT(answer.code, RPC_INTERNAL);
    CHECK_CONTAINS(answer.text, "nosuchfs");
    CHECK_TEXT(run(&agent, shell("echo free")), "free\n");
}

static void destroy_ends_all(void) {
    struct agent agent = start();
    struct shell s = shell("trap '' TERM INT; while :; do /bin/busybox sleep 100; done");
    create(&agent, &s);
    start_container(&agent);
    struct answer answer = CALL(&agent, "DestroySandbox", DestroySandboxRequest, .dummy_field = 0);
    expect_ok(&answer);
    for (int i = 0; i < 500 && agent_lives(&agent); i++) {
        (void)usleep(10000);
    }
    CHECK(!agent_lives(&agent));
}

static void much_output(void) {
    struct agent agent = start();
    char *text = run(&agent, shell("/bin/busybox yes 0123456789abcde | /bin/busybox head -c 3200000"));
    CHECK_INT(strlen(text), 3200000);
    for (size_t i = 0; i < 3200000; i += 16) {
        CHECK(memcmp(text + i, "0123456789abcde\n", 16) == 0);
    }
}

// ---- What one sees from inside ------------------------------------------------------------------------------

static void own_namespaces(void) {
    static const char *const types[] = {"pid", "mnt", "ipc", "uts"};
    struct agent agent = start();
    char *inside = run(&agent, shell("for n in pid mnt ipc uts net user; do /bin/busybox readlink /proc/self/ns/$n; done; "
                                     "echo pid $$"));
    for (size_t i = 0; i < 4; i++) {
        char path[64];
        char mine[64] = "";
        (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", types[i]);
        CHECK(readlink(path, mine, sizeof(mine) - 1) > 0);
        CHECK(strstr(inside, mine) == NULL);
    }
    CHECK_CONTAINS(inside, "pid 1\n");
    char mine[64] = "";
    CHECK(readlink("/proc/self/ns/net", mine, sizeof(mine) - 1) > 0);
    CHECK_CONTAINS(inside, mine);
}

static void root_by_pivot(void) {
    struct agent agent = start();
    CHECK_TEXT(run(&agent, shell("cd /; echo *; cd ../..; /bin/busybox pwd")),
               "bin data dev etc proc run sys tmp\n/\n");
}

static void root_by_pivot_hides_the_host(void) {
    struct agent agent = start();
    // The mount table of the container begins at its own root: the old one is gone.
    char *mounts = run(&agent, shell("/bin/busybox awk '{print $5}' /proc/self/mountinfo"));
    CHECK_CONTAINS(mounts, "/proc\n");
    CHECK(strstr(mounts, test_directory()) == NULL);
}

static void environment_and_directory(void) {
    struct agent agent = start();
    struct shell s = shell("echo $A-$HOME; /bin/busybox pwd");
    char *env[] = {xstrdup("A=x y"), xstrdup("PATH=/bin")};
    s.request.OCI.Process.Env_count = 2;
    s.request.OCI.Process.Env = env;
    s.request.OCI.Process.Cwd = xstrdup("/new/work");
    CHECK_TEXT(run(&agent, s), "x y-/root\n/new/work\n");
}

static void user_by_name(void) {
    struct agent agent = start();
    struct shell s = shell("/bin/busybox id; echo $HOME; /bin/busybox grep CapEff /proc/self/status");
    char *groups[] = {xstrdup("staff"), xstrdup("77")};
    s.request.has_string_user = true;
    s.request.string_user =
        (grpc_StringUser){.uid = xstrdup("alice"), .additionalGids_count = 2, .additionalGids = groups};
    char *text = run(&agent, s);
    CHECK_CONTAINS(text, "uid=1001(alice) gid=1002 groups=50(staff),77");
    CHECK_CONTAINS(text, "/home/alice\n");
    CHECK_CONTAINS(text, "CapEff:\t0000000000000000");
}

static void capabilities_and_no_new_privs(void) {
    struct agent agent = start();
    struct shell s = shell("/bin/busybox grep -E 'Cap(Prm|Eff|Bnd)|NoNewPrivs' /proc/self/status");
    char *two[] = {xstrdup("CAP_CHOWN"), xstrdup("CAP_KILL")};
    s.request.OCI.Process.has_Capabilities = true;
    s.request.OCI.Process.Capabilities = (grpc_LinuxCapabilities){
        .Bounding_count = 2, .Bounding = two, .Effective_count = 1, .Effective = two, .Permitted_count = 2, .Permitted = two};
    s.request.OCI.Process.NoNewPrivileges = true;
    CHECK_TEXT(run(&agent, s), "CapPrm:\t0000000000000021\nCapEff:\t0000000000000021\nCapBnd:\t0000000000000021\n"
                               "NoNewPrivs:\t1\n");
}

static void rlimits(void) {
    struct agent agent = start();
    struct shell s = shell("ulimit -Sn; ulimit -Hn");
    grpc_POSIXRlimit limit = {.Type = xstrdup("RLIMIT_NOFILE"), .Soft = 100, .Hard = 200};
    s.request.OCI.Process.Rlimits_count = 1;
    s.request.OCI.Process.Rlimits = &limit;
    CHECK_TEXT(run(&agent, s), "100\n200\n");
}

static void host_name(void) {
    struct agent agent = start();
    struct shell s = shell("/bin/busybox hostname");
    char before[65] = "";
    char after[65] = "";
    CHECK(gethostname(before, sizeof(before)) == 0);
    s.request.OCI.Hostname = xstrdup("inner");
    CHECK_TEXT(run(&agent, s), "inner\n");
    CHECK(gethostname(after, sizeof(after)) == 0);
    CHECK_TEXT(after, before);
}

static void masked_and_read_only(void) {
    struct agent agent = start();
    struct shell s = shell("/bin/busybox wc -c </data/file; /bin/busybox ls /etc; echo >/tmp/x; (echo >/run/x) 2>&1");
    char *masked[] = {xstrdup("/data/file"), xstrdup("/etc"), xstrdup("/nosuch")};
    char *read_only[] = {xstrdup("/run"), xstrdup("/nosuch")};
    s.request.OCI.has_Linux = true;
    s.request.OCI.Linux.MaskedPaths_count = 3;
    s.request.OCI.Linux.MaskedPaths = masked;
    s.request.OCI.Linux.ReadonlyPaths_count = 2;
    s.request.OCI.Linux.ReadonlyPaths = read_only;
    create(&agent, &s);
    start_container(&agent);
    char *text = read_all(&agent, "ReadStdout", no_id);
    CHECK(strncmp(text, "0\n", 2) == 0);
    CHECK_CONTAINS(text, "Read-only file system");
    CHECK(strstr(text, "passwd") == NULL);
    CHECK_TEXT(test_read(test_path("root/data/file")), "data\n");
}

static void read_only_root(void) {
    struct agent agent = start();
    struct shell s = shell("(echo >/file) 2>&1; echo >/dev/shm/x && echo written");
    s.request.OCI.Root.Readonly = true;
    create(&agent, &s);
    start_container(&agent);
    char *text = read_all(&agent, "ReadStdout", no_id);
    CHECK_CONTAINS(text, "Read-only file system");
    CHECK_CONTAINS(text, "written");
}

static void listed_mounts(void) {
    struct agent agent = start();
    CHECK(mkdir(test_path("shared"), 0755) == 0);
    test_write(test_path("shared/hello"), "from outside\n");
    struct shell s = shell("cat /mnt/deep/hello; (echo >/mnt/deep/x) 2>&1; "
                           "/bin/busybox awk '$2==\"/tmp\"{print $3,$4}' /proc/mounts; [ -e /dev/null ] || echo no null");
    char *ro[] = {xstrdup("rbind"), xstrdup("ro")};
    char *tmpfs[] = {xstrdup("nosuid"), xstrdup("noexec"), xstrdup("size=64k")};
    grpc_Mount mounts[] = {
        {.destination = xstrdup("/proc"), .source = xstrdup("proc"), .type = xstrdup("proc")},
        {.destination = xstrdup("/tmp"), .source = xstrdup("t"), .type = xstrdup("tmpfs"), .options_count = 3, .options = tmpfs},
        {.destination = xstrdup("/mnt/deep"), .source = test_path("shared"), .type = xstrdup("bind"), .options_count = 2,
         .options = ro},
    };
    s.request.OCI.Mounts_count = 3;
    s.request.OCI.Mounts = mounts;
    create(&agent, &s);
    start_container(&agent);
    char *text = read_all(&agent, "ReadStdout", no_id);
    CHECK_CONTAINS(text, "from outside\n");
    CHECK_CONTAINS(text, "Read-only file system");
    CHECK_CONTAINS(text, "tmpfs rw,nosuid,noexec");
    CHECK_CONTAINS(text, "size=64k");
    // Only a /dev of its own is filled.
    CHECK_CONTAINS(text, "no null");
}

// As docker does with resolv.conf, whatever the image has there: a file, nothing, a link to what a tmpfs of the container lacks.
static void files_of_the_container(void) {
    struct agent agent = start();
    test_write(test_path("dns"), "nameserver 192.0.2.1\n");
    test_write(test_path("root/etc/hosts"), "of the image\n");
    CHECK(symlink("../run/systemd/stub.conf", test_path("root/etc/resolv.conf")) == 0);
    CHECK(mkdir(test_path("root/fixed"), 0755) == 0);
    CHECK(mount("t", test_path("root/fixed"), "tmpfs", MS_RDONLY, NULL) == 0);
    struct shell s = shell("/bin/busybox cat /etc/hosts /etc/resolv.conf /etc/hostname; [ -e /fixed/file ] || echo left out");
    char *words[] = {xstrdup("bind"), xstrdup("nofail")};
    char bind[] = "bind";
    grpc_Mount mounts[] = {
        {.destination = xstrdup("/run"), .source = xstrdup("t"), .type = xstrdup("tmpfs")},
        {.destination = xstrdup("/etc/hosts"), .source = test_path("dns"), .type = bind, .options_count = 2, .options = words},
        {.destination = xstrdup("/etc/resolv.conf"), .source = test_path("dns"), .type = bind, .options_count = 2, .options = words},
        {.destination = xstrdup("/etc/hostname"), .source = test_path("dns"), .type = bind, .options_count = 2, .options = words},
        {.destination = xstrdup("/fixed/file"), .source = test_path("dns"), .type = bind, .options_count = 2, .options = words},
    };
    s.request.OCI.Mounts_count = 5;
    s.request.OCI.Mounts = mounts;
    CHECK_TEXT(run(&agent, s), "nameserver 192.0.2.1\nnameserver 192.0.2.1\nnameserver 192.0.2.1\nleft out\n");
    CHECK_TEXT(test_read(test_path("root/etc/hosts")), "of the image\n");
}

// A link that leads to itself is no place for a mount.
static void mount_on_a_loop_of_links(void) {
    struct agent agent = start();
    test_write(test_path("dns"), "x\n");
    CHECK(symlink("loop", test_path("root/etc/loop")) == 0);
    struct shell s = shell("echo started");
    grpc_Mount mount = {.destination = xstrdup("/etc/loop"), .source = test_path("dns"), .type = xstrdup("bind")};
    s.request.OCI.Mounts_count = 1;
    s.request.OCI.Mounts = &mount;
    s.request.OCI.Process.Args = s.words;
    struct answer answer = call(&agent, "CreateContainer", grpc_CreateContainerRequest_fields, &s.request);
    CHECK_CONTAINS(answer.text, "/etc/loop");
    CHECK_INT(answer.code, RPC_INTERNAL);
}

// A link in an image may not carry a mount out of the root.
static void mount_through_a_link(void) {
    struct agent agent = start();
    CHECK(symlink("/../../../..", test_path("root/up")) == 0);
    struct shell s = shell("[ -d /landed ] && echo inside");
    grpc_Mount mounts[] = {
        {.destination = xstrdup("/proc"), .source = xstrdup("proc"), .type = xstrdup("proc")},
        {.destination = xstrdup("/up/landed"), .source = xstrdup("t"), .type = xstrdup("tmpfs")},
    };
    s.request.OCI.Mounts_count = 2;
    s.request.OCI.Mounts = mounts;
    CHECK_TEXT(run(&agent, s), "inside\n");
    CHECK(access("/landed", F_OK) < 0);
}

static void terminal(void) {
    struct agent agent = start();
    struct shell s = shell("/bin/busybox tty; /bin/busybox stty size; read line; /bin/busybox stty size; echo err >&2");
    s.request.OCI.Process.Terminal = true;
    s.request.OCI.Process.has_ConsoleSize = true;
    s.request.OCI.Process.ConsoleSize = (grpc_Box){.Height = 30, .Width = 90};
    create(&agent, &s);
    start_container(&agent);
    struct answer answer =
        CALL(&agent, "TtyWinResize", TtyWinResizeRequest, .container_id = id, .row = 70000, .column = 1);
    CHECK_INT(answer.code, RPC_INVALID_ARGUMENT);
    // "/dev/pts/0" and the first size come first; then the size changes.
    char seen[256] = "";
    while (strstr(seen, "30 90") == NULL) {
        struct view data = {0};
        grpc_ReadStreamRequest request = {.container_id = id, .len = 100};
        grpc_ReadStreamResponse response = {.data = {.funcs.decode = view_decode, .arg = &data}};
        answer = call(&agent, "ReadStdout", grpc_ReadStreamRequest_fields, &request);
        decode(&answer, grpc_ReadStreamResponse_fields, &response);
        CHECK(strlen(seen) + data.size < sizeof(seen));
        memcpy(seen + strlen(seen), data.data, data.size);
    }
    CHECK_CONTAINS(seen, "/dev/pts/0\r\n");
    answer = CALL(&agent, "TtyWinResize", TtyWinResizeRequest, .container_id = id, .row = 40, .column = 100);
    expect_ok(&answer);
    write_stdin(&agent, "x\n", 2);
    char *rest = read_all(&agent, "ReadStdout", no_id);
    CHECK_CONTAINS(rest, "40 100\r\n");
    CHECK_CONTAINS(rest, "err\r\n");
    CHECK_INT(wait_for(&agent, no_id), 0);
}

static void resize_without_terminal(void) {
    struct agent agent = start();
    struct shell s = shell("exec /bin/busybox sleep 100");
    create(&agent, &s);
    struct answer answer = CALL(&agent, "TtyWinResize", TtyWinResizeRequest, .container_id = id, .row = 1, .column = 1);
    CHECK_INT(answer.code, RPC_FAILED_PRECONDITION);
}

static void devices(void) {
    struct agent agent = start();
    struct shell s = shell("/bin/busybox stat -c '%F %t:%T' /dev/null /dev/zero /dev/full /dev/urandom /dev/tty /dev/mine; "
                           "/bin/busybox readlink /dev/fd; echo x >/dev/null && /bin/busybox head -c 3 /dev/zero | "
                           "/bin/busybox od -An -tx1");
    grpc_LinuxDevice mine = {.Path = xstrdup("/dev/mine"), .Type = xstrdup("c"), .Major = 1, .Minor = 3, .FileMode = 0600};
    s.request.OCI.has_Linux = true;
    s.request.OCI.Linux.Devices_count = 1;
    s.request.OCI.Linux.Devices = &mine;
    CHECK_TEXT(run(&agent, s), "character special file 1:3\ncharacter special file 1:5\ncharacter special file 1:7\n"
                               "character special file 1:9\ncharacter special file 5:0\ncharacter special file 1:3\n"
                               "/proc/self/fd\n 00 00 00\n");
}

static void nothing_of_the_agent_is_open(void) {
    struct agent agent = start();
    char *text = run(&agent, shell("for f in /proc/self/fd/*; do /bin/busybox readlink $f; done | /bin/busybox grep -c socket; true"));
    CHECK_TEXT(text, "0\n");
}

static void shared_pid_namespace(void) {
    struct agent agent = start();
    struct answer answer = CALL(&agent, "CreateSandbox", CreateSandboxRequest, .sandbox_pidns = true);
    expect_ok(&answer);
    struct shell s = shell("[ $$ != 1 ] && echo shared");
    s.request.sandbox_pidns = true;
    CHECK_TEXT(run(&agent, s), "shared\n");
}

static void sysctl_in_a_network_namespace(void) {
    struct agent agent = start();
    struct shell s = shell("cat /proc/sys/net/ipv4/ip_forward; /bin/busybox ls /sys/class/net");
    grpc_LinuxNamespace network = {.Type = xstrdup("network")};
    grpc_Linux_SysctlEntry entry = {.key = xstrdup("net.ipv4.ip_forward"), .value = xstrdup("1")};
    s.request.OCI.has_Linux = true;
    s.request.OCI.Linux.Namespaces_count = 1;
    s.request.OCI.Linux.Namespaces = &network;
    s.request.OCI.Linux.Sysctl_count = 1;
    s.request.OCI.Linux.Sysctl = &entry;
    char *text = run(&agent, s);
    CHECK(strncmp(text, "1\n", 2) == 0);
    CHECK_CONTAINS(text, "lo");
}

const struct test container_tests[] = {
    {"container: create, start, read, wait, remove", life, true},
    {"container: WriteStdin and CloseStdin, binary", standard_input, true},
    {"container: a read of length 0 is INVALID_ARGUMENT", read_of_length_zero, true},
    {"container: WaitProcess is answered when the process ends", wait_is_answered_later, true},
    {"container: a call's deadline", deadline_of_a_call, true},
    {"container: SignalProcess", signals, true},
    {"container: its files go with it", its_files_go_with_it, true},
    {"container: ExecProcess", exec_process, true},
    {"container: commands that cannot run", failures_to_start, true},
    {"container: a failed creation leaves nothing", failed_creation_leaves_nothing, true},
    {"container: DestroySandbox ends all", destroy_ends_all, true},
    {"container: 3 MB of output", much_output, true},
    {"inside: pid, mount, ipc and uts namespaces", own_namespaces, true},
    {"inside: the root", root_by_pivot, true},
    {"inside: the old root is gone", root_by_pivot_hides_the_host, true},
    {"inside: environment and working directory", environment_and_directory, true},
    {"inside: user by name, groups", user_by_name, true},
    {"inside: capabilities and no_new_privs", capabilities_and_no_new_privs, true},
    {"inside: limits", rlimits, true},
    {"inside: host name", host_name, true},
    {"inside: masked and read-only paths", masked_and_read_only, true},
    {"inside: read-only root", read_only_root, true},
    {"inside: listed mounts", listed_mounts, true},
    {"inside: files of the container over those of the image", files_of_the_container, true},
    {"inside: no mount on a loop of links", mount_on_a_loop_of_links, true},
    {"inside: a mount through a link stays inside", mount_through_a_link, true},
    {"inside: terminal and TtyWinResize", terminal, true},
    {"inside: TtyWinResize without a terminal", resize_without_terminal, true},
    {"inside: device nodes", devices, true},
    {"inside: no descriptor of the agent", nothing_of_the_agent_is_open, true},
    {"inside: shared pid namespace", shared_pid_namespace, true},
    {"inside: network namespace and sysctl", sysctl_in_a_network_namespace, true},
    {0},
};
