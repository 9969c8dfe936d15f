// SPDX-License-Identifier: Apache-2.0
// The parts that turn words into numbers.
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "cgroup.h"
#include "check.h"
#include "launch.h"
#include "mountopt.h"
#include "sandbox.h"

#define WORDS(...) ((char *[]){__VA_ARGS__}), sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)

static void mount_flags(void) {
    struct mount_options o;
    struct err e;
    CHECK(mount_options_parse(&o, WORDS("ro", "nosuid", "nodev", "noexec", "noatime"), &e) == 0);
    CHECK_INT(o.flags, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME);
    CHECK_TEXT(o.data, "");
    CHECK(!o.bind);
    // The last one of a pair counts.
    CHECK(mount_options_parse(&o, WORDS("ro", "rw", "suid", "nosuid"), &e) == 0);
    CHECK_INT(o.flags, MS_NOSUID);
    CHECK(mount_options_parse(&o, WORDS("rbind", "rslave", "ro"), &e) == 0);
    CHECK(o.bind);
    CHECK_INT(o.flags, MS_BIND | MS_REC | MS_RDONLY);
    CHECK_INT(o.propagation, MS_SLAVE | MS_REC);
    CHECK(mount_options_parse(&o, NULL, 0, &e) == 0);
    CHECK_INT(o.flags, 0);
    CHECK(mount_options_parse(&o, WORDS("defaults", "", NULL), &e) == 0);
    CHECK_TEXT(o.data, "");
}

static void mount_data(void) {
    struct mount_options o;
    struct err e;
    CHECK(mount_options_parse(&o, WORDS("mode=755", "ro", "size=64k"), &e) == 0);
    CHECK_TEXT(o.data, "mode=755,size=64k");
    CHECK_INT(o.flags, MS_RDONLY);
}

static void mount_data_limit(void) {
    struct mount_options o;
    struct err e = {0};
    char word[sizeof(o.data)];
    memset(word, 'x', sizeof(word));
    // One byte for the end of the text and one kept for a comma.
    word[sizeof(o.data) - 2] = '\0';
    CHECK(mount_options_parse(&o, WORDS(word), &e) == 0);
    CHECK_INT(strlen(o.data), sizeof(o.data) - 2);
    CHECK(mount_options_parse(&o, WORDS(word, "y"), &e) < 0);
    CHECK_INT(e.code, RPC_INVALID_ARGUMENT);
    word[sizeof(o.data) - 2] = 'x';
    word[sizeof(o.data) - 1] = '\0';
    CHECK(mount_options_parse(&o, WORDS(word), &e) < 0);
}

static void propagation_words(void) {
    CHECK_INT(mount_propagation("rprivate"), MS_PRIVATE | MS_REC);
    CHECK_INT(mount_propagation("shared"), MS_SHARED);
    CHECK_INT(mount_propagation("runbindable"), MS_UNBINDABLE | MS_REC);
    CHECK_INT(mount_propagation("ro"), 0);
    CHECK_INT(mount_propagation(""), 0);
}

static void container_ids(void) {
    char longest[MAX_ID_BYTES + 2];
    memset(longest, 'a', sizeof(longest));
    longest[MAX_ID_BYTES] = '\0';
    CHECK(id_valid("a") && id_valid("A9_.-z") && id_valid(longest));
    longest[MAX_ID_BYTES] = 'a';
    longest[MAX_ID_BYTES + 1] = '\0';
    CHECK(!id_valid(longest));
    CHECK(!id_valid("") && !id_valid(".") && !id_valid("..") && !id_valid("-a") && !id_valid("a/b"));
    CHECK(!id_valid("a b") && !id_valid("a\n") && !id_valid("\xc3\xa4"));
}

static struct identity resolve(const char *uid, const char *gid, int expected) {
    struct err e = {0};
    struct identity identity = {0};
    grpc_Process process = grpc_Process_init_zero;
    grpc_StringUser user = {.uid = xstrdup(uid), .gid = xstrdup(gid)};
    CHECK_INT(user_resolve(&process, &user, &identity, &e), expected);
    CHECK_INT(e.code, expected == 0 ? 0 : RPC_INVALID_ARGUMENT);
    return identity;
}

