#include "tests/support/bus.h"

#include "core/file.h"
#include "core/mem.h"
#include "scheduler/logs/log_store.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define WAIT_TURNS 200000

/* --- functions --- */

struct invocation {
    uv_timer_t timer; /* a result comes later, never inside invoke() */
    struct invoke_result result;
    invoke_done_fn *on_done;
    void *done_ctx;
};

static void on_invocation_closed(uv_handle_t *handle)
{
    mem_free(CONTAINER_OF((uv_timer_t *)handle, struct invocation, timer));
}

static void on_invocation_over(uv_timer_t *timer)
{
    struct invocation *invocation = CONTAINER_OF(timer, struct invocation, timer);
    struct bus *bus = timer->data;
    invocation->on_done(invocation->done_ctx, &invocation->result);
    alarms_release(bus->context.alarms);
    uv_close((uv_handle_t *)timer, on_invocation_closed);
}

static void invoke(void *ctx, const struct invoke_request *request, invoke_done_fn *on_done,
                   void *done_ctx)
{
    struct bus *bus = ctx;
    struct invocation *invocation = mem_zalloc(sizeof *invocation);
    invocation->on_done = on_done;
    invocation->done_ctx = done_ctx;
    bus->invocations++;
    if (bus->on_invoke != NULL) {
        bus->on_invoke(bus, request, &invocation->result);
    }
    alarms_hold(bus->context.alarms);
    uv_timer_init(&bus->loop, &invocation->timer);
    invocation->timer.data = bus;
    uv_timer_start(&invocation->timer, on_invocation_over, 0, 0);
}

/* Every function is there, unreserved, with a timeout of three seconds. */
static bool find_function(void *ctx, struct slice function, struct function_facts *ret_facts)
{
    (void)ctx;
    struct slice name = slice_skip(function, slice_rfind(function, ':') + 1);
    *ret_facts = (struct function_facts){.name = name,
                                         .arn = function,
                                         .timeout_ms = 3000,
                                         .reserved_concurrency = -1,
                                         .available = 100};
    return true;
}

static void on_notice(void *ctx, struct slice about, struct slice text)
{
    struct bus *bus = ctx;
    buf_printf(&bus->notices, "%.*s: %.*s\n", SLICE_ARG(about), SLICE_ARG(text));
}

/* --- life --- */

static void open_parts(struct bus *bus)
{
    struct fault fault = {.text = ""};
    const struct store_options store_options = {.data_dir = bus->dir,
                                                .account_id = "000000000000",
                                                .region = "us-east-1",
                                                .map_bytes = 16 * 1024 * 1024};
    cr_assert_eq(store_open(&bus->context, &store_options, &bus->store, &fault), STATUS_OK, "%s",
                 fault.text);
    const struct edge_options edge_options = {.region = "us-east-1", .account_id = "000000000000"};
    bus->edge = edge_create(&bus->context, &edge_options);
    edge_register(bus->edge, store_service(), bus->store);
    char logs_dir[sizeof bus->dir + 8];
    (void)snprintf(logs_dir, sizeof logs_dir, "%s/logs", bus->dir);
    bus->logs = log_store_create(&bus->context, logs_dir, false);
    const struct scheduler_options options = {.data_dir = bus->dir,
                                              .region = "us-east-1",
                                              .account_id = "000000000000",
                                              .edge_url = "http://127.0.0.1:4566",
                                              .catch_up = bus->catch_up,
                                              .invoker = {invoke, bus},
                                              .functions = {.find = find_function, .ctx = bus},
                                              .logs = bus->logs,
                                              .on_notice = on_notice,
                                              .ctx = bus};
    cr_assert_eq(
        scheduler_open(&bus->context, bus->store, bus->edge, &options, &bus->scheduler, &fault),
        STATUS_OK, "%s", fault.text);
}

