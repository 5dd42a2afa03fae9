#include "core/http/private.h"

#include "core/mem.h"

#include <assert.h>

#define ARENA_LEN 4096
#define HEAD_CAP_KEPT 16384 /* larger memory is not kept for the next exchange */
#define SPANS_KEPT 256

struct http_exchange *exchange_take(struct carrier *carrier)
{
    struct http_server *server = carrier->server;
    struct http_exchange *exchange = server->spares;
    if (exchange != NULL) {
        server->spares = exchange->next_spare;
        server->spare_count--;
    } else {
        exchange = mem_zalloc(sizeof(*exchange));
        arena_init(&exchange->arena, ARENA_LEN);
    }
    const struct http_limits *limits = &server->options.limits;
    exchange->carrier = carrier;
    carrier->exchange = exchange;
    exchange->head.max = limits->head_len;
    exchange->trailer_text.max = limits->head_len;
    exchange->started_ns = uv_hrtime();
    exchange->response_left = -1;
    return exchange;
}

static void exchange_free(struct http_exchange *exchange)
{
    buf_finish(&exchange->head);
    arena_finish(&exchange->arena);
    mem_free(exchange->spans);
    mem_free(exchange);
}

void exchange_release(struct http_exchange *exchange, struct http_server *server)
{
    buf_finish(&exchange->body);
    buf_finish(&exchange->trailer_text);
    if (server == NULL || server->spare_count == SPARE_EXCHANGES) {
        exchange_free(exchange);
        return;
    }
    struct http_exchange kept = {
        .arena = exchange->arena,
        .head = exchange->head,
        .spans = exchange->spans,
        .span_cap = exchange->span_cap,
        .next_spare = server->spares,
    };
    arena_reset(&kept.arena);
    buf_clear(&kept.head);
    if (kept.head.cap > HEAD_CAP_KEPT) {
        buf_finish(&kept.head);
    }
    if (kept.span_cap > SPANS_KEPT) {
        mem_free(kept.spans);
        kept.spans = NULL;
        kept.span_cap = 0;
    }
    *exchange = kept;
    server->spares = exchange;
    server->spare_count++;
}

void exchanges_free_spares(struct http_server *server)
{
    while (server->spares != NULL) {
        struct http_exchange *exchange = server->spares;
        server->spares = exchange->next_spare;
        exchange_free(exchange);
    }
}

void exchange_detach(struct http_exchange *exchange)
{
    struct carrier *carrier = exchange->carrier;
    if (carrier != NULL) {
        exchange->peer = *carrier->peer;
        exchange->carrier = NULL;
        carrier->exchange = NULL;
    }
}

void exchange_drop(struct http_exchange *exchange)
{
    assert(exchange->holds != 0);
    if (--exchange->holds == 0 && exchange->is_ended) {
        exchange_release(exchange, NULL);
    }
}

void exchange_end(struct http_exchange *exchange)
{
    assert(!exchange->is_ended);
    exchange->is_ended = true;
    exchange->response_state = RESPONSE_DONE;
    struct carrier *carrier = exchange->carrier;
    exchange->carrier = NULL;
    struct http_server *server = NULL;
    if (carrier != NULL) {
        carrier->exchange = NULL;
        server = carrier->server;
    }
    if (exchange->holds == 0) {
        exchange_release(exchange, server);
    }
    if (carrier != NULL) {
        carrier->ops->left(carrier);
    }
}

void exchange_gone(struct http_exchange *exchange)
{
    exchange_detach(exchange);
    exchange_hold(exchange);
    bool waited_for_drain = exchange->waits_for_drain;
    exchange->waits_for_drain = false;
    void (*on_gone)(void *, struct http_exchange *) = exchange->on_gone;
    exchange->on_gone = NULL;
    if (on_gone != NULL) {
        on_gone(exchange->gone_ctx, exchange);
    }
    if (!exchange->is_ended) {
        reader_finish(exchange, STATUS_CANCELLED);
    }
    /* A writer that only waits for room would wait for ever. */
    if (!exchange->is_ended && on_gone == NULL && waited_for_drain && exchange->on_drain != NULL) {
        exchange->on_drain(exchange->drain_ctx, exchange);
    }
    exchange_drop(exchange);
}

