#include "gateway/cdn/service.h"

#include "core/api/xml.h"
#include "core/api/xml_read.h"
#include "core/mem.h"
#include "gateway/cdn/config_xml.h"
#include "gateway/cdn/invalidation.h"

#define REPLY_MAX (4u << 20)
#define PATHS_MAX (4u << 20)
#define NAMESPACE "http://cloudfront.amazonaws.com/doc/2020-05-31/"
#define DISTRIBUTIONS "/2020-05-31/distribution"

/* --- errors --- */

static bool on_error(struct api_call *call, int http_status, const char *code, struct slice message)
{
    static const struct http_header type = {SLICE_INIT("Content-Type"), SLICE_INIT("text/xml")};
    AUTO_BUF xml = BUF_INIT(REPLY_MAX);
    buf_append_text(&xml,
                    "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"" NAMESPACE "\"><Error>");
    xml_element(&xml, "Type", http_status >= 500 ? SLICE("Receiver") : SLICE("Sender"));
    xml_element(&xml, "Code", slice_from(code));
    xml_element(&xml, "Message", message);
    buf_append_text(&xml, "</Error>");
    xml_element(&xml, "RequestId", slice_from(api_request_id(call)));
    buf_append_text(&xml, "</ErrorResponse>");
    api_reply_raw(call, http_status, (struct http_headers){&type, 1}, buf_slice(&xml));
    return true;
}

static const struct distribution_spec *distribution_of(struct api_call *call, const struct cdn *cdn)
{
    const struct distribution_spec *spec = cdn_find_distribution(cdn, api_path_param(call, "Id"));
    if (spec == NULL) {
        api_reply_error(call, 404, "NoSuchDistribution",
                        SLICE("The specified distribution does not exist."));
    }
    return spec;
}

static struct buf begin(const char *root)
{
    struct buf xml = BUF_INIT(REPLY_MAX);
    buf_printf(&xml, "<%s xmlns=\"" NAMESPACE "\">", root);
    return xml;
}

static void reply(struct api_call *call, int status, struct buf *xml)
{
    if (buf_status(xml) == STATUS_OK) {
        api_reply_xml(call, status, buf_slice(xml));
    } else {
        api_reply_error(call, 500, "InternalError", SLICE("the answer is too large"));
    }
    buf_finish(xml);
}

/* --- distributions --- */

static void put_time(struct buf *xml, const char *name, int64_t ms)
{
    char text[TIME_TEXT_MAX];
    xml_element(xml, name, slice_from(time_iso8601_ms(text, ms)));
}

static void put_head(struct buf *xml, struct api_call *call, const struct cdn *cdn,
                     const struct distribution_spec *spec)
{
    xml_element(xml, "Id", spec->id);
    xml_element(xml, "ARN",
                arena_printf(api_arena(call), "arn:aws:cloudfront::%s:distribution/%.*s",
                             api_account_id(call), SLICE_ARG(spec->id)));
    xml_element(xml, "Status", SLICE("Deployed"));
    put_time(xml, "LastModifiedTime", cdn->deployed_ms);
    xml_element(xml, "DomainName", spec->domain_name);
}

/* Of the template, it has no versions: what it says is its tag. */
static void add_etag(struct api_call *call, const struct distribution_spec *spec)
{
    api_add_header(call, SLICE("ETag"),
                   arena_printf(api_arena(call), "E%013llX",
                                (unsigned long long)(slice_hash(spec->config) >> 12)));
}

static void op_list_distributions(struct api_call *call, void *ctx)
{
    const struct cdn *cdn = ctx;
    size_t count = cdn->config != NULL ? cdn->config->model->count : 0;
    struct buf xml = begin("DistributionList");
    buf_printf(&xml,
               "<Marker></Marker><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>"
               "<Quantity>%zu</Quantity><Items>",
               count);
    for (size_t i = 0; i < count; i++) {
        const struct distribution_spec *spec = &cdn->config->model->items[i];
        xml_open(&xml, "DistributionSummary");
        put_head(&xml, call, cdn, spec);
        config_xml(&xml, api_arena(call), spec->config);
        xml_close(&xml, "DistributionSummary");
    }
    buf_append_text(&xml, "</Items></DistributionList>");
    reply(call, 200, &xml);
}

static void op_get_distribution(struct api_call *call, void *ctx)
{
    const struct cdn *cdn = ctx;
    const struct distribution_spec *spec = distribution_of(call, cdn);
    if (spec == NULL) {
        return;
    }
    struct buf xml = begin("Distribution");
    put_head(&xml, call, cdn, spec);
    xml_element(&xml, "InProgressInvalidationBatches", SLICE("0"));
    xml_open(&xml, "DistributionConfig");
    xml_element(&xml, "CallerReference", spec->logical_id);
    config_xml(&xml, api_arena(call), spec->config);
    buf_append_text(&xml, "</DistributionConfig></Distribution>");
    add_etag(call, spec);
    reply(call, 200, &xml);
}

