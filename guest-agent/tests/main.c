// SPDX-License-Identifier: Apache-2.0
// Runs the tests, or those whose name contains the argument. Exit status 1 when one failed.
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "check.h"

#define TEST_SECONDS 60

static char directory[64];

_Noreturn void check_failed(const char *file, int line, const char *format, ...) {
    char text[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    for (char *p = text; *p != '\0'; p++) {
        *p = *p == '\n' ? ' ' : *p;
    }
    (void)printf("# %s:%d: %s\n", file, line, text);
    (void)fflush(stdout);
    _exit(1);
}

const char *test_directory(void) {
    return directory;
}

char *test_path(const char *name) {
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    CHECK(path != NULL);
    (void)snprintf(path, size, "%s/%s", directory, name);
    return path;
}

void test_write(const char *path, const char *text) {
    FILE *out = fopen(path, "we");
    CHECK(out != NULL);
    CHECK(fputs(text, out) >= 0);
    CHECK(fclose(out) == 0);
}

char *test_read(const char *path) {
    char *text = calloc(1, 4096);
    FILE *in = fopen(path, "re");
    CHECK(in != NULL);
    (void)!fread(text, 1, 4095, in);
    (void)fclose(in);
    return text;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where) {
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

// Agents, their containers and the pause process of a shared namespace: orphans come to this process, their subreaper.
static void end_leftovers(void) {
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    do {
        char *list = test_read(path);
        char *rest = NULL;
        for (char *pid = strtok_r(list, " ", &rest); pid != NULL; pid = strtok_r(NULL, " ", &rest)) {
            (void)kill((pid_t)strtol(pid, NULL, 10), SIGKILL);
        }
        free(list);
    } while (waitpid(-1, NULL, 0) > 0);
}

static bool run_test(const struct test *test) {
    (void)snprintf(directory, sizeof(directory), "/tmp/jvmm-agent-test-XXXXXX");
    CHECK(mkdtemp(directory) != NULL);
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(TEST_SECONDS);
        test->run();
        (void)fflush(stdout);
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    end_leftovers();
    (void)nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    if (WIFSIGNALED(status)) {
        (void)printf("# ended by signal %d\n", WTERMSIG(status));
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv) {
    const struct test *const suites[] = {frame_tests,  rpc_tests,       parse_tests,
                                         inroot_tests, container_tests, net_tests,   fuzz_tests};
    const char *filter = argc > 1 ? argv[1] : "";
    int number = 0;
    int failed = 0;
    int skipped = 0;
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)printf("TAP version 13\n");
    for (size_t s = 0; s < sizeof(suites) / sizeof(suites[0]); s++) {
        for (const struct test *test = suites[s]; test->name != NULL; test++) {
            if (strstr(test->name, filter) == NULL) {
                continue;
            }
            number++;
            if (test->needs_root && getuid() != 0) {
                skipped++;
                (void)printf("ok %d - %s # SKIP needs root: it makes namespaces and mounts\n", number, test->name);
                continue;
            }
            bool good = run_test(test);
            failed += good ? 0 : 1;
            (void)printf("%s %d - %s\n", good ? "ok" : "not ok", number, test->name);
        }
    }
    (void)printf("1..%d\n# %d passed, %d failed, %d skipped\n", number, number - failed - skipped, failed, skipped);
    return failed == 0 && number > 0 ? 0 : 1;
}
