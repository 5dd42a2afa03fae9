/* The readers and the words of core/api/model.h over the tables of a service that does not exist. What the messages
 * of wrong JSON types are is kinesalite's validations/index.js; constraints are also in test_model.c of the store. */
#include "support.h"

#include "core/api/model_shapes.h"
#include "core/api/params.h"
#include "core/mem.h"

#include <criterion/criterion.h>

#define THING_MEMBERS(X)                                                                           \
    X(ATTRIBUTES, "Attributes")                                                                    \
    X(COUNT_OF_THINGS, "CountOfThings")                                                            \
    X(DATA, "Data")                                                                                \
    X(DETAIL, "Detail")                                                                            \
    X(ENTRIES, "Entries")                                                                          \
    X(FLAG, "Flag")                                                                                \
    X(ID, "Id")                                                                                    \
    X(KEYS, "Keys")                                                                                \
    X(NAME, "Name")                                                                                \
    X(RATE, "Rate")                                                                                \
    X(SIZE, "Size")                                                                                \
    X(TAGS, "Tags")                                                                                \
    X(TOKEN, "Token")                                                                              \
    X(VALUE, "Value")                                                                              \
    X(WHEN, "When")

MODEL_ENUM(THING_MEMBERS)

static bool is_lower(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 'a' || text.ptr[i] > 'z') {
            return false;
        }
    }
    return text.len != 0;
}

static const struct pattern lower_pattern = {"[a-z]+", is_lower};
static PLAIN(text, FIELD_STRING);
static PLAIN(flag, FIELD_BOOL);
static PLAIN(size, FIELD_LONG);
static PLAIN(when, FIELD_TIMESTAMP);
static PLAIN(detail, FIELD_DOCUMENT);
static SHAPE(rate, FIELD_DOUBLE, BETWEEN(0, 1));
static SHAPE(data, FIELD_BLOB, AT_MOST(4));
static INTEGER(count, BETWEEN(1, 10));
static STRING(name, BETWEEN(1, 8), PATTERN(lower_pattern));
static STRING(kind, VALUES("Red, Blue"));
static MAP(attributes, text);
static SHAPE(flat_attributes, FIELD_MAP, .element = &shape_text, .is_flat = true,
             .entry_key = "Name", .entry_value = "Value");
static STRUCTURE(entry, "Entry", NEED(ID, name), MAY(ATTRIBUTES, attributes), MAY(FLAG, flag));
static BOUNDED_LIST(entries, entry, BETWEEN(1, 3));
static LIST(keys, kind);
static LIST(grid, keys);
static SHAPE(flat_keys, FIELD_LIST, .element = &shape_text, .is_flat = true);

static const struct input thing_inputs[] = {
    INPUT("Make", NEED(NAME, name), MAY(COUNT_OF_THINGS, count), MAY(FLAG, flag), MAY(RATE, rate),
          MAY(SIZE, size), MAY(WHEN, when), MAY(DATA, data), MAY(DETAIL, detail),
          MAY(ATTRIBUTES, attributes), MAY(ENTRIES, entries), MAY(KEYS, keys), MAY(TAGS, grid)),
    INPUT("MakeFlat", MAY(ATTRIBUTES, flat_attributes, .wire = "Attribute"),
          MAY(KEYS, flat_keys, .wire = "Key")),
    INPUT("MakeAt", NEED(NAME, name, .from = FROM_PATH, .wire = "FunctionName"),
          MAY(COUNT_OF_THINGS, count, .from = FROM_QUERY, .wire = "MaxItems"),
          MAY(TAGS, flat_keys, .from = FROM_QUERY, .wire = "tagKeys"),
          MAY(TOKEN, text, .from = FROM_HEADER, .wire = "X-Token"), MAY(VALUE, text)),
    INPUT("Ask", NEED_FIRST(NAME, text)),
    INPUTS_END,
};
static const struct input *const inputs[] = {thing_inputs, NULL};
MODEL_NAMES(names, THING_MEMBERS);
static const struct model things = {.names = names, .inputs = inputs};

struct read {
    struct arena arena;
    const struct record *record;
    const struct model_fault *fault;
};

