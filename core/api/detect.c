#include "core/api/detect.h"

#include "core/api/edge.h"
#include "core/api/origin.h"
#include "core/api/params.h"

/* An access key may hold slashes, so the scope is read from the right. */
static bool parse_scope(struct slice credential, bool has_region,
                        struct credential_scope *ret_scope)
{
    size_t slash = slice_rfind(credential, '/');
    if (slash == SLICE_NPOS || !slice_is(slice_skip(credential, slash + 1), "aws4_request")) {
        return false;
    }
    credential = slice_take(credential, slash);
    slash = slice_rfind(credential, '/');
    if (slash == SLICE_NPOS) {
        return false;
    }
    struct credential_scope scope = {.service = slice_skip(credential, slash + 1)};
    credential = slice_take(credential, slash);
    slash = slice_rfind(credential, '/');
    if (has_region && slash != SLICE_NPOS) {
        scope.region = slice_skip(credential, slash + 1);
    }
    *ret_scope = scope;
    return true;
}

bool credential_scope_find(const struct http_request *request, struct arena *arena,
                           struct credential_scope *ret_scope)
{
    struct slice header = http_header_get(request->headers, "authorization");
    if (slice_starts_with(header, SLICE("AWS4-"))) {
        /* SigV4a scopes ("AWS4-ECDSA-P256-SHA256") name no region. */
        bool has_region = slice_starts_with(header, SLICE("AWS4-HMAC"));
        size_t at = slice_search(header, SLICE("Credential="));
        if (at == SLICE_NPOS) {
            return false;
        }
        struct slice credential = slice_skip(header, at + strlen("Credential="));
        credential = slice_trim(slice_take(credential, slice_find(credential, ',')));
        return parse_scope(credential, has_region, ret_scope);
    }
    struct slice presigned = params_find(arena, request->query, SLICE("X-Amz-Credential"));
    return presigned.ptr != NULL && parse_scope(presigned, true, ret_scope);
}

/* "DynamoDB_20120810.PutItem". */
static void detect_by_target(const struct edge *edge, const struct http_request *request,
                             struct detection *detection)
{
    struct slice target = http_header_get(request->headers, "x-amz-target");
    size_t dot = slice_rfind(target, '.');
    if (target.len == 0 || dot == SLICE_NPOS) {
        return;
    }
    detection->has_target = true;
    detection->operation = slice_skip(target, dot + 1);
    detection->name = slice_take(target, dot);
    detection->registration = names_get(&edge->by_target, detection->name);
}

/* "/service/GraniteServiceVersion20100801/operation/PutMetricData" of Smithy RPC v2: the same name, elsewhere. */
static void detect_by_smithy(const struct edge *edge, const struct http_request *request,
                             struct detection *detection)
{
    struct slice protocol = http_header_get(request->headers, "smithy-protocol");
    if (!slice_is(protocol, SMITHY_CBOR) || !slice_starts_with(request->path, SLICE("/service/"))) {
        return;
    }
    struct slice name = slice_skip(request->path, strlen("/service/"));
    size_t end = slice_search(name, SLICE("/operation/"));
    if (end == SLICE_NPOS) {
        return;
    }
    detection->has_target = true;
    detection->is_smithy = true;
    detection->operation = slice_skip(name, end + strlen("/operation/"));
    detection->name = slice_take(name, end);
    detection->registration = names_get(&edge->by_target, detection->name);
}

static const struct registration *by_first_segment(const struct edge *edge, struct slice path)
{
    struct slice first = slice_skip(path, 1);
    return names_get(&edge->by_segment, slice_take(first, slice_find(first, '/')));
}

static bool signs_as(const struct registration *registration, struct slice name)
{
    const char *const *each = registration->service->signing_names;
    while (each != NULL && *each != NULL && !slice_is(name, *each)) {
        each++;
    }
    return each != NULL && *each != NULL;
}

