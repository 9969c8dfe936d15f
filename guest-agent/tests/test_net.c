// SPDX-License-Identifier: Apache-2.0
// UpdateInterface and UpdateRoutes in a network namespace of the test's own, on a TAP interface. Needs root and /dev/net/tun.
#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

static char mac[] = "02:00:5e:10:00:01";
static char device[] = "eth0";

// A card called tap7 with the address `mac`; it lives while its descriptor does.
static void make_card(void) {
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0);
    memcpy(request.ifr_name, "tap7", 5);
    CHECK(ioctl(fd, TUNSETIFF, &request) == 0);
    static const char address[] = {2, 0, 0x5e, 0x10, 0, 1};
    request.ifr_hwaddr.sa_family = 1; // ARPHRD_ETHER
    memcpy(request.ifr_hwaddr.sa_data, address, sizeof(address));
    CHECK(ioctl(fd, SIOCSIFHWADDR, &request) == 0);
}

static struct agent start(void) {
    CHECK(unshare(CLONE_NEWNS | CLONE_NEWNET) == 0);
    CHECK(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0);
    // sysfs shows the network namespace in which it was mounted.
    CHECK(mount("sysfs", "/sys", "sysfs", 0, NULL) == 0);
    make_card();
    return agent_start(false);
}

static void expect_error(const struct answer *answer, int code, const char *part) {
    CHECK_CONTAINS(answer->text, part);
    CHECK_INT(answer->code, code);
}

static int mtu_of(const char *name) {
    struct ifreq request = {0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    CHECK(ioctl(fd, SIOCGIFMTU, &request) == 0);
    close(fd);
    return request.ifr_mtu;
}

// "ADDRESS/MASK" of an interface's first address of a family, whether it is up before it.
static char *address_of(const char *name, int family) {
    static char text[160];
    struct ifaddrs *list = NULL;
    CHECK(getifaddrs(&list) == 0);
    text[0] = '\0';
    for (struct ifaddrs *one = list; one != NULL && text[0] == '\0'; one = one->ifa_next) {
        char address[INET6_ADDRSTRLEN];
        char mask[INET6_ADDRSTRLEN];
        if (strcmp(one->ifa_name, name) != 0 || one->ifa_addr == NULL || one->ifa_addr->sa_family != family) {
            continue;
        }
        // The address lies behind the port, and in IPv6 behind the flow as well.
        size_t at = family == AF_INET ? 4 : 8;
        CHECK(inet_ntop(family, (char *)one->ifa_addr + at, address, sizeof(address)) != NULL);
        CHECK(inet_ntop(family, (char *)one->ifa_netmask + at, mask, sizeof(mask)) != NULL);
        if (strncmp(address, "fe80:", 5) != 0) {
            (void)snprintf(text, sizeof(text), "%s %s/%s", (one->ifa_flags & IFF_UP) != 0 ? "up" : "down", address, mask);
        }
    }
    freeifaddrs(list);
    return text;
}

static struct answer update(struct agent *agent, types_Interface interface) {
    return CALL(agent, "UpdateInterface", UpdateInterfaceRequest, .has_interface = true, .interface = interface);
}

static types_Interface card(types_IPAddress *address) {
    return (types_Interface){.name = device, .hwAddr = mac, .mtu = 1400, .IPAddresses_count = address != NULL ? 1 : 0, .IPAddresses = address};
}

static void interface_is_set_up(void) {
    struct agent agent = start();
    types_IPAddress address = {.address = xstrdup("192.0.2.15"), .mask = xstrdup("24")};
    struct answer answer = update(&agent, card(&address));
    grpc_UpdateInterfaceRequest wanted = {.interface = card(&address)};
    types_Interface got = types_Interface_init_zero;
    decode(&answer, types_Interface_fields, &got);
    CHECK_TEXT(got.name, wanted.interface.name);
    CHECK_TEXT(address_of(device, AF_INET), "up 192.0.2.15/255.255.255.0");
    CHECK_INT(mtu_of(device), 1400);
    // Once more changes nothing and is no error; the second address joins the first.
    answer = update(&agent, card(&address));
    expect_ok(&answer);
    types_IPAddress six = {.family = types_IPFamily_v6, .address = xstrdup("2001:db8::15"), .mask = xstrdup("64")};
    answer = update(&agent, card(&six));
    expect_ok(&answer);
    CHECK_TEXT(address_of(device, AF_INET), "up 192.0.2.15/255.255.255.0");
    CHECK_TEXT(address_of(device, AF_INET6), "up 2001:db8::15/ffff:ffff:ffff:ffff::");
}

static void interface_without_address_is_switched_on(void) {
    struct agent agent = start();
    struct answer answer = update(&agent, (types_Interface){.hwAddr = xstrdup("02:00:5E:10:00:01")});
    expect_ok(&answer);
    struct ifreq request = {0};
    memcpy(request.ifr_name, "tap7", 5);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(ioctl(fd, SIOCGIFFLAGS, &request) == 0);
    CHECK((request.ifr_flags & IFF_UP) != 0);
}

static void interface_refusals(void) {
    struct agent agent = start();
    types_Interface other = card(NULL);
    other.hwAddr = xstrdup("02:00:00:00:00:09");
    struct answer answer = update(&agent, other);
    expect_error(&answer, RPC_NOT_FOUND, "02:00:00:00:00:09");
    answer = update(&agent, (types_Interface){.name = device});
    expect_error(&answer, RPC_NOT_FOUND, "No interface");
    static const char *const bad[][2] = {{"192.0.2.256", "24"}, {"192.0.2.1", "33"}, {"192.0.2.1", ""},
                                         {"192.0.2.1", "-1"},   {"", "24"},          {"2001:db8::1", "129"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        types_IPAddress address = {.address = xstrdup(bad[i][0]), .mask = xstrdup(bad[i][1])};
        answer = update(&agent, card(&address));
        expect_error(&answer, RPC_INVALID_ARGUMENT, "malformed");
    }
    types_Interface small = card(NULL);
    small.mtu = 10;
    answer = update(&agent, small);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "Cannot switch");
    types_Interface name = card(NULL);
    name.name = xstrdup("a/b");
    answer = update(&agent, name);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "Cannot name");
    // A name longer than an interface may have.
    name.name = xstrdup("a234567890123456");
    answer = update(&agent, name);
    expect_error(&answer, RPC_INVALID_ARGUMENT, "Cannot name");
}

