#include "client.h"

#include "core/mem.h"
#include "store/item/page_private.h"
#include "store/item/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* --- scans --- */

static const struct world_schema plain = {
    .name = "t", .hash = "p", .indexes = {{.name = "ggg", .hash = "g", .range = "r"}}};

static void put_numbered(struct world *world, struct table *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct slice json = arena_printf(
            &world->arena, "{'p':{'S':'item %zu'},'g':{'S':'%s'},'r':{'S':'same'},'n':{'N':'%zu'}}",
            i, i % 2 != 0 ? "odd" : "even", i);
        world_put(world, table, arena_cstr(&world->arena, json));
    }
}

static size_t scan_all(struct client *client, const char *options, int limit, int *numbers)
{
    size_t count = 0;
    const char *start = "";
    int pages = 0;
    do {
        client_callf(client, "Scan", "{'TableName':'t','Limit':%d%s%s%s}", limit, options,
                     start[0] != '\0' ? ",'ExclusiveStartKey':" : "", start);
        start = client_take_numbers(client, numbers, &count);
        cr_assert_lt(pages++, KEYS_MAX * 2, "paging ends");
    } while (start[0] != '\0');
    return count;
}

static void expect_each_once(const int *numbers, size_t count, size_t wanted, const char *what)
{
    bool seen[KEYS_MAX] = {false};
    cr_expect_eq(count, wanted, "%s: %zu items", what, count);
    for (size_t i = 0; i < count; i++) {
        cr_expect(!seen[numbers[i]], "%s: %d came twice", what, numbers[i]);
        seen[numbers[i]] = true;
    }
}

Test(reader, segments_of_a_scan_are_disjoint_and_complete)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &plain);
    put_numbered(&world, table, 50);
    client_begin(&client, &world);
    static const int totals[] = {1, 2, 3, 7, 64, 5000};
    for (size_t i = 0; i < 2 * COUNT_OF(totals); i++) {
        int total = totals[i / 2];
        bool is_index = i % 2 != 0;
        int numbers[KEYS_MAX * 2];
        size_t count = 0;
        for (int segment = 0; segment < total; segment++) {
            if (total > 100 && segment % 40 != 0) {
                continue; /* of the empty ones some */
            }
            char options[100];
            (void)snprintf(options, sizeof(options), ",'Segment':%d,'TotalSegments':%d%s", segment,
                           total, is_index ? ",'IndexName':'ggg'" : "");
            count += scan_all(&client, options, 3, numbers + count);
        }
        if (total <= 100) {
            expect_each_once(numbers, count, 50, is_index ? "segments of the index" : "segments");
        }
    }
    client_end(&client);
    world_end(&world);
}

Test(reader, scans_in_the_order_of_the_hashed_partition_keys)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &plain);
    put_numbered(&world, table, 20);
    client_begin(&client, &world);
    int numbers[KEYS_MAX * 2];
    size_t count = scan_all(&client, "", 100, numbers);
    uint8_t before[KEY_HASH_LEN] = {0};
    for (size_t i = 0; i < count; i++) {
        uint8_t hash[KEY_HASH_LEN];
        char name[32];
        (void)snprintf(name, sizeof(name), "item %d", numbers[i]);
        struct attr value = {ATTR_S, slice_from(name)};
        key_hash(table->keys.parts, &value, 1, hash);
        cr_expect_lt(memcmp(before, hash, sizeof(hash)), 0);
        memcpy(before, hash, sizeof(hash));
    }
    expect_each_once(numbers, count, 20, "scan");
    client_end(&client);
    world_end(&world);
}

