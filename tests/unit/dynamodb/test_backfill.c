/* What goes on after a change of the schema: filling, states that last, garbage. */
#include "service.h"

#include "core/mem.h"
#include "store/engine/engine.h"
#include "store/table/catalog.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MANY 2600 /* more than two chunks */
#define TABLE                                                                                      \
    "{'TableName':'abc','AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],"       \
    "'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST'}"
#define NEW_INDEX                                                                                  \
    "{'TableName':'abc','AttributeDefinitions':[{'AttributeName':'g','AttributeType':'N'}],"       \
    "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'byg','KeySchema':[{"                   \
    "'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'KEYS_ONLY'}}}]}"
#define COUNT_INDEX "{'TableName':'abc','IndexName':'byg','Select':'COUNT'}"

static struct service service;

static void open_service(void)
{
    service_open(&service, NULL);
    service_ok(&service, "CreateTable", TABLE);
}

static void close_service(void)
{
    service_close(&service);
}

TestSuite(backfill, .init = open_service, .fini = close_service, .timeout = 60);

/* Every third item has no `g`, and every fifth has one of another type. */
static const char *value_of(int number)
{
    return number % 3 == 0 ? "" : number % 5 == 0 ? ",'g':{'S':'x'}" : ",'g':{'N':'7'}";
}

static int indexed_of(int count)
{
    int indexed = 0;
    for (int i = 0; i < count; i++) {
        indexed += i % 3 != 0 && i % 5 != 0;
    }
    return indexed;
}

static void put_items(int count)
{
    AUTO_BUF body = BUF_INIT(1024 * 1024);
    for (int i = 0; i < count;) {
        buf_clear(&body);
        buf_append_text(&body, "{'RequestItems':{'abc':[");
        for (int j = 0; j < 25 && i < count; j++, i++) {
            buf_printf(&body, "%s{'PutRequest':{'Item':{'a':{'S':'%05d'}%s}}}", j == 0 ? "" : ",",
                       i, value_of(i));
        }
        buf_append_text(&body, "]}}");
        service_ok(&service, "BatchWriteItem", buf_cstr(&body));
    }
}

static void wait_for(const char *operation, const char *body, const char *path, const char *json)
{
    for (int i = 0; i < 100000; i++) {
        service_call(&service, operation, body);
        if (service_is(&service, path, json)) {
            return;
        }
    }
    cr_assert_fail("%s %s never became %s: %s", operation, path, json, buf_cstr(&service.reply));
}

static size_t count_keys(enum engine_db db, const char *prefix)
{
    struct engine *engine = store_engine(service.store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct cursor cursor;
    size_t count = 0;
    cursor_open(&cursor, txn, db);
    for (bool has = cursor_seek(&cursor, slice_from(prefix));
         has && slice_starts_with(cursor.key, slice_from(prefix)); has = cursor_next(&cursor)) {
        count++;
    }
    cursor_close(&cursor);
    engine_read_end(engine, txn);
    return count;
}

Test(backfill, fills_an_index_of_a_small_table_at_once)
{
    put_items(50);
    service_ok(&service, "UpdateTable", NEW_INDEX);
    cr_expect(service_is(&service, "TableDescription.TableStatus", "'UPDATING'"));
    cr_expect(service_is(&service, "TableDescription.GlobalSecondaryIndexes.0.IndexStatus",
                         "'CREATING'"));
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.TableStatus", "'ACTIVE'"));
    cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.0.IndexStatus", "'ACTIVE'"));
    cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.0.Backfilling", ""));
    char count[16];
    (void)snprintf(count, sizeof(count), "%d", indexed_of(50));
    cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.0.ItemCount", count));
    service_ok(&service, "Scan", COUNT_INDEX);
    cr_expect(service_is(&service, "Count", count));
}

static void expect_filled_index(int count)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%d", count);
    wait_for("DescribeTable", "{'TableName':'abc'}", "Table.GlobalSecondaryIndexes.0.IndexStatus",
             "'ACTIVE'");
    cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.0.ItemCount", text), "%s",
              buf_cstr(&service.reply));
    service_ok(&service, "Scan", COUNT_INDEX);
    cr_expect(service_is(&service, "Count", text), "%s", buf_cstr(&service.reply));
    cr_expect_eq(count_keys(DB_META, "f"), 0);
}

Test(backfill, fills_an_index_chunk_by_chunk_while_items_change)
{
    put_items(MANY);
    service_ok(&service, "UpdateTable", NEW_INDEX);
    /* Before, and behind, the place where the filling stands. */
    service_ok(&service, "PutItem", "{'TableName':'abc','Item':{'a':{'S':'00000'},'g':{'N':'1'}}}");
    service_ok(&service, "DeleteItem", "{'TableName':'abc','Key':{'a':{'S':'00001'}}}");
    service_ok(&service, "PutItem", "{'TableName':'abc','Item':{'a':{'S':'02599'},'g':{'N':'1'}}}");
    service_ok(&service, "DeleteItem", "{'TableName':'abc','Key':{'a':{'S':'02597'}}}");
    service_ok(&service, "PutItem", "{'TableName':'abc','Item':{'a':{'S':'new'},'g':{'N':'1'}}}");
    /* 0 came, 1 went, 2599 stayed, 2597 went, "new" came. */
    expect_filled_index(indexed_of(MANY) + 1 - 1 - 1 + 1);
}

