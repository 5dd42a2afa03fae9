#include "runtime/pool.h"
#include "core/mem.h"
#include "runtime/errors.h"
#include "runtime/limits.h"
#include "runtime/prepare.h"
#include "runtime/sandbox.h"
#include "runtime/spares.h"

enum { SLOTS_MAX = 64, STOPPED_BODY_MAX = 4096 };

struct pool {
    struct platform *platform;
    struct function *function;
    struct plan *plan; /* NULL while a new one is being prepared */
    struct invocation *queue;
    struct invocation **queue_end;
    struct sandbox *idle;   /* used last first */
    char *slots[SLOTS_MAX]; /* directories of reset sandboxes, for the next to take over */
    uint32_t slot_count;
    uint32_t queued;
    uint32_t in_flight; /* accepted and not answered */
    uint32_t starting;
    uint32_t bound;     /* of those starting: with an invocation of their own */
    uint32_t ready;     /* idle or busy */
    uint32_t finishing; /* of those: has answered, will ask for the next event in a moment */
    uint32_t idle_count;
    uint32_t resetting;  /* dying by a reset: its slot comes back at once */
    uint32_t leaving;    /* not gone yet, resetting ones included */
    uint32_t typical_us; /* of an invocation, when nothing else is in its way */
    uint32_t results;    /* of this plan, capped */
    uint32_t recent;     /* of those, since the last look of the patience timer */
    uint32_t hurried;    /* so many results to come before invocations may wait again */
    uint32_t retries;    /* inits that timed out and run again with an invocation */
    uint16_t debug_port;
    bool is_hungry;
    bool is_retired;
    struct pool *next_hungry;
    uint64_t invocations, errors, throttles;
    int64_t last_modified_ms;
    uint64_t hashed_plan; /* number of the plan that the next three are of */
    uint64_t code_size;
    char code_sha256[48];
    char revision_id[ID_UUID_MAX];
};

static void serve(struct pool *pool);

/* --- reading --- */

struct function *pool_function(const struct pool *pool)
{
    return pool->function;
}

const struct plan *pool_plan(const struct pool *pool)
{
    return pool->plan;
}

bool pool_is_quiet(const struct pool *pool)
{
    return pool->in_flight == 0;
}

struct pool **pool_hungry_link(struct pool *pool)
{
    return &pool->next_hungry;
}

static uint32_t limit_of(const struct pool *pool);

void pool_state(const struct pool *pool, struct function_state *ret_state)
{
    const struct plan *plan = pool->plan;
    union {
        const struct pool *from;
        void *to;
    } pool_address = {pool};
    *ret_state = (struct function_state){
        .spec = &pool->function->spec,
        .arn = pool->function->arn,
        .last_modified_ms = pool->last_modified_ms,
        .log_group = pool->function->log_group,
        .problem = plan != NULL && plan->problem_kind != PROBLEM_NONE ? plan->problem : SLICE_NULL,
        .sandboxes = pool->starting + pool->ready,
        .busy = pool->ready - pool->idle_count,
        .queued = pool->queued,
        .in_flight = pool->in_flight,
        .concurrency = pool->function->spec.reserved_concurrency == 0 ? 0 : limit_of(pool),
        .invocations = pool->invocations,
        .errors = pool->errors,
        .throttles = pool->throttles,
        .pool = pool_address.to,
    };
}

void pool_code(struct pool *pool, struct function_state *ret_state)
{
    const struct plan *plan = pool->plan;
    if (plan != NULL && pool->hashed_plan != plan->number) {
        AUTO_BUF text = BUF_INIT(sizeof pool->code_sha256);
        AUTO_BUF whole = BUF_INIT(512);
        pool->hashed_plan = plan->number;
        code_hash(plan, &text, &pool->code_size);
        snprintf(pool->code_sha256, sizeof pool->code_sha256, "%s", buf_cstr(&text));
        buf_printf(&whole, "%.*s %s %llu", SLICE_ARG(pool->function->spec.name), pool->code_sha256,
                   (unsigned long long)function_hash(&pool->function->spec));
        id_derived_uuid(pool->revision_id, buf_slice(&whole));
    }
    ret_state->code_sha256 = slice_from(pool->code_sha256);
    ret_state->code_size = pool->code_size;
    ret_state->revision_id = slice_from(pool->revision_id);
}

