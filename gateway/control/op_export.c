/* GetExport, ExportApi. */
#include "gateway/control/export.h"
#include "gateway/control/operations.h"
#include "gateway/control/reprint.h"

/* The document itself is the answer, as it would be in a file. */
static enum outcome reply_document(struct request *r, const struct entry *api,
                                   const struct export_options *options, bool is_yaml,
                                   const char *disposition)
{
    AUTO_BUF json = BUF_INIT(CONTROL_JSON_MAX);
    AUTO_BUF readable = BUF_INIT(CONTROL_JSON_MAX);
    export_api(&json, r->arena, r->registry, api, options);
    if (is_yaml) {
        reprint_yaml(&readable, r->arena, buf_slice(&json));
    } else {
        reprint_json(&readable, buf_slice(&json));
    }
    if (buf_status(&json) != STATUS_OK || buf_status(&readable) != STATUS_OK) {
        (void)objection_limit(&r->objection, "The document is too large.");
        return OUTCOME_REFUSED;
    }
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/octet-stream")},
        {SLICE("Content-Disposition"), slice_from(disposition)},
    };
    api_reply_raw(r->call, 200, (struct http_headers){headers, disposition != NULL ? 2 : 1},
                  buf_slice(&readable));
    return OUTCOME_PENDING;
}

static bool has_word(struct slice list, const char *word)
{
    struct slice part;
    while (slice_split(&list, ',', &part)) {
        if (slice_is(slice_trim(part), word)) {
            return true;
        }
    }
    return false;
}

enum outcome op_get_export(struct request *r)
{
    struct slice type = api_path_param(r->call, "type");
    struct slice extensions = api_query_param(r->call, "extensions");
    struct slice accept = api_header(r->call, "accept");
    bool is_yaml = slice_search(accept, SLICE("yaml")) != SLICE_NPOS;
    bool has_all = has_word(extensions, "apigateway");
    const struct entry *stage = request_entry(r);
    const struct entry *api = registry_find(r->registry, KIND_REST_API, SLICE_NULL, r->owner);
    if (stage == NULL || api == NULL) {
        return OUTCOME_REFUSED;
    }
    if (!slice_is(type, "oas30") && !slice_is(type, "swagger")) {
        (void)objection_bad(&r->objection, "No API exporter for type '%.*s'", SLICE_ARG(type));
        return OUTCOME_REFUSED;
    }
    const struct export_options options = {
        .is_swagger = slice_is(type, "swagger"),
        .has_integrations = has_all || has_word(extensions, "integrations"),
        .has_authorizers = has_all || has_word(extensions, "authorizers"),
        .stage = r->id,
        .region = r->control->options.region,
    };
    struct slice disposition =
        arena_printf(r->arena, "attachment; filename=\"%.*s_%.*s.%s\"", SLICE_ARG(type),
                     SLICE_ARG(export_version(r->arena, api)), is_yaml ? "yaml" : "json");
    return reply_document(r, api, &options, is_yaml, arena_cstr(r->arena, disposition));
}

enum outcome op_export_api(struct request *r)
{
    struct slice type = api_path_param(r->call, "specification");
    struct slice output = api_query_param(r->call, "outputType");
    struct slice extensions = api_query_param(r->call, "includeExtensions");
    struct slice stage = api_query_param(r->call, "stageName");
    const struct entry *api = request_api(r, KIND_V2_API);
    bool has_extensions = !slice_ieq(extensions, SLICE("false"));
    if (api == NULL) {
        return OUTCOME_REFUSED;
    }
    if (slice_is(entry_text(r->arena, api, "ProtocolType"), "WEBSOCKET")) {
        (void)objection_bad(&r->objection, "Exporting WebSocket APIs is not supported");
        return OUTCOME_REFUSED;
    }
    if (!slice_is(type, "OAS30") ||
        (!slice_ieq(output, SLICE("JSON")) && !slice_ieq(output, SLICE("YAML")))) {
        (void)objection_bad(&r->objection,
                            "specification must be OAS30, and outputType JSON or YAML");
        return OUTCOME_REFUSED;
    }
    if (stage.len > 0 && registry_find(r->registry, KIND_V2_STAGE, r->owner, stage) == NULL) {
        objection_no_entry(r, &kinds[KIND_V2_STAGE], stage);
        return OUTCOME_REFUSED;
    }
    const struct export_options options = {
        .has_integrations = has_extensions,
        .has_authorizers = has_extensions,
        .stage = stage,
        .region = r->control->options.region,
    };
    return reply_document(r, api, &options, slice_ieq(output, SLICE("YAML")), NULL);
}
