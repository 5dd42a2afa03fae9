#include "service.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define WAIT_TURNS 200000

static void open_store(struct service *service)
{
    struct fault fault = {.text = ""};
    cr_assert_eq(store_open(&service->context, &service->options, &service->store, &fault),
                 STATUS_OK, "%s", fault.text);
    const struct edge_options options = {.region = "us-east-1", .account_id = "000000000000"};
    service->edge = edge_create(&service->context, &options);
    edge_register(service->edge, store_service(), service->store);
}

void service_open(struct service *service, const struct store_options *options)
{
    *service = (struct service){.status = 0};
    if (options != NULL) {
        service->options = *options;
    }
    cr_assert_eq(uv_loop_init(&service->loop), 0);
    clock_init_manual(&service->clock, 1767225600000);
    log_init(&service->log, &service->clock, LOG_OFF);
    service->context =
        (struct context){.loop = &service->loop, .clock = &service->clock, .log = &service->log};
    strncpy(service->dir, "/tmp/sls-dynamodb-XXXXXX", sizeof(service->dir) - 1);
    cr_assert_not_null(mkdtemp(service->dir));
    service->options.data_dir = service->dir;
    service->options.account_id = "000000000000";
    service->options.region = "us-east-1";
    if (service->options.map_bytes == 0) {
        service->options.map_bytes = 16 * 1024 * 1024;
    }
    buf_init(&service->reply, 64 * 1024 * 1024);
    open_store(service);
}

void service_turn(struct service *service)
{
    uv_run(&service->loop, UV_RUN_NOWAIT);
    struct timespec pause = {0, 20000};
    (void)nanosleep(&pause, NULL);
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

static void close_store(struct service *service)
{
    bool is_edge_closed = false, is_store_closed = false;
    edge_destroy(service->edge, 0, on_closed, &is_edge_closed);
    store_close(service->store, on_closed, &is_store_closed);
    for (int i = 0; i < WAIT_TURNS && !(is_edge_closed && is_store_closed); i++) {
        service_turn(service);
    }
    cr_assert(is_edge_closed && is_store_closed);
}

void service_reopen(struct service *service)
{
    close_store(service);
    open_store(service);
}

void service_close(struct service *service)
{
    char path[128];
    close_store(service);
    for (int i = 0; i < WAIT_TURNS && uv_loop_alive(&service->loop); i++) {
        service_turn(service);
    }
    cr_assert_eq(uv_loop_close(&service->loop), 0);
    buf_finish(&service->reply);
    static const char *const files[] = {"store.mdb", "store.mdb-lock"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", service->dir, files[i]);
        (void)unlink(path);
    }
    cr_assert_eq(rmdir(service->dir), 0);
}

static void on_reply(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct service *service = ctx;
    (void)headers;
    service->status = http_status;
    service->has_reply = true;
    buf_clear(&service->reply);
    buf_append(&service->reply, body);
    (void)buf_cstr(&service->reply);
}

const char *service_call(struct service *service, const char *operation, const char *body)
{
    char *json = json_quoted(body);
    const struct api_internal_request request = {
        .service = SLICE("dynamodb"), .operation = slice_from(operation), .body = slice_from(json)};
    service->has_reply = false;
    api_internal_call(service->edge, &request, on_reply, service);
    for (int i = 0; i < WAIT_TURNS && !service->has_reply; i++) {
        service_turn(service);
    }
    cr_assert(service->has_reply, "%s: no reply", operation);
    mem_free(json);
    return buf_cstr(&service->reply);
}

const char *service_ok(struct service *service, const char *operation, const char *body)
{
    const char *reply = service_call(service, operation, body);
    cr_assert_eq(service->status, 200, "%s %s: %s", operation, body, reply);
    return reply;
}

struct slice service_at(const struct service *service, const char *path)
{
    return json_at(buf_slice(&service->reply), path);
}

bool service_is(const struct service *service, const char *path, const char *json)
{
    return json_is(buf_slice(&service->reply), path, json);
}
