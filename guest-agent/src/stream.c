// SPDX-License-Identifier: Apache-2.0
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "agent.pb.h"

struct stream_waiter {
    struct stream_waiter *next;
    struct stream *stream;
    struct call *call;
    uint32_t limit; // reader
    uint8_t *data;  // writer
    size_t size;
    size_t done;
};

static uint8_t chunk[STREAM_CHUNK];

static void answer_end(struct call *call) {
    // The Kata agent answers INTERNAL with a text about the end of file; clients take any error as the end.
    call_error(call, RPC_INTERNAL, "read meet EOF");
}

static void waiter_remove(struct stream *stream, struct stream_waiter **link) {
    struct stream_waiter *waiter = *link;
    *link = waiter->next;
    if (stream->tail == &waiter->next) {
        stream->tail = link;
    }
    free(waiter->data);
    free(waiter);
}

static void waiter_cancelled(void *owner) {
    struct stream_waiter *waiter = owner;
    struct stream *stream = waiter->stream;
    struct stream_waiter **link = &stream->waiters;
    while (*link != waiter) {
        link = &(*link)->next;
    }
    // The descriptor stays watched; the next event finds no waiter and stops it.
    waiter_remove(stream, link);
}

static struct stream_waiter *waiter_add(struct stream *stream, struct call *call) {
    struct stream_waiter *waiter = xcalloc(1, sizeof(*waiter));
    waiter->stream = stream;
    waiter->call = call;
    *stream->tail = waiter;
    stream->tail = &waiter->next;
    call_defer(call, waiter_cancelled, waiter);
    return waiter;
}

static void answer_data(struct call *call, size_t size) {
    struct view view = {.data = chunk, .size = size};
    grpc_ReadStreamResponse response = grpc_ReadStreamResponse_init_zero;
    response.data.funcs.encode = view_encode;
    response.data.arg = &view;
    call_ok(call, grpc_ReadStreamResponse_fields, &response);
}

// Tries to read for one call; false when nothing is there yet.
static bool try_read(struct stream *stream, struct call *call, uint32_t limit) {
    if (stream->ended) {
        answer_end(call);
        return true;
    }
    if (stream->source.fd < 0) {
        return false;
    }
    ssize_t n;
    do {
        n = read(stream->source.fd, chunk, limit < STREAM_CHUNK ? limit : STREAM_CHUNK);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN) {
        return false;
    }
    if (n <= 0) {
        // A terminal says EIO when its last user has closed it (tty(4), hang-up).
        stream->ended = true;
        loop_close(&stream->source);
        answer_end(call);
        return true;
    }
    answer_data(call, (size_t)n);
    return true;
}

static void serve_readers(struct stream *stream) {
    while (stream->waiters != NULL) {
        struct stream_waiter *waiter = stream->waiters;
        struct call *call = waiter->call;
        if (call_congested(call)) {
            loop_watch(&stream->source, 0);
            return;
        }
        uint32_t limit = waiter->limit;
        if (!try_read(stream, call, limit)) {
            loop_watch(&stream->source, EPOLLIN);
            return;
        }
        waiter_remove(stream, &stream->waiters);
    }
    loop_watch(&stream->source, 0);
}

static void fail_writers(struct stream *stream, int error) {
    while (stream->waiters != NULL) {
        struct call *call = stream->waiters->call;
        waiter_remove(stream, &stream->waiters);
        call_error(call, RPC_INTERNAL, "Standard input is closed: %s", errno_name(error));
    }
}

static void serve_writers(struct stream *stream) {
    while (stream->waiters != NULL && stream->source.fd >= 0) {
        struct stream_waiter *waiter = stream->waiters;
        ssize_t n = write(stream->source.fd, waiter->data + waiter->done, waiter->size - waiter->done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            loop_watch(&stream->source, EPOLLOUT);
            return;
        }
        if (n < 0) {
            int error = errno;
            stream->ended = true;
            loop_close(&stream->source);
            fail_writers(stream, error);
            return;
        }
        waiter->done += (size_t)n;
        if (waiter->done == waiter->size) {
            struct call *call = waiter->call;
            grpc_WriteStreamResponse response = {.len = (uint32_t)waiter->size};
            waiter_remove(stream, &stream->waiters);
            call_ok(call, grpc_WriteStreamResponse_fields, &response);
        }
    }
    loop_watch(&stream->source, 0);
    if (stream->close_wanted && stream->source.fd >= 0) {
        stream->ended = true;
        loop_close(&stream->source);
    }
}

static void stream_ready(struct source *source, uint32_t events) {
    (void)events;
    struct stream *stream = (struct stream *)(void *)source;
    if (stream->writer) {
        serve_writers(stream);
    } else {
        serve_readers(stream);
    }
}

void stream_init(struct stream *stream, bool writer) {
    stream->writer = writer;
    stream->source.fd = -1;
    stream->source.ready = stream_ready;
    stream->tail = &stream->waiters;
}

void stream_open(struct stream *stream, int fd) {
    if (stream->ended) {
        close(fd);
        return;
    }
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    stream->source.fd = fd;
    if (stream->waiters != NULL) {
        stream_ready(&stream->source, 0);
    }
}

void stream_read(struct stream *stream, struct call *call, uint32_t limit) {
    if (limit == 0) {
        call_error(call, RPC_INVALID_ARGUMENT, "Length to read is 0");
        return;
    }
    // First come, first served: a new call may not overtake a waiting one.
    if (stream->waiters == NULL && !call_congested(call) && try_read(stream, call, limit)) {
        return;
    }
    waiter_add(stream, call)->limit = limit;
    if (!call_congested(call)) {
        loop_watch(&stream->source, EPOLLIN);
    }
}

void stream_write(struct stream *stream, struct call *call, const uint8_t *data, size_t size) {
    if (stream->ended || stream->close_wanted) {
        call_error(call, RPC_INTERNAL, "Standard input is closed: EPIPE");
        return;
    }
    if (size == 0) {
        grpc_WriteStreamResponse response = {.len = 0};
        call_ok(call, grpc_WriteStreamResponse_fields, &response);
        return;
    }
    struct stream_waiter *waiter = waiter_add(stream, call);
    waiter->data = memcpy(xcalloc(size, 1), data, size);
    waiter->size = size;
    if (stream->waiters == waiter) {
        serve_writers(stream);
    }
}

void stream_finish(struct stream *stream) {
    stream->close_wanted = true;
    if (stream->waiters == NULL) {
        stream->ended = true;
        loop_close(&stream->source);
    }
}

void stream_close(struct stream *stream) {
    stream->ended = true;
    loop_close(&stream->source);
    if (stream->writer) {
        fail_writers(stream, EPIPE);
    }
    while (stream->waiters != NULL) {
        struct call *call = stream->waiters->call;
        waiter_remove(stream, &stream->waiters);
        answer_end(call);
    }
}

void stream_resume(struct stream *stream) {
    if (!stream->writer && stream->waiters != NULL && stream->source.fd >= 0) {
        serve_readers(stream);
    }
}
