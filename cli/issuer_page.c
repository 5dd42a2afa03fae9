#include "cli/issuer_page.h"

#include "cli/duration.h"
#include "cli/edge_page.h"
#include "core/encode.h"
#include "core/mem.h"
#include "gateway/jwt/local_issuer.h"

#define ANSWER_LEN_MAX (256u << 10)
#define TTL_DEFAULT "1h"

/* A request for keys or a token, on its way over another thread. In the exchange's arena. */
struct issuing {
    uv_work_t work;
    struct context *context; /* outlives the page, which may end meanwhile */
    struct http_exchange *exchange;
    const char *path;    /* of the key */
    bool wants_token;    /* else the key set */
    struct slice claims; /* of the token; the exchange's */
    struct token_defaults defaults;
    struct buf answer;
    enum status status;
    struct fault fault;
};

static struct slice issuer_url(const struct issuer_page *page, struct arena *arena)
{
    return arena_printf(arena, "%s" LOCAL_ISSUER_PATH, page->edge_url);
}

/* --- off the loop --- */

static enum status write_answer(const struct local_issuer *issuer, struct issuing *issuing)
{
    struct json_writer w = json_writer_init(&issuing->answer);
    if (!issuing->wants_token) {
        local_issuer_write_keys(issuer, &w);
        return STATUS_OK;
    }
    AUTO_BUF token = BUF_INIT(ANSWER_LEN_MAX);
    enum status status =
        local_issuer_sign(issuer, issuing->claims, &issuing->defaults, &token, &issuing->fault);
    if (status == STATUS_OK) {
        json_open(&w, '{');
        json_put_string(&w, "token", buf_slice(&token));
        json_close(&w, '}');
    }
    return status;
}

static void issue(uv_work_t *work)
{
    struct issuing *issuing = CONTAINER_OF(work, struct issuing, work);
    struct local_issuer *issuer;
    issuing->status = local_issuer_make(issuing->path, &issuer, &issuing->fault);
    if (issuing->status == STATUS_OK) {
        issuing->status = write_answer(issuer, issuing);
        local_issuer_close(issuer);
    } else {
        issuing->status =
            STATUS_UNAVAILABLE; /* whatever is wrong with the key is no client's fault */
    }
}

static void on_issued(uv_work_t *work, int status)
{
    struct issuing *issuing = CONTAINER_OF(work, struct issuing, work);
    struct alarms *alarms = issuing->context->alarms;
    struct buf answer = issuing->answer;
    (void)status;
    if (issuing->status == STATUS_OK) {
        edge_page_respond(issuing->exchange, 200, &answer);
    } else {
        edge_page_refuse(issuing->exchange, issuing->status == STATUS_UNAVAILABLE ? 500 : 400,
                         issuing->fault.text);
    }
    buf_finish(&answer);
    alarms_release(alarms);
}

static struct issuing *issuing_of(struct issuer_page *page, struct http_exchange *exchange)
{
    struct arena *arena = http_arena(exchange);
    struct issuing *issuing = arena_alloc(arena, sizeof *issuing);
    *issuing = (struct issuing){
        .context = page->context,
        .exchange = exchange,
        .path = data_dir_file(arena, page->data_dir, LOCAL_ISSUER_FILE),
        .defaults = {.issuer = issuer_url(page, arena),
                     .now_ms = clock_epoch_ms(page->context->clock)},
        .answer = BUF_INIT(ANSWER_LEN_MAX),
    };
    return issuing;
}

static void start(struct issuing *issuing)
{
    struct context *context = issuing->context;
    alarms_hold(context->alarms);
    uv_queue_work(context->loop, &issuing->work, issue, on_issued);
}

/* --- requests --- */

/* ttl=90m of the query, or an hour. */
static enum status read_ttl(struct arena *arena, struct slice query, int64_t *ret_ms,
                            struct fault *reterr)
{
    static const struct slice name = SLICE_INIT("ttl=");
    struct slice ttl = SLICE(TTL_DEFAULT);
    for (struct slice part; slice_split(&query, '&', &part);) {
        if (slice_starts_with(part, name)) {
            ttl = percent_decode(arena, slice_skip(part, name.len), true);
        }
    }
    return duration_parse(ttl, ret_ms, reterr);
}

static void on_claims(void *ctx, struct http_exchange *exchange, enum status status,
                      struct slice body)
{
    struct issuing *issuing = issuing_of(ctx, exchange);
    struct fault fault;
    if (status == STATUS_LIMIT) {
        edge_page_refuse(exchange, 413, "the claims are too long");
    } else if (status != STATUS_OK) {
        edge_page_refuse(exchange, 400, "the body was cut off");
    } else if (read_ttl(http_arena(exchange), http_request(exchange)->query,
                        &issuing->defaults.ttl_ms, &fault) != STATUS_OK) {
        edge_page_refuse(exchange, 400, fault.text);
    } else {
        issuing->wants_token = true;
        issuing->claims = body;
        start(issuing);
    }
}

static void answer_configuration(struct issuer_page *page, struct http_exchange *exchange)
{
    AUTO_BUF answer = BUF_INIT(ANSWER_LEN_MAX);
    struct json_writer w = json_writer_init(&answer);
    local_issuer_write_configuration(issuer_url(page, http_arena(exchange)), &w);
    edge_page_respond(exchange, 200, &answer);
}

bool issuer_page_answer(struct issuer_page *page, struct http_exchange *exchange)
{
    static const struct slice prefix = SLICE_INIT(LOCAL_ISSUER_PATH "/");
    const struct http_request *request = http_request(exchange);
    if (page->context == NULL || !slice_starts_with(request->path, prefix)) {
        return false;
    }
    struct slice path = slice_skip(request->path, prefix.len);
    bool is_token = slice_is(path, "token");
    bool is_keys = slice_is(path, ".well-known/jwks.json");
    if (!is_token && !is_keys && !slice_is(path, ".well-known/openid-configuration")) {
        edge_page_refuse(exchange, 404,
                         "the local issuer has .well-known/openid-configuration, "
                         ".well-known/jwks.json and token");
    } else if (is_token && slice_is(request->method, "POST")) {
        http_read_all_max(exchange, LOCAL_ISSUER_CLAIMS_MAX, on_claims, page);
    } else if (is_token || !edge_page_is_read(exchange)) {
        edge_page_refuse(exchange, 405, "POST makes a token of claims, GET reads the other pages");
    } else if (is_keys) {
        start(issuing_of(page, exchange));
    } else {
        answer_configuration(page, exchange);
    }
    return true;
}
