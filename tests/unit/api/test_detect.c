#include "support.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define AUTH(service)                                                                              \
    "Authorization: AWS4-HMAC-SHA256 Credential=AK/ID/20250101/eu-west-1/" service                 \
    "/aws4_request, SignedHeaders=host, Signature=abc\n"
#define FORM "Content-Type: application/x-www-form-urlencoded; charset=utf-8\nContent-Length: 9\n"

static const struct detect_row {
    const char *method;
    const char *target;
    const char *headers;
    const char *want; /* service; "!name" unknown; "?" needs the form */
    const char *bucket;
} rows[] = {
    /* The target, which alone tells DynamoDB from its streams and works without a signature. */
    {"POST", "/", "X-Amz-Target: DynamoDB_20120810.PutItem\n", "dynamodb", ""},
    {"POST", "/", "X-Amz-Target: DynamoDBStreams_20120810.ListStreams\n" AUTH("dynamodb"),
     "dynamodb", ""},
    {"POST", "/", "X-Amz-Target: AmazonSQS.SendMessage\n" AUTH("sqs"), "sqs", ""},
    {"POST", "/000000000000/q", "X-Amz-Target: AmazonSQS.SendMessage\n", "sqs", ""},
    {"POST", "/", "x-amz-target: AWSEvents.PutEvents\n" AUTH("events"), "events", ""},
    {"POST", "/", "X-Amz-Target: DynamoDB_20120810.PutItem\n" AUTH(""), "dynamodb", ""},
    {"POST", "/", "X-Amz-Target: TrentService.Encrypt\n" AUTH("kms"), "!kms", ""},
    {"POST", "/", "X-Amz-Target: TrentService.Encrypt\n", "!TrentService", ""},
    {"POST", "/", "X-Amz-Target: Odd.PutEvents\n" AUTH("events"), "events", ""},
    /* The scope. */
    {"POST", "/", AUTH("sns"), "sns", ""},
    {"PUT", "/schedules/x", AUTH("s3"), "objects", ""},
    {"PUT", "/2015-03-31/functions", AUTH("s3"), "objects", ""},
    {"GET", "/", AUTH("lambda"), "functions", ""},
    {"POST", "/", AUTH("kms"), "!kms", ""},
    {"POST", "/", "Authorization: AWS4-HMAC-SHA256 Credential=A/2/r/ec2/aws4_request,X=y\n", "ec2",
     ""},
    {"GET", "/b/k", "Authorization: AWS4-ECDSA-P256-SHA256 Credential=A/20250101/s3/aws4_request\n",
     "objects", ""},
    {"GET", "/b/k", "Authorization: AWS AKID:sig=\n", "objects", ""},
    {"GET", "/x", "Authorization: Bearer Credential=a/b/c/sns/aws4_request\n", "objects", ""},
    /* The path of Smithy RPC v2, which has no target. */
    {"POST", "/service/AWSEvents/operation/PutEvents", "smithy-protocol: rpc-v2-cbor\n", "events",
     ""},
    {"POST", "/service/AWSEvents/operation/PutEvents",
     "smithy-protocol: rpc-v2-cbor\n" AUTH("events"), "events", ""},
    {"POST", "/service/Nobody/operation/PutEvents", "smithy-protocol: rpc-v2-cbor\n", "!Nobody",
     ""},
    {"PUT", "/service/AWSEvents/operation/PutEvents", "", "objects", ""},
    /* Presigned. */
    {"GET",
     "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20250101%2Fus-east-1%2Fs3%2F"
     "aws4_request&X-Amz-Signature=1",
     "", "objects", ""},
    {"GET", "/?Action=Subscribe&X-Amz-Credential=A%2F2%2Fr%2Fsns%2Faws4_request", "", "sns", ""},
    {"GET", "/b/k?AWSAccessKeyId=A&Signature=s&Expires=1", "", "objects", ""},
    /* The Host. */
    {"POST", "/", "Host: sqs.us-east-1.localhost:4566\n", "sqs", ""},
    {"POST", "/", "Host: sns.localhost\n", "sns", ""},
    {"GET", "/k", "Host: bkt.s3.localhost:4566\n", "objects", "bkt"},
    {"GET", "/k", "Host: my.bkt.s3.eu-west-1.localhost.localstack.cloud:4566\n", "objects",
     "my.bkt"},
    {"GET", "/k", "Host: s3.localhost.localstack.cloud:4566\n", "objects", ""},
    {"GET", "/k", "Host: bkt.localhost:4566\n", "objects", "bkt"},
    {"GET", "/k", "Host: my.bkt.localhost:4566\n" AUTH("s3"), "objects", "my.bkt"},
    {"GET", "/b/k", "Host: localhost:4566\n" AUTH("s3"), "objects", ""},
    {"GET", "/b/k", "Host: localhost.localstack.cloud:4566\n" AUTH("s3"), "objects", ""},
    {"GET", "/b/k", "Host: 127.0.0.1:4566\n" AUTH("s3"), "objects", ""},
    {"GET", "/", "Host: abc.execute-api.us-east-1.localhost\n", "!execute-api", ""},
    {"POST", "/", "Host: sqs.localhost\n" AUTH("sns"), "sns", ""},
    /* Action in the URL. */
    {"GET", "/000000000000/q?Action=SendMessage&Version=2012-11-05", "", "sqs", ""},
    {"GET", "/?Action=DescribeRegions&Version=2016-11-15", "", "ec2", ""},
    {"GET", "/?Action=Echo", "", "sqs", ""},
    {"GET", "/?Action=ListUsers&Version=2010-05-08", "", "!Version=2010-05-08", ""},
    {"GET", "/b/k?Action=NobodysAction", "", "objects", ""},
    /* The path. */
    {"POST", "/2015-03-31/functions/f/invocations", "", "functions", ""},
    {"GET", "/2016-08-19/account-settings/", "", "functions", ""},
    {"GET", "/2015-03-31x/functions", "", "objects", ""},
    /* A form may hold the Action; nothing else does. */
    {"POST", "/", FORM, "?", ""},
    {"PUT", "/b/k", FORM, "objects", ""},
    {"POST", "/b/k", "Content-Length: 3\n", "objects", ""},
    {"POST", "/2015-03-31/functions/f/invocations", FORM, "functions", ""},
    {"GET", "/b/k", "", "objects", ""},
    {"GET", "/", "", "objects", ""},
};