Test(reader, pages_over_equal_index_keys_in_both_directions)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &plain);
    put_numbered(&world, table, 30);
    client_begin(&client, &world);
    int forward[KEYS_MAX * 2], backward[KEYS_MAX * 2];
    for (int limit = 1; limit < 5; limit++) {
        size_t counts[2] = {0, 0};
        for (int way = 0; way < 2; way++) {
            const char *start = "";
            do {
                client_callf(&client, "Query",
                             "{'TableName':'t','IndexName':'ggg','KeyConditionExpression':"
                             "'g = :g AND r = :r','ExpressionAttributeValues':"
                             "{':g':{'S':'odd'},':r':{'S':'same'}},'ScanIndexForward':%s,"
                             "'Limit':%d%s%s}",
                             way == 0 ? "true" : "false", limit,
                             start[0] != '\0' ? ",'ExclusiveStartKey':" : "", start);
                start = client_take_numbers(&client, way == 0 ? forward : backward, &counts[way]);
            } while (start[0] != '\0');
        }
        expect_each_once(forward, counts[0], 15, "forward");
        for (size_t i = 0; i < counts[0] && counts[0] == counts[1]; i++) {
            cr_expect_eq(forward[i], backward[counts[1] - 1 - i]);
        }
    }
    client_end(&client);
    world_end(&world);
}

/* --- the end of a page --- */

Test(reader, has_a_last_key_after_the_limit_even_at_the_end)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    put_numbered(&world, world_table(&world, &plain), 3);
    client_begin(&client, &world);
    client_call(&client, "Scan", "{'TableName':'t','Limit':3}");
    cr_expect_str_eq(client_value(&client, "Count"), "3");
    cr_expect_str_neq(client_value(&client, "LastEvaluatedKey"), "");
    client_callf(&client, "Scan", "{'TableName':'t','Limit':3,'ExclusiveStartKey':%s}",
                 client_value(&client, "LastEvaluatedKey"));
    cr_expect_str_eq(client.body, "{'Items':[],'Count':0,'ScannedCount':0}");
    client_call(&client, "Scan", "{'TableName':'t','Limit':4}");
    cr_expect_str_eq(client_value(&client, "LastEvaluatedKey"), "");
    client_end(&client);
    world_end(&world);
}

Test(reader, counts_an_item_for_the_end_of_a_page_as_the_service_does)
{
    static const struct {
        const char *json;
        const char *sort_name;
        uint64_t size;
    } rows[] = {
        {"{'p':{'S':'abc'}}", "", 2 + 5 + 18},
        {"{'p':{'S':'abc'},'s':{'S':'wxyz'}}", "s", 2 + 5 + 18 + 4},
        {"{'p':{'N':'123'}}", "", 2 + 5 + 18},
        {"{'a':{'BOOL':true},'b':{'NULL':true}}", "", 2 + 2 + 1 + 18},
        {"{'a':{'SS':['x','yy']}}", "", 2 + 1 + 3 + 3 + 18},
        {"{'a':{'L':[{'S':'x'},{'NULL':true}]}}", "", 2 + 1 + 3 + 3 + 1 + 18},
        {"{'a':{'M':{'name':{'S':'x'}}}}", "", 2 + 1 + 3 + 1 + 3 + 18},
    };
    struct world world;
    world_begin(&world, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t size =
            page_item_size(world_item(&world, rows[i].json), slice_from(rows[i].sort_name));
        cr_expect_eq(size, rows[i].size, "%s: %zu", rows[i].json, (size_t)size);
    }
    world_end(&world);
}

static void put_large(struct world *world, struct table *table, size_t count, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        struct slice filling = repeated(&world->arena, 'x', len, "");
        struct slice json = arena_printf(&world->arena,
                                         "{'p':{'S':'p'},'s':{'S':'%04zu'},'n':{'N':'%zu'},"
                                         "'f':{'S':'%.*s'}}",
                                         i, i, SLICE_ARG(filling));
        world_put(world, table, arena_cstr(&world->arena, json));
    }
}

static const struct world_schema large_schema = {.name = "large", .hash = "p", .range = "s"};

