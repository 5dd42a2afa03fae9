/* Streams and shards: what is kept over a restart, how shards come and go, what is refused in which words. */
#include "kinesis_client.h"

#include "core/json_scan.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static void open_bus(struct bus *bus)
{
    *bus = (struct bus){.ctx = NULL};
    bus_open(bus);
}

Test(streams, all_that_was_set_is_there_after_a_restart)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus);
    ask_ok(
        &bus, "CreateStream",
        "{'StreamName':'s','StreamModeDetails':{'StreamMode':'ON_DEMAND'},'Tags':{'b':'2','a':'"
        "\\u00e9'},"
        "'MaxRecordSizeInKiB':2048,'WarmThroughputMiBps':7,'RecordDistributionStrategy':'AUTO'}");
    ask_ok(&bus, "IncreaseStreamRetentionPeriod", "{'StreamName':'s','RetentionPeriodHours':100}");
    ask_ok(&bus, "EnableEnhancedMonitoring", "{'StreamName':'s','ShardLevelMetrics':['ALL']}");
    ask_ok(&bus, "DisableEnhancedMonitoring",
           "{'StreamName':'s','ShardLevelMetrics':['IncomingBytes','OutgoingBytes']}");
    ask_ok(&bus, "StartStreamEncryption",
           "{'StreamName':'s','EncryptionType':'KMS','KeyId':'alias/k'}");
    ask_ok(&bus, "PutResourcePolicy", "{'ResourceARN':'" STREAM_OF("s") "','Policy':'{}'}");
    ask_ok(&bus, "RegisterStreamConsumer",
           "{'StreamARN':'" STREAM_OF("s") "','ConsumerName':'c','Tags':{'x':'y'}}");
    const char *consumer = STREAM_OF("s") "/consumer/c:1767225600";
    cr_expect(bus_is(&bus, "Consumer.ConsumerARN", "'" STREAM_OF("s") "/consumer/c:1767225600'"));
    ask_ok(&bus, "PutResourcePolicy", "{'ResourceARN':'%s','Policy':'{ }'}", consumer);
    ask_ok(&bus, "SplitShard",
           "{'StreamName':'s','ShardToSplit':'shardId-000000000001','NewStartingHashKey':"
           "'100000000000000000000000000000000000000'}");
    for (int i = 0; i < 2; i++) {
        ask_ok(&bus, "DescribeStreamSummary", "{'StreamName':'s'}");
        static const struct {
            const char *path, *want;
        } rows[] = {
            {"StreamModeDetails.StreamMode", "'ON_DEMAND'"},
            {"RetentionPeriodHours", "100"},
            {"StreamCreationTimestamp", "1767225600"},
            {"EncryptionType", "'KMS'"},
            {"KeyId", "'alias/k'"},
            {"OpenShardCount", "5"},
            {"ConsumerCount", "1"},
            {"MaxRecordSizeInKiB", "2048"},
            {"RecordDistributionStrategy", "'AUTO'"},
            {"WarmThroughput", "{'TargetMiBps':7,'CurrentMiBps':7}"},
            {"EnhancedMonitoring",
             "[{'ShardLevelMetrics':['IncomingRecords','OutgoingRecords',"
             "'WriteProvisionedThroughputExceeded','ReadProvisionedThroughputExceeded',"
             "'IteratorAgeMilliseconds']}]"},
        };
        for (size_t k = 0; k < COUNT_OF(rows); k++) {
            char path[100];
            (void)snprintf(path, sizeof(path), "StreamDescriptionSummary.%s", rows[k].path);
            cr_expect(bus_is(&bus, path, rows[k].want), "%s: %.*s", path,
                      SLICE_ARG(bus_at(&bus, path)));
        }
        ask_ok(&bus, "ListTagsForStream", "{'StreamName':'s'}");
        cr_expect(bus_is(&bus, "Tags", "[{'Key':'a','Value':'\xc3\xa9'},{'Key':'b','Value':'2'}]"));
        ask_ok(&bus, "ListTagsForResource", "{'ResourceARN':'%s'}", consumer);
        cr_expect(bus_is(&bus, "Tags", "[{'Key':'x','Value':'y'}]"));
        ask_ok(&bus, "GetResourcePolicy", "{'ResourceARN':'%s'}", consumer);
        cr_expect(bus_is(&bus, "Policy", "'{ }'"));
        cr_expect_str_eq(shards_of(&bus, &arena, "s", ""), "0 1 2 3 4 5");
        ask_ok(&bus, "DescribeStream", "{'StreamName':'s','ExclusiveStartShardId':'shardId-3'}");
        cr_expect(
            bus_is(&bus, "StreamDescription.Shards.0.ParentShardId", "'shardId-000000000001'"));
        cr_expect(bus_is(&bus, "StreamDescription.Shards.0.HashKeyRange.EndingHashKey",
                         "'99999999999999999999999999999999999999'"));
        bus_reopen(&bus);
    }
    bus_close(&bus);
}

