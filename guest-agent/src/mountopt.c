// SPDX-License-Identifier: Apache-2.0
#include "mountopt.h"

#include <string.h>
#include <sys/mount.h>

static const struct {
    const char *word;
    bool clear;
    unsigned long flag;
} flag_words[] = {
    {"ro", false, MS_RDONLY},
    {"rw", true, MS_RDONLY},
    {"nosuid", false, MS_NOSUID},
    {"suid", true, MS_NOSUID},
    {"nodev", false, MS_NODEV},
    {"dev", true, MS_NODEV},
    {"noexec", false, MS_NOEXEC},
    {"exec", true, MS_NOEXEC},
    {"sync", false, MS_SYNCHRONOUS},
    {"async", true, MS_SYNCHRONOUS},
    {"dirsync", false, MS_DIRSYNC},
    {"remount", false, MS_REMOUNT},
    {"mand", false, MS_MANDLOCK},
    {"nomand", true, MS_MANDLOCK},
    {"noatime", false, MS_NOATIME},
    {"atime", true, MS_NOATIME},
    {"nodiratime", false, MS_NODIRATIME},
    {"diratime", true, MS_NODIRATIME},
    {"relatime", false, MS_RELATIME},
    {"norelatime", true, MS_RELATIME},
    {"strictatime", false, MS_STRICTATIME},
    {"nostrictatime", true, MS_STRICTATIME},
    {"iversion", false, MS_I_VERSION},
    {"lazytime", false, MS_LAZYTIME},
    {"silent", false, MS_SILENT},
    {"loud", true, MS_SILENT},
    {"defaults", true, 0},
};

static const struct {
    const char *word;
    unsigned long flags;
} propagation_words[] = {
    {"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},       {"slave", MS_SLAVE},
    {"rslave", MS_SLAVE | MS_REC}, {"shared", MS_SHARED},                   {"rshared", MS_SHARED | MS_REC},
    {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
};

unsigned long mount_propagation(const char *word) {
    for (size_t i = 0; i < sizeof(propagation_words) / sizeof(propagation_words[0]); i++) {
        if (strcmp(word, propagation_words[i].word) == 0) {
            return propagation_words[i].flags;
        }
    }
    return 0;
}

static bool parse_flag(struct mount_options *parsed, const char *word) {
    for (size_t i = 0; i < sizeof(flag_words) / sizeof(flag_words[0]); i++) {
        if (strcmp(word, flag_words[i].word) == 0) {
            if (flag_words[i].clear) {
                parsed->flags &= ~flag_words[i].flag;
            } else {
                parsed->flags |= flag_words[i].flag;
            }
            return true;
        }
    }
    if (strcmp(word, "bind") == 0 || strcmp(word, "rbind") == 0) {
        parsed->bind = true;
        parsed->flags |= MS_BIND | (word[0] == 'r' ? MS_REC : 0u);
        return true;
    }
    if (strcmp(word, "nofail") == 0) {
        parsed->nofail = true;
        return true;
    }
    unsigned long propagation = mount_propagation(word);
    if (propagation != 0) {
        parsed->propagation = propagation;
    }
    return propagation != 0;
}

int mount_options_parse(struct mount_options *parsed, char *const *words, size_t count, struct err *e) {
    size_t used = 0;
    memset(parsed, 0, sizeof(*parsed));
    for (size_t i = 0; i < count; i++) {
        const char *word = str(words[i]);
        if (word[0] == '\0' || parse_flag(parsed, word)) {
            continue;
        }
        size_t length = strlen(word);
        if (used + length + 2 > sizeof(parsed->data)) {
            return err_set(e, RPC_INVALID_ARGUMENT, "Mount options are too long");
        }
        if (used > 0) {
            parsed->data[used++] = ',';
        }
        memcpy(parsed->data + used, word, length + 1);
        used += length;
    }
    return 0;
}