void exchange_abandon(struct http_exchange *exchange)
{
    struct http_server *server = exchange->carrier->server;
    if (exchange->is_dispatched) {
        exchange_gone(exchange);
    } else {
        exchange_detach(exchange);
        exchange_release(exchange, server);
    }
}

/* --- what a handler asks --- */

const struct http_request *http_request(const struct http_exchange *exchange)
{
    return &exchange->request;
}

struct http_headers http_trailers(const struct http_exchange *exchange)
{
    return exchange->trailers;
}

struct arena *http_arena(struct http_exchange *exchange)
{
    return &exchange->arena;
}

static const struct peer *peer_of(const struct http_exchange *exchange)
{
    return exchange->carrier != NULL ? exchange->carrier->peer : &exchange->peer;
}

const char *http_peer_address(struct http_exchange *exchange)
{
    return peer_of(exchange)->address;
}

uint16_t http_peer_port(struct http_exchange *exchange)
{
    return peer_of(exchange)->port;
}

uint16_t http_local_port(struct http_exchange *exchange)
{
    return peer_of(exchange)->local_port;
}

bool http_is_tls(const struct http_exchange *exchange)
{
    return peer_of(exchange)->is_tls;
}

uint64_t http_started_ns(const struct http_exchange *exchange)
{
    return exchange->started_ns;
}

void http_on_gone(struct http_exchange *exchange, void (*on_gone)(void *, struct http_exchange *),
                  void *ctx)
{
    exchange->on_gone = on_gone;
    exchange->gone_ctx = ctx;
}

bool http_fin_is_gone(struct http_exchange *exchange)
{
    exchange->fin_is_gone = true;
    return exchange->carrier != NULL && exchange->carrier->has_fin;
}

bool http_is_gone(const struct http_exchange *exchange)
{
    return exchange_carrier(exchange) == NULL;
}

void http_on_drain(struct http_exchange *exchange, void (*on_drain)(void *, struct http_exchange *),
                   void *ctx)
{
    exchange->on_drain = on_drain;
    exchange->drain_ctx = ctx;
}

void exchange_sent(struct http_exchange *exchange, size_t unsent)
{
    if (!exchange->waits_for_drain ||
        unsent > exchange->carrier->server->options.limits.pending_len / 2) {
        return;
    }
    exchange->waits_for_drain = false;
    if (exchange->on_drain != NULL) {
        exchange->on_drain(exchange->drain_ctx, exchange);
    }
}

static void start_reading(struct http_exchange *exchange)
{
    struct carrier *carrier = exchange_carrier(exchange);
    if (carrier != NULL) {
        carrier->ops->read(carrier);
    } else {
        reader_finish(exchange, STATUS_CANCELLED);
    }
}

static void read_all(struct http_exchange *exchange, size_t max, bool answers_limit,
                     http_body_fn *on_body, void *ctx)
{
    assert(exchange->reader_kind == READER_NONE);
    exchange->reader_kind = READER_ALL;
    exchange->body_max = max;
    exchange->answers_limit = answers_limit;
    exchange->on_body = on_body;
    exchange->body_ctx = ctx;
    start_reading(exchange);
}

void http_read_all(struct http_exchange *exchange, http_body_fn *on_body, void *ctx)
{
    struct carrier *carrier = exchange->carrier;
    size_t max = carrier != NULL ? carrier->server->options.limits.body_len : 0;
    read_all(exchange, max, true, on_body, ctx);
}

void http_read_all_max(struct http_exchange *exchange, size_t max, http_body_fn *on_body, void *ctx)
{
    read_all(exchange, max, false, on_body, ctx);
}

void http_read_stream(struct http_exchange *exchange, const struct http_reader *reader)
{
    assert(exchange->reader_kind == READER_NONE);
    exchange->reader_kind = READER_STREAM;
    exchange->reader = *reader;
    start_reading(exchange);
}

void http_read_resume(struct http_exchange *exchange)
{
    exchange->is_paused = false;
    struct carrier *carrier = exchange_carrier(exchange);
    if (carrier != NULL) {
        carrier->ops->read(carrier);
    }
}
