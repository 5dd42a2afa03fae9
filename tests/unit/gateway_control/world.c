#include "world.h"

#include "core/json_scan.h"

#define RESOURCES_MAX 64

/* --- the fake store --- */

static void each_record(void *ctx,
                        void (*take)(void *take_ctx, struct slice key, struct slice json),
                        void *take_ctx)
{
    const struct world *w = ctx;
    for (size_t i = 0; i < w->record_count; i++) {
        if (w->records[i].json != NULL) {
            take(take_ctx, slice_from(w->records[i].key), slice_from(w->records[i].json));
        }
    }
}

static char *text_of(struct slice text)
{
    AUTO_ARENA arena = ARENA_INIT;
    return mem_strdup(arena_cstr(&arena, text));
}

static void keep_record(struct world *w, const struct control_record *record)
{
    size_t at = 0;
    while (at < w->record_count && !slice_is(record->key, w->records[at].key)) {
        at++;
    }
    if (at == w->record_count) {
        cr_assert_lt(at, COUNT_OF(w->records));
        w->records[w->record_count++].key = text_of(record->key);
    }
    mem_free(w->records[at].json);
    w->records[at].json = record->json.ptr != NULL ? text_of(record->json) : NULL;
}

/* As a store does, it tells of records when they are written, not before. */
struct fake_write {
    uv_timer_t timer;
    struct world *world;
    struct arena arena;
    struct control_record *records;
    size_t count;
    enum status status;
    void (*on_written)(void *ctx, enum status status);
    void *ctx;
};

static void on_write_closed(uv_handle_t *handle)
{
    mem_free(CONTAINER_OF(handle, struct fake_write, timer));
}

static void on_write_due(uv_timer_t *timer)
{
    struct fake_write *fake = CONTAINER_OF(timer, struct fake_write, timer);
    for (size_t i = 0; i < fake->count && fake->status == STATUS_OK; i++) {
        keep_record(fake->world, &fake->records[i]);
    }
    arena_finish(&fake->arena);
    fake->on_written(fake->ctx, fake->status);
    uv_close((uv_handle_t *)timer, on_write_closed);
}

static void write_records(void *ctx, const struct control_record *records, size_t count,
                          void (*on_written)(void *written_ctx, enum status status),
                          void *written_ctx)
{
    struct world *w = ctx;
    struct fake_write *fake = mem_zalloc(sizeof *fake);
    arena_init(&fake->arena, 4096);
    fake->world = w;
    fake->records = arena_array(&fake->arena, count, sizeof *fake->records);
    fake->count = count;
    for (size_t i = 0; i < count; i++) {
        struct slice json = records[i].json;
        fake->records[i].key = arena_copy(&fake->arena, records[i].key);
        fake->records[i].json = json.ptr != NULL ? arena_copy(&fake->arena, json) : SLICE_NULL;
    }
    w->writes++;
    fake->status = w->is_disk_full ? STATUS_UNAVAILABLE : STATUS_OK;
    fake->on_written = on_written;
    fake->ctx = written_ctx;
    cr_assert_eq(uv_timer_init(&w->f.loop, &fake->timer), 0);
    if (w->is_disk_busy) {
        cr_assert_null(w->held);
        w->held = fake;
    } else {
        cr_assert_eq(uv_timer_start(&fake->timer, on_write_due, 0, 0), 0);
    }
}

void world_write(struct world *w)
{
    w->is_disk_busy = false;
    on_write_due(&w->held->timer);
    w->held = NULL;
}

/* --- life --- */

static void on_change(void *ctx)
{
    ((struct world *)ctx)->changes++;
}

static void start(struct world *w)
{
    struct fault fault;
    fixture_open(&w->f);
    const struct edge_options options = {.region = "us-east-1", .account_id = "000000000000"};
    fixture_options(&w->f, false, &w->gateway_options);
    const struct control_options control = {.gateway = &w->gateway_options,
                                            .region = "us-east-1",
                                            .account_id = "000000000000",
                                            .edge_url = "http://127.0.0.1:4566",
                                            .records = {each_record, write_records, w},
                                            .on_change = on_change,
                                            .ctx = w};
    w->edge = edge_create(&w->f.context, &options);
    w->control = control_plane_create(&w->f.context, w->f.gateway, &control);
    edge_register(w->edge, &control_rest_service, w->control);
    edge_register(w->edge, &control_v2_service, w->control);
    cr_assert_eq(edge_listen(w->edge, "127.0.0.1", 0, &w->f.port, &fault), STATUS_OK);
}

void world_open(struct world *w)
{
    *w = (struct world){.status = 0};
    start(w);
}

static void on_edge_closed(void *ctx)
{
    ((struct world *)ctx)->is_edge_closed = true;
}

static void stop(struct world *w)
{
    w->is_edge_closed = false;
    control_plane_stop(w->control);
    edge_destroy(w->edge, 0, on_edge_closed, w);
    while (!w->is_edge_closed) {
        (void)uv_run(&w->f.loop, UV_RUN_ONCE);
    }
    fixture_close(&w->f);
    control_plane_destroy(w->control);
}