static void op_get_config(struct api_call *call, void *ctx)
{
    const struct distribution_spec *spec = distribution_of(call, ctx);
    if (spec == NULL) {
        return;
    }
    struct buf xml = begin("DistributionConfig");
    xml_element(&xml, "CallerReference", spec->logical_id);
    config_xml(&xml, api_arena(call), spec->config);
    xml_close(&xml, "DistributionConfig");
    add_etag(call, spec);
    reply(call, 200, &xml);
}

/* --- invalidations --- */

static void put_invalidation(struct buf *xml, const struct invalidation *each, const char *status)
{
    struct slice rest = slice_from(each->paths), path;
    size_t count = 0;
    for (struct slice all = rest; slice_split(&all, '\n', &path);) {
        count += path.len > 0;
    }
    xml_element(xml, "Id", slice_from(each->id));
    xml_element(xml, "Status", slice_from(status));
    put_time(xml, "CreateTime", each->created_ms);
    buf_printf(xml, "<InvalidationBatch><Paths><Quantity>%zu</Quantity><Items>", count);
    while (slice_split(&rest, '\n', &path)) {
        if (path.len > 0) {
            xml_element(xml, "Path", path);
        }
    }
    buf_append_text(xml, "</Items></Paths>");
    xml_element(xml, "CallerReference", slice_from(each->caller_reference));
    xml_close(xml, "InvalidationBatch");
}

/* The paths of a batch, one a line; false when the call was refused. */
static bool read_paths(struct api_call *call, const struct xml_node *batch, struct buf *paths)
{
    const struct xml_node *node = xml_child(batch, "Paths");
    const struct xml_node *path = xml_child(xml_child(node, "Items"), "Path");
    uint64_t quantity = 0;
    size_t count = 0;
    for (; path != NULL; path = xml_next(path, "Path"), count++) {
        if (path->text.len == 0 || slice_find(path->text, '\n') != SLICE_NPOS ||
            slice_find(path->text, '\0') != SLICE_NPOS) {
            api_reply_error(call, 400, "InvalidArgument",
                            SLICE("Your request contains one or more invalid invalidation paths."));
            return false;
        }
        buf_append(paths, path->text);
        buf_append_char(paths, '\n');
    }
    if (count > CDN_INVALIDATION_PATHS_MAX || buf_status(paths) != STATUS_OK) {
        api_reply_error(call, 413, "BatchTooLarge",
                        SLICE("Invalidation batch specified is too large."));
        return false;
    }
    if (count == 0 || !slice_to_u64(xml_text(node, "Quantity"), &quantity) || quantity != count) {
        api_reply_error(call, 400, "InconsistentQuantities",
                        SLICE("The value of Quantity and the size of Items don't match."));
        return false;
    }
    return true;
}

static const struct invalidation *
find_by_reference(const struct cdn *cdn, struct slice distribution, struct slice reference)
{
    const struct invalidation *each = cdn->invalidations;
    while (each != NULL && (!slice_is(distribution, each->distribution) ||
                            !slice_is(reference, each->caller_reference))) {
        each = each->next;
    }
    return each;
}

static void op_create_invalidation(struct api_call *call, void *ctx)
{
    struct cdn *cdn = ctx;
    const struct distribution_spec *spec = distribution_of(call, cdn);
    if (spec == NULL) {
        return;
    }
    const struct xml_node *root;
    AUTO_BUF paths = BUF_INIT(PATHS_MAX);
    if (xml_read(api_arena(call), api_body(call), &root) != STATUS_OK ||
        xml_text(root, "CallerReference").len == 0) {
        api_reply_error(call, 400, "MalformedInput",
                        SLICE("The request body is no InvalidationBatch with a CallerReference."));
        return;
    }
    if (!read_paths(call, root, &paths)) {
        return;
    }
    struct slice reference = xml_text(root, "CallerReference");
    const struct invalidation *made = find_by_reference(cdn, spec->id, reference);
    if (made != NULL && !slice_is(buf_slice(&paths), made->paths)) {
        api_reply_error(call, 400, "InvalidArgument",
                        SLICE("Your request contains a caller reference that was used for a "
                              "previous invalidation batch for the same distribution."));
        return;
    }
    if (made == NULL) {
        made = invalidation_make(cdn, spec->id, reference, buf_slice(&paths));
    }
    struct buf xml = begin("Invalidation");
    put_invalidation(&xml, made, "InProgress");
    xml_close(&xml, "Invalidation");
    api_add_header(call, SLICE("Location"),
                   arena_printf(api_arena(call),
                                "https://cloudfront.amazonaws.com" DISTRIBUTIONS
                                "/%.*s/invalidation/%s",
                                SLICE_ARG(spec->id), made->id));
    reply(call, 201, &xml);
}

