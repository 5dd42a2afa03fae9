#include "core/mem.h"
#include "store/api/model.h"

#include <criterion/criterion.h>

struct parsed {
    struct arena arena;
    const struct record *record;
    const struct problem *problem;
};

static void parse(struct parsed *parsed, const char *operation, const char *body)
{
    *parsed = (struct parsed){.arena = ARENA_INIT};
    const struct shape *shape = dynamodb_input(slice_from(operation));
    cr_assert(shape != NULL, "%s", operation);
    parsed->problem = dynamodb_parse(&parsed->arena, shape, slice_from(body), &parsed->record);
}

struct row {
    const char *operation;
    const char *body;
    const char *text; /* NULL: none at all */
};

static void expect_refusals(const struct row *rows, size_t count, enum problem_kind kind)
{
    for (size_t i = 0; i < count; i++) {
        struct parsed parsed;
        parse(&parsed, rows[i].operation, rows[i].body);
        cr_assert(parsed.problem != NULL, "case %zu: %s", i, rows[i].body);
        cr_expect_eq(parsed.problem->kind, kind, "case %zu: %s", i, rows[i].body);
        cr_expect(slice_eq(parsed.problem->text, slice_from(rows[i].text)),
                  "case %zu: %s\n got %.*s\nwant %s", i, rows[i].body,
                  SLICE_ARG(parsed.problem->text), rows[i].text);
        arena_finish(&parsed.arena);
    }
}

#define EXPECT_REFUSALS(rows, kind) expect_refusals(rows, sizeof(rows) / sizeof((rows)[0]), kind)

Test(model, knows_every_operation_of_the_wire)
{
    static const char *const names[] = {"GetItem",
                                        "CreateTable",
                                        "DescribeEndpoints",
                                        "ImportTable",
                                        "UpdateTableReplicaAutoScaling",
                                        "GetRecords"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cr_expect(dynamodb_input(slice_from(names[i])) != NULL, "%s", names[i]);
    }
    cr_expect(dynamodb_input(SLICE("SearchVectors")) == NULL);
    cr_expect(dynamodb_input(SLICE("")) == NULL);
}

Test(model, makes_a_record_of_what_was_sent)
{
    struct parsed parsed;
    parse(&parsed, "Query",
          " {\"TableName\":\"T\\u0061bc\",\"Limit\":3.9,\"ScanIndexForward\":\"NO\",\"Other\":[1],"
          "\"IndexName\":null,\"AttributesToGet\":[\"a\",\"b\"],"
          "\"Conditional\\u004fperator\":\"OR\",\"ExpressionAttributeNames\":{\"#a\":\"x\"},"
          "\"KeyConditions\":{\"k\":{\"ComparisonOperator\":\"EQ\","
          "\"AttributeValueList\":[{\"S\":\"v\"}]}},\"ExclusiveStartKey\":{\"k\":{\"N\":\"1\"}}} ");
    const struct record *record = parsed.record;
    cr_assert(parsed.problem == NULL, "%.*s", SLICE_ARG(parsed.problem->text));
    cr_expect(slice_is(record_text(record, MEMBER_TABLE_NAME), "Tabc"));
    cr_expect_eq(record_get(record, MEMBER_LIMIT)->number, 3);
    cr_expect(record_has(record, MEMBER_SCAN_INDEX_FORWARD));
    cr_expect_not(record_get(record, MEMBER_SCAN_INDEX_FORWARD)->flag);
    cr_expect(slice_is(record_text(record, MEMBER_CONDITIONAL_OPERATOR), "OR"));
    cr_expect_not(record_has(record, MEMBER_INDEX_NAME));
    cr_expect_not(record_has(record, MEMBER_SELECT));
    cr_expect_not(record_has(record, MEMBER_ITEM)); /* of another operation */
    cr_expect(record_text(NULL, MEMBER_ITEM).ptr == NULL);

    const struct field *names = record_get(record, MEMBER_ATTRIBUTES_TO_GET);
    cr_assert_eq(names->count, 2);
    cr_expect(slice_is(names->items[1].text, "b"));
    const struct field *aliases = record_get(record, MEMBER_EXPRESSION_ATTRIBUTE_NAMES);
    cr_assert_eq(aliases->count, 1);
    cr_expect(slice_is(aliases->items[0].key, "#a") && slice_is(aliases->items[0].text, "x"));

    const struct field *conditions = record_get(record, MEMBER_KEY_CONDITIONS);
    cr_assert_eq(conditions->count, 1);
    const struct record *condition = conditions->items[0].record;
    cr_expect(slice_is(record_text(condition, MEMBER_COMPARISON_OPERATOR), "EQ"));
    const struct field *values = record_get(condition, MEMBER_ATTRIBUTE_VALUE_LIST);
    cr_assert_eq(values->count, 1);
    cr_expect(field_attr(&values->items[0])->attr.type == ATTR_S &&
              field_attr(&values->items[0])->bad == NULL);
    cr_expect(slice_is(values->items[0].raw, "{\"S\":\"v\"}"));

    const struct item_input *key = record_item(record, MEMBER_EXCLUSIVE_START_KEY);
    cr_expect(key->is_set && item_get(key->item, SLICE("k")).type == ATTR_N);
    arena_finish(&parsed.arena);
}

