#include "runtime/platform.h"
#include "core/file.h"
#include "core/mem.h"
#include "runtime/invocation.h"
#include "runtime/pool.h"

enum { COST_PROVIDED = 1, COST_INTERPRETER = 8, FREE_INVOCATION_BLOCK = 1024 };

void platform_notice(struct platform *platform, struct slice function, const char *format, ...)
{
    struct fault fault;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&fault, STATUS_OK, format, args);
    va_end(args);
    if (platform->observer.on_notice != NULL) {
        platform->observer.on_notice(platform->observer.ctx, function, slice_from(fault.text));
    }
}

void platform_problem(struct platform *platform, const struct function_spec *spec,
                      const char *format, ...)
{
    struct fault fault;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&fault, STATUS_OK, format, args);
    va_end(args);
    platform_notice(platform, spec->name, "%.*s%s%s", SLICE_ARG(spec->position),
                    spec->position.len > 0 ? ": " : "", fault.text);
}

/* --- starts --- */

uint32_t platform_start_cost(const struct plan *plan)
{
    return plan->family == FAMILY_PROVIDED ? COST_PROVIDED : COST_INTERPRETER;
}

bool platform_may_start(const struct platform *platform, uint32_t cost)
{
    return platform->starting == 0 || platform->starting + cost <= platform->starting_max;
}

void platform_start_done(struct platform *platform, uint32_t cost)
{
    platform->starting -= cost;
    /* Each hungry pool has one turn: those that are still hungry line up again. */
    struct pool *pool = platform->hungry;
    platform->hungry = NULL;
    platform->hungry_end = &platform->hungry;
    while (pool != NULL) {
        struct pool *next = *pool_hungry_link(pool);
        pool_feed(pool);
        pool = next;
    }
}

/* --- removing aside --- */

struct removal {
    uv_work_t work;
    struct platform *platform;
    enum status status;
    struct fault fault;
    char path[];
};

static void on_remove(uv_work_t *work)
{
    struct removal *removal = CONTAINER_OF(work, struct removal, work);
    removal->status = file_remove_tree(removal->path, &removal->fault);
}

static void after_remove(uv_work_t *work, int status)
{
    struct removal *removal = CONTAINER_OF(work, struct removal, work);
    struct platform *platform = removal->platform;
    (void)status;
    if (removal->status != STATUS_OK) {
        log_line(platform->context->log, LOG_WARN, "cannot remove sandbox reason=\"%s\" ignoring",
                 removal->fault.text);
    }
    mem_free(removal);
    platform->removals--;
    platform->on_sandbox_gone(platform);
}

void platform_remove_tree(struct platform *platform, const char *path)
{
    size_t len = strlen(path);
    struct removal *removal = mem_zalloc(sizeof *removal + len + 1);
    removal->platform = platform;
    memcpy(removal->path, path, len);
    platform->removals++;
    uv_queue_work(platform->context->loop, &removal->work, on_remove, after_remove);
}

/* --- invocations --- */

struct invocation *invocation_new(struct platform *platform)
{
    struct invocation *invocation = platform->free_invocations;
    if (invocation != NULL) {
        platform->free_invocations = invocation->next;
    } else {
        invocation = mem_zalloc(sizeof *invocation);
        arena_init(&invocation->arena, FREE_INVOCATION_BLOCK);
    }
    invocation->next = NULL;
    alarms_hold(platform->context->alarms);
    return invocation;
}

void platform_watch(struct platform *platform, struct function_watch *watch)
{
    struct function_watch **at = &platform->watches;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    watch->next = NULL;
    *at = watch;
}

void platform_unwatch(struct platform *platform, struct function_watch *watch)
{
    struct function_watch **at = &platform->watches;
    while (*at != NULL && *at != watch) {
        at = &(*at)->next;
    }
    if (*at == watch) {
        *at = watch->next;
    }
}

/* Each that waits now, once: whoever finds that there is no room for it waits again. */
static void tell_of_room(struct platform *platform)
{
    size_t count = 0;
    for (struct function_watch *each = platform->watches; each != NULL; each = each->next) {
        count++;
    }
    for (; count > 0 && platform->watches != NULL; count--) {
        struct function_watch *first = platform->watches;
        platform->watches = first->next;
        first->on_room(first);
    }
}

void invocation_complete(struct platform *platform, struct invocation *invocation,
                         struct invoke_result *result)
{
    if (result->request_id.len == 0) {
        result->request_id = invocation->request_id;
    }
    if (platform->observer.on_report != NULL && invocation->function != NULL) {
        struct invocation_report report = {
            .function = invocation->function_name,
            .source = invocation->source,
            .result = result,
            .arn = invocation->arn,
            .concurrent = invocation->concurrent,
            .concurrent_all = invocation->concurrent_all,
            .concurrent_unreserved = invocation->concurrent_unreserved,
        };
        platform->observer.on_report(platform->observer.ctx, &report);
    }
    invocation->on_done(invocation->done_ctx, result);
    tell_of_room(platform);
    alarms_release(platform->context->alarms);

    struct arena arena = invocation->arena;
    function_unref(invocation->function);
    arena_reset(&arena);
    memset(invocation, 0, sizeof *invocation);
    invocation->arena = arena;
    invocation->next = platform->free_invocations;
    platform->free_invocations = invocation;
}
