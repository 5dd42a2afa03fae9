/* AWS::Serverless::HttpApi: an API from its OpenAPI document, and its stage. */
#include "templates/sam/sam.h"

#include "core/mem.h"

static const struct property_rule http_api_rules[] = {
    {"__MANAGE_SWAGGER", PROPERTY_BOOL, 0},
    {"Name", PROPERTY_ANY, 0},
    {"StageName", PROPERTY_STRING_OR_MAP, 0},
    {"Tags", PROPERTY_MAP, 0},
    {"PropagateTags", PROPERTY_BOOL, 0},
    {"DefinitionBody", PROPERTY_MAP, 0},
    {"DefinitionUri", PROPERTY_STRING_OR_MAP, 0},
    {"StageVariables", PROPERTY_MAP, 0},
    {"CorsConfiguration", PROPERTY_BOOL_OR_MAP, 0},
    {"AccessLogSettings", PROPERTY_MAP, 0},
    {"DefaultRouteSettings", PROPERTY_MAP, 0},
    {"Auth", PROPERTY_MAP, 0},
    {"RouteSettings", PROPERTY_MAP, 0},
    {"Domain", PROPERTY_MAP, 0},
    {"FailOnWarnings", PROPERTY_BOOL, 0},
    {"Description", PROPERTY_STRING, 0},
    {"DisableExecuteApiEndpoint", PROPERTY_BOOL, 0},
};
const struct property_rules http_api_properties = PROPERTY_RULES(http_api_rules);

static const struct {
    const char *given, *written;
} cors_keys[] = {{"AllowOrigins", "allowOrigins"},
                 {"AllowHeaders", "allowHeaders"},
                 {"AllowMethods", "allowMethods"},
                 {"ExposeHeaders", "exposeHeaders"},
                 {"MaxAge", "maxAge"},
                 {"AllowCredentials", "allowCredentials"}};

/* An intrinsic's branches with the keys as API Gateway spells them. */
static struct value *respell_cors(struct sam *sam, struct value *value)
{
    if (sam_is_list(value)) {
        struct value *list = value_list(sam->arena, value->pos);
        for (size_t i = 0; i < sam_items(value); i++) {
            value_push(sam->arena, list, respell_cors(sam, value_at(value, i)));
        }
        return list;
    }
    if (!sam_is_map(value)) {
        return value;
    }
    struct value *map = value_map(sam->arena, value->pos);
    for (size_t i = 0; i < sam_entries(value); i++) {
        const struct value_entry *entry = &value->as.map.entries[i];
        struct slice key = entry->key;
        for (size_t k = 0; k < COUNT_OF(cors_keys); k++) {
            key = slice_is(key, cors_keys[k].given) ? slice_from(cors_keys[k].written) : key;
        }
        value_set_at(sam->arena, map, key, entry->key_pos, respell_cors(sam, entry->value));
    }
    return map;
}

static bool check_cors_keys(struct macro *macro, const struct value *given)
{
    bool is_ok = true;
    for (size_t i = 0; i < sam_entries(given); i++) {
        const struct value_entry *entry = &given->as.map.entries[i];
        size_t k = 0;
        while (k < COUNT_OF(cors_keys) && !slice_is(entry->key, cors_keys[k].given)) {
            k++;
        }
        if (k == COUNT_OF(cors_keys)) {
            macro_error(macro, entry->key_pos, "Invalid key '%.*s' for 'Cors' property.",
                        SLICE_ARG(entry->key));
            is_ok = false;
        }
    }
    struct value *origins = sam_get(given, "AllowOrigins");
    if (sam_is_true(sam_get(given, "AllowCredentials")) && value_count(origins) == 1 &&
        value_is(value_at(origins, 0), "*")) {
        macro_error(macro, given->pos,
                    "Unable to add Cors configuration because 'AllowCredentials' can not be true "
                    "when 'AllowOrigin' is \"'*'\" or not set.");
        is_ok = false;
    }
    return is_ok;
}

