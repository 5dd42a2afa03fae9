#include "service.h"

#include "core/mem.h"
#include "store/table/catalog.h"
#include "store/table/catalog_codec.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* --- descriptions on disk --- */

static struct table *every_member_set(void)
{
    struct table *table = table_copy(NULL);
    table->name = SLICE("name");
    table->arn = SLICE("arn:aws:dynamodb:us-east-1:000000000000:table/name");
    table->table_id = SLICE("uuid");
    table->region = SLICE("us-east-1");
    table->id = UINT32_MAX;
    table->ttl_id = 7;
    table->state = TABLE_UPDATING;
    table->keys = (struct key_schema){
        .parts = {{SLICE_INIT("a\"\0b"), ATTR_S}, {SLICE_INIT("\xc3\xa4"), ATTR_B}},
        .hash_count = 1,
        .range_count = 1};
    static const struct key_part definitions[] = {{SLICE_INIT("a\"\0b"), ATTR_S},
                                                  {SLICE_INIT("n"), ATTR_N}};
    table->definitions = definitions;
    table->definition_count = 2;
    table->is_on_demand = table->is_protected = table->is_infrequent = table->has_recovery = true;
    table->on_demand_ms = 1;
    table->throughput = (struct throughput){2, 3, 4, 5};
    table->sse = table->on_demand_throughput = table->warm_throughput = SLICE("{\"x\":1}");
    table->replicas = SLICE("[]");
    table->restore_summary = SLICE("{}");
    table->created_ms = 6;
    table->stream_view = STREAM_OLD_IMAGE;
    table->stream_label = SLICE("label");
    table->stream_first = 8;
    table->ttl_attribute = SLICE("ttl");
    table->recovery_since_ms = 9;
    table->recovery_days = 10;
    static const struct slice included[] = {SLICE_INIT("z"), SLICE_INIT("y")};
    struct table_index *index = table_add_index(table, true);
    *index = (struct table_index){.name = SLICE("index"),
                                  .arn = SLICE("arn"),
                                  .id = 11,
                                  .is_global = true,
                                  .projection = PROJECT_INCLUDE,
                                  .included = included,
                                  .included_count = 2,
                                  .throughput = {12, 13, 14, 15},
                                  .on_demand_throughput = SLICE("{}"),
                                  .warm_throughput = SLICE("{}"),
                                  .state = TABLE_CREATING};
    index->keys = (struct key_schema){.parts = {{SLICE_INIT("n"), ATTR_N}}, .hash_count = 1};
    table_project_index(table, index);
    return table;
}

