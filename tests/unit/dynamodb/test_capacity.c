#include "store/item/capacity.h"

#include "core/mem.h"
#include "service.h"

#include <criterion/criterion.h>

Test(capacity, counts_a_read_by_4_kb_and_a_write_by_1_kb)
{
    static const struct {
        uint64_t bytes;
        double consistent, eventual, write;
    } cases[] = {{0, 1, 0.5, 1},    {1, 1, 0.5, 1},  {1024, 1, 0.5, 1},     {1025, 1, 0.5, 2},
                 {4096, 1, 0.5, 4}, {4097, 2, 1, 5}, {409600, 100, 50, 400}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_expect_eq(capacity_read_units(cases[i].bytes, true), cases[i].consistent, "case %zu", i);
        cr_expect_eq(capacity_read_units(cases[i].bytes, false), cases[i].eventual, "case %zu", i);
        cr_expect_eq(capacity_write_units(cases[i].bytes), cases[i].write, "case %zu", i);
    }
}

static struct table_index indexes[] = {
    {.name = SLICE_INIT("local"), .id = 11},
    {.name = SLICE_INIT("global"), .id = 12, .is_global = true, .throughput = {1, 1, 0, 0}},
    {.name = SLICE_INIT("untouched"), .id = 13, .is_global = true},
};
static struct table table = {.name = SLICE_INIT("t"),
                             .id = 10,
                             .throughput = {.read_units = 5, .write_units = 2},
                             .indexes = indexes,
                             .index_count = 3};

static void expect_printed(enum capacity_detail detail, const struct capacity *items, size_t count,
                           bool is_list, const char *want)
{
    struct buf buf = BUF_INIT(4096);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    capacity_print(&w, detail, items, count, is_list);
    json_close(&w, '}');
    cr_expect_str_eq(buf_cstr(&buf), want);
    buf_finish(&buf);
}

Test(capacity, is_printed_as_asked_with_indexes_that_were_touched)
{
    struct write_action action = {.table = &table, .units = 1, .index_units = {1, 2, 0}};
    struct capacity capacity = {.table = &table};
    capacity_add_action(&capacity, &action, 1);
    expect_printed(CAPACITY_NONE, &capacity, 1, false, "{}");
    expect_printed(CAPACITY_TOTAL, &capacity, 1, false,
                   "{\"ConsumedCapacity\":{\"TableName\":\"t\",\"CapacityUnits\":4.0}}");
    expect_printed(CAPACITY_INDEXES, &capacity, 1, true,
                   "{\"ConsumedCapacity\":[{\"TableName\":\"t\",\"CapacityUnits\":4.0,"
                   "\"Table\":{\"CapacityUnits\":1.0},"
                   "\"LocalSecondaryIndexes\":{\"local\":{\"CapacityUnits\":1.0}},"
                   "\"GlobalSecondaryIndexes\":{\"global\":{\"CapacityUnits\":2.0}}}]}");
}

Test(capacity, of_a_transaction_is_doubled_and_tells_reads_from_writes)
{
    struct write_action action = {.table = &table, .units = 3};
    struct capacity capacity = {.table = &table, .is_transaction = true};
    capacity_add_action(&capacity, &action, 2);
    expect_printed(CAPACITY_TOTAL, &capacity, 1, true,
                   "{\"ConsumedCapacity\":[{\"TableName\":\"t\",\"CapacityUnits\":6.0,"
                   "\"WriteCapacityUnits\":6.0}]}");
    struct capacity replay = {.table = &table, .is_transaction = true, .read = 2};
    expect_printed(CAPACITY_TOTAL, &replay, 1, true,
                   "{\"ConsumedCapacity\":[{\"TableName\":\"t\",\"CapacityUnits\":2.0,"
                   "\"ReadCapacityUnits\":2.0}]}");
}

Test(capacity, is_summed_once_a_table)
{
    struct table other = {.name = SLICE_INIT("u"), .id = 20};
    struct capacity items[3];
    size_t count = 0;
    capacity_of_table(items, &count, &table)->write += 1;
    capacity_of_table(items, &count, &other)->write += 1;
    capacity_of_table(items, &count, &table)->write += 1;
    cr_expect_eq(count, 2);
    cr_expect_eq(items[0].write, 2);
    cr_expect_eq(items[1].write, 1);
}

/* --- throttling --- */

struct throttled {
    struct clock clock;
    struct throttle *throttle;
    struct arena arena;
};

static void begin(struct throttled *world)
{
    clock_init_manual(&world->clock, 1700000000000LL);
    world->throttle = throttle_create(&world->clock);
    arena_init(&world->arena, 1024);
}

static void end(struct throttled *world)
{
    throttle_destroy(world->throttle);
    arena_finish(&world->arena);
}

static bool passes(struct throttled *world, const struct table_index *index, bool is_write)
{
    const struct problem *problem =
        throttle_check(world->throttle, &world->arena, &table, index, is_write);
    cr_assert(problem == NULL || problem->kind == PROBLEM_THROUGHPUT_EXCEEDED);
    return problem == NULL;
}

