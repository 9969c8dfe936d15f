// SPDX-License-Identifier: Apache-2.0
// Who a process runs as. Names are looked up in the container's own /etc/passwd and /etc/group.
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "launch.h"

#define MAX_FIELDS 7

// Splits "a:b:c" in place; the number of fields.
static size_t split(char *line, char *fields[MAX_FIELDS]) {
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    while (count < MAX_FIELDS) {
        fields[count++] = line;
        line = strchr(line, ':');
        if (line == NULL) {
            break;
        }
        *line++ = '\0';
    }
    return count;
}

static int parse_number(const char *text, uint32_t *number) {
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > UINT32_MAX) {
        return -1;
    }
    *number = (uint32_t)value;
    return 0;
}

// Finds the line whose field `column` is `key`; fields point into `line`.
static int find_line(const char *file, size_t column, const char *key, size_t least, char *line, size_t size,
                     char *fields[MAX_FIELDS]) {
    FILE *in = fopen(file, "re");
    if (in == NULL) {
        return -1;
    }
    int result = -1;
    while (result < 0 && fgets(line, (int)size, in) != NULL) {
        size_t count = split(line, fields);
        if (count >= least && column < count && strcmp(fields[column], key) == 0) {
            result = 0;
        }
    }
    (void)fclose(in);
    return result;
}

static int resolve_user(const char *name, struct identity *identity, struct err *e) {
    char line[1024];
    char *fields[MAX_FIELDS];
    bool numeric = parse_number(name, &identity->uid) == 0;
    if (find_line("/etc/passwd", 0, name, 6, line, sizeof(line), fields) == 0 ||
        (numeric && find_line("/etc/passwd", 2, name, 6, line, sizeof(line), fields) == 0)) {
        if (parse_number(fields[2], &identity->uid) == 0 && parse_number(fields[3], &identity->gid) == 0) {
            return 0;
        }
    }
    return numeric ? 0 : err_set(e, RPC_INVALID_ARGUMENT, "No user %.64s in /etc/passwd of the container", name);
}

static int resolve_group(const char *name, uint32_t *gid, struct err *e) {
    char line[1024];
    char *fields[MAX_FIELDS];
    if (parse_number(name, gid) == 0) {
        return 0;
    }
    if (find_line("/etc/group", 0, name, 3, line, sizeof(line), fields) == 0 && parse_number(fields[2], gid) == 0) {
        return 0;
    }
    return err_set(e, RPC_INVALID_ARGUMENT, "No group %.64s in /etc/group of the container", name);
}

static void find_home(struct identity *identity) {
    char key[16];
    char line[1024];
    char *fields[MAX_FIELDS];
    (void)snprintf(key, sizeof(key), "%u", identity->uid);
    const char *home = "/";
    if (find_line("/etc/passwd", 2, key, 6, line, sizeof(line), fields) == 0 && fields[5][0] == '/') {
        home = fields[5];
    }
    (void)snprintf(identity->home, sizeof(identity->home), "%s", home);
}

int user_resolve(const grpc_Process *process, const grpc_StringUser *text, struct identity *identity, struct err *e) {
    size_t named = text != NULL ? text->additionalGids_count : 0;
    if (process->has_User) {
        identity->uid = process->User.UID;
        identity->gid = process->User.GID;
    }
    size_t listed = process->has_User ? process->User.AdditionalGids_count : 0;
    identity->groups = xcalloc(listed + named, sizeof(uint32_t));
    for (size_t i = 0; i < listed; i++) {
        identity->groups[identity->group_count++] = process->User.AdditionalGids[i];
    }
    if (text != NULL && str(text->uid)[0] != '\0' && resolve_user(text->uid, identity, e) < 0) {
        return -1;
    }
    if (text != NULL && str(text->gid)[0] != '\0' && resolve_group(text->gid, &identity->gid, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < named; i++) {
        if (resolve_group(str(text->additionalGids[i]), &identity->groups[identity->group_count++], e) < 0) {
            return -1;
        }
    }
    find_home(identity);
    return 0;
}

int user_become(const struct identity *identity, const grpc_Process *process, struct err *e) {
    const grpc_LinuxCapabilities *capabilities = process->has_Capabilities ? &process->Capabilities : NULL;
    if (capabilities != NULL && caps_drop_bounding(capabilities, e) < 0) {
        return -1;
    }
    // Without this the change to another user would empty the permitted set before caps_apply has read its own.
    if (capabilities != NULL && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot keep capabilities");
    }
    if (setgroups(identity->group_count, identity->groups) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot set additional groups");
    }
    if (setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
        setresuid(identity->uid, identity->uid, identity->uid) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot become user %u, group %u", identity->uid, identity->gid);
    }
    if (capabilities != NULL && caps_apply(capabilities, e) < 0) {
        return -1;
    }
    if (process->NoNewPrivileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return err_errno(e, RPC_INTERNAL, errno, "Cannot set no_new_privs");
    }
    return 0;
}
