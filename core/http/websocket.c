#include "core/http/websocket.h"

#include "core/http/private.h"
#include "core/http/websocket_frame.h"
#include "core/mem.h"

#include <assert.h>

#define MESSAGE_LEN (128u * 1024)
#define FRAME_LEN (32u * 1024)
#define QUEUE_LEN (1024u * 1024)
#define CLOSING_MS 2000

struct websocket {
    struct connection *connection;
    const struct websocket_options *options;
    void *ctx;
    struct frame_head frame; /* being received, while has_frame */
    uint64_t frame_at;       /* bytes of its payload that came */
    struct buf message;      /* unmasked, as far as it came */
    struct buf out;          /* frames behind those that were given to the socket */
    uint64_t active_ns;
    uint64_t deadline; /* loop time in ms, for the client's Close; 0: none is awaited */
    char *reason;      /* of the end that was noted */
    uint8_t reason_len;
    uint16_t code; /* 0: no end in sight */
    enum websocket_closer closer;
    uint8_t message_opcode; /* FRAME_CONTINUATION: no message was begun */
    bool has_frame;
    bool is_paused;
    bool is_closing; /* our Close was sent */
    bool is_clean;
};

static size_t or_default(size_t limit, size_t otherwise)
{
    return limit != 0 ? limit : otherwise;
}

static struct http_server *server_of(const struct websocket *websocket)
{
    return websocket->connection->carrier.server;
}

struct websocket *websocket_begin(struct connection *connection,
                                  const struct websocket_options *options, void *ctx)
{
    assert(options->on_message != NULL && options->on_close != NULL);
    struct websocket *websocket = mem_zalloc(sizeof(*websocket));
    struct http_server *server = connection->carrier.server;
    websocket->connection = connection;
    websocket->options = options;
    websocket->ctx = ctx;
    websocket->active_ns = clock_monotonic_ns(server->context->clock);
    buf_init(&websocket->message, or_default(options->message_len, MESSAGE_LEN));
    /* Control frames are not refused: input waits when too many answers do. */
    buf_init(&websocket->out, or_default(options->queue_len, QUEUE_LEN) +
                                  server->options.limits.pending_len + PENDING_LEN);
    connection->websocket = websocket;
    connection->state = CONNECTION_WEBSOCKET;
    connection->read_deadline = 0;
    return websocket;
}

/* --- the end --- */

/* Why it ends, once: the first reason is the true one. */
static void note_end(struct websocket *websocket, uint16_t code, struct slice reason,
                     enum websocket_closer closer)
{
    if (websocket->code != 0) {
        return;
    }
    websocket->code = code;
    websocket->closer = closer;
    if (reason.len != 0) {
        assert(reason.len <= WEBSOCKET_REASON_MAX);
        websocket->reason = mem_alloc(reason.len);
        websocket->reason_len = (uint8_t)reason.len;
        memcpy(websocket->reason, reason.ptr, reason.len);
    }
}

void websocket_gone(struct connection *connection)
{
    struct websocket *websocket = connection->websocket;
    connection->websocket = NULL;
    note_end(websocket, WEBSOCKET_ABNORMAL, SLICE(""), WEBSOCKET_BY_CLIENT);
    struct websocket_close close = {
        .code = websocket->code,
        .reason = slice_of(websocket->reason, websocket->reason_len),
        .closer = websocket->closer,
        .is_clean = websocket->is_clean,
    };
    websocket->options->on_close(websocket->ctx, websocket, &close);
    buf_finish(&websocket->message);
    buf_finish(&websocket->out);
    mem_free(websocket->reason);
    mem_free(websocket);
}

void websocket_stalled(struct connection *connection)
{
    note_end(connection->websocket, WEBSOCKET_POLICY, SLICE(""), WEBSOCKET_BY_SERVER);
}

uint64_t websocket_deadline(const struct connection *connection)
{
    return connection->websocket->deadline;
}

/* --- bytes out --- */

size_t websocket_queued(const struct websocket *websocket)
{
    return output_queued(websocket->connection) + websocket->out.len;
}

/* Small frames to a client that does not read would cost a write request each: they are collected. */
static void put(struct websocket *websocket, enum frame_opcode opcode, struct slice payload)
{
    struct connection *connection = websocket->connection;
    char head[FRAME_HEAD_MAX];
    size_t head_len = frame_head_write(head, opcode, payload.len);
    struct slice parts[] = {slice_of(head, head_len), payload};
    if (websocket_queued(websocket) == 0) {
        output_write(connection, parts, COUNT_OF(parts));
        return;
    }
    buf_append(&websocket->out, parts[0]);
    buf_append(&websocket->out, parts[1]);
    assert(buf_status(&websocket->out) == STATUS_OK);
}

static void flush(struct websocket *websocket)
{
    if (websocket->out.len != 0) {
        struct slice bytes = buf_slice(&websocket->out);
        output_write(websocket->connection, &bytes, 1);
        buf_finish(&websocket->out);
    }
}

void websocket_sent(struct connection *connection)
{
    if (output_queued(connection) == 0) {
        flush(connection->websocket);
    }
    connection_wake(connection); /* input may have waited for room */
}

