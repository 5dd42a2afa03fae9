#include "runtime/lambda_api_private.h"

#include "core/api/page_token.h"
#include "core/api/tags.h"
#include "core/encode.h"
#include "core/json_writer.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 10000
#define CONFIGURATION_LEN_MAX (64 * 1024)
#define REPLY_LEN_MAX (64 * 1024 * 1024)

/* One published version at most: "1", which the function's alias names. */
enum version_rank { VERSION_LATEST, VERSION_PUBLISHED, VERSION_COUNT };

static const char *const version_texts[VERSION_COUNT] = {"$LATEST", "1"};

static size_t version_count(const struct function_state *state)
{
    return state->spec->alias.len != 0 ? VERSION_COUNT : VERSION_PUBLISHED;
}

static void reply_json_buf(struct api_call *call, struct buf *body)
{
    if (buf_status(body) != STATUS_OK) {
        api_reply_error(call, 500, "ServiceException", SLICE("The answer is too large."));
        return;
    }
    api_reply_json(call, 200, buf_slice(body));
}

/* --- one configuration --- */

static void put_arn(struct json_writer *w, const char *key, struct arena *arena, struct slice arn,
                    struct slice qualifier)
{
    json_put_string(w, key,
                    qualifier.len != 0
                        ? arena_printf(arena, "%.*s:%.*s", SLICE_ARG(arn), SLICE_ARG(qualifier))
                        : arn);
}

static void write_environment(struct json_writer *w, const struct function_spec *spec)
{
    if (spec->environment_count == 0) {
        return;
    }
    json_key_text(w, "Environment");
    json_open(w, '{');
    json_key_text(w, "Variables");
    json_open(w, '{');
    for (size_t i = 0; i < spec->environment_count; i++) {
        json_write_key(w, spec->environment[i].name);
        json_write_string(w, spec->environment[i].value);
    }
    json_close(w, '}');
    json_close(w, '}');
}

static void put_object(struct json_writer *w, const char *key, const char *name, struct slice value)
{
    json_key_text(w, key);
    json_open(w, '{');
    json_put_string(w, name, value);
    json_close(w, '}');
}

static void write_package(struct json_writer *w, const struct function_spec *spec)
{
    json_put_text(w, "PackageType", spec->code == CODE_IMAGE ? "Image" : "Zip");
    if (spec->code != CODE_IMAGE) {
        json_put_string(w, "Runtime", spec->runtime);
        json_put_string(w, "Handler", spec->handler);
    }
    json_key_text(w, "Architectures");
    json_open(w, '[');
    json_write_string(w, spec->architecture.len != 0 ? spec->architecture : SLICE("x86_64"));
    json_close(w, ']');
}

static void write_state(struct json_writer *w, const struct function_state *state)
{
    json_put_text(w, "State", state->problem.len != 0 ? "Failed" : "Active");
    if (state->problem.len != 0) {
        json_put_string(w, "StateReason", state->problem);
        json_put_text(w, "StateReasonCode", "InvalidConfiguration");
    }
    json_put_text(w, "LastUpdateStatus", "Successful");
}

/* FunctionConfiguration; `qualifier` only goes into the ARN. Lists leave out the state. */
static void write_configuration(struct json_writer *w, struct arena *arena,
                                struct function_state *state, struct slice qualifier,
                                enum version_rank rank, bool has_state)
{
    const struct function_spec *spec = state->spec;
    char modified[TIME_TEXT_MAX];
    lambda_function_code(state);
    json_open(w, '{');
    json_put_string(w, "FunctionName", spec->name);
    put_arn(w, "FunctionArn", arena, state->arn, qualifier);
    write_package(w, spec);
    json_put_string(w, "Role", spec->role);
    json_put_i64(w, "CodeSize", (int64_t)state->code_size);
    json_put_string(w, "CodeSha256", state->code_sha256);
    json_put_string(w, "Description", spec->description);
    json_put_i64(w, "Timeout", spec->timeout_ms / 1000);
    json_put_i64(w, "MemorySize", spec->memory_mb);
    json_put_text(w, "LastModified", time_iso8601_offset(modified, state->last_modified_ms));
    json_put_text(w, "Version", version_texts[rank]);
    write_environment(w, spec);
    put_object(w, "TracingConfig", "Mode", SLICE("PassThrough"));
    json_put_string(w, "RevisionId", state->revision_id);
    json_key_text(w, "EphemeralStorage");
    json_open(w, '{');
    json_put_i64(w, "Size", spec->ephemeral_mb);
    json_close(w, '}');
    json_key_text(w, "SnapStart");
    json_open(w, '{');
    json_put_text(w, "ApplyOn", "None");
    json_put_text(w, "OptimizationStatus", "Off");
    json_close(w, '}');
    json_key_text(w, "LoggingConfig");
    json_open(w, '{');
    json_put_string(w, "LogFormat", spec->log_format.len != 0 ? spec->log_format : SLICE("Text"));
    json_put_string(w, "LogGroup", state->log_group);
    json_close(w, '}');
    if (has_state) {
        write_state(w, state);
    }
    json_close(w, '}');
}

