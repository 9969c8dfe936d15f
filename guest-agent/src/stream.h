// SPDX-License-Identifier: Apache-2.0
// The agent's end of one standard stream of a process: a pipe or the terminal.
#ifndef AGENT_STREAM_H
#define AGENT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "ttrpc.h"

// Most bytes one ReadStdout or ReadStderr returns, and the capacity asked for the pipes.
#define STREAM_CHUNK (256u << 10)

struct stream_waiter;

struct stream {
    struct source source;
    bool writer;
    bool ended;        // nothing will come (or go) any more
    bool close_wanted; // close when the queued data are written
    struct stream_waiter *waiters;
    struct stream_waiter **tail;
};

// Before the descriptor is known; calls made now wait for it.
void stream_init(struct stream *stream, bool writer);
// Takes over the descriptor and makes it non-blocking.
void stream_open(struct stream *stream, int fd);
// Answers with at most `limit` bytes as soon as there are any, or with the end-of-file error.
void stream_read(struct stream *stream, struct call *call, uint32_t limit);
// Answers when all bytes have been taken by the process.
void stream_write(struct stream *stream, struct call *call, const uint8_t *data, size_t size);
// Closes when the data queued so far have been written.
void stream_finish(struct stream *stream);
// Closes now; waiting calls are answered with an error.
void stream_close(struct stream *stream);
// Gives readers another chance after their client has caught up.
void stream_resume(struct stream *stream);

#endif
