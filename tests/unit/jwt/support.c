#include "support.h"

#include "core/file.h"

#include <stdlib.h>

static void respond(struct fixture *f, struct http_exchange *exchange, int status,
                    struct slice body)
{
    static const struct http_header type = {SLICE_INIT("Content-Type"),
                                            SLICE_INIT("application/json")};
    if (status < 0) {
        cr_assert_lt(f->unanswered_count, COUNT_OF(f->unanswered));
        f->unanswered[f->unanswered_count++] = exchange;
        return;
    }
    http_respond(exchange, status == 0 ? 200 : status, (struct http_headers){&type, 1}, body);
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    struct fixture *f = ctx;
    AUTO_BUF body = BUF_INIT(8192);
    struct json_writer w = json_writer_init(&body);
    struct slice path = http_request(exchange)->path;
    if (slice_is(path, "/.well-known/openid-configuration")) {
        f->configurations++;
        local_issuer_write_configuration(slice_from(f->url), &w);
        respond(f, exchange, f->configuration_status,
                f->configuration != NULL ? slice_from(f->configuration) : buf_slice(&body));
    } else if (slice_is(path, "/.well-known/jwks.json")) {
        f->key_sets++;
        local_issuer_write_keys(f->issuer, &w);
        respond(f, exchange, f->keys_status,
                f->keys != NULL ? slice_from(f->keys) : buf_slice(&body));
    } else {
        respond(f, exchange, 404, SLICE(""));
    }
}

void fixture_open(struct fixture *f)
{
    *f = (struct fixture){.dir = "/tmp/sls-jwt-XXXXXX", .arena = ARENA_INIT};
    cr_assert_not_null(mkdtemp(f->dir));
    cr_assert_eq(uv_loop_init(&f->loop), 0);
    clock_init_system(&f->clock);
    log_init(&f->log, &f->clock, LOG_OFF);
    f->context = (struct context){&f->loop, &f->clock, &f->log, NULL, NULL};
    const struct http_server_options options = {.on_request = on_request, .ctx = f};
    uint16_t port;
    struct fault fault = {.text = ""};
    f->server = http_server_create(&f->context, &options);
    cr_assert_eq(http_server_listen(f->server, "127.0.0.1", 0, &port, &fault), STATUS_OK, "%s",
                 fault.text);
    (void)snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u", (unsigned)port);
    f->issuer = fixture_issuer(f, "remote.pem");
    const struct jwt_verifier_options none = {.local_key = NULL};
    fixture_verifier(f, &none);
}

static void on_server_closed(void *ctx)
{
    struct fixture *f = ctx;
    f->is_server_closed = true;
}

void fixture_close(struct fixture *f)
{
    struct fault fault;
    jwt_verifier_destroy(f->verifier);
    for (size_t i = 0; i < f->unanswered_count; i++) {
        http_respond(f->unanswered[i], 500, (struct http_headers){NULL, 0}, SLICE(""));
    }
    http_server_destroy(f->server, 0, on_server_closed, f);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    cr_assert(f->is_server_closed);
    cr_assert_eq(uv_loop_close(&f->loop), 0);
    local_issuer_close(f->issuer);
    arena_finish(&f->arena);
    cr_expect_eq(file_remove_tree(f->dir, &fault), STATUS_OK);
}

const char *fixture_path(struct fixture *f, const char *name)
{
    return arena_cstr(&f->arena, arena_printf(&f->arena, "%s/%s", f->dir, name));
}

struct local_issuer *fixture_issuer(struct fixture *f, const char *name)
{
    struct local_issuer *issuer;
    struct fault fault = {.text = ""};
    cr_assert_eq(local_issuer_make(fixture_path(f, name), &issuer, &fault), STATUS_OK, "%s",
                 fault.text);
    return issuer;
}

void fixture_verifier(struct fixture *f, const struct jwt_verifier_options *options)
{
    jwt_verifier_destroy(f->verifier);
    f->verifier = jwt_verifier_create(&f->context, options);
}

struct slice fixture_token(struct fixture *f, const struct local_issuer *issuer, const char *claims)
{
    AUTO_BUF token = BUF_INIT(65536);
    struct fault fault = {.text = ""};
    const struct token_defaults defaults = {
        .issuer = slice_from(f->url), .now_ms = clock_epoch_ms(&f->clock), .ttl_ms = 3600 * 1000};
    cr_assert_eq(local_issuer_sign(issuer, slice_from(claims), &defaults, &token, &fault),
                 STATUS_OK, "%s", fault.text);
    return arena_copy(&f->arena, buf_slice(&token));
}

struct jwt_rules fixture_rules(struct fixture *f)
{
    struct slice *issuer = arena_alloc(&f->arena, sizeof *issuer);
    *issuer = slice_from(f->url);
    return (struct jwt_rules){
        .issuers = issuer, .issuer_count = 1, .algorithms = JWT_ALGORITHMS_RSA};
}

static void on_done(void *ctx, const struct jwt_answer *answer)
{
    struct fixture *f = ctx;
    f->answer = *answer;
    f->answers++;
}

bool fixture_begin(struct fixture *f, struct slice token, const struct jwt_rules *rules)
{
    size_t before = f->answers;
    struct jwt_answer answer;
    if (jwt_verify(f->verifier, &f->arena, token, rules, &answer, on_done, f)) {
        f->answer = answer;
        f->answers++;
        cr_assert_eq(f->answers, before + 1, "answered twice");
        return true;
    }
    cr_assert_eq(f->answers, before, "on_done ran inside the call");
    return false;
}

static void on_late(uv_timer_t *timer)
{
    (void)timer;
    cr_assert_fail("no answer came");
}

void fixture_wait(struct fixture *f, size_t answers)
{
    uv_timer_t late;
    uv_timer_init(&f->loop, &late);
    uv_timer_start(&late, on_late, WAIT_MS, 0);
    while (f->answers < answers) {
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&late, NULL);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    cr_expect_eq(f->answers, answers);
}

enum jwt_verdict fixture_check(struct fixture *f, struct slice token, const struct jwt_rules *rules)
{
    size_t before = f->answers;
    if (!fixture_begin(f, token, rules)) {
        fixture_wait(f, before + 1);
    }
    return f->answer.verdict;
}