/* Two services may sign alike, as those of API Gateway do: the path tells them apart. */
static const struct registration *of_scope(const struct edge *edge, struct slice name,
                                           struct slice path)
{
    const struct registration *of_path = by_first_segment(edge, path);
    return of_path != NULL && signs_as(of_path, name) ? of_path : names_get(&edge->by_scope, name);
}

/* A scope whose name is empty (some test suites sign so) decides nothing. */
static bool detect_by_scope(const struct edge *edge, const struct http_request *request,
                            struct arena *arena, struct detection *detection)
{
    struct credential_scope scope;
    if (!credential_scope_find(request, arena, &scope)) {
        return false;
    }
    detection->region = scope.region;
    if (detection->registration != NULL || scope.service.len == 0) {
        return detection->registration != NULL;
    }
    detection->registration = of_scope(edge, scope.service, request->path);
    detection->name = scope.service;
    return true;
}

/* SigV2, which only S3 still speaks: "Authorization: AWS key:signature", or in a presigned URL. */
static bool is_signed_v2(const struct http_request *request, struct arena *arena)
{
    return slice_starts_with(http_header_get(request->headers, "authorization"), SLICE("AWS ")) ||
           (params_find(arena, request->query, SLICE("AWSAccessKeyId")).ptr != NULL &&
            params_find(arena, request->query, SLICE("Signature")).ptr != NULL);
}

/* "us-east-1", "us-gov-west-1", "ap-southeast-2". */
static bool is_region(struct slice label)
{
    if (slice_starts_with(label, SLICE("s3-"))) {
        return false;
    }
    size_t dash = slice_find(label, '-');
    return dash == 2 && label.len >= 9 && label.ptr[label.len - 2] == '-' &&
           label.ptr[label.len - 1] >= '0' && label.ptr[label.len - 1] <= '9';
}

/* Takes the last label off `*labels`. */
static struct slice pop_label(struct slice *labels)
{
    size_t dot = slice_rfind(*labels, '.');
    struct slice label = dot != SLICE_NPOS ? slice_skip(*labels, dot + 1) : *labels;
    *labels = dot != SLICE_NPOS ? slice_take(*labels, dot) : SLICE("");
    return label;
}

/* What stands before a domain that is ours: "bucket.s3.us-east-1" of
 * "bucket.s3.us-east-1.localhost.localstack.cloud:4566". */
static struct slice host_labels(struct slice host)
{
    static const struct slice domains[] = {SLICE_INIT(".localhost.localstack.cloud"),
                                           SLICE_INIT(".localhost"), SLICE_INIT(".amazonaws.com")};
    struct slice name = host_name(host);
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        struct slice domain = domains[i];
        if (name.len > domain.len && slice_ieq(slice_skip(name, name.len - domain.len), domain)) {
            return slice_take(name, name.len - domain.len);
        }
    }
    return SLICE("");
}

/* The labels of a Host, read from the right: [bucket "."] service ["." region]. */
struct host_parts {
    struct slice labels; /* all of them; empty when the host is none of our domains */
    struct slice service;
    struct slice before; /* the service: a bucket */
    bool has_region;
};

static struct host_parts split_host(const struct http_request *request)
{
    struct host_parts parts = {
        .labels = host_labels(http_header_get(request->headers, "host")),
    };
    parts.before = parts.labels;
    parts.service = pop_label(&parts.before);
    if (is_region(parts.service) && parts.before.len != 0) {
        parts.has_region = true;
        parts.service = pop_label(&parts.before);
    }
    if (slice_is(parts.service, "dualstack") && parts.before.len != 0) {
        parts.service = pop_label(&parts.before);
    }
    /* "s3-us-west-2", an older way to name the region. */
    if (slice_starts_with(parts.service, SLICE("s3-")) && is_region(slice_skip(parts.service, 3))) {
        parts.has_region = true;
        parts.service = slice_take(parts.service, 2);
    }
    return parts;
}

static bool detect_by_host(const struct edge *edge, const struct http_request *request,
                           struct detection *detection)
{
    struct host_parts parts = split_host(request);
    detection->registration = names_get(&edge->by_scope, parts.service);
    if (detection->registration == NULL && parts.has_region) {
        detection->name = parts.service; /* "id.execute-api.us-east-1" */
        return true;
    }
    return detection->registration != NULL;
}

