/* Deliveries and asynchronous invocations on the real queue, with a Lambda API that answers what a test says. */
#include "scheduler/delivery/delivery.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/async/async.h"
#include "tests/support/bus.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdatomic.h>

#define CALLS_MAX 256
#define MINUTE INT64_C(60000)

struct call {
    char function[160];
    char payload[256];
    char trace[512];
    int64_t at_ms; /* since the start */
};

/* The fake Lambda API: Invoke with these statuses, one after the other; then 202. */
struct lambda {
    struct bus *bus;
    struct call calls[CALLS_MAX];
    size_t count;
    int statuses[16];
    size_t status_count;
    bool is_holding; /* calls are not answered */
    struct api_call *held[CALLS_MAX];
    size_t held_count;
};

static void invoke(struct api_call *call, void *ctx)
{
    struct lambda *lambda = ctx;
    struct call *seen = &lambda->calls[lambda->count];
    int status = lambda->count < lambda->status_count ? lambda->statuses[lambda->count] : 202;
    cr_assert_lt(lambda->count, CALLS_MAX);
    lambda->count++;
    snprintf(seen->function, sizeof seen->function, "%.*s",
             SLICE_ARG(api_path_param(call, "FunctionName")));
    snprintf(seen->payload, sizeof seen->payload, "%.*s", SLICE_ARG(api_body(call)));
    snprintf(seen->trace, sizeof seen->trace, "%.*s",
             SLICE_ARG(api_header(call, "x-amzn-trace-id")));
    seen->at_ms = clock_epoch_ms(&lambda->bus->clock) - BUS_START_MS;
    if (lambda->is_holding) {
        lambda->held[lambda->held_count++] = call;
    } else if (status == 202) {
        api_reply_empty(call, 202);
    } else {
        api_reply_error(call, status, "TroubleException", SLICE("as told"));
    }
}

static const struct api_op ops[] = {
    {"Invoke", invoke, "POST", "/2015-03-31/functions/{FunctionName}/invocations", false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct wire_error errors[STATUS_COUNT];
static const struct api_service fake_lambda = {
    .name = "lambda", .protocol = API_REST_JSON, .ops = ops, .errors = errors};

static void open_all(struct bus *bus, struct lambda *lambda)
{
    *bus = (struct bus){.status = 0};
    *lambda = (struct lambda){.bus = bus};
    bus_open(bus);
    edge_register(bus->edge, &fake_lambda, lambda);
    scheduler_start(bus->scheduler);
}

static void reopen(struct bus *bus, struct lambda *lambda)
{
    bus_reopen(bus);
    edge_register(bus->edge, &fake_lambda, lambda);
    scheduler_start(bus->scheduler);
}

static void rest(struct bus *bus)
{
    bus_advance(bus, 0);
}

static void deliver(struct bus *bus, const struct delivery *delivery)
{
    delivery_send(bus->scheduler, delivery);
    for (int i = 0; i < 100000 && engine_pending(bus->scheduler->engine) > 0; i++) {
        bus_turn(bus);
    }
    cr_assert_eq(engine_pending(bus->scheduler->engine), 0);
}

static struct delivery make(const char *payload)
{
    return (struct delivery){
        .target = SLICE("arn:aws:lambda:us-east-1:000000000000:function:hello"),
        .payload = slice_from(payload),
        .parameters = SLICE(""),
        .group = SLICE(""),
        .source = SLICE("rule nightly"),
        .source_arn = SLICE(""),
        .trace = SLICE(""),
        .retry = {.shape = RETRY_EXPONENTIAL, .max_retries = 185, .max_age_ms = 86400000},
        .dead_letter_arn = SLICE(""),
    };
}

Test(delivery, reaches_its_target_once)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    struct delivery delivery = make("{\"a\":1}");
    delivery.trace = SLICE("Root=1-65a1b2c3-0123456789abcdef01234567");
    deliver(&bus, &delivery);
    rest(&bus);
    cr_expect_eq(lambda.count, 1);
    cr_expect_str_eq(lambda.calls[0].payload, "{\"a\":1}");
    cr_expect_str_eq(lambda.calls[0].function,
                     "arn:aws:lambda:us-east-1:000000000000:function:hello");
    cr_expect_str_eq(lambda.calls[0].trace, "Root=1-65a1b2c3-0123456789abcdef01234567");
    bus_advance(&bus, 24 * 60 * MINUTE);
    cr_expect_eq(lambda.count, 1);
    bus_close(&bus);
}

/* Keeps the writer busy until the loop has turned often enough for anything that does not wait for it. */
struct slow_job {
    struct write_job job;
    uv_prepare_t turn;
    atomic_int turns;
};

static void on_turn(uv_prepare_t *turn)
{
    atomic_fetch_add(&CONTAINER_OF(turn, struct slow_job, turn)->turns, 1);
}

static void run_slowly(struct write_job *job, struct txn *txn)
{
    struct slow_job *slow = CONTAINER_OF(job, struct slow_job, job);
    (void)txn;
    while (atomic_load(&slow->turns) < 50) {
        sched_yield();
    }
}

static void on_slow_done(struct write_job *job, enum status status)
{
    struct slow_job *slow = CONTAINER_OF(job, struct slow_job, job);
    cr_assert_eq(status, STATUS_OK);
    uv_close((uv_handle_t *)&slow->turn, NULL);
}

Test(delivery, what_is_with_the_writer_outlives_a_stop)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    struct slow_job slow = {.job = {.run = run_slowly, .done = on_slow_done}};
    cr_assert_eq(uv_prepare_init(&bus.loop, &slow.turn), 0);
    cr_assert_eq(uv_prepare_start(&slow.turn, on_turn), 0);
    engine_submit(bus.scheduler->engine, &slow.job);
    struct delivery delivery = make("{}");
    delivery_send(bus.scheduler, &delivery);
    reopen(&bus, &lambda);
    rest(&bus);
    cr_expect_eq(lambda.count, 1);
    bus_close(&bus);
}