enum status websocket_send(struct websocket *websocket, enum websocket_kind kind,
                           struct slice message)
{
    struct connection *connection = websocket->connection;
    if (websocket->is_closing || !connection_is_open(connection)) {
        return STATUS_CANCELLED;
    }
    size_t room = or_default(websocket->options->queue_len, QUEUE_LEN);
    if (websocket_queued(websocket) != 0 &&
        (websocket->out.len > room || message.len + FRAME_HEAD_MAX > room - websocket->out.len)) {
        websocket_stalled(connection);
        connection_reset(connection);
        return STATUS_LIMIT;
    }
    put(websocket, kind == WEBSOCKET_TEXT ? FRAME_TEXT : FRAME_BINARY, message);
    websocket->active_ns = clock_monotonic_ns(server_of(websocket)->context->clock);
    return connection_is_open(connection) ? STATUS_OK : STATUS_CANCELLED;
}

static void put_close(struct websocket *websocket, uint16_t code, struct slice reason)
{
    char payload[FRAME_CONTROL_MAX];
    size_t len = 0;
    if (code != WEBSOCKET_NO_STATUS) {
        payload[len++] = (char)(code >> 8);
        payload[len++] = (char)code;
        memcpy(payload + len, reason.len != 0 ? reason.ptr : "", reason.len);
        len += reason.len;
    }
    websocket->is_closing = true;
    put(websocket, FRAME_CLOSE, slice_of(payload, len));
}

/* Sends Close and waits for the client's. */
static void begin_close(struct websocket *websocket, uint16_t code, struct slice reason,
                        enum websocket_closer closer)
{
    struct connection *connection = websocket->connection;
    if (websocket->is_closing || !connection_is_open(connection)) {
        return;
    }
    note_end(websocket, code, reason, closer);
    buf_finish(&websocket->message);
    websocket->is_paused = false;
    websocket->deadline = uv_now(server_of(websocket)->context->loop) +
                          or_default(websocket->options->closing_ms, CLOSING_MS);
    put_close(websocket, code, reason);
    connection_wake(connection); /* arms the deadline, if a run does not */
}

void websocket_close(struct websocket *websocket, uint16_t code, struct slice reason)
{
    assert(frame_close_code_is_valid(code));
    if (reason.len > WEBSOCKET_REASON_MAX) {
        reason.len = WEBSOCKET_REASON_MAX;
        while (reason.len != 0 && ((uint8_t)reason.ptr[reason.len] & 0xc0) == 0x80) {
            reason.len--;
        }
    }
    begin_close(websocket, code, reason, WEBSOCKET_BY_OWNER);
}

void websocket_stop(struct connection *connection, bool at_once)
{
    if (at_once) {
        note_end(connection->websocket, WEBSOCKET_GOING_AWAY, SLICE(""), WEBSOCKET_BY_SERVER);
        connection_reset(connection);
    } else {
        begin_close(connection->websocket, WEBSOCKET_GOING_AWAY, SLICE("Going away"),
                    WEBSOCKET_BY_SERVER);
    }
}

/* Nothing more is said: the socket closes when the client has read what is queued. */
static void end(struct websocket *websocket)
{
    struct connection *connection = websocket->connection;
    if (connection_is_open(connection)) {
        flush(websocket);
    }
    if (connection_is_open(connection)) {
        connection_linger(connection);
    }
    websocket_gone(connection);
}

/* The client broke a rule: it is told which, unless Close was sent. */
static void fail(struct websocket *websocket, uint16_t code)
{
    note_end(websocket, code, SLICE(""), WEBSOCKET_BY_SERVER);
    if (websocket->is_closing) {
        connection_close(websocket->connection);
        return;
    }
    put_close(websocket, code, SLICE(""));
    websocket->connection->is_body_end = false; /* more may come: it must not reset the Close */
    end(websocket);
}

/* --- bytes in --- */

static void take_close(struct websocket *websocket, struct slice payload)
{
    uint16_t code = WEBSOCKET_NO_STATUS;
    struct slice reason = SLICE("");
    if (payload.len != 0) {
        const unsigned char *at = (const unsigned char *)payload.ptr;
        code = payload.len >= 2 ? (uint16_t)(at[0] << 8 | at[1]) : 0;
        reason = slice_skip(payload, 2);
        if (!frame_close_code_is_valid(code)) {
            fail(websocket, WEBSOCKET_PROTOCOL_ERROR);
            return;
        }
        if (!slice_is_utf8(reason)) {
            fail(websocket, WEBSOCKET_INVALID_DATA);
            return;
        }
    }
    note_end(websocket, code, reason, WEBSOCKET_BY_CLIENT);
    websocket->is_clean = true;
    if (!websocket->is_closing) {
        put_close(websocket, code, SLICE(""));
    }
    end(websocket);
}