static struct read read_json(const char *operation, const char *body)
{
    struct read read = {.arena = ARENA_INIT};
    const struct shape *shape = model_input(&things, slice_from(operation));
    cr_assert(shape != NULL, "%s", operation);
    read.fault = model_parse_json(&things, &read.arena, shape, slice_from(body), &read.record);
    return read;
}

static struct read read_form(const char *operation, const char *form)
{
    struct read read = {.arena = ARENA_INIT};
    struct http_headers params;
    const struct shape *shape = model_input(&things, slice_from(operation));
    cr_assert(shape != NULL, "%s", operation);
    cr_assert_eq(params_parse(&read.arena, slice_from(form), SLICE(""), &params), STATUS_OK);
    read.fault = model_parse_form(&things, &read.arena, shape, params, &read.record);
    return read;
}

/* What both readers must make of the same request. */
static void expect_make(const struct record *record, const char *how)
{
    cr_expect(slice_is(record_text(record, MEMBER_NAME), "abc"), "%s", how);
    cr_expect_eq(record_get(record, MEMBER_COUNT_OF_THINGS)->number, 7, "%s", how);
    cr_expect(record_get(record, MEMBER_FLAG)->flag, "%s", how);
    cr_expect_eq(record_get(record, MEMBER_RATE)->real, 0.25, "%s", how);
    cr_expect_eq(record_get(record, MEMBER_SIZE)->number, 9007199254740993, "%s", how);
    cr_expect_eq(record_get(record, MEMBER_WHEN)->number, 1700000000500, "%s", how);
    cr_expect(slice_eq(record_text(record, MEMBER_DATA), slice_of("\0\1", 2)), "%s", how);
    const struct field *attributes = record_get(record, MEMBER_ATTRIBUTES);
    cr_assert_eq(attributes->count, 2, "%s", how);
    cr_expect(slice_is(attributes->items[0].key, "b.c"), "%s", how);
    cr_expect(slice_is(attributes->items[1].text, "&"), "%s", how);
    const struct field *entries = record_get(record, MEMBER_ENTRIES);
    cr_assert_eq(entries->count, 2, "%s", how);
    cr_expect(slice_is(record_text(entries->items[0].record, MEMBER_ID), "one"), "%s", how);
    const struct field *inner = record_get(entries->items[1].record, MEMBER_ATTRIBUTES);
    cr_assert_eq(inner->count, 1, "%s", how);
    cr_expect(slice_is(inner->items[0].key, "k") && slice_is(inner->items[0].text, "v"), "%s", how);
    cr_expect_not(record_has(record, MEMBER_KEYS), "%s", how);
    cr_expect_not(record_has(record, MEMBER_TOKEN), "%s: of another operation", how);
}

Test(model, makes_the_same_record_of_json_and_of_a_form)
{
    struct read json = read_json(
        "Make", "{\"Name\":\"abc\",\"CountOfThings\":7,\"Flag\":true,\"Rate\":0.25,"
                "\"Size\":9007199254740993,\"When\":1700000000.5,\"Data\":\"AAE=\","
                "\"Attributes\":{\"b.c\":\"x\",\"d\":\"&\"},\"Keys\":null,\"Unknown\":[1],"
                "\"Entries\":[{\"Id\":\"one\"},{\"Id\":\"two\",\"Attributes\":{\"k\":\"v\"}}],"
                "\"Detail\":{\"a\": [1.50]}}");
    cr_assert(json.fault == NULL, "%.*s", SLICE_ARG(json.fault->text));
    expect_make(json.record, "json");
    cr_expect(slice_is(record_get(json.record, MEMBER_DETAIL)->raw, "{\"a\": [1.50]}"));
    struct read form = read_form(
        "Make",
        "Action=Make&Version=1&Name=abc&CountOfThings=7&Flag=true&Rate=0.25&Size=9007199254740993&"
        "When=2023-11-14T22%3A13%3A20.500Z&Data=AAE%3D&Unknown.member.1=x&"
        "Attributes.entry.2.key=d&Attributes.entry.2.value=%26&Attributes.entry.1.key=b.c&"
        "Attributes.entry.1.value=x&Entries.member.10.Id=two&Entries.member.2.Id=one&"
        "Entries.member.10.Attributes.entry.1.value=v&Entries.member.10.Attributes.entry.1.key=k");
    cr_assert(form.fault == NULL, "%.*s", SLICE_ARG(form.fault->text));
    expect_make(form.record, "form");
    arena_finish(&json.arena);
    arena_finish(&form.arena);
}