Test(reader, ends_a_page_with_the_item_that_reaches_one_megabyte)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    put_large(&world, world_table(&world, &large_schema), 30, 100000);
    client_begin(&client, &world);
    int numbers[KEYS_MAX * 2];
    size_t count = 0;
    const char *start = "";
    size_t pages = 0;
    do {
        size_t before = count;
        client_callf(&client, "Query",
                     "{'TableName':'large','KeyConditionExpression':'p = :h',"
                     "'ExpressionAttributeValues':{':h':{'S':'p'}}%s%s}",
                     start[0] != '\0' ? ",'ExclusiveStartKey':" : "", start);
        start = client_take_numbers(&client, numbers, &count);
        cr_expect_eq(count - before, start[0] != '\0' ? 11 : 8);
        pages++;
    } while (start[0] != '\0');
    cr_expect_eq(pages, 3);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(numbers[i], (int)i);
    }
    expect_each_once(numbers, count, 30, "pages");
    client_end(&client);
    world_end(&world);
}

Test(reader, ends_a_page_of_long_names_and_short_values_too)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &large_schema);
    for (size_t i = 0; i < 5; i++) {
        struct slice name = repeated(&world.arena, 'n', 60000, "");
        struct slice json = arena_printf(
            &world.arena,
            "{'p':{'S':'p'},'s':{'S':'%zu'},'%.*s1':{'NULL':true},'%.*s2':{'NULL':true},"
            "'%.*s3':{'NULL':true},'%.*s4':{'NULL':true},'%.*s5':{'NULL':true}}",
            i, SLICE_ARG(name), SLICE_ARG(name), SLICE_ARG(name), SLICE_ARG(name), SLICE_ARG(name));
        world_put(&world, table, arena_cstr(&world.arena, json));
    }
    client_begin(&client, &world);
    client_call(&client, "Scan", "{'TableName':'large','Select':'COUNT'}");
    cr_expect_str_eq(client_value(&client, "Count"), "4");
    client_end(&client);
    world_end(&world);
}

/* --- what an index shows --- */

static const struct world_schema indexed = {
    .name = "t",
    .hash = "p",
    .range = "s",
    .indexes = {{.name = "keys",
                 .hash = "p",
                 .range = "l",
                 .is_local = true,
                 .projection = PROJECT_KEYS_ONLY},
                {.name = "global", .hash = "g", .projection = PROJECT_INCLUDE, .included = "i"},
                {.name = "new", .hash = "x", .is_being_built = true}}};

static void put_indexed(struct world *world)
{
    struct table *table = world_table(world, &indexed);
    world_put(world, table,
              "{'p':{'S':'p'},'s':{'S':'1'},'l':{'S':'a'},'g':{'S':'g'},'i':{'N':'5'},"
              "'z':{'S':'zz'}}");
    world_put(world, table, "{'p':{'S':'p'},'s':{'S':'2'},'l':{'S':'b'},'z':{'S':'yy'}}");
    world_put(world, table, "{'p':{'S':'p'},'s':{'S':'3'},'z':{'S':'xx'}}");
}