Test(throttle, lets_300_seconds_burst_then_the_provisioned_rate)
{
    struct throttled world;
    begin(&world);
    struct capacity burst = {.table = &table, .write = 599};
    cr_expect(passes(&world, NULL, true));
    throttle_charge(world.throttle, &burst);
    cr_expect(passes(&world, NULL, true), "one of 600 is left");
    throttle_charge(world.throttle, &(struct capacity){.table = &table, .write = 5});
    cr_expect_not(passes(&world, NULL, true), "a large request may borrow, once");
    cr_expect(passes(&world, NULL, false), "reads have a bucket of their own");
    clock_advance(&world.clock, 2000);
    cr_expect_not(passes(&world, NULL, true), "what was borrowed is paid back first");
    clock_advance(&world.clock, 500);
    cr_expect(passes(&world, NULL, true));
    end(&world);
}

Test(throttle, gives_global_indexes_buckets_and_counts_local_ones_to_the_table)
{
    struct throttled world;
    begin(&world);
    throttle_charge(world.throttle,
                    &(struct capacity){.table = &table, .index_write = {600, 300, 0}});
    cr_expect_not(passes(&world, NULL, true), "the local index used the table's units");
    cr_expect_not(passes(&world, &indexes[1], true));
    cr_expect_not(passes(&world, &indexes[0], true), "a local index asks the table's bucket");
    end(&world);
}

Test(throttle, leaves_on_demand_tables_alone_and_does_nothing_when_it_is_off)
{
    struct throttled world;
    begin(&world);
    struct table on_demand = {.name = SLICE_INIT("d"), .id = 30, .is_on_demand = true};
    struct capacity much = {.table = &on_demand, .write = 1e9};
    throttle_charge(world.throttle, &much);
    cr_expect_null(throttle_check(world.throttle, &world.arena, &on_demand, NULL, true));
    throttle_charge(NULL, &(struct capacity){.table = &table, .write = 1e9});
    cr_expect_null(throttle_check(NULL, &world.arena, &table, NULL, true));
    end(&world);
}

Test(throttle, keeps_many_tables_apart)
{
    struct throttled world;
    begin(&world);
    static struct table tables[200];
    for (uint32_t i = 0; i < 200; i++) {
        tables[i] = (struct table){.id = 1000 - i * 3, .throughput = {.write_units = 1}};
        throttle_charge(world.throttle,
                        &(struct capacity){.table = &tables[i], .write = i % 2 == 0 ? 301 : 10});
    }
    for (uint32_t i = 0; i < 200; i++) {
        bool passed = throttle_check(world.throttle, &world.arena, &tables[i], NULL, true) == NULL;
        cr_expect_eq(passed, i % 2 != 0, "table %u", i);
    }
    end(&world);
}

/* --- through the operations --- */

/* A table of one read unit a second has 300 to begin with; no call below reads more than 30. */
static size_t calls_until_throttled(const char *operation, const char *head, const char *element,
                                    size_t count)
{
    struct store_options options = {.throttles = true};
    struct service service;
    AUTO_BUF body = BUF_INIT(1 << 16);
    size_t calls = 0;
    service_open(&service, &options);
    service_ok(&service, "CreateTable",
               "{'TableName':'abc','AttributeDefinitions':[{'AttributeName':'p','AttributeType':"
               "'S'}],'KeySchema':[{'AttributeName':'p','KeyType':'HASH'}],"
               "'ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':1}}");
    buf_append_text(&body, head);
    for (size_t i = 0; i < count; i++) {
        const char *rest = element;
        buf_append_text(&body, i != 0 ? "," : "");
        for (; *rest != '\0'; rest++) {
            if (*rest == '#') {
                buf_append_u64(&body, i);
            } else {
                buf_append_char(&body, *rest);
            }
        }
    }
    buf_append_text(&body, count != 0 ? "]}" : "");
    while (calls < 1000 && strstr(service_call(&service, operation, buf_cstr(&body)),
                                  "ProvisionedThroughputExceeded") == NULL) {
        calls++;
    }
    service_close(&service);
    return calls;
}

Test(throttle, meters_every_way_to_read)
{
    static const struct {
        const char *operation, *head, *element;
        size_t count;
        size_t calls;
    } rows[] = {
        {"GetItem", "{'TableName':'abc','ConsistentRead':true,'Key':{'p':{'S':'a'}}}", "", 0, 300},
        {"TransactGetItems", "{'TransactItems':[",
         "{'Get':{'TableName':'abc','Key':{'p':{'S':'#'}}}}", 10, 15},
        {"ExecuteTransaction", "{'TransactStatements':[",
         "{'Statement':'SELECT * FROM abc WHERE p=?','Parameters':[{'S':'#'}]}", 10, 15},
        {"BatchExecuteStatement", "{'Statements':[",
         "{'Statement':'SELECT * FROM abc WHERE p=?','Parameters':[{'S':'#'}],'ConsistentRead':"
         "true}",
         10, 30},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t calls =
            calls_until_throttled(rows[i].operation, rows[i].head, rows[i].element, rows[i].count);
        cr_expect_eq(calls, rows[i].calls, "%s: %zu", rows[i].operation, calls);
    }
}
