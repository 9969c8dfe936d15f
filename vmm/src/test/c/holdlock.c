// SPDX-License-Identifier: Apache-2.0
// Takes flock(2) and a record lock on a file, says so, and holds both until its input ends. usage: holdlock FILE
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = argc == 2 ? open(argv[1], O_RDWR) : -1;
    if (fd < 0 || flock(fd, LOCK_EX) < 0 || fcntl(fd, F_SETLK, &whole) < 0) {
        perror("holdlock");
        return 1;
    }
    puts("held");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    return 0;
}
