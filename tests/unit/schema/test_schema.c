#include "gateway/schema/schema.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/mem.h"
#include "gateway/schema/limits.h"

#include <criterion/criterion.h>

static struct schema *compile_with(struct slice text, const struct schema_options *options)
{
    struct schema *schema = NULL;
    struct schema_problem problem;
    cr_assert_eq(schema_compile(text, options, &schema, &problem), STATUS_OK, "%.*s: %s",
                 (int)(text.len < 200 ? text.len : 200), text.ptr, problem.detail);
    return schema;
}

/* The errors of a body; empty when it is valid. */
static struct slice errors_of(struct arena *arena, const char *model, struct slice body)
{
    struct slice errors = SLICE("");
    struct schema *schema = compile_with(slice_from(model), NULL);
    bool is_valid = schema_validate(schema, arena, body, &errors);
    schema_destroy(schema);
    return is_valid ? SLICE("") : errors;
}

struct row {
    const char *model, *body, *errors;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice errors = errors_of(&arena, rows[i].model, slice_from(rows[i].body));
        cr_expect(slice_is(errors, rows[i].errors), "%s %s\ngives %.*s", rows[i].model,
                  rows[i].body, SLICE_ARG(errors));
    }
}

/* --- what API Gateway was seen to say --- */

Test(schema, says_what_api_gateway_says)
{
    static const struct row rows[] = {
        /* $context.error.validationErrorString and the log of a test invocation, as published by users of both. */
        {"{\"required\":[\"email\",\"password\",\"repeatPassword\",\"firstName\"]}",
         "{\"firstName\":\"a\"}",
         "[object has missing required properties ([\"email\",\"password\",\"repeatPassword\"])]"},
        {"{\"properties\":{\"amount\":{\"type\":\"number\"}}}", "{\"amount\":\"5\"}",
         "[instance type (string) does not match any allowed primitive type (allowed: "
         "[\"integer\",\"number\"])]"},
        {"{\"type\":\"object\"}", "", "[Unknown error parsing request body]"},
        {"{\"type\":\"object\"}", "{\"a\":", "[Unknown error parsing request body]"},
        {"{\"type\":\"object\"}", "{} {}", "[Unknown error parsing request body]"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

/* --- what its library says; each row was asked of json-schema-validator 2.2.14 --- */

Test(schema, tells_each_keyword_in_the_words_of_the_library)
{
    static const struct row rows[] = {
        {"{\"items\":[{}],\"additionalItems\":false}", "[1,2,3]",
         "[schema only allows 1 elements in array but instance has 3 elements]"},
        {"{\"additionalProperties\":false,\"properties\":{\"a\":{}}}", "{\"z\":1,\"a\":2,\"b\":3}",
         "[object instance has properties which are not allowed by the schema: [\"b\",\"z\"]]"},
        {"{\"required\":[\"a\\u001f\"]}", "{}",
         "[object has missing required properties ([\"a\\u001F\"])]"},
        {"{\"allOf\":[{\"type\":\"string\"},{}]}", "1",
         "[instance failed to match all required schemas (matched only 1 out of 2)]"},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1",
         "[instance failed to match at least one required schema among 2]"},
        {"{\"oneOf\":[{},{}]}", "1",
         "[instance failed to match exactly one schema (matched 2 out of 2)]"},
        {"{\"not\":{}}", "1", "[instance matched a schema which it should not have]"},
        {"{\"dependencies\":{\"a\":[\"c\",\"b\"]}}", "{\"a\":1,\"b\":1}",
         "[property \"a\" of object has missing property dependencies (schema requires "
         "[\"b\",\"c\"]; missing: [\"c\"])]"},
        {"{\"dependencies\":{\"a\":{\"required\":[\"b\"]}}}", "{\"a\":1}",
         "[object has missing required properties ([\"b\"])]"},
        {"{\"enum\":[1.0,\"a\",{\"b\":1,\"a\":[2.50]}]}", "\"x\\\"y\"",
         "[instance value (\"x\\\"y\") not found in enum (possible values: "
         "[1,\"a\",{\"b\":1,\"a\":[2.5]}])]"},
        {"{\"maxItems\":1}", "[1,2]",
         "[array is too long: must have at most 1 elements but instance has 2 elements]"},
        {"{\"minItems\":3}", "[1,2]",
         "[array is too short: must have at least 3 elements but instance has 2 elements]"},
        {"{\"uniqueItems\":true}", "[1,{\"a\":1},1.0]",
         "[array must not contain duplicate elements]"},
        {"{\"maxLength\":1}", "\"\\ud83d\\ude00\xc3\xa9\"",
         "[string \"\xf0\x9f\x98\x80\xc3\xa9\" is too long (length: 2, maximum allowed: 1)]"},
        {"{\"minLength\":3}", "\"\\ud83d\\ude00\xc3\xa9\"",
         "[string \"\xf0\x9f\x98\x80\xc3\xa9\" is too short (length: 2, required minimum: 3)]"},
        {"{\"pattern\":\"^\\\\d+$\"}", "\"a\\\"b\"",
         "[ECMA 262 regex \"^\\d+$\" does not match input string \"a\"b\"]"},
        {"{\"maxProperties\":1}", "{\"a\":1,\"b\":2}",
         "[object has too many properties (found 2 but schema requires at most 1)]"},
        {"{\"minProperties\":1}", "{}",
         "[object has too few properties (found 0 but schema requires at least 1)]"},
        {"{\"maximum\":5}", "6",
         "[numeric instance is greater than the required maximum (maximum: 5, found: 6)]"},
        {"{\"maximum\":5,\"exclusiveMaximum\":true}", "5.0",
         "[numeric instance is not strictly lower than the required maximum 5]"},
        {"{\"minimum\":1.0}", "0.50",
         "[numeric instance is lower than the required minimum (minimum: 1, found: 0.5)]"},
        {"{\"minimum\":1e3}", "1E2",
         "[numeric instance is lower than the required minimum (minimum: 1000, found: 1E+2)]"},
        {"{\"minimum\":1.5,\"exclusiveMinimum\":true}", "15e-1",
         "[numeric instance is not strictly greater than the required minimum 1.5]"},
        {"{\"minimum\":9007199254740993}", "9007199254740992",
         "[numeric instance is lower than the required minimum (minimum: 9007199254740993, found: "
         "9007199254740992)]"},
        {"{\"multipleOf\":0.01}", "1.005", "[remainder of division is not zero (1.005 / 0.01)]"},
        {"{\"type\":[\"string\",\"null\",\"number\"]}", "[]",
         "[instance type (array) does not match any allowed primitive type (allowed: "
         "[\"integer\",\"null\",\"number\",\"string\"])]"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(schema, tells_several_errors_in_the_order_of_the_library)
{
    static const struct row rows[] = {
        /* by the names of the keywords, format last */
        {"{\"type\":\"array\",\"minProperties\":1}", "{}",
         "[object has too few properties (found 0 but schema requires at least 1), instance type "
         "(object) does not match any allowed primitive type (allowed: [\"array\"])]"},
        {"{\"minLength\":2,\"format\":\"ipv4\",\"pattern\":\"z\"}", "\"x\"",
         "[string \"x\" is too short (length: 1, required minimum: 2), ECMA 262 regex \"z\" does "
         "not match input string \"x\", string \"x\" is not a valid IPv4 address]"},
        /* members by their names, whatever their order */
        {"{\"properties\":{\"b\":{\"maximum\":1},\"a\":{\"minimum\":1}}}", "{\"b\":2,\"a\":0}",
         "[numeric instance is lower than the required minimum (minimum: 1, found: 0), numeric "
         "instance is greater than the required maximum (maximum: 1, found: 2)]"},
        /* with an error of its own, members of an object are not looked at */
        {"{\"required\":[\"b\"],\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}",
         "[object has missing required properties ([\"b\"])]"},
        /* nor what is inside of the second member, after an error in the first */
        {"{\"additionalProperties\":{\"additionalProperties\":{\"type\":\"string\"},"
         "\"minProperties\":1}}",
         "{\"a\":{},\"b\":{\"x\":1},\"c\":{}}",
         "[object has too few properties (found 0 but schema requires at least 1), object has too "
         "few properties (found 0 but schema requires at least 1)]"},
        {"{\"items\":{\"type\":\"string\"}}", "[1,\"a\",null]",
         "[instance type (integer) does not match any allowed primitive type (allowed: "
         "[\"string\"]), instance type (null) does not match any allowed primitive type (allowed: "
         "[\"string\"])]"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(schema, differs_from_the_draft_where_the_library_does)
{
    static const struct row rows[] = {
        {"{\"type\":\"integer\"}", "1.0",
         "[instance type (number) does not match any allowed primitive type (allowed: "
         "[\"integer\"])]"},
        {"{\"additionalItems\":{\"type\":\"string\"}}", "[1]",
         "[instance type (integer) does not match any allowed primitive type (allowed: "
         "[\"string\"])]"},
        {"{\"format\":\"date\"}", "\"x\"", ""},
        {"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"type\":\"null\"}", "null", ""},
        {"{\"definitions\":{\"a\":{}},\"properties\":{\"a\":{\"$ref\":\"#/definitions/a\","
         "\"type\":\"string\"}}}",
         "{\"a\":1}", ""},
    };
    expect_rows(rows, COUNT_OF(rows));
}

/* --- cases 45 and 46 of reference/api-gateway.md --- */

Test(schema, validates_the_models_of_the_conformance_cases)
{
    static const char numbers[] = "{\"$schema\":\"http://json-schema.org/draft-04/schema#\","
                                  "\"title\":\"CreateOrders\",\"type\":\"object\",\"required\":["
                                  "\"a\",\"b\"],\"properties\":{\"a\":{\"type\":\"number\"},\"b\":"
                                  "{\"type\":\"number\"}}}";
    static const char nullable[] = "{\"type\":\"object\",\"properties\":{\"name\":{\"oneOf\":[{"
                                   "\"type\":\"null\"},{\"type\":\"string\"}]}}}";
    static const struct row rows[] = {
        {numbers, "{\"a\":1,\"b\":2.5}", ""},
        {numbers, "{}", "[object has missing required properties ([\"a\",\"b\"])]"},
        {nullable, "{\"name\":null}", ""},
        {nullable, "{\"name\":\"a\"}", ""},
        {nullable, "{\"name\":1}",
         "[instance failed to match exactly one schema (matched 0 out of 2)]"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

/* --- references --- */

struct models {
    const char *const *texts; /* name, schema, ..., NULL */
    size_t asked;
};

static bool find_model(void *ctx, struct slice rest_api_id, struct slice name,
                       struct slice *ret_schema)
{
    struct models *models = ctx;
    models->asked++;
    for (size_t i = 0; models->texts[i] != NULL; i += 2) {
        if ((rest_api_id.len == 0 || slice_is(rest_api_id, "api1")) &&
            slice_is(name, models->texts[i])) {
            *ret_schema = slice_from(models->texts[i + 1]);
            return true;
        }
    }
    return false;
}

#define MODEL(name) "{\"$ref\":\"https://apigateway.amazonaws.com/restapis/api1/models/" name "\"}"

Test(schema, finds_other_models_once_each)
{
    static const char *const texts[] = {
        "Pet",
        "{\"type\":\"object\",\"properties\":{\"owner\":" MODEL("Person") "}}",
        "Person",
        "{\"properties\":{\"pets\":" MODEL(
            "Pets") ",\"name\":{\"$ref\":"
                    "\"#/definitions/name\"}},\"definitions\":{\"name\":{\"type\":\"string\"}}}",
        "Pets",
        "{\"type\":\"array\",\"items\":" MODEL("Pet") "}",
        NULL,
    };
    struct models models = {.texts = texts};
    struct schema_options options = {.find_model = find_model, .ctx = &models};
    struct schema *schema = compile_with(SLICE(MODEL("Pets")), &options);
    AUTO_ARENA arena = ARENA_INIT;
    struct slice errors;
    cr_expect_eq(models.asked, 3);
    cr_expect(schema_validate(schema, &arena,
                              SLICE("[{\"owner\":{\"name\":\"a\",\"pets\":[{\"owner\":{}}]}}]"),
                              &errors));
    cr_expect_not(schema_validate(schema, &arena, SLICE("[{\"owner\":{\"name\":1}}]"), &errors));
    cr_expect_not(schema_validate(schema, &arena, SLICE("[{\"owner\":{\"pets\":[1]}}]"), &errors));
    cr_expect(slice_is(errors, "[instance type (integer) does not match any allowed primitive type "
                               "(allowed: [\"object\"])]"));
    schema_destroy(schema);
}

Test(schema, finds_a_place_within_another_model)
{
    static const char *const texts[] = {
        "Types",
        "{\"definitions\":{\"a/b c\":{\"type\":\"null\"}}}",
        NULL,
    };
    struct models models = {.texts = texts};
    struct schema_options options = {.find_model = find_model, .ctx = &models};
    struct schema *schema = compile_with(SLICE(MODEL("Types#/definitions/a~1b%20c")), &options);
    AUTO_ARENA arena = ARENA_INIT;
    struct slice errors;
    cr_expect(schema_validate(schema, &arena, SLICE("null"), &errors));
    cr_expect_not(schema_validate(schema, &arena, SLICE("1"), &errors));
    schema_destroy(schema);
}

/* --- models that are none --- */

Test(schema, refuses_models_with_the_words_of_aws_and_a_place)
{
    static const struct {
        const char *model, *fault, *detail;
    } rows[] = {
        {"{", "Invalid model schema specified", "the schema is no JSON"},
        {"[]", "Invalid model schema specified",
         "JSON value is of type array, not a JSON Schema (expected an object)"},
        {"{\"type\":\"String\"}", "Invalid model schema specified",
         "type: \"String\" is not a valid primitive type (valid values are: [array, boolean, "
         "integer, null, number, object, string])"},
        {"{\"properties\":{\"a\":{\"items\":[{},{\"required\":[]}]}}}",
         "Invalid model schema specified",
         "/properties/a/items/1: required: array must have at least one element"},
        {"{\"required\":[\"a\",\"a\"]}", "Invalid model schema specified",
         "required: array must not contain duplicate elements"},
        {"{\"required\":true}", "Invalid model schema specified",
         "required: value has incorrect type (found boolean, expected one of [array])"},
        {"{\"enum\":[\"A\",\"A\"]}", "Invalid model schema specified",
         "enum: array must not contain duplicate elements"},
        {"{\"properties\":{\"updatedOn\":{\"type\":\"string\",\"example\":\"x\",\"xml\":{}}}}",
         "Invalid model schema specified. Unsupported keyword(s): [\"example\",\"xml\"]",
         "/properties/updatedOn: keywords that API Gateway does not know: [\"example\",\"xml\"]"},
        {"{\"items\":{\"$ref\":\"#/components/schemas/x\"}}", "Invalid model schema specified",
         "/items: JSON Reference \"#/components/schemas/x\" cannot be resolved"},
        {"{\"items\":{\"$ref\":\"Pet\"}}", "Model reference must be in canonical form", NULL},
        {"{\"$ref\":\"https://apigateway.amazonaws.com/restapis/api1/models/\"}",
         "Model reference must be in canonical form", NULL},
        {"{\"$ref\":\"https://apigateway.amazonaws.com/restapis/api1/models/a/b\"}",
         "Model reference must be in canonical form", NULL},
        {MODEL("Nobody"), "Invalid model name specified: Nobody",
         "$ref: there is no model 'Nobody'"},
        {"{\"$ref\":1}", "Invalid model schema specified",
         "$ref: value has incorrect type (found integer, expected one of [string])"},
        {"{\"$ref\":\"#/default\",\"default\":1}", "Invalid model schema specified",
         "JSON Reference \"#/default\" cannot be resolved"},
        {"{\"minimum\":1,\"exclusiveMinimum\":1}", "Invalid model schema specified",
         "exclusiveMinimum: value has incorrect type (found integer, expected one of [boolean])"},
        {"{\"exclusiveMaximum\":true}", "Invalid model schema specified",
         "exclusiveMaximum must be paired with maximum"},
        {"{\"multipleOf\":0}", "Invalid model schema specified",
         "multipleOf: divisor must be strictly greater than zero"},
        {"{\"minLength\":1.0}", "Invalid model schema specified",
         "minLength: value has incorrect type (found number, expected one of [integer])"},
        {"{\"minLength\":-1}", "Invalid model schema specified",
         "minLength: integer value must be strictly positive"},
        {"{\"minLength\":3000000000}", "Invalid model schema specified",
         "minLength: integer value is too large"},
        {"{\"pattern\":\"(?i)a\"}", "Invalid model schema specified",
         "pattern: string \"(?i)a\" is not a valid ECMA 262 regular expression (a group that ECMA "
         "262 does not have at offset 0)"},
        {"{\"patternProperties\":{\"[\":{}}}", "Invalid model schema specified", NULL},
        {"{\"allOf\":[]}", "Invalid model schema specified",
         "allOf: array must have at least one element"},
        {"{\"anyOf\":[1]}", "Invalid model schema specified",
         "anyOf: JSON value is of type integer, not a JSON Schema (expected an object)"},
        {"{\"definitions\":{\"a\":{\"type\":\"x\"}}}", "Invalid model schema specified", NULL},
        {"{\"dependencies\":{\"a\":\"b\"}}", "Invalid model schema specified",
         "dependencies: dependency value for property \"a\" has incorrect type (expected one of "
         "[array, object] but found string)"},
        {"{\"title\":1}", "Invalid model schema specified",
         "title: value has incorrect type (found integer, expected one of [string])"},
        {"{\"$schema\":\"http://json-schema.org/draft-03/schema#\"}",
         "Invalid model schema specified",
         "$schema: draft 3 is not supported, models are JSON Schema draft 4"},
    };
    static const char *const none[] = {NULL};
    struct models models = {.texts = none};
    struct schema_options options = {.find_model = find_model, .ctx = &models};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct schema *schema = NULL;
        struct schema_problem problem;
        enum status status = schema_compile(slice_from(rows[i].model), &options, &schema, &problem);
        cr_expect_neq(status, STATUS_OK, "%s", rows[i].model);
        cr_expect_str_eq(problem.fault.text, rows[i].fault, "%s", rows[i].model);
        cr_expect(rows[i].detail == NULL || strcmp(problem.detail, rows[i].detail) == 0,
                  "%s\ngives %s", rows[i].model, problem.detail);
    }
}

Test(schema, drops_unknown_keywords_of_an_import)
{
    struct schema_options options = {.is_imported = true};
    struct schema *schema =
        compile_with(SLICE("{\"type\":\"string\",\"example\":\"x\",\"const\":1}"), &options);
    AUTO_ARENA arena = ARENA_INIT;
    struct slice errors;
    cr_expect(schema_validate(schema, &arena, SLICE("\"a\""), &errors));
    schema_destroy(schema);
}

Test(schema, finds_the_other_models_of_an_imported_document)
{
    static const char *const texts[] = {
        "Pet",
        "{\"properties\":{\"owner\":{\"$ref\":\"#/definitions/Person\"},"
        "\"kids\":{\"items\":{\"$ref\":\"#/components/schemas/Pet\"}}}}",
        "Person",
        "{\"properties\":{\"name\":{\"type\":\"string\"}}}",
        NULL,
    };
    struct models models = {.texts = texts};
    struct schema_options options = {.find_model = find_model, .ctx = &models, .is_imported = true};
    struct schema *schema = compile_with(
        SLICE(
            "{\"properties\":{\"pet\":{\"$ref\":\"#/components/schemas/Pet\"},\"named\":{\"$ref\":"
            "\"#/components/schemas/Person/properties/name\"}}}"),
        &options);
    static const struct {
        const char *body;
        bool is_good;
    } rows[] = {
        {"{\"pet\":{\"kids\":[{\"owner\":{\"name\":\"a\"}}]}}", true},
        {"{\"pet\":{\"kids\":[{\"owner\":{\"name\":1}}]}}", false},
        {"{\"named\":\"a\"}", true},
        {"{\"named\":1}", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice errors;
        cr_expect_eq(schema_validate(schema, &arena, slice_from(rows[i].body), &errors),
                     rows[i].is_good, "%s", rows[i].body);
    }
    schema_destroy(schema);
    struct schema_problem problem;
    cr_expect_eq(schema_compile(SLICE("{\"$ref\":\"#/components/schemas/Nobody\"}"), &options,
                                &schema, &problem),
                 STATUS_NOT_FOUND);
    cr_expect_str_eq(problem.detail, "$ref: there is no model 'Nobody'");
}

Test(schema, refuses_schemas_that_a_value_would_never_leave)
{
    static const char *const rows[] = {
        "{\"$ref\":\"#\"}",
        "{\"allOf\":[{\"$ref\":\"#\"}]}",
        "{\"not\":{\"anyOf\":[{\"$ref\":\"#\"}]}}",
        "{\"dependencies\":{\"a\":{\"$ref\":\"#\"}}}",
        "{\"items\":{\"$ref\":\"#/definitions/a\"},\"definitions\":{\"a\":{\"$ref\":"
        "\"#/definitions/b\"},\"b\":{\"oneOf\":[{\"$ref\":\"#/definitions/a\"}]}}}",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct schema *schema;
        struct schema_problem problem;
        cr_expect_eq(schema_compile(slice_from(rows[i]), NULL, &schema, &problem), STATUS_INVALID);
        cr_expect_not_null(strstr(problem.detail, "validation loop"), "%s", problem.detail);
    }
}

/* --- limits --- */

/* "{"not":" so often around "{}". */
static void nest(struct buf *out, size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        buf_append_text(out, "{\"not\":");
    }
    buf_append_text(out, "{}");
    for (size_t i = 0; i < depth; i++) {
        buf_append_char(out, '}');
    }
}

Test(schema, limits_what_one_value_passes_through)
{
    for (size_t depth = SCHEMA_CHAIN_MAX - 1; depth <= SCHEMA_CHAIN_MAX; depth++) {
        AUTO_BUF text = BUF_INIT(4096);
        struct schema *schema = NULL;
        struct schema_problem problem;
        nest(&text, depth);
        enum status status = schema_compile(buf_slice(&text), NULL, &schema, &problem);
        cr_expect_eq(status, depth < SCHEMA_CHAIN_MAX ? STATUS_OK : STATUS_LIMIT, "%zu", depth);
        schema_destroy(schema);
    }
}

Test(schema, limits_the_size_of_a_model)
{
    AUTO_BUF text = BUF_INIT(2 * SCHEMA_TEXT_MAX);
    struct schema *schema;
    struct schema_problem problem;
    buf_append_text(&text, "{\"description\":\"");
    for (size_t i = 0; i < SCHEMA_TEXT_MAX; i++) {
        buf_append_char(&text, 'a');
    }
    buf_append_text(&text, "\"}");
    cr_expect_eq(schema_compile(buf_slice(&text), NULL, &schema, &problem), STATUS_LIMIT);
    cr_expect_eq(problem.fault.status, STATUS_LIMIT);
}

Test(schema, follows_recursion_as_deep_as_json_goes)
{
    struct schema *schema = compile_with(SLICE("{\"properties\":{\"a\":{\"anyOf\":[{\"$ref\":\"#\"}"
                                               "]}},\"additionalProperties\":false}"),
                                         NULL);
    for (size_t depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX; depth++) {
        AUTO_BUF body = BUF_INIT(1 << 16);
        AUTO_ARENA arena = ARENA_INIT;
        struct slice errors = SLICE("");
        for (size_t i = 0; i < depth; i++) {
            buf_append_text(&body, "{\"a\":");
        }
        buf_append_text(&body, "{}");
        for (size_t i = 0; i < depth; i++) {
            buf_append_char(&body, '}');
        }
        cr_expect_eq(schema_validate(schema, &arena, buf_slice(&body), &errors),
                     depth < JSON_DEPTH_MAX, "%.*s", SLICE_ARG(errors));
    }
    schema_destroy(schema);
}

static const char gives_up[] = "[the request body takes too long to validate against its model]";

Test(schema, gives_up_where_schemas_multiply)
{
    /* Each level of the body is held against the next one twice: 2^200 ways. */
    struct schema *schema = compile_with(
        SLICE(
            "{\"properties\":{\"a\":{\"anyOf\":[{\"allOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]},"
            "{\"$ref\":\"#\"}]}}}"),
        NULL);
    AUTO_BUF body = BUF_INIT(1 << 16);
    AUTO_ARENA arena = ARENA_INIT;
    struct slice errors = SLICE("");
    for (size_t i = 0; i < 200; i++) {
        buf_append_text(&body, "{\"a\":");
    }
    buf_append_text(&body, "{}");
    for (size_t i = 0; i < 200; i++) {
        buf_append_char(&body, '}');
    }
    cr_expect_not(schema_validate(schema, &arena, buf_slice(&body), &errors));
    cr_expect(slice_is(errors, gives_up), "%.*s", SLICE_ARG(errors));
    schema_destroy(schema);
}

Test(schema, gives_up_where_an_expression_does)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice errors = errors_of(&arena, "{\"not\":{\"pattern\":\"^(a+)+$\"}}",
                                    SLICE("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\""));
    cr_expect(slice_is(errors, gives_up), "%.*s", SLICE_ARG(errors));
}

Test(schema, finds_duplicates_among_many_elements)
{
    AUTO_BUF body = BUF_INIT(4 << 20);
    AUTO_ARENA arena = ARENA_INIT;
    buf_append_char(&body, '[');
    for (size_t i = 0; i < 200000; i++) {
        buf_printf(&body, "%zu,", i * 7919 % 200003);
    }
    size_t len = body.len;
    buf_append_text(&body, "-1]");
    cr_expect_eq(errors_of(&arena, "{\"uniqueItems\":true}", buf_slice(&body)).len, 0);
    body.len = len;
    buf_append_text(&body, "7919.0]");
    cr_expect(slice_is(errors_of(&arena, "{\"uniqueItems\":true}", buf_slice(&body)),
                       "[array must not contain duplicate elements]"));
}

Test(schema, cuts_errors_that_are_too_long)
{
    AUTO_BUF body = BUF_INIT(4 << 20);
    AUTO_ARENA arena = ARENA_INIT;
    buf_append_char(&body, '"');
    for (size_t i = 0; i < SCHEMA_ERRORS_MAX; i++) {
        buf_append_text(&body, "\xc3\xa9");
    }
    buf_append_char(&body, '"');
    struct slice errors =
        errors_of(&arena, "{\"maxLength\":1,\"pattern\":\"x\"}", buf_slice(&body));
    cr_expect_geq(errors.len, SCHEMA_ERRORS_MAX - 4);
    cr_expect_leq(errors.len, SCHEMA_ERRORS_MAX + 2);
    cr_expect(slice_is_utf8(errors));
    cr_expect(slice_ends_with(errors, SLICE("]")));
}
