/* Stages and deployments, of both versions. */
#include "gateway/control/rules.h"

static const char stage_paths[] =
    "[/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, "
    "/accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, "
    "/{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, "
    "/{resourcePath}/{httpMethod}/logging/loglevel, "
    "/{resourcePath}/{httpMethod}/throttling/burstLimit"
    "/{resourcePath}/{httpMethod}/throttling/rateLimit"
    "/{resourcePath}/{httpMethod}/caching/ttlInSeconds, "
    "/{resourcePath}/{httpMethod}/caching/enabled, "
    "/{resourcePath}/{httpMethod}/caching/dataEncrypted, "
    "/{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, "
    "/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, "
    "/*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, "
    "/*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, "
    "/*/*/caching/enabled, /*/*/caching/dataEncrypted, "
    "/*/*/caching/requireAuthorizationForCacheControl, "
    "/*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, "
    "/tracingEnabled]";

/* --- stages of REST APIs --- */

static bool check_variables(struct request *r, struct slice variables)
{
    struct slice key, value, name;
    struct json_scan scan = json_scan_object(variables);
    while (json_scan_member(&scan, &key, &value)) {
        struct slice text = json_text_of(r->arena, value);
        if (!json_raw_key(r->arena, key, &name)) {
            continue;
        }
        if (name.len > 64 || !consists_of_name(name, "_")) {
            return objection_bad(&r->objection,
                                 "Invalid stage variable name specified. Stage variable names may "
                                 "only contain alphanumeric characters and underscores: %.*s",
                                 SLICE_ARG(name));
        }
        if (text.len > 512 || (text.len > 0 && !consists_of_name(text, "-._~:/?#&=,"))) {
            return objection_bad(&r->objection, "Invalid stage variable value specified: %.*s",
                                 SLICE_ARG(name));
        }
    }
    return true;
}

bool check_stage(struct request *r, struct entry *stage, const struct entry *old)
{
    struct slice deployment = entry_text(r->arena, stage, "DeploymentId");
    if (stage->id.len == 0 || stage->id.len > 128 || !consists_of_name(stage->id, "_-")) {
        return objection_bad(&r->objection, "Stage name only allows a-zA-Z0-9_-");
    }
    if (old == NULL && registry_find(r->registry, KIND_STAGE, stage->owner, stage->id) != NULL) {
        return objection_conflict(&r->objection, "Stage already exists");
    }
    bool is_same = old != NULL && slice_eq(deployment, entry_text(r->arena, old, "DeploymentId"));
    if (!is_same && registry_find(r->registry, KIND_DEPLOYMENT, stage->owner, deployment) == NULL) {
        objection_no_entry(r, &kinds[KIND_DEPLOYMENT], deployment);
        return false;
    }
    return check_variables(r, entry_member(stage, "Variables"));
}

/* --- patches of stages --- */

static const struct {
    const char *group, *name, *property;
    enum attribute_form form;
} settings[] = {
    {"metrics", "enabled", "MetricsEnabled", FORM_BOOL},
    {"logging", "dataTrace", "DataTraceEnabled", FORM_BOOL},
    {"logging", "loglevel", "LoggingLevel", FORM_TEXT},
    {"throttling", "burstLimit", "ThrottlingBurstLimit", FORM_INTEGER},
    {"throttling", "rateLimit", "ThrottlingRateLimit", FORM_DOUBLE},
    {"caching", "ttlInSeconds", "CacheTtlInSeconds", FORM_INTEGER},
    {"caching", "enabled", "CachingEnabled", FORM_BOOL},
    {"caching", "dataEncrypted", "CacheDataEncrypted", FORM_BOOL},
    {"caching", "requireAuthorizationForCacheControl", "RequireAuthorizationForCacheControl",
     FORM_BOOL},
    {"caching", "unauthorizedCacheControlHeaderStrategy", "UnauthorizedCacheControlHeaderStrategy",
     FORM_TEXT},
};

static bool refuse_setting(const struct patch *patch)
{
    return objection_bad(patch->objection, "Invalid method setting path: %.*s. Must be one of: %s",
                         SLICE_ARG(patch->path), stage_paths);
}

