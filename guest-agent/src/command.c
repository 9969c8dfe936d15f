// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static char **make_environment(const grpc_Process *process, const char *home) {
    char **environment = xcalloc((size_t)process->Env_count + 2, sizeof(*environment));
    bool has_home = false;
    size_t count = 0;
    for (size_t i = 0; i < process->Env_count; i++) {
        environment[count] = process->Env[i];
        if (environment[count] != NULL) {
            has_home |= strncmp(environment[count], "HOME=", 5) == 0;
            count++;
        }
    }
    if (!has_home) {
        static char entry[300];
        (void)snprintf(entry, sizeof(entry), "HOME=%s", home);
        environment[count] = entry;
    }
    return environment;
}

static const char *search_path(char *const *environment) {
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, "PATH=", 5) == 0) {
            return *environment + 5;
        }
    }
    return DEFAULT_PATH;
}

// The errno of execve, with a directory told from a file without the x bit.
static int try_exec(const char *file, char *const *arguments, char *const *environment) {
    (void)execve(file, arguments, environment);
    int error = errno;
    struct stat info;
    if (error == EACCES && stat(file, &info) == 0 && S_ISDIR(info.st_mode)) {
        error = EISDIR;
    }
    return error;
}

// As execvp(3): goes on after "not found" and remembers "no permission", but runs no shell on ENOEXEC.
static int search_and_exec(char *const *arguments, char *const *environment) {
    const char *path = search_path(environment);
    int error = ENOENT;
    while (true) {
        size_t length = strcspn(path, ":");
        char file[PATH_MAX];
        int found = length == 0 ? format_path(file, sizeof(file), "%s", arguments[0])
                                : format_path(file, sizeof(file), "%.*s/%s", (int)length, path, arguments[0]);
        int reason = found < 0 ? errno : try_exec(file, arguments, environment);
        if (reason == EACCES || reason == EISDIR) {
            error = reason;
        } else if (reason != ENOENT && reason != ENOTDIR) {
            return reason;
        }
        if (path[length] == '\0') {
            return error;
        }
        path += length + 1;
    }
}

int command_exec(const grpc_Process *process, const char *home, struct err *e) {
    char **arguments = xcalloc((size_t)process->Args_count + 1, sizeof(*arguments));
    for (size_t i = 0; i < process->Args_count; i++) {
        arguments[i] = process->Args[i] != NULL ? process->Args[i] : xstrdup("");
    }
    char **environment = make_environment(process, home);
    int error;
    if (arguments[0][0] == '\0') {
        error = ENOENT;
    } else if (strchr(arguments[0], '/') != NULL) {
        error = try_exec(arguments[0], arguments, environment);
    } else {
        error = search_and_exec(arguments, environment);
    }
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return err_errno(e, RPC_NOT_FOUND, error, "Command not found: \"%.160s\"", arguments[0]);
    case EACCES:
    case EPERM:
    case EISDIR:
    case ENOEXEC:
    case ELIBBAD:
    case ETXTBSY:
        return err_errno(e, RPC_PERMISSION_DENIED, error, "Command is not executable: \"%.160s\"", arguments[0]);
    default:
        return err_errno(e, RPC_INTERNAL, error, "Cannot run command \"%.160s\"", arguments[0]);
    }
}
