#include "scheduler/parts.h"

#include "core/mem.h"
#include "scheduler/async/async.h"
#include "scheduler/delivery/deliveries.h"
#include "scheduler/events/events.h"
#include "scheduler/kinesis/kinesis.h"
#include "scheduler/logs/logs.h"
#include "scheduler/mapping/mapping.h"
#include "scheduler/metrics/metrics.h"
#include "scheduler/queue/queue.h"
#include "scheduler/s3/s3.h"
#include "scheduler/schedules/schedules.h"
#include "scheduler/sns/sns.h"
#include "scheduler/sqs/sqs.h"
#include "scheduler/time/ticker.h"
#include "scheduler/time/ticker_page.h"

#include <assert.h>
#include <stdarg.h>

void scheduler_notice(struct scheduler *scheduler, struct slice about, const char *format, ...)
{
    if (scheduler->options.on_notice == NULL) {
        return;
    }
    struct fault text;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&text, STATUS_OK, format, args);
    va_end(args);
    scheduler->options.on_notice(scheduler->options.ctx, about, slice_from(text.text));
}

static void keep_options(struct scheduler *scheduler, const struct scheduler_options *options)
{
    struct scheduler_options *kept = &scheduler->options;
    struct arena *arena = &scheduler->arena;
    *kept = *options;
    kept->data_dir = arena_cstr(arena, slice_from(options->data_dir));
    kept->region = arena_cstr(arena, slice_from(options->region));
    kept->account_id = arena_cstr(arena, slice_from(options->account_id));
    kept->edge_url = arena_cstr(arena, slice_from(options->edge_url));
    struct bucket_folder *mirrors = arena_array(arena, options->mirror_count, sizeof *mirrors);
    for (size_t i = 0; i < options->mirror_count; i++) {
        mirrors[i].bucket = arena_cstr(arena, slice_from(options->mirrors[i].bucket));
        mirrors[i].dir = arena_cstr(arena, slice_from(options->mirrors[i].dir));
    }
    kept->mirrors = mirrors;
}

enum status scheduler_open(struct context *context, struct store *store, struct edge *edge,
                           const struct scheduler_options *options,
                           struct scheduler **ret_scheduler, struct fault *reterr)
{
    assert(context->alarms != NULL);
    struct scheduler *scheduler = mem_zalloc(sizeof *scheduler);
    scheduler->context = context;
    scheduler->store = store;
    scheduler->engine = store_engine(store);
    scheduler->edge = edge;
    arena_init(&scheduler->arena, 512);
    keep_options(scheduler, options);
    scheduler->queues = queues_create(context, scheduler->engine);
    scheduler->metrics = metrics_create(scheduler);
    scheduler->sqs = sqs_create(scheduler);
    scheduler->deliveries = deliveries_create(scheduler);
    scheduler->logs = logs_create(scheduler);
    scheduler->async = async_create(scheduler);
    scheduler->tickers = tickers_create(scheduler);
    scheduler->events = events_create(scheduler);
    scheduler->schedules = schedules_create(scheduler);
    scheduler->s3 = s3_create(scheduler);
    scheduler->kinesis = kinesis_create(scheduler);
    scheduler->mappings = mappings_create(scheduler);
    scheduler->sns = sns_create(scheduler);
    (void)reterr; /* parts that can fail fill it */
    *ret_scheduler = scheduler;
    return STATUS_OK;
}

struct async_invoker scheduler_async(struct scheduler *scheduler)
{
    return async_invoker_of(scheduler->async);
}

void scheduler_start(struct scheduler *scheduler)
{
    scheduler->is_started = true;
    sqs_start(scheduler->sqs);
    deliveries_start(scheduler->deliveries);
    tickers_start(scheduler->tickers);
    events_start(scheduler->events);
    s3_start(scheduler->s3);
    kinesis_start(scheduler->kinesis);
    mappings_start(scheduler->mappings);
}

void scheduler_stop(struct scheduler *scheduler)
{
    if (scheduler != NULL && !scheduler->is_stopping) {
        scheduler->is_stopping = true;
        deliveries_stop(scheduler->deliveries);
        tickers_stop(scheduler->tickers);
        mappings_stop(scheduler->mappings);
        sqs_end_polls(scheduler->sqs);
        kinesis_end_subscriptions(scheduler->kinesis);
    }
}

bool scheduler_answer_page(struct scheduler *scheduler, struct http_exchange *exchange)
{
    return ticker_page_answer(scheduler->tickers, exchange);
}

void scheduler_part_opened(struct scheduler *scheduler)
{
    scheduler->open_parts++;
}

/* Every part is closed, and nothing is with the engine any more: what they shared goes last. */
static void on_queues_closed(void *ctx)
{
    struct scheduler *scheduler = ctx;
    async_destroy(scheduler->async);
    kinesis_destroy(scheduler->kinesis);
    void (*on_closed)(void *ctx) = scheduler->on_closed;
    void *closed_ctx = scheduler->closed_ctx;
    arena_finish(&scheduler->arena);
    mem_free(scheduler);
    if (on_closed != NULL) {
        on_closed(closed_ctx);
    }
}

/* Deliveries are the last, since each part may have some to send when its jobs end; then what all had in common. */
void scheduler_part_closed(void *ctx)
{
    struct scheduler *scheduler = ctx;
    assert(scheduler->open_parts > 0);
    if (--scheduler->open_parts > 0 || !scheduler->is_closing) {
        return;
    }
    if (scheduler->deliveries != NULL) {
        deliveries_destroy(scheduler->deliveries);
    } else {
        queues_destroy(scheduler->queues, on_queues_closed, scheduler);
    }
}

/* Mappings use the sources and deliveries to their last invocation's end. */
static void on_mappings_closed(void *ctx)
{
    struct scheduler *scheduler = ctx;
    kinesis_stop(scheduler->kinesis);
    logs_stop(scheduler->logs);
    schedules_destroy(scheduler->schedules);
    events_destroy(scheduler->events);
    sns_destroy(scheduler->sns);
    tickers_destroy(scheduler->tickers);
    s3_destroy(scheduler->s3);
    deliveries_end_requests(scheduler->deliveries);
    sqs_destroy(scheduler->sqs);
    logs_destroy(scheduler->logs);
    metrics_destroy(scheduler->metrics);
    scheduler_part_closed(scheduler);
}

void scheduler_close(struct scheduler *scheduler, void (*on_closed)(void *ctx), void *ctx)
{
    if (scheduler == NULL) {
        return;
    }
    scheduler_stop(scheduler);
    scheduler->is_closing = true;
    scheduler->on_closed = on_closed;
    scheduler->closed_ctx = ctx;
    scheduler_part_opened(scheduler); /* this function */
    mappings_destroy(scheduler->mappings, on_mappings_closed, scheduler);
}
