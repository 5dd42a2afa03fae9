#include "runtime/lambda.h"
#include "core/encode.h"
#include "core/file.h"
#include "core/mem.h"
#include "runtime/invocation.h"
#include "runtime/limits.h"
#include "runtime/pool.h"
#include "runtime/prepare.h"
#include "runtime/sandbox.h"
#include "runtime/spares.h"
#include "runtime/watch.h"

#include <assert.h>

/* A completion that waits for the end of the call that caused it. */
struct deferred {
    struct deferred *next;
    struct invocation *invocation;
    struct invoke_result result;
};

struct lambda {
    struct platform platform;
    struct pool **pools; /* sorted by name */
    size_t pool_count;
    struct pool **retired;
    size_t retired_count;
    struct watch *watch;
    struct deferred *deferred;
    struct deferred **deferred_end;
    uv_timer_t deferred_timer;
    uv_timer_t tick_timer; /* while sandboxes are busy */
    uv_timer_t patience_timer;
    uv_timer_t idle_timer;
    uv_timer_t drain_timer;
    uint32_t open_parts;
    bool is_destroyed; /* lambda_destroy() has been called */
    bool is_stopped;   /* and everything is being killed */
    bool is_closing_parts;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

static void stop_when_quiet(struct lambda *lambda);

static struct lambda *lambda_of(struct platform *platform)
{
    return CONTAINER_OF(platform, struct lambda, platform);
}

/* --- deferred completions --- */

static void on_deferred(uv_timer_t *timer)
{
    struct lambda *lambda = CONTAINER_OF(timer, struct lambda, deferred_timer);
    struct deferred *deferred = lambda->deferred;
    lambda->deferred = NULL;
    lambda->deferred_end = &lambda->deferred;
    while (deferred != NULL) {
        struct deferred *next = deferred->next;
        invocation_complete(&lambda->platform, deferred->invocation, &deferred->result);
        mem_free(deferred);
        deferred = next;
    }
    stop_when_quiet(lambda);
}

static void defer(struct platform *platform, struct invocation *invocation,
                  const struct invoke_result *result)
{
    struct lambda *lambda = lambda_of(platform);
    struct deferred *deferred = mem_zalloc(sizeof *deferred);
    deferred->invocation = invocation;
    deferred->result = *result;
    deferred->result.payload = arena_copy(&invocation->arena, result->payload);
    deferred->result.message = arena_copy(&invocation->arena, result->message);
    *lambda->deferred_end = deferred;
    lambda->deferred_end = &deferred->next;
    uv_timer_start(&lambda->deferred_timer, on_deferred, 0, 0);
}

/* --- the invoker --- */

void lambda_watch(struct lambda *lambda, struct function_watch *watch)
{
    platform_watch(&lambda->platform, watch);
}

void lambda_unwatch(struct lambda *lambda, struct function_watch *watch)
{
    platform_unwatch(&lambda->platform, watch);
}

static struct slice pool_name(const struct pool *pool)
{
    return pool_function(pool)->spec.name;
}

static struct pool *find_pool(const struct lambda *lambda, struct slice name)
{
    size_t low = 0;
    size_t high = lambda->pool_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(name, pool_name(lambda->pools[middle]));
        if (order == 0) {
            return lambda->pools[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

static struct slice trace_of(struct lambda *lambda, struct invocation *invocation,
                             struct slice given)
{
    if (given.len > 0) {
        return arena_copy(&invocation->arena, given);
    }
    char root[ID_TRACE_MAX];
    unsigned char bytes[8];
    char parent[17];
    id_trace_root(root, clock_epoch_ms(lambda->platform.context->clock));
    id_random(bytes, sizeof bytes);
    id_hex(parent, bytes, sizeof bytes);
    int len = snprintf(invocation->trace, sizeof invocation->trace, "%s;Parent=%s;Sampled=0", root,
                       parent);
    return slice_of(invocation->trace, (size_t)len);
}

static void refuse(struct lambda *lambda, struct invocation *invocation,
                   enum invoke_outcome outcome, struct slice message)
{
    struct invoke_result result = {.outcome = outcome, .message = message};
    defer(&lambda->platform, invocation, &result);
}

static void lambda_invoke(void *ctx, const struct invoke_request *request, invoke_done_fn *on_done,
                          void *done_ctx)
{
    struct lambda *lambda = ctx;
    struct invocation *invocation = invocation_new(&lambda->platform);
    struct arena *arena = &invocation->arena;
    invocation->on_done = on_done;
    invocation->done_ctx = done_ctx;
    invocation->stream = request->stream;
    invocation->wants_log_tail = request->wants_log_tail;
    invocation->payload = request->payload.len > 0 ? request->payload : SLICE("{}");
    invocation->source = arena_copy(arena, request->source);
    if (request->request_id.len > 0 && request->request_id.len <= 64) {
        invocation->request_id = arena_copy(arena, request->request_id);
    } else {
        invocation->request_id = slice_of(id_uuid(invocation->uuid), ID_UUID_MAX - 1);
    }
    if (lambda->is_destroyed) {
        refuse(lambda, invocation, INVOKE_UNAVAILABLE, SLICE("sls-local is shutting down"));
        return;
    }
    if (lambda->watch != NULL) {
        watch_drain(lambda->watch);
    }
    struct pool *pool = find_pool(lambda, request->function);
    struct slice version = pool != NULL
                               ? function_version(&pool_function(pool)->spec, request->qualifier)
                               : SLICE_NULL;
    if (version.ptr == NULL) {
        refuse(lambda, invocation, INVOKE_NOT_FOUND, SLICE_NULL);
        return;
    }
    if (request->payload.len > REQUEST_LEN_MAX) {
        refuse(lambda, invocation, INVOKE_TOO_LARGE, SLICE_NULL);
        return;
    }
    struct function *function = function_ref(pool_function(pool));
    invocation->function = function;
    invocation->function_name = function->spec.name;
    invocation->version = version;
    invocation->arn = request->qualifier.len == 0
                          ? function->arn
                          : arena_printf(arena, "%.*s:%.*s", SLICE_ARG(function->arn),
                                         SLICE_ARG(request->qualifier));
    invocation->trace_id = trace_of(lambda, invocation, request->trace_id);
    invocation->client_context = arena_copy(arena, request->client_context);
    pool_invoke(pool, invocation);
}

struct invoker lambda_invoker(struct lambda *lambda)
{
    return (struct invoker){lambda_invoke, lambda};
}

/* --- the coarse timers --- */

static void on_tick(uv_timer_t *timer)
{
    struct lambda *lambda = CONTAINER_OF(timer, struct lambda, tick_timer);
    bool is_active = false;
    struct sandbox *next;
    for (struct sandbox *s = lambda->platform.sandboxes; s != NULL; s = next) {
        next = sandbox_next(s);
        is_active |= sandbox_tick(s);
    }
    if (!is_active) {
        uv_timer_stop(timer);
        lambda->platform.is_ticking = false;
    }
}

static void start_tick(struct platform *platform)
{
    struct lambda *lambda = lambda_of(platform);
    if (!lambda->is_closing_parts) {
        platform->is_ticking = true;
        uv_timer_start(&lambda->tick_timer, on_tick, MEMORY_SAMPLE_MS, MEMORY_SAMPLE_MS);
    }
}

static void on_patience(uv_timer_t *timer)
{
    struct lambda *lambda = CONTAINER_OF(timer, struct lambda, patience_timer);
    for (size_t i = 0; i < lambda->pool_count; i++) {
        pool_lose_patience(lambda->pools[i]);
    }
    for (size_t i = 0; i < lambda->retired_count; i++) {
        pool_lose_patience(lambda->retired[i]);
    }
}

static void start_patience(struct platform *platform)
{
    struct lambda *lambda = lambda_of(platform);
    if (!lambda->is_closing_parts && !uv_is_active((uv_handle_t *)&lambda->patience_timer)) {
        uv_timer_start(&lambda->patience_timer, on_patience, PATIENCE_MS / 2, 0);
    }
}

static void on_idle_timer(uv_timer_t *timer)
{
    struct lambda *lambda = CONTAINER_OF(timer, struct lambda, idle_timer);
    uint64_t idle_ns = (uint64_t)lambda->platform.idle_ms * 1000000;
    uint64_t now_ns = platform_now_ns();
    for (size_t i = 0; now_ns > idle_ns && i < lambda->pool_count; i++) {
        pool_stop_idle_since(lambda->pools[i], now_ns - idle_ns);
    }
}

/* --- deployment --- */

static int compare_pools(const void *a, const void *b)
{
    const struct pool *const *left = a;
    const struct pool *const *right = b;
    return slice_compare(pool_name(*left), pool_name(*right));
}

static void retire(struct lambda *lambda, struct pool *pool)
{
    lambda->retired =
        mem_realloc(lambda->retired, (lambda->retired_count + 1) * sizeof(struct pool *));
    lambda->retired[lambda->retired_count++] = pool;
    pool_retire(pool);
}

static void on_pool_empty(struct platform *platform, struct pool *pool)
{
    struct lambda *lambda = lambda_of(platform);
    for (size_t i = 0; i < lambda->retired_count; i++) {
        if (lambda->retired[i] == pool) {
            lambda->retired[i] = lambda->retired[--lambda->retired_count];
            break;
        }
    }
}

static void on_changed(void *ctx, void *subject, struct slice path);

static void watch_pools(struct lambda *lambda)
{
    if (lambda->watch == NULL) {
        return;
    }
    watch_clear(lambda->watch);
    for (size_t i = 0; i < lambda->pool_count; i++) {
        const struct function_spec *spec = &pool_function(lambda->pools[i])->spec;
        if (spec->code == CODE_DIRECTORY || spec->code == CODE_ZIP) {
            watch_add(lambda->watch, spec->code_path, WATCH_SOURCES, lambda->pools[i]);
        }
        for (size_t j = 0; j < spec->layer_count; j++) {
            watch_add(lambda->watch, spec->layers[j], WATCH_PACKAGES, lambda->pools[i]);
        }
    }
}

void lambda_deploy(struct lambda *lambda, const struct function_spec *specs, size_t count)
{
    struct platform *platform = &lambda->platform;
    struct pool **pools = mem_array(count, sizeof *pools);
    struct pool **old = lambda->pools;
    size_t old_count = lambda->pool_count;
    size_t kept = 0;
    assert(!lambda->is_destroyed);

    if (platform->spares != NULL) {
        spares_unwant(platform->spares);
    }
    for (size_t i = 0; i < count; i++) {
        struct pool *pool = find_pool(lambda, specs[i].name);
        if (pool == NULL) {
            struct function *function = function_create(&specs[i], platform->settings.region,
                                                        platform->settings.account_id);
            pools[kept++] = pool_create(platform, function);
            function_unref(function);
            continue;
        }
        if (!function_spec_equals(&pool_function(pool)->spec, &specs[i])) {
            struct function *function = function_create(&specs[i], platform->settings.region,
                                                        platform->settings.account_id);
            pool_configure(pool, function);
            function_unref(function);
        } else if (platform->spares != NULL && pool_plan(pool) != NULL) {
            spares_want(platform->spares, pool_plan(pool));
        }
        pools[kept++] = pool;
    }
    qsort(pools, kept, sizeof *pools, compare_pools);
    lambda->pools = pools;
    lambda->pool_count = kept;
    for (size_t i = 0; i < old_count; i++) {
        if (find_pool(lambda, pool_name(old[i])) != old[i]) {
            retire(lambda, old[i]);
        }
    }
    mem_free(old);
    if (platform->spares != NULL) {
        spares_trim(platform->spares);
    }
    watch_pools(lambda);
}

static void on_changed(void *ctx, void *subject, struct slice path)
{
    struct lambda *lambda = ctx;
    struct pool *pool = subject;
    platform_notice(&lambda->platform, pool_name(pool), "reloaded: %.*s changed", SLICE_ARG(path));
    pool_refresh(pool);
}

enum status lambda_debug(struct lambda *lambda, struct slice function, uint16_t port,
                         struct fault *reterr)
{
    struct function_state state;
    struct pool *pool = NULL;
    if (lambda_function_find(lambda, function, &state)) {
        pool = find_pool(lambda, state.spec->name);
    }
    if (pool == NULL) {
        return fault_set(reterr, STATUS_NOT_FOUND, "there is no function '%.*s' to debug",
                         SLICE_ARG(function));
    }
    enum runtime_family family = runtime_family_of(state.spec->runtime);
    if (family != FAMILY_NODE && family != FAMILY_PYTHON) {
        return fault_set(reterr, STATUS_UNSUPPORTED,
                         "%.*s functions cannot be debugged through sls-local; attach your "
                         "debugger to the process",
                         SLICE_ARG(state.spec->runtime));
    }
    pool_debug(pool, port);
    return STATUS_OK;
}

/* --- reading --- */

void lambda_function_code(struct function_state *state)
{
    pool_code(state->pool, state);
}

size_t lambda_function_count(const struct lambda *lambda)
{
    return lambda->pool_count;
}

void lambda_function_at(struct lambda *lambda, size_t index, struct function_state *ret_state)
{
    assert(index < lambda->pool_count);
    pool_state(lambda->pools[index], ret_state);
}

bool lambda_function_find(struct lambda *lambda, struct slice name,
                          struct function_state *ret_state)
{
    struct pool *pool = find_pool(lambda, name);
    for (size_t i = 0; pool == NULL && i < lambda->pool_count; i++) {
        if (slice_eq(pool_function(lambda->pools[i])->spec.logical_id, name)) {
            pool = lambda->pools[i];
        }
    }
    if (pool != NULL) {
        pool_state(pool, ret_state);
    }
    return pool != NULL;
}

/* --- life --- */

static void free_lambda(struct lambda *lambda)
{
    struct plan_settings *settings = &lambda->platform.settings;
    void (*on_closed)(void *) = lambda->on_closed;
    void *ctx = lambda->closed_ctx;
    while (lambda->platform.free_invocations != NULL) {
        struct invocation *invocation = lambda->platform.free_invocations;
        lambda->platform.free_invocations = invocation->next;
        arena_finish(&invocation->arena);
        mem_free(invocation);
    }
    mem_free(lambda->pools);
    mem_free(lambda->retired);
    mem_free(settings->data_dir);
    mem_free(settings->runtimes_dir);
    mem_free(settings->region);
    mem_free(settings->account_id);
    mem_free(settings->endpoint_url);
    mem_free(settings->ca_file);
    mem_free(settings->ca_bundle);
    mem_free(lambda);
    if (on_closed != NULL) {
        on_closed(ctx);
    }
}

static void close_part(void *ctx)
{
    struct lambda *lambda = ctx;
    if (--lambda->open_parts == 0) {
        free_lambda(lambda);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    close_part(handle->data);
}

/* Every sandbox and pool is gone: the rest are timers. */
static void close_parts(struct lambda *lambda)
{
    uv_timer_t *timers[] = {&lambda->deferred_timer, &lambda->tick_timer, &lambda->idle_timer,
                            &lambda->patience_timer, &lambda->drain_timer};
    if (lambda->is_closing_parts) {
        return;
    }
    lambda->is_closing_parts = true;
    for (size_t i = 0; i < COUNT_OF(timers); i++) {
        timers[i]->data = lambda;
        lambda->open_parts++;
        uv_close((uv_handle_t *)timers[i], on_timer_closed);
    }
    lambda->open_parts++;
    if (lambda->watch != NULL) {
        lambda->open_parts++;
        watch_destroy(lambda->watch, close_part, lambda);
    }
    if (lambda->platform.spares != NULL) {
        lambda->open_parts++;
        spares_destroy(lambda->platform.spares, close_part, lambda);
    }
    preparer_destroy(lambda->platform.preparer, close_part, lambda);
}

static void close_when_gone(struct lambda *lambda)
{
    if (lambda->is_stopped && lambda->platform.sandbox_count == 0 && lambda->pool_count == 0 &&
        lambda->retired_count == 0 && lambda->deferred == NULL && lambda->platform.removals == 0) {
        close_parts(lambda);
    }
}

static void on_sandbox_gone(struct platform *platform)
{
    close_when_gone(lambda_of(platform));
}

static void stop(struct lambda *lambda)
{
    if (lambda->is_stopped) {
        return;
    }
    lambda->is_stopped = true;
    lambda->platform.is_closing = true;
    uv_timer_stop(&lambda->drain_timer);
    if (lambda->platform.spares != NULL) {
        spares_stop(lambda->platform.spares);
    }
    for (size_t i = lambda->retired_count; i > 0; i--) {
        pool_stop(lambda->retired[i - 1]);
    }
    while (lambda->pool_count > 0) {
        struct pool *pool = lambda->pools[--lambda->pool_count];
        pool_stop(pool);
        retire(lambda, pool);
    }
    close_when_gone(lambda);
}

static void stop_when_quiet(struct lambda *lambda)
{
    if (!lambda->is_destroyed) {
        return;
    }
    bool is_quiet = lambda->deferred == NULL;
    for (size_t i = 0; is_quiet && i < lambda->pool_count; i++) {
        is_quiet = pool_is_quiet(lambda->pools[i]);
    }
    for (size_t i = 0; is_quiet && i < lambda->retired_count; i++) {
        is_quiet = pool_is_quiet(lambda->retired[i]);
    }
    if (is_quiet) {
        stop(lambda);
        close_when_gone(lambda);
    }
}

static void on_drain_timer(uv_timer_t *timer)
{
    struct lambda *lambda = CONTAINER_OF(timer, struct lambda, drain_timer);
    stop(lambda);
}

void lambda_destroy(struct lambda *lambda, uint32_t drain_ms, void (*on_closed)(void *ctx),
                    void *ctx)
{
    if (lambda == NULL) {
        return;
    }
    assert(!lambda->is_destroyed);
    lambda->is_destroyed = true;
    lambda->on_closed = on_closed;
    lambda->closed_ctx = ctx;
    uv_timer_start(&lambda->drain_timer, on_drain_timer, drain_ms, 0);
    uv_timer_start(&lambda->deferred_timer, on_deferred, 0, 0); /* asks whether all is quiet */
}

/* What a killed gateway left behind, and what is made anew in each run. */
static enum status clean(const char *data_dir, struct fault *reterr)
{
    static const char *const folders[] = {"sandboxes", "build"};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < COUNT_OF(folders); i++) {
        AUTO_BUF path = BUF_INIT(4096);
        buf_printf(&path, "%s/%s", data_dir, folders[i]);
        status = file_remove_tree(buf_cstr(&path), reterr);
    }
    return status;
}

int lambda_probe(void)
{
    return process_isolation_begin();
}

enum status lambda_create(struct context *context, const struct lambda_options *options,
                          struct lambda **ret_lambda, struct fault *reterr)
{
    char *runtimes_dir;
    enum status status = clean(options->data_dir, reterr);
    if (status == STATUS_OK) {
        status = assets_unpack(options->data_dir, &runtimes_dir, reterr);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct lambda *lambda = mem_zalloc(sizeof *lambda);
    struct platform *platform = &lambda->platform;
    platform->context = context;
    platform->settings = (struct plan_settings){
        .data_dir = mem_strdup(options->data_dir),
        .runtimes_dir = runtimes_dir,
        .region = mem_strdup(options->region),
        .account_id = mem_strdup(options->account_id),
        .endpoint_url = options->endpoint_url != NULL ? mem_strdup(options->endpoint_url) : NULL,
        .ca_file = options->ca_file != NULL ? mem_strdup(options->ca_file) : NULL,
        .ca_bundle = options->ca_bundle != NULL ? mem_strdup(options->ca_bundle) : NULL,
        .isolation =
            process_isolation_end(options->probe != 0 ? options->probe : process_isolation_begin()),
    };
    platform->observer = options->observer;
    platform->default_concurrency = options->default_concurrency;
    platform->idle_ms = options->idle_ms != 0 ? options->idle_ms : IDLE_DEFAULT_MS;
    platform->memory_kb = uv_get_total_memory() / 1024;
    platform->lanes = 2 * uv_available_parallelism();
    platform->starting_max = 16 * uv_available_parallelism();
    platform->hungry_end = &platform->hungry;
    platform->on_pool_empty = on_pool_empty;
    platform->on_sandbox_gone = on_sandbox_gone;
    platform->start_tick = start_tick;
    platform->start_patience = start_patience;
    platform->defer = defer;
    platform->log_sink = options->log_sink;
    platform->preparer = preparer_create(platform);
    unpacked_sweep(platform);
    lambda->deferred_end = &lambda->deferred;
    uv_timer_init(context->loop, &lambda->deferred_timer);
    uv_timer_init(context->loop, &lambda->tick_timer);
    uv_timer_init(context->loop, &lambda->patience_timer);
    uv_timer_init(context->loop, &lambda->idle_timer);
    uv_timer_init(context->loop, &lambda->drain_timer);
    uint64_t idle_step_ms = platform->idle_ms / 4 < 30000 ? platform->idle_ms / 4 + 1 : 30000;
    uv_timer_start(&lambda->idle_timer, on_idle_timer, idle_step_ms, idle_step_ms);
    uv_unref((uv_handle_t *)&lambda->idle_timer);
    if (options->watches) {
        lambda->watch = watch_create(context, options->data_dir, on_changed, lambda);
    }
    if (options->has_spares) {
        platform->spares = spares_create(platform);
    }
    *ret_lambda = lambda;
    return STATUS_OK;
}