static void users(void) {
    struct identity root = resolve("root", "", 0);
    CHECK_INT(root.uid, 0);
    CHECK_INT(root.gid, 0);
    CHECK_TEXT(root.home, "/root");
    struct identity number = resolve("4294967295", "", 0);
    CHECK_INT(number.uid, UINT32_MAX);
    CHECK_TEXT(number.home, "/");
    CHECK_INT(resolve("12345", "678", 0).gid, 678);
    CHECK_INT(resolve("12345", "root", 0).gid, 0);
    (void)resolve("no-such-user", "", -1);
    (void)resolve("4294967296", "", -1);
    (void)resolve("-1", "", -1);
    (void)resolve("0x10", "", -1);
    (void)resolve(" 1", "", -1);
    (void)resolve("root", "no-such-group", -1);
}

static void numeric_user_and_groups(void) {
    struct err e = {0};
    struct identity identity = {0};
    uint32_t groups[] = {7, 8};
    char named[] = "root";
    char *more[] = {named};
    grpc_Process process = grpc_Process_init_zero;
    process.has_User = true;
    process.User = (grpc_User){.UID = 5, .GID = 6, .AdditionalGids_count = 2, .AdditionalGids = groups};
    grpc_StringUser user = {.additionalGids_count = 1, .additionalGids = more};
    CHECK(user_resolve(&process, &user, &identity, &e) == 0);
    CHECK_INT(identity.uid, 5);
    CHECK_INT(identity.gid, 6);
    CHECK_INT(identity.group_count, 3);
    CHECK(identity.groups[0] == 7 && identity.groups[1] == 8 && identity.groups[2] == 0);
}

static void unknown_capability(void) {
    struct err e = {0};
    grpc_LinuxCapabilities c = grpc_LinuxCapabilities_init_zero;
    char *words[] = {(char[]){"CAP_CHOWN"}, (char[]){"CAP_NOSUCH"}};
    c.Bounding = words;
    c.Bounding_count = 2;
    CHECK(caps_drop_bounding(&c, &e) < 0);
    CHECK_INT(e.code, RPC_INVALID_ARGUMENT);
    CHECK_CONTAINS(e.text, "CAP_NOSUCH");
    CHECK(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0) == 1 || getuid() != 0);
}

static void capability_sets(void) {
    struct err e = {0};
    char *two[] = {(char[]){"CAP_CHOWN"}, (char[]){"CAP_CHECKPOINT_RESTORE"}};
    grpc_LinuxCapabilities c = {.Bounding = two,        .Bounding_count = 2,  .Effective = two,   .Effective_count = 1,
                                .Inheritable = two,     .Inheritable_count = 1, .Permitted = two, .Permitted_count = 1,
                                .Ambient = two,         .Ambient_count = 1};
    CHECK(caps_drop_bounding(&c, &e) == 0);
    CHECK_INT(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0), 1);
    CHECK_INT(prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0), 0);
    CHECK(caps_apply(&c, &e) == 0);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    CHECK_INT(data[0].effective, 1);
    CHECK_INT(data[0].permitted, 1);
    CHECK_INT(data[0].inheritable, 1);
    CHECK_INT(data[1].effective | data[1].permitted | data[1].inheritable, 0);
    CHECK_INT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 1);
}

static int limit(const char *type, uint64_t soft, uint64_t hard, struct err *e) {
    grpc_POSIXRlimit wanted = {.Type = xstrdup(type), .Soft = soft, .Hard = hard};
    grpc_Process process = grpc_Process_init_zero;
    process.Rlimits = &wanted;
    process.Rlimits_count = 1;
    return limits_apply(&process, e);
}

static void limits(void) {
    struct err e = {0};
    struct rlimit now;
    CHECK(limit("RLIMIT_NOFILE", 64, 128, &e) == 0);
    CHECK(getrlimit(RLIMIT_NOFILE, &now) == 0);
    CHECK_INT(now.rlim_cur, 64);
    CHECK_INT(now.rlim_max, 128);
    CHECK(limit("RLIMIT_CORE", 0, 0, &e) == 0);
    CHECK(getrlimit(RLIMIT_CORE, &now) == 0);
    CHECK_INT(now.rlim_max, 0);
    CHECK(limit("RLIMIT_NOSUCH", 1, 1, &e) < 0);
    CHECK_INT(e.code, RPC_INVALID_ARGUMENT);
    CHECK(limit("", 1, 1, &e) < 0);
    CHECK(limit("RLIMIT_NOFILE", 2, 1, &e) < 0);
    CHECK_CONTAINS(e.text, "EINVAL");
}