void world_restart(struct world *w)
{
    stop(w);
    start(w);
}

void world_close(struct world *w)
{
    stop(w);
    for (size_t i = 0; i < w->record_count; i++) {
        mem_free(w->records[i].key);
        mem_free(w->records[i].json);
    }
}

void world_deploy(struct world *w, const struct described *resources, size_t count)
{
    struct resource list[RESOURCES_MAX];
    char *texts[RESOURCES_MAX];
    struct fault fault = {.text = ""};
    for (size_t i = 0; i < count; i++) {
        texts[i] = json_quoted(resources[i].properties);
        list[i] = (struct resource){
            .logical_id = slice_from(resources[i].id),
            .type = slice_from(resources[i].type),
            .physical_id = slice_from(resources[i].id),
            .properties = slice_from(texts[i]),
            .position = SLICE("template.yaml:1:1"),
        };
    }
    cr_assert_eq(control_plane_deploy(w->control, list, count, 0, &fault), STATUS_OK, "%s",
                 fault.text);
    for (size_t i = 0; i < count; i++) {
        mem_free(texts[i]);
    }
}

struct slice world_ask(struct world *w, const char *method, const char *target, const char *body)
{
    char *text = body != NULL ? json_quoted(body) : NULL;
    AUTO_BUF request = BUF_INIT(32 << 20);
    buf_printf(&request,
               "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
               "Authorization: AWS4-HMAC-SHA256 "
               "Credential=k/20260101/us-east-1/apigateway/aws4_request\r\n",
               method, target);
    if (text != NULL) {
        buf_printf(&request, "Content-Length: %zu\r\n", strlen(text));
    }
    buf_append_text(&request, "\r\n");
    buf_append_text(&request, text != NULL ? text : "");
    mem_free(text);
    const char *answer = fixture_send(&w->f, buf_cstr(&request));
    w->status = response_status(answer);
    return slice_from(response_body(answer));
}

/* Without the white space between its values, in place. */
static struct slice compact(struct slice json)
{
    char *text = (char *)(uintptr_t)json.ptr; /* of the answer's buffer */
    size_t len = 0;
    bool is_text = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = text[i];
        if (is_text && c == '\\') {
            text[len++] = c;
            text[len++] = text[++i];
            continue;
        }
        is_text ^= c == '"';
        if (is_text || (c != ' ' && c != '\n')) {
            text[len++] = c;
        }
    }
    return slice_of(text, len);
}

void world_expect(struct world *w, const char *method, const char *target, int status,
                  const char *path, const char *wanted)
{
    struct slice answer = compact(world_ask(w, method, target, NULL));
    struct slice found = json_at(answer, path);
    cr_expect_eq(w->status, status, "%s %s: %d %.*s", method, target, w->status, SLICE_ARG(answer));
    cr_expect(json_is(answer, path, wanted), "%s %s: %s is %.*s, not %s", method, target, path,
              SLICE_ARG(found), wanted);
}

void world_take(struct slice answer, const char *path, char text[TEXT_MAX])
{
    struct slice found = json_at(answer, path);
    cr_assert(found.len > 2 && found.len < TEXT_MAX, "no %s in %.*s", path, SLICE_ARG(answer));
    (void)snprintf(text, TEXT_MAX, "%.*s", (int)found.len - 2, found.ptr + 1);
}

void world_text(struct world *w, const char *target, const char *path, char text[TEXT_MAX])
{
    world_take(world_ask(w, "GET", target, NULL), path, text);
}

struct slice world_do(struct world *w, const char *method, const char *target, const char *body)
{
    struct slice answer = compact(world_ask(w, method, target, body));
    cr_assert(w->status / 100 == 2, "%s %s: %d %.*s", method, target, w->status, SLICE_ARG(answer));
    return answer;
}

void world_refused(struct world *w, const char *method, const char *target, const char *body,
                   int status, const char *message)
{
    struct slice answer = world_ask(w, method, target, body);
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = json_text_of(&arena, json_at(answer, "message"));
    cr_expect_eq(w->status, status, "%s %s: %d", method, target, w->status);
    cr_expect(slice_is(text, message), "%s %s: %.*s, not %s", method, target, SLICE_ARG(text),
              message);
}

void world_refuses(struct world *w, const struct refusal *rows, size_t count)
{
    size_t writes = w->writes;
    for (size_t i = 0; i < count; i++) {
        world_refused(w, rows[i].method, rows[i].target, rows[i].body, rows[i].status,
                      rows[i].message);
    }
    cr_expect_eq(w->writes, writes, "what is refused is not kept");
}

int world_call(struct world *w, const char *api, const char *target)
{
    uint16_t edge_port = w->f.port;
    w->f.port = gateway_port(w->f.gateway, slice_from(api));
    int status = w->f.port == 0 ? 0 : response_status(fixture_get(&w->f, "GET", target, "", NULL));
    w->f.port = edge_port;
    return status;
}