static void take_control(struct websocket *websocket, struct slice masked)
{
    char bytes[FRAME_CONTROL_MAX];
    frame_unmask(&websocket->frame, 0, masked, bytes);
    struct slice payload = slice_of(bytes, masked.len);
    if (websocket->frame.opcode == FRAME_CLOSE) {
        take_close(websocket, payload);
    } else if (websocket->frame.opcode == FRAME_PING && !websocket->is_closing) {
        put(websocket, FRAME_PONG, payload);
        if (websocket->options->on_ping != NULL && connection_is_open(websocket->connection)) {
            websocket->options->on_ping(websocket->ctx, websocket, payload);
        }
    }
}

static void take_message(struct websocket *websocket)
{
    enum websocket_kind kind =
        websocket->message_opcode == FRAME_TEXT ? WEBSOCKET_TEXT : WEBSOCKET_BINARY;
    websocket->message_opcode = FRAME_CONTINUATION;
    if (websocket->is_closing) {
        return;
    }
    AUTO_BUF message = websocket->message;
    buf_init(&websocket->message, message.max);
    if (kind == WEBSOCKET_TEXT && !slice_is_utf8(buf_slice(&message))) {
        fail(websocket, WEBSOCKET_INVALID_DATA);
        return;
    }
    websocket->active_ns = clock_monotonic_ns(server_of(websocket)->context->clock);
    struct slice bytes = message.len != 0 ? buf_slice(&message) : SLICE("");
    websocket->options->on_message(websocket->ctx, websocket, kind, bytes);
}

/* What a frame's head deserves: 0, or the code to close with. */
static uint16_t check(const struct websocket *websocket)
{
    const struct frame_head *frame = &websocket->frame;
    const struct websocket_options *options = websocket->options;
    bool continues = frame->opcode == FRAME_CONTINUATION;
    bool is_begun = websocket->message_opcode != FRAME_CONTINUATION;
    if (frame_is_control(frame)) {
        return 0;
    }
    if (continues != is_begun) {
        return WEBSOCKET_PROTOCOL_ERROR;
    }
    if (websocket->is_closing) {
        return 0; /* its bytes are dropped */
    }
    if (frame->opcode == FRAME_BINARY && !options->takes_binary) {
        return WEBSOCKET_UNSUPPORTED_DATA;
    }
    if (frame->len > or_default(options->frame_len, FRAME_LEN) ||
        frame->len > websocket->message.max - websocket->message.len) {
        return WEBSOCKET_TOO_BIG;
    }
    return 0;
}

/* More bytes are needed. */
static bool need_input(struct connection *connection)
{
    if (connection->is_eof) {
        connection_close(connection);
    }
    return false;
}

/* Bytes of the payload, as many as there are; true when they were the last. */
static bool take_payload(struct websocket *websocket, struct connection *connection)
{
    uint64_t left = websocket->frame.len - websocket->frame_at;
    struct slice masked = connection->in;
    if (masked.len > left) {
        masked.len = (size_t)left;
    }
    if (masked.len != 0 && !websocket->is_closing) {
        char *to = buf_reserve(&websocket->message, masked.len);
        frame_unmask(&websocket->frame, websocket->frame_at, masked, to);
        buf_advance(&websocket->message, masked.len);
    }
    websocket->frame_at += masked.len;
    connection->in = slice_skip(connection->in, masked.len);
    return websocket->frame_at == websocket->frame.len;
}

/* One frame, or as much of it as came. */
bool websocket_step(struct connection *connection)
{
    struct websocket *websocket = connection->websocket;
    struct frame_head *frame = &websocket->frame;
    if (websocket->is_paused ||
        websocket_queued(websocket) > connection->carrier.server->options.limits.pending_len) {
        return false;
    }
    if (!websocket->has_frame) {
        size_t len = frame_head_read(connection->in, frame);
        if (len == 0) {
            return need_input(connection);
        }
        uint16_t code = len == FRAME_INVALID ? WEBSOCKET_PROTOCOL_ERROR : check(websocket);
        if (code != 0) {
            fail(websocket, code);
            return true;
        }
        connection->in = slice_skip(connection->in, len);
        websocket->has_frame = true;
        websocket->frame_at = 0;
        if (!frame_is_control(frame) && frame->opcode != FRAME_CONTINUATION) {
            websocket->message_opcode = frame->opcode;
        }
    }
    if (frame_is_control(frame)) {
        struct slice payload = slice_take(connection->in, (size_t)frame->len);
        if (payload.len < frame->len) {
            return need_input(connection);
        }
        connection->in = slice_skip(connection->in, payload.len);
        websocket->has_frame = false;
        take_control(websocket, payload);
        return true;
    }
    if (!take_payload(websocket, connection)) {
        return need_input(connection);
    }
    websocket->has_frame = false;
    if (frame->is_final) {
        take_message(websocket);
    }
    return true;
}

/* --- what else an owner asks --- */

void websocket_pause(struct websocket *websocket)
{
    websocket->is_paused = !websocket->is_closing;
}

void websocket_resume(struct websocket *websocket)
{
    websocket->is_paused = false;
    connection_wake(websocket->connection);
}

uint64_t websocket_active_ns(const struct websocket *websocket)
{
    return websocket->active_ns;
}
