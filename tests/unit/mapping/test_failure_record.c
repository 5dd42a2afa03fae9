#include "scheduler/mapping/failure_record.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define ARRIVED_MS INT64_C(1657720081000) /* 2022-07-13T13:48:01Z */

static void fill(struct batch *batch)
{
    batch_init(batch);
    for (int i = 0; i < 3; i++) {
        char sequence[24];
        struct json_writer w = batch_begin_record(batch);
        json_write_i64(&w, i);
        (void)snprintf(sequence, sizeof sequence, "10%d", i);
        batch_keep_record(batch, slice_from(sequence), ARRIVED_MS + i * 250);
    }
}

Test(failure_record, prints_as_aws_does)
{
    struct batch batch;
    fill(&batch);
    const struct failure_record base = {
        .request_id = SLICE("rid"),
        .function_arn = SLICE("arn:f"),
        .invocations = 2,
        .was_answered = true,
        .version = SLICE("$LATEST"),
        .function_error = SLICE("Unhandled"),
        .now_ms = ARRIVED_MS + 1000,
        .batch_info = "DDBStreamBatchInfo",
        .shard_id = SLICE("shard"),
        .stream_arn = SLICE("arn:s"),
        .batch = &batch,
        .first = 0,
        .end = 3,
    };
    struct failure_record records[4] = {base, base, base, base};
    records[1].condition = DISCARD_TOO_OLD;
    records[2].function_error = SLICE("");
    records[2].first = 1;
    records[2].end = 2;
    records[3].batch_info = "KinesisBatchInfo";
    records[3].has_arrival_ms = true;
    records[3].payload = SLICE("{\"Records\":[0]}");
    static const char *const wanted[] = {
        "{\"requestContext\":{\"requestId\":\"rid\",\"functionArn\":\"arn:f\",\"condition\":"
        "\"RetryAttemptsExhausted\",\"approximateInvokeCount\":2},\"responseContext\":{"
        "\"statusCode\":200,\"executedVersion\":\"$LATEST\",\"functionError\":\"Unhandled\"},"
        "\"version\":\"1.0\",\"timestamp\":\"2022-07-13T13:48:02.000Z\",\"DDBStreamBatchInfo\":{"
        "\"shardId\":\"shard\",\"startSequenceNumber\":\"100\",\"endSequenceNumber\":\"102\","
        "\"approximateArrivalOfFirstRecord\":\"2022-07-13T13:48:01Z\","
        "\"approximateArrivalOfLastRecord\":\"2022-07-13T13:48:01Z\",\"batchSize\":3,"
        "\"streamArn\":\"arn:s\"}}",
        "{\"requestContext\":{\"requestId\":\"rid\",\"functionArn\":\"arn:f\",\"condition\":"
        "\"RecordAgeExceeded\",\"approximateInvokeCount\":2},"
        "\"version\":\"1.0\",\"timestamp\":\"2022-07-13T13:48:02.000Z\",\"DDBStreamBatchInfo\":{"
        "\"shardId\":\"shard\",\"startSequenceNumber\":\"100\",\"endSequenceNumber\":\"102\","
        "\"approximateArrivalOfFirstRecord\":\"2022-07-13T13:48:01Z\","
        "\"approximateArrivalOfLastRecord\":\"2022-07-13T13:48:01Z\",\"batchSize\":3,"
        "\"streamArn\":\"arn:s\"}}",
        "{\"requestContext\":{\"requestId\":\"rid\",\"functionArn\":\"arn:f\",\"condition\":"
        "\"RetryAttemptsExhausted\",\"approximateInvokeCount\":2},\"responseContext\":{"
        "\"statusCode\":200,\"executedVersion\":\"$LATEST\",\"functionError\":null},"
        "\"version\":\"1.0\",\"timestamp\":\"2022-07-13T13:48:02.000Z\",\"DDBStreamBatchInfo\":{"
        "\"shardId\":\"shard\",\"startSequenceNumber\":\"101\",\"endSequenceNumber\":\"101\","
        "\"approximateArrivalOfFirstRecord\":\"2022-07-13T13:48:01Z\","
        "\"approximateArrivalOfLastRecord\":\"2022-07-13T13:48:01Z\",\"batchSize\":1,"
        "\"streamArn\":\"arn:s\"}}",
        "{\"requestContext\":{\"requestId\":\"rid\",\"functionArn\":\"arn:f\",\"condition\":"
        "\"RetryAttemptsExhausted\",\"approximateInvokeCount\":2},\"responseContext\":{"
        "\"statusCode\":200,\"executedVersion\":\"$LATEST\",\"functionError\":\"Unhandled\"},"
        "\"version\":\"1.0\",\"timestamp\":\"2022-07-13T13:48:02.000Z\",\"KinesisBatchInfo\":{"
        "\"shardId\":\"shard\",\"startSequenceNumber\":\"100\",\"endSequenceNumber\":\"102\","
        "\"approximateArrivalOfFirstRecord\":\"2022-07-13T13:48:01.000Z\","
        "\"approximateArrivalOfLastRecord\":\"2022-07-13T13:48:01.500Z\",\"batchSize\":3,"
        "\"streamArn\":\"arn:s\"},\"payload\":{\"Records\":[0]}}",
    };
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        AUTO_BUF json = BUF_INIT(4096);
        failure_record_print(&json, &records[i]);
        cr_expect_str_eq(buf_cstr(&json), wanted[i], "case %zu", i);
    }
    batch_finish(&batch);
}

Test(failure_record, an_object_is_named_by_mapping_shard_and_time)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice key = failure_object_key(&arena, SLICE("U"), SLICE("shard-1"), ARRIVED_MS);
    struct slice wanted = SLICE("aws/lambda/U/shard-1/2022/07/13/2022-07-13T13.48.01-");
    cr_expect(slice_starts_with(key, wanted), "%.*s", SLICE_ARG(key));
    cr_expect_eq(key.len, wanted.len + 36);
}
