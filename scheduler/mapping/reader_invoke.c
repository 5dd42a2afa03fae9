#include "scheduler/mapping/reader_private.h"

#include "scheduler/arn.h"
#include "scheduler/mapping/failure_record.h"
#include "scheduler/mapping/item_failures.h"
#include "scheduler/metrics/lambda_metrics.h"

#include <stdio.h>

#define FAILURE_RETRIES 185 /* as other destinations are tried: a day */
#define FAILURE_AGE_MAX_MS INT64_C(86400000)
#define FAILURE_RECORD_MAX 16384 /* without the event */

static void print_event(const struct reader *reader, struct buf *buf, size_t first, size_t end)
{
    const struct mapping_config *config = &reader->spec.mapping->config;
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    json_key_text(&w, "Records");
    json_open(&w, '[');
    for (size_t i = first; i < end; i++) {
        json_write_raw(&w, batch_record_json(&reader->batch, i));
    }
    json_close(&w, ']');
    if (reader->window.is_open) {
        window_print(&w, &reader->window, reader->spec.shard_id, config->source_arn,
                     reader->batch.is_final);
    }
    json_close(&w, '}');
}

/* --- answers --- */

/* The first failed record of the part; its end when none has. False: the answer is none. */
static bool first_failed(const struct reader *reader, struct slice response, size_t *ret_at)
{
    const struct batch *batch = &reader->batch;
    size_t end = batch->parts[batch->part_count - 1].end;
    AUTO_ARENA arena = ARENA_INIT;
    *ret_at = end;
    if (!reader->spec.mapping->config.reports_failures) {
        return true;
    }
    struct item_failures failures = item_failures_read(&arena, response);
    for (size_t i = 0; i < failures.count && !failures.is_malformed; i++) {
        size_t at = batch_find(batch, batch->first, end, failures.ids[i]);
        if (at == BATCH_WHOLE) {
            return false;
        }
        *ret_at = at < *ret_at ? at : *ret_at;
    }
    return !failures.is_malformed;
}

static void on_answer(struct reader *reader, struct slice response)
{
    const struct batch *batch = &reader->batch;
    size_t end = batch->parts[batch->part_count - 1].end;
    size_t at = end;
    bool is_good = batch->is_final || first_failed(reader, response, &at);
    bool has_progress = batch->is_final || at > batch->first;
    if (is_good && has_progress && reader->window.is_open && !batch->is_final) {
        is_good = window_take_state(&reader->window, response);
    }
    reader->last.function_error = SLICE("");
    event_count_add(reader->spec.mapping, EVENTS_FAILED, is_good ? end - at : end - batch->first);
    if (!is_good) {
        reader_failed(reader, BATCH_WHOLE, false);
    } else if (at < end) {
        reader_failed(reader, at, false);
    } else {
        reader_succeeded(reader);
    }
}

/* Of the part that the function has; none of the last invocation of a window. */
static size_t records_of(const struct batch *batch)
{
    return batch->is_final ? 0 : batch->parts[batch->part_count - 1].end - batch->first;
}

static void on_done(void *ctx, const struct invoke_result *result)
{
    struct reader *reader = ctx;
    struct mapping *mapping = reader->spec.mapping;
    (void)snprintf(reader->last.request_id, sizeof reader->last.request_id, "%.*s",
                   SLICE_ARG(result->request_id));
    (void)snprintf(reader->last.version, sizeof reader->last.version, "%.*s",
                   SLICE_ARG(result->executed_version));
    buf_finish(&reader->event);
    size_t events = records_of(&reader->batch);
    event_count_add(mapping, EVENTS_INVOKED, events);
    event_count_add(mapping, EVENTS_FAILED, result->outcome != INVOKE_OK ? events : 0);
    if (result->outcome == INVOKE_NOT_FOUND) {
        mapping_miss_function(mapping);
    } else {
        mapping_report(mapping, result->outcome == INVOKE_OK ? RESULT_OK : RESULT_PROBLEM);
    }
    switch (result->outcome) {
    case INVOKE_OK:
        reader->last.was_answered = true;
        on_answer(reader, result->payload);
        return;
    case INVOKE_FUNCTION_ERROR:
        reader->last.was_answered = true;
        reader->last.function_error = SLICE("Unhandled");
        reader_failed(reader, BATCH_WHOLE, false);
        return;
    case INVOKE_TOO_LARGE:
        reader_failed(reader, BATCH_WHOLE, true);
        return;
    case INVOKE_NOT_FOUND:
    case INVOKE_THROTTLED:
    case INVOKE_UNAVAILABLE:
        reader_throttled(reader);
        return;
    }
}

