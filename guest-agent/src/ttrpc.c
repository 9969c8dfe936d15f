// SPDX-License-Identifier: Apache-2.0
// Frame layout: containerd/ttrpc PROTOCOL.md, "Message Frame".
#include "ttrpc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"
#include "ttrpc.pb.h"

#define MAX_CONNECTIONS 64u
#define MAX_PENDING_CALLS 4096u
#define READ_CHUNK (64u << 10)
// A client that leaves this much unread gets no more stream data, and its requests wait.
#define CONGESTED_BYTES (4u << 20)
// How long a client may take to hang up after the last answer of the machine's life.
#define LINGER_NS 100000000

struct frame {
    struct frame *next;
    size_t size;
    size_t sent;
    uint8_t bytes[];
};

struct connection {
    struct source source;
    struct connection *next;
    uint8_t *in;
    size_t in_size;
    size_t in_room;
    struct frame *out;
    struct frame **out_tail;
    size_t out_bytes;
    struct call *calls;
    unsigned pending;
    bool closed;
    bool starved;
    void (*flushed)(void);
};

struct call {
    struct call *next;
    struct call **link;
    struct connection *connection;
    uint32_t stream;
    struct view view;
    void (*cancel)(void *owner);
    void *owner;
    void (*flushed)(void);
    struct timer timer;
};

static struct connection *connections;
static unsigned connection_count;
static struct source listener = {.fd = -1};
static dispatch_fn *dispatch_call;
static void (*on_uncongested)(void);
static struct timer linger;
static void (*after_linger)(void);

static uint32_t read_be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void write_be32(uint8_t *p, uint32_t value) {
    p[0] = (uint8_t)(value >> 24);
    p[1] = (uint8_t)(value >> 16);
    p[2] = (uint8_t)(value >> 8);
    p[3] = (uint8_t)value;
}

static void call_unlink(struct call *call) {
    timer_cancel(&call->timer);
    *call->link = call->next;
    if (call->next != NULL) {
        call->next->link = call->link;
    }
    call->connection->pending--;
}

static void call_drop(struct call *call) {
    call_unlink(call);
    if (call->cancel != NULL) {
        call->cancel(call->owner);
    }
    loop_free_later(call);
}

static void connection_close(struct connection *connection) {
    if (connection->closed) {
        return;
    }
    connection->closed = true;
    loop_close(&connection->source);
    while (connection->calls != NULL) {
        call_drop(connection->calls);
    }
    for (struct frame *frame = connection->out; frame != NULL;) {
        struct frame *next = frame->next;
        free(frame);
        frame = next;
    }
    connection->out = NULL;
    // A handler up the stack may still look at its request.
    loop_free_later(connection->in);
    connection->in = NULL;
    struct connection **link = &connections;
    while (*link != connection) {
        link = &(*link)->next;
    }
    *link = connection->next;
    connection_count--;
    loop_free_later(connection);
    if (connection->flushed != NULL) {
        connection->flushed();
    }
}

static void linger_over(struct timer *timer) {
    (void)timer;
    after_linger();
}

static void connection_update(struct connection *connection) {
    if (connection->closed) {
        return;
    }
    uint32_t events = connection->out != NULL ? EPOLLOUT : 0;
    if (connection->out_bytes < CONGESTED_BYTES) {
        events |= EPOLLIN;
    }
    loop_watch(&connection->source, events);
}

static void connection_flush(struct connection *connection) {
    while (connection->out != NULL) {
        struct frame *frame = connection->out;
        ssize_t n = send(connection->source.fd, frame->bytes + frame->sent, frame->size - frame->sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            break;
        }
        if (n < 0) {
            connection_close(connection);
            return;
        }
        frame->sent += (size_t)n;
        connection->out_bytes -= (size_t)n;
        if (frame->sent == frame->size) {
            connection->out = frame->next;
            free(frame);
        }
    }
    if (connection->out == NULL) {
        connection->out_tail = &connection->out;
        if (connection->flushed != NULL && !linger.armed) {
            after_linger = connection->flushed;
            linger.expired = linger_over;
            timer_start(&linger, LINGER_NS);
        }
    }
    connection_update(connection);
}