static uint32_t limit_of(const struct pool *pool)
{
    const struct function_spec *spec = &pool->function->spec;
    if (pool->debug_port != 0) {
        return 1;
    }
    if (spec->reserved_concurrency > 0) {
        return (uint32_t)spec->reserved_concurrency;
    }
    if (pool->platform->default_concurrency != 0) {
        return pool->platform->default_concurrency;
    }
    /* Half the machine's memory, at what a sandbox of this size usually takes. */
    uint64_t each_kb = runtime_family_of(spec->runtime) == FAMILY_PROVIDED ? 8 * 1024 : 32 * 1024;
    uint64_t quarter_kb = (uint64_t)spec->memory_mb * 1024 / 4;
    each_kb = quarter_kb > each_kb ? quarter_kb : each_kb;
    uint64_t limit = pool->platform->memory_kb / 2 / each_kb;
    return limit < 16 ? 16 : limit > CONCURRENCY_MAX ? CONCURRENCY_MAX : (uint32_t)limit;
}

/* --- how many there are --- */

static void enter(struct pool *pool, struct invocation *invocation)
{
    struct platform *platform = pool->platform;
    invocation->concurrent = ++pool->in_flight;
    invocation->concurrent_all = ++platform->in_flight;
    if (pool->function->spec.reserved_concurrency < 0) {
        invocation->concurrent_unreserved = ++platform->unreserved_in_flight;
    }
}

static void leave(struct pool *pool, const struct invocation *invocation)
{
    struct platform *platform = pool->platform;
    pool->in_flight--;
    platform->in_flight--;
    platform->unreserved_in_flight -= invocation->concurrent_unreserved > 0;
}

/* --- completion --- */

static void complete_unserved(struct pool *pool, struct invocation *invocation,
                              const struct invoke_result *result)
{
    leave(pool, invocation);
    pool->errors += result->outcome != INVOKE_THROTTLED ? 1 : 0;
    pool->platform->defer(pool->platform, invocation, result);
}

static void fail_unavailable(struct pool *pool, struct invocation *invocation, struct slice message)
{
    struct invoke_result result = {.outcome = INVOKE_UNAVAILABLE, .message = message};
    complete_unserved(pool, invocation, &result);
}

static void fail_with_problem(struct pool *pool, struct invocation *invocation)
{
    const struct plan *plan = pool->plan;
    if (plan->problem_kind == PROBLEM_CANNOT_RUN) {
        fail_unavailable(pool, invocation, plan->problem);
        return;
    }
    AUTO_BUF body = BUF_INIT(STOPPED_BODY_MAX);
    error_no_bootstrap(&body, invocation->request_id);
    struct invoke_result result = {
        .outcome = INVOKE_FUNCTION_ERROR,
        .failure = FAILURE_INIT,
        .payload = buf_slice(&body),
        .content_type = SLICE("application/json"),
        .executed_version = invocation->version,
        .message = plan->problem,
    };
    complete_unserved(pool, invocation, &result);
}

/* --- the queue --- */

static void enqueue(struct pool *pool, struct invocation *invocation)
{
    invocation->next = NULL;
    *pool->queue_end = invocation;
    pool->queue_end = &invocation->next;
    pool->queued++;
    invocation->queued_ns = platform_now_ns();
}

static struct invocation *dequeue(struct pool *pool)
{
    struct invocation *invocation = pool->queue;
    if (invocation != NULL) {
        pool->queue = invocation->next;
        if (pool->queue == NULL) {
            pool->queue_end = &pool->queue;
        }
        invocation->next = NULL;
        pool->queued--;
    }
    return invocation;
}

/* --- waiting instead of another process --- */

static void note_duration(struct pool *pool, uint64_t duration_us)
{
    uint32_t us = duration_us < 1000000 ? (uint32_t)duration_us : 1000000;
    /* Down at once, up slowly: what a busy machine adds says nothing of the handler. */
    if (pool->results == 0 || us < pool->typical_us) {
        pool->typical_us = us;
    } else {
        pool->typical_us += (us - pool->typical_us) / 256;
    }
    pool->results += pool->results < QUICK_RESULTS ? 1 : 0;
    pool->hurried -= pool->hurried > 0 ? 1 : 0;
    pool->recent++;
    if (us > QUICK_NEVER_US) {
        pool->hurried = QUICK_RESULTS;
    }
}

/* The processors have their hands full with sandboxes of this pool that come back sooner than
 * another could help: one more process would only make all of them slower. */
static bool may_wait(const struct pool *pool, uint32_t waiting)
{
    uint32_t busy = pool->starting + pool->ready - pool->idle_count;
    return pool->results >= QUICK_RESULTS && pool->hurried == 0 &&
           pool->typical_us <= QUICK_MAX_US && busy >= pool->platform->lanes &&
           (uint64_t)waiting * pool->typical_us <= (uint64_t)QUICK_WAIT_US * busy;
}