static enum version_rank rank_of(const struct function_ref *ref)
{
    return slice_is(ref->version, "1") ? VERSION_PUBLISHED : VERSION_LATEST;
}

/* Where the code is: a file URL for what AWS would offer as a presigned download. */
static void write_code(struct json_writer *w, struct arena *arena, const struct function_spec *spec)
{
    json_key_text(w, "Code");
    json_open(w, '{');
    if (spec->code == CODE_IMAGE) {
        json_put_text(w, "RepositoryType", "ECR");
        json_put_string(w, "ImageUri", spec->code_path);
    } else {
        json_put_text(w, "RepositoryType", "S3");
    }
    if (spec->code == CODE_DIRECTORY || spec->code == CODE_ZIP) {
        AUTO_BUF path = BUF_INIT(CONFIGURATION_LEN_MAX);
        percent_encode(&path, spec->code_path, true);
        json_put_string(w, "Location",
                        arena_printf(arena, "file://%.*s", SLICE_ARG(buf_slice(&path))));
    }
    json_close(w, '}');
}

static void write_concurrency(struct json_writer *w, const struct function_spec *spec)
{
    if (spec->reserved_concurrency >= 0) {
        json_put_i64(w, "ReservedConcurrentExecutions", spec->reserved_concurrency);
    }
}

void lambda_op_get_function(struct api_call *call, void *ctx)
{
    struct function_ref ref;
    if (!function_ref_find(call, ctx, &ref)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "Configuration");
    write_configuration(&w, api_arena(call), &ref.state, ref.qualifier, rank_of(&ref), true);
    write_code(&w, api_arena(call), ref.state.spec);
    struct tags tags = tags_of_list(api_arena(call), ref.state.spec->tags);
    if (tags.count > 0) {
        json_key_text(&w, "Tags");
        tags_write_object(&w, &tags);
    }
    if (ref.state.spec->reserved_concurrency >= 0) {
        json_key_text(&w, "Concurrency");
        json_open(&w, '{');
        write_concurrency(&w, ref.state.spec);
        json_close(&w, '}');
    }
    json_close(&w, '}');
    reply_json_buf(call, &body);
}