Test(streams, a_record_that_was_put_after_a_restart_goes_behind_the_others)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus);
    make_stream(&bus, "s", 1);
    struct slice first = arena_copy(&arena, put(&bus, "s", "a", NULL));
    bus_reopen(&bus);
    struct slice second = arena_copy(&arena, put(&bus, "s", "b", NULL));
    cr_expect_lt(slice_compare(first, second), 0);
    bus_advance(&bus, 25 * HOUR_MS); /* both are gone */
    cr_expect_str_eq(data_of(&bus, &arena, "s", 0), "");
    bus_reopen(&bus);
    struct slice third = arena_copy(&arena, put(&bus, "s", "c", NULL));
    cr_expect_lt(slice_compare(second, third), 0);
    cr_expect_str_eq(data_of(&bus, &arena, "s", 0), "c");
    bus_close(&bus);
}

Test(streams, records_expire_to_the_millisecond_and_leave_the_disk)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus);
    make_stream(&bus, "s", 1);
    put(&bus, "s", "a", NULL);
    bus_advance(&bus, 1);
    put(&bus, "s", "b", NULL);
    bus_advance(&bus, 24 * HOUR_MS - 1);
    cr_expect_str_eq(data_of(&bus, &arena, "s", 0), "a b");
    bus_advance(&bus, 1);
    cr_expect_str_eq(data_of(&bus, &arena, "s", 0), "b");
    ask_ok(&bus, "IncreaseStreamRetentionPeriod", "{'StreamName':'s','RetentionPeriodHours':48}");
    cr_expect(strcmp(data_of(&bus, &arena, "s", 0), "b") == 0 ||
              strcmp(data_of(&bus, &arena, "s", 0), "a b") == 0);
    bus_advance(&bus, 24 * HOUR_MS + 2000);
    struct txn *txn = engine_read_begin(bus.scheduler->engine, 0);
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_RECORDS);
        cr_expect_not(cursor_seek(&cursor, SLICE("kr")) &&
                      slice_starts_with(cursor.key, SLICE("kr")));
    }
    engine_read_end(bus.scheduler->engine, txn);
    bus_close(&bus);
}

static bool has_records(struct bus *bus)
{
    struct txn *txn = engine_read_begin(bus->scheduler->engine, 0);
    bool has;
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_RECORDS);
        has = cursor_seek(&cursor, SLICE("k")) && slice_starts_with(cursor.key, SLICE("k"));
    }
    engine_read_end(bus->scheduler->engine, txn);
    return has;
}

static bool is_swept(struct bus *bus)
{
    return !has_records(bus) && bus->scheduler->kinesis->dead_count == 0;
}

Test(streams, a_deleted_stream_is_swept_even_over_a_restart)
{
    struct bus bus;
    open_bus(&bus);
    make_stream(&bus, "s", 2);
    for (int i = 0; i < 30; i++) { /* more than one piece */
        AUTO_BUF records = BUF_INIT(1 << 20);
        for (int k = 0; k < 100; k++) {
            buf_printf(&records, "%s{'Data':'eA==','PartitionKey':'%d'}", k != 0 ? "," : "", k);
        }
        ask_ok(&bus, "PutRecords", "{'StreamName':'s','Records':[%s]}", buf_cstr(&records));
    }
    ask_ok(&bus, "DeleteStream", "{'StreamName':'s'}");
    bus_reopen(&bus);
    make_stream(&bus, "s", 1);
    cr_expect_neq(stream_find_name(bus.scheduler->kinesis, SLICE("s"))->id, 1);
    bus_advance(&bus, 2000);
    bus_wait(&bus, is_swept, "the sweep");
    bus_close(&bus);
}

