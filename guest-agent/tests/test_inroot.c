// SPDX-License-Identifier: Apache-2.0
// A container's paths and links do not lead out of its root.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "check.h"
#include "inroot.h"
#include "util.h"

static int open_root(void) {
    CHECK(mkdir(test_path("root"), 0700) == 0);
    CHECK(mkdir(test_path("root/etc"), 0700) == 0);
    test_write(test_path("root/etc/passwd"), "inside");
    test_write(test_path("secret"), "outside");
    int root = open(test_path("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(root >= 0);
    return root;
}

static void expect_inside(int fd, const char *path) {
    char link[64];
    char target[256] = "";
    CHECK(fd >= 0);
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    CHECK(readlink(link, target, sizeof(target) - 1) > 0);
    CHECK_TEXT(target, path);
    close(fd);
}

static void links_count_from_the_root(void) {
    int root = open_root();
    CHECK(symlink("/etc/passwd", test_path("root/absolute")) == 0);
    CHECK(symlink("../../../../etc/passwd", test_path("root/relative")) == 0);
    expect_inside(inroot_open(root, "/absolute"), test_path("root/etc/passwd"));
    expect_inside(inroot_open(root, "relative"), test_path("root/etc/passwd"));
    expect_inside(inroot_open(root, "/../../etc"), test_path("root/etc"));
    CHECK(inroot_open(root, "../secret") < 0);
    CHECK_INT(errno, ENOENT);
}

static void link_loops_end(void) {
    int root = open_root();
    CHECK(symlink("loop", test_path("root/loop")) == 0);
    CHECK(inroot_open(root, "/loop/x") < 0);
    CHECK_INT(errno, ELOOP);
    CHECK(inroot_make(root, "/loop/x", 1) < 0);
}

static void make_follows_links_inside(void) {
    int root = open_root();
    CHECK(symlink("/etc", test_path("root/link")) == 0);
    expect_inside(inroot_make(root, "/link/new/deep", 1), test_path("root/etc/new/deep"));
    expect_inside(inroot_make(root, "/link/file", 0), test_path("root/etc/file"));
    struct stat info;
    CHECK(stat(test_path("root/etc/file"), &info) == 0 && S_ISREG(info.st_mode));
    // What is there is taken as it is.
    expect_inside(inroot_make(root, "/etc/passwd", 0), test_path("root/etc/passwd"));
    CHECK_TEXT(test_read(test_path("root/etc/passwd")), "inside");
}

static void make_does_not_leave(void) {
    int root = open_root();
    CHECK(symlink("/../../outside", test_path("root/out")) == 0);
    CHECK(symlink(test_directory(), test_path("root/top")) == 0);
    (void)inroot_make(root, "/out/x", 1);
    (void)inroot_make(root, "/top/made", 1);
    CHECK(access(test_path("outside"), F_OK) < 0);
    CHECK(access(test_path("made"), F_OK) < 0);
    expect_inside(inroot_make(root, "../../../up", 1), test_path("root/up"));
}

static void beneath_refuses_to_leave(void) {
    int root = open_root();
    CHECK(symlink("..", test_path("root/up")) == 0);
    CHECK(symlink("/etc", test_path("root/absolute")) == 0);
    CHECK(symlink("etc", test_path("root/inside")) == 0);
    const char *name = NULL;
    CHECK(beneath_open(root, "../secret", O_RDONLY, 0) < 0);
    CHECK_INT(errno, EXDEV);
    CHECK(beneath_open(root, "/etc/passwd", O_RDONLY, 0) < 0);
    CHECK(beneath_make_parent(root, "up/file", 0700, &name) < 0);
    CHECK(beneath_make_parent(root, "absolute/file", 0700, &name) < 0);
    expect_inside(beneath_make_parent(root, "inside/a/b/file", 0700, &name), test_path("root/etc/a/b"));
    CHECK_TEXT(name, "file");
}

static void magic_links_are_refused(void) {
    int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(inroot_open(proc, "/self/root/etc") < 0);
    CHECK(beneath_open(proc, "self/cwd", O_RDONLY, 0) < 0);
}

static void empty_and_long_paths(void) {
    int root = open_root();
    const char *name = NULL;
    char path[5000];
    memset(path, 'a', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    CHECK(beneath_make_parent(root, "", 0700, &name) < 0);
    CHECK(beneath_make_parent(root, "///", 0700, &name) < 0);
    CHECK(inroot_make(root, path, 1) < 0);
    CHECK_INT(errno, ENAMETOOLONG);
    CHECK(inroot_make(root, "", 1) < 0);
}

static void parents(void) {
    CHECK(mkdir_parents(test_path("a/b/c"), 0700) == 0);
    CHECK(mkdir_parents(test_path("a/b/c"), 0700) == 0);
    CHECK(access(test_path("a/b/c"), F_OK) == 0);
    test_write(test_path("a/file"), "");
    CHECK(mkdir_parents(test_path("a/file/x"), 0700) < 0);
    CHECK_INT(errno, ENOTDIR);
}

const struct test inroot_tests[] = {
    {"inroot: links count from the container's root", links_count_from_the_root, false},
    {"inroot: link loops end", link_loops_end, false},
    {"inroot: making follows links inside", make_follows_links_inside, false},
    {"inroot: making does not leave", make_does_not_leave, false},
    {"inroot: beneath refuses to leave", beneath_refuses_to_leave, false},
    {"inroot: links of /proc are refused", magic_links_are_refused, false},
    {"inroot: empty and long paths", empty_and_long_paths, false},
    {"inroot: parents", parents, false},
    {0},
};
