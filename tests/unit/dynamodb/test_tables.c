#include "service.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define BAD "One or more parameter values were invalid: "
#define DEFS(list) "'AttributeDefinitions':[" list "]"
#define KEYS(list) "'KeySchema':[" list "]"
#define DEF(name, type) "{'AttributeName':'" name "','AttributeType':'" type "'}"
#define HASH(name) "{'AttributeName':'" name "','KeyType':'HASH'}"
#define RANGE(name) "{'AttributeName':'" name "','KeyType':'RANGE'}"
#define UNITS "'ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':1}"
#define ON_DEMAND "'BillingMode':'PAY_PER_REQUEST'"
#define ALL "'Projection':{'ProjectionType':'ALL'}"
#define INDEX(name, keys, rest) "{'IndexName':'" name "','KeySchema':[" keys "]," rest "}"
#define TWO_DEFS DEFS(DEF("a", "S") "," DEF("b", "S"))
#define TWO_KEYS KEYS(HASH("a") "," RANGE("b"))
#define SIMPLE(name)                                                                               \
    "{'TableName':'" name "'," DEFS(DEF("a", "S")) "," KEYS(HASH("a")) "," ON_DEMAND "}"

static struct service service;

static void open_service(void)
{
    service_open(&service, NULL);
}

static void close_service(void)
{
    service_close(&service);
}

TestSuite(tables, .init = open_service, .fini = close_service, .timeout = 60);

struct refusal {
    const char *body;
    const char *type; /* without its namespace; NULL: ValidationException */
    const char *text;
};

static void expect_refusals(const char *operation, const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *type = rows[i].type != NULL ? rows[i].type : "ValidationException";
        char wanted[2048];
        const char *reply = service_call(&service, operation, rows[i].body);
        (void)snprintf(wanted, sizeof(wanted), "\"%s\"", rows[i].text);
        cr_expect(slice_is(service_at(&service, "message"), wanted), "row %zu: %s\n  %s\n  not %s",
                  i, rows[i].body, reply, wanted);
        cr_expect(slice_search(service_at(&service, "__type"), slice_from(type)) != SLICE_NPOS,
                  "row %zu: %s", i, reply);
    }
}