Test(streams, shards_that_closed_are_forgotten_with_their_last_record)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus);
    make_stream(&bus, "s", 2);
    bus_advance(&bus, HOUR_MS);
    ask_ok(&bus, "MergeShards",
           "{'StreamName':'s','ShardToMerge':'shardId-000000000000','AdjacentShardToMerge':"
           "'shardId-000000000001'}");
    bus_advance(&bus, HOUR_MS);
    static const struct {
        const char *more, *want;
    } rows[] = {
        {"", "0 1 2"},
        {",'ShardFilter':{'Type':'AT_LATEST'}", "2"},
        {",'ShardFilter':{'Type':'AT_TRIM_HORIZON'}", "0 1"},
        {",'ShardFilter':{'Type':'FROM_TRIM_HORIZON'}", "0 1 2"},
        {",'ShardFilter':{'Type':'AFTER_SHARD_ID','ShardId':'shardId-000000000000'}", "1 2"},
        {",'ShardFilter':{'Type':'AT_TIMESTAMP','Timestamp':1767227000}", "0 1"},
        {",'ShardFilter':{'Type':'AT_TIMESTAMP','Timestamp':1767231000}", "2"},
        {",'ShardFilter':{'Type':'FROM_TIMESTAMP','Timestamp':1767227000}", "0 1 2"},
        {",'ShardFilter':{'Type':'FROM_TIMESTAMP','Timestamp':1767231000}", "2"},
        {",'ExclusiveStartShardId':'shardId-000000000001'", "2"},
        {",'MaxResults':2", "0 1"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_str_eq(shards_of(&bus, &arena, "s", rows[i].more), rows[i].want, "%s",
                         rows[i].more);
    }
    bus_advance(&bus, 23 * HOUR_MS + 2000);
    cr_expect_str_eq(shards_of(&bus, &arena, "s", ""), "2");
    bus_reopen(&bus);
    cr_expect_str_eq(shards_of(&bus, &arena, "s", ""), "2");
    bus_close(&bus);
}

Test(streams, pages_end_at_what_is_asked_for_and_at_what_is_allowed)
{
    enum { STREAMS = 101, SHARDS = 1001 };
    struct bus bus;
    open_bus(&bus);
    make_stream(&bus, "s", SHARDS);
    for (int i = 1; i < STREAMS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "t%d", i);
        make_stream(&bus, name, 1);
    }
    static const struct {
        const char *operation, *body, *list;
        size_t want;
    } rows[] = {
        {"DescribeStream", "{'StreamName':'s','Limit':3}", "StreamDescription.Shards", 3},
        {"DescribeStream", "{'StreamName':'s','Limit':10000}", "StreamDescription.Shards", 100},
        {"DescribeStream", "{'StreamName':'s'}", "StreamDescription.Shards", 100},
        {"ListShards", "{'StreamName':'s','MaxResults':1000}", "Shards", 1000},
        {"ListShards", "{'StreamName':'s','MaxResults':10000}", "Shards", 1000},
        {"ListShards", "{'StreamName':'s'}", "Shards", 1000},
        {"ListStreams", "{'Limit':7}", "StreamNames", 7},
        {"ListStreams", "{'Limit':101}", "StreamNames", 100},
        {"ListStreams", "{}", "StreamNames", 100},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ask_ok(&bus, rows[i].operation, "%s", rows[i].body);
        size_t count = json_raw_count(bus_at(&bus, rows[i].list));
        cr_expect_eq(count, rows[i].want, "%zu: %s %s", count, rows[i].operation, rows[i].body);
    }
    bus_close(&bus);
}

