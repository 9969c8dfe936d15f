// SPDX-License-Identifier: Apache-2.0
// Process 1 of the guest. With `--listen unix:PATH` an ordinary program, for tests.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"
#include "mounts.h"
#include "net.h"
#include "reap.h"
#include "rpc.h"
#include "sandbox.h"
#include "ttrpc.h"

// The port the Kata agent listens on.
#define AGENT_PORT 1024u
#define BACKLOG 16

static int listen_vsock(void) {
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_port = AGENT_PORT, .svm_cid = VMADDR_CID_ANY};
    int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0) {
        die("cannot listen on vsock port %u: %s", AGENT_PORT, errno_name(errno));
    }
    return fd;
}

static int listen_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (format_path(address.sun_path, sizeof(address.sun_path), "%s", path) < 0) {
        die("socket path is too long");
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0) {
        die("cannot listen on %s: %s", path, errno_name(errno));
    }
    return fd;
}

// Numbers 0 to 2 must be taken, or a pipe to a container could become somebody's standard output.
static void open_standard_streams(void) {
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd < 3) {
        fd = dup(fd);
    }
    if (fd >= 3) {
        close(fd);
    }
}

static void log_ready(void) {
    struct timespec up;
    (void)clock_gettime(CLOCK_BOOTTIME, &up);
    log_line("ready, up %" PRId64 ".%03ld s", (int64_t)up.tv_sec, up.tv_nsec / 1000000);
}

int main(int argc, char **argv) {
    const char *unix_path = NULL;
    if (argc == 3 && strcmp(argv[1], "--listen") == 0 && strncmp(argv[2], "unix:", 5) == 0) {
        unix_path = argv[2] + 5;
    } else if (getpid() != 1) {
        (void)fprintf(stderr, "usage: %s --listen unix:PATH (or run as process 1)\n", argv[0]);
        return 2;
    }
    (void)umask(0022);
    if (unix_path == NULL) {
        config.guest = true;
        mounts_init();
        open_standard_streams();
        if (net_loopback_up() < 0) {
            log_line("cannot switch lo on: %s", errno_name(errno));
        }
    }
    loop_init();
    reap_init();
    server_init(rpc_dispatch, sandbox_resume_streams);
    server_listen(unix_path != NULL ? listen_unix(unix_path) : listen_vsock());
    log_ready();
    loop_run();
    return 0;
}