// Room for a frame with its header written, or NULL.
static struct frame *frame_new(uint32_t stream, size_t length) {
    if (length > TTRPC_MAX_LENGTH) {
        return NULL;
    }
    struct frame *frame = malloc(sizeof(*frame) + TTRPC_HEADER + length);
    if (frame == NULL) {
        return NULL;
    }
    frame->next = NULL;
    frame->sent = 0;
    frame->size = TTRPC_HEADER + length;
    write_be32(frame->bytes, (uint32_t)length);
    write_be32(frame->bytes + 4, stream);
    frame->bytes[8] = TTRPC_TYPE_RESPONSE;
    frame->bytes[9] = 0;
    return frame;
}

static void call_answer(struct call *call, const ttrpc_Response *response) {
    struct connection *connection = call->connection;
    size_t length = 0;
    struct frame *frame = NULL;
    if (pb_get_encoded_size(&length, ttrpc_Response_fields, response)) {
        frame = frame_new(call->stream, length);
    }
    if (frame != NULL) {
        pb_ostream_t stream = pb_ostream_from_buffer(frame->bytes + TTRPC_HEADER, length);
        if (!pb_encode(&stream, ttrpc_Response_fields, response)) {
            free(frame);
            frame = NULL;
        }
    }
    call_unlink(call);
    if (call->flushed != NULL) {
        connection->flushed = call->flushed;
    }
    loop_free_later(call);
    if (frame == NULL) {
        log_line("an answer could not be encoded");
        connection_close(connection);
        return;
    }
    bool idle = connection->out == NULL;
    *connection->out_tail = frame;
    connection->out_tail = &frame->next;
    connection->out_bytes += frame->size;
    if (idle) {
        connection_flush(connection);
    } else {
        connection_update(connection);
    }
}

void call_ok(struct call *call, const pb_msgdesc_t *fields, const void *message) {
    struct nested nested = {.fields = fields, .message = message};
    ttrpc_Response response = ttrpc_Response_init_zero;
    if (fields != NULL) {
        response.payload.funcs.encode = nested_encode;
        response.payload.arg = &nested;
    }
    call_answer(call, &response);
}

void call_error(struct call *call, int code, const char *format, ...) {
    struct err e;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(e.text, sizeof(e.text), format, args);
    va_end(args);
    e.code = code;
    call_err(call, &e);
}

void call_err(struct call *call, const struct err *e) {
    char text[sizeof(e->text)];
    memcpy(text, e->text, sizeof(text));
    ttrpc_Response response = ttrpc_Response_init_zero;
    response.has_status = true;
    response.status.code = e->code;
    response.status.message = text;
    call_answer(call, &response);
}

void call_defer(struct call *call, void (*cancel)(void *owner), void *owner) {
    call->cancel = cancel;
    call->owner = owner;
}

bool call_congested(struct call *call) {
    if (call->connection->out_bytes < CONGESTED_BYTES) {
        return false;
    }
    call->connection->starved = true;
    return true;
}

void call_after_flush(struct call *call, void (*flushed)(void)) {
    call->flushed = flushed;
}

struct view *call_view(struct call *call) {
    return &call->view;
}

static void call_timed_out(struct timer *timer) {
    struct call *call = (struct call *)(void *)((char *)timer - offsetof(struct call, timer));
    if (call->cancel != NULL) {
        call->cancel(call->owner);
        call->cancel = NULL;
    }
    call_error(call, RPC_DEADLINE_EXCEEDED, "Deadline of the call has passed");
}

static struct call *call_new(struct connection *connection, uint32_t stream) {
    struct call *call = xcalloc(1, sizeof(*call));
    call->connection = connection;
    call->stream = stream;
    call->timer.expired = call_timed_out;
    call->next = connection->calls;
    call->link = &connection->calls;
    if (call->next != NULL) {
        call->next->link = &call->next;
    }
    connection->calls = call;
    connection->pending++;
    return call;
}

