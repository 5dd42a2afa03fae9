#include "scheduler/delivery/universal.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"

#include <assert.h>

#define PREFIX "aws-sdk:"

/* SDKs and endpoints call a service differently; these take their input as JSON. */
static const struct {
    const char *sdk, *service;
} services[] = {
    {"sqs", "sqs"},
    {"sns", "sns"},
    {"events", "events"},
    {"eventbridge", "events"},
    {"dynamodb", "dynamodb"},
    {"lambda", "lambda"},
    {"kinesis", "kinesis"},
    {"cloudwatchlogs", "logs"},
    {"cloudwatch", "monitoring"},
};

static const char *find_service(struct slice sdk)
{
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (slice_is(sdk, services[i].sdk)) {
            return services[i].service;
        }
    }
    return NULL;
}

/* "aws-sdk:sqs:sendMessage" in two; false when it is something else. */
static bool split(struct slice resource, struct slice *ret_sdk, struct slice *ret_action)
{
    if (!slice_starts_with(resource, SLICE(PREFIX))) {
        return false;
    }
    struct slice rest = slice_skip(resource, sizeof PREFIX - 1);
    size_t colon = slice_find(rest, ':');
    if (colon == SLICE_NPOS) {
        return false;
    }
    *ret_sdk = slice_take(rest, colon);
    *ret_action = slice_skip(rest, colon + 1);
    return ret_sdk->len > 0 && ret_action->len > 0 && ret_action->ptr[0] >= 'a' &&
           ret_action->ptr[0] <= 'z';
}

static bool only_reads(struct slice action)
{
    static const struct slice prefixes[] = {
        SLICE_INIT("get"),       SLICE_INIT("describe"),    SLICE_INIT("list"),
        SLICE_INIT("poll"),      SLICE_INIT("receive"),     SLICE_INIT("search"),
        SLICE_INIT("scan"),      SLICE_INIT("query"),       SLICE_INIT("select"),
        SLICE_INIT("read"),      SLICE_INIT("lookup"),      SLICE_INIT("discover"),
        SLICE_INIT("validate"),  SLICE_INIT("batchGet"),    SLICE_INIT("batchDescribe"),
        SLICE_INIT("batchRead"), SLICE_INIT("transactGet"), SLICE_INIT("retrieve"),
    };
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        if (slice_starts_with(action, prefixes[i])) {
            return true;
        }
    }
    return false;
}

enum status universal_check(struct slice resource, struct fault *reterr)
{
    struct slice sdk, action;
    if (!split(resource, &sdk, &action) || only_reads(action)) {
        return fault_set(reterr, STATUS_INVALID, "%.*s is not a supported target.",
                         SLICE_ARG(resource));
    }
    const char *service = find_service(sdk);
    /* Lambda has its parameters in paths and headers: only Invoke's are known here. */
    if (service == NULL || (slice_is(sdk, "lambda") && !slice_is(action, "invoke"))) {
        return fault_set(reterr, STATUS_UNSUPPORTED, "sls-local has no universal target %.*s",
                         SLICE_ARG(resource));
    }
    return STATUS_OK;
}

/* Invoke: its parameters go into the path, the query and a header. */
static void fill_invoke(struct arena *arena, struct slice input,
                        struct api_internal_request *request)
{
    struct http_header *path = arena_array(arena, 2, sizeof *path);
    struct http_header *headers = arena_array(arena, 1, sizeof *headers);
    struct slice type = json_text_member(arena, input, "InvocationType");
    struct slice qualifier = json_text_member(arena, input, "Qualifier");
    path[0] =
        (struct http_header){SLICE("FunctionName"), json_text_member(arena, input, "FunctionName")};
    headers[0] = (struct http_header){SLICE("X-Amz-Invocation-Type"), type};
    request->path_params = path;
    request->headers = (struct http_headers){headers, type.len > 0 ? 1 : 0};
    request->body = json_text_member(arena, input, "Payload");
    if (qualifier.len > 0) {
        AUTO_BUF query = BUF_INIT(4096);
        buf_append_text(&query, "Qualifier=");
        percent_encode(&query, qualifier, false);
        request->query = arena_copy(arena, buf_slice(&query));
    }
}

struct api_internal_request universal_call(struct arena *arena, struct slice resource,
                                           struct slice input)
{
    struct slice sdk, action;
    bool is_whole = split(resource, &sdk, &action);
    assert(is_whole);
    char *operation = arena_cstr(arena, action);
    operation[0] = (char)(operation[0] - 'a' + 'A');
    struct api_internal_request request = {
        .service = slice_from(find_service(sdk)),
        .operation = slice_from(operation),
        .body = input,
    };
    if (slice_is(sdk, "lambda")) {
        fill_invoke(arena, input, &request);
    }
    return request;
}

bool universal_is_there(struct edge *edge, struct slice resource)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct api_internal_request request = universal_call(&arena, resource, SLICE("{}"));
    return api_internal_is_there(edge, request.service, request.operation);
}