Test(catalog, writes_and_reads_every_member_of_a_description)
{
    struct table *table = every_member_set();
    struct table *copy = table_copy(table);
    struct buf first = BUF_INIT(65536), second = BUF_INIT(65536);
    catalog_encode(&first, table);
    table_unref(table);
    struct table *read = catalog_decode(buf_slice(&first));
    cr_assert_not_null(read);
    catalog_encode(&second, read);
    cr_expect(slice_eq(buf_slice(&first), buf_slice(&second)), "%.*s",
              SLICE_ARG(buf_slice(&second)));
    buf_clear(&second);
    catalog_encode(&second, copy);
    cr_expect(slice_eq(buf_slice(&first), buf_slice(&second)), "a copy is the same");
    cr_expect(slice_eq(read->keys.parts[0].name, SLICE("a\"\0b")));
    cr_expect_eq(read->indexes[0].projected_count, 5);
    static const struct {
        const char *name;
        bool is_projected;
    } rows[] = {{"y", true},        {"z", true},  {"n", true},
                {"\xc3\xa4", true}, {"x", false}, {"", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(index_projects(&read->indexes[0], slice_from(rows[i].name)),
                     rows[i].is_projected, "%s", rows[i].name);
    }
    table_unref(read);
    table_unref(copy);
    buf_finish(&first);
    buf_finish(&second);
}

Test(catalog, refuses_descriptions_that_are_damaged)
{
    struct table *table = every_member_set();
    struct buf text = BUF_INIT(65536);
    catalog_encode(&text, table);
    table_unref(table);
    for (size_t len = 0; len < text.len; len++) {
        struct table *read = catalog_decode(slice_take(buf_slice(&text), len));
        cr_expect_null(read, "cut at %zu", len);
        table_unref(read);
    }
    static const char *const rows[] = {
        "{}",
        "[]",
        "{\"Name\":\"a\"}",
        "{\"Name\":1}",
        "{\"Name\":\"a\",\"Id\":1,\"Hash\":[[\"a\",\"X\"]]}",
        "{\"Name\":\"a\",\"Id\":-1,\"Hash\":[[\"a\",\"S\"]]}",
        "{\"Name\":\"a\",\"Id\":1,\"Hash\":[[\"a\",\"S\"]],\"Unknown\":1}",
        "{\"Name\":\"a\",\"Id\":1,\"Hash\":[[\"a\",\"S\"]],\"State\":9}",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_null(catalog_decode(slice_from(rows[i])), "%s", rows[i]);
    }
    buf_finish(&text);
}

/* --- versions --- */

static struct service service;

static void open_service(void)
{
    service_open(&service, NULL);
}

static void close_service(void)
{
    service_close(&service);
}

TestSuite(catalog_changes, .init = open_service, .fini = close_service, .timeout = 60);

static void create(const char *name)
{
    char body[512];
    (void)snprintf(body, sizeof(body),
                   "{'TableName':'%s','AttributeDefinitions':[{'AttributeName':'a',"
                   "'AttributeType':'S'}],'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}],"
                   "'BillingMode':'PAY_PER_REQUEST'}",
                   name);
    service_ok(&service, "CreateTable", body);
}

Test(catalog_changes, leads_from_an_old_version_to_the_newest)
{
    create("abc");
    struct catalog *catalog = store_catalog(service.store);
    struct table *first = table_ref(catalog_find(catalog, SLICE("abc")));
    service_ok(&service, "UpdateTable", "{'TableName':'abc','DeletionProtectionEnabled':true}");
    service_ok(&service, "UpdateTable", "{'TableName':'abc','DeletionProtectionEnabled':false}");
    struct table *newest = catalog_find(catalog, SLICE("abc"));
    cr_expect_neq(first, newest);
    cr_expect_eq(table_newest(first), newest);
    cr_expect_eq(first->id, newest->id);
    service_ok(&service, "DeleteTable", "{'TableName':'abc'}");
    cr_expect_null(table_newest(first));
    cr_expect_null(catalog_find(catalog, SLICE("abc")));
    create("abc");
    cr_expect_gt(catalog_find(catalog, SLICE("abc"))->id, first->id, "ids are used once");
    table_unref(first);
}

Test(catalog_changes, finds_tables_by_name_and_arn_among_many)
{
    char name[64];
    struct catalog *catalog = store_catalog(service.store);
    for (int i = 0; i < 200; i++) {
        (void)snprintf(name, sizeof(name), "table-%d", i * 7919 % 200);
        create(name);
    }
    for (int i = 0; i < 200; i += 3) {
        (void)snprintf(name, sizeof(name), "{'TableName':'table-%d'}", i);
        service_ok(&service, "DeleteTable", name);
    }
    for (int i = 0; i < 200; i++) {
        char arn[128];
        (void)snprintf(name, sizeof(name), "table-%d", i);
        (void)snprintf(arn, sizeof(arn), "arn:aws:dynamodb:us-east-1:000000000000:table/%s", name);
        struct table *table = catalog_find(catalog, slice_from(name));
        cr_expect_eq(table == NULL, i % 3 == 0, "%s", name);
        cr_expect_eq(catalog_find_any(catalog, slice_from(arn)), table, "%s", arn);
    }
    cr_expect_null(
        catalog_find_any(catalog, SLICE("arn:aws:dynamodb:eu-west-1:000000000000:table/table-1")));
    for (size_t i = 1; i < catalog_count(catalog); i++) {
        cr_expect_lt(slice_compare(catalog_at(catalog, i - 1)->name, catalog_at(catalog, i)->name),
                     0);
    }
}
