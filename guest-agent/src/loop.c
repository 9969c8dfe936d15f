// SPDX-License-Identifier: Apache-2.0
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "util.h"

#define ROUND_EVENTS 32

static int epoll_fd = -1;
static bool running;
static struct timer *timers; // sorted by deadline
static void **garbage;
static size_t garbage_count;
static size_t garbage_room;

void loop_init(void) {
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) {
        die("epoll_create1: %s", errno_name(errno));
    }
}

void loop_stop(void) {
    running = false;
}

void loop_watch(struct source *source, uint32_t events) {
    if (source->fd < 0 || (source->watched && source->events == events) || (!source->watched && events == 0)) {
        return;
    }
    struct epoll_event event = {.events = events, .data = {.ptr = source}};
    int operation = EPOLL_CTL_MOD;
    if (!source->watched) {
        operation = EPOLL_CTL_ADD;
    } else if (events == 0) {
        // Modifying to 0 would still report EPOLLHUP, and a closed pipe would spin the loop.
        operation = EPOLL_CTL_DEL;
    }
    if (epoll_ctl(epoll_fd, operation, source->fd, &event) < 0) {
        log_line("epoll_ctl: %s", errno_name(errno));
        return;
    }
    source->watched = events != 0;
    source->events = events;
}

void loop_close(struct source *source) {
    if (source->fd >= 0) {
        loop_watch(source, 0);
        close(source->fd);
        source->fd = -1;
    }
}

void loop_free_later(void *memory) {
    if (garbage_count == garbage_room) {
        garbage_room = garbage_room == 0 ? 16 : garbage_room * 2;
        garbage = xrealloc(garbage, garbage_room * sizeof(*garbage));
    }
    garbage[garbage_count++] = memory;
}

static void collect(void) {
    for (size_t i = 0; i < garbage_count; i++) {
        free(garbage[i]);
    }
    garbage_count = 0;
}

void timer_cancel(struct timer *timer) {
    if (!timer->armed) {
        return;
    }
    struct timer **link = &timers;
    while (*link != timer) {
        link = &(*link)->next;
    }
    *link = timer->next;
    timer->armed = false;
}

void timer_start(struct timer *timer, int64_t delay_ns) {
    timer_cancel(timer);
    int64_t now = now_ns();
    timer->deadline = delay_ns > INT64_MAX - now ? INT64_MAX : now + delay_ns;
    struct timer **link = &timers;
    while (*link != NULL && (*link)->deadline <= timer->deadline) {
        link = &(*link)->next;
    }
    timer->next = *link;
    *link = timer;
    timer->armed = true;
}

static int milliseconds_to_next_timer(void) {
    if (timers == NULL) {
        return -1;
    }
    int64_t left = timers->deadline - now_ns();
    if (left <= 0) {
        return 0;
    }
    // Rounded up, or the loop would spin through the last millisecond.
    int64_t ms = left / 1000000 + 1;
    return ms > 3600000 ? 3600000 : (int)ms;
}

static void run_timers(void) {
    while (timers != NULL && timers->deadline <= now_ns()) {
        struct timer *timer = timers;
        timer_cancel(timer);
        timer->expired(timer);
    }
}

void loop_run(void) {
    struct epoll_event events[ROUND_EVENTS];
    running = true;
    while (running) {
        int count = epoll_wait(epoll_fd, events, ROUND_EVENTS, milliseconds_to_next_timer());
        if (count < 0 && errno != EINTR) {
            die("epoll_wait: %s", errno_name(errno));
        }
        for (int i = 0; i < count; i++) {
            struct source *source = events[i].data.ptr;
            // An earlier event of this round may have closed this one.
            if (source->fd >= 0 && source->watched) {
                source->ready(source, events[i].events);
            }
        }
        run_timers();
        collect();
    }
}
