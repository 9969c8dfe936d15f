// SPDX-License-Identifier: Apache-2.0
// Storages: what a client wants mounted in the guest, outside containers.
#ifndef AGENT_STORAGE_H
#define AGENT_STORAGE_H

#include "agent.pb.h"
#include "util.h"

// Names of the drivers, for GetGuestDetails.
extern char *storage_drivers[];
extern const unsigned storage_driver_count;

// Mounts all; mount points must lie below /run/kata-containers or /run/jvmm.
int storage_mount_all(const grpc_Storage *storages, size_t count, struct err *e);

#endif