Test(model, keeps_a_timestamp_as_milliseconds)
{
    struct parsed parsed;
    parse(&parsed, "ListBackups",
          "{\"TimeRangeLowerBound\":1700000000.123,\"TimeRangeUpperBound\":1.7e9}");
    cr_assert(parsed.problem == NULL);
    cr_expect_eq(record_get(parsed.record, MEMBER_TIME_RANGE_LOWER_BOUND)->number, 1700000000123);
    cr_expect_eq(record_get(parsed.record, MEMBER_TIME_RANGE_UPPER_BOUND)->number, 1700000000000);
    arena_finish(&parsed.arena);
}

Test(model, takes_the_last_of_two_members_of_one_name)
{
    struct parsed parsed;
    parse(&parsed, "DescribeTable", "{\"TableName\":\"aaa\",\"TableName\":\"bbb\"}");
    cr_assert(parsed.problem == NULL);
    cr_expect(slice_is(record_text(parsed.record, MEMBER_TABLE_NAME), "bbb"));
    arena_finish(&parsed.arena);
}

Test(model, has_no_words_for_what_is_not_json)
{
    static const struct row rows[] = {{"PutItem", "", NULL},          {"PutItem", "hi", NULL},
                                      {"PutItem", "{", NULL},         {"PutItem", "{\"a\":}", NULL},
                                      {"PutItem", "null", NULL},      {"PutItem", "{}{}", NULL},
                                      {"DescribeLimits", "  ", NULL}, {"PutItem", "{'a':1}", NULL}};
    EXPECT_REFUSALS(rows, PROBLEM_SERIALIZATION);
}