/* "bucket.s3.localhost", or a bucket alone: SDKs make "bucket.localhost" from http://localhost. */
static void find_bucket(const struct edge *edge, const struct http_request *request,
                        struct detection *detection)
{
    const struct registration *found = detection->registration;
    if (found == NULL || !found->service->has_buckets) {
        return;
    }
    struct host_parts parts = split_host(request);
    bool is_named = names_get(&edge->by_scope, parts.service) == found;
    detection->bucket = is_named ? parts.before : parts.labels;
}

/* A query operation: by the version of its API, else by who knows the action. */
static bool detect_by_action(const struct edge *edge, struct arena *arena, struct slice text,
                             struct detection *detection)
{
    struct slice action = params_find(arena, text, SLICE("Action"));
    struct slice version = params_find(arena, text, SLICE("Version"));
    if (action.len == 0) {
        return false;
    }
    const struct registration *found = names_get(&edge->by_version, version);
    for (const struct registration *each = edge->registrations; found == NULL && each != NULL;
         each = each->next) {
        const struct api_service *service = each->service;
        bool speaks_query =
            service->protocol == API_QUERY || service->protocol == API_EC2 || service->also_query;
        if (version.len == 0 && speaks_query && names_get(&each->ops, action) != NULL) {
            found = each;
        }
    }
    if (found == NULL && version.len == 0) {
        return false; /* any web form may have a field of that name */
    }
    detection->operation = action;
    detection->registration = found;
    detection->name =
        found == NULL ? arena_printf(arena, "Version=%.*s", SLICE_ARG(version)) : version;
    return true;
}

static bool detect_by_path(const struct edge *edge, const struct http_request *request,
                           struct detection *detection)
{
    detection->registration = by_first_segment(edge, request->path);
    for (const struct registration *each = edge->registrations;
         detection->registration == NULL && each != NULL; each = each->next) {
        if (each->service->owns_path != NULL && each->service->owns_path(request->path)) {
            detection->registration = each;
        }
    }
    return detection->registration != NULL;
}

static bool has_form(const struct http_request *request)
{
    struct slice type = http_header_get(request->headers, "content-type");
    return slice_is(request->method, "POST") && request->has_body &&
           slice_istarts_with(type, SLICE("application/x-www-form-urlencoded"));
}

static bool decide(const struct edge *edge, const struct http_request *request, struct arena *arena,
                   struct detection *detection)
{
    detect_by_target(edge, request, detection);
    detect_by_smithy(edge, request, detection);
    if (detect_by_scope(edge, request, arena, detection) || detection->has_target) {
        return true;
    }
    if (is_signed_v2(request, arena) && edge->fallback != NULL) {
        detection->registration = edge->fallback;
        return true;
    }
    return detect_by_host(edge, request, detection) ||
           detect_by_action(edge, arena, request->query, detection) ||
           detect_by_path(edge, request, detection);
}

struct detection detect_service(const struct edge *edge, const struct http_request *request,
                                struct arena *arena)
{
    struct detection detection = {.region = SLICE_NULL};
    if (edge->registrations != NULL && edge->registrations->next == NULL) {
        detect_by_target(edge, request, &detection);
        detect_by_smithy(edge, request, &detection);
        detection.registration = edge->registrations;
        (void)detect_by_scope(edge, request, arena, &detection);
    } else if (!decide(edge, request, arena, &detection)) {
        detection.needs_form = has_form(request);
        detection.registration = detection.needs_form ? NULL : edge->fallback;
    }
    find_bucket(edge, request, &detection);
    return detection;
}

void detect_by_form(const struct edge *edge, const struct http_request *request,
                    struct arena *arena, struct slice form, struct detection *detection)
{
    detection->needs_form = false;
    if (!detect_by_action(edge, arena, form, detection)) {
        detection->registration = edge->fallback;
        find_bucket(edge, request, detection);
    }
}