Test(tables, refuses_definitions_in_the_order_and_words_of_the_service)
{
    static const struct refusal rows[] = {
        {"{'TableName':'abc'," DEFS("") "," KEYS(HASH("a")) "}", NULL,
         BAD "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
             "PROVISIONED"},
        {"{'TableName':'abc'," DEFS("") "," KEYS(HASH("a")) "," ON_DEMAND "," UNITS "}", NULL,
         BAD
         "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
         "PAY_PER_REQUEST"},
        {"{'TableName':'abc'," DEFS("") "," KEYS(
             HASH("a")) ",'ProvisionedThroughput':{"
                        "'ReadCapacityUnits':1000000000001,'WriteCapacityUnits':1000000000001}}",
         NULL, "Given value 1000000000001 for ReadCapacityUnits is out of bounds"},
        {"{'TableName':'abc'," DEFS(DEF("a", "S")) "," TWO_KEYS "," UNITS "}", NULL,
         "Invalid KeySchema: Some index key attribute have no definition"},
        {"{'TableName':'abc'," DEFS(DEF("b", "S")) "," KEYS(HASH("a")) "," UNITS "}", NULL,
         BAD "Some index key attributes are not defined in AttributeDefinitions. Keys: [a], "
             "AttributeDefinitions: [b]"},
        {"{'TableName':'abc'," TWO_DEFS "," KEYS(HASH("a") "," RANGE("a")) "," UNITS "}", NULL,
         "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
        {"{'TableName':'abc'," TWO_DEFS
         "," KEYS(HASH("a")) "," ON_DEMAND ",'GlobalSecondaryIndexes':[" INDEX(
             "abc", HASH("b") "," HASH("b"), ALL) "]}",
         NULL, "Invalid KeySchema: Duplicate attribute name in the KeySchema"},
        {"{'TableName':'abc'," TWO_DEFS "," KEYS(RANGE("a") "," HASH("b")) "," UNITS "}", NULL,
         "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
        {"{'TableName':'abc'," TWO_DEFS "," KEYS(HASH("a") "," HASH("b")) "," UNITS "}", NULL,
         "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"},
        {"{'TableName':'abc'," TWO_DEFS "," KEYS(HASH("a")) "," UNITS "}", NULL,
         BAD "Number of attributes in KeySchema does not exactly match number of attributes "
             "defined in AttributeDefinitions"},
        {"{'TableName':'abc'," DEFS(DEF("a", "S") "," DEF("a", "S")) "," KEYS(HASH("a")) "," UNITS
                                                                                         "}",
         NULL, "Attribute Name is duplicated: a"},
        {"{'TableName':'abc'," TWO_DEFS "," KEYS(HASH("a")) "," UNITS
                                                            ",'LocalSecondaryIndexes':[]}",
         NULL, BAD "List of LocalSecondaryIndexes is empty"},
        {"{'TableName':'abc'," TWO_DEFS
         "," KEYS(HASH("a")) "," UNITS ",'LocalSecondaryIndexes':[" INDEX(
             "abc", HASH("a") "," RANGE("b"), ALL) "]}",
         NULL,
         BAD "Table KeySchema does not have a range key, which is required when specifying a "
             "LocalSecondaryIndex"},
        {"{'TableName':'abc'," TWO_DEFS "," TWO_KEYS "," UNITS
         ",'LocalSecondaryIndexes':[" INDEX("abc", HASH("b"), ALL) "]}",
         NULL, BAD "Index KeySchema does not have a range key for index: abc"},
        {"{'TableName':'abc'," TWO_DEFS "," TWO_KEYS "," UNITS
         ",'LocalSecondaryIndexes':[" INDEX("abc", HASH("b") "," RANGE("a"), ALL) "]}",
         NULL,
         BAD "Index KeySchema does not have the same leading hash key as table KeySchema for "
             "index: abc. index hash key: b, table hash key: a"},
        {"{'TableName':'abc'," TWO_DEFS "," TWO_KEYS "," UNITS
         ",'LocalSecondaryIndexes':[" INDEX("abc", HASH("a"), "'Projection':{}") "]}",
         NULL, BAD "Index KeySchema does not have a range key for index: abc"},
        {"{'TableName':'abc'," TWO_DEFS "," TWO_KEYS "," UNITS ",'LocalSecondaryIndexes':[" INDEX(
             "abc", HASH("a") "," RANGE("b"), "'Projection':{}") "]}",
         NULL, BAD "Unknown ProjectionType: null"},
        {"{'TableName':'abc'," TWO_DEFS "," TWO_KEYS "," UNITS ",'LocalSecondaryIndexes':[" INDEX(
             "abc", HASH("a") "," RANGE("b"),
             "'Projection':{'ProjectionType':'ALL','NonKeyAttributes':['x']}") "]}",
         NULL, BAD "ProjectionType is ALL, but NonKeyAttributes is specified"},
        {"{'TableName':'abc'," TWO_DEFS "," TWO_KEYS "," UNITS ",'LocalSecondaryIndexes':[" INDEX(
             "abc", HASH("a") "," RANGE("b"), "'Projection':{'ProjectionType':'INCLUDE'}") "]}",
         NULL, BAD "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},
        {"{'TableName':'abc'," TWO_DEFS "," TWO_KEYS "," UNITS
         ",'LocalSecondaryIndexes':[" INDEX("abc", HASH("a") "," RANGE("b"), ALL) "," INDEX(
             "abc", HASH("a") "," RANGE("b"), ALL) "]}",
         NULL, BAD "Duplicate index name: abc"},
        {"{'TableName':'abc'," TWO_DEFS "," KEYS(HASH("a")) "," UNITS
                                                            ",'GlobalSecondaryIndexes':[]}",
         NULL, BAD "List of GlobalSecondaryIndexes is empty"},
        {"{'TableName':'abc'," TWO_DEFS "," KEYS(
             HASH("a")) "," UNITS ",'GlobalSecondaryIndexes':[" INDEX("abc", HASH("b"), ALL) "]}",
         NULL, BAD "ProvisionedThroughput is not specified for index: abc"},
        {"{'TableName':'abc'," TWO_DEFS
         "," KEYS(HASH("a")) "," ON_DEMAND ",'GlobalSecondaryIndexes':[" INDEX("abc", HASH("b"),
                                                                               ALL "," UNITS) "]}",
         NULL,
         BAD "ProvisionedThroughput should not be specified for index: abc when BillingMode is "
             "PAY_PER_REQUEST"},
        {"{'TableName':'abc'," DEFS(DEF("b", "S") "," DEF("c", "S") "," DEF("a", "S")) "," KEYS(
             HASH("a")) "," ON_DEMAND
                        ",'GlobalSecondaryIndexes':[" INDEX("abc", HASH("b"), ALL) "]}",
         NULL,
         BAD "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c], keys used: "
             "[a, b]"},
        {"{'TableName':'abc'," DEFS(DEF("a", "S") "," DEF("b", "S") "," DEF("c", "S")) "," KEYS(
             HASH("a")) "," ON_DEMAND
                        ",'GlobalSecondaryIndexes':[" INDEX(
                            "abc", HASH("b") "," RANGE("c") "," HASH("a"), ALL) "]}",
         NULL, BAD "All HASH key attributes must precede RANGE key attributes in the KeySchema"},
        {"{'TableName':'abc'," DEFS(DEF("a", "S")) "," KEYS(
             HASH("a")) "," ON_DEMAND ",'StreamSpecification':{'StreamEnabled':true}}",
         NULL, BAD "Table is being created with a stream enabled, UpdateViewType is required"},
        {"{'TableName':'abc'," DEFS(DEF("a", "S")) "," KEYS(
             HASH("a")) "," ON_DEMAND ",'Tags':[{'Key':'a','Value':'1'},{'Key':'a','Value':'2'}]}",
         NULL, "Duplicate Tag Keys provided as input: Duplicate Tag Key found a"},
    };
    expect_refusals("CreateTable", rows, COUNT_OF(rows));
    static const struct refusal unknown[] = {
        {"{'TableName':'abc'," DEFS(DEF("a", "S")) "," KEYS(HASH(
             "a")) "," ON_DEMAND
                   ",'GlobalTableSourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/x'}",
         NULL, "sls-local does not emulate GlobalTableSourceArn of CreateTable"},
    };
    expect_refusals("CreateTable", unknown, COUNT_OF(unknown));
    service_ok(&service, "ListTables", "{}");
    cr_expect(service_is(&service, "TableNames", "[]"));
}

Test(tables, describes_a_new_table_as_active_though_its_creation_says_creating)
{
    service_ok(
        &service, "CreateTable",
        "{'TableName':'full'," DEFS(DEF("a", "S") "," DEF("b", "N") "," DEF("c", "B")) "," KEYS(
            HASH("a") "," RANGE("b")) ",'ProvisionedThroughput':{'"
                                      "ReadCapacityUnits':5,"
                                      "'WriteCapacityUnits':6},'"
                                      "LocalSecondaryIndexes':[" INDEX(
                                          "local", HASH("a") "," RANGE("c"),
                                          "'Projection':{'ProjectionType':'"
                                          "INCLUDE','NonKeyAttributes':['x','y']"
                                          "}") "],"
                                               "'GlobalSecondaryIndexes':"
                                               "[" INDEX("global", HASH("c"),
                                                         ALL "," UNITS) "],"
                                                                        "'TableClass':'"
                                                                        "STANDARD_"
                                                                        "INFREQUENT_"
                                                                        "ACCESS','"
                                                                        "DeletionProtectio"
                                                                        "nEnabled':true,"
                                                                        "'SSESpecification"
                                                                        "':{'Enabled':"
                                                                        "true},'Tags':[{'"
                                                                        "Key':'k','Value':"
                                                                        "'v'}],"
                                                                        "'StreamSpecificat"
                                                                        "ion':{'"
                                                                        "StreamEnabled':"
                                                                        "true,'"
                                                                        "StreamViewType':'"
                                                                        "KEYS_ONLY'}}");
    static const char *const created[][2] = {
        {"TableDescription.TableStatus", "'CREATING'"},
        {"TableDescription.GlobalSecondaryIndexes.0.IndexStatus", "'CREATING'"},
        {"TableDescription.ItemCount", "0"},
    };
    for (size_t i = 0; i < COUNT_OF(created); i++) {
        cr_expect(service_is(&service, created[i][0], created[i][1]), "%s", created[i][0]);
    }
    static const char *const rows[][2] = {
        {"Table.TableStatus", "'ACTIVE'"},
        {"Table.TableArn", "'arn:aws:dynamodb:us-east-1:000000000000:table/full'"},
        {"Table.CreationDateTime", "1767225600"},
        {"Table.KeySchema",
         "[{'AttributeName':'a','KeyType':'HASH'},{'AttributeName':'b','KeyType':'RANGE'}]"},
        {"Table.AttributeDefinitions.1", "{'AttributeName':'b','AttributeType':'N'}"},
        {"Table.ProvisionedThroughput",
         "{'NumberOfDecreasesToday':0,'ReadCapacityUnits':5,'WriteCapacityUnits':6}"},
        {"Table.BillingModeSummary", ""},
        {"Table.LocalSecondaryIndexes.0.IndexName", "'local'"},
        {"Table.LocalSecondaryIndexes.0.IndexStatus", ""},
        {"Table.LocalSecondaryIndexes.0.Projection",
         "{'ProjectionType':'INCLUDE','NonKeyAttributes':['x','y']}"},
        {"Table.LocalSecondaryIndexes.0.IndexArn",
         "'arn:aws:dynamodb:us-east-1:000000000000:table/full/index/local'"},
        {"Table.GlobalSecondaryIndexes.0.IndexStatus", "'ACTIVE'"},
        {"Table.GlobalSecondaryIndexes.0.Backfilling", ""},
        {"Table.GlobalSecondaryIndexes.0.WarmThroughput.ReadUnitsPerSecond", "1"},
        {"Table.WarmThroughput",
         "{'ReadUnitsPerSecond':5,'WriteUnitsPerSecond':6,'Status':'ACTIVE'}"},
        {"Table.StreamSpecification", "{'StreamEnabled':true,'StreamViewType':'KEYS_ONLY'}"},
        {"Table.LatestStreamLabel", "'2026-01-01T00:00:00.000'"},
        {"Table.LatestStreamArn",
         "'arn:aws:dynamodb:us-east-1:000000000000:table/full/stream/2026-01-01T00:00:00.000'"},
        {"Table.DeletionProtectionEnabled", "true"},
        {"Table.TableClassSummary.TableClass", "'STANDARD_INFREQUENT_ACCESS'"},
        {"Table.SSEDescription.SSEType", "'KMS'"},
    };
    for (int round = 0; round < 2; round++) {
        service_ok(&service, "DescribeTable", "{'TableName':'full'}");
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            struct slice is = service_at(&service, rows[i][0]);
            cr_expect(service_is(&service, rows[i][0], rows[i][1]), "round %d, %s: %.*s", round,
                      rows[i][0], SLICE_ARG(is));
        }
        service_reopen(&service); /* and all of it survives a restart */
    }
    static const struct refusal again[] = {
        {SIMPLE("full"), "ResourceInUseException", "Table already exists: full"},
    };
    expect_refusals("CreateTable", again, 1);
    static const struct refusal deletion[] = {
        {"{'TableName':'full'}", NULL,
         "Resource cannot be deleted as it is currently protected against deletion. Disable "
         "deletion protection first."},
        {"{'TableName':'none'}", "ResourceNotFoundException",
         "Requested resource not found: Table: none not found"},
    };
    expect_refusals("DeleteTable", deletion, COUNT_OF(deletion));
}

Test(tables, takes_up_to_four_attributes_of_each_kind_in_a_global_index)
{
    service_ok(
        &service, "CreateTable",
        "{'TableName':'wide'," DEFS(DEF("a", "S") "," DEF("b", "S") "," DEF("c", "N") "," DEF(
            "d",
            "B")) "," KEYS(HASH("a")) "," ON_DEMAND
                                      ",'GlobalSecondaryIndexes':[" INDEX(
                                          "abc",
                                          HASH("a") "," HASH("b") "," RANGE("c") "," RANGE("d"),
                                          ALL) "]}");
    service_ok(&service, "DescribeTable", "{'TableName':'wide'}");
    cr_expect(service_is(&service, "Table.GlobalSecondaryIndexes.0.KeySchema",
                         "[" HASH("a") "," HASH("b") "," RANGE("c") "," RANGE("d") "]"));
    cr_expect(service_is(&service, "Table.WarmThroughput.ReadUnitsPerSecond", "12000"));
    cr_expect(service_is(&service, "Table.BillingModeSummary.BillingMode", "'PAY_PER_REQUEST'"));
}

Test(tables, lists_names_in_order_page_by_page)
{
    static const char *const names[] = {"ccc", "aaa", "bbb", "aab"};
    char body[512];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(body, sizeof(body),
                       "{'TableName':'%s'," DEFS(DEF("a", "S")) "," KEYS(HASH("a")) "," ON_DEMAND
                                                                                    "}",
                       names[i]);
        service_ok(&service, "CreateTable", body);
    }
    service_ok(&service, "ListTables", "{}");
    cr_expect(service_is(&service, "TableNames", "['aaa','aab','bbb','ccc']"));
    cr_expect(service_is(&service, "LastEvaluatedTableName", ""));
    service_ok(&service, "ListTables", "{'Limit':2}");
    cr_expect(service_is(&service, "TableNames", "['aaa','aab']"));
    cr_expect(service_is(&service, "LastEvaluatedTableName", "'aab'"));
    service_ok(&service, "ListTables", "{'ExclusiveStartTableName':'aabx','Limit':2}");
    cr_expect(service_is(&service, "TableNames", "['bbb','ccc']"));
    cr_expect(service_is(&service, "LastEvaluatedTableName", ""));
    service_ok(&service, "DeleteTable", "{'TableName':'bbb'}");
    cr_expect(service_is(&service, "TableDescription.TableStatus", "'DELETING'"));
    cr_expect(service_is(&service, "TableDescription.KeySchema", ""));
    service_ok(&service, "ListTables", "{}");
    cr_expect(service_is(&service, "TableNames", "['aaa','aab','ccc']"));
    service_ok(&service, "CreateTable", SIMPLE("bbb"));
}

/* --- UpdateTable --- */

Test(tables, refuses_updates_in_the_words_of_the_service)
{
    service_ok(&service, "CreateTable",
               "{'TableName':'abc'," TWO_DEFS
               "," KEYS(HASH("a")) "," UNITS ",'GlobalSecondaryIndexes':[" INDEX(
                   "one", HASH("b"), ALL "," UNITS) "]}");
    static const struct refusal rows[] = {
        {"{'TableName':'abc'}", NULL,
         "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
         "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"},
        {"{'TableName':'abc','BillingMode':'PROVISIONED'}", NULL,
         BAD "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"},
        {"{'TableName':'abc'," UNITS "}", NULL,
         "The provisioned throughput for the table will not change. The requested value equals the "
         "current value. Current ReadCapacityUnits provisioned for the table: 1. Requested "
         "ReadCapacityUnits: 1. Current WriteCapacityUnits provisioned for the table: 1. Requested "
         "WriteCapacityUnits: 1. Refer to the Amazon DynamoDB Developer Guide for current limits "
         "and how to request higher limits."},
        {"{'TableName':'abc','GlobalSecondaryIndexUpdates':[{}]}", NULL,
         BAD "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
             "GlobalSecondaryIndexUpdate.Delete must not be null"},
        {"{'TableName':'abc','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'one'}},"
         "{'Delete':{'IndexName':'one'}}]}",
         NULL,
         BAD "Only one global secondary index update per index is allowed simultaneously. Index: "
             "one"},
        {"{'TableName':'abc','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'one'}},"
         "{'Delete':{'IndexName':'two'}}]}",
         "LimitExceededException",
         "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
         "per table"},
        {"{'TableName':'abc','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'two'}}]}",
         "ResourceNotFoundException", "Requested resource not found: Index two for table abc"},
        {"{'TableName':'abc'," TWO_DEFS
         ",'GlobalSecondaryIndexUpdates':[{'Create':" INDEX("one", HASH("b"), ALL "," UNITS) "}]}",
         NULL, "Attempting to create an index which already exists"},
        {"{'TableName':'abc'," DEFS(
             DEF("b", "N")) ",'GlobalSecondaryIndexUpdates':[{'Create':" INDEX("two", HASH("b"),
                                                                               ALL "," UNITS) "}]}",
         NULL,
         BAD
         "Attributes cannot be redefined. Please check that your attribute has the same type as "
         "previously defined. Existing schema: b:S New schema: b:N"},
        {"{'TableName':'abc','StreamSpecification':{'StreamEnabled':false}}", NULL,
         "Table has no stream to disable: TableName: abc"},
        {"{'TableName':'abc','SSESpecification':{'Enabled':false}}", NULL,
         BAD "Table is already encrypted by default"},
        {"{'TableName':'abc','DeletionProtectionEnabled':true,'TableClass':'STANDARD'}", NULL,
         BAD "TableClass modification must be the only operation in the request"},
        {"{'TableName':'none','DeletionProtectionEnabled':true}", "ResourceNotFoundException",
         "Requested resource not found: Table: none not found"},
    };
    expect_refusals("UpdateTable", rows, COUNT_OF(rows));
}

Test(tables, changes_units_and_billing)
{
    service_ok(&service, "CreateTable",
               "{'TableName':'abc'," TWO_DEFS
               "," KEYS(HASH("a")) "," UNITS ",'GlobalSecondaryIndexes':[" INDEX(
                   "one", HASH("b"), ALL "," UNITS) "]}");
    clock_advance(&service.clock, 5000);
    service_ok(&service, "UpdateTable",
               "{'TableName':'abc','ProvisionedThroughput':{'ReadCapacityUnits':3,"
               "'WriteCapacityUnits':1}}");
    cr_expect(service_is(&service, "TableDescription.TableStatus", "'UPDATING'"));
    cr_expect(
        service_is(&service, "TableDescription.ProvisionedThroughput.ReadCapacityUnits", "1"));
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.ProvisionedThroughput",
                         "{'LastIncreaseDateTime':1767225605,'NumberOfDecreasesToday':0,"
                         "'ReadCapacityUnits':3,'WriteCapacityUnits':1}"));
    service_ok(&service, "UpdateTable", "{'TableName':'abc'," ON_DEMAND "}");
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.ProvisionedThroughput.ReadCapacityUnits", "0"));
    cr_expect(service_is(
        &service, "Table.GlobalSecondaryIndexes.0.ProvisionedThroughput.ReadCapacityUnits", "0"));
    cr_expect(service_is(&service, "Table.BillingModeSummary",
                         "{'BillingMode':'PAY_PER_REQUEST',"
                         "'LastUpdateToPayPerRequestDateTime':1767225605}"));
    static const struct refusal rows[] = {
        {"{'TableName':'abc'," UNITS "}", NULL,
         BAD "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode "
             "is PAY_PER_REQUEST"},
        {"{'TableName':'abc','BillingMode':'PROVISIONED'," UNITS "}", NULL,
         BAD "ProvisionedThroughput must be specified for index: one"},
    };
    expect_refusals("UpdateTable", rows, COUNT_OF(rows));
    service_ok(&service, "UpdateTable",
               "{'TableName':'abc','BillingMode':'PROVISIONED'," UNITS
               ",'GlobalSecondaryIndexUpdates':[{'Update':{'IndexName':'one'," UNITS "}}]}");
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service,
                         "Table.GlobalSecondaryIndexes.0.ProvisionedThroughput."
                         "WriteCapacityUnits",
                         "1"));
}