// A folder stands for the cgroup mount: what the agent writes shows in its files.
static void cgroup_values(void) {
    static const char *const files[] = {"memory.max", "memory.low", "memory.swap.max", "cpu.weight",
                                        "cpu.max",    "cpuset.cpus", "pids.max"};
    CHECK(mkdir(test_path("c1"), 0700) == 0);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/c1/%s", test_directory(), files[i]);
        test_write(path, "");
    }
    char cpus[] = "0-1";
    grpc_Linux l = grpc_Linux_init_zero;
    l.has_Resources = true;
    l.Resources.has_Memory = true;
    l.Resources.Memory = (grpc_LinuxMemory){.Limit = 1 << 20, .Reservation = 4096, .Swap = 3 << 20};
    l.Resources.has_CPU = true;
    l.Resources.CPU = (grpc_LinuxCPU){.Shares = 1024, .Quota = 50000, .Cpus = cpus};
    l.Resources.has_Pids = true;
    l.Resources.Pids.Limit = 33;
    struct err e = {0};
    char *directory = cgroup_create(test_directory(), "c1", &l, &e);
    CHECK_TEXT(e.text, "");
    CHECK_TEXT(directory, test_path("c1"));
    CHECK_TEXT(test_read(test_path("c1/memory.max")), "1048576");
    CHECK_TEXT(test_read(test_path("c1/memory.low")), "4096");
    CHECK_TEXT(test_read(test_path("c1/memory.swap.max")), "2097152");
    CHECK_TEXT(test_read(test_path("c1/cpu.weight")), "39");
    CHECK_TEXT(test_read(test_path("c1/cpu.max")), "50000 100000");
    CHECK_TEXT(test_read(test_path("c1/cpuset.cpus")), "0-1");
    CHECK_TEXT(test_read(test_path("c1/pids.max")), "33");
}

static void cgroup_paths(void) {
    struct err e = {0};
    grpc_Linux l = grpc_Linux_init_zero;
    l.CgroupsPath = xstrdup("/pods/one");
    CHECK_TEXT(cgroup_create(test_directory(), "c1", &l, &e), test_path("pods/one"));
    l.CgroupsPath = xstrdup("system.slice:kata:c1");
    CHECK_TEXT(cgroup_create(test_directory(), "c1", &l, &e), test_path("system.slice/kata-c1"));
    l.CgroupsPath = xstrdup("");
    CHECK_TEXT(cgroup_create(test_directory(), "c2", &l, &e), test_path("c2"));
    static const char *const outside[] = {"..", "../x", "a/../../x", "/../x", "a/.."};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        l.CgroupsPath = xstrdup(outside[i]);
        CHECK(cgroup_create(test_directory(), "c1", &l, &e) == NULL);
        CHECK_INT(e.code, RPC_INVALID_ARGUMENT);
    }
    l.CgroupsPath = xstrdup("c3");
    l.has_Resources = true;
    l.Resources.has_Memory = true;
    l.Resources.Memory = (grpc_LinuxMemory){.Limit = 2 << 20, .Swap = 1 << 20};
    CHECK(mkdir(test_path("c3"), 0700) == 0);
    test_write(test_path("c3/memory.max"), "");
    CHECK(cgroup_create(test_directory(), "c3", &l, &e) == NULL);
    CHECK_CONTAINS(e.text, "below the memory limit");
}

static void errors(void) {
    struct err e;
    char path[sizeof(e.text) * 2];
    memset(path, 'p', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    CHECK(err_errno(&e, RPC_INTERNAL, ENOENT, "Cannot open %s", path) < 0);
    // The reason survives a text that is too long.
    CHECK_CONTAINS(e.text, ": ENOENT");
    CHECK_TEXT(errno_name(EROFS), "EROFS");
    CHECK_TEXT(errno_name(4711), "errno 4711");
    char buffer[4];
    CHECK(format_path(buffer, sizeof(buffer), "%s", "abc") == 0);
    CHECK(format_path(buffer, sizeof(buffer), "%s", "abcd") < 0);
    CHECK_INT(errno, ENAMETOOLONG);
}

const struct test parse_tests[] = {
    {"parse: mount options as flags", mount_flags, false},
    {"parse: mount options for the file system", mount_data, false},
    {"parse: limit of mount options", mount_data_limit, false},
    {"parse: propagation", propagation_words, false},
    {"parse: ids", container_ids, false},
    {"parse: users and groups by name and number", users, false},
    {"parse: additional groups", numeric_user_and_groups, false},
    {"parse: an unknown capability changes nothing", unknown_capability, false},
    {"parse: capability sets", capability_sets, true},
    {"parse: limits", limits, false},
    {"parse: cgroup values", cgroup_values, false},
    {"parse: cgroup paths", cgroup_paths, false},
    {"parse: error texts", errors, false},
    {0},
};
