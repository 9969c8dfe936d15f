// SPDX-License-Identifier: Apache-2.0
// UpdateInterface and UpdateRoutes: what a DHCP client would do, without one.
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "agent.pb.h"
#include "rpc.h"
#include "rtnl.h"

// An address of either family with its prefix length.
struct prefix {
    int family;
    size_t size;
    unsigned int length;
    unsigned char bytes[16];
};

static int parse_address(const char *text, struct prefix *p) {
    p->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    p->size = p->family == AF_INET6 ? 16 : 4;
    p->length = (unsigned int)p->size * 8;
    return inet_pton(p->family, text, p->bytes) == 1 ? 0 : -1;
}

static int parse_length(const char *text, struct prefix *p) {
    char *end;
    unsigned long length = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || length > p->size * 8) {
        return -1;
    }
    p->length = (unsigned int)length;
    return 0;
}

// ADDRESS or ADDRESS/LENGTH.
static int parse_prefix(const char *text, struct prefix *p) {
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    if (slash == NULL) {
        return parse_address(text, p);
    }
    if ((size_t)(slash - text) >= sizeof(address)) {
        return -1;
    }
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    return parse_address(address, p) == 0 ? parse_length(slash + 1, p) : -1;
}

// Index and name of the interface with a hardware address; 0 when there is none.
static unsigned int find_by_address(const char *address, char name[IF_NAMESIZE]) {
    unsigned int found = 0;
    DIR *directory = opendir("/sys/class/net");
    if (directory == NULL) {
        return 0;
    }
    for (struct dirent *entry = readdir(directory); entry != NULL && found == 0; entry = readdir(directory)) {
        char path[64];
        char text[64];
        if (strlen(entry->d_name) < IF_NAMESIZE && entry->d_name[0] != '.' &&
            snprintf(path, sizeof(path), "/sys/class/net/%.*s/address", IF_NAMESIZE, entry->d_name) > 0 &&
            read_file(path, text, sizeof(text)) == 0) {
            text[strcspn(text, "\n")] = '\0';
            if (strcasecmp(text, address) == 0) {
                found = if_nametoindex(entry->d_name);
                memcpy(name, entry->d_name, strlen(entry->d_name) + 1);
            }
        }
    }
    closedir(directory);
    return found;
}

static int link_set(int fd, unsigned int index, const char *old_name, const types_Interface *interface, struct err *e) {
    struct ifinfomsg body = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index};
    struct rtnl request;
    const char *name = str(interface->name);
    if (name[0] != '\0' && strcmp(name, old_name) != 0) {
        // An interface is renamed while it is down.
        body.ifi_change = IFF_UP;
        rtnl_begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
        rtnl_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
        if (rtnl_send(fd, &request) < 0) {
            return err_errno(e, RPC_INVALID_ARGUMENT, errno, "Cannot name %s %.32s", old_name, name);
        }
    }
    body.ifi_change = IFF_UP;
    body.ifi_flags = IFF_UP;
    rtnl_begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
    if (interface->mtu > 0) {
        rtnl_add_u32(&request, IFLA_MTU, interface->mtu > UINT32_MAX ? UINT32_MAX : (uint32_t)interface->mtu);
    }
    if (rtnl_send(fd, &request) < 0) {
        return err_errno(e, RPC_INVALID_ARGUMENT, errno, "Cannot switch %s on", old_name);
    }
    return 0;
}

static int address_add(int fd, unsigned int index, const types_IPAddress *address, struct err *e) {
    struct prefix p;
    if (parse_address(str(address->address), &p) < 0 || parse_length(str(address->mask), &p) < 0) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Address %.64s/%.16s is malformed", str(address->address), str(address->mask));
    }
    struct ifaddrmsg body = {
        .ifa_family = (uint8_t)p.family, .ifa_prefixlen = (uint8_t)p.length, .ifa_flags = IFA_F_NODAD, .ifa_index = index};
    struct rtnl request;
    rtnl_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof(body));
    rtnl_add(&request, IFA_LOCAL, p.bytes, p.size);
    rtnl_add(&request, IFA_ADDRESS, p.bytes, p.size);
    if (p.family == AF_INET && p.length < 31) {
        uint32_t host = htonl(UINT32_MAX >> p.length);
        uint32_t own;
        memcpy(&own, p.bytes, sizeof(own));
        rtnl_add_u32(&request, IFA_BROADCAST, own | host);
    }
    if (rtnl_send(fd, &request) < 0) {
        return err_errno(e, RPC_INVALID_ARGUMENT, errno, "Cannot add address %.64s", str(address->address));
    }
    return 0;
}

