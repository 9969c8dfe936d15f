// SPDX-License-Identifier: Apache-2.0
#include "rtnl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void rtnl_begin(struct rtnl *request, int type, unsigned int flags, const void *body, size_t size) {
    struct nlmsghdr header;
    memset(&header, 0, sizeof(header));
    header.nlmsg_type = (uint16_t)type;
    header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    memset(request, 0, sizeof(*request));
    memcpy(request->buffer, &header, sizeof(header));
    memcpy(request->buffer + NLMSG_HDRLEN, body, size);
    request->size = NLMSG_HDRLEN + NLMSG_ALIGN(size);
}

void rtnl_add(struct rtnl *request, int type, const void *data, size_t size) {
    struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = (unsigned short)type};
    if (size > RTNL_BYTES || request->size + RTA_SPACE(size) > RTNL_BYTES) {
        request->size = RTNL_BYTES + 1;
        return;
    }
    memcpy(request->buffer + request->size, &attribute, sizeof(attribute));
    memcpy(request->buffer + request->size + RTA_LENGTH(0), data, size);
    request->size += RTA_SPACE(size);
}

void rtnl_add_u32(struct rtnl *request, int type, uint32_t value) {
    rtnl_add(request, type, &value, sizeof(value));
}

int rtnl_open(void) {
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

int rtnl_send(int fd, struct rtnl *request) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    _Alignas(4) char answer[1024];
    struct nlmsghdr header;
    struct nlmsgerr status;
    if (request->size > RTNL_BYTES) {
        errno = EMSGSIZE;
        return -1;
    }
    uint32_t length = (uint32_t)request->size;
    memcpy(request->buffer + offsetof(struct nlmsghdr, nlmsg_len), &length, sizeof(length));
    if (sendto(fd, request->buffer, request->size, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0) {
        return -1;
    }
    ssize_t got;
    do {
        got = recv(fd, answer, sizeof(answer), 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return -1;
    }
    memcpy(&header, answer, sizeof(header));
    if ((size_t)got < NLMSG_HDRLEN + sizeof(status) || header.nlmsg_type != NLMSG_ERROR) {
        errno = EPROTO;
        return -1;
    }
    memcpy(&status, answer + NLMSG_HDRLEN, sizeof(status));
    if (status.error != 0) {
        errno = -status.error;
        return -1;
    }
    return 0;
}