Test(delivery, a_server_error_is_tried_again_later)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    lambda.statuses[0] = 500;
    lambda.statuses[1] = 429;
    lambda.status_count = 2;
    struct delivery delivery = make("{}");
    deliver(&bus, &delivery);
    rest(&bus);
    cr_expect_eq(lambda.count, 1, "not at once");
    bus_advance(&bus, MINUTE);
    cr_assert_eq(lambda.count, 3);
    int64_t first = lambda.calls[1].at_ms - lambda.calls[0].at_ms;
    int64_t second = lambda.calls[2].at_ms - lambda.calls[1].at_ms;
    cr_expect(first >= 500 && first <= 1000, "%lld", (long long)first);
    cr_expect(second >= 1000 && second <= 2000, "%lld", (long long)second);
    bus_advance(&bus, 24 * 60 * MINUTE);
    cr_expect_eq(lambda.count, 3);
    bus_close(&bus);
}

Test(delivery, a_client_error_is_told_and_not_tried_again)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    lambda.statuses[0] = 404;
    lambda.status_count = 1;
    struct delivery delivery = make("{}");
    deliver(&bus, &delivery);
    bus_advance(&bus, 24 * 60 * MINUTE);
    cr_expect_eq(lambda.count, 1);
    cr_expect_not_null(strstr(buf_cstr(&bus.notices), "rule nightly: gave up a delivery to "));
    cr_expect_not_null(strstr(buf_cstr(&bus.notices), "TroubleException: as told; it is lost"));
    bus_close(&bus);
}

Test(delivery, what_is_given_up_goes_to_the_dead_letter_target)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    for (int i = 0; i < 3; i++) {
        lambda.statuses[i] = 500;
    }
    lambda.status_count = 3;
    struct delivery delivery = make("{\"a\":1}");
    delivery.retry.max_retries = 2;
    delivery.dead_letter_arn = SLICE("arn:aws:lambda:us-east-1:000000000000:function:grave");
    delivery.dead_letter_form = DEAD_LETTER_TOPIC;
    deliver(&bus, &delivery);
    bus_advance(&bus, 60 * MINUTE);
    cr_assert_eq(lambda.count, 4);
    cr_expect_str_eq(lambda.calls[3].function,
                     "arn:aws:lambda:us-east-1:000000000000:function:grave");
    cr_expect_str_eq(lambda.calls[3].payload, "{\"a\":1}");
    bus_close(&bus);
}