Test(reader, shows_of_an_item_what_the_index_projects)
{
    static const struct {
        const char *operation, *body, *reply;
    } rows[] = {
        {"Scan", "'IndexName':'global'",
         "{'Items':[{'g':{'S':'g'},'i':{'N':'5'},'p':{'S':'p'},'s':{'S':'1'}}],'Count':1,"
         "'ScannedCount':1}"},
        {"Scan", "'IndexName':'keys'",
         "{'Items':[{'l':{'S':'a'},'p':{'S':'p'},'s':{'S':'1'}},"
         "{'l':{'S':'b'},'p':{'S':'p'},'s':{'S':'2'}}],'Count':2,'ScannedCount':2}"},
        /* fetched from the table, and paid */
        {"Query",
         "'IndexName':'keys','KeyConditionExpression':'p = :p','ProjectionExpression':'z',"
         "'ExpressionAttributeValues':{':p':{'S':'p'}},'ReturnConsumedCapacity':'INDEXES'",
         "{'Items':[{'z':{'S':'zz'}},{'z':{'S':'yy'}}],'Count':2,'ScannedCount':2,"
         "'ConsumedCapacity':{'TableName':'t','CapacityUnits':1.5,'Table':{'CapacityUnits':1.0},"
         "'LocalSecondaryIndexes':{'keys':{'CapacityUnits':0.5}}}}"},
        {"Query",
         "'IndexName':'keys','KeyConditionExpression':'p = :p AND l = :l',"
         "'Select':'ALL_ATTRIBUTES','ConsistentRead':true,"
         "'ExpressionAttributeValues':{':p':{'S':'p'},':l':{'S':'b'}}",
         "{'Items':[{'l':{'S':'b'},'p':{'S':'p'},'s':{'S':'2'},'z':{'S':'yy'}}],'Count':1,"
         "'ScannedCount':1}"},
        /* a filter sees what the index has */
        {"Scan",
         "'IndexName':'global','FilterExpression':'attribute_not_exists(z)','Select':'COUNT'",
         "{'Count':1,'ScannedCount':1}"},
        {"Scan",
         "'FilterExpression':'z > :z','ExpressionAttributeValues':{':z':{'S':'xx'}},"
         "'ProjectionExpression':'z','ReturnConsumedCapacity':'TOTAL'",
         "{'Items':[{'z':{'S':'zz'}},{'z':{'S':'yy'}}],'Count':2,'ScannedCount':3,"
         "'ConsumedCapacity':{'TableName':'t','CapacityUnits':0.5}}"},
        {"Scan", "'IndexName':'global','Limit':1,'Select':'COUNT'",
         "{'Count':1,'ScannedCount':1,'LastEvaluatedKey':{'g':{'S':'g'},'p':{'S':'p'},"
         "'s':{'S':'1'}}}"},
    };
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    put_indexed(&world);
    client_begin(&client, &world);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        client_callf(&client, rows[i].operation, "{'TableName':'t',%s}", rows[i].body);
        cr_expect_str_eq(client.body, rows[i].reply, "case %zu: %s", i, client.body);
    }
    client_end(&client);
    world_end(&world);
}

