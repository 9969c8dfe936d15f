// SPDX-License-Identifier: Apache-2.0
#ifndef AGENT_REAP_H
#define AGENT_REAP_H

// From now on every child that ends is reaped and its owner told.
void reap_init(void);

#endif