static void add_cors(struct macro *macro, struct value *body)
{
    struct sam *sam = macro->sam;
    struct value *given = sam_resolve(sam, macro_get(macro, "CorsConfiguration"));
    struct source_pos pos = macro_pos_of(macro, "CorsConfiguration");
    if (!sam_is_truthy(given)) {
        return;
    }
    if (!openapi_is_version_3(body)) {
        macro_error(macro, pos,
                    sam_is_truthy(body)
                        ? "Unable to add Cors configuration because 'DefinitionBody' does not "
                          "contain a valid OpenApi definition."
                        : "Cors works only with inline OpenApi specified in 'DefinitionBody' "
                          "property.");
        return;
    }
    struct value *cors = openapi_section(sam, body, "x-amazon-apigateway-cors");
    if (given->kind == VALUE_BOOL) {
        sam_put(sam, cors, "allowOrigins", sam_list(sam, pos, sam_text(sam, pos, "*"), NULL));
        return;
    }
    if (sam_is_intrinsic(given)) {
        struct value *respelt = respell_cors(sam, given);
        value_set(sam->arena, cors, respelt->as.map.entries[0].key,
                  respelt->as.map.entries[0].value);
        return;
    }
    if (!sam_is_map(given)) {
        macro_error(macro, pos, "Invalid value for 'Cors' property.");
        return;
    }
    if (!check_cors_keys(macro, given)) {
        return;
    }
    if (sam_is_intrinsic(sam_get(given, "AllowOrigins"))) {
        struct value *respelt = respell_cors(sam, sam_get(given, "AllowOrigins"));
        value_set(sam->arena, cors, respelt->as.map.entries[0].key,
                  respelt->as.map.entries[0].value);
        return;
    }
    for (size_t k = 0; k < COUNT_OF(cors_keys); k++) {
        struct value *value = sam_get(given, cors_keys[k].given);
        bool is_max_age = slice_is(slice_from(cors_keys[k].given), "MaxAge");
        if (sam_is_truthy(value) || (is_max_age && value != NULL)) {
            sam_put(sam, cors, cors_keys[k].written, value);
        }
    }
}

static void add_tags(struct macro *macro, struct value *body)
{
    struct sam *sam = macro->sam;
    struct value *tags = macro_get(macro, "Tags");
    if (!openapi_is_version_3(body)) {
        if (sam_is_truthy(tags)) {
            macro_error(macro, macro_pos_of(macro, "Tags"),
                        sam_is_truthy(body)
                            ? "Unable to add `Tags` because 'DefinitionBody' does not contain a "
                              "valid OpenApi definition."
                            : "Tags works only with inline OpenApi specified in the "
                              "'DefinitionBody' property.");
        }
        return;
    }
    struct value *all = value_map(sam->arena, macro->pos);
    for (size_t i = 0; i < sam_entries(tags); i++) {
        const struct value_entry *entry = &tags->as.map.entries[i];
        value_set_at(sam->arena, all, entry->key, entry->key_pos, entry->value);
    }
    sam_put_text(sam, all, "httpapi:createdBy", "SAM");
    sam_put(sam, macro->properties, "Tags", all);
    struct value *list = sam_get(body, "tags");
    if (!sam_is_list(list)) {
        list = value_list(sam->arena, macro->pos);
        sam_put(sam, body, "tags", list);
    }
    for (size_t i = 0; i < sam_entries(all); i++) {
        const struct value_entry *entry = &all->as.map.entries[i];
        struct value *tag = NULL;
        for (size_t k = 0; k < sam_items(list) && tag == NULL; k++) {
            struct value *item = value_at(list, k);
            tag = slice_eq(value_scalar_text(value_get(item, "name")), entry->key) ? item : NULL;
        }
        if (tag == NULL) {
            tag = sam_map(sam, entry->value->pos, "name",
                          sam_string(sam, entry->value->pos, entry->key), NULL);
            value_push(sam->arena, list, tag);
        }
        sam_put(sam, tag, "x-amazon-apigateway-tag-value", entry->value);
    }
}

static void set_disabled_endpoint(struct macro *macro, struct value *body)
{
    static const char *const section = "x-amazon-apigateway-endpoint-configuration";
    struct sam *sam = macro->sam;
    struct value *disabled = macro_get(macro, "DisableExecuteApiEndpoint");
    if (disabled == NULL) {
        return;
    }
    if (!sam_is_truthy(body)) {
        macro_error(macro, disabled->pos,
                    "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.");
        return;
    }
    struct value *servers = sam_get(body, "servers");
    if (!sam_is_list(servers)) {
        servers = sam_list(sam, disabled->pos, value_map(sam->arena, disabled->pos), NULL);
        sam_put(sam, body, "servers", servers);
    }
    for (size_t i = 0; i < sam_items(servers); i++) {
        if (sam_is_map(value_at(servers, i))) {
            sam_put(sam, openapi_section(sam, value_at(servers, i), section),
                    "disableExecuteApiEndpoint", disabled);
        }
    }
}

