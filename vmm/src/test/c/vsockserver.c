// SPDX-License-Identifier: Apache-2.0
// A server on vsock port 5555 of the guest. The first byte of a connection says what it is for:
//   e  all that follows comes back
//   s  all that follows is counted; at its end come the number and the sum of the bytes, 8 bytes each, little-endian
//   g  8 bytes with a number follow; that many bytes come, byte i being i * 31 + (i >> 8)
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
// Behind sys/socket.h, whose types it uses.
#include <linux/vm_sockets.h>

#define PORT 5555
#define MOST 1200

static unsigned char buffer[65536];

static void write_all(int fd, const void *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, (const char *)bytes + done, size - done);
        if (n <= 0) {
            _exit(1);
        }
        done += (size_t)n;
    }
}

static void sink(int fd) {
    uint64_t answer[2] = {0, 0};
    for (ssize_t n = read(fd, buffer, sizeof(buffer)); n > 0; n = read(fd, buffer, sizeof(buffer))) {
        answer[0] += (uint64_t)n;
        for (ssize_t i = 0; i < n; i++) {
            answer[1] += buffer[i];
        }
    }
    write_all(fd, answer, sizeof(answer));
    _exit(0);
}

static void source(int fd) {
    uint64_t size = 0;
    if (read(fd, &size, sizeof(size)) != sizeof(size)) {
        _exit(1);
    }
    for (uint64_t done = 0; done < size;) {
        size_t n = size - done < sizeof(buffer) ? (size_t)(size - done) : sizeof(buffer);
        for (size_t i = 0; i < n; i++) {
            buffer[i] = (unsigned char)((done + i) * 31 + ((done + i) >> 8));
        }
        write_all(fd, buffer, n);
        done += n;
    }
    _exit(0);
}

int main(void) {
    static struct pollfd all[MOST];
    static char echoes[MOST];
    struct rlimit limit = {MOST + 50, MOST + 50};
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_port = PORT, .svm_cid = VMADDR_CID_ANY};
    int server = socket(AF_VSOCK, SOCK_STREAM, 0);
    int count = 1;
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || bind(server, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(server, 2048) < 0) {
        perror("vsockserver");
        return 1;
    }
    all[0] = (struct pollfd){.fd = server, .events = POLLIN};
    puts("ready");
    fflush(stdout);
    while (poll(all, (nfds_t)count, -1) > 0) {
        for (int i = count - 1; i > 0; i--) {
            if (all[i].revents == 0) {
                continue;
            }
            ssize_t n = read(all[i].fd, buffer, echoes[i] ? sizeof(buffer) : 1);
            if (n > 0 && !echoes[i]) {
                echoes[i] = buffer[0] == 'e';
                if (!echoes[i] && fork() == 0) {
                    (buffer[0] == 's' ? sink : source)(all[i].fd);
                }
                n = echoes[i] ? n : 0;
            } else if (n > 0) {
                for (ssize_t done = 0; done < n;) {
                    ssize_t sent = write(all[i].fd, buffer + done, (size_t)(n - done));
                    done = sent < 0 ? n : done + sent;
                }
            }
            if (n <= 0) {
                close(all[i].fd);
                all[i] = all[--count];
                echoes[i] = echoes[count];
            }
        }
        if ((all[0].revents & POLLIN) != 0 && count < MOST) {
            int fd = accept(server, NULL, NULL);
            if (fd >= 0) {
                echoes[count] = 0;
                all[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
            }
        }
    }
    return 1;
}
