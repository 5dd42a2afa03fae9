/* links: sls_http */
/* Frames of a client behind its handshake, fed to a connection whole and again byte by byte: both ways the owner must
 * see, and the client get, the same. The first byte chooses whether binary messages are taken, the first letter of
 * a message what the owner does. */
#include "http_feed.h"

#include "core/http/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define HANDSHAKE                                                                                  \
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                   \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

#define MESSAGE_MAX 256
#define FRAME_MAX 128

struct owner {
    struct websocket_options options;
    struct buf seen;
    size_t open_count;
};

static void on_message(void *ctx, struct websocket *websocket, enum websocket_kind kind,
                       struct slice message)
{
    struct owner *owner = ctx;
    assert(message.len <= MESSAGE_MAX);
    assert(kind == WEBSOCKET_BINARY ? owner->options.takes_binary : slice_is_utf8(message));
    buf_printf(&owner->seen, "%d:%zu:%.*s\n", (int)kind, message.len, SLICE_ARG(message));
    switch (message.len != 0 ? message.ptr[0] : '\0') {
    case 'c':
        websocket_close(websocket, 4000, message);
        break;
    case 'p':
        websocket_pause(websocket);
        websocket_resume(websocket);
        break;
    default:
        (void)websocket_send(websocket, kind, message);
        break;
    }
}

static void on_ping(void *ctx, struct websocket *websocket, struct slice payload)
{
    struct owner *owner = ctx;
    assert(payload.len <= 125);
    buf_printf(&owner->seen, "ping:%zu\n", payload.len);
    (void)websocket_send(websocket, WEBSOCKET_TEXT, SLICE("pinged"));
}

static void on_close(void *ctx, struct websocket *websocket, const struct websocket_close *close)
{
    struct owner *owner = ctx;
    assert(websocket_send(websocket, WEBSOCKET_TEXT, SLICE("x")) == STATUS_CANCELLED);
    assert(close->code >= 1000 && slice_is_utf8(close->reason));
    buf_printf(&owner->seen, "close:%u:%d:%d:%.*s\n", (unsigned)close->code, (int)close->closer,
               close->is_clean, SLICE_ARG(close->reason));
    owner->open_count--;
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    struct owner *owner = ctx;
    assert(websocket_check(http_request(exchange)) == 101);
    owner->open_count += websocket_accept(exchange, &owner->options, SLICE(""), owner) != NULL;
}

static void talk(struct slice input, bool takes_binary, size_t step, struct buf *seen,
                 struct buf *output)
{
    struct clock clock;
    struct log log;
    struct context context = feed_context(&clock, &log);
    struct owner owner = {
        .options = {.on_message = on_message,
                    .on_ping = on_ping,
                    .on_close = on_close,
                    .message_len = MESSAGE_MAX,
                    .frame_len = FRAME_MAX,
                    .takes_binary = takes_binary},
        .seen = BUF_INIT(1u << 30),
    };
    struct http_server_options options = {.on_request = on_request, .ctx = &owner};
    feed(&context, &options, input, step, output);
    assert(owner.open_count == 0); /* each was told of its end */
    *seen = owner.seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0) {
        return 0;
    }
    AUTO_BUF input = BUF_INIT(1u << 20);
    buf_append_text(&input, HANDSHAKE);
    buf_append(&input, slice_take(slice_of((const char *)bytes + 1, len - 1), 32768));
    bool takes_binary = (bytes[0] & 1) != 0;
    AUTO_BUF whole = BUF_INIT(1u << 30);
    AUTO_BUF pieces = BUF_INIT(1u << 30);
    AUTO_BUF whole_seen;
    AUTO_BUF pieces_seen;
    talk(buf_slice(&input), takes_binary, input.len, &whole_seen, &whole);
    talk(buf_slice(&input), takes_binary, 1, &pieces_seen, &pieces);
    assert(slice_eq(buf_slice(&whole), buf_slice(&pieces)));
    assert(slice_eq(buf_slice(&whole_seen), buf_slice(&pieces_seen)));
    return 0;
}