Test(reader, refuses_in_the_words_of_the_service)
{
#define BAD "One or more parameter values were invalid: "
#define QUERY_P "'KeyConditionExpression':'p = :p','ExpressionAttributeValues':{':p':{'S':'p'}}"
#define QUERY_PS                                                                                   \
    "'KeyConditionExpression':'p = :p AND s > :p','ExpressionAttributeValues':{':p':{'S':'p'}}"
#define QUERY_G                                                                                    \
    "'IndexName':'global','KeyConditionExpression':'g = :p','ExpressionAttributeValues':"          \
    "{':p':{'S':'p'}}"
    static const struct {
        const char *operation, *body, *message;
    } rows[] = {
        {"Query", "'IndexName':'none'," QUERY_P,
         "The table does not have the specified index: none"},
        {"Scan", "'IndexName':'none'", "The table does not have the specified index: none"},
        {"Scan", "'IndexName':'none','ExclusiveStartKey':{'p':{'S':'p'}}",
         "The provided starting key is invalid"},
        {"Query", "'ConsistentRead':true," QUERY_G,
         "Consistent reads are not supported on global secondary indexes"},
        {"Scan", "'ConsistentRead':true,'IndexName':'global'",
         "Consistent reads are not supported on global secondary indexes"},
        {"Scan", "'IndexName':'new'", "Cannot read from backfilling global secondary index: new"},
        {"Query", "'Limit':1",
         "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
         "request."},
        /* start keys */
        {"Query", QUERY_P ",'ExclusiveStartKey':{'p':{'S':'p'}}",
         "The provided starting key is invalid"},
        {"Scan", "'ExclusiveStartKey':{'p':{'S':'p'}}",
         "The provided starting key is invalid: The provided key element does not match the "
         "schema"},
        {"Scan", "'ExclusiveStartKey':{'p':{'S':'p'},'s':{'N':'1'}}",
         "The provided starting key is invalid: The provided key element does not match the "
         "schema"},
        {"Query", QUERY_P ",'ExclusiveStartKey':{'p':{'S':'p'},'s':{'N':'1'}}",
         "The provided key element does not match the schema"},
        {"Query", QUERY_P ",'ExclusiveStartKey':{'p':{'S':'q'},'s':{'S':'1'}}",
         "The provided starting key is outside query boundaries based on provided conditions"},
        {"Query", QUERY_PS ",'ExclusiveStartKey':{'p':{'S':'p'},'s':{'S':'a'}}",
         "The provided starting key does not match the range key predicate"},
        {"Query", QUERY_PS ",'ExclusiveStartKey':{'p':{'S':'q'},'s':{'S':'z'}}",
         "The query can return at most one row and cannot be restarted"},
        {"Query", QUERY_G ",'ExclusiveStartKey':{'p':{'S':'q'},'s':{'S':'z'}}",
         "The provided starting key is invalid"},
        /* before the key conditions: how many names there are, and the partition key */
        {"Query",
         "'KeyConditionExpression':'x = :p','ExpressionAttributeValues':{':p':{'S':'p'}},"
         "'ExclusiveStartKey':{'p':{'S':'q'}}",
         "The provided starting key is invalid"},
        {"Query",
         "'KeyConditionExpression':'x = :p','ExpressionAttributeValues':{':p':{'S':'p'}},"
         "'ExclusiveStartKey':{'p':{'N':'1'},'x':{'S':'q'}}",
         "The provided key element does not match the schema"},
        {"Query",
         "'KeyConditionExpression':'x = :p','ExpressionAttributeValues':{':p':{'S':'p'}},"
         "'ExclusiveStartKey':{'p':{'S':'q'},'x':{'S':'q'}}",
         "Query condition missed key schema element: p"},
        {"Query", QUERY_G ",'ExclusiveStartKey':{'p':{'N':'1'},'s':{'S':'z'},'g':{'S':'p'}}",
         "The provided starting key is invalid: The provided key element does not match the "
         "schema"},
        {"Scan", "'ExclusiveStartKey':{'p':{'N':'x'},'s':{'S':'z'}}",
         "The parameter cannot be converted to a numeric value: x"},
        {"Query", QUERY_P ",'ExclusiveStartKey':{'p':{'S':'p'},'s':{'SS':['a','a']}}",
         "One or more parameter values were invalid: Input collection [a, a] contains duplicates."},
        {"Scan", "'ExclusiveStartKey':{'p':{'NS':[]},'s':{'S':'z'}}",
         "One or more parameter values were invalid: An number set  may not be empty"},
        {"Scan", "'ExclusiveStartKey':{'p':{'SS':[]},'s':{'S':'z'}}",
         "The provided starting key is invalid: One or more parameter values were invalid: An "
         "string set  may not be empty"},
        {"Scan",
         "'Segment':0,'TotalSegments':4096,'ExclusiveStartKey':{'p':{'S':'p'},'s':{'S':'z'}}",
         "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
         "ExclusiveStartKey with correct Segment. TotalSegments: 4096 Segment: 0"},
        /* segments */
        {"Scan", "'Segment':0",
         "The TotalSegments parameter is required but was not present in the request when Segment "
         "parameter is present"},
        {"Scan", "'TotalSegments':1",
         "The Segment parameter is required but was not present in the request when parameter "
         "TotalSegments is present"},
        {"Scan", "'TotalSegments':3,'Segment':3",
         "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
         "Segment: 3 is not less than TotalSegments: 3"},
        /* what is selected */
        {"Query", QUERY_G ",'Select':'ALL_ATTRIBUTES'",
         BAD
         "Select type ALL_ATTRIBUTES is not supported for global secondary index global because "
         "its projection type is not ALL"},
        {"Query", QUERY_G ",'ProjectionExpression':'z, i, y.a, y.b'",
         BAD "Global secondary index global does not project [y, z]"},
        {"Scan", "'Select':'SPECIFIC_ATTRIBUTES'",
         "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
         "SPECIFIC_ATTRIBUTES"},
        {"Query", QUERY_P ",'Select':'SPECIFIC_ATTRIBUTES'",
         "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression "
         "when choosing to get SPECIFIC_ATTRIBUTES"},
        {"Scan", "'Select':'COUNT','AttributesToGet':['a']",
         "Cannot specify the AttributesToGet when choosing to get only the Count"},
        {"Query", QUERY_P ",'Select':'ALL_ATTRIBUTES','ProjectionExpression':'a'",
         "1 validation error detected: Cannot specify the ProjectionExpression when choosing to "
         "get ALL_ATTRIBUTES"},
        {"Scan", "'Select':'ALL_PROJECTED_ATTRIBUTES'",
         "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
        /* filters and paths */
        {"Query", QUERY_P ",'FilterExpression':'s = :p'",
         "Filter Expression can only contain non-primary key attributes: Primary key attribute: s"},
        {"Query",
         "'KeyConditions':{'p':{'ComparisonOperator':'EQ','AttributeValueList':[{'S':'p'}]}},"
         "'QueryFilter':{'p':{'ComparisonOperator':'NOT_NULL'}}",
         "QueryFilter can only contain non-primary key attributes: Primary key attribute: p"},
        {"Query", QUERY_P ",'FilterExpression':'g.a = :p'",
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
         "allowed: IndexKey: g"},
        {"Scan",
         "'FilterExpression':'attribute_exists(#p[0])','ExpressionAttributeNames':"
         "{'#p':'p'}",
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
         "allowed: Key: p"},
        {"GetItem", "'Key':{'p':{'S':'p'},'s':{'S':'1'}},'ProjectionExpression':'s.x'",
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
         "allowed: Key: s"},
        /* parameters that exclude each other */
        {"Query", QUERY_P ",'ConditionalOperator':'OR','AttributesToGet':['a'],'KeyConditions':{}",
         "Can not use both expression and non-expression parameters in the same request: "
         "Non-expression parameters: {AttributesToGet, ConditionalOperator, KeyConditions} "
         "Expression parameters: {KeyConditionExpression}"},
        {"GetItem",
         "'Key':{'p':{'S':'p'},'s':{'S':'1'}},'ProjectionExpression':'a','AttributesToGet':['a']",
         "Can not use both expression and non-expression parameters in the same request: "
         "Non-expression parameters: {AttributesToGet} Expression parameters: "
         "{ProjectionExpression}"},
        {"GetItem", "'Key':{'p':{'S':'p'},'s':{'S':'1'}},'ExpressionAttributeNames':{'#a':'a'}",
         "ExpressionAttributeNames can only be specified when using expressions"},
        {"Scan", "'ExpressionAttributeValues':{':a':{'S':'a'}}",
         "ExpressionAttributeValues can only be specified when using expressions: "
         "FilterExpression is null"},
        {"Query", "'ExpressionAttributeValues':{':a':{'S':'a'}}",
         "ExpressionAttributeValues can only be specified when using expressions: "
         "FilterExpression and KeyConditionExpression are null"},
        {"GetItem", "'Key':{'p':{'S':'p'}}", "The provided key element does not match the schema"},
        {"GetItem", "'Key':{'p':{'S':'p'},'s':{'S':'1'}},'AttributesToGet':['a','a']",
         BAD "Duplicate value in attribute name: a"},
    };
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    put_indexed(&world);
    client_begin(&client, &world);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        client_callf(&client, rows[i].operation, "{'TableName':'t',%s}", rows[i].body);
        const char *wanted = arena_cstr(
            &world.arena, arena_printf(&world.arena,
                                       "{'__type':'com.amazon.coral.validate#ValidationException',"
                                       "'message':'%s'}",
                                       rows[i].message));
        cr_expect_str_eq(client.body, wanted, "case %zu: %s", i, client.body);
        cr_expect_eq(client.status, 400);
    }
    client_end(&client);
    world_end(&world);
}