static const char *outcome(struct arena *arena, const struct detection *detection)
{
    if (detection->needs_form) {
        return "?";
    }
    if (detection->registration == NULL) {
        return arena_printf(arena, "!%.*s", SLICE_ARG(detection->name)).ptr;
    }
    return detection->registration->service->name;
}

Test(detect, finds_the_service_of_every_kind_of_request)
{
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct detection got = detect_service(
            fixture.edge, parse_request(&arena, rows[i].method, rows[i].target, rows[i].headers),
            &arena);
        cr_expect_str_eq(outcome(&arena, &got), rows[i].want, "case %zu: %s %s %s", i,
                         rows[i].method, rows[i].target, rows[i].headers);
        cr_expect(slice_is(got.bucket, rows[i].bucket), "case %zu: bucket %.*s", i,
                  SLICE_ARG(got.bucket));
    }
    fixture_finish(&fixture);
}

Test(detect, tells_the_service_by_the_action_of_a_form)
{
    static const struct {
        const char *form;
        const char *want;
    } forms[] = {
        {"Action=Publish&Version=2010-03-31&Message=x", "sns"},
        {"Version=2012-11-05&Action=Echo", "sqs"},
        {"Action=DescribeRegions&Version=2016-11-15", "ec2"},
        {"Action=Echo", "sqs"},
        {"Action=NobodysAction", "objects"},
        {"a=1&b=2", "objects"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct http_request *request = parse_request(&arena, "POST", "/", FORM);
        struct detection got = detect_service(fixture.edge, request, &arena);
        cr_assert(got.needs_form);
        detect_by_form(fixture.edge, request, &arena, slice_from(forms[i].form), &got);
        cr_assert_not_null(got.registration);
        cr_expect_str_eq(got.registration->service->name, forms[i].want, "case %zu", i);
    }
    fixture_finish(&fixture);
}

Test(detect, keeps_the_region_that_was_signed_for)
{
    struct fixture fixture;
    fixture_init(&fixture);
    AUTO_ARENA arena = ARENA_INIT;
    struct detection got =
        detect_service(fixture.edge,
                       parse_request(&arena, "POST", "/",
                                     "X-Amz-Target: DynamoDB_20120810.PutItem\n" AUTH("dynamodb")),
                       &arena);
    cr_expect(slice_is(got.region, "eu-west-1"), "%.*s", SLICE_ARG(got.region));
    got = detect_service(fixture.edge, parse_request(&arena, "GET", "/", ""), &arena);
    cr_expect_null(got.region.ptr);
    fixture_finish(&fixture);
}