void bus_open(struct bus *bus)
{
    cr_assert_eq(uv_loop_init(&bus->loop), 0);
    clock_init_manual(&bus->clock, BUS_START_MS);
    log_init(&bus->log, &bus->clock, LOG_OFF);
    bus->context = (struct context){.loop = &bus->loop,
                                    .clock = &bus->clock,
                                    .log = &bus->log,
                                    .alarms = alarms_create(&bus->loop, &bus->clock)};
    (void)snprintf(bus->dir, sizeof bus->dir, "/tmp/sls-bus-XXXXXX");
    cr_assert_not_null(mkdtemp(bus->dir));
    buf_init(&bus->reply, 64 * 1024 * 1024);
    buf_init(&bus->notices, 1024 * 1024);
    open_parts(bus);
}

/* A job that lasts until the loop has turned often enough. */
struct holding {
    struct write_job job;
    uv_prepare_t turn;
    atomic_int turns_left;
};

static void on_holding_turn(uv_prepare_t *turn)
{
    atomic_fetch_sub(&CONTAINER_OF(turn, struct holding, turn)->turns_left, 1);
}

static void run_holding(struct write_job *job, struct txn *txn)
{
    struct holding *holding = CONTAINER_OF(job, struct holding, job);
    (void)txn;
    while (atomic_load(&holding->turns_left) > 0) {
        sched_yield();
    }
}

static void on_holding_closed(uv_handle_t *handle)
{
    mem_free(CONTAINER_OF((uv_prepare_t *)handle, struct holding, turn));
}

static void on_held(struct write_job *job, enum status status)
{
    struct holding *holding = CONTAINER_OF(job, struct holding, job);
    (void)status;
    uv_close((uv_handle_t *)&holding->turn, on_holding_closed);
}

void bus_hold_writer(struct bus *bus, int turns)
{
    struct holding *holding = mem_zalloc(sizeof *holding);
    holding->job = (struct write_job){.run = run_holding, .done = on_held};
    atomic_init(&holding->turns_left, turns);
    cr_assert_eq(uv_prepare_init(&bus->loop, &holding->turn), 0);
    cr_assert_eq(uv_prepare_start(&holding->turn, on_holding_turn), 0);
    engine_submit(bus->scheduler->engine, &holding->job);
}

void bus_fill_disk(bool is_full)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN); /* it has no counterpart on a full disk */
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = is_full ? 0 : RLIM_INFINITY;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