/* --- single items --- */

Test(reader, gets_items)
{
    static const struct {
        const char *body, *reply;
    } rows[] = {
        {"'Key':{'p':{'S':'p'},'s':{'S':'3'}}",
         "{'Item':{'p':{'S':'p'},'s':{'S':'3'},'z':{'S':'xx'}}}"},
        {"'Key':{'p':{'S':'p'},'s':{'S':'none'}}", "{}"},
        {"'Key':{'p':{'S':'p'},'s':{'S':'3'}},'ProjectionExpression':'nix'", "{'Item':{}}"},
        {"'Key':{'p':{'S':'p'},'s':{'S':'3'}},'AttributesToGet':['z']",
         "{'Item':{'z':{'S':'xx'}}}"},
        {"'Key':{'p':{'S':'p'},'s':{'S':'none'}},'ReturnConsumedCapacity':'TOTAL',"
         "'ConsistentRead':true",
         "{'ConsumedCapacity':{'TableName':'t','CapacityUnits':1.0}}"},
    };
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    put_indexed(&world);
    client_begin(&client, &world);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        client_callf(&client, "GetItem", "{'TableName':'t',%s}", rows[i].body);
        cr_expect_str_eq(client.body, rows[i].reply, "case %zu: %s", i, client.body);
    }
    client_call(&client, "GetItem", "{'TableName':'none','Key':{'p':{'S':'p'}}}");
    cr_expect_str_eq(client_value(&client, "message"), "Requested resource not found");
    client_end(&client);
    world_end(&world);
}

