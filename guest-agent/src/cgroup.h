// SPDX-License-Identifier: Apache-2.0
// Control groups, version 2 only.
#ifndef AGENT_CGROUP_H
#define AGENT_CGROUP_H

#include "oci.pb.h"
#include "util.h"

// Turns the controllers of a cgroup on for its children; missing ones stay off.
void cgroup_enable_controllers(const char *directory);
// Makes the cgroup of a container with its limits; the directory returned is the caller's to free, NULL is an error.
char *cgroup_create(const char *root, const char *container_id, const grpc_Linux *linux_spec, struct err *e);
// Descriptor of its cgroup.procs, or -1 with errno.
int cgroup_open_procs(const char *directory);
// Kills every process in it.
void cgroup_kill(const char *directory);
void cgroup_remove(const char *directory);

#endif