static void op_get_invalidation(struct api_call *call, void *ctx)
{
    const struct cdn *cdn = ctx;
    const struct distribution_spec *spec = distribution_of(call, cdn);
    const struct invalidation *each = cdn->invalidations;
    if (spec == NULL) {
        return;
    }
    while (each != NULL && (!slice_is(spec->id, each->distribution) ||
                            !slice_is(api_path_param(call, "InvalidationId"), each->id))) {
        each = each->next;
    }
    if (each == NULL) {
        api_reply_error(call, 404, "NoSuchInvalidation",
                        SLICE("The specified invalidation does not exist."));
        return;
    }
    struct buf xml = begin("Invalidation");
    put_invalidation(&xml, each, "Completed");
    xml_close(&xml, "Invalidation");
    reply(call, 200, &xml);
}

static void op_list_invalidations(struct api_call *call, void *ctx)
{
    const struct cdn *cdn = ctx;
    const struct distribution_spec *spec = distribution_of(call, cdn);
    if (spec == NULL) {
        return;
    }
    size_t count = 0;
    struct buf xml = begin("InvalidationList");
    buf_append_text(&xml, "<Marker></Marker><MaxItems>100</MaxItems><IsTruncated>false"
                          "</IsTruncated><Items>");
    for (const struct invalidation *each = cdn->invalidations; each != NULL; each = each->next) {
        if (slice_is(spec->id, each->distribution)) {
            count++;
            xml_open(&xml, "InvalidationSummary");
            xml_element(&xml, "Id", slice_from(each->id));
            put_time(&xml, "CreateTime", each->created_ms);
            xml_element(&xml, "Status", SLICE("Completed"));
            xml_close(&xml, "InvalidationSummary");
        }
    }
    buf_printf(&xml, "</Items><Quantity>%zu</Quantity></InvalidationList>", count);
    reply(call, 200, &xml);
}

/* --- the service --- */

static const char *const signing_names[] = {"cloudfront", NULL};

#define ROW(name, method, path, run)                                                               \
    {                                                                                              \
        name, run, method, path, false                                                             \
    }

static const struct api_op ops[] = {
    ROW("ListDistributions", "GET", DISTRIBUTIONS, op_list_distributions),
    ROW("GetDistribution", "GET", DISTRIBUTIONS "/{Id}", op_get_distribution),
    ROW("GetDistributionConfig", "GET", DISTRIBUTIONS "/{Id}/config", op_get_config),
    ROW("CreateInvalidation", "POST", DISTRIBUTIONS "/{Id}/invalidation", op_create_invalidation),
    ROW("ListInvalidations", "GET", DISTRIBUTIONS "/{Id}/invalidation", op_list_invalidations),
    ROW("GetInvalidation", "GET", DISTRIBUTIONS "/{Id}/invalidation/{InvalidationId}",
        op_get_invalidation),
    ROW("CreateDistribution", "POST", DISTRIBUTIONS, NULL),
    ROW("UpdateDistribution", "PUT", DISTRIBUTIONS "/{Id}/config", NULL),
    ROW("DeleteDistribution", "DELETE", DISTRIBUTIONS "/{Id}", NULL),
    ROW("CreateCachePolicy", "POST", "/2020-05-31/cache-policy", NULL),
    ROW("ListCachePolicies", "GET", "/2020-05-31/cache-policy", NULL),
    ROW("GetCachePolicy", "GET", "/2020-05-31/cache-policy/{Id}", NULL),
    ROW("CreateOriginRequestPolicy", "POST", "/2020-05-31/origin-request-policy", NULL),
    ROW("ListOriginRequestPolicies", "GET", "/2020-05-31/origin-request-policy", NULL),
    ROW("CreateResponseHeadersPolicy", "POST", "/2020-05-31/response-headers-policy", NULL),
    ROW("ListResponseHeadersPolicies", "GET", "/2020-05-31/response-headers-policy", NULL),
    ROW("CreateOriginAccessControl", "POST", "/2020-05-31/origin-access-control", NULL),
    ROW("ListOriginAccessControls", "GET", "/2020-05-31/origin-access-control", NULL),
    ROW("CreateFunction", "POST", "/2020-05-31/function", NULL),
    ROW("ListFunctions", "GET", "/2020-05-31/function", NULL),
    ROW("TagResource", "POST", "/2020-05-31/tagging?Operation=Tag", NULL),
    ROW("UntagResource", "POST", "/2020-05-31/tagging?Operation=Untag", NULL),
    ROW("ListTagsForResource", "GET", "/2020-05-31/tagging", NULL),
    {NULL, NULL, NULL, NULL, false},
};

static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "InvalidArgument"},
    [STATUS_NOT_FOUND] = {404, "NoSuchResource"},
    [STATUS_LIMIT] = {413, "BatchTooLarge"},
    [STATUS_UNSUPPORTED] = {501, "UnknownOperation"},
};

const struct api_service cloudfront_service = {
    .name = "cloudfront",
    .signing_names = signing_names,
    .protocol = API_REST_XML,
    .ops = ops,
    .errors = errors,
    .on_error = on_error,
};
