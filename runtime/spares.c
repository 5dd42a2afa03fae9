#include "runtime/spares.h"
#include "core/mem.h"
#include "runtime/limits.h"
#include "runtime/sandbox.h"

/* Spares of one interpreter, with or without a /tmp of their own. */
struct kind {
    struct kind *next;
    struct spares *spares;
    struct plan *plan;
    struct sandbox *waiting[SPARES_PER_KIND]; /* oldest first */
    uint32_t count;
    uint32_t failures; /* in a row */
    bool is_wanted;
};

struct spares {
    struct platform *platform;
    struct kind *kinds;
    uv_timer_t timer;
    bool is_stopped;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

static void fill_later(struct spares *spares, uint64_t wait_ms);

/* --- one kind --- */

static bool can_be_spare(const struct plan *plan)
{
    return (plan->family == FAMILY_NODE || plan->family == FAMILY_PYTHON) &&
           plan->problem_kind == PROBLEM_NONE && !plan->needs_own_process && !plan->has_private_opt;
}

static struct kind *find_kind(const struct spares *spares, const struct plan *plan)
{
    for (struct kind *kind = spares->kinds; kind != NULL; kind = kind->next) {
        if (kind->plan->family == plan->family &&
            kind->plan->has_private_tmp == plan->has_private_tmp &&
            strcmp(kind->plan->path, plan->path) == 0) {
            return kind;
        }
    }
    return NULL;
}

/* The same program without a function; its directory is one that stays. */
static struct plan *make_plan(const struct spares *spares, const struct plan *model)
{
    struct function_spec spec = {
        .name = SLICE("spare"),
        .runtime = model->function->spec.runtime,
        .memory_mb = 128,
        .reserved_concurrency = -1,
    };
    const struct plan_settings *settings = &spares->platform->settings;
    struct function *function = function_create(&spec, settings->region, settings->account_id);
    struct plan *plan = plan_create(function, ++spares->platform->next_plan);
    function_unref(function);
    size_t count = 0;
    while (model->argv[count] != NULL) {
        count++;
    }
    char **argv = arena_array(&plan->arena, count + 1, sizeof *argv);
    for (size_t i = 0; i < count; i++) {
        argv[i] = arena_cstr(&plan->arena, slice_from(model->argv[i]));
    }
    plan->argv = argv;
    plan->path = arena_cstr(&plan->arena, slice_from(model->path));
    plan->interpreter = model->interpreter;
    plan->code_dir = settings->data_dir;
    plan->opt_path = "/opt";
    plan->has_private_tmp = model->has_private_tmp;
    return plan;
}

static void on_spare_stopping(void *ctx, struct sandbox *sandbox)
{
    struct kind *kind = ctx;
    for (uint32_t i = 0; i < kind->count; i++) {
        if (kind->waiting[i] == sandbox) {
            kind->count--;
            memmove(&kind->waiting[i], &kind->waiting[i + 1],
                    (kind->count - i) * sizeof kind->waiting[0]);
            kind->failures++;
            fill_later(kind->spares, SPARE_REPLACE_MS);
            return;
        }
    }
}

static void on_spare_gone(void *ctx, struct sandbox *sandbox)
{
    (void)ctx;
    (void)sandbox;
}

static void start_spare(struct kind *kind)
{
    struct platform *platform = kind->spares->platform;
    struct fault fault;
    struct sandbox_options options = {
        .platform = platform,
        .plan = kind->plan,
        .owner = {.on_stopping = on_spare_stopping, .on_gone = on_spare_gone, .ctx = kind},
        .is_spare = true,
    };
    if (sandbox_create(&options, &kind->waiting[kind->count], &fault) == STATUS_OK) {
        kind->count++;
    } else {
        kind->failures++;
    }
}

/* --- filling up --- */

static void on_timer(uv_timer_t *timer)
{
    struct spares *spares = CONTAINER_OF(timer, struct spares, timer);
    bool is_short = false;
    bool is_empty = false;
    /* An interpreter boots on one processor; the first request needs another. */
    uint32_t room = uv_available_parallelism() / 2 > 1 ? uv_available_parallelism() / 2 : 1;
    for (struct kind *kind = spares->kinds; kind != NULL; kind = kind->next) {
        if (!kind->is_wanted || kind->failures >= SPARE_FAILURES_MAX) {
            continue;
        }
        /* The first of a kind soon; more only while nobody else needs the processor. */
        uint32_t starting = spares->platform->starting;
        bool may_start = kind->count == 0 ? starting < spares->platform->starting_max
                                          : kind->count < SPARES_PER_KIND && starting == 0;
        if (may_start && room > 0) {
            start_spare(kind);
            room--;
        }
        is_empty |= kind->count == 0;
        is_short |= kind->count < SPARES_PER_KIND;
    }
    if (is_short) {
        fill_later(spares, is_empty ? SPARE_NEXT_MS : SPARE_SECOND_MS);
    }
}

static void fill_later(struct spares *spares, uint64_t wait_ms)
{
    if (!spares->is_stopped) {
        uv_timer_start(&spares->timer, on_timer, wait_ms, 0);
    }
}

/* --- what the pools use --- */

void spares_want(struct spares *spares, const struct plan *plan)
{
    if (!can_be_spare(plan) || spares->is_stopped) {
        return;
    }
    struct kind *kind = find_kind(spares, plan);
    if (kind == NULL) {
        kind = mem_zalloc(sizeof *kind);
        kind->spares = spares;
        kind->plan = make_plan(spares, plan);
        /* What boots sooner goes first: it is in nobody's way for long. */
        struct kind **at = &spares->kinds;
        while (plan->family != FAMILY_PYTHON && *at != NULL) {
            at = &(*at)->next;
        }
        kind->next = *at;
        *at = kind;
    }
    if (!kind->is_wanted) {
        kind->is_wanted = true;
        fill_later(spares, 0);
    }
}

struct sandbox *spares_take(struct spares *spares, const struct plan *plan)
{
    struct kind *kind = can_be_spare(plan) ? find_kind(spares, plan) : NULL;
    if (kind == NULL || kind->count == 0) {
        return NULL;
    }
    struct sandbox *sandbox = kind->waiting[0];
    kind->count--;
    kind->failures = 0;
    memmove(&kind->waiting[0], &kind->waiting[1], kind->count * sizeof kind->waiting[0]);
    fill_later(spares, SPARE_REPLACE_MS);
    return sandbox;
}

void spares_unwant(struct spares *spares)
{
    for (struct kind *kind = spares->kinds; kind != NULL; kind = kind->next) {
        kind->is_wanted = false;
    }
}

static void stop_kind(struct kind *kind)
{
    kind->is_wanted = false;
    while (kind->count > 0) {
        sandbox_stop(kind->waiting[kind->count - 1]); /* on_stopping takes it off */
    }
    kind->failures = 0;
}

void spares_trim(struct spares *spares)
{
    for (struct kind *kind = spares->kinds; kind != NULL; kind = kind->next) {
        if (!kind->is_wanted) {
            stop_kind(kind);
        }
    }
}

/* --- life --- */

struct spares *spares_create(struct platform *platform)
{
    struct spares *spares = mem_zalloc(sizeof *spares);
    spares->platform = platform;
    uv_timer_init(platform->context->loop, &spares->timer);
    uv_unref((uv_handle_t *)&spares->timer);
    return spares;
}

void spares_stop(struct spares *spares)
{
    spares->is_stopped = true;
    uv_timer_stop(&spares->timer);
    for (struct kind *kind = spares->kinds; kind != NULL; kind = kind->next) {
        stop_kind(kind);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct spares *spares = CONTAINER_OF((uv_timer_t *)handle, struct spares, timer);
    void (*on_closed)(void *) = spares->on_closed;
    void *ctx = spares->closed_ctx;
    while (spares->kinds != NULL) {
        struct kind *kind = spares->kinds;
        spares->kinds = kind->next;
        plan_unref(kind->plan);
        mem_free(kind);
    }
    mem_free(spares);
    on_closed(ctx);
}

void spares_destroy(struct spares *spares, void (*on_closed)(void *ctx), void *ctx)
{
    spares->on_closed = on_closed;
    spares->closed_ctx = ctx;
    uv_close((uv_handle_t *)&spares->timer, on_timer_closed);
}