struct stranger {
    struct write_job job;
    struct table *table;
    struct slice key, item;
    bool is_done;
};

static void run_stranger(struct write_job *job, struct txn *txn)
{
    struct stranger *stranger = CONTAINER_OF(job, struct stranger, job);
    struct key key;
    uint8_t head[4];
    key_of_item(stranger->table->id, &stranger->table->keys, stranger->key, &key);
    stored_item_head((uint32_t)item_size(stranger->item), head);
    txn_put2(txn, DB_ITEMS, key_slice(&key), slice_of((const char *)head, sizeof(head)),
             stranger->item);
}

static void on_stranger(struct write_job *job, enum status status)
{
    cr_assert_eq(status, STATUS_OK);
    CONTAINER_OF(job, struct stranger, job)->is_done = true;
}

Test(reader, takes_no_item_of_another_partition_key_with_the_same_hash)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &large_schema);
    world_put(&world, table, "{'p':{'S':'p'},'s':{'S':'1'}}");
    struct stranger stranger = {.job = {.run = run_stranger, .done = on_stranger}, .table = table};
    world.damages = 2; /* the item, and it is missing in the statistics */
    stranger.key = world_item(&world, "{'p':{'S':'p'},'s':{'S':'2'}}");
    stranger.item = world_item(&world, "{'p':{'S':'stranger'},'s':{'S':'2'}}");
    engine_submit(store_engine(world.store), &stranger.job);
    while (!stranger.is_done) {
        (void)uv_run(&world.loop, UV_RUN_ONCE);
    }
    client_begin(&client, &world);
    client_call(&client, "GetItem", "{'TableName':'large','Key':{'p':{'S':'p'},'s':{'S':'2'}}}");
    cr_expect_str_eq(client.body, "{}");
    client_call(&client, "Query",
                "{'TableName':'large','KeyConditionExpression':'p = :p',"
                "'ExpressionAttributeValues':{':p':{'S':'p'}}}");
    cr_expect_str_eq(client.body,
                     "{'Items':[{'p':{'S':'p'},'s':{'S':'1'}}],'Count':1,'ScannedCount':1}");
    client_end(&client);
    world_end(&world);
}