/* As JSON the attributes of a message, or what its dead-letter queue gets, are longer than a message may be. */
Test(delivery, keeps_parameters_and_dead_letters_of_any_length)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    (void)bus_ok(&bus, "sqs", "CreateQueue", "{'QueueName':'q'}");
    AUTO_BUF parameters = BUF_INIT(4 << 20);
    buf_append_text(&parameters, "{\"MessageAttributes\":{\"quotes\":{\"DataType\":\"String\","
                                 "\"StringValue\":\"");
    for (size_t i = 0; i < 1048500; i++) {
        buf_append_text(&parameters, "\\\"");
    }
    buf_append_text(&parameters, "\"}}}");
    struct delivery delivery = make("m");
    delivery.target = SLICE("arn:aws:sqs:us-east-1:000000000000:q");
    delivery.parameters = buf_slice(&parameters);
    deliver(&bus, &delivery);
    rest(&bus);
    (void)bus_ok(&bus, "sqs", "ReceiveMessage", "{'QueueUrl':'q','MessageAttributeNames':['All']}");
    cr_expect_eq(bus_at(&bus, "Messages.0.MessageAttributes.quotes.StringValue").len,
                 2 * 1048500 + 2);
    lambda.statuses[0] = 400;
    lambda.status_count = 1;
    delivery = make("{}");
    delivery.dead_letter_payload = buf_slice(&parameters);
    delivery.dead_letter_arn = SLICE("arn:aws:lambda:us-east-1:000000000000:function:sink");
    deliver(&bus, &delivery);
    rest(&bus);
    cr_assert_eq(lambda.count, 2);
    cr_expect(strncmp(lambda.calls[1].payload, "{\"MessageAttributes\"", 20) == 0);
    bus_close(&bus);
}

Test(delivery, survives_a_restart_with_its_attempts)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    lambda.statuses[0] = 500;
    lambda.statuses[1] = 500;
    lambda.status_count = 2;
    struct delivery delivery = make("{\"a\":1}");
    delivery.retry.max_retries = 1;
    deliver(&bus, &delivery);
    rest(&bus);
    cr_expect_eq(lambda.count, 1);
    reopen(&bus, &lambda);
    bus_advance(&bus, MINUTE);
    cr_expect_eq(lambda.count, 2, "the second and last attempt");
    bus_advance(&bus, 60 * MINUTE);
    cr_expect_eq(lambda.count, 2);
    bus_close(&bus);
}

Test(delivery, deliveries_of_a_group_go_one_at_a_time_in_order)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    lambda.statuses[0] = 500;
    lambda.status_count = 1;
    const char *payloads[] = {"1", "2", "3", "4"};
    for (size_t i = 0; i < COUNT_OF(payloads); i++) {
        struct delivery delivery = make(payloads[i]);
        delivery.group = SLICE("orders");
        deliver(&bus, &delivery);
    }
    rest(&bus);
    cr_expect_eq(lambda.count, 1, "the first failed and keeps the others back");
    bus_advance(&bus, MINUTE);
    cr_assert_eq(lambda.count, 5);
    for (size_t i = 0; i < COUNT_OF(payloads); i++) {
        cr_expect_str_eq(lambda.calls[i + 1].payload, payloads[i]);
    }
    bus_close(&bus);
}

Test(delivery, others_do_not_wait_for_one_that_is_slow)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    lambda.is_holding = true;
    for (int i = 0; i < 40; i++) {
        struct delivery delivery = make("{}");
        deliver(&bus, &delivery);
    }
    for (int i = 0; i < 100000 && lambda.held_count < 32; i++) {
        bus_turn(&bus);
    }
    cr_expect_eq(lambda.held_count, 32, "side by side, but not without end");
    lambda.is_holding = false;
    for (size_t i = 0; i < lambda.held_count; i++) {
        api_reply_empty(lambda.held[i], 202);
    }
    rest(&bus);
    cr_expect_eq(lambda.count, 40);
    bus_close(&bus);
}

/* For the one call that is not answered: the clock cannot turn meanwhile. */
static void wait_held(struct lambda *lambda)
{
    for (int i = 0; i < 100000 && lambda->held_count == 0; i++) {
        bus_turn(lambda->bus);
    }
    cr_assert_eq(lambda->held_count, 1);
}

