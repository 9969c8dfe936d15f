// SPDX-License-Identifier: Apache-2.0
// What POSIX and Linux promise of a file system, checked call by call in the directory given. Prints a line for each failure and a count; the exit code
// is 1 when anything failed. Run as root: permission checks are made as user 65534.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int checks;
static int failures;

// The condition holds.
#define CHECK(condition)                                                                                                                       \
    do {                                                                                                                                       \
        checks++;                                                                                                                              \
        if (!(condition)) {                                                                                                                    \
            failures++;                                                                                                                        \
            printf("FAIL line %d: %s (errno %d)\n", __LINE__, #condition, errno);                                                              \
        }                                                                                                                                      \
    } while (0)

// The call fails with the errno.
#define FAILS(call, error)                                                                                                                     \
    do {                                                                                                                                       \
        checks++;                                                                                                                              \
        errno = 0;                                                                                                                             \
        long result_ = (long)(call);                                                                                                           \
        if (result_ != -1 || errno != (error)) {                                                                                               \
            failures++;                                                                                                                        \
            printf("FAIL line %d: %s gave %ld, errno %d instead of %d\n", __LINE__, #call, result_, errno, (error));                           \
        }                                                                                                                                      \
    } while (0)

static int make(const char *path, mode_t mode) {
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);
    CHECK(fd >= 0);
    return fd;
}

static void make_closed(const char *path, mode_t mode) { close(make(path, mode)); }

static struct stat look(const char *path) {
    struct stat info;
    memset(&info, 0, sizeof(info));
    CHECK(lstat(path, &info) == 0);
    return info;
}

// Runs a part as another user in a child, whose failures count here.
static void as_user(uid_t uid, gid_t gid, void (*part)(void)) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        failures = 0;
        if (syscall(SYS_setgroups, 0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0) {
            _exit(100);
        }
        part();
        fflush(stdout);
        _exit(failures > 99 ? 99 : failures);
    }
    int status = 0;
    waitpid(child, &status, 0);
    checks++;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        failures += WIFEXITED(status) ? WEXITSTATUS(status) : 1;
        printf("FAIL child ended with %#x\n", status);
    }
}

static void opens(void) {
    char name[300];
    memset(name, 'n', sizeof(name));
    name[255] = '\0';
    make_closed("a", 0644);
    FAILS(open("a", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
    FAILS(open("none", O_RDONLY), ENOENT);
    FAILS(open("a/b", O_RDONLY), ENOTDIR);
    FAILS(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
    FAILS(open(".", O_WRONLY), EISDIR);
    make_closed(name, 0600);
    CHECK(unlink(name) == 0);
    name[255] = 'n';
    name[256] = '\0';
    FAILS(open(name, O_CREAT | O_RDWR, 0644), ENAMETOOLONG);
    FAILS(mkdir(name, 0755), ENAMETOOLONG);
    CHECK(symlink("loop2", "loop1") == 0 && symlink("loop1", "loop2") == 0);
    FAILS(open("loop1", O_RDONLY), ELOOP);
    CHECK(symlink("a", "link") == 0);
    FAILS(open("link", O_RDONLY | O_NOFOLLOW), ELOOP);
    int fd = open("link", O_RDWR);
    CHECK(fd >= 0 && write(fd, "12345", 5) == 5);
    close(fd);
    CHECK(look("a").st_size == 5 && look("link").st_size == 1 && S_ISLNK(look("link").st_mode));
    fd = open("a", O_RDWR | O_TRUNC);
    CHECK(fd >= 0 && look("a").st_size == 0);
    close(fd);
    FAILS(open("link", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
}

static void directories(void) {
    CHECK(mkdir("d", 0777) == 0 && (look("d").st_mode & 07777) == 0755);
    CHECK(look("d").st_nlink == 2);
    CHECK(mkdir("d/e", 0700) == 0 && look("d").st_nlink == 3);
    FAILS(mkdir("d", 0755), EEXIST);
    FAILS(mkdir("none/d", 0755), ENOENT);
    FAILS(rmdir("d"), ENOTEMPTY);
    FAILS(rmdir("d/."), EINVAL);
    FAILS(unlink("d"), EISDIR);
    make_closed("d/f", 0644);
    FAILS(rmdir("d/f"), ENOTDIR);
    CHECK(unlink("d/f") == 0 && rmdir("d/e") == 0 && rmdir("d") == 0);
    FAILS(rmdir("d"), ENOENT);
}

static int count(DIR *dir, bool types) {
    int n = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        n++;
        if (types && entry->d_name[0] == 'f') {
            CHECK(entry->d_type == DT_REG && entry->d_ino != 0);
        }
    }
    return n;
}

static void listings(void) {
    char name[32];
    CHECK(mkdir("many", 0755) == 0);
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof(name), "many/f%d", i);
        make_closed(name, 0644);
    }
    DIR *dir = opendir("many");
    CHECK(count(dir, true) == 602);
    rewinddir(dir);
    for (int i = 0; i < 100; i++) {
        CHECK(readdir(dir) != NULL);
    }
    long place = telldir(dir);
    int rest = count(dir, false);
    seekdir(dir, place);
    CHECK(rest == 502 && count(dir, false) == rest);
    rewinddir(dir);
    // Entries are removed while the directory is read: each is seen once.
    int removed = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] == 'f') {
            CHECK(unlinkat(dirfd(dir), entry->d_name, 0) == 0);
            removed++;
        }
    }
    CHECK(removed == 600);
    closedir(dir);
    CHECK(rmdir("many") == 0);
}

