#include "scheduler/async/async.h"

#include "core/id.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/async/async_private.h"
#include "scheduler/async/outcome.h"
#include "scheduler/delivery/deliveries.h"
#include "scheduler/delivery/hops.h"
#include "scheduler/metrics/lambda_metrics.h"

#define HEAD_MAX 16384
#define PARALLEL_MAX                                                                               \
    256 /* invocations of one function's events: each holds its payload in memory */
#define RECORD_MAX (48U << 20) /* six bytes for each of the longest event and answer */
#define LATE_MS 1000           /* an attempt may begin after it is due */
#define NOBODY_TOLD "; it is lost, no destination or dead-letter queue is set"

/* --- accepting --- */

static struct slice print_head(struct arena *arena, const struct invoke_request *request)
{
    char uuid[ID_UUID_MAX];
    AUTO_BUF json = BUF_INIT(HEAD_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_string(&w, "RequestId",
                    request->request_id.len > 0 ? request->request_id : slice_from(id_uuid(uuid)));
    json_put_string(&w, "Qualifier", request->qualifier);
    json_put_string(&w, "Source", request->source);
    if (request->trace_id.len <= TRACE_LEN_MAX) {
        json_put_string(&w, "Trace", request->trace_id);
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

struct acceptance { /* in the sending's arena */
    struct scheduler *scheduler;
    struct slice function;
    async_accepted_fn *on_accepted;
    void *ctx;
};

static void on_kept(void *ctx, enum status status)
{
    const struct acceptance *acceptance = ctx;
    if (status == STATUS_OK) {
        lambda_metrics_sample(acceptance->scheduler, acceptance->function, "AsyncEventsReceived", 1,
                              UNIT_COUNT);
    }
    acceptance->on_accepted(acceptance->ctx, status);
}

static void accept_event(void *ctx, const struct invoke_request *request,
                         async_accepted_fn *on_accepted, void *done_ctx)
{
    const struct async *async = ctx;
    struct lane_sending *sending =
        lane_sending_create(async->scheduler, request->payload.len + 1024);
    struct lane_put *put = arena_alloc(&sending->arena, sizeof *put);
    *put = (struct lane_put){
        .class = &async_lane,
        .name = arena_copy(&sending->arena, request->function),
        .group = SLICE(""),
        .head = print_head(&sending->arena, request),
        .body = arena_copy(&sending->arena, request->payload),
    };
    lane_prepare(async->scheduler, put);
    struct acceptance *acceptance = arena_alloc(&sending->arena, sizeof *acceptance);
    *acceptance = (struct acceptance){async->scheduler, put->name, on_accepted, done_ctx};
    lane_send(sending, put, on_kept, acceptance);
}

struct async_invoker async_invoker_of(struct async *async)
{
    return (struct async_invoker){accept_event, async};
}

/* --- one attempt --- */

struct invocation_state {
    struct async *async;
    struct slice request_id, qualifier, source, trace;
    struct slice arn; /* unqualified; of the function as it is deployed now */
};

/* --- what follows from it --- */

/* The bus that a destination's ARN names, a queue, a topic, a function or a bucket: each has its form of the record. */
static void add_destination(struct lane_attempt *attempt, const struct outcome *outcome,
                            struct slice destination, struct prepared_delivery **list)
{
    struct arn arn;
    if (destination.len == 0 || !arn_parse(destination, &arn)) {
        return;
    }
    const struct invocation_state *state = attempt->state;
    AUTO_BUF record = BUF_INIT(RECORD_MAX);
    struct slice parameters = SLICE("");
    if (slice_is(arn.service, "events")) {
        outcome_print_event(&record, outcome, destination);
    } else if (slice_is(arn.service, "sns")) {
        outcome_print_for_topic(&record, outcome);
    } else {
        outcome_print(&record, outcome);
    }
    if (slice_is(arn.service, "s3")) {
        char uuid[ID_UUID_MAX];
        AUTO_BUF json = BUF_INIT(HEAD_MAX);
        struct json_writer w = json_writer_init(&json);
        json_open(&w, '{');
        json_put_string(&w, "Key",
                        outcome_object_key(&attempt->arena, outcome, attempt->name, id_uuid(uuid)));
        json_close(&w, '}');
        parameters = arena_copy(&attempt->arena, buf_slice(&json));
    }
    const struct delivery delivery = {
        .target = destination,
        .payload = buf_slice(&record),
        .parameters = parameters,
        .group = SLICE(""),
        .source = arena_printf(&attempt->arena, "function %.*s", SLICE_ARG(attempt->name)),
        .source_arn = state->arn,
        .trace = state->trace,
        .retry = {.shape = RETRY_EXPONENTIAL, .max_retries = 10, .max_age_ms = 21600000},
        .dead_letter_arn = SLICE(""),
        .dead_letter_form = DEAD_LETTER_NONE,
        .failure_metric = SLICE("DestinationDeliveryFailures"),
    };
    delivery_prepare(attempt->scheduler, &attempt->arena, &delivery, list);
}

static void add_dead_letter(struct lane_attempt *attempt, const struct outcome *outcome,
                            struct slice dead_letter_arn, struct prepared_delivery **list)
{
    if (dead_letter_arn.len == 0) {
        return;
    }
    const struct invocation_state *state = attempt->state;
    AUTO_BUF attributes = BUF_INIT(HEAD_MAX);
    outcome_print_attributes(&attributes, outcome);
    const struct delivery delivery = {
        .target = dead_letter_arn,
        .payload = attempt->body.len > 0 ? attempt->body : SLICE("{}"),
        .parameters = arena_copy(&attempt->arena, buf_slice(&attributes)),
        .group = SLICE(""),
        .source = arena_printf(&attempt->arena, "function %.*s", SLICE_ARG(attempt->name)),
        .source_arn = state->arn,
        .trace = state->trace,
        .retry = {.shape = RETRY_EXPONENTIAL, .max_retries = 10, .max_age_ms = 21600000},
        .dead_letter_arn = SLICE(""),
        .dead_letter_form = DEAD_LETTER_NONE,
        .failure_metric = SLICE("DeadLetterErrors"),
    };
    delivery_prepare(attempt->scheduler, &attempt->arena, &delivery, list);
}

static const struct invoke_config *config_of(const struct lane_attempt *attempt)
{
    const struct invocation_state *state = attempt->state;
    return invoke_config_find(state->async->configs, attempt->name, state->qualifier);
}

/* What was told of a stopped loop may lead back to the function: then nobody is told again. */
static bool is_loop_told(const struct lane_attempt *attempt, const struct outcome *outcome)
{
    const struct invocation_state *state = attempt->state;
    return outcome->condition == OUTCOME_LOOP && hops_count(state->trace) > HOPS_MAX + 1;
}

static void tell_lost(struct lane_attempt *attempt, const struct outcome *outcome, bool is_told)
{
    static const char *const reasons[] = {
        [OUTCOME_SUCCESS] = "",
        [OUTCOME_RETRIES_EXHAUSTED] = "it failed",
        [OUTCOME_EVENT_TOO_OLD] = "it is too old",
        [OUTCOME_NO_CONCURRENCY] = "the function's reserved concurrency is 0",
        [OUTCOME_LOOP] = "this chain of events has run the function 16 times: a loop "
                         "(RecursiveLoop: Allow lets it)",
    };
    scheduler_notice(attempt->scheduler, attempt->name,
                     "gave up event %.*s after %u attempt%s: %s%s", SLICE_ARG(outcome->request_id),
                     outcome->attempts, outcome->attempts == 1 ? "" : "s",
                     reasons[outcome->condition],
                     is_told                          ? ""
                     : is_loop_told(attempt, outcome) ? "; it is lost, the loop was told before"
                                                      : NOBODY_TOLD);
    lambda_metrics_sample(attempt->scheduler, attempt->name, "AsyncEventsDropped", 1, UNIT_COUNT);
}

/* The event leaves the lane, and who is to know of it is told in the same commit. */
static void end_with(struct lane_attempt *attempt, struct outcome *outcome)
{
    const struct invocation_state *state = attempt->state;
    const struct invoke_config *config = config_of(attempt);
    struct prepared_delivery *list = NULL;
    outcome->request_id = state->request_id;
    outcome->payload = attempt->body;
    outcome->now_ms = scheduler_now_ms(attempt->scheduler);
    outcome->function_arn =
        arena_printf(&attempt->arena, "%.*s:%.*s", SLICE_ARG(state->arn),
                     SLICE_ARG(state->qualifier.len > 0 ? state->qualifier : SLICE("$LATEST")));
    if (outcome->condition == OUTCOME_SUCCESS) {
        add_destination(attempt, outcome, config != NULL ? config->on_success : SLICE(""), &list);
    } else {
        if (!is_loop_told(attempt, outcome)) {
            const struct function_settings settings =
                function_settings_find(state->async->configs, attempt->name);
            add_destination(attempt, outcome, config != NULL ? config->on_failure : SLICE(""),
                            &list);
            add_dead_letter(attempt, outcome, settings.dead_letter_arn, &list);
        }
        tell_lost(attempt, outcome, list != NULL);
    }
    const struct lane_verdict verdict = {.is_over = true, .puts = delivery_puts(list)};
    lane_attempt_end(attempt, &verdict);
}

/* --- the function answered, or did not --- */

static struct retry_policy policy_of(const struct lane_attempt *attempt)
{
    const struct invoke_config *config = config_of(attempt);
    bool has_retries = config != NULL && config->max_retries >= 0;
    bool has_age = config != NULL && config->max_age_s >= 0;
    int64_t age_s = has_age ? config->max_age_s : EVENT_AGE_DEFAULT_S;
    return (struct retry_policy){
        .shape = RETRY_FUNCTION,
        .max_retries = has_retries ? (uint32_t)config->max_retries : RETRIES_DEFAULT,
        .max_age_ms = age_s * 1000,
    };
}

/* `attempts` are those that count; throttles in a row are the note. */
static void try_again(struct lane_attempt *attempt, enum retry_cause cause, struct outcome *outcome)
{
    const struct retry_policy policy = policy_of(attempt);
    bool is_throttle = cause == RETRY_AFTER_THROTTLE;
    uint32_t throttles = is_throttle ? (uint32_t)attempt->note + 1 : 0;
    struct lane_verdict verdict = {.is_undone = is_throttle, .note = throttles};
    enum retry_verdict next =
        retry_next(&policy, cause, attempt->attempts, throttles, attempt->seed,
                   attempt->accepted_ms, scheduler_now_ms(attempt->scheduler), &verdict.at_ms);
    if (next == RETRY_AGAIN) {
        lane_attempt_end(attempt, &verdict);
        return;
    }
    outcome->condition = next == RETRY_TOO_OLD ? OUTCOME_EVENT_TOO_OLD : OUTCOME_RETRIES_EXHAUSTED;
    outcome->attempts = is_throttle ? attempt->attempts - 1 : attempt->attempts;
    end_with(attempt, outcome);
}

static void on_invoked(void *ctx, const struct invoke_result *result)
{
    struct lane_attempt *attempt = ctx;
    struct outcome outcome = {
        .attempts = attempt->attempts,
        .has_response = true,
        .executed_version = result->executed_version,
        .response = result->payload,
    };
    switch (result->outcome) {
    case INVOKE_OK:
        outcome.condition = OUTCOME_SUCCESS;
        end_with(attempt, &outcome);
        break;
    case INVOKE_FUNCTION_ERROR:
        outcome.has_failed = true;
        try_again(attempt, RETRY_AFTER_ERROR, &outcome);
        break;
    case INVOKE_THROTTLED:
    case INVOKE_UNAVAILABLE:
        if (attempt->scheduler->is_stopping) {
            lane_attempt_leave(attempt);
            break;
        }
        outcome.has_response = false;
        try_again(attempt, RETRY_AFTER_THROTTLE, &outcome);
        break;
    case INVOKE_NOT_FOUND:
    case INVOKE_TOO_LARGE:
        outcome.has_response = false;
        outcome.condition = OUTCOME_RETRIES_EXHAUSTED;
        end_with(attempt, &outcome);
        break;
    }
}

/* A function that runs once more in a chain it is part of is told once, long before the chain is stopped: it may be
 * meant to end by itself, but a bucket or queue that is its source and its destination is a common mistake. */
static void warn_of_loop(struct async *async, const struct lane_attempt *attempt,
                         struct slice source, struct slice trace)
{
    uint64_t hash = slice_hash(attempt->name);
    if (hops_count(trace) != 2 || async->loop_count == LOOPS_TOLD_MAX) {
        return;
    }
    for (size_t i = 0; i < async->loop_count; i++) {
        if (async->loops[i] == hash) {
            return;
        }
    }
    async->loops[async->loop_count++] = hash;
    scheduler_notice(async->scheduler, attempt->name,
                     "runs again because of what it did itself (by way of %.*s); if this does not "
                     "end, it is stopped after 16 times",
                     SLICE_ARG(source));
}

/* It may have waited for its turn, or for a program, longer than events may. A retry that was due just before is made. */
static bool is_too_old(const struct lane_attempt *attempt)
{
    int64_t age_ms = scheduler_now_ms(attempt->scheduler) - attempt->accepted_ms;
    return age_ms > policy_of(attempt).max_age_ms + LATE_MS;
}

static void attempt_invocation(struct lane_attempt *attempt)
{
    struct scheduler *scheduler = attempt->scheduler;
    struct arena *arena = &attempt->arena;
    struct invocation_state *state = arena_alloc(arena, sizeof *state);
    struct function_facts facts;
    attempt->state = state;
    *state = (struct invocation_state){
        .async = scheduler->async,
        .request_id = json_text_member(arena, attempt->head, "RequestId"),
        .qualifier = json_text_member(arena, attempt->head, "Qualifier"),
        .source = json_text_member(arena, attempt->head, "Source"),
        .trace = json_text_member(arena, attempt->head, "Trace"),
    };
    struct outcome outcome = {.attempts = 0};
    const struct function_directory *functions = &scheduler->options.functions;
    if (!functions->find(functions->ctx, attempt->name, &facts)) {
        /* Gone from the template since: there is nothing that could run it, nor settings of it. */
        scheduler_notice(scheduler, attempt->name, "is gone: its event %.*s is dropped",
                         SLICE_ARG(state->request_id));
        lane_attempt_end(attempt, &(struct lane_verdict){.is_over = true});
        return;
    }
    state->arn = arena_copy(arena, facts.arn);
    if (facts.reserved_concurrency == 0) {
        outcome.condition = OUTCOME_NO_CONCURRENCY;
        end_with(attempt, &outcome);
        return;
    }
    if (is_too_old(attempt)) {
        outcome.condition = OUTCOME_EVENT_TOO_OLD;
        outcome.attempts = attempt->attempts - 1;
        end_with(attempt, &outcome);
        return;
    }
    struct slice trace;
    bool may_run = hops_next(scheduler, arena, state->trace, facts.arn, &trace);
    state->trace = trace;
    if (!may_run && !async_allows_loops(state->async, attempt->name)) {
        outcome.condition = OUTCOME_LOOP;
        outcome.attempts = attempt->attempts - 1;
        end_with(attempt, &outcome);
        return;
    }
    warn_of_loop(state->async, attempt, state->source, trace);
    int64_t age_ms = scheduler_now_ms(scheduler) - attempt->accepted_ms;
    lambda_metrics_sample(scheduler, attempt->name, "AsyncEventAge", (double)age_ms,
                          UNIT_MILLISECONDS);
    const struct invoke_request request = {
        .function = attempt->name,
        .qualifier = state->qualifier,
        .payload = attempt->body,
        .trace_id = trace,
        .request_id = state->request_id,
        .source = state->source,
    };
    invoker_invoke(&scheduler->options.invoker, &request, on_invoked, attempt);
}

/* No more than could start now, so that events wait in their queue and not in memory. */
static size_t parallel(struct scheduler *scheduler, struct slice name)
{
    struct function_facts facts;
    const struct function_directory *functions = &scheduler->options.functions;
    if (!functions->find(functions->ctx, name, &facts) || facts.reserved_concurrency == 0) {
        return PARALLEL_MAX;
    }
    size_t limit = facts.concurrency;
    return limit < 1 ? 1 : limit > PARALLEL_MAX ? PARALLEL_MAX : limit;
}

const struct lane_class async_lane = {
    .name = "invocation", .attempt = attempt_invocation, .parallel = parallel};

/* --- life --- */

bool async_allows_loops(const struct async *async, struct slice function)
{
    return function_settings_find(async->configs, function).allows_loops;
}

void async_check_permission(struct async *async, struct slice function, struct slice source_arn)
{
    struct slice name, qualifier;
    function_name_parse(function, &name, &qualifier);
    permission_warn(async->permissions, name, source_arn);
}

struct resource *scheduler_function_urls(struct scheduler *scheduler, struct arena *arena,
                                         const struct resource *resources, size_t count,
                                         size_t *ret_count)
{
    return url_configs_merge(scheduler->async->urls, arena, resources, count, ret_count);
}

struct async *async_create(struct scheduler *scheduler)
{
    struct async *async = mem_zalloc(sizeof *async);
    async->scheduler = scheduler;
    async->configs = invoke_configs_create(scheduler);
    async->permissions = permissions_create(scheduler);
    async->urls = url_configs_create(scheduler);
    edge_register(scheduler->edge, &async_service, async);
    return async;
}

void async_destroy(struct async *async)
{
    if (async == NULL) {
        return;
    }
    url_configs_destroy(async->urls);
    permissions_destroy(async->permissions);
    invoke_configs_destroy(async->configs);
    mem_free(async);
}