Test(model, reads_flattened_lists_and_maps_under_their_names_on_the_wire)
{
    struct read form = read_form("MakeFlat", "Key.1=x&Key.3=z&Key.2=y&Key=&Key.2=late&Key.a=no&"
                                             "Attribute.1.Name=n&Attribute.1.Value=v&"
                                             "Attribute.2.Value=w&KeyX.1=no&Keys.1=no&Key.b.1=no");
    cr_assert(form.fault == NULL);
    const struct field *keys = record_get(form.record, MEMBER_KEYS);
    cr_assert_eq(keys->count, 3);
    cr_expect(slice_is(keys->items[0].text, "x") && slice_is(keys->items[1].text, "y") &&
              slice_is(keys->items[2].text, "z"));
    const struct field *attributes = record_get(form.record, MEMBER_ATTRIBUTES);
    cr_assert_eq(attributes->count, 2);
    cr_expect(slice_is(attributes->items[0].key, "n") && slice_is(attributes->items[0].text, "v"));
    cr_expect(slice_is(attributes->items[1].key, "") && slice_is(attributes->items[1].text, "w"));
    arena_finish(&form.arena);
}

/* As the query guides of SQS write them, and as Java's SDK did (aws-sdk-java-v2#2524). */
Test(model, reads_one_flattened_element_without_a_number_and_members_by_either_name)
{
    static const struct {
        const char *form;
        const char *key, *attribute, *value; /* NULL: none */
    } rows[] = {
        {"Key=x", "x", NULL, NULL},
        {"Keys.1=x", "x", NULL, NULL},
        {"Keys=x", "x", NULL, NULL},
        {"Key.1=x&Key=y&Keys.1=z", "x", NULL, NULL},
        {"Attribute.Name=n&Attribute.Value=v", NULL, "n", "v"},
        {"Attributes.1.Name=n&Attributes.1.Value=v", NULL, "n", "v"},
        {"Attributes.Name=n&Attributes.Value=v", NULL, "n", "v"},
        {"Attribute.Value=v", NULL, NULL, NULL},
        {"Attribute.n=v&Key.a=x", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct read form = read_form("MakeFlat", rows[i].form);
        cr_assert(form.fault == NULL, "%s", rows[i].form);
        const struct field *keys = record_get(form.record, MEMBER_KEYS);
        cr_assert_eq(keys->count, rows[i].key != NULL, "%s", rows[i].form);
        cr_expect(keys->count == 0 || slice_is(keys->items[0].text, rows[i].key), "%s",
                  rows[i].form);
        const struct field *attributes = record_get(form.record, MEMBER_ATTRIBUTES);
        cr_assert_eq(attributes->count, rows[i].attribute != NULL, "%s", rows[i].form);
        cr_expect(attributes->count == 0 ||
                      (slice_is(attributes->items[0].key, rows[i].attribute) &&
                       slice_is(attributes->items[0].text, rows[i].value)),
                  "%s", rows[i].form);
        arena_finish(&form.arena);
    }
}

Test(model, takes_a_name_alone_for_an_empty_list)
{
    struct read form = read_form("MakeFlat", "Key=");
    cr_assert(form.fault == NULL);
    cr_expect(record_has(form.record, MEMBER_KEYS));
    cr_expect_eq(record_get(form.record, MEMBER_KEYS)->count, 0);
    cr_expect_not(record_has(form.record, MEMBER_ATTRIBUTES));
    arena_finish(&form.arena);
}

struct row {
    const char *operation;
    const char *request;
    enum model_fault_kind kind;
    const char *text; /* NULL: none */
};

static void expect_faults(const struct row *rows, size_t count,
                          struct read (*reader)(const char *operation, const char *request))
{
    for (size_t i = 0; i < count; i++) {
        struct read read = reader(rows[i].operation, rows[i].request);
        cr_assert(read.fault != NULL, "case %zu: %s", i, rows[i].request);
        cr_expect_eq(read.fault->kind, rows[i].kind, "case %zu: %s", i, rows[i].request);
        cr_expect(slice_eq(read.fault->text, slice_from(rows[i].text)),
                  "case %zu: %s\n got %.*s\nwant %s", i, rows[i].request,
                  SLICE_ARG(read.fault->text), rows[i].text);
        arena_finish(&read.arena);
    }
}

Test(model, refuses_wrong_types_in_json_at_once)
{
    static const char not_list[] = "Start of list found where not expected";
    static const char not_structure[] = "Start of structure or map found where not expected.";
    static const struct row rows[] = {
        {"Make", "{", MODEL_SERIALIZATION, NULL},
        {"Make", "null", MODEL_SERIALIZATION, NULL},
        {"Make", "", MODEL_SERIALIZATION, NULL},
        {"Make", "[]", MODEL_SERIALIZATION, not_list},
        {"Make", "1", MODEL_SERIALIZATION, "Expected null"},
        {"Make", "{\"Name\":1}", MODEL_SERIALIZATION,
         "class java.math.BigDecimal can not be converted to an String"},
        {"Make", "{\"Name\":true}", MODEL_SERIALIZATION,
         "class java.lang.Boolean can not be converted to an String"},
        {"Make", "{\"Name\":[]}", MODEL_SERIALIZATION, not_list},
        {"Make", "{\"Name\":{}}", MODEL_SERIALIZATION, not_structure},
        {"Make", "{\"CountOfThings\":\"1\"}", MODEL_SERIALIZATION,
         "class java.lang.String can not be converted to an Integer"},
        {"Make", "{\"Size\":false}", MODEL_SERIALIZATION,
         "class java.lang.Boolean can not be converted to an Long"},
        {"Make", "{\"Flag\":\"maybe\"}", MODEL_SERIALIZATION,
         "'maybe' can not be converted to an Boolean"},
        {"Make", "{\"Data\":\"=x\"}", MODEL_SERIALIZATION, "'=x' can not be converted to a Blob"},
        {"Make", "{\"Entries\":1}", MODEL_SERIALIZATION, "Expected list or null"},
        {"Make", "{\"Entries\":{}}", MODEL_SERIALIZATION, not_structure},
        {"Make", "{\"Entries\":[1]}", MODEL_SERIALIZATION, "Expected null"},
        {"Make", "{\"Attributes\":1}", MODEL_SERIALIZATION, "Expected map or null"},
        {"Make", "{\"Attributes\":[]}", MODEL_SERIALIZATION, not_list},
    };
    expect_faults(rows, COUNT_OF(rows), read_json);
}

Test(model, refuses_texts_in_a_form_that_are_not_of_their_type)
{
    static const struct row rows[] = {
        {"Make", "Name=a&CountOfThings=x", MODEL_SERIALIZATION,
         "'x' can not be converted to an Integer"},
        {"Make", "Name=a&CountOfThings=2147483648", MODEL_SERIALIZATION,
         "'2147483648' can not be converted to an Integer"},
        {"Make", "Name=a&Size=", MODEL_SERIALIZATION, "'' can not be converted to a Long"},
        {"Make", "Name=a&Rate=1x", MODEL_SERIALIZATION, "'1x' can not be converted to a Double"},
        {"Make", "Name=a&Flag=yes", MODEL_SERIALIZATION, "'yes' can not be converted to a Boolean"},
        {"Make", "Name=a&When=soon", MODEL_SERIALIZATION, "'soon' can not be converted to a Date"},
        {"Make", "Name=a&Data=*", MODEL_SERIALIZATION, "'*' can not be converted to a Blob"},
        {"Make", "Name=a&Entries=x", MODEL_SERIALIZATION, "'x' can not be converted to a List"},
    };
    expect_faults(rows, COUNT_OF(rows), read_form);
}

#define AT(value, path)                                                                            \
    "1 validation error detected: Value " value " at '" path "' failed to satisfy constraint: "

Test(model, tells_violated_constraints_by_the_path_to_the_value)
{
    static const struct row json_rows[] = {
        {"Make", "{}", MODEL_VALIDATION, AT("null", "name") "Member must not be null"},
        {"Make", "{\"Name\":\"A\",\"CountOfThings\":11}", MODEL_VALIDATION,
         "2 validation errors detected: Value 'A' at 'name' failed to satisfy constraint: Member "
         "must satisfy regular expression pattern: [a-z]+; Value '11' at 'countOfThings' failed "
         "to satisfy constraint: Member must have value less than or equal to 10"},
        {"Make", "{\"Name\":\"a\",\"Rate\":1.5}", MODEL_VALIDATION,
         AT("'1.5'", "rate") "Member must have value less than or equal to 1"},
        {"Make", "{\"Name\":\"a\",\"Data\":\"AAAAAAA=\"}", MODEL_VALIDATION,
         AT("'java.nio.HeapByteBuffer[pos=0 lim=5 cap=5]'",
            "data") "Member must have length less than or equal to 4"},
        {"Make", "{\"Name\":\"a\",\"Keys\":[\"Red\",\"Green\"]}", MODEL_VALIDATION,
         AT("'[Red, Green]'", "keys") "Member must satisfy constraint: [Member must satisfy enum "
                                      "value set: [Red, Blue]]"},
        {"Make", "{\"Name\":\"a\",\"Tags\":[[\"Red\"],[\"Green\"]]}", MODEL_VALIDATION,
         AT("'[Green]'", "tags.2.member") "Member must satisfy constraint: [Member must satisfy "
                                          "enum value set: [Red, Blue]]"},
        {"Ask", "{}", MODEL_MISSING, "The request must contain the parameter Name."},
    };
    static const struct row form_rows[] = {
        {"Make", "Name=a&Entries.member.4.Flag=true", MODEL_VALIDATION,
         AT("null", "entries.1.member.id") "Member must not be null"},
        {"Make", "Name=a&Entries=", MODEL_VALIDATION,
         AT("'[]'", "entries") "Member must have length greater than or equal to 1"},
    };
    expect_faults(json_rows, COUNT_OF(json_rows), read_json);
    expect_faults(form_rows, COUNT_OF(form_rows), read_form);
}

Test(model, bounds_what_a_form_may_hold)
{
    AUTO_BUF form = BUF_INIT(1 << 20);
    for (int i = 1; i < PARAMS_MAX; i++) {
        buf_printf(&form, "Key.%d=x&", i);
    }
    struct read read = read_form("MakeFlat", buf_cstr(&form));
    cr_assert(read.fault == NULL);
    cr_expect_eq(record_get(read.record, MEMBER_KEYS)->count, PARAMS_MAX - 1);
    arena_finish(&read.arena);
}

/* --- behind the edge --- */

static void op_show(struct api_call *call, void *ctx)
{
    const struct record *record;
    (void)ctx;
    if (!model_read(&things, call, &record)) {
        return;
    }
    AUTO_BUF text = BUF_INIT(4096);
    buf_printf(&text, "%.*s|", SLICE_ARG(record_text(record, MEMBER_NAME)));
    buf_printf(&text, "%lld|", (long long)record_get(record, MEMBER_COUNT_OF_THINGS)->number);
    const struct field *tags = record_get(record, MEMBER_TAGS);
    for (size_t i = 0; i < tags->count; i++) {
        buf_printf(&text, "%.*s,", SLICE_ARG(tags->items[i].text));
    }
    buf_printf(&text, "|%.*s|", SLICE_ARG(record_text(record, MEMBER_TOKEN)));
    buf_printf(&text, "%.*s", SLICE_ARG(record_text(record, MEMBER_VALUE)));
    api_reply_raw(call, 200, (struct http_headers){NULL, 0}, buf_slice(&text));
}

static const struct wire_error no_errors[STATUS_COUNT];
static const char *const rest_names[] = {"resting", NULL};
static const char *const query_names[] = {"asking", NULL};
static const struct api_op rest_ops[] = {
    {"MakeAt", op_show, "POST", "/things/{FunctionName}", false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct api_op query_ops[] = {
    {"Ask", op_show, NULL, NULL, false},
    {"Make", op_show, NULL, NULL, false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct api_service resting = {
    .name = "resting",
    .signing_names = rest_names,
    .protocol = API_REST_JSON,
    .ops = rest_ops,
    .errors = no_errors,
};
static const struct api_service asking = {
    .name = "asking",
    .signing_names = query_names,
    .protocol = API_QUERY,
    .query_version = "2000-01-01",
    .ops = query_ops,
    .errors = no_errors,
};

static const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    return end != NULL ? end + 4 : answer;
}

Test(model, joins_path_query_headers_and_body_of_a_rest_request)
{
    static const struct {
        const char *request;
        const char *want;
    } rows[] = {
        {"POST /things/ab%63?MaxItems=3&tagKeys=x&tagKeys=y%20z HTTP/1.1\r\nHost: localhost\r\n"
         "X-Token: t\r\nConnection: close\r\nContent-Length: 28\r\n\r\n"
         "{\"Value\":\"v\",\"Name\":\"other\"}",
         "abc|3|x,y z,|t|v"},
        {"POST /things/abc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "abc|0||"
                                                                                      "|"},
        {"POST /things/abc?MaxItems=11 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
         "{\"message\":\"1 validation error detected: Value '11' at 'countOfThings' failed to "
         "satisfy constraint: Member must have value less than or equal to 10\"}"},
        {"POST /things/abc?MaxItems=x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
         "{\"message\":\"'x' can not be converted to an Integer\"}"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    edge_register(fixture.edge, &resting, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_str_eq(body_of(talk(&fixture, rows[i].request)), rows[i].want, "case %zu", i);
    }
    fixture_finish(&fixture);
}

Test(model, answers_a_fault_in_the_words_of_the_protocol)
{
    static const struct {
        const char *query;
        const char *code;
    } rows[] = {
        {"Action=Ask", "<Code>MissingParameter</Code>"},
        {"Action=Make", "<Code>ValidationError</Code>"},
        {"Action=Make&Name=a&CountOfThings=x", "<Code>MalformedInput</Code>"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    edge_register(fixture.edge, &asking, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char request[300];
        (void)snprintf(request, sizeof request,
                       "GET /?%s&Version=2000-01-01 HTTP/1.1\r\nHost: localhost\r\n"
                       "Connection: close\r\n\r\n",
                       rows[i].query);
        const char *answer = talk(&fixture, request);
        cr_expect(strstr(answer, rows[i].code) != NULL, "case %zu: %s", i, answer);
        cr_expect(strstr(answer, "HTTP/1.1 400") == answer, "case %zu", i);
    }
    fixture_finish(&fixture);
}

struct inside {
    int http_status;
    char body[300];
    bool is_done;
};

static void on_inside(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct inside *inside = ctx;
    (void)headers;
    inside->http_status = http_status;
    (void)snprintf(inside->body, sizeof inside->body, "%.*s", SLICE_ARG(body));
    inside->is_done = true;
}

Test(model, takes_json_for_a_query_service_in_process)
{
    static const struct {
        const char *body;
        int http_status;
        const char *want;
    } rows[] = {
        {"{\"Name\":\"a b\"}", 200, "a b|0|||"},
        {"Name=a%20b", 200, "a b|0|||"},
        {"{}", 400,
         "{\"__type\":\"ValidationException\",\"message\":\"The request must contain the "
         "parameter Name.\"}"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    edge_register(fixture.edge, &asking, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct inside inside = {.is_done = false};
        struct api_internal_request request = {.service = SLICE("asking"),
                                               .operation = SLICE("Ask"),
                                               .body = slice_from(rows[i].body)};
        api_internal_call(fixture.edge, &request, on_inside, &inside);
        for (uint64_t deadline = talk_deadline(); !inside.is_done;) {
            talk_pump_until(&fixture.loop, deadline);
        }
        cr_expect_eq(inside.http_status, rows[i].http_status, "case %zu", i);
        cr_expect_str_eq(inside.body, rows[i].want, "case %zu", i);
    }
    fixture_finish(&fixture);
}