void bus_turn(struct bus *bus)
{
    uv_run(&bus->loop, UV_RUN_NOWAIT);
    struct timespec pause = {0, 20000};
    (void)nanosleep(&pause, NULL);
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

static void turn_until(struct bus *bus, const bool *flag, const char *what)
{
    for (int i = 0; i < WAIT_TURNS && !*flag; i++) {
        bus_turn(bus);
    }
    cr_assert(*flag, "%s", what);
}

static void close_parts(struct bus *bus)
{
    bool is_edge_closed = false, is_scheduler_closed = false, is_logs_closed = false,
         is_store_closed = false;
    edge_destroy(bus->edge, 0, on_closed, &is_edge_closed);
    turn_until(bus, &is_edge_closed, "the edge closes");
    scheduler_close(bus->scheduler, on_closed, &is_scheduler_closed);
    turn_until(bus, &is_scheduler_closed, "the scheduler closes");
    log_store_destroy(bus->logs, on_closed, &is_logs_closed);
    turn_until(bus, &is_logs_closed, "the logs close");
    store_close(bus->store, on_closed, &is_store_closed);
    turn_until(bus, &is_store_closed, "the store closes");
}

void bus_reopen(struct bus *bus)
{
    close_parts(bus);
    open_parts(bus);
}

void bus_close(struct bus *bus)
{
    struct fault fault;
    close_parts(bus);
    alarms_destroy(bus->context.alarms);
    for (int i = 0; i < WAIT_TURNS && uv_loop_alive(&bus->loop); i++) {
        bus_turn(bus);
    }
    cr_assert_eq(uv_loop_close(&bus->loop), 0);
    buf_finish(&bus->reply);
    buf_finish(&bus->notices);
    cr_assert_eq(file_remove_tree(bus->dir, &fault), STATUS_OK);
}

/* --- time --- */

void bus_wait(struct bus *bus, bool (*is_done)(struct bus *bus), const char *what)
{
    for (int i = 0; i < WAIT_TURNS && !is_done(bus); i++) {
        bus_turn(bus);
    }
    cr_assert(is_done(bus), "%s", what);
}

static void on_turned(void *ctx, size_t ran)
{
    (void)ran;
    *(bool *)ctx = true;
}

void bus_advance(struct bus *bus, int64_t ms)
{
    bool is_turned = false;
    cr_assert_eq(alarms_turn(bus->context.alarms, ms, on_turned, &is_turned), STATUS_OK);
    turn_until(bus, &is_turned, "the clock turns");
}

/* --- operations --- */

static void on_reply(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct bus *bus = ctx;
    (void)headers;
    bus->status = http_status;
    bus->has_reply = true;
    buf_clear(&bus->reply);
    buf_append(&bus->reply, body);
    (void)buf_cstr(&bus->reply);
}

#define PATH_PARAMS_MAX 4

const char *bus_rest(struct bus *bus, const char *service, const char *operation, const char *path,
                     const char *query, const char *body)
{
    char *json = json_quoted(body);
    struct http_header params[PATH_PARAMS_MAX + 1] = {{{NULL, 0}, {NULL, 0}}};
    struct slice rest = slice_from(path);
    struct slice pair;
    for (size_t i = 0; i < PATH_PARAMS_MAX && rest.len > 0 && slice_split(&rest, '&', &pair); i++) {
        size_t equals = slice_find(pair, '=');
        params[i] = (struct http_header){slice_take(pair, equals), slice_skip(pair, equals + 1)};
    }
    const struct api_internal_request request = {.service = slice_from(service),
                                                 .operation = slice_from(operation),
                                                 .path_params = params,
                                                 .query = slice_from(query),
                                                 .body = slice_from(json)};
    bus->has_reply = false;
    api_internal_call(bus->edge, &request, on_reply, bus);
    turn_until(bus, &bus->has_reply, operation);
    mem_free(json);
    return buf_cstr(&bus->reply);
}

const char *bus_call(struct bus *bus, const char *service, const char *operation, const char *body)
{
    return bus_rest(bus, service, operation, "", "", body);
}

const char *bus_ok(struct bus *bus, const char *service, const char *operation, const char *body)
{
    const char *reply = bus_call(bus, service, operation, body);
    cr_assert_eq(bus->status, 200, "%s %s: %s", operation, body, reply);
    return reply;
}

struct slice bus_at(const struct bus *bus, const char *path)
{
    return json_at(buf_slice(&bus->reply), path);
}

bool bus_is(const struct bus *bus, const char *path, const char *json)
{
    return json_is(buf_slice(&bus->reply), path, json);
}

/* --- resources --- */

static void on_deployed(void *ctx, enum status status, const struct fault *fault)
{
    struct bus *bus = ctx;
    bus->has_reply = true;
    bus->status = (int)status;
    buf_clear(&bus->reply);
    buf_append_text(&bus->reply, status == STATUS_OK ? "" : fault->text);
}

const char *bus_deploy_resource(struct bus *bus, const struct resource *resource)
{
    bus->has_reply = false;
    scheduler_deploy(bus->scheduler, resource, 1, on_deployed, bus);
    turn_until(bus, &bus->has_reply, "the deployment ends");
    return buf_cstr(&bus->reply);
}

const char *bus_deploy(struct bus *bus, const char *type, const char *physical_id,
                       const char *properties)
{
    char *json = json_quoted(properties);
    const struct resource resource = {.logical_id = slice_from(physical_id),
                                      .type = slice_from(type),
                                      .physical_id = slice_from(physical_id),
                                      .properties = slice_from(json),
                                      .position = SLICE("template.yaml:1:1")};
    const char *fault = bus_deploy_resource(bus, &resource);
    mem_free(json);
    return fault;
}
