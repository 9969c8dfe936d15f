// SPDX-License-Identifier: Apache-2.0
#ifndef AGENT_MOUNTS_H
#define AGENT_MOUNTS_H

// What process 1 mounts before anything else; failures are logged, a machine without /proc ends.
void mounts_init(void);

#endif