Test(delivery, what_was_delivered_on_a_full_disk_holds_up_its_group_until_there_is_room)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    struct delivery first = make("1"), second = make("2");
    first.group = second.group = SLICE("g");
    lambda.is_holding = true;
    deliver(&bus, &first);
    deliver(&bus, &second);
    wait_held(&lambda);
    lambda.is_holding = false;
    bus_fill_disk(true);
    api_reply_empty(lambda.held[0], 202);
    bus_advance(&bus, 5000);
    cr_expect_eq(lambda.count, 1);
    bus_fill_disk(false);
    bus_advance(&bus, 1000);
    cr_assert_eq(lambda.count, 2);
    cr_expect_str_eq(lambda.calls[1].payload, "2");
    bus_close(&bus);
}

Test(delivery, is_tried_again_after_a_full_disk)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    struct delivery delivery = make("{}");
    lambda.statuses[0] = 500;
    lambda.status_count = 1;
    deliver(&bus, &delivery);
    rest(&bus);
    bus_fill_disk(true);
    bus_advance(&bus, 5000);
    cr_expect_eq(lambda.count, 1);
    bus_fill_disk(false);
    bus_advance(&bus, 1000);
    cr_expect_eq(lambda.count, 2);
    bus_close(&bus);
}

Test(delivery, nothing_is_begun_once_the_bus_stops_and_all_goes_on_with_the_next)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    struct delivery delivery = make("1"), late = make("2");
    lambda.is_holding = true;
    deliver(&bus, &delivery);
    wait_held(&lambda);
    scheduler_stop(bus.scheduler);
    deliver(&bus, &late);
    api_reply_error(lambda.held[0], 503, "Stopped", SLICE("as it happens"));
    lambda.is_holding = false;
    rest(&bus);
    cr_expect_eq(lambda.count, 1);

    reopen(&bus, &lambda);
    rest(&bus);
    cr_assert_eq(lambda.count, 3, "at once, as if it had not been tried");
    cr_expect_str_eq(lambda.calls[1].payload, "1");
    cr_expect_str_eq(lambda.calls[2].payload, "2");
    bus_close(&bus);
}

Test(delivery, a_start_on_a_full_disk_goes_on_when_there_is_room)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    struct delivery delivery = make("1");
    lambda.is_holding = true;
    deliver(&bus, &delivery);
    wait_held(&lambda);
    scheduler_stop(bus.scheduler);
    api_reply_error(lambda.held[0], 503, "Stopped", SLICE("as it happens"));
    lambda.is_holding = false;
    bus_reopen(&bus);
    edge_register(bus.edge, &fake_lambda, &lambda);
    bus_fill_disk(true);
    scheduler_start(bus.scheduler);
    bus_advance(&bus, 5000);
    cr_expect_eq(lambda.count, 1);
    bus_fill_disk(false);
    bus_advance(&bus, 1000);
    cr_expect_eq(lambda.count, 2);
    bus_close(&bus);
}

Test(delivery, a_target_of_a_service_that_is_not_here_is_given_up)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    struct delivery delivery = make("{}");
    delivery.target = SLICE("arn:aws:codebuild:us-east-1:000000000000:project/p");
    deliver(&bus, &delivery);
    rest(&bus);
    cr_expect_not_null(
        strstr(buf_cstr(&bus.notices), "does not deliver to the service 'codebuild'"));
    bus_close(&bus);
}

/* --- asynchronous invocations --- */

struct functions {
    size_t count;
    char ids[CALLS_MAX][64];
    char traces[CALLS_MAX][256];
    int64_t at_ms[CALLS_MAX];
    enum invoke_outcome outcomes[CALLS_MAX];
    size_t outcome_count;
};

static void on_invoke(struct bus *bus, const struct invoke_request *request,
                      struct invoke_result *result)
{
    struct functions *functions = bus->ctx;
    size_t i = functions->count++;
    snprintf(functions->ids[i], sizeof functions->ids[i], "%.*s", SLICE_ARG(request->request_id));
    snprintf(functions->traces[i], sizeof functions->traces[i], "%.*s",
             SLICE_ARG(request->trace_id));
    functions->at_ms[i] = clock_epoch_ms(&bus->clock) - BUS_START_MS;
    result->outcome = i < functions->outcome_count ? functions->outcomes[i] : INVOKE_OK;
    result->payload = result->outcome == INVOKE_OK ? SLICE("{\"ok\":true}")
                                                   : SLICE("{\"errorMessage\":\"no tea\"}");
    result->executed_version = SLICE("$LATEST");
}