/* Name and Description live in the document's info. */
static void set_info(struct macro *macro, struct value *body, const char *property, const char *key)
{
    struct sam *sam = macro->sam;
    struct value *value = macro_get(macro, property);
    if (!sam_is_truthy(value)) {
        return;
    }
    if (!sam_is_truthy(body)) {
        macro_error(macro, value->pos,
                    "%s works only with inline OpenApi specified in the 'DefinitionBody' property.",
                    property);
        return;
    }
    struct value *info = openapi_section(sam, body, "info");
    struct value *existing = sam_get(info, key);
    bool is_free = existing == NULL || slice_is(sam_ref_id(existing), "AWS::StackName");
    if (!is_free || (existing == NULL && slice_is(slice_from(key), "title"))) {
        macro_error(
            macro, value->pos,
            "Unable to set %s because it is already defined within inline OpenAPI specified "
            "in the 'DefinitionBody' property.",
            property);
        return;
    }
    sam_put(sam, info, key, value);
}

static void set_definition(struct macro *macro, struct value *api, struct value *body)
{
    struct sam *sam = macro->sam;
    struct value *uri = sam_resolve(sam, macro_get(macro, "DefinitionUri"));
    struct source_pos pos = macro_pos_of(macro, "DefinitionUri");
    if (sam_is_truthy(uri) && sam_is_truthy(body)) {
        macro_error(macro, pos,
                    "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
        return;
    }
    if (!sam_is_truthy(uri)) {
        sam_put(sam, api, "Body", body);
        return;
    }
    sam_put_definition(macro, api, uri, pos);
}

static void add_stage(struct macro *macro)
{
    static const char *const same[] = {"StageVariables", "AccessLogSettings",
                                       "DefaultRouteSettings", "Tags", "RouteSettings"};
    struct sam *sam = macro->sam;
    struct value *name = macro_get(macro, "StageName");
    name = sam_is_truthy(name) ? name : sam_text(sam, macro->pos, "$default");
    struct slice text = sam_is_string(name) ? name->text : SLICE("");
    struct slice id;
    if (slice_is_alnum(text, "")) {
        id = arena_printf(sam->arena, "%.*s%.*sStage", SLICE_ARG(macro->id), SLICE_ARG(text));
    } else if (slice_is(text, "$default")) {
        id = arena_printf(sam->arena, "%.*sApiGatewayDefaultStage", SLICE_ARG(macro->id));
    } else {
        id = sam_suffixed(sam, arena_printf(sam->arena, "%.*sStage", SLICE_ARG(macro->id)), text);
    }
    struct value *stage =
        macro_emit(macro, id, "AWS::ApiGatewayV2::Stage", macro->pos, macro->inherited);
    sam_put(sam, stage, "ApiId", value_ref(sam->arena, macro->pos, macro->id));
    sam_put(sam, stage, "StageName", name);
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_copy(sam, stage, macro->properties, same[i]);
    }
    sam_put(sam, stage, "AutoDeploy", value_bool(sam->arena, macro->pos, true));
}

void sam_http_api(struct macro *macro)
{
    struct sam *sam = macro->sam;
    struct value *body = macro_get(macro, "DefinitionBody");
    struct value *auth = macro_get(macro, "Auth");
    struct value *domain = value_clone(sam->arena, sam_resolve(sam, macro_get(macro, "Domain")));
    struct value *fails = macro_get(macro, "FailOnWarnings");
    struct value *api = macro_emit_main(macro, macro->id, "AWS::ApiGatewayV2::Api");
    add_cors(macro, body);
    if (sam_is_truthy(auth)) {
        http_api_add_auth(macro, auth, body);
    }
    add_tags(macro, body);
    set_disabled_endpoint(macro, body);
    set_info(macro, body, "Name", "title");
    set_info(macro, body, "Description", "description");
    struct value *paths = sam_get(body, "paths");
    struct value *catch_all = sam_get(paths, "$default");
    if (sam_is_truthy(fails)) {
        sam_put(sam, api, "FailOnWarnings", fails);
        if (catch_all != NULL) {
            value_remove(paths, SLICE("$default"));
            sam_put(sam, paths, "/$default", catch_all);
        }
    }
    set_definition(macro, api, body);
    if (domain != NULL) {
        api_v2_domain(macro, domain, "httpapi:createdBy");
    }
    if (sam_is_truthy(auth) && !macro->has_failed) {
        http_api_authorizer_permissions(macro, auth);
    }
    add_stage(macro);
    if (macro_get(macro, "DefinitionBody") != NULL) {
        macro_propagate_tags(macro);
    }
}
