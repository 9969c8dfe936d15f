// SPDX-License-Identifier: Apache-2.0
#ifndef AGENT_NET_H
#define AGENT_NET_H

// Switches the loopback interface of the current network namespace on; -1 with errno.
int net_loopback_up(void);

#endif