Test(streams, tokens_go_on_for_five_minutes)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus);
    make_stream(&bus, "s", 3);
    make_stream(&bus, "t", 1);
    ask_ok(&bus, "RegisterStreamConsumer", "{'StreamARN':'" STREAM_OF("s") "','ConsumerName':'a'}");
    ask_ok(&bus, "RegisterStreamConsumer", "{'StreamARN':'" STREAM_OF("s") "','ConsumerName':'b'}");
    static const struct {
        const char *operation, *first, *next, *path, *want;
    } rows[] = {
        {"ListStreams", "'Limit':1", "'Limit':1", "StreamNames", "['t']"},
        {"ListShards", "'StreamName':'s','MaxResults':2", "'MaxResults':2", "Shards.0.ShardId",
         "'shardId-000000000002'"},
        {"ListStreamConsumers", "'StreamARN':'" STREAM_OF("s") "','MaxResults':1",
         "'StreamARN':'" STREAM_OF("s") "'", "Consumers.0.ConsumerName", "'b'"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice token;
        ask_ok(&bus, rows[i].operation, "{%s}", rows[i].first);
        cr_assert(json_raw_string(&arena, bus_at(&bus, "NextToken"), &token));
        token = arena_copy(&arena, token);
        ask_ok(&bus, rows[i].operation, "{%s,'NextToken':'%.*s'}", rows[i].next, SLICE_ARG(token));
        cr_expect(bus_is(&bus, rows[i].path, rows[i].want), "%s", rows[i].operation);
        bus_advance(&bus, 300001);
        ask(&bus, rows[i].operation, "{%s,'NextToken':'%.*s'}", rows[i].next, SLICE_ARG(token));
        expect_refusal(&bus, "ExpiredNextTokenException",
                       "NextToken has expired after 300000 milliseconds.");
        ask(&bus, rows[i].operation, "{%s,'NextToken':'x'}", rows[i].next);
        expect_refusal(&bus, "InvalidArgumentException", "Invalid NextToken.");
    }
    bus_close(&bus);
}

Test(streams, scaling_gives_each_shard_at_most_two_parents)
{
    static const struct {
        int from, to;
    } rows[] = {{1, 2}, {2, 4}, {4, 2}, {4, 8}, {3, 5}, {5, 3}, {7, 4}, {4, 7}, {6, 12}, {5, 10}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bus bus;
        open_bus(&bus);
        make_stream(&bus, "s", rows[i].from);
        for (int step = 0; step < 2; step++) { /* and back */
            ask_ok(&bus, "UpdateShardCount",
                   "{'StreamName':'s','TargetShardCount':%d,'ScalingType':'UNIFORM_SCALING'}",
                   step == 0 ? rows[i].to : rows[i].from);
            struct kinesis_stream *stream = stream_find_name(bus.scheduler->kinesis, SLICE("s"));
            cr_expect_eq(stream_open_shards(stream),
                         (size_t)(step == 0 ? rows[i].to : rows[i].from));
            struct hash_key next = {0, 0};
            for (size_t covered = 0; covered < stream_open_shards(stream); covered++) {
                const struct shard *shard = stream_shard_of(stream, next);
                cr_assert_eq(hash_key_compare(shard->first, next), 0);
                cr_expect_neq(shard->parents[0], SHARD_NONE);
                next = hash_key_next(shard->last);
            }
            cr_expect(next.high == 0 && next.low == 0, "%d to %d", rows[i].from, rows[i].to);
        }
        bus_close(&bus);
    }
}