/* --- the idle list --- */

static void push_idle(struct pool *pool, struct sandbox *sandbox)
{
    *sandbox_owner_link(sandbox) = pool->idle;
    pool->idle = sandbox;
    pool->idle_count++;
}

static struct sandbox *pop_idle(struct pool *pool)
{
    struct sandbox *sandbox = pool->idle;
    if (sandbox != NULL) {
        pool->idle = *sandbox_owner_link(sandbox);
        pool->idle_count--;
    }
    return sandbox;
}

static void remove_idle(struct pool *pool, struct sandbox *sandbox)
{
    struct sandbox **link = &pool->idle;
    while (*link != NULL && *link != sandbox) {
        link = sandbox_owner_link(*link);
    }
    if (*link == sandbox) {
        *link = *sandbox_owner_link(sandbox);
        pool->idle_count--;
    }
}

/* --- what sandboxes tell --- */

static void on_ready(void *ctx, struct sandbox *sandbox)
{
    struct pool *pool = ctx;
    pool->starting--;
    pool->bound -= sandbox_is_bound(sandbox) ? 1 : 0;
    pool->ready++;
    pool->retries = 0;
}

static void on_idle(void *ctx, struct sandbox *sandbox, bool is_first)
{
    struct pool *pool = ctx;
    pool->finishing -= is_first ? 0 : 1;
    if (sandbox_plan(sandbox) != pool->plan) { /* old code: NULL counts as newer, being prepared */
        sandbox_stop(sandbox);
        serve(pool);
        return;
    }
    struct invocation *invocation = dequeue(pool);
    if (invocation != NULL) {
        sandbox_invoke(sandbox, invocation);
    } else if (pool->is_retired) {
        sandbox_stop(sandbox);
    } else {
        push_idle(pool, sandbox);
    }
}

static void on_init_failed(void *ctx, struct sandbox *sandbox, bool is_timeout)
{
    struct pool *pool = ctx;
    if (sandbox_plan(sandbox) != pool->plan) {
        return; /* the code has changed meanwhile: the queue gets another try */
    }
    if (is_timeout) {
        pool->retries++;
        return;
    }
    struct invocation *invocation = dequeue(pool);
    if (invocation != NULL) {
        sandbox_fail(sandbox, invocation);
    }
}

static void on_result(void *ctx, struct sandbox *sandbox, struct invocation *invocation,
                      struct invoke_result *result)
{
    struct pool *pool = ctx;
    leave(pool, invocation);
    pool->finishing += sandbox_is_finishing(sandbox) ? 1 : 0;
    if (result->outcome != INVOKE_OK) {
        pool->errors++;
    } else {
        note_duration(pool, result->duration_us);
    }
    invocation_complete(pool->platform, invocation, result);
}

static void on_stopping(void *ctx, struct sandbox *sandbox)
{
    struct pool *pool = ctx;
    remove_idle(pool, sandbox);
    if (sandbox_is_ready(sandbox)) {
        pool->ready--;
        pool->finishing -= sandbox_is_finishing(sandbox) ? 1 : 0;
    } else {
        pool->starting--;
        pool->bound -= sandbox_is_bound(sandbox) ? 1 : 0;
    }
    pool->leaving++;
    pool->resetting += sandbox_is_reset(sandbox) ? 1 : 0;
}

static void free_when_empty(struct pool *pool)
{
    if (!pool->is_retired || pool->is_hungry || pool->in_flight > 0 ||
        pool->starting + pool->ready + pool->leaving > 0) {
        return;
    }
    struct platform *platform = pool->platform;
    platform->on_pool_empty(platform, pool);
    prepare_forget(platform->preparer, pool);
    for (uint32_t i = 0; i < pool->slot_count; i++) {
        platform_remove_tree(platform, pool->slots[i]);
        mem_free(pool->slots[i]);
    }
    plan_unref(pool->plan);
    function_unref(pool->function);
    mem_free(pool);
}

static void on_gone(void *ctx, struct sandbox *sandbox)
{
    struct pool *pool = ctx;
    pool->leaving--;
    if (sandbox_is_reset(sandbox)) {
        pool->resetting--;
        if (!pool->is_retired && pool->slot_count < SLOTS_MAX) {
            pool->slots[pool->slot_count++] = sandbox_take_slot(sandbox);
        }
    }
    serve(pool);
    free_when_empty(pool);
}

/* --- starting --- */

