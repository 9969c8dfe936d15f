/* The smallest init: says that user space runs, and restarts the machine. */
#include <sys/reboot.h>
#include <unistd.h>

int main(void) {
    static const char line[] = "init runs\n";
    (void) !write(1, line, sizeof line - 1);
    reboot(RB_AUTOBOOT);
    for (;;) pause();
}
