#include "support.h"

#include "core/api/page_token.h"
#include "core/encode.h"
#include "core/json.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define ARN "arn:aws:lambda:us-east-1:000000000000:function:"
#define HELLO_HEAD(arn) "{\"FunctionName\":\"Hello\",\"FunctionArn\":\"" arn "\","
#define HELLO_MIDDLE                                                                               \
    "\"PackageType\":\"Zip\",\"Runtime\":\"nodejs22.x\",\"Handler\":\"index.handler\","            \
    "\"Architectures\":[\"arm64\"],\"Role\":\"arn:aws:iam::000000000000:role/r\","                 \
    "\"CodeSize\":100,\"CodeSha256\":\"c2hh\",\"Description\":\"says hello\",\"Timeout\":3,"       \
    "\"MemorySize\":128,\"LastModified\":\"2020-04-10T19:06:32.563+0000\","
#define HELLO_REST                                                                                 \
    "\"Environment\":{\"Variables\":{\"A\":\"1\",\"B\":\"two \\\"2\\\"\"}},"                       \
    "\"TracingConfig\":{\"Mode\":\"PassThrough\"},\"RevisionId\":\"rev\","                         \
    "\"EphemeralStorage\":{\"Size\":512},\"SnapStart\":{\"ApplyOn\":\"None\","                     \
    "\"OptimizationStatus\":\"Off\"},\"LoggingConfig\":{\"LogFormat\":\"JSON\","                   \
    "\"LogGroup\":\"/aws/lambda/Hello\"}"
#define HELLO(arn, version) HELLO_HEAD(arn) HELLO_MIDDLE "\"Version\":\"" version "\"," HELLO_REST