static void links(void) {
    make_closed("l1", 0644);
    CHECK(link("l1", "l2") == 0 && look("l1").st_nlink == 2 && look("l1").st_ino == look("l2").st_ino);
    FAILS(link("l1", "l2"), EEXIST);
    CHECK(mkdir("ld", 0755) == 0);
    FAILS(link("ld", "ld2"), EPERM);
    int fd = open("l1", O_RDWR);
    CHECK(unlink("l1") == 0 && unlink("l2") == 0);
    struct stat info;
    CHECK(fstat(fd, &info) == 0 && info.st_nlink == 0);
    char text[4] = "";
    CHECK(pwrite(fd, "abc", 3, 0) == 3 && pread(fd, text, 3, 0) == 3 && strcmp(text, "abc") == 0);
    CHECK(fchmod(fd, 0600) == 0 && ftruncate(fd, 1) == 0 && fstat(fd, &info) == 0 && info.st_size == 1 && (info.st_mode & 0777) == 0600);
    close(fd);
    char target[64];
    CHECK(symlink("some/where", "sym") == 0 && readlink("sym", target, sizeof(target)) == 10);
    FAILS(readlink("ld", target, sizeof(target)), EINVAL);
    CHECK(linkat(AT_FDCWD, "sym", AT_FDCWD, "sym2", 0) == 0 && S_ISLNK(look("sym2").st_mode));
    CHECK(rmdir("ld") == 0);
}

static void renames(void) {
    make_closed("r1", 0644);
    make_closed("r2", 0600);
    ino_t first = look("r1").st_ino;
    CHECK(rename("r1", "r2") == 0 && look("r2").st_ino == first);
    FAILS(rename("r1", "r3"), ENOENT);
    CHECK(mkdir("rd", 0755) == 0 && mkdir("rd/sub", 0755) == 0 && mkdir("re", 0755) == 0);
    FAILS(rename("rd", "rd/sub/x"), EINVAL);
    FAILS(rename("r2", "re"), EISDIR);
    FAILS(rename("re", "r2"), ENOTDIR);
    FAILS(rename("re", "rd"), ENOTEMPTY);
    CHECK(rename("rd/sub", "re") == 0);
    CHECK(rename("r2", "rd/r2") == 0 && rename("rd/r2", "rd/r4") == 0 && look("rd/r4").st_ino == first);
    make_closed("r5", 0644);
    FAILS(syscall(SYS_renameat2, AT_FDCWD, "r5", AT_FDCWD, "rd/r4", RENAME_NOREPLACE), EEXIST);
    CHECK(syscall(SYS_renameat2, AT_FDCWD, "r5", AT_FDCWD, "rd/r4", RENAME_EXCHANGE) == 0 && look("r5").st_ino == first);
    CHECK(syscall(SYS_renameat2, AT_FDCWD, "rd", AT_FDCWD, "re", RENAME_EXCHANGE) == 0 && look("re/r4").st_size == 0);
    // An open file keeps its name's changes.
    int fd = open("r5", O_RDWR);
    CHECK(rename("r5", "r6") == 0 && write(fd, "x", 1) == 1 && look("r6").st_size == 1);
    close(fd);
}

