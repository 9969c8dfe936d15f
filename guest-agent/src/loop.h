// SPDX-License-Identifier: Apache-2.0
// The event loop: one thread, epoll, and timers.
#ifndef AGENT_LOOP_H
#define AGENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

// A descriptor the loop watches; embed it in what owns the descriptor.
struct source {
    int fd; // -1 when not open
    bool watched;
    uint32_t events;
    void (*ready)(struct source *source, uint32_t events);
};

struct timer {
    struct timer *next;
    bool armed;
    int64_t deadline; // now_ns() clock
    void (*expired)(struct timer *timer);
};

void loop_init(void);
// Runs until loop_stop().
void loop_run(void);
void loop_stop(void);

// Watches for the events given (EPOLLIN, EPOLLOUT); 0 stops watching and keeps the descriptor open.
void loop_watch(struct source *source, uint32_t events);
// Stops watching and closes.
void loop_close(struct source *source);
// Frees memory that events of the current round may still point at.
void loop_free_later(void *memory);

void timer_start(struct timer *timer, int64_t delay_ns);
void timer_cancel(struct timer *timer);

#endif