Test(model, words_a_wrong_type_as_the_service_does)
{
#define CLASS "com.amazonaws.dynamodb.v20120810."
#define CAST                                                                                       \
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "  \
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "           \
    "java.lang.Class are in module java.base of loader 'bootstrap')"
#define OBJECT "Start of structure or map found where not expected"
    static const struct row rows[] = {
        {"GetItem", "{\"TableName\":23}", "NUMBER_VALUE cannot be converted to String"},
        {"GetItem", "{\"TableName\":-2.5}", "DECIMAL_VALUE cannot be converted to String"},
        {"GetItem", "{\"TableName\":true}", "TRUE_VALUE cannot be converted to String"},
        {"GetItem", "{\"TableName\":false}", "FALSE_VALUE cannot be converted to String"},
        {"GetItem", "{\"TableName\":[]}", "Unrecognized collection type class java.lang.String"},
        {"GetItem", "{\"TableName\":{}}", OBJECT},
        {"Query", "{\"Limit\":\"23\"}", "STRING_VALUE cannot be converted to Integer"},
        {"Query", "{\"Limit\":true}", "TRUE_VALUE cannot be converted to Integer"},
        {"Query", "{\"Limit\":[]}", "Unrecognized collection type class java.lang.Integer"},
        {"Query", "{\"Limit\":{}}", OBJECT},
        {"CreateTable", "{\"ProvisionedThroughput\":{\"ReadCapacityUnits\":\"1\"}}",
         "STRING_VALUE cannot be converted to Long"},
        {"Query", "{\"ConsistentRead\":23}", "NUMBER_VALUE cannot be converted to Boolean"},
        {"Query", "{\"ConsistentRead\":\"23\"}", "Unexpected token received from parser"},
        {"Query", "{\"ConsistentRead\":[]}",
         "Unrecognized collection type class java.lang.Boolean"},
        {"GetItem", "{\"AttributesToGet\":\"a\"}", "Unexpected field type"},
        {"GetItem", "{\"AttributesToGet\":{}}", OBJECT},
        {"GetItem", "{\"AttributesToGet\":[1]}", "NUMBER_VALUE cannot be converted to String"},
        {"GetItem", "{\"Key\":1}", "Unexpected field type"},
        {"GetItem", "{\"Key\":[]}",
         "Unrecognized collection type java.util.Map<java.lang.String, " CLASS "AttributeValue>"},
        {"GetItem", "{\"ExpressionAttributeNames\":[]}",
         "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>"},
        {"GetItem", "{\"ExpressionAttributeNames\":{\"#a\":1}}",
         "NUMBER_VALUE cannot be converted to String"},
        {"BatchWriteItem", "{\"RequestItems\":[]}",
         "Unrecognized collection type java.util.Map<java.lang.String, "
         "java.util.List<" CLASS "WriteRequest>>"},
        {"BatchWriteItem", "{\"RequestItems\":{\"a\":1}}", CAST},
        {"BatchWriteItem", "{\"RequestItems\":{\"a\":{}}}", OBJECT},
        {"BatchWriteItem", "{\"RequestItems\":{\"a\":[1]}}", "Unexpected value type in payload"},
        {"BatchWriteItem", "{\"RequestItems\":{\"a\":[[]]}}",
         "Unrecognized collection type class " CLASS "WriteRequest"},
        {"BatchWriteItem", "{\"RequestItems\":{\"a\":[{\"PutRequest\":1}]}}",
         "Unexpected field type"},
        {"BatchWriteItem", "{\"RequestItems\":{\"a\":[{\"PutRequest\":[]}]}}",
         "Unrecognized collection type class " CLASS "PutRequest"},
        {"BatchGetItem", "{\"RequestItems\":{\"a\":{\"Keys\":[\"x\"]}}}", CAST},
        {"BatchGetItem", "{\"RequestItems\":{\"a\":{\"Keys\":[[]]}}}",
         "Unrecognized collection type java.util.Map<java.lang.String, " CLASS "AttributeValue>"},
        {"PutItem", "{\"Item\":{\"a\":\"x\"}}", "Unexpected value type in payload"},
        {"PutItem", "{\"Item\":{\"a\":{\"S\":1}}}", "NUMBER_VALUE cannot be converted to String"},
        {"PutItem", "{\"Expected\":{\"a\":{\"Value\":\"x\"}}}", "Unexpected field type"},
        {"PutItem", "{\"Expected\":{\"a\":{\"Value\":[]}}}",
         "Unrecognized collection type class " CLASS "AttributeValue"},
        {"PutItem", "{\"Expected\":{\"a\":{\"AttributeValueList\":[1]}}}",
         "Unexpected value type in payload"},
        {"PutItem", "[]", "Unrecognized collection type class " CLASS "PutItemInput"},
        {"PutItem", "1", "Unexpected value type in payload"},
        {"ListBackups", "{\"TimeRangeLowerBound\":\"x\"}",
         "STRING_VALUE cannot be converted to Date"},
    };
    EXPECT_REFUSALS(rows, PROBLEM_SERIALIZATION);
}