void lambda_op_get_function_configuration(struct api_call *call, void *ctx)
{
    struct function_ref ref;
    if (!function_ref_find(call, ctx, &ref)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    write_configuration(&w, api_arena(call), &ref.state, ref.qualifier, rank_of(&ref), true);
    reply_json_buf(call, &body);
}

void lambda_op_get_function_concurrency(struct api_call *call, void *ctx)
{
    struct function_ref ref;
    if (!function_ref_find(call, ctx, &ref)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(CONFIGURATION_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    write_concurrency(&w, ref.state.spec);
    json_close(&w, '}');
    reply_json_buf(call, &body);
}

/* --- pages --- */

struct page {
    size_t max;
    size_t count;
    struct slice after_name; /* SLICE_NULL: from the start */
    enum version_rank after_rank;
    struct slice last_name;
    enum version_rank last_rank;
    bool is_cut; /* something came behind the last that fitted */
};

/* Marker is made of "name:version" of the last entry of the page before. */
static bool page_read(struct api_call *call, struct page *ret_page)
{
    struct page page = {.max = PAGE_DEFAULT};
    struct slice marker = api_query_param(call, "Marker");
    struct slice max = api_query_param(call, "MaxItems");
    uint64_t count;
    if (max.len != 0) {
        if (!slice_to_u64(max, &count) || count < 1) {
            reply_constraint(call, max, "maxItems",
                             "Member must have value greater than or equal to 1");
            return false;
        }
        if (count > PAGE_MAX) {
            reply_constraint(call, max, "maxItems",
                             "Member must have value less than or equal to 10000");
            return false;
        }
        page.max = count < PAGE_DEFAULT ? (size_t)count : PAGE_DEFAULT; /* as AWS caps it */
    }
    if (marker.len != 0) {
        struct slice last;
        if (!page_token_read(api_arena(call), api_operation(call)->name, marker, &last)) {
            api_reply_error(call, 400, "InvalidParameterValueException",
                            SLICE("The provided Marker is invalid."));
            return false;
        }
        size_t colon = slice_find(last, ':');
        page.after_name = slice_take(last, colon);
        page.after_rank =
            slice_is(slice_skip(last, colon + 1), "1") ? VERSION_PUBLISHED : VERSION_LATEST;
    }
    *ret_page = page;
    return true;
}

/* True when the entry belongs on this page. */
static bool page_takes(struct page *page, struct slice name, enum version_rank rank)
{
    if (page->after_name.ptr != NULL) {
        int order = slice_compare(name, page->after_name);
        if (order < 0 || (order == 0 && rank <= page->after_rank)) {
            return false;
        }
    }
    if (page->count == page->max) {
        page->is_cut = true;
        return false;
    }
    page->count++;
    page->last_name = name;
    page->last_rank = rank;
    return true;
}

static void write_next_marker(struct json_writer *w, struct api_call *call, const struct page *page)
{
    if (page->is_cut) {
        struct slice last = arena_printf(api_arena(call), "%.*s:%s", SLICE_ARG(page->last_name),
                                         version_texts[page->last_rank]);
        json_put_string(w, "NextMarker",
                        page_token_make(api_arena(call), api_operation(call)->name, last));
    }
}

void lambda_op_list_functions(struct api_call *call, void *ctx)
{
    const struct lambda_api *api = ctx;
    struct slice wanted = api_query_param(call, "FunctionVersion");
    struct page page;
    if (wanted.len != 0 && !slice_is(wanted, "ALL")) {
        reply_constraint(call, wanted, "functionVersion",
                         "Member must satisfy enum value set: [ALL]");
        return;
    }
    if (!page_read(call, &page)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "Functions");
    json_open(&w, '[');
    for (size_t i = 0; i < lambda_function_count(api->lambda) && !page.is_cut; i++) {
        struct function_state state;
        lambda_function_at(api->lambda, i, &state);
        size_t versions = wanted.len != 0 ? version_count(&state) : 1;
        for (size_t rank = 0; rank < versions; rank++) {
            struct slice qualifier = wanted.len != 0 ? slice_from(version_texts[rank]) : SLICE_NULL;
            if (page_takes(&page, state.spec->name, (enum version_rank)rank)) {
                write_configuration(&w, api_arena(call), &state, qualifier, (enum version_rank)rank,
                                    false);
            }
        }
    }
    json_close(&w, ']');
    write_next_marker(&w, call, &page);
    json_close(&w, '}');
    reply_json_buf(call, &body);
}

void lambda_op_list_versions(struct api_call *call, void *ctx)
{
    struct function_ref ref;
    struct page page;
    if (!function_ref_find(call, ctx, &ref) || !page_read(call, &page)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "Versions");
    json_open(&w, '[');
    for (size_t rank = 0; rank < version_count(&ref.state); rank++) {
        if (page_takes(&page, ref.name, (enum version_rank)rank)) {
            write_configuration(&w, api_arena(call), &ref.state, slice_from(version_texts[rank]),
                                (enum version_rank)rank, false);
        }
    }
    json_close(&w, ']');
    write_next_marker(&w, call, &page);
    json_close(&w, '}');
    reply_json_buf(call, &body);
}

/* --- aliases --- */

static void write_alias(struct json_writer *w, struct arena *arena, struct function_state *state)
{
    lambda_function_code(state);
    json_open(w, '{');
    put_arn(w, "AliasArn", arena, state->arn, state->spec->alias);
    json_put_string(w, "Name", state->spec->alias);
    json_put_text(w, "FunctionVersion", version_texts[VERSION_PUBLISHED]);
    json_put_text(w, "Description", "");
    json_put_string(w, "RevisionId", state->revision_id);
    json_close(w, '}');
}

void lambda_op_list_aliases(struct api_call *call, void *ctx)
{
    struct function_ref ref;
    if (!function_ref_find(call, ctx, &ref)) {
        return;
    }
    struct slice wanted = api_query_param(call, "FunctionVersion");
    bool is_wanted = wanted.len == 0 || slice_is(wanted, version_texts[VERSION_PUBLISHED]);
    AUTO_BUF body = BUF_INIT(CONFIGURATION_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "Aliases");
    json_open(&w, '[');
    if (ref.state.spec->alias.len != 0 && is_wanted) {
        write_alias(&w, api_arena(call), &ref.state);
    }
    json_close(&w, ']');
    json_close(&w, '}');
    reply_json_buf(call, &body);
}

void lambda_op_get_alias(struct api_call *call, void *ctx)
{
    struct function_ref ref;
    struct slice name = api_path_param(call, "Name");
    if (!function_ref_find(call, ctx, &ref)) {
        return;
    }
    if (ref.state.spec->alias.len == 0 || !slice_eq(name, ref.state.spec->alias)) {
        struct slice text = arena_printf(api_arena(call), "Cannot find alias arn: %.*s:%.*s",
                                         SLICE_ARG(ref.state.arn), SLICE_ARG(name));
        api_reply_error(call, 404, "ResourceNotFoundException", text);
        return;
    }
    AUTO_BUF body = BUF_INIT(CONFIGURATION_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    write_alias(&w, api_arena(call), &ref.state);
    reply_json_buf(call, &body);
}

/* --- what stands beside functions --- */

/* A function has the tags that its template gives it. */
void lambda_op_list_tags(struct api_call *call, void *ctx)
{
    struct function_ref ref;
    struct slice resource = api_path_param(call, "Resource");
    bool is_mapping = slice_search(resource, SLICE(":event-source-mapping:")) != SLICE_NPOS;
    if ((is_mapping && api_pass_on(call)) ||
        !function_ref_parse(call, ctx, resource, "resource", &ref)) {
        return;
    }
    if (ref.qualifier.len > 0) {
        api_reply_error(call, 400, "InvalidParameterValueException",
                        SLICE("Tags on function aliases and versions are not supported. Please "
                              "specify a function ARN."));
        return;
    }
    if (!ref.exists) {
        reply_function_not_found(call, ref.name, ref.qualifier);
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    struct tags tags = tags_of_list(api_arena(call), ref.state.spec->tags);
    json_open(&w, '{');
    json_key_text(&w, "Tags");
    tags_write_object(&w, &tags);
    json_close(&w, '}');
    reply_json_buf(call, &body);
}

void lambda_op_get_account_settings(struct api_call *call, void *ctx)
{
    const struct lambda_api *api = ctx;
    size_t count = lambda_function_count(api->lambda);
    int64_t code_size = 0;
    int64_t reserved = 0;
    for (size_t i = 0; i < count; i++) {
        struct function_state state;
        lambda_function_at(api->lambda, i, &state);
        lambda_function_code(&state);
        code_size += (int64_t)state.code_size;
        reserved += state.spec->reserved_concurrency > 0 ? state.spec->reserved_concurrency : 0;
    }
    AUTO_BUF body = BUF_INIT(CONFIGURATION_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "AccountLimit");
    json_open(&w, '{');
    json_put_i64(&w, "TotalCodeSize", INT64_C(80530636800));
    json_put_i64(&w, "CodeSizeUnzipped", CODE_UNZIPPED_MAX);
    json_put_i64(&w, "CodeSizeZipped", 52428800);
    json_put_i64(&w, "ConcurrentExecutions", CONCURRENCY_MAX);
    json_put_i64(&w, "UnreservedConcurrentExecutions", CONCURRENCY_MAX - reserved);
    json_close(&w, '}');
    json_key_text(&w, "AccountUsage");
    json_open(&w, '{');
    json_put_i64(&w, "TotalCodeSize", code_size);
    json_put_i64(&w, "FunctionCount", (int64_t)count);
    json_close(&w, '}');
    json_close(&w, '}');
    reply_json_buf(call, &body);
}