Test(tables, makes_another_stream_each_time_one_is_enabled)
{
    service_ok(&service, "CreateTable", SIMPLE("abc"));
    service_ok(&service, "UpdateTable",
               "{'TableName':'abc','StreamSpecification':{'StreamEnabled':true,"
               "'StreamViewType':'NEW_IMAGE'}}");
    cr_expect(
        service_is(&service, "TableDescription.LatestStreamLabel", "'2026-01-01T00:00:00.000'"));
    static const struct refusal rows[] = {
        {"{'TableName':'abc','StreamSpecification':{'StreamEnabled':true,"
         "'StreamViewType':'NEW_IMAGE'}}",
         NULL, "Table already has an enabled stream: TableName: abc"},
    };
    expect_refusals("UpdateTable", rows, COUNT_OF(rows));
    service_ok(&service, "UpdateTable",
               "{'TableName':'abc','StreamSpecification':{'StreamEnabled':false}}");
    service_ok(&service, "DescribeTable", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "Table.StreamSpecification", ""));
    cr_expect(service_is(&service, "Table.LatestStreamLabel", "'2026-01-01T00:00:00.000'"));
    service_ok(&service, "UpdateTable",
               "{'TableName':'abc','StreamSpecification':{'StreamEnabled':true,"
               "'StreamViewType':'KEYS_ONLY'}}");
    cr_expect(
        service_is(&service, "TableDescription.LatestStreamLabel", "'2026-01-01T00:00:00.001'"));
}