Test(functions, tell_their_configuration)
{
    static const struct {
        const char *head;
        const char *want;
    } rows[] = {
        {"GET /2015-03-31/functions/Hello/configuration",
         HELLO(ARN "Hello", "$LATEST") ",\"State\":\"Active\","
                                       "\"LastUpdateStatus\":\"Successful\"}"},
        {"GET /2015-03-31/functions/HelloFunction/configuration?Qualifier=live",
         HELLO(ARN "Hello:live", "1") ",\"State\":\"Active\",\"LastUpdateStatus\":\"Successful\"}"},
        {"GET /2015-03-31/functions/Hello",
         "{\"Configuration\":" HELLO(
             ARN "Hello", "$LATEST") ",\"State\":\"Active\",\"LastUpdateStatus\":\"Successful\"},"
                                     "\"Code\":{\"RepositoryType\":\"S3\",\"Location\":\"file:///"
                                     "srv/my%20app\"},"
                                     "\"Tags\":{\"n\":\"1\",\"team\":\"blue\"},"
                                     "\"Concurrency\":{\"ReservedConcurrentExecutions\":2}}"},
        {"GET /2015-03-31/functions/zbroken/configuration",
         "{\"FunctionName\":\"zbroken\",\"FunctionArn\":\"" ARN "zbroken\","
         "\"PackageType\":\"Image\",\"Architectures\":[\"x86_64\"],\"Role\":\"\",\"CodeSize\":102,"
         "\"CodeSha256\":\"c2hh\",\"Description\":\"\",\"Timeout\":3,\"MemorySize\":128,"
         "\"LastModified\":\"2020-04-10T19:06:32.563+0000\",\"Version\":\"$LATEST\","
         "\"TracingConfig\":{\"Mode\":\"PassThrough\"},\"RevisionId\":\"rev\","
         "\"EphemeralStorage\":{\"Size\":512},\"SnapStart\":{\"ApplyOn\":\"None\","
         "\"OptimizationStatus\":\"Off\"},\"LoggingConfig\":{\"LogFormat\":\"Text\","
         "\"LogGroup\":\"/aws/lambda/zbroken\"},\"State\":\"Failed\","
         "\"StateReason\":\"images do not run here\","
         "\"StateReasonCode\":\"InvalidConfiguration\",\"LastUpdateStatus\":\"Successful\"}"},
        {"GET /2019-09-30/functions/Hello/concurrency", "{\"ReservedConcurrentExecutions\":2}"},
        {"GET /2019-09-30/functions/other/concurrency", "{}"},
        {"GET /2015-03-31/functions/Hello/aliases",
         "{\"Aliases\":[{\"AliasArn\":\"" ARN "Hello:live\",\"Name\":\"live\","
         "\"FunctionVersion\":\"1\",\"Description\":\"\",\"RevisionId\":\"rev\"}]}"},
        {"GET /2015-03-31/functions/Hello/aliases?FunctionVersion=%24LATEST", "{\"Aliases\":[]}"},
        {"GET /2015-03-31/functions/other/aliases", "{\"Aliases\":[]}"},
        {"GET /2015-03-31/functions/Hello/aliases/live",
         "{\"AliasArn\":\"" ARN "Hello:live\",\"Name\":\"live\",\"FunctionVersion\":\"1\","
         "\"Description\":\"\",\"RevisionId\":\"rev\"}"},
        {"GET /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3AHello",
         "{\"Tags\":{\"n\":\"1\",\"team\":\"blue\"}}"},
        {"GET /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aother",
         "{\"Tags\":{}}"},
        {"GET /2016-08-19/account-settings/",
         "{\"AccountLimit\":{\"TotalCodeSize\":80530636800,\"CodeSizeUnzipped\":262144000,"
         "\"CodeSizeZipped\":52428800,\"ConcurrentExecutions\":1000,"
         "\"UnreservedConcurrentExecutions\":998},"
         "\"AccountUsage\":{\"TotalCodeSize\":303,\"FunctionCount\":3}}"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *got = ask(&fixture, rows[i].head, SLICE(""));
        cr_expect(has(got, "HTTP/1.1 200 OK\r\n"), "case %zu: %s", i, got);
        cr_expect(has(got, "Content-Type: application/json\r\n"), "case %zu: %s", i, got);
        cr_expect_str_eq(body_of(got), rows[i].want, "case %zu: %s", i, body_of(got));
    }
    fixture_finish(&fixture);
}

Test(functions, that_do_not_exist_are_told_without_a_qualifier_that_was_not_asked_for)
{
    static const struct {
        const char *head;
        const char *status;
        const char *want;
    } rows[] = {
        {"GET /2015-03-31/functions/nope", "404",
         "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "nope\"}"},
        {"GET /2015-03-31/functions/nope?Qualifier=live", "404",
         "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "nope:live\"}"},
        {"GET /2015-03-31/functions/Hello:7/configuration", "404",
         "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "Hello:7\"}"},
        {"GET /2015-03-31/functions/Hello/aliases/dead", "404",
         "{\"Type\":\"User\",\"Message\":\"Cannot find alias arn: " ARN "Hello:dead\"}"},
        {"GET /2015-03-31/functions/123456789012:function:Hello", "403",
         "{\"Message\":\"User: arn:aws:iam::000000000000:root is not authorized to perform: "
         "lambda:GetFunction on resource: 123456789012:function:Hello because no resource-based "
         "policy allows the lambda:GetFunction action\"}"},
        {"GET "
         "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3AHello%3A1",
         "400",
         "{\"Type\":\"User\",\"message\":\"Tags on function aliases and versions are not "
         "supported. "
         "Please specify a function ARN.\"}"},
        {"GET /2017-03-31/tags/arn%3Aaws%3As3%3A%3A%3Ax", "400",
         "{\"message\":\"1 validation error detected: Value 'arn:aws:s3:::x' at 'resource' "},
        {"GET /2015-03-31/functions?MaxItems=0", "400",
         "{\"message\":\"1 validation error detected: Value '0' at 'maxItems' failed to satisfy "
         "constraint: Member must have value greater than or equal to 1\"}"},
        {"GET /2015-03-31/functions?MaxItems=10001", "400",
         "{\"message\":\"1 validation error detected: Value '10001' at 'maxItems' failed to "
         "satisfy "
         "constraint: Member must have value less than or equal to 10000\"}"},
        {"GET /2015-03-31/functions?FunctionVersion=1", "400",
         "{\"message\":\"1 validation error detected: Value '1' at 'functionVersion' failed to "
         "satisfy constraint: Member must satisfy enum value set: [ALL]\"}"},
        {"POST /2015-03-31/functions", "501",
         "{\"Type\":\"Service\",\"message\":\"sls-local does not emulate "
         "lambda:CreateFunction.\"}"},
        {"GET /2015-03-31/functions/Hello/nothing", "404",
         "{\"Type\":\"User\",\"message\":\"sls-local knows no operation of the service lambda at "
         "GET "
         "/2015-03-31/functions/Hello/nothing.\"}"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *got = ask(&fixture, rows[i].head, SLICE(""));
        cr_expect(strncmp(got + 9, rows[i].status, 3) == 0, "case %zu: %s", i, got);
        cr_expect(strncmp(body_of(got), rows[i].want, strlen(rows[i].want)) == 0, "case %zu: %s", i,
                  got);
    }
    fixture_finish(&fixture);
}

static const char *operation_of(const char *list)
{
    return strcmp(list, "Functions") == 0 ? "ListFunctions" : "ListVersionsByFunction";
}

/* "Name:version ..." of a page, and its marker behind '>'. */
static void read_page(struct slice body, const char *list, struct buf *out)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct json *root;
    struct fault fault;
    cr_assert_eq(json_parse(body, &root, &fault), STATUS_OK, "%s", fault.text);
    const struct json *each;
    for (each = json_first(json_get(root, list)); each != NULL; each = json_next(each)) {
        struct slice arn = json_text(json_get(each, "FunctionArn"));
        buf_printf(out, "%.*s ", SLICE_ARG(slice_skip(arn, strlen(ARN))));
        cr_expect_null(json_get(each, "State"), "lists have no state");
    }
    if (json_get(root, "NextMarker") != NULL) {
        struct slice last;
        cr_assert(page_token_read(&arena, operation_of(list),
                                  json_text(json_get(root, "NextMarker")), &last));
        buf_printf(out, ">%.*s", SLICE_ARG(last));
    }
    json_free(root);
}

Test(functions, are_listed_in_pages)
{
    static const struct {
        const char *head;
        const char *after; /* what the marker is made of; NULL: none */
        const char *list;
        const char *want;
    } rows[] = {
        {"GET /2015-03-31/functions/", NULL, "Functions", "Hello other zbroken "},
        {"GET /2015-03-31/functions?MaxItems=3", NULL, "Functions", "Hello other zbroken "},
        {"GET /2015-03-31/functions?MaxItems=2", NULL, "Functions", "Hello other >other:$LATEST"},
        {"GET /2015-03-31/functions?MaxItems=2", "other:$LATEST", "Functions", "zbroken "},
        {"GET /2015-03-31/functions", "p:$LATEST", "Functions", "zbroken "},
        {"GET /2015-03-31/functions", "zz:$LATEST", "Functions", ""},
        {"GET /2015-03-31/functions?FunctionVersion=ALL", NULL, "Functions",
         "Hello:$LATEST Hello:1 other:$LATEST zbroken:$LATEST "},
        {"GET /2015-03-31/functions?FunctionVersion=ALL&MaxItems=1", NULL, "Functions",
         "Hello:$LATEST >Hello:$LATEST"},
        {"GET /2015-03-31/functions?FunctionVersion=ALL&MaxItems=1", "Hello:$LATEST", "Functions",
         "Hello:1 >Hello:1"},
        {"GET /2015-03-31/functions?FunctionVersion=ALL&MaxItems=1", "Hello:1", "Functions",
         "other:$LATEST >other:$LATEST"},
        {"GET /2015-03-31/functions/Hello/versions", NULL, "Versions", "Hello:$LATEST Hello:1 "},
        {"GET /2015-03-31/functions/Hello/versions?MaxItems=1", NULL, "Versions",
         "Hello:$LATEST >Hello:$LATEST"},
        {"GET /2015-03-31/functions/Hello/versions?MaxItems=1", "Hello:$LATEST", "Versions",
         "Hello:1 "},
        {"GET /2015-03-31/functions/other/versions", NULL, "Versions", "other:$LATEST "},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF page = BUF_INIT(4096);
        AUTO_ARENA arena = ARENA_INIT;
        struct slice head = slice_from(rows[i].head);
        if (rows[i].after != NULL) {
            struct slice marker =
                page_token_make(&arena, operation_of(rows[i].list), slice_from(rows[i].after));
            AUTO_BUF encoded = BUF_INIT(4096);
            percent_encode(&encoded, marker, false);
            head =
                arena_printf(&arena, "%.*s%cMarker=%s", SLICE_ARG(head),
                             slice_find(head, '?') == SLICE_NPOS ? '?' : '&', buf_cstr(&encoded));
        }
        const char *got = ask(&fixture, arena_cstr(&arena, head), SLICE(""));
        cr_assert(has(got, "HTTP/1.1 200 OK\r\n"), "case %zu: %s", i, got);
        read_page(slice_from(body_of(got)), rows[i].list, &page);
        cr_expect_str_eq(buf_cstr(&page), rows[i].want, "case %zu: %s", i, buf_cstr(&page));
    }
    fixture_finish(&fixture);
}

Test(functions, a_marker_that_was_not_issued_is_refused)
{
    static const char *const markers[] = {"x", "Hello:%24LATEST", "SGVsbG86JExBVEVTVA%3D%3D"};
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(markers); i++) {
        char head[200];
        (void)snprintf(head, sizeof head, "GET /2015-03-31/functions?Marker=%s", markers[i]);
        const char *got = ask(&fixture, head, SLICE(""));
        cr_expect(has(got, "HTTP/1.1 400 "), "case %zu: %s", i, got);
        cr_expect(has(got, "\"message\":\"The provided Marker is invalid.\""), "case %zu: %s", i,
                  got);
    }
    fixture_finish(&fixture);
}

Test(functions, the_operation_table_is_whole)
{
    size_t known = 0;
    size_t emulated = 0;
    for (const struct api_op *op = lambda_service.ops; op->name != NULL; op++) {
        known++;
        emulated += op->run != NULL;
        cr_expect_not_null(op->method, "%s", op->name);
        cr_expect_eq(op->path[0], '/', "%s", op->name);
    }
    cr_expect_eq(known, 70); /* fifteen more are the event bus's */
    cr_expect_eq(emulated, 12);
    for (size_t status = 1; status < STATUS_COUNT; status++) {
        cr_expect_not_null(lambda_service.errors[status].code, "%s",
                           status_name((enum status)status));
    }
}
