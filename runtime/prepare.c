#include "runtime/prepare.h"
#include "core/mem.h"
#include "runtime/limits.h"

struct known_interpreter {
    struct known_interpreter *next;
    struct interpreter interpreter;
    bool has_notice; /* told, or being found out */
    char runtime[];
};

struct job {
    struct job *next;
    struct preparer *preparer;
    struct plan *plan; /* NULL: finds out an interpreter's notice */
    struct known_interpreter *known;
    prepare_done_fn *on_done; /* NULL: forgotten */
    void *ctx;
    uv_work_t work;
    char notice[INTERPRETER_TEXT_MAX * 2];
};

struct preparer {
    struct platform *platform;
    struct known_interpreter *interpreters;
    struct job *waiting;
    struct job *running;
    uint32_t running_count;
    uv_timer_t notice_timer;
    bool is_timer_closed;
    bool is_closing;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

static void run_more(struct preparer *preparer);

struct preparer *preparer_create(struct platform *platform)
{
    struct preparer *preparer = mem_zalloc(sizeof *preparer);
    preparer->platform = platform;
    uv_timer_init(platform->context->loop, &preparer->notice_timer);
    uv_unref((uv_handle_t *)&preparer->notice_timer);
    return preparer;
}

static void free_when_done(struct preparer *preparer)
{
    if (!preparer->is_timer_closed || preparer->running_count > 0) {
        return;
    }
    void (*on_closed)(void *) = preparer->on_closed;
    void *ctx = preparer->closed_ctx;
    while (preparer->interpreters != NULL) {
        struct known_interpreter *known = preparer->interpreters;
        preparer->interpreters = known->next;
        mem_free(known);
    }
    mem_free(preparer);
    on_closed(ctx);
}

/* --- interpreters --- */

static struct known_interpreter *find_known(struct preparer *preparer, struct slice runtime)
{
    struct known_interpreter *known = preparer->interpreters;
    while (known != NULL && !slice_is(runtime, known->runtime)) {
        known = known->next;
    }
    return known;
}

static void learn(struct preparer *preparer, struct slice runtime,
                  const struct interpreter *interpreter)
{
    if (find_known(preparer, runtime) != NULL) {
        return;
    }
    struct known_interpreter *known = mem_zalloc(sizeof *known + runtime.len + 1);
    known->interpreter = *interpreter;
    memcpy(known->runtime, runtime.ptr, runtime.len);
    known->next = preparer->interpreters;
    preparer->interpreters = known;
}

/* The interpreter of a runtime if it is known or found without running anything. */
static bool interpreter_of(struct preparer *preparer, struct slice runtime,
                           struct interpreter *ret_interpreter)
{
    struct known_interpreter *known = find_known(preparer, runtime);
    if (known == NULL) {
        struct interpreter found;
        if (!interpreter_find(runtime, false, &found)) {
            return false;
        }
        learn(preparer, runtime, &found);
        known = find_known(preparer, runtime);
    }
    *ret_interpreter = known->interpreter;
    return true;
}

/* --- jobs --- */

static void add_job(struct preparer *preparer, struct job *job)
{
    struct job **end = &preparer->waiting;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = job;
    run_more(preparer);
}

static void on_work(uv_work_t *work)
{
    struct job *job = CONTAINER_OF(work, struct job, work);
    if (job->plan != NULL) {
        plan_prepare(job->plan, &job->preparer->platform->settings);
    } else {
        interpreter_notice(slice_from(job->known->runtime), &job->known->interpreter, job->notice,
                           sizeof job->notice);
    }
}

/* Finds out which version really runs, once per runtime. That runs the interpreter, so it waits
 * until the first answers are out. */
static void on_notice_timer(uv_timer_t *timer)
{
    struct preparer *preparer = CONTAINER_OF(timer, struct preparer, notice_timer);
    for (struct known_interpreter *known = preparer->interpreters; known != NULL;
         known = known->next) {
        if (known->has_notice || known->interpreter.path[0] == '\0') {
            continue;
        }
        known->has_notice = true;
        struct job *job = mem_zalloc(sizeof *job);
        job->preparer = preparer;
        job->known = known;
        add_job(preparer, job);
    }
}

static void notice_later(struct preparer *preparer)
{
    if (preparer->platform->observer.on_notice != NULL && !preparer->is_closing) {
        uv_timer_start(&preparer->notice_timer, on_notice_timer, NOTICE_DELAY_MS, 0);
    }
}

static void after_work(uv_work_t *work, int status)
{
    struct job *job = CONTAINER_OF(work, struct job, work);
    struct preparer *preparer = job->preparer;
    struct job **link = &preparer->running;
    (void)status;
    while (*link != job) {
        link = &(*link)->next;
    }
    *link = job->next;
    preparer->running_count--;
    if (job->plan != NULL) {
        struct slice runtime = job->plan->function->spec.runtime;
        learn(preparer, runtime, &job->plan->interpreter);
        if (job->on_done != NULL) {
            job->on_done(job->ctx, job->plan);
        }
    } else if (job->notice[0] != '\0' && !preparer->is_closing) {
        platform_notice(preparer->platform, SLICE_NULL, "%s", job->notice);
    }
    plan_unref(job->plan);
    mem_free(job);
    notice_later(preparer);
    run_more(preparer);
    free_when_done(preparer);
}

static void run_more(struct preparer *preparer)
{
    while (preparer->waiting != NULL && preparer->running_count < PREPARE_PARALLEL) {
        struct job *job = preparer->waiting;
        preparer->waiting = job->next;
        job->next = preparer->running;
        preparer->running = job;
        preparer->running_count++;
        if (job->plan != NULL && !job->plan->has_interpreter) { /* learnt since it was queued? */
            job->plan->has_interpreter = interpreter_of(preparer, job->plan->function->spec.runtime,
                                                        &job->plan->interpreter);
        }
        uv_queue_work(preparer->platform->context->loop, &job->work, on_work, after_work);
    }
}

void prepare_start(struct preparer *preparer, struct plan *plan, prepare_done_fn *on_done,
                   void *ctx)
{
    struct slice runtime = plan->function->spec.runtime;
    plan->has_interpreter = interpreter_of(preparer, runtime, &plan->interpreter);
    if (!plan_needs_thread(plan)) {
        plan_prepare(plan, &preparer->platform->settings);
        on_done(ctx, plan);
        notice_later(preparer);
        return;
    }
    struct job *job = mem_zalloc(sizeof *job);
    job->preparer = preparer;
    job->plan = plan_ref(plan);
    job->on_done = on_done;
    job->ctx = ctx;
    add_job(preparer, job);
}

void prepare_forget(struct preparer *preparer, void *ctx)
{
    struct job *lists[] = {preparer->running, preparer->waiting};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        for (struct job *job = lists[i]; job != NULL; job = job->next) {
            if (job->ctx == ctx) {
                job->on_done = NULL;
            }
        }
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct preparer *preparer = CONTAINER_OF((uv_timer_t *)handle, struct preparer, notice_timer);
    preparer->is_timer_closed = true;
    free_when_done(preparer);
}

void preparer_destroy(struct preparer *preparer, void (*on_closed)(void *ctx), void *ctx)
{
    preparer->is_closing = true;
    preparer->on_closed = on_closed;
    preparer->closed_ctx = ctx;
    while (preparer->waiting != NULL) {
        struct job *job = preparer->waiting;
        preparer->waiting = job->next;
        plan_unref(job->plan);
        mem_free(job);
    }
    uv_close((uv_handle_t *)&preparer->notice_timer, on_timer_closed);
}