Test(streams, refusals_have_the_words_of_aws)
{
    struct bus bus;
    open_bus(&bus);
    make_stream(&bus, "s", 2);
    static const struct {
        const char *operation, *body, *code, *message;
    } rows[] = {
        {"CreateStream", "{}", "ValidationException",
         "1 validation error detected: Value null at 'streamName' failed to satisfy constraint: "
         "Member must not be null"},
        {"CreateStream", "{'StreamName':'a b','ShardCount':0}", "ValidationException",
         "2 validation errors detected: Value 'a b' at 'streamName' failed to satisfy constraint: "
         "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '0' at "
         "'shardCount' failed to satisfy constraint: Member must have value greater than or equal "
         "to 1"},
        {"PutRecord", "{'StreamName':'s','Data':'eA==','PartitionKey':'k','ExplicitHashKey':'01'}",
         "ValidationException",
         "1 validation error detected: Value '01' at 'explicitHashKey' failed to satisfy "
         "constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})"},
        {"PutRecord", "{'StreamName':'s','Data':'eA=='}", "ValidationException",
         "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: "
         "Member must not be null"},
        {"PutRecord",
         "{'StreamName':'s','Data':'eA==','PartitionKey':'k','SequenceNumberForOrdering':'1'}",
         "InvalidArgumentException",
         "ExclusiveMinimumSequenceNumber 1 used in PutRecord on stream s under account "
         "000000000000 is invalid."},
        {"SplitShard",
         "{'StreamName':'s','ShardToSplit':'shardId-000000000000','NewStartingHashKey':'1'}",
         "InvalidArgumentException",
         "NewStartingHashKey 1 used in SplitShard() on shard shardId-000000000000 in stream s "
         "under account 000000000000 is not both greater than one plus the shard's StartingHashKey "
         "0 and less than the shard's EndingHashKey 170141183460469231731687303715884105727."},
        {"SplitShard", "{'StreamName':'s','ShardToSplit':'nothing','NewStartingHashKey':'1'}",
         "ResourceNotFoundException",
         "Could not find shard nothing in stream s under account 000000000000."},
        {"MergeShards",
         "{'StreamName':'s','ShardToMerge':'shardId-000000000000','AdjacentShardToMerge':"
         "'shardId-000000000000'}",
         "InvalidArgumentException",
         "Shards shardId-000000000000 and shardId-000000000000 in stream s under account "
         "000000000000 are not an adjacent pair of shards eligible for merging"},
        {"DecreaseStreamRetentionPeriod", "{'StreamName':'s','RetentionPeriodHours':23}",
         "InvalidArgumentException",
         "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is "
         "too short."},
        {"DecreaseStreamRetentionPeriod", "{'StreamName':'s','RetentionPeriodHours':25}",
         "InvalidArgumentException",
         "Requested retention period (25 hours) for stream s can not be longer than existing "
         "retention period (24 hours). Use IncreaseRetentionPeriod API."},
        {"GetShardIterator",
         "{'StreamName':'s','ShardId':'shardId-000000000000','ShardIteratorType':'AT_SEQUENCE_"
         "NUMBER',"
         "'StartingSequenceNumber':'5'}",
         "InvalidArgumentException",
         "StartingSequenceNumber 5 used in GetShardIterator on shard shardId-000000000000 in "
         "stream "
         "s under account 000000000000 is invalid."},
        {"GetShardIterator",
         "{'StreamName':'s','ShardId':'shardId-000000000000','ShardIteratorType':'AT_SEQUENCE_"
         "NUMBER',"
         "'StartingSequenceNumber':'49590338271490256608559692538361571095921575989136588898'}",
         "InvalidArgumentException",
         "Invalid StartingSequenceNumber. It encodes shardId-000000000006, while it was used in a "
         "call to a shard with shardId-000000000000"},
        {"GetShardIterator",
         "{'StreamName':'s','ShardId':'shardId-000000000000','ShardIteratorType':'AT_TIMESTAMP'}",
         "InvalidArgumentException",
         "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current "
         "request has no timestamp parameter."},
        {"GetShardIterator",
         "{'StreamName':'s','ShardId':'shardId-000000000000','ShardIteratorType':'AT_TIMESTAMP',"
         "'Timestamp':1767225601}",
         "InvalidArgumentException",
         "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
         "timestampInMillis: 1767225601000, currentTimestampInMillis: 1767225600000"},
        {"ListShards", "{}", "InvalidArgumentException",
         "Either NextToken or StreamName should be provided."},
        {"DescribeStream", "{}", "InvalidArgumentException",
         "Either StreamName or StreamARN should be provided."},
        {"DescribeStream", "{'StreamARN':'" STREAM_OF("none") "'}", "ResourceNotFoundException",
         "Stream none under account 000000000000 not found."},
        {"AddTagsToStream", "{'StreamName':'s','Tags':{'a?':'b'}}", "InvalidArgumentException",
         "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white "
         "space, _ . / = + - % @."},
        {"GetResourcePolicy", "{'ResourceARN':'" STREAM_OF("s") "'}", "ResourceNotFoundException",
         "No resource policy found for resource ARN " STREAM_OF("s")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ask(&bus, rows[i].operation, "%s", rows[i].body);
        expect_refusal(&bus, rows[i].code, rows[i].message);
    }
    bus_close(&bus);
}

Test(streams, an_iterator_that_is_too_old_says_when_it_was_made)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus);
    make_stream(&bus, "s", 1);
    struct slice at = arena_copy(&arena, get_iterator(&bus, "s", 0, "LATEST"));
    bus_advance(&bus, 300000);
    ask_ok(&bus, "GetRecords", "{'ShardIterator':'%.*s'}", SLICE_ARG(at));
    bus_advance(&bus, 1000);
    ask(&bus, "GetRecords", "{'ShardIterator':'%.*s'}", SLICE_ARG(at));
    expect_refusal(&bus, "ExpiredIteratorException",
                   "Iterator expired. The iterator was created at time Thu Jan 01 00:00:00 UTC "
                   "2026 while right now it is Thu Jan 01 00:05:01 UTC 2026 which is further in "
                   "the future than the tolerated delay of 300000 milliseconds.");
    at.len -= 4;
    ask(&bus, "GetRecords", "{'ShardIterator':'%.*s'}", SLICE_ARG(at));
    expect_refusal(&bus, "InvalidArgumentException", "Invalid ShardIterator.");
    bus_close(&bus);
}