#define NOT_NULL "failed to satisfy constraint: Member must not be null"
#define ENUM "failed to satisfy constraint: Member must satisfy enum value set: "
#define PATTERN                                                                                    \
    "failed to satisfy constraint: Member must satisfy regular expression pattern: "               \
    "[a-zA-Z0-9_.-]+"
#define LEN_MIN "failed to satisfy constraint: Member must have length greater than or equal to "
#define LEN_MAX "failed to satisfy constraint: Member must have length less than or equal to "
#define VAL_MIN "failed to satisfy constraint: Member must have value greater than or equal to "
#define ONE "1 validation error detected: "
#define KEY_MAP                                                                                    \
    "failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length "    \
    "less than or equal to 255, Member must have length greater than or equal to 1, Member must "  \
    "satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"

Test(model, collects_violated_constraints_in_the_order_of_the_service)
{
    static const struct row rows[] = {
        {"PutItem", "{}",
         "2 validation errors detected: Value null at 'tableName' " NOT_NULL
         "; Value null at 'item' " NOT_NULL},
        {"GetItem", "{\"TableName\":\"abc;\",\"ReturnConsumedCapacity\":\"hi\",\"Key\":null}",
         "3 validation errors detected: Value 'hi' at 'returnConsumedCapacity' " ENUM
         "[INDEXES, TOTAL, NONE]; Value 'abc;' at 'tableName' " PATTERN
         "; Value null at 'key' " NOT_NULL},
        {"GetItem", "{\"TableName\":\"\",\"Key\":{}}", ONE "Value '' at 'tableName' " LEN_MIN "1"},
        {"GetItem", "{\"TableName\":\"abc\",\"Key\":{},\"AttributesToGet\":[\"a\",null]}",
         ONE "Value null at 'attributesToGet.2.member' " NOT_NULL},
        {"GetItem", "{\"TableName\":\"abc\",\"Key\":{},\"AttributesToGet\":[]}",
         ONE "Value '[]' at 'attributesToGet' " LEN_MIN "1"},
        {"PutItem", "{\"TableName\":\"a\",\"Item\":{},\"ReturnValues\":\"x\"}",
         ONE "Value 'x' at 'returnValues' " ENUM
             "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"},
        {"Scan", "{\"TableName\":\"abc\",\"Limit\":0}", ONE "Value '0' at 'limit' " VAL_MIN "1"},
        {"CreateTable", "{}",
         "The parameter 'TableName' is required but was not present in the request"},
        {"CreateTable", "{\"TableName\":\"ab\",\"AttributeDefinitions\":[],\"KeySchema\":[]}",
         "2 validation errors detected: Value 'ab' at 'tableName' " LEN_MIN "3"
         "; Value '[]' at 'keySchema' " LEN_MIN "1"},
        {"CreateTable",
         "{\"TableName\":\"abc\",\"AttributeDefinitions\":[{}],\"KeySchema\":"
         "[{\"KeyType\":\"HASH\"},{\"AttributeName\":\"a\"},"
         "{\"KeyType\":\"Woop\",\"AttributeName\":\"a\"}],"
         "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":-1}}",
         "8 validation errors detected: Value null at "
         "'attributeDefinitions.1.member.attributeName' " NOT_NULL
         "; Value null at 'attributeDefinitions.1.member.attributeType' " NOT_NULL
         "; Value null at 'provisionedThroughput.writeCapacityUnits' " NOT_NULL
         "; Value '-1' at 'provisionedThroughput.readCapacityUnits' " VAL_MIN "1"
         "; Value '[KeySchemaElement(attributeName=null, keyType=HASH), "
         "KeySchemaElement(attributeName=a, keyType=null), "
         "KeySchemaElement(attributeName=a, keyType=Woop)]' at 'keySchema' " LEN_MAX "2"
         "; Value null at 'keySchema.1.member.attributeName' " NOT_NULL
         "; Value null at 'keySchema.2.member.keyType' " NOT_NULL
         "; Value 'Woop' at 'keySchema.3.member.keyType' " ENUM "[HASH, RANGE]"},
        {"BatchWriteItem", "{\"RequestItems\":{\"a;\":[{\"PutRequest\":{}}],\"b\":[]}}",
         "3 validation errors detected: "
         "Value '{a;=[WriteRequest(deleteRequest=null, putRequest=PutRequest(item=null))], "
         "b=[]}' at 'requestItems' " KEY_MAP
         "; Value '{a;=[WriteRequest(deleteRequest=null, putRequest=PutRequest(item=null))], "
         "b=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy "
         "constraint: [Member must have length less than or equal to 25, Member must have length "
         "greater than or equal to 1]; Value null at "
         "'requestItems.a;.member.1.member.putRequest.item' " NOT_NULL},
        {"BatchGetItem", "{\"RequestItems\":{\"abc\":{}}}",
         ONE "Value null at 'requestItems.abc.member.keys' " NOT_NULL},
        {"TransactWriteItems", "{\"TransactItems\":[]}",
         ONE "Value '[]' at 'transactItems' " LEN_MIN "1"},
        {"UntagResource", "{\"ResourceArn\":\"x\",\"TagKeys\":[\"\"]}",
         ONE "Value '[]' at 'tagKeys' failed to satisfy constraint: Member must satisfy "
             "constraint: [Member must have length less than or equal to 128, Member must have "
             "length greater than or equal to 1]"},
    };
    EXPECT_REFUSALS(rows, PROBLEM_VALIDATION);
}

