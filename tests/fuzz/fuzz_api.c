/* links: sls_api */
/* A request of any shape: "METHOD target\nname: value\n...\n\nform". Every look at it stays inside
 * its bytes, and what was found points to where it should. */
#include "core/api/edge.h"
#include "core/api/origin.h"
#include "core/api/params.h"
#include "core/api/xml.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct api_op rest_ops[] = {
    {"Invoke", NULL, "POST", "/2015-03-31/functions/{FunctionName}/invocations", false},
    {"List", NULL, "GET", "/2015-03-31/functions?List=ALL", false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct api_op object_ops[] = {
    {"ListBuckets", NULL, "GET", "/", false},
    {"GetBucketAcl", NULL, "GET", "/{Bucket}?acl", false},
    {"GetObject", NULL, "GET", "/{Bucket}/{Key+}", false},
    {NULL, NULL, NULL, NULL, false},
};
static const char *const lambda_names[] = {"lambda", NULL};
static const char *const s3_names[] = {"s3", NULL};
static const char *const sns_names[] = {"sns", NULL};
static const struct api_service services[] = {
    {.name = "lambda", .signing_names = lambda_names, .protocol = API_REST_JSON, .ops = rest_ops},
    {.name = "s3",
     .signing_names = s3_names,
     .protocol = API_REST_XML,
     .ops = object_ops,
     .has_buckets = true},
    {.name = "sns",
     .signing_names = sns_names,
     .protocol = API_QUERY,
     .query_version = "2010-03-31",
     .ops = rest_ops},
};

static struct edge *the_edge(void)
{
    static struct edge *edge;
    static uv_loop_t loop;
    static struct context context;
    if (edge == NULL) {
        (void)uv_loop_init(&loop);
        context.loop = &loop;
        struct edge_options options = {.region = "us-east-1", .account_id = "000000000000"};
        edge = edge_create(&context, &options);
        for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
            edge_register(edge, &services[i], NULL);
        }
    }
    return edge;
}

static struct slice parse(struct slice text, struct http_request *request,
                          struct http_header *items, size_t max)
{
    struct slice line;
    (void)slice_split(&text, '\n', &line);
    size_t space = slice_find(line, ' ');
    request->method = slice_take(line, space);
    request->target = slice_skip(line, request->method.len + 1);
    size_t question = slice_find(request->target, '?');
    request->path = slice_take(request->target, question);
    request->query = question != SLICE_NPOS ? slice_skip(request->target, question + 1) : SLICE("");
    request->path = request->path.len == 0 ? SLICE("/") : request->path;
    request->has_body = true;
    request->headers.items = items;
    while (slice_split(&text, '\n', &line) && line.len != 0) {
        size_t colon = slice_find(line, ':');
        if (colon != SLICE_NPOS && request->headers.count < max) {
            items[request->headers.count++] = (struct http_header){
                slice_take(line, colon), slice_trim(slice_skip(line, colon + 1))};
        }
    }
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF xml = BUF_INIT(1 << 24);
    struct slice text = slice_of((const char *)bytes, len);
    struct http_request request = {.method = SLICE("")};
    struct http_header items[16];
    struct edge *edge = the_edge();
    struct slice form = parse(text, &request, items, 16);

    (void)origin_judge(&request, NULL, 0);
    struct detection found = detect_service(edge, &request, &arena);
    if (found.needs_form) {
        detect_by_form(edge, &request, &arena, form, &found);
    }
    assert(found.bucket.len <= len && found.region.len <= len);

    struct http_headers params;
    if (params_parse(&arena, request.query, form, &params) == STATUS_OK) {
        for (size_t i = 0; i < params.count; i++) {
            assert(params.items[i].name.len + params.items[i].value.len <= len);
        }
    }
    struct route_match match = {.op = NULL};
    if (found.registration != NULL &&
        routes_match(&found.registration->routes, &arena, request.method, request.path,
                     request.query, &match)) {
        for (size_t i = 0; i < match.param_count; i++) {
            assert(match.params[i].value.len != 0);
        }
    }
    xml_escape(&xml, text);
    assert(slice_find(buf_slice(&xml), '<') == SLICE_NPOS && slice_is_utf8(buf_slice(&xml)));
    return 0;
}