/* "/pets/{id}" of "pets/{id}", "~1pets..." and "*", as the properties have it. */
static struct slice resource_path(struct arena *arena, struct slice path)
{
    return slice_is(path, "*")                   ? SLICE("/*")
           : slice_starts_with(path, SLICE("/")) ? path
                                                 : arena_printf(arena, "/%.*s", SLICE_ARG(path));
}

/* Whether a setting is for this path; templates write "/~1pets", too. */
static bool is_for(const struct patch *patch, struct slice setting, struct slice path,
                   struct slice method)
{
    struct slice own = json_text_member(patch->arena, setting, "ResourcePath");
    AUTO_BUF plain = BUF_INIT(4096);
    for (size_t i = 0; i < own.len; i++) {
        bool is_escape = own.ptr[i] == '~' && i + 1 < own.len && own.ptr[i + 1] == '1';
        buf_append_char(&plain, is_escape ? '/' : own.ptr[i]);
        i += is_escape;
    }
    struct slice text = buf_slice(&plain);
    while (slice_starts_with(text, SLICE("//"))) {
        text = slice_skip(text, 1);
    }
    return slice_eq(resource_path(patch->arena, text), path) &&
           slice_eq(json_text_member(patch->arena, setting, "HttpMethod"), method);
}

/* The settings with `changed` (SLICE_NULL: nothing) in the place of the one there is. */
static struct slice with_setting(const struct patch *patch, struct slice list, struct slice path,
                                 struct slice method, struct slice changed)
{
    AUTO_BUF out = BUF_INIT(CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    struct json_scan scan = json_scan_array(list);
    json_open(&w, '[');
    for (struct slice each; json_scan_element(&scan, &each);) {
        if (!is_for(patch, each, path, method)) {
            json_write_raw(&w, each);
        }
    }
    if (changed.ptr != NULL) {
        json_write_raw(&w, changed);
    }
    json_close(&w, ']');
    return arena_copy(patch->arena, buf_slice(&out));
}

static struct slice find_setting(const struct patch *patch, struct slice list, struct slice path,
                                 struct slice method)
{
    struct json_scan scan = json_scan_array(list);
    for (struct slice each; json_scan_element(&scan, &each);) {
        if (is_for(patch, each, path, method)) {
            return each;
        }
    }
    struct slice fresh = edit_text(patch->arena, SLICE("{}"), "ResourcePath", path);
    return edit_text(patch->arena, fresh, "HttpMethod", method);
}

/* "/pets~1{id}/GET/throttling/rateLimit", and the whole of a method with `remove`. */
static bool patch_setting(const struct patch *patch, struct slice *properties)
{
    struct slice rest = patch->path, path, method, group, name;
    struct slice list = json_raw_member(*properties, "MethodSettings"), setting;
    if (!patch_segment(patch->arena, &rest, &path) ||
        !patch_segment(patch->arena, &rest, &method)) {
        return refuse_setting(patch);
    }
    path = resource_path(patch->arena, path);
    if (rest.len == 0 && patch_is(patch, "remove")) {
        setting = SLICE_NULL;
    } else {
        size_t i = 0;
        if (!patch_segment(patch->arena, &rest, &group) ||
            !patch_segment(patch->arena, &rest, &name)) {
            return refuse_setting(patch);
        }
        while (i < COUNT_OF(settings) &&
               !(slice_is(group, settings[i].group) && slice_is(name, settings[i].name))) {
            i++;
        }
        if (i == COUNT_OF(settings)) {
            return refuse_setting(patch);
        }
        const struct attribute one = {.name = settings[i].name,
                                      .property = settings[i].property,
                                      .form = settings[i].form,
                                      .patch = PATCH_REPLACE};
        const struct attributes attributes = {&one, 1, NULL};
        struct patch inner = *patch;
        inner.attributes = &attributes;
        inner.path = arena_printf(patch->arena, "/%.*s", SLICE_ARG(name));
        setting = find_setting(patch, list, path, method);
        if (!patch_one(&inner, &setting)) {
            return false;
        }
    }
    *properties = edit_member(patch->arena, *properties, SLICE("MethodSettings"),
                              with_setting(patch, list, path, method, setting));
    return true;
}

/* How a canary is promoted: its parts are copied into the stage. */
static bool copy_canary(const struct patch *patch, struct slice from, struct slice *properties)
{
    struct slice canary = json_raw_member(*properties, "CanarySetting");
    if (slice_is(from, "/canarySettings/deploymentId") && slice_is(patch->path, "/deploymentId")) {
        *properties = edit_member(patch->arena, *properties, SLICE("DeploymentId"),
                                  json_raw_member(canary, "DeploymentId"));
        return true;
    }
    if (slice_is(from, "/canarySettings/stageVariableOverrides") &&
        slice_is(patch->path, "/variables")) {
        struct slice variables = json_raw_member(*properties, "Variables"), key, value, name;
        struct json_scan scan = json_scan_object(json_raw_member(canary, "StageVariableOverrides"));
        while (json_scan_member(&scan, &key, &value)) {
            if (json_raw_key(patch->arena, key, &name)) {
                variables = edit_member(patch->arena, variables, name, value);
            }
        }
        *properties = edit_member(patch->arena, *properties, SLICE("Variables"), variables);
        return true;
    }
    return refuse_setting(patch);
}

enum patched patch_stage(const struct patch *patch, struct slice *properties)
{
    struct slice rest = patch->path, name;
    if (patch_is(patch, "copy")) {
        return copy_canary(patch, patch->from, properties) ? PATCH_DONE : PATCH_REFUSED;
    }
    if (patch_segment(patch->arena, &rest, &name) &&
        attribute_named(patch->attributes, name) != NULL && !slice_is(name, "tags") &&
        !slice_is(name, "stageName") && !slice_is(name, "documentationVersion") &&
        !slice_is(name, "methodSettings")) {
        return PATCH_NOT_MINE;
    }
    return patch_setting(patch, properties) ? PATCH_DONE : PATCH_REFUSED;
}

/* --- deployments --- */

static bool is_used_by(struct request *r, const struct entry *stage, struct slice id)
{
    struct slice canary = entry_member(stage, "CanarySetting");
    return slice_eq(entry_text(r->arena, stage, "DeploymentId"), id) ||
           slice_eq(json_text_member(r->arena, canary, "DeploymentId"), id);
}

bool delete_deployment(struct request *r, struct entry *deployment)
{
    enum kind_id kind = kind_id(deployment->kind) == KIND_DEPLOYMENT ? KIND_STAGE : KIND_V2_STAGE;
    size_t at = 0;
    for (const struct entry *stage;
         (stage = registry_next(r->registry, kind, deployment->owner, &at)) != NULL;) {
        if (is_used_by(r, stage, deployment->id)) {
            return objection_bad(&r->objection, "Active stages pointing to this deployment must "
                                                "be moved or deleted");
        }
    }
    return true;
}

bool delete_stage(struct request *r, struct entry *stage)
{
    leave_plans(r, stage->owner, stage->id);
    return true;
}

bool deploy_now(struct request *r, const struct entry *api, struct slice description,
                struct entry **ret_deployment)
{
    bool is_rest = kind_id(api->kind) == KIND_REST_API;
    enum kind_id kind = is_rest ? KIND_DEPLOYMENT : KIND_V2_DEPLOYMENT;
    struct entry deployment = {.kind = &kinds[kind], .owner = api->id};
    size_t at = 0, count = 0;
    for (const struct entry *method;
         is_rest && (method = registry_next(r->registry, KIND_METHOD, api->id, &at)) != NULL;) {
        count++;
        if (entry_member(method, "Integration").ptr == NULL) {
            return objection_bad(&r->objection, "No integration defined for method");
        }
    }
    if (is_rest && count == 0) {
        return objection_bad(&r->objection, "The REST API doesn't contain any methods");
    }
    deployment.id = request_new_id(r, kind);
    deployment.properties = edit_text(r->arena, SLICE("{}"), kinds[kind].owner, api->id);
    deployment.properties = edit_text(r->arena, deployment.properties, "Description", description);
    deployment.snapshot = record_snapshot(r->arena, r->registry, api);
    *ret_deployment = change_put(r, &deployment);
    return true;
}

/* What CreateDeployment says of its stage. */
static bool put_stage(struct request *r, const struct entry *deployment, struct slice name)
{
    const struct entry *old = registry_find(r->registry, KIND_STAGE, r->owner, name);
    struct entry stage = {.kind = &kinds[KIND_STAGE],
                          .id = name,
                          .owner = r->owner,
                          .properties = old != NULL ? old->properties : SLICE("{}")};
    struct slice input = edit_member(r->arena, r->body, SLICE("description"),
                                     json_raw_member(r->body, "stageDescription"));
    struct slice canary = json_raw_member(r->body, "canarySettings");
    bool is_canary = old != NULL && canary.ptr != NULL && json_raw_kind(canary) == JSON_OBJECT;
    if (!properties_read(r->arena, &stage_attributes, input, stage.properties,
                         SLICE("createDeploymentInput"), &stage.properties, &r->objection)) {
        return false;
    }
    stage.properties = edit_text(r->arena, stage.properties, "RestApiId", r->owner);
    stage.properties = edit_text(r->arena, stage.properties, "StageName", name);
    if (is_canary) {
        struct slice kept = edit_text(r->arena, json_raw_member(stage.properties, "CanarySetting"),
                                      "DeploymentId", deployment->id);
        stage.properties = edit_member(r->arena, stage.properties, SLICE("CanarySetting"), kept);
    } else {
        stage.properties = edit_text(r->arena, stage.properties, "DeploymentId", deployment->id);
    }
    if (old == NULL && canary.ptr != NULL) {
        return objection_bad(&r->objection,
                             "Deployment to a stage with canary settings needs a stage that has "
                             "been deployed to before");
    }
    if (!check_stage(r, &stage, old)) {
        return false;
    }
    (void)change_put(r, &stage);
    return true;
}

enum outcome op_create_deployment(struct request *r)
{
    struct slice name = json_text_member(r->arena, r->body, "stageName");
    const struct entry *api = request_api(r, KIND_REST_API);
    struct entry *deployment;
    if (api == NULL ||
        !deploy_now(r, api, json_text_member(r->arena, r->body, "description"), &deployment)) {
        return OUTCOME_REFUSED;
    }
    if (name.len > 0 && !put_stage(r, deployment, name)) {
        return OUTCOME_REFUSED;
    }
    render_entry(r, deployment);
    return request_commit(r, name.len > 0 ? EFFECT_APIS : EFFECT_NONE);
}

enum outcome op_create_v2_deployment(struct request *r)
{
    struct slice name = json_text_member(r->arena, r->body, "stageName");
    const struct entry *api = request_api(r, KIND_V2_API);
    const struct entry *old =
        name.len > 0 ? registry_find(r->registry, KIND_V2_STAGE, r->owner, name) : NULL;
    struct entry *deployment;
    if (api == NULL) {
        return OUTCOME_REFUSED;
    }
    if (name.len > 0 && old == NULL) {
        objection_no_entry(r, &kinds[KIND_V2_STAGE], name);
        return OUTCOME_REFUSED;
    }
    if (old != NULL && slice_ieq(entry_text(r->arena, old, "AutoDeploy"), SLICE("true"))) {
        (void)objection_bad(&r->objection,
                            "Deployment cannot be made for a stage that has AutoDeploy: %.*s",
                            SLICE_ARG(name));
        return OUTCOME_REFUSED;
    }
    if (!deploy_now(r, api, json_text_member(r->arena, r->body, "description"), &deployment)) {
        return OUTCOME_REFUSED;
    }
    if (old != NULL) {
        struct entry stage = *old;
        stage.properties = edit_text(r->arena, old->properties, "DeploymentId", deployment->id);
        (void)change_put(r, &stage);
    }
    render_entry(r, deployment);
    return request_commit(r, old != NULL ? EFFECT_APIS : EFFECT_NONE);
}