Test(streams, a_stream_that_distributes_records_itself_takes_turns)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus);
    ask_ok(&bus, "CreateStream",
           "{'StreamName':'s','StreamModeDetails':{'StreamMode':'ON_DEMAND'},"
           "'RecordDistributionStrategy':'AUTO'}");
    for (int i = 0; i < 8; i++) {
        ask_ok(&bus, "PutRecord", "{'StreamName':'s','Data':'eA=='}");
    }
    for (int shard = 0; shard < 4; shard++) {
        cr_expect_str_eq(data_of(&bus, &arena, "s", shard), "x x");
    }
    bus_close(&bus);
}

/* --- templates --- */

#define STREAM "AWS::Kinesis::Stream"
#define CONSUMER "AWS::Kinesis::StreamConsumer"

Test(streams, a_template_makes_a_stream_and_changes_it_later)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus);
    cr_expect_str_eq(
        bus_deploy(
            &bus, STREAM, "s",
            "{'ShardCount':'2','RetentionPeriodHours':48,'Tags':[{'Key':'b','Value':'1'},"
            "{'Key':'a','Value':'2'}],'StreamEncryption':{'EncryptionType':'KMS','KeyId':'k'}}"),
        "");
    put(&bus, "s", "kept", "0");
    cr_expect_str_eq(bus_deploy(&bus, STREAM, "s", "{'ShardCount':9,'MaxRecordSizeInKiB':2048}"),
                     "");
    ask_ok(&bus, "DescribeStreamSummary", "{'StreamName':'s'}");
    cr_expect(bus_is(&bus, "StreamDescriptionSummary.OpenShardCount", "9"));
    cr_expect(bus_is(&bus, "StreamDescriptionSummary.RetentionPeriodHours", "24"));
    cr_expect(bus_is(&bus, "StreamDescriptionSummary.EncryptionType", "'NONE'"));
    cr_expect(bus_is(&bus, "StreamDescriptionSummary.MaxRecordSizeInKiB", "2048"));
    ask_ok(&bus, "ListTagsForStream", "{'StreamName':'s'}");
    cr_expect(bus_is(&bus, "Tags", "[]"));
    cr_expect_str_eq(data_of(&bus, &arena, "s", 0), "kept");
    cr_expect_str_eq(bus_deploy(&bus, STREAM, "t", "{}"), "");
    ask_ok(&bus, "DescribeStreamSummary", "{'StreamName':'t'}");
    cr_expect(bus_is(&bus, "StreamDescriptionSummary.StreamModeDetails.StreamMode", "'ON_DEMAND'"));
    cr_expect_neq(strcmp(bus_deploy(&bus, STREAM, "u", "{'ShardCount':'many'}"), ""), 0);
    cr_expect_neq(
        strcmp(bus_deploy(&bus, STREAM, "u", "{'StreamModeDetails':{'StreamMode':'PROVISIONED'}}"),
               ""),
        0);
    bus_close(&bus);
}

Test(streams, a_template_registers_a_consumer_and_takes_it_away)
{
    struct bus bus;
    open_bus(&bus);
    make_stream(&bus, "s", 1);
    const char *arn = STREAM_OF("s") "/consumer/c:1577836800";
    cr_expect_str_eq(bus_deploy(&bus, CONSUMER, arn, "{'Tags':[{'Key':'a','Value':'b'}]}"), "");
    ask_ok(&bus, "DescribeStreamConsumer", "{'ConsumerARN':'%s'}", arn);
    cr_expect(bus_is(&bus, "ConsumerDescription.ConsumerName", "'c'"));
    cr_expect(bus_is(&bus, "ConsumerDescription.StreamARN", "'" STREAM_OF("s") "'"));
    cr_expect_str_eq(bus_deploy(&bus, STREAM, "other", "{}"), "");
    ask(&bus, "DescribeStreamConsumer", "{'ConsumerARN':'%s'}", arn);
    cr_expect_eq(bus.status, 400, "it left the template");
    bus_close(&bus);
}
