/* From a request to a websocket (RFC 6455, section 4.2). */
#include "core/http/websocket.h"

#include "core/encode.h"
#include "core/http/private.h"
#include "core/mem.h"

#include <assert.h>
#include <sha1.h>

#define VERSION "13"
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_LEN 24 /* 16 bytes in base64 */

static bool key_is_valid(struct slice key)
{
    AUTO_BUF bytes = BUF_INIT(KEY_LEN);
    return key.len == KEY_LEN && slice_find(key, '-') == SLICE_NPOS &&
           slice_find(key, '_') == SLICE_NPOS && base64_decode(&bytes, key) && bytes.len == 16;
}

int websocket_check(const struct http_request *request)
{
    struct http_headers headers = request->headers;
    if (!slice_is(request->method, "GET")) {
        return 405;
    }
    if (!http_header_has_token(headers, "upgrade", "websocket") ||
        !http_header_has_token(headers, "connection", "upgrade") ||
        !slice_is(http_header_get(headers, "sec-websocket-version"), VERSION)) {
        return 426;
    }
    if (request->is_http10 || !key_is_valid(http_header_get(headers, "sec-websocket-key"))) {
        return 400;
    }
    return 101;
}

struct http_headers websocket_refusal_headers(int status)
{
    static const struct http_header upgrade[] = {
        {SLICE_INIT("Upgrade"), SLICE_INIT("websocket")},
        {SLICE_INIT("Sec-WebSocket-Version"), SLICE_INIT(VERSION)},
    };
    static const struct http_header allow = {SLICE_INIT("Allow"), SLICE_INIT("GET")};
    switch (status) {
    case 426:
        return (struct http_headers){upgrade, COUNT_OF(upgrade)};
    case 405:
        return (struct http_headers){&allow, 1};
    default:
        return (struct http_headers){NULL, 0};
    }
}

static void put_accept(struct buf *out, struct slice key)
{
    unsigned char digest[SHA1_DIGEST_LENGTH];
    SHA1_CTX sha1;
    SHA1Init(&sha1);
    SHA1Update(&sha1, (const uint8_t *)key.ptr, key.len);
    SHA1Update(&sha1, (const uint8_t *)GUID, sizeof(GUID) - 1);
    SHA1Final(digest, &sha1);
    base64_encode(out, slice_of((const char *)digest, sizeof(digest)));
}

static struct websocket *refuse(struct http_exchange *exchange, int status)
{
    struct response_head head = {.status = status};
    struct slice body = response_reject_body(exchange->carrier->server, &head);
    http_respond(exchange, status, head.headers, body);
    return NULL;
}

struct websocket *websocket_accept(struct http_exchange *exchange,
                                   const struct websocket_options *options, struct slice protocol,
                                   void *ctx)
{
    assert(exchange->response_state == RESPONSE_NONE);
    assert(websocket_check(&exchange->request) == 101);
    struct carrier *carrier = exchange_carrier(exchange);
    if (carrier == NULL) {
        exchange_end(exchange);
        return NULL;
    }
    if (carrier->server->is_draining) {
        return refuse(exchange, 503);
    }
    assert(carrier->ops == &h1_carrier); /* HTTP/2 has no Upgrade header */
    struct connection *connection = CONTAINER_OF(carrier, struct connection, carrier);
    if (!connection->is_body_end) {
        return refuse(exchange, 400);
    }
    AUTO_BUF accept = BUF_INIT(64);
    put_accept(&accept, http_header_get(exchange->request.headers, "sec-websocket-key"));
    const struct http_header headers[] = {
        {SLICE("Upgrade"), SLICE("websocket")},
        {SLICE("Sec-WebSocket-Accept"), buf_slice(&accept)},
        {SLICE("Sec-WebSocket-Protocol"), protocol},
    };
    size_t count = COUNT_OF(headers) - (protocol.len == 0);
    h1_switch_protocols(connection, (struct http_headers){headers, count});
    struct websocket *websocket = NULL;
    if (connection_is_open(connection)) {
        websocket = websocket_begin(connection, options, ctx);
    }
    exchange_end(exchange);
    return websocket;
}