static void attributes(void) {
    int fd = make("at", 0666);
    CHECK((look("at").st_mode & 07777) == 0644);
    struct timespec times[2] = {{1000000000, 123456789}, {1500000000, 987654321}};
    CHECK(futimens(fd, times) == 0);
    CHECK(look("at").st_atim.tv_nsec == 123456789 && look("at").st_mtim.tv_sec == 1500000000 && look("at").st_mtim.tv_nsec == 987654321);
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_nsec = UTIME_NOW;
    CHECK(utimensat(AT_FDCWD, "at", times, 0) == 0 && look("at").st_atim.tv_nsec == 123456789 && look("at").st_mtim.tv_sec > 1600000000);
    struct timespec before = look("at").st_ctim;
    CHECK(chmod("at", 04755) == 0 && (look("at").st_mode & 07777) == 04755);
    struct timespec after = look("at").st_ctim;
    CHECK(after.tv_sec > before.tv_sec || (after.tv_sec == before.tv_sec && after.tv_nsec >= before.tv_nsec));
    CHECK(chown("at", 65534, 65533) == 0 && look("at").st_uid == 65534 && look("at").st_gid == 65533);
    CHECK((look("at").st_mode & 07000) == 0);
    CHECK(symlink("at", "atl") == 0 && lchown("atl", 12, 13) == 0 && look("atl").st_uid == 12 && look("at").st_uid == 65534);
    struct statx info;
    CHECK(statx(AT_FDCWD, "at", 0, STATX_BASIC_STATS | STATX_BTIME, &info) == 0);
    CHECK((info.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS && info.stx_uid == 65534);
    struct statvfs space;
    CHECK(statvfs(".", &space) == 0 && space.f_blocks > 0 && space.f_namemax == 255);
    close(fd);
}

static void sizes(void) {
    char data[8192];
    int fd = make("sz", 0644);
    memset(data, 'x', sizeof(data));
    CHECK(pwrite(fd, data, 4096, 0) == 4096 && ftruncate(fd, 10) == 0 && ftruncate(fd, 8192) == 0);
    CHECK(pread(fd, data, 8192, 0) == 8192 && data[9] == 'x' && data[10] == 0 && data[4095] == 0 && data[8191] == 0);
    CHECK(pread(fd, data, 100, 8192) == 0 && pread(fd, data, 100, 8190) == 2);
    FAILS(ftruncate(fd, -1), EINVAL);
    FAILS(truncate(".", 0), EISDIR);
    CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, "x", 1, 3 << 20) == 1);
    CHECK(look("sz").st_size == (3 << 20) + 1);
    CHECK(lseek(fd, 0, SEEK_DATA) > 0 && lseek(fd, 0, SEEK_HOLE) == 0);
    FAILS(lseek(fd, 4 << 20, SEEK_DATA), ENXIO);
    CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 4 << 20, 4096) == 0 && look("sz").st_size == (3 << 20) + 1);
    CHECK(fallocate(fd, 0, 0, 4 << 20) == 0 && look("sz").st_size == 4 << 20);
    CHECK(pwrite(fd, data, 8192, 0) == 8192 && fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096) == 0);
    memset(data, 'y', sizeof(data));
    CHECK(pread(fd, data, 4096, 4096) == 4096 && data[0] == 0 && data[4095] == 0);
    int other = make("sz2", 0644);
    loff_t from = 0;
    loff_t to = 5;
    CHECK(pwrite(fd, "copied", 6, 0) == 6 && copy_file_range(fd, &from, other, &to, 6, 0) == 6 && look("sz2").st_size == 11);
    CHECK(pread(other, data, 6, 5) == 6 && memcmp(data, "copied", 6) == 0);
    close(other);
    int first = open("app", O_CREAT | O_WRONLY | O_APPEND, 0644);
    int second = open("app", O_WRONLY | O_APPEND);
    CHECK(write(first, "1", 1) == 1 && write(second, "2", 1) == 1 && write(first, "3", 1) == 1 && look("app").st_size == 3);
    close(first);
    close(second);
    CHECK(fsync(fd) == 0 && fdatasync(fd) == 0 && syncfs(fd) == 0);
    int value;
    FAILS(ioctl(fd, TCGETS, &value), ENOTTY);
    close(fd);
    int unnamed = open(".", O_TMPFILE | O_RDWR, 0640);
    CHECK(unnamed >= 0 && write(unnamed, "tmp", 3) == 3);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", unnamed);
    CHECK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW) == 0 && look("named").st_size == 3);
    close(unnamed);
}