Test(reader, gets_batches)
{
    static const struct {
        const char *items, *reply;
    } rows[] = {
        {"{'t':{'Keys':[{'p':{'S':'p'},'s':{'S':'3'}},{'p':{'S':'p'},'s':{'S':'9'}}]}}",
         "{'Responses':{'t':[{'p':{'S':'p'},'s':{'S':'3'},'z':{'S':'xx'}}]},"
         "'UnprocessedKeys':{}}"},
        {"{'t':{'Keys':[{'p':{'S':'q'},'s':{'S':'3'}}],'ConsistentRead':true}},"
         "'ReturnConsumedCapacity':'TOTAL'",
         "{'Responses':{'t':[]},'UnprocessedKeys':{},'ConsumedCapacity':[{'TableName':'t',"
         "'CapacityUnits':1.0}]}"},
        {"{'t':{'Keys':[{'p':{'S':'p'},'s':{'S':'3'}}],'ProjectionExpression':'#z',"
         "'ExpressionAttributeNames':{'#z':'z'}}}",
         "{'Responses':{'t':[{'z':{'S':'xx'}}]},'UnprocessedKeys':{}}"},
        {"{'t':{'Keys':[{'p':{'S':'p'},'s':{'S':'3'}},{'s':{'S':'3'},'p':{'S':'p'}}]}}",
         "{'__type':'com.amazon.coral.validate#ValidationException',"
         "'message':'Provided list of item keys contains duplicates'}"},
        {"{'t':{'Keys':[{'p':{'S':'p'}}]}}",
         "{'__type':'com.amazon.coral.validate#ValidationException',"
         "'message':'The provided key element does not match the schema'}"},
        {"{'none':{'Keys':[{'p':{'S':'p'}}]}}",
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',"
         "'message':'Requested resource not found'}"},
    };
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    put_indexed(&world);
    client_begin(&client, &world);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        client_callf(&client, "BatchGetItem", "{'RequestItems':%s}", rows[i].items);
        cr_expect_str_eq(client.body, rows[i].reply, "case %zu: %s", i, client.body);
    }
    client_end(&client);
    world_end(&world);
}

Test(reader, leaves_keys_of_a_batch_beyond_sixteen_megabytes_unprocessed)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    put_large(&world, world_table(&world, &large_schema), 45, 399000);
    client_begin(&client, &world);
    struct buf keys = BUF_INIT(1 << 20);
    for (int i = 0; i < 45; i++) {
        buf_printf(&keys, "%s{'p':{'S':'p'},'s':{'S':'%04d'}}", i != 0 ? "," : "", i);
    }
    client_callf(&client, "BatchGetItem",
                 "{'RequestItems':{'large':{'Keys':[%s],'ProjectionExpression':'n',"
                 "'ConsistentRead':true}}}",
                 buf_cstr(&keys));
    int numbers[KEYS_MAX * 2];
    size_t count = 0;
    (void)client_take_numbers(&client, numbers, &count);
    cr_expect_eq(count, 42);
    cr_expect_str_eq(client_value(&client, "UnprocessedKeys"),
                     "{'large':{'Keys':[{'p':{'S':'p'},'s':{'S':'0042'}},"
                     "{'p':{'S':'p'},'s':{'S':'0043'}},{'p':{'S':'p'},'s':{'S':'0044'}}],"
                     "'ConsistentRead':true,'ProjectionExpression':'n'}}");
    buf_finish(&keys);
    client_end(&client);
    world_end(&world);
}

Test(reader, gets_transactions)
{
#define GET(key) "{'Get':{'TableName':'t','Key':" key "}}"
    static const struct {
        const char *items, *reply;
    } rows[] = {
        {GET("{'p':{'S':'p'},'s':{'S':'9'}}") "," GET("{'p':{'S':'p'},'s':{'S':'3'}}"),
         "{'Responses':[{},{'Item':{'p':{'S':'p'},'s':{'S':'3'},'z':{'S':'xx'}}}],"
         "'ConsumedCapacity':[{'TableName':'t','CapacityUnits':4.0,'ReadCapacityUnits':4.0}]}"},
        {GET("{'p':{'S':'p'},'s':{'S':'3'}}") "," GET("{'s':{'S':'3'},'p':{'S':'p'}}"),
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Transaction request "
         "cannot include multiple operations on one item'}"},
        {GET("{'p':{'S':'p'},'s':{'S':'3'}}") "," GET("{'p':{'S':'p'}}"),
         "{'__type':'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',"
         "'CancellationReasons':[{'Code':'None'},{'Code':'ValidationError','Message':'The provided "
         "key element does not match the schema'}],'Message':'Transaction cancelled, please refer "
         "cancellation reasons for specific reasons [None, ValidationError]'}"},
    };
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    put_indexed(&world);
    client_begin(&client, &world);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        client_callf(&client, "TransactGetItems",
                     "{'TransactItems':[%s],'ReturnConsumedCapacity':'TOTAL'}", rows[i].items);
        cr_expect_str_eq(client.body, rows[i].reply, "case %zu: %s", i, client.body);
    }
    client_end(&client);
    world_end(&world);
}