static enum status start_sandbox(struct pool *pool, struct invocation *bound, struct fault *reterr)
{
    struct platform *platform = pool->platform;
    struct sandbox_options options = {
        .platform = platform,
        .plan = pool->plan,
        .owner = {on_ready, on_idle, on_init_failed, on_result, on_stopping, on_gone, pool},
        .slot_dir = pool->slot_count > 0 ? pool->slots[pool->slot_count - 1] : NULL,
        .bound = bound,
    };
    struct sandbox *sandbox;
    enum status status = STATUS_OK;
    if (platform->spares != NULL && (sandbox = spares_take(platform->spares, pool->plan)) != NULL) {
        sandbox_adopt(sandbox, pool->plan, &options.owner, options.slot_dir, bound);
    } else {
        status = sandbox_create(&options, &sandbox, reterr);
    }
    if (status == STATUS_OK) {
        pool->starting++;
        pool->bound += bound != NULL ? 1 : 0;
        if (options.slot_dir != NULL) {
            mem_free(pool->slots[--pool->slot_count]);
        }
    }
    return status;
}

static void become_hungry(struct pool *pool)
{
    struct platform *platform = pool->platform;
    if (!pool->is_hungry) {
        pool->is_hungry = true;
        pool->next_hungry = NULL;
        *platform->hungry_end = pool;
        platform->hungry_end = &pool->next_hungry;
    }
}

/* One sandbox for the head of the queue; false when the machine has no room. */
static bool start_one(struct pool *pool)
{
    struct fault fault;
    struct invocation *bound = NULL;
    if (pool->retries > 0) {
        pool->retries--;
        bound = dequeue(pool);
    }
    if (start_sandbox(pool, bound, &fault) == STATUS_OK) {
        return true;
    }
    log_line(pool->platform->context->log, LOG_ERROR,
             "cannot start sandbox function=%.*s reason=\"%s\"",
             SLICE_ARG(pool->function->spec.name), fault.text);
    if (bound == NULL && pool->starting + pool->ready + pool->resetting == 0) {
        bound = dequeue(pool); /* nobody else will ever serve it */
    }
    if (bound != NULL) {
        fail_unavailable(pool, bound, slice_from(fault.text));
    }
    return bound != NULL;
}

/* Starts what the queue needs beyond what is starting or coming back. A sandbox that has just
 * answered counts as coming back for a moment: a client that sends one request after the other
 * needs only one. */
static void scale(struct pool *pool, bool is_patient)
{
    struct platform *platform = pool->platform;
    uint32_t cost = platform_start_cost(pool->plan);
    while (pool->starting + pool->ready < limit_of(pool)) {
        uint32_t coming = pool->starting - pool->bound + pool->resetting;
        if (pool->queued <= coming) {
            return;
        }
        if (is_patient &&
            (pool->queued <= coming + pool->finishing || may_wait(pool, pool->queued))) {
            platform->start_patience(platform);
            return;
        }
        if (!platform_may_start(platform, cost)) {
            become_hungry(pool);
            return;
        }
        if (!start_one(pool)) {
            return;
        }
    }
}

/* Moves the queue on as far as it goes. */
static void serve(struct pool *pool)
{
    if (pool->plan == NULL || pool->platform->is_closing) {
        return;
    }
    if (pool->plan->problem_kind != PROBLEM_NONE) {
        while (pool->queue != NULL) {
            fail_with_problem(pool, dequeue(pool));
        }
        return;
    }
    while (pool->queue != NULL && pool->idle != NULL) {
        if (may_wait(pool, pool->queued)) {
            pool->platform->start_patience(pool->platform);
            return;
        }
        sandbox_invoke(pop_idle(pool), dequeue(pool));
    }
    scale(pool, true);
}

void pool_lose_patience(struct pool *pool)
{
    uint32_t recent = pool->recent;
    pool->recent = 0;
    if (pool->queue == NULL || pool->plan == NULL || pool->plan->problem_kind != PROBLEM_NONE) {
        return;
    }
    if (platform_now_ns() - pool->queue->queued_ns < (uint64_t)PATIENCE_MS * 1000000) {
        pool->platform->start_patience(pool->platform); /* the timer was started for another */
        return;
    }
    if (may_wait(pool, pool->queued)) {
        if (recent >= pool->platform->lanes) {
            pool->platform->start_patience(pool->platform);
            return;
        }
        pool->hurried = QUICK_RESULTS; /* not as quick as usual */
        serve(pool);
    }
    scale(pool, false);
}