static void handle_request(struct connection *connection, uint32_t stream, const uint8_t *data, size_t length) {
    struct call *call = call_new(connection, stream);
    if (connection->pending > MAX_PENDING_CALLS) {
        call_error(call, RPC_RESOURCE_EXHAUSTED, "Too many calls in progress");
        return;
    }
    if (stream % 2 == 0) {
        call_error(call, RPC_INVALID_ARGUMENT, "Stream id of a client must be odd");
        return;
    }
    struct view payload = {0};
    ttrpc_Request request = ttrpc_Request_init_zero;
    request.payload.funcs.decode = view_decode;
    request.payload.arg = &payload;
    pb_istream_t input = pb_istream_from_buffer(data, length);
    if (!pb_decode(&input, ttrpc_Request_fields, &request)) {
        call_error(call, RPC_INVALID_ARGUMENT, "Request is malformed: %s", PB_GET_ERROR(&input));
        return;
    }
    if (request.timeout_nano > 0) {
        timer_start(&call->timer, request.timeout_nano);
    }
    dispatch_call(call, str(request.service), str(request.method), payload);
    pb_release(ttrpc_Request_fields, &request);
}

// Handles the complete frames in the buffer; false when the connection has to end.
static bool handle_frames(struct connection *connection) {
    size_t at = 0;
    while (connection->in_size - at >= TTRPC_HEADER) {
        const uint8_t *header = connection->in + at;
        uint32_t length = read_be32(header);
        if (length > TTRPC_MAX_LENGTH || header[8] != TTRPC_TYPE_REQUEST) {
            return false;
        }
        if (connection->in_size - at - TTRPC_HEADER < length) {
            break;
        }
        // Flags (byte 9) matter to streaming calls only; this protocol has none.
        handle_request(connection, read_be32(header + 4), header + TTRPC_HEADER, length);
        if (connection->closed) {
            return true;
        }
        at += TTRPC_HEADER + length;
    }
    connection->in_size -= at;
    memmove(connection->in, connection->in + at, connection->in_size);
    return true;
}

static void connection_read(struct connection *connection) {
    if (connection->in_room - connection->in_size < READ_CHUNK) {
        size_t room = connection->in_room + READ_CHUNK;
        if (room < connection->in_room * 2 && connection->in_size > READ_CHUNK) {
            room = connection->in_room * 2;
        }
        uint8_t *bigger = realloc(connection->in, room);
        if (bigger == NULL) {
            connection_close(connection);
            return;
        }
        connection->in = bigger;
        connection->in_room = room;
    }
    ssize_t n = recv(connection->source.fd, connection->in + connection->in_size,
                     connection->in_room - connection->in_size, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        connection_close(connection);
        return;
    }
    connection->in_size += (size_t)n;
    if (!handle_frames(connection)) {
        connection_close(connection);
    }
}

static void connection_ready(struct source *source, uint32_t events) {
    struct connection *connection = (struct connection *)(void *)source;
    if ((events & EPOLLOUT) != 0) {
        connection_flush(connection);
    }
    if (!connection->closed && (events & EPOLLIN) != 0) {
        connection_read(connection);
    } else if (!connection->closed && (events & (EPOLLERR | EPOLLHUP)) != 0) {
        connection_close(connection);
    }
    if (connection->starved && connection->out_bytes < CONGESTED_BYTES) {
        connection->starved = false;
        on_uncongested();
    }
}

void server_add_connection(int fd) {
    if (connection_count >= MAX_CONNECTIONS) {
        log_line("too many connections");
        close(fd);
        return;
    }
    struct connection *connection = xcalloc(1, sizeof(*connection));
    connection->source.fd = fd;
    connection->source.ready = connection_ready;
    connection->out_tail = &connection->out;
    connection->next = connections;
    connections = connection;
    connection_count++;
    loop_watch(&connection->source, EPOLLIN);
}

static void listener_ready(struct source *source, uint32_t events) {
    (void)events;
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        server_add_connection(fd);
    }
}

void server_listen(int fd) {
    listener.fd = fd;
    listener.ready = listener_ready;
    loop_watch(&listener, EPOLLIN);
}

void server_init(dispatch_fn *dispatch, void (*uncongested)(void)) {
    dispatch_call = dispatch;
    on_uncongested = uncongested;
}