static void mappings(void) {
    int fd = make("map", 0644);
    CHECK(ftruncate(fd, 3 * 4096) == 0);
    char *map = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED);
    if (map != MAP_FAILED) {
        char text[6] = "";
        memcpy(map + 4090, "hello, mapping", 14);
        CHECK(pread(fd, text, 5, 4090) == 5 && strcmp(text, "hello") == 0);
        CHECK(pwrite(fd, "HELLO", 5, 4090) == 5 && memcmp(map + 4090, "HELLO, mapping", 14) == 0);
        CHECK(msync(map, 3 * 4096, MS_SYNC) == 0);
        int other = open("map", O_RDONLY);
        char *copy = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, other, 4096);
        CHECK(copy != MAP_FAILED && memcmp(copy, " mapping", 8) == 0);
        munmap(copy, 4096);
        close(other);
        munmap(map, 3 * 4096);
    }
    close(fd);
}

static void special(void) {
    CHECK(mkfifo("fifo", 0644) == 0 && S_ISFIFO(look("fifo").st_mode));
    pid_t child = fork();
    if (child == 0) {
        int out = open("fifo", O_WRONLY);
        _exit(write(out, "through", 7) == 7 ? 0 : 1);
    }
    char text[8] = "";
    int in = open("fifo", O_RDONLY);
    CHECK(in >= 0 && read(in, text, 7) == 7 && strcmp(text, "through") == 0);
    close(in);
    waitpid(child, NULL, 0);
    CHECK(mknod("null", S_IFCHR | 0666, makedev(1, 3)) == 0);
    struct stat info = look("null");
    CHECK(S_ISCHR(info.st_mode) && major(info.st_rdev) == 1 && minor(info.st_rdev) == 3);
    CHECK(mknod("big", S_IFBLK | 0600, makedev(259, 70000)) == 0 && minor(look("big").st_rdev) == 70000 && major(look("big").st_rdev) == 259);
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "sock"};
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(server, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(server, 1) == 0 && S_ISSOCK(look("sock").st_mode));
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
    close(client);
    close(server);
}

static void extended(void) {
    char value[64];
    make_closed("xa", 0644);
    CHECK(setxattr("xa", "user.one", "1", 1, XATTR_CREATE) == 0);
    FAILS(setxattr("xa", "user.one", "2", 1, XATTR_CREATE), EEXIST);
    FAILS(setxattr("xa", "user.two", "2", 1, XATTR_REPLACE), ENODATA);
    CHECK(setxattr("xa", "user.two", "twenty", 6, 0) == 0);
    CHECK(getxattr("xa", "user.two", NULL, 0) == 6 && getxattr("xa", "user.two", value, sizeof(value)) == 6 && memcmp(value, "twenty", 6) == 0);
    FAILS(getxattr("xa", "user.two", value, 2), ERANGE);
    FAILS(getxattr("xa", "user.none", value, 2), ENODATA);
    CHECK(listxattr("xa", value, sizeof(value)) >= 18 && removexattr("xa", "user.one") == 0);
    FAILS(removexattr("xa", "user.one"), ENODATA);
    CHECK(setxattr("xa", "trusted.mark", "t", 1, 0) == 0);
}

