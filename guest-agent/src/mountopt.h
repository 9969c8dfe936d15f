// SPDX-License-Identifier: Apache-2.0
// Mount options as words (mount(8), OCI config.md "Mounts").
#ifndef AGENT_MOUNTOPT_H
#define AGENT_MOUNTOPT_H

#include "util.h"

struct mount_options {
    unsigned long flags;       // MS_... without propagation
    unsigned long propagation; // MS_PRIVATE, MS_SLAVE ... with MS_REC, or 0
    bool bind;
    bool nofail; // left out when there is nothing to mount it on, and nothing may be made
    char data[2048]; // words for the file system, separated by commas
};

int mount_options_parse(struct mount_options *parsed, char *const *words, size_t count, struct err *e);
// MS_... of one propagation word, 0 when it is none.
unsigned long mount_propagation(const char *word);

#endif