void pool_feed(struct pool *pool)
{
    pool->is_hungry = false;
    serve(pool);
    free_when_empty(pool);
}

/* --- invoking --- */

void pool_invoke(struct pool *pool, struct invocation *invocation)
{
    int32_t reserved = pool->function->spec.reserved_concurrency;
    pool->invocations++;
    enter(pool, invocation);
    if (reserved >= 0 && pool->in_flight > (uint32_t)reserved) {
        struct invoke_result result = {
            .outcome = INVOKE_THROTTLED,
            .message = SLICE("ReservedFunctionConcurrentInvocationLimitExceeded"),
        };
        pool->throttles++;
        pool->invocations--;
        complete_unserved(pool, invocation, &result);
        return;
    }
    if (pool->idle != NULL && pool->queue == NULL && !may_wait(pool, 1)) {
        sandbox_invoke(pop_idle(pool), invocation);
        return;
    }
    enqueue(pool, invocation);
    serve(pool);
}

/* --- plans --- */

static void stop_idle(struct pool *pool)
{
    while (pool->idle != NULL) {
        sandbox_stop(pool->idle); /* on_stopping takes it off the list */
    }
}

/* Stops what is starting on an old plan: it would only be stopped when ready. */
static void stop_old(struct pool *pool)
{
    struct sandbox *next;
    for (struct sandbox *s = pool->platform->sandboxes; s != NULL; s = next) {
        next = sandbox_next(s);
        if (sandbox_state(s) == SANDBOX_STARTING && sandbox_plan(s) != pool->plan &&
            sandbox_owner_ctx(s) == pool && !sandbox_is_bound(s)) {
            sandbox_stop(s);
        }
    }
}

static void on_prepared(void *ctx, struct plan *plan)
{
    struct pool *pool = ctx;
    pool->plan = plan_ref(plan);
    if (plan->problem_kind != PROBLEM_NONE) {
        platform_problem(pool->platform, &pool->function->spec, "%.*s", SLICE_ARG(plan->problem));
    } else if (pool->platform->spares != NULL) {
        spares_want(pool->platform->spares, plan);
    }
    if (plan->has_extensions) {
        platform_notice(pool->platform, pool->function->spec.name,
                        "the extensions in its layers are not started: sls-local has no "
                        "Extensions API");
    }
    serve(pool);
    free_when_empty(pool);
}

void pool_refresh(struct pool *pool)
{
    struct plan *plan = plan_create(pool->function, ++pool->platform->next_plan);
    plan->debug_port = pool->debug_port;
    plan_unref(pool->plan);
    pool->plan = NULL;
    pool->results = 0;
    pool->retries = 0;
    pool->last_modified_ms = clock_epoch_ms(pool->platform->context->clock);
    prepare_forget(pool->platform->preparer, pool);
    stop_idle(pool);
    stop_old(pool);
    prepare_start(pool->platform->preparer, plan, on_prepared, pool);
    plan_unref(plan);
}

void pool_configure(struct pool *pool, struct function *function)
{
    struct function *old = pool->function;
    pool->function = function_ref(function);
    pool_refresh(pool);
    function_unref(old);
}

void pool_debug(struct pool *pool, uint16_t port)
{
    pool->debug_port = port;
    pool_refresh(pool);
}

/* --- life --- */

struct pool *pool_create(struct platform *platform, struct function *function)
{
    struct pool *pool = mem_zalloc(sizeof *pool);
    pool->platform = platform;
    pool->function = function_ref(function);
    pool->queue_end = &pool->queue;
    pool_refresh(pool);
    return pool;
}

void pool_retire(struct pool *pool)
{
    pool->is_retired = true;
    stop_idle(pool);
    free_when_empty(pool);
}

void pool_stop(struct pool *pool)
{
    struct sandbox *next;
    struct invocation *invocation;
    while ((invocation = dequeue(pool)) != NULL) {
        fail_unavailable(pool, invocation, SLICE("sls-local is shutting down"));
    }
    for (struct sandbox *s = pool->platform->sandboxes; s != NULL; s = next) {
        next = sandbox_next(s);
        if (sandbox_owner_ctx(s) == pool) {
            sandbox_stop(s);
        }
    }
}

void pool_stop_idle_since(struct pool *pool, uint64_t before_ns)
{
    struct sandbox *sandbox = pool->idle;
    while (sandbox != NULL) {
        struct sandbox *next = *sandbox_owner_link(sandbox);
        if (sandbox_idle_since_ns(sandbox) < before_ns) {
            sandbox_stop(sandbox);
        }
        sandbox = next;
    }
}