static void open_functions(struct bus *bus, struct lambda *lambda, struct functions *functions)
{
    open_all(bus, lambda);
    *functions = (struct functions){.count = 0};
    bus->on_invoke = on_invoke;
    bus->ctx = functions;
}

static void on_accepted(void *ctx, enum status status)
{
    *(enum status *)ctx = status;
}

static void take_event(struct bus *bus, const char *payload, const char *trace)
{
    enum status status = STATUS_COUNT;
    struct async_invoker async = scheduler_async(bus->scheduler);
    const struct invoke_request request = {
        .function = SLICE("hello"),
        .qualifier = SLICE(""),
        .payload = slice_from(payload),
        .trace_id = slice_from(trace),
        .request_id = SLICE("11111111-2222-4333-8444-555555555555"),
        .source = SLICE("lambda"),
    };
    async.accept(async.ctx, &request, on_accepted, &status);
    for (int i = 0; i < 100000 && status == STATUS_COUNT; i++) {
        bus_turn(bus);
    }
    cr_assert_eq(status, STATUS_OK);
}

Test(async, failures_are_tried_three_times_then_told_and_laid_down)
{
    struct bus bus;
    struct lambda lambda;
    struct functions functions;
    open_functions(&bus, &lambda, &functions);
    functions.outcome_count = 3;
    for (int i = 0; i < 3; i++) {
        functions.outcomes[i] = INVOKE_FUNCTION_ERROR;
    }
    cr_assert_str_empty(
        bus_deploy(&bus, "AWS::Lambda::EventInvokeConfig", "c",
                   "{'FunctionName':'hello','Qualifier':'$LATEST','DestinationConfig':"
                   "{'OnFailure':{'Destination':'arn:aws:lambda:us-east-1:000000000000:"
                   "function:sink'}}}"));
    take_event(&bus, "{\"n\":1}", "");
    bus_advance(&bus, 10 * MINUTE);
    cr_assert_eq(functions.count, 3);
    cr_expect_eq(functions.at_ms[1] - functions.at_ms[0], MINUTE);
    cr_expect_eq(functions.at_ms[2] - functions.at_ms[1], 2 * MINUTE);
    cr_expect_str_eq(functions.ids[2], "11111111-2222-4333-8444-555555555555");
    cr_assert_eq(lambda.count, 1);
    cr_expect_str_eq(lambda.calls[0].function,
                     "arn:aws:lambda:us-east-1:000000000000:function:sink");
    cr_expect_not_null(strstr(lambda.calls[0].payload, "\"condition\":\"RetriesExhausted\""), "%s",
                       lambda.calls[0].payload);
    bus_close(&bus);
}

Test(async, an_event_that_waited_for_longer_than_it_may_is_not_tried)
{
    struct bus bus;
    struct lambda lambda;
    struct functions functions;
    open_functions(&bus, &lambda, &functions);
    cr_assert_str_empty(
        bus_deploy(&bus, "AWS::Lambda::EventInvokeConfig", "c",
                   "{'FunctionName':'hello','Qualifier':'$LATEST','MaximumEventAgeInSeconds':60,"
                   "'DestinationConfig':{'OnFailure':{'Destination':"
                   "'arn:aws:lambda:us-east-1:000000000000:function:sink'}}}"));
    bus_reopen(&bus); /* and nothing is begun yet */
    edge_register(bus.edge, &fake_lambda, &lambda);
    take_event(&bus, "{\"n\":1}", "");
    bus_advance(&bus, MINUTE);
    take_event(&bus, "{\"n\":2}", "");
    bus_advance(&bus, 2000);
    scheduler_start(bus.scheduler);
    rest(&bus);
    cr_expect_eq(functions.count, 1, "the second one is young enough");
    cr_assert_eq(lambda.count, 1);
    cr_expect_not_null(strstr(lambda.calls[0].payload, "\"condition\":\"EventAgeExceeded\","
                                                       "\"approximateInvokeCount\":0}"),
                       "%s", lambda.calls[0].payload);
    cr_expect_null(strstr(lambda.calls[0].payload, "responseContext"));
    bus_close(&bus);
}