/* IteratorAge: of the last record, when the function gets it. */
static void count_age(const struct reader *reader, const struct batch_task *task)
{
    const struct mapping *mapping = reader->spec.mapping;
    if (task->end > task->first) {
        int64_t age_ms =
            scheduler_now_ms(mapping->scheduler) - reader->batch.records[task->end - 1].arrived_ms;
        lambda_metrics_sample(mapping->scheduler, mapping->config.function, "IteratorAge",
                              (double)age_ms, UNIT_MILLISECONDS);
    }
}

void reader_invoke(struct reader *reader, const struct batch_task *task)
{
    const struct mapping *mapping = reader->spec.mapping;
    const struct mapping_config *config = &mapping->config;
    count_age(reader, task);
    print_event(reader, &reader->event, task->first, task->end);
    const struct invoke_request request = {
        .function = config->function,
        .qualifier = config->qualifier,
        .payload = buf_slice(&reader->event),
        .source = mapping->word,
    };
    invoker_invoke(&mapping->scheduler->options.invoker, &request, on_done, reader);
}

/* --- giving up --- */

static void make_failure(struct reader *reader, const struct batch_task *task)
{
    const struct mapping *mapping = reader->spec.mapping;
    const struct mapping_config *config = &mapping->config;
    const struct source_kind *kind = reader->spec.source->kind;
    struct scheduler *scheduler = mapping->scheduler;
    struct arena *arena = &reader->settling.arena;
    struct function_facts facts = {.arn = config->function_arn};
    struct arn target;
    char uuid[ID_UUID_MAX];
    AUTO_BUF event = BUF_INIT(reader->event.max);
    AUTO_BUF body = BUF_INIT(reader->event.max + FAILURE_RECORD_MAX);
    (void)scheduler->options.functions.find(scheduler->options.functions.ctx, config->function,
                                            &facts);
    bool is_bucket = arn_parse(config->on_failure_arn, &target) && slice_is(target.service, "s3");
    if (is_bucket) {
        print_event(reader, &event, task->first, task->end);
    }
    const struct failure_record record = {
        .condition = task->condition,
        .request_id = reader->last.request_id[0] != '\0' ? slice_from(reader->last.request_id)
                                                         : slice_from(id_uuid(uuid)),
        .function_arn = facts.arn,
        .invocations = task->invocations,
        .was_answered = reader->last.was_answered,
        .version = slice_from(reader->last.version),
        .function_error = reader->last.function_error,
        .now_ms = scheduler_now_ms(scheduler),
        .batch_info = kind->batch_info,
        .has_arrival_ms = kind->has_arrival_ms,
        .shard_id = reader->spec.shard_id,
        .stream_arn = config->source_arn,
        .batch = &reader->batch,
        .first = task->first,
        .end = task->end,
        .payload = buf_slice(&event),
    };
    failure_record_print(&body, &record);
    arena_reset(arena);
    reader->settling.failure = (struct delivery){
        .target = arena_copy(arena, config->on_failure_arn),
        .payload = arena_copy(arena, buf_slice(&body)),
        .source = arena_copy(arena, mapping->word),
        .source_arn = arena_copy(arena, config->source_arn),
        .retry = {.shape = RETRY_EXPONENTIAL,
                  .max_retries = FAILURE_RETRIES,
                  .max_age_ms = FAILURE_AGE_MAX_MS},
    };
    if (is_bucket) {
        reader->settling.failure.parameters =
            arena_printf(arena, "{\"Key\":\"%.*s\"}",
                         SLICE_ARG(failure_object_key(arena, slice_from(config->uuid),
                                                      reader->spec.shard_id, record.now_ms)));
    }
}

bool reader_give_up(struct reader *reader, const struct batch_task *task)
{
    const struct mapping_config *config = &reader->spec.mapping->config;
    const char *why = task->condition == DISCARD_TOO_OLD ? "too old" : "its retries are used up";
    if (task->first == task->end) {
        mapping_notice(reader->spec.mapping, "the last invocation of a window was given up: %s",
                       why);
        return false;
    }
    mapping_notice(reader->spec.mapping, "%zu records were given up: %s%s%.*s",
                   task->end - task->first, why, config->on_failure_arn.len > 0 ? "; told to " : "",
                   SLICE_ARG(config->on_failure_arn));
    if (config->on_failure_arn.len == 0) {
        return false;
    }
    make_failure(reader, task);
    return true;
}