static struct answer route(struct agent *agent, types_Route wanted) {
    grpc_UpdateRoutesRequest request = {.has_routes = true};
    request.routes.Routes_count = 1;
    request.routes.Routes = &wanted;
    return call(agent, "UpdateRoutes", grpc_UpdateRoutesRequest_fields, &request);
}

static struct agent start_with_address(void) {
    struct agent agent = start();
    types_IPAddress address = {.address = xstrdup("192.0.2.15"), .mask = xstrdup("24")};
    struct answer answer = update(&agent, card(&address));
    expect_ok(&answer);
    return agent;
}

static void routes_are_set(void) {
    struct agent agent = start_with_address();
    char first[] = "192.0.2.1";
    struct answer answer = route(&agent, (types_Route){.gateway = first, .device = device});
    expect_ok(&answer);
    // Destination, gateway, flags (up, gateway): addresses as the CPU reads network order.
    CHECK_CONTAINS(test_read("/proc/self/net/route"), "eth0\t00000000\t010200C0\t0003");
    answer = route(&agent, (types_Route){.dest = xstrdup("198.51.100.0/24"), .gateway = xstrdup("192.0.2.2"), .device = device});
    expect_ok(&answer);
    CHECK_CONTAINS(test_read("/proc/self/net/route"), "eth0\t006433C6\t020200C0\t0003");
    // A route of the link itself, with a source.
    answer = route(&agent, (types_Route){.dest = xstrdup("203.0.113.7/32"), .source = xstrdup("192.0.2.15"), .device = device});
    expect_ok(&answer);
    CHECK_CONTAINS(test_read("/proc/self/net/route"), "eth0\t077100CB\t00000000\t0005");
    // The default route is replaced, not doubled.
    answer = route(&agent, (types_Route){.dest = xstrdup("default"), .gateway = xstrdup("192.0.2.9"), .device = device});
    expect_ok(&answer);
    char *table = test_read("/proc/self/net/route");
    CHECK_CONTAINS(table, "eth0\t00000000\t090200C0\t0003");
    CHECK(strstr(table, "010200C0") == NULL);
}

static void route_refusals(void) {
    struct agent agent = start_with_address();
    char gateway[] = "192.0.2.1";
    struct answer answer = route(&agent, (types_Route){.gateway = gateway, .device = xstrdup("eth9")});
    expect_error(&answer, RPC_NOT_FOUND, "eth9");
    answer = route(&agent, (types_Route){.gateway = xstrdup("here"), .device = device});
    expect_error(&answer, RPC_INVALID_ARGUMENT, "Gateway");
    answer = route(&agent, (types_Route){.dest = xstrdup("2001:db8::/32"), .gateway = gateway, .device = device});
    expect_error(&answer, RPC_INVALID_ARGUMENT, "Gateway");
    answer = route(&agent, (types_Route){.dest = xstrdup("198.51.100.0/33"), .gateway = gateway, .device = device});
    expect_error(&answer, RPC_INVALID_ARGUMENT, "Destination");
    answer = route(&agent, (types_Route){.gateway = gateway, .source = xstrdup("::1"), .device = device});
    expect_error(&answer, RPC_INVALID_ARGUMENT, "Source");
    // Nobody on the link has this address.
    answer = route(&agent, (types_Route){.gateway = xstrdup("203.0.113.1"), .device = device});
    expect_error(&answer, RPC_INVALID_ARGUMENT, "Cannot set route");
    CHECK(strstr(test_read("/proc/self/net/route"), "eth0\t00000000\t") == NULL);
}

const struct test net_tests[] = {
    {"net: UpdateInterface", interface_is_set_up, true},
    {"net: UpdateInterface without an address", interface_without_address_is_switched_on, true},
    {"net: UpdateInterface refuses", interface_refusals, true},
    {"net: UpdateRoutes", routes_are_set, true},
    {"net: UpdateRoutes refuses", route_refusals, true},
    {0},
};