Test(async, throttles_cost_no_attempt_and_double)
{
    struct bus bus;
    struct lambda lambda;
    struct functions functions;
    open_functions(&bus, &lambda, &functions);
    functions.outcome_count = 5;
    for (int i = 0; i < 4; i++) {
        functions.outcomes[i] = INVOKE_THROTTLED;
    }
    functions.outcomes[4] = INVOKE_FUNCTION_ERROR;
    take_event(&bus, "{}", "");
    bus_advance(&bus, 2 * MINUTE);
    cr_assert_eq(functions.count, 6);
    const int64_t waits[] = {1000, 2000, 4000, 8000, 60000};
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        cr_expect_eq(functions.at_ms[i + 1] - functions.at_ms[i], waits[i], "wait %zu", i);
    }
    bus_close(&bus);
}

Test(async, a_chain_that_has_run_sixteen_times_is_stopped)
{
    struct bus bus;
    struct lambda lambda;
    struct functions functions;
    open_functions(&bus, &lambda, &functions);
    char trace[256] = "";
    for (int i = 0; i < 20; i++) {
        take_event(&bus, "{}", trace);
        rest(&bus);
        snprintf(trace, sizeof trace, "%s", functions.traces[functions.count - 1]);
    }
    cr_expect_eq(functions.count, 16);
    cr_expect_not_null(strstr(buf_cstr(&bus.notices), "16 times: a loop"));
    const char *warning = strstr(buf_cstr(&bus.notices), "runs again because of what it did");
    cr_assert_not_null(warning, "it is told before it is stopped");
    cr_expect_null(strstr(warning + 1, "runs again"), "and told once");
    bus_close(&bus);
}

Test(async, a_loop_that_is_allowed_goes_on)
{
    struct bus bus;
    struct lambda lambda;
    struct functions functions;
    open_functions(&bus, &lambda, &functions);
    cr_assert_str_empty(
        bus_deploy(&bus, "AWS::Lambda::Function", "hello", "{'RecursiveLoop':'Allow'}"));
    char trace[256] = "";
    for (int i = 0; i < 20; i++) {
        take_event(&bus, "{}", trace);
        rest(&bus);
        snprintf(trace, sizeof trace, "%s", functions.traces[functions.count - 1]);
    }
    cr_expect_eq(functions.count, 20);
    bus_close(&bus);
}

Test(async, what_has_no_permission_is_told_once_and_arrives)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    struct delivery delivery = make("{}");
    delivery.source_arn = SLICE("arn:aws:events:us-east-1:000000000000:rule/nightly");
    deliver(&bus, &delivery);
    deliver(&bus, &delivery);
    rest(&bus);
    cr_expect_eq(lambda.count, 2);
    const char *first =
        strstr(buf_cstr(&bus.notices), "has no permission for events.amazonaws.com");
    cr_assert_not_null(first);
    cr_expect_null(strstr(first + 1, "has no permission"));
    bus_close(&bus);
}

Test(async, a_permission_of_the_template_is_enough)
{
    struct bus bus;
    struct lambda lambda;
    open_all(&bus, &lambda);
    cr_assert_str_empty(bus_deploy(&bus, "AWS::Lambda::Permission", "app-Permission",
                                   "{'FunctionName':'hello','Action':'lambda:InvokeFunction',"
                                   "'Principal':'events.amazonaws.com','SourceArn':"
                                   "'arn:aws:events:us-east-1:000000000000:rule/night*'}"));
    struct delivery delivery = make("{}");
    delivery.source_arn = SLICE("arn:aws:events:us-east-1:000000000000:rule/nightly");
    deliver(&bus, &delivery);
    rest(&bus);
    cr_expect_str_eq(buf_cstr(&bus.notices), "");
    delivery.source_arn = SLICE("arn:aws:events:us-east-1:000000000000:rule/daily");
    deliver(&bus, &delivery);
    rest(&bus);
    cr_expect_not_null(strstr(buf_cstr(&bus.notices), "rule/daily"));
    bus_close(&bus);
}