/* `head`, a name of 65536 letters, `tail`. */
static const char *with_long_name(struct buf *body, const char *head, const char *tail)
{
    buf_clear(body);
    buf_append_text(body, head);
    for (int i = 0; i < 65536; i++) {
        buf_append_char(body, 'n');
    }
    buf_append_text(body, tail);
    buf_append_char(body, '\0');
    return body->ptr;
}

Test(model, bounds_the_names_of_attributes_wherever_a_request_has_them)
{
    static const struct {
        const char *operation, *head, *tail, *where;
    } rows[] = {
        {"GetItem", "{\"TableName\":\"abc\",\"Key\":{},\"ExpressionAttributeNames\":{\"#n\":\"",
         "\"}}", "Map value"},
        {"GetItem", "{\"TableName\":\"abc\",\"Key\":{},\"AttributesToGet\":[\"", "\"]}", "Member"},
        {"UpdateItem", "{\"TableName\":\"abc\",\"Key\":{},\"AttributeUpdates\":{\"", "\":{}}}",
         "Map keys"},
        {"DeleteItem", "{\"TableName\":\"abc\",\"Key\":{},\"Expected\":{\"", "\":{}}}", "Map keys"},
        {"Scan", "{\"TableName\":\"abc\",\"ScanFilter\":{\"",
         "\":{\"ComparisonOperator\":\"NULL\"}}}", "Map keys"},
    };
    struct buf body = BUF_INIT(1 << 20);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parsed parsed;
        parse(&parsed, rows[i].operation, with_long_name(&body, rows[i].head, rows[i].tail));
        cr_assert(parsed.problem != NULL, "case %zu", i);
        cr_expect_eq(parsed.problem->kind, PROBLEM_VALIDATION, "case %zu", i);
        struct slice end = arena_printf(
            &parsed.arena,
            "' failed to satisfy constraint: %s must satisfy constraint: [Member must have length "
            "less than or equal to 65535]",
            rows[i].where);
        cr_expect(slice_search(parsed.problem->text, end) != SLICE_NPOS, "case %zu", i);
        arena_finish(&parsed.arena);
    }
    buf_finish(&body);
}

