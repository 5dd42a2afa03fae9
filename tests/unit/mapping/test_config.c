#include "scheduler/mapping/config.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static struct slice print(struct arena *arena, const struct mapping_config *config)
{
    AUTO_BUF json = BUF_INIT(100000);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    mapping_config_print(&w, config);
    json_put_bool(&w, "Enabled", config->is_enabled);
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

static const struct mapping_config full_stream = {
    .uuid = "12345678-1234-4234-8234-123456789012",
    .source = MAPPING_KINESIS,
    .source_arn = SLICE_INIT("arn:aws:kinesis:us-east-1:000000000000:stream/clicks"),
    .function_arn = SLICE_INIT("arn:aws:lambda:us-east-1:000000000000:function:f:live"),
    .function = SLICE_INIT("f"),
    .qualifier = SLICE_INIT("live"),
    .is_enabled = true,
    .batch_size = 500,
    .window_s = 5,
    .reports_failures = true,
    .filters = {SLICE_INIT("{\"data\":{\"a\":[1]}}"), SLICE_INIT("{\"partitionKey\":[\"\\\"\"]}")},
    .filter_count = 2,
    .starting_position = START_AT_TIMESTAMP,
    .starting_ms = 1767225600123,
    .readers = 10,
    .retries_max = 3,
    .age_max_s = 604800,
    .bisects = true,
    .tumbling_s = 900,
    .on_failure_arn = SLICE_INIT("arn:aws:sqs:us-east-1:000000000000:dlq"),
    .modified_ms = 1767225600999,
};

Test(mapping_config, a_stream_s_prints_every_member_as_aws_does)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice json = print(&arena, &full_stream);
    cr_expect_str_eq(
        arena_cstr(&arena, json),
        "{\"UUID\":\"12345678-1234-4234-8234-123456789012\",\"BatchSize\":500,"
        "\"MaximumBatchingWindowInSeconds\":5,"
        "\"EventSourceArn\":\"arn:aws:kinesis:us-east-1:000000000000:stream/clicks\","
        "\"FunctionArn\":\"arn:aws:lambda:us-east-1:000000000000:function:f:live\","
        "\"EventSourceMappingArn\":\"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:"
        "12345678-1234-4234-8234-123456789012\","
        "\"FilterCriteria\":{\"Filters\":[{\"Pattern\":\"{\\\"data\\\":{\\\"a\\\":[1]}}\"},"
        "{\"Pattern\":\"{\\\"partitionKey\\\":[\\\"\\\\\\\"\\\"]}\"}]},"
        "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"],\"LastModified\":1767225600.999,"
        "\"BisectBatchOnFunctionError\":true,"
        "\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"arn:aws:sqs:us-east-1:"
        "000000000000:dlq\"}},\"MaximumRecordAgeInSeconds\":604800,\"MaximumRetryAttempts\":3,"
        "\"ParallelizationFactor\":10,\"StartingPosition\":\"AT_TIMESTAMP\","
        "\"StartingPositionTimestamp\":1767225600.123,\"TumblingWindowInSeconds\":900,"
        "\"Enabled\":true}");
}

Test(mapping_config, is_read_back_as_it_was_printed)
{
    const struct mapping_config queue = {
        .uuid = "12345678-1234-4234-8234-123456789012",
        .source = MAPPING_QUEUE,
        .is_fifo = true,
        .source_arn = SLICE("arn:aws:sqs:us-east-1:000000000000:orders.fifo"),
        .function_arn = SLICE("arn:aws:lambda:us-east-1:000000000000:function:f"),
        .function = SLICE("f"),
        .qualifier = SLICE(""),
        .batch_size = 10,
        .max_concurrency = 5,
        .readers = 1,
        .has_metrics = true,
        .counts_events = true,
        .kms_key_arn = SLICE("arn:aws:kms:us-east-1:000000000000:key/k"),
        .modified_ms = 1767225600001,
    };
    struct mapping_config provisioned = queue;
    provisioned.max_concurrency = 0;
    provisioned.pollers_min = 2;
    provisioned.pollers_max = 200;
    provisioned.counts_events = false;
    const struct mapping_config *rows[] = {&full_stream, &queue, &provisioned};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct mapping_config config;
        struct slice first = print(&arena, rows[i]);
        cr_assert(mapping_config_read(&arena, first, &config), "case %zu", i);
        struct mapping_config copy = mapping_config_copy(&arena, &config);
        struct slice second = print(&arena, &copy);
        cr_expect(slice_eq(first, second), "case %zu: %.*s", i, SLICE_ARG(second));
        cr_expect_eq(copy.source, rows[i]->source);
        cr_expect_eq(copy.is_fifo, rows[i]->is_fifo);
        cr_expect_eq(copy.starting_ms, rows[i]->starting_ms);
        cr_expect_eq(copy.pollers_min, rows[i]->pollers_min);
        cr_expect_eq(copy.pollers_max, rows[i]->pollers_max);
        cr_expect_eq(copy.has_metrics, rows[i]->has_metrics);
        cr_expect_eq(copy.counts_events, rows[i]->counts_events);
        cr_expect(slice_eq(copy.function, rows[i]->function));
        cr_expect(slice_eq(copy.qualifier, rows[i]->qualifier));
    }
}

Test(mapping_config, refuses_what_it_did_not_write)
{
    static const char *const rows[] = {"",
                                       "{}",
                                       "[]",
                                       "{\"UUID\":\"x\"}",
                                       "{\"UUID\":\"12345678-1234-4234-8234-123456789012\","
                                       "\"EventSourceArn\":\"arn:aws:mq:r:1:b\"}",
                                       "{\"UUID\":\"12345678-1234-4234-8234-123456789012\","
                                       "\"EventSourceArn\":\"arn:aws:sqs:r:1:q\","
                                       "\"BatchSize\":0}",
                                       "{\"UUID\":\"12345678-1234-4234-8234-123456789012\","
                                       "\"EventSourceArn\":\"arn:aws:sqs:r:1:q\","
                                       "\"BatchSize\":10001}"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct mapping_config config;
        cr_expect_not(mapping_config_read(&arena, slice_from(rows[i]), &config), "case %zu", i);
    }
}

Test(mapping_config, knows_its_sources_by_their_arns)
{
    static const struct {
        const char *arn;
        int source; /* -1: none */
        const char *word;
    } rows[] = {
        {"arn:aws:sqs:us-east-1:000000000000:orders", MAPPING_QUEUE, "sqs orders"},
        {"arn:aws:dynamodb:us-east-1:000000000000:table/notes/stream/2026-01-01T00:00:00.000",
         MAPPING_DYNAMODB, "stream notes"},
        {"arn:aws:kinesis:us-east-1:000000000000:stream/clicks", MAPPING_KINESIS, "kinesis clicks"},
        {"arn:aws:kinesis:us-east-1:000000000000:stream/clicks/consumer/c:1", MAPPING_KINESIS,
         "kinesis clicks"},
        {"arn:aws:dynamodb:us-east-1:000000000000:table/notes", -1, NULL},
        {"arn:aws:mq:us-east-1:000000000000:broker:b", -1, NULL},
        {"orders", -1, NULL},
        {"", -1, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct mapping_config config = {.source_arn = slice_from(rows[i].arn)};
        bool is_source = mapping_source_of_arn(config.source_arn, &config.source);
        cr_expect_eq(is_source ? (int)config.source : -1, rows[i].source, "case %zu", i);
        if (is_source) {
            struct slice word = mapping_source_word(&arena, &config);
            cr_expect(slice_is(word, rows[i].word), "case %zu: %.*s", i, SLICE_ARG(word));
        }
    }
}