static int interface_update(int fd, const types_Interface *interface, struct err *e) {
    char name[IF_NAMESIZE];
    unsigned int index = find_by_address(str(interface->hwAddr), name);
    if (index == 0) {
        return err_set(e, RPC_NOT_FOUND, "No interface has the address %.32s", str(interface->hwAddr));
    }
    if (link_set(fd, index, name, interface, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < interface->IPAddresses_count; i++) {
        if (address_add(fd, index, &interface->IPAddresses[i], e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int route_set(int fd, const types_Route *route, struct err *e) {
    struct prefix destination;
    struct prefix other;
    struct rtmsg body = {.rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST};
    struct rtnl request;
    const char *dest = str(route->dest);
    const char *gateway = str(route->gateway);
    const char *source = str(route->source);
    unsigned int index = if_nametoindex(str(route->device));
    if (index == 0) {
        return err_set(e, RPC_NOT_FOUND, "No interface is called %.32s", str(route->device));
    }
    bool any = dest[0] == '\0' || strcmp(dest, "default") == 0;
    if (!any && parse_prefix(dest, &destination) < 0) {
        return err_set(e, RPC_INVALID_ARGUMENT, "Destination %.64s is malformed", dest);
    }
    if (any) {
        memset(&destination, 0, sizeof(destination));
        destination.family = route->family == types_IPFamily_v6 || strchr(gateway, ':') != NULL ? AF_INET6 : AF_INET;
    }
    body.rtm_family = (uint8_t)destination.family;
    body.rtm_dst_len = (uint8_t)destination.length;
    body.rtm_flags = route->flags & RTNH_F_ONLINK;
    // Without a gateway the destination is on the link itself.
    body.rtm_scope = (uint8_t)(route->scope != 0 || gateway[0] != '\0' ? route->scope : RT_SCOPE_LINK);
    rtnl_begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof(body));
    if (destination.length > 0) {
        rtnl_add(&request, RTA_DST, destination.bytes, destination.size);
    }
    if (gateway[0] != '\0') {
        if (parse_address(gateway, &other) < 0 || other.family != destination.family) {
            return err_set(e, RPC_INVALID_ARGUMENT, "Gateway %.64s is malformed", gateway);
        }
        rtnl_add(&request, RTA_GATEWAY, other.bytes, other.size);
    }
    if (source[0] != '\0') {
        if (parse_address(source, &other) < 0 || other.family != destination.family) {
            return err_set(e, RPC_INVALID_ARGUMENT, "Source %.64s is malformed", source);
        }
        rtnl_add(&request, RTA_PREFSRC, other.bytes, other.size);
    }
    rtnl_add_u32(&request, RTA_OIF, index);
    if (rtnl_send(fd, &request) < 0) {
        return err_errno(e, RPC_INVALID_ARGUMENT, errno, "Cannot set route %.64s via %.64s", any ? "default" : dest, gateway);
    }
    return 0;
}

void rpc_update_interface(struct call *call, void *message) {
    grpc_UpdateInterfaceRequest *request = message;
    struct err e;
    int fd = rtnl_open();
    if (fd < 0) {
        call_error(call, RPC_INTERNAL, "Cannot reach the kernel's network: %s", errno_name(errno));
        return;
    }
    int failed = interface_update(fd, &request->interface, &e);
    close(fd);
    if (failed < 0) {
        call_err(call, &e);
    } else {
        call_ok(call, types_Interface_fields, &request->interface);
    }
}

void rpc_update_routes(struct call *call, void *message) {
    grpc_UpdateRoutesRequest *request = message;
    struct err e;
    int fd = rtnl_open();
    if (fd < 0) {
        call_error(call, RPC_INTERNAL, "Cannot reach the kernel's network: %s", errno_name(errno));
        return;
    }
    int failed = 0;
    for (size_t i = 0; i < request->routes.Routes_count && failed == 0; i++) {
        failed = route_set(fd, &request->routes.Routes[i], &e);
    }
    close(fd);
    if (failed < 0) {
        call_err(call, &e);
    } else {
        call_ok(call, grpc_Routes_fields, &request->routes);
    }
}