Test(model, tells_bounds_that_moved_in_the_newer_words)
{
    char keys[2000] = "{\"RequestItems\":{\"abc\":{\"Keys\":[{}";
    for (size_t i = 1, at = strlen(keys); i < 101; i++, at += 3) {
        memcpy(keys + at, ",{}", 4);
    }
    memcpy(keys + strlen(keys), "]}}}", 5);
    const struct row rows[] = {
        {"Query", "{\"TableName\":\"abc\",\"Limit\":0}", ONE "Value at 'Limit' " VAL_MIN "1"},
        {"BatchGetItem", keys, ONE "Value at 'RequestItems.abc.member.Keys' " LEN_MAX "100"},
        {"Query", "{\"Limit\":0}", ONE "Value null at 'tableName' " NOT_NULL},
    };
    EXPECT_REFUSALS(rows, PROBLEM_VALIDATION);
}

Test(model, tells_the_first_violation_alone_in_the_newer_words)
{
    static const struct row rows[] = {
        {"PutItem", "{}", ONE "Value at 'TableName' " NOT_NULL},
        {"BatchGetItem", "{\"RequestItems\":{}}", ONE "Value at 'RequestItems' " LEN_MIN "1"},
        {"CreateTable",
         "{\"TableName\":\"abc\",\"AttributeDefinitions\":[],\"KeySchema\":[{\"AttributeName\":"
         "\"a\",\"KeyType\":\"x\"}]}",
         ONE "Value at 'KeySchema.1.member.KeyType' " ENUM "[HASH, RANGE]"},
        {"Scan", "{\"Limit\":0}",
         "2 validation errors detected: Value '0' at 'limit' " VAL_MIN
         "1; Value null at 'tableName' " NOT_NULL},
    };
    wording_choose(true);
    EXPECT_REFUSALS(rows, PROBLEM_VALIDATION);
    wording_choose(false);
}

Test(model, tells_ten_violations_at_most)
{
    struct parsed parsed;
    parse(&parsed, "CreateTable",
          "{\"TableName\":\"abc\",\"KeySchema\":[],\"AttributeDefinitions\":"
          "[{},{},{},{},{},{},{}]}");
    cr_assert(parsed.problem != NULL);
    cr_expect(slice_starts_with(parsed.problem->text, SLICE("10 validation errors detected: ")));
    arena_finish(&parsed.arena);
}

Test(model, takes_an_arn_for_a_table_and_short_names_for_data)
{
    static const char *const names[] = {"a", "ab",
                                        "arn:aws:dynamodb:us-east-1:000000000000:table/abc"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char body[200];
        (void)snprintf(body, sizeof(body), "{\"TableName\":\"%s\",\"Key\":{}}", names[i]);
        struct parsed parsed;
        parse(&parsed, "GetItem", body);
        cr_expect(parsed.problem == NULL, "%s", names[i]);
        arena_finish(&parsed.arena);
    }
}

Test(model, bounds_what_a_request_may_hold)
{
    struct buf body = BUF_INIT(8 << 20);
    buf_append_text(&body, "{\"TagKeys\":[\"a\"");
    for (size_t i = 0; i < MODEL_FIELDS_MAX; i++) {
        buf_append_text(&body, ",\"a\"");
    }
    buf_append_text(&body, "]}");
    struct parsed parsed;
    parse(&parsed, "UntagResource", buf_cstr(&body));
    cr_assert(parsed.problem != NULL);
    cr_expect_eq(parsed.problem->kind, PROBLEM_VALIDATION);
    arena_finish(&parsed.arena);
    buf_finish(&body);
}

Test(model, keeps_a_bad_value_for_later)
{
    struct parsed parsed;
    parse(&parsed, "PutItem", "{\"TableName\":\"abc\",\"Item\":{\"a\":{\"SS\":[]}}}");
    cr_assert(parsed.problem == NULL);
    const struct item_input *item = record_item(parsed.record, MEMBER_ITEM);
    cr_assert(item->bad != NULL);
    cr_expect(slice_is(item->bad_name, "a"));
    arena_finish(&parsed.arena);
}
