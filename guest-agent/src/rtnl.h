// SPDX-License-Identifier: Apache-2.0
// Requests to the kernel's network configuration (rtnetlink(7)).
#ifndef AGENT_RTNL_H
#define AGENT_RTNL_H

#include <stddef.h>
#include <stdint.h>

#define RTNL_BYTES 512u

struct rtnl {
    _Alignas(4) char buffer[RTNL_BYTES];
    size_t size;
};

// Begins a request whose fixed part is `body`; NLM_F_REQUEST and NLM_F_ACK are added to the flags.
void rtnl_begin(struct rtnl *request, int type, unsigned int flags, const void *body, size_t size);
// Appends an attribute; what does not fit makes rtnl_send answer EMSGSIZE.
void rtnl_add(struct rtnl *request, int type, const void *data, size_t size);
void rtnl_add_u32(struct rtnl *request, int type, uint32_t value);
// A route netlink socket of the current network namespace; -1 with errno.
int rtnl_open(void);
// Sends the request and waits for the kernel's word; -1 with errno.
int rtnl_send(int fd, struct rtnl *request);

#endif