Test(backfill, goes_on_after_a_restart)
{
    put_items(MANY);
    service_ok(&service, "UpdateTable", NEW_INDEX);
    service_reopen(&service);
    expect_filled_index(indexed_of(MANY));
}

Test(backfill, makes_one_index_at_a_time)
{
    put_items(MANY);
    service_ok(&service, "UpdateTable", NEW_INDEX);
    service_call(&service, "UpdateTable",
                 "{'TableName':'abc','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'byg'}}]"
                 "}");
    cr_expect(service_is(&service, "message",
                         "'Subscriber limit exceeded: Only 1 online index can be created or "
                         "deleted simultaneously per table'"),
              "%s", buf_cstr(&service.reply));
    service_call(&service, "DeleteTable", "{'TableName':'abc'}");
    cr_expect_neq(service.status, 200);
    expect_filled_index(indexed_of(MANY));
}

Test(backfill, sweeps_what_deleted_indexes_and_tables_leave)
{
    put_items(MANY);
    service_ok(&service, "UpdateTable", NEW_INDEX);
    expect_filled_index(indexed_of(MANY));
    service_ok(&service, "UpdateTable",
               "{'TableName':'abc','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'byg'}}]"
               "}");
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes", ""));
    cr_expect(service_is(&service, "Table.AttributeDefinitions",
                         "[{'AttributeName':'a','AttributeType':'S'}]"));
    service_ok(&service, "DeleteTable", "{'TableName':'abc'}");
    service_reopen(&service); /* in the middle of it */
    for (int i = 0; i < 100000 && count_keys(DB_META, "g") != 0; i++) {
        service_turn(&service);
    }
    cr_expect_eq(count_keys(DB_META, "g"), 0);
    cr_expect_eq(count_keys(DB_ITEMS, ""), 0);
    cr_expect_eq(count_keys(DB_ENTRIES, ""), 0);
    cr_expect_eq(count_keys(DB_META, "s"), 0);
}

Test(backfill, drops_the_index_with_its_filling_when_the_table_is_redefined)
{
    put_items(MANY);
    service_ok(&service, "UpdateTimeToLive",
               "{'TableName':'abc','TimeToLiveSpecification':{'Enabled':true,'AttributeName':'t'}"
               "}");
    service_ok(&service, "UpdateTimeToLive",
               "{'TableName':'abc','TimeToLiveSpecification':{'Enabled':false,'AttributeName':'t'"
               "}}");
    for (int i = 0; i < 100000 && count_keys(DB_META, "f") + count_keys(DB_META, "g") != 0; i++) {
        service_turn(&service);
    }
    cr_expect_eq(count_keys(DB_META, "f"), 0);
    cr_expect_eq(count_keys(DB_META, "g"), 0);
}

/* --- --slow-tables --- */

static void open_slow(void)
{
    const struct store_options options = {.has_slow_tables = true};
    service_open(&service, &options);
    service_ok(&service, "CreateTable", TABLE);
}

TestSuite(slow_tables, .init = open_slow, .fini = close_service, .timeout = 60);

Test(slow_tables, shows_every_state_for_a_while)
{
    service_call(&service, "GetItem", "{'TableName':'abc','Key':{'a':{'S':'x'}}}");
    cr_expect(service_is(&service, "message", "'Requested resource not found'"));
    service_call(&service, "DeleteTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "message",
                         "'Attempt to change a resource which is still in use: Table is being "
                         "created: abc'"),
              "%s", buf_cstr(&service.reply));
    wait_for("DescribeTable", "{'TableName':'abc'}", "Table.TableStatus", "'ACTIVE'");
    service_ok(&service, "PutItem", "{'TableName':'abc','Item':{'a':{'S':'x'},'g':{'N':'1'}}}");
    service_ok(&service, "UpdateTable", NEW_INDEX);
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.TableStatus", "'UPDATING'"));
    cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.0.Backfilling", "true"));
    wait_for("DescribeTable", "{'TableName':'abc'}", "Table.TableStatus", "'ACTIVE'");
    cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.0.IndexStatus", "'ACTIVE'"));
    service_ok(&service, "Scan", COUNT_INDEX);
    cr_expect(service_is(&service, "Count", "1"));
    service_ok(&service, "DeleteTable", "{'TableName':'abc'}");
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.TableStatus", "'DELETING'"));
    wait_for("ListTables", "{}", "TableNames", "[]");
}

Test(slow_tables, ends_its_states_with_a_restart)
{
    service_reopen(&service);
    wait_for("DescribeTable", "{'TableName':'abc'}", "Table.TableStatus", "'ACTIVE'");
    service_ok(&service, "DeleteTable", "{'TableName':'abc'}");
    service_reopen(&service);
    wait_for("ListTables", "{}", "TableNames", "[]");
}