static void user_part(void) {
    FAILS(open("secret", O_RDONLY), EACCES);
    FAILS(open("secret", O_RDWR), EACCES);
    CHECK(open("public", O_RDONLY) >= 0);
    FAILS(open("public", O_RDWR), EACCES);
    FAILS(open("new", O_CREAT | O_RDWR, 0644), EACCES);
    FAILS(mkdir("newdir", 0755), EACCES);
    FAILS(unlink("public"), EACCES);
    FAILS(chmod("public", 0777), EPERM);
    FAILS(chown("public", 65534, -1), EPERM);
    FAILS(truncate("public", 0), EACCES);
    FAILS(unlink("sticky/roots"), EPERM);
    FAILS(rename("sticky/roots", "sticky/mine"), EPERM);
    FAILS(open("closed/inside", O_RDONLY), EACCES);
    FAILS(mknod("open/null", S_IFCHR | 0666, makedev(1, 3)), EPERM);
    int fd = make("open/mine", 0666);
    struct stat info = look("open/mine");
    CHECK(info.st_uid == 65534 && info.st_gid == 65534 && (info.st_mode & 07777) == 0644);
    CHECK(fchmod(fd, 0600) == 0 && write(fd, "x", 1) == 1);
    close(fd);
    make_closed("team/file", 0644);
    CHECK(look("team/file").st_gid == 4242 && look("team/file").st_uid == 65534);
    CHECK(mkdir("team/dir", 0755) == 0 && look("team/dir").st_gid == 4242 && (look("team/dir").st_mode & S_ISGID) != 0);
    // A write by somebody who is not privileged clears set-id bits.
    fd = open("tool", O_WRONLY);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1);
    close(fd);
    CHECK((look("tool").st_mode & 06000) == 0);
}

static void permissions(void) {
    make_closed("secret", 0600);
    make_closed("public", 0644);
    CHECK(mkdir("sticky", 0755) == 0 && chmod("sticky", 01777) == 0 && mkdir("open", 0755) == 0 && chmod("open", 0777) == 0);
    make_closed("sticky/roots", 0666);
    CHECK(mkdir("closed", 0700) == 0 && mkdir("team", 0755) == 0 && chown("team", 0, 4242) == 0 && chmod("team", 02777) == 0);
    make_closed("closed/inside", 0666);
    make_closed("tool", 0755);
    CHECK(chmod("tool", 06777) == 0);
    as_user(65534, 65534, user_part);
    umask(077);
    make_closed("masked", 0666);
    CHECK((look("masked").st_mode & 0777) == 0600);
    umask(022);
}

static int lock(int fd, int command, short type, off_t start, off_t length) {
    struct flock wanted = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &wanted);
}

static void locks(void) {
    int fd = make("lock", 0644);
    int ready[2];
    int go[2];
    char byte;
    CHECK(pipe(ready) == 0 && pipe(go) == 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int own = open("lock", O_RDWR);
        bool fine = lock(own, F_SETLK, F_WRLCK, 0, 10) == 0 && flock(own, LOCK_EX) == 0 && write(ready[1], "r", 1) == 1 &&
                    read(go[0], &byte, 1) == 1;
        _exit(fine ? 0 : 1);
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    FAILS(lock(fd, F_SETLK, F_WRLCK, 5, 1), EAGAIN);
    FAILS(lock(fd, F_SETLK, F_RDLCK, 0, 0), EAGAIN);
    CHECK(lock(fd, F_SETLK, F_WRLCK, 10, 10) == 0);
    FAILS(flock(fd, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    struct flock found = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    CHECK(fcntl(fd, F_GETLK, &found) == 0 && found.l_type == F_WRLCK && found.l_start == 0 && found.l_len == 10);
    CHECK(write(go[1], "g", 1) == 1);
    // Both wait for the child's end.
    CHECK(lock(fd, F_SETLKW, F_WRLCK, 0, 10) == 0);
    CHECK(flock(fd, LOCK_EX) == 0);
    int status = 1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
    close(fd);
}

int main(int argc, char **argv) {
    if (argc != 2 || chdir(argv[1]) < 0) {
        printf("usage: posixcheck DIRECTORY\n");
        return 2;
    }
    umask(022);
    opens();
    directories();
    listings();
    links();
    renames();
    attributes();
    sizes();
    mappings();
    special();
    extended();
    permissions();
    locks();
    printf("%d checks, %d failures\n", checks, failures);
    return failures != 0;
}
