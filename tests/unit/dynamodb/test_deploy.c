/* The tables of a template, deployed again and again. */
#include "service.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEAD "{'TableName':'abc','BillingMode':'PAY_PER_REQUEST',"
#define SIMPLE                                                                                     \
    HEAD "'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],"                     \
         "'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}]}"
#define OTHER_KEY                                                                                  \
    HEAD "'AttributeDefinitions':[{'AttributeName':'b','AttributeType':'S'}],"                     \
         "'KeySchema':[{'AttributeName':'b','KeyType':'HASH'}]}"
#define INDEXED                                                                                    \
    HEAD "'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'},{'AttributeName':'g'," \
         "'AttributeType':'S'},{'AttributeName':'h','AttributeType':'S'}],"                        \
         "'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}],'GlobalSecondaryIndexes':["         \
         "{'IndexName':'byg','KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],'Projection':{"  \
         "'ProjectionType':'ALL'}},{'IndexName':'byh','KeySchema':[{'AttributeName':'h','KeyType'" \
         ":'HASH'}],'Projection':{'ProjectionType':'ALL'}}],'StreamSpecification':{"               \
         "'StreamEnabled':true,'StreamViewType':'NEW_IMAGE'},'Tags':[{'Key':'k','Value':'v'}]}"

static struct service service;

static void open_service(void)
{
    service_open(&service, NULL);
}

static void close_service(void)
{
    service_close(&service);
}

TestSuite(deploy, .init = open_service, .fini = close_service, .timeout = 60);

struct outcome {
    bool is_done;
    enum status status;
    struct fault fault;
};

static void on_deployed(void *ctx, enum status status, const struct fault *fault)
{
    struct outcome *outcome = ctx;
    outcome->is_done = true;
    outcome->status = status;
    if (fault != NULL) {
        outcome->fault = *fault;
    }
}

static struct outcome deploy(const char *create, const char *ttl, bool has_recovery)
{
    char *json = mem_strdup(create);
    for (char *at = json; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    const struct store_table_spec spec = {.create_json = slice_from(json),
                                          .ttl_attribute = slice_from(ttl),
                                          .has_recovery = has_recovery,
                                          .stream_label = SLICE("2024-01-01T00:00:00.000")};
    struct outcome outcome = {.is_done = false};
    store_deploy(service.store, &spec, 1, on_deployed, &outcome);
    mem_free(json);
    cr_assert_not(outcome.is_done, "done inside the call");
    for (int i = 0; i < 100000 && !outcome.is_done; i++) {
        service_turn(&service);
    }
    cr_assert(outcome.is_done);
    return outcome;
}

static void expect_deployed(const char *create, const char *ttl, bool has_recovery)
{
    struct outcome outcome = deploy(create, ttl, has_recovery);
    cr_assert_eq(outcome.status, STATUS_OK, "%s", outcome.fault.text);
}

Test(deploy, makes_and_changes_a_table_and_keeps_its_items)
{
    expect_deployed(SIMPLE, "", false);
    service_ok(&service, "PutItem", "{'TableName':'abc','Item':{'a':{'S':'1'},'g':{'S':'2'}}}");
    for (int round = 0; round < 2; round++) {
        expect_deployed(INDEXED, "t", true);
        service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
        cr_expect(service_is(&service, "Table.ItemCount", "1"));
        cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.0.IndexName", "'byg'"));
        cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.0.ItemCount", "1"));
        cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.1.IndexStatus", "'ACTIVE'"));
        cr_expect(service_is(&service, "Table.LatestStreamLabel", "'2024-01-01T00:00:00.000'"));
        service_ok(&service, "DescribeTimeToLive", "{'TableName':'abc'}");
        cr_expect(service_is(&service, "TimeToLiveDescription.AttributeName", "'t'"));
        service_ok(&service, "ListTagsOfResource",
                   "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/abc'}");
        cr_expect(service_is(&service, "Tags", "[{'Key':'k','Value':'v'}]"));
        service_reopen(&service); /* the next `up` */
    }
    expect_deployed(SIMPLE, "", false);
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes", ""));
    cr_expect(service_is(&service, "Table.StreamSpecification", ""));
    cr_expect(service_is(&service, "Table.ItemCount", "1"));
    service_ok(&service, "DescribeTimeToLive", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "TimeToLiveDescription.TimeToLiveStatus", "'DISABLED'"));
}

Test(deploy, replaces_a_table_with_other_keys_only_while_it_is_empty)
{
    expect_deployed(SIMPLE, "", false);
    expect_deployed(OTHER_KEY, "", false);
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.KeySchema.0.AttributeName", "'b'"));
    service_ok(&service, "PutItem", "{'TableName':'abc','Item':{'b':{'S':'1'}}}");
    struct outcome outcome = deploy(SIMPLE, "", false);
    cr_expect_eq(outcome.status, STATUS_CONFLICT);
    cr_expect_str_eq(outcome.fault.text,
                     "table 'abc': its key schema has changed and it has items; delete it with aws "
                     "dynamodb delete-table --table-name abc");
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.ItemCount", "1"));
}

Test(deploy, names_the_table_whose_definition_is_wrong)
{
    struct outcome outcome =
        deploy(HEAD "'AttributeDefinitions':[{'AttributeName':'b','AttributeType':'S'}],"
                    "'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}]}",
               "", false);
    cr_expect_eq(outcome.status, STATUS_INVALID);
    cr_expect_str_eq(outcome.fault.text,
                     "table 'abc': One or more parameter values were invalid: Some index key "
                     "attributes are not defined in AttributeDefinitions. Keys: [a], "
                     "AttributeDefinitions: [b]");
}

Test(deploy, ends_when_there_is_nothing_to_deploy)
{
    struct outcome outcome = {.is_done = false};
    store_deploy(service.store, NULL, 0, on_deployed, &outcome);
    for (int i = 0; i < 100000 && !outcome.is_done; i++) {
        service_turn(&service);
    }
    cr_expect(outcome.is_done && outcome.status == STATUS_OK);
}
