/* Events without an API of their own make one: ServerlessRestApi (stage Prod) and ServerlessHttpApi
 * (stage $default). Paths of functions with a Condition become conditional. */
#include "templates/sam/sam.h"

#include "core/mem.h"

struct api_flavour {
    const char *event_type;
    const char *api_type;
    const char *id_property;
    const char *implicit_id;
    bool is_rest;
};

static const struct api_flavour flavours[] = {
    {"Api", "AWS::Serverless::Api", "RestApiId", "ServerlessRestApi", true},
    {"HttpApi", "AWS::Serverless::HttpApi", "ApiId", "ServerlessHttpApi", false},
};

/* One flavour's pass over the template. */
struct implicit {
    struct sam *sam;
    const struct api_flavour *flavour;
    struct value *conditions; /* api id -> path -> method -> condition name or null */
    struct value *deletion;   /* DeletionPolicy of each function on the implicit API */
    struct value *update_replace;
};

void sam_default_definitions(struct sam *sam)
{
    for (size_t i = 0; i < sam_entries(sam->resources); i++) {
        const struct value_entry *entry = &sam->resources->as.map.entries[i];
        for (size_t k = 0; k < COUNT_OF(flavours); k++) {
            if (!value_is(value_get(entry->value, "Type"), flavours[k].api_type)) {
                continue;
            }
            struct value *properties = openapi_section(sam, entry->value, "Properties");
            struct value *body = sam_get(properties, "DefinitionBody");
            if (body != NULL) {
                /* Includes come before the SAM transform, which may have to edit the document. */
                sam_put(sam, properties, "DefinitionBody", sam_included(sam, body));
            }
            if (sam_is_truthy(body) || sam_is_truthy(sam_get(properties, "DefinitionUri"))) {
                continue;
            }
            sam_put(sam, properties, "DefinitionBody",
                    openapi_skeleton(sam, entry->key_pos, flavours[k].is_rest));
            sam_put(sam, properties, "__MANAGE_SWAGGER",
                    value_bool(sam->arena, entry->key_pos, true));
        }
    }
}

static void event_fault(struct implicit *implicit, struct slice resource, struct slice event,
                        struct source_pos pos, const char *text)
{
    struct sam *sam = implicit->sam;
    sam_error(sam, pos, "Resource with id [%.*s] is invalid. Event with id [%.*s] is invalid. %s",
              SLICE_ARG(resource), SLICE_ARG(event), text);
    value_set(sam->arena, sam->refused,
              arena_printf(sam->arena, "%.*s%.*s", SLICE_ARG(resource), SLICE_ARG(event)),
              value_bool(sam->arena, pos, true));
}

static bool check_text(struct implicit *implicit, struct slice resource,
                       const struct value_entry *event, const struct value *value, const char *name)
{
    struct source_pos pos = sam_pos_of(sam_get(event->value, "Properties"), name, event->key_pos);
    if (value == NULL || value->kind == VALUE_NULL) {
        event_fault(
            implicit, resource, event->key, pos,
            arena_cstr(implicit->sam->arena,
                       arena_printf(implicit->sam->arena, "Property '%s' is required.", name)));
        return false;
    }
    if (!sam_is_string(value)) {
        event_fault(implicit, resource, event->key, pos,
                    arena_cstr(implicit->sam->arena,
                               arena_printf(implicit->sam->arena,
                                            "Property '%s' should be a string.", name)));
        return false;
    }
    return true;
}

/* A Ref's target, or the value itself. */
static struct value *api_id_of(struct value *value)
{
    struct value *ref = sam_is_map(value) ? value_get(value, "Ref") : NULL;
    return ref != NULL ? ref : value;
}

static void note_conditions(struct implicit *implicit, const struct value *resource,
                            struct slice api_id, struct slice path, struct slice method)
{
    struct sam *sam = implicit->sam;
    struct value *condition = sam_get(resource, "Condition");
    struct value *by_path =
        openapi_section(sam, implicit->conditions, arena_cstr(sam->arena, api_id));
    struct value *by_method = openapi_section(sam, by_path, arena_cstr(sam->arena, path));
    value_set(sam->arena, by_method, method,
              condition != NULL ? condition : value_null(sam->arena, resource->pos));
    if (slice_is(api_id, implicit->flavour->implicit_id)) {
        struct value *deletion = sam_get(resource, "DeletionPolicy");
        struct value *update_replace = sam_get(resource, "UpdateReplacePolicy");
        if (deletion != NULL) {
            value_push(sam->arena, implicit->deletion, deletion);
        }
        if (update_replace != NULL) {
            value_push(sam->arena, implicit->update_replace, update_replace);
        }
    }
}

static void add_route_settings(struct implicit *implicit, struct value *api,
                               struct value *properties, struct slice path, struct slice method,
                               struct value *condition)
{
    struct sam *sam = implicit->sam;
    struct value *settings = sam_get(properties, "RouteSettings");
    struct value *all =
        openapi_section(sam, openapi_section(sam, api, "Properties"), "RouteSettings");
    struct slice route = path;
    if (!slice_is(method, "x-amazon-apigateway-any-method")) {
        route = arena_printf(sam->arena, "%.*s %.*s", SLICE_ARG(sam_upper(sam, method)),
                             SLICE_ARG(path));
    }
    struct value *of_route = openapi_section(sam, all, arena_cstr(sam->arena, route));
    if (condition != NULL && settings != NULL) {
        settings = sam_if(sam, condition, settings);
    }
    for (size_t i = 0; i < sam_entries(settings); i++) {
        const struct value_entry *entry = &settings->as.map.entries[i];
        value_set_at(sam->arena, of_route, entry->key, entry->key_pos, entry->value);
    }
}

/* The implicit API carries the tags of a function that propagates them. */
static void add_tags(struct implicit *implicit, const struct value_entry *resource)
{
    struct sam *sam = implicit->sam;
    struct value *own = sam_get(resource->value, "Properties");
    bool is_function = value_is(value_get(resource->value, "Type"), "AWS::Serverless::Function");
    struct value *globals =
        value_path(sam->root, "Globals", is_function ? "Function" : "StateMachine", NULL);
    struct value *tags = sam_get(own, "Tags");
    tags = sam_is_truthy(tags) ? tags : sam_get(globals, "Tags");
    struct value *propagates = sam_get(own, "PropagateTags");
    propagates = sam_is_truthy(propagates) ? propagates : sam_get(globals, "PropagateTags");
    if (!sam_is_truthy(tags) || !sam_is_map(tags) || !sam_is_truthy(propagates)) {
        return;
    }
    struct value *api = value_find(sam->resources, slice_from(implicit->flavour->implicit_id));
    struct value *properties = openapi_section(sam, api, "Properties");
    struct value *all = openapi_section(sam, properties, "Tags");
    for (size_t i = 0; i < sam_entries(tags); i++) {
        const struct value_entry *entry = &tags->as.map.entries[i];
        value_set_at(sam->arena, all, entry->key, entry->key_pos, entry->value);
    }
    sam_put(sam, properties, "PropagateTags", value_bool(sam->arena, tags->pos, true));
}

static void add_event(struct implicit *implicit, const struct value_entry *resource,
                      struct value_entry *event)
{
    struct sam *sam = implicit->sam;
    const struct api_flavour *flavour = implicit->flavour;
    struct value *properties = value_get(event->value, "Properties");
    if (flavour->is_rest && !sam_is_truthy(properties)) {
        return; /* the function says what is missing */
    }
    if (properties == NULL) {
        properties = value_map(sam->arena, event->key_pos);
        sam_put(sam, event->value, "Properties", properties);
    }
    if (!sam_is_map(properties)) {
        event_fault(implicit, resource->key, event->key, event->key_pos,
                    "Properties should be a map.");
        return;
    }
    if (value_get(properties, flavour->id_property) == NULL) {
        add_tags(implicit, resource);
        sam_put(sam, properties, flavour->id_property,
                value_ref(sam->arena, event->key_pos, slice_from(flavour->implicit_id)));
    }
    if (!flavour->is_rest && !sam_is_truthy(sam_get(properties, "Path")) &&
        !sam_is_truthy(sam_get(properties, "Method"))) {
        sam_put(sam, properties, "Path", sam_text(sam, event->key_pos, "$default"));
        sam_put(sam, properties, "Method",
                sam_text(sam, event->key_pos, "x-amazon-apigateway-any-method"));
    }
    struct value *path = value_get(properties, "Path");
    struct value *method = value_get(properties, "Method");
    struct value *api_id = api_id_of(value_get(properties, flavour->id_property));
    if (!check_text(implicit, resource->key, event, path, "Path") ||
        !check_text(implicit, resource->key, event, method, "Method") ||
        !check_text(implicit, resource->key, event, api_id, flavour->id_property)) {
        return;
    }
    note_conditions(implicit, resource->value, api_id->text, path->text, method->text);
    struct value *api = value_find(sam->resources, api_id->text);
    if (api == NULL ||
        (flavour->is_rest && value_is(value_get(api, "Type"), "AWS::Serverless::HttpApi"))) {
        event_fault(implicit, resource->key, event->key,
                    sam_pos_of(properties, flavour->id_property, event->key_pos),
                    arena_cstr(sam->arena,
                               arena_printf(sam->arena,
                                            "%s must be a valid reference to an '%s' resource in "
                                            "same template.",
                                            flavour->id_property, flavour->api_type)));
        return;
    }
    struct value *body = value_path(api, "Properties", "DefinitionBody", NULL);
    bool is_valid = flavour->is_rest ? openapi_is_swagger(body) : openapi_is_version_3(body);
    if (is_valid && value_path(api, "Properties", "__MANAGE_SWAGGER", NULL) != NULL) {
        openapi_add_path(sam, body, path->text, openapi_method(sam, method->text), event->key_pos);
    }
    if (!flavour->is_rest && value_get(properties, "RouteSettings") != NULL) {
        add_route_settings(implicit, api, properties, path->text, method->text,
                           sam_get(resource->value, "Condition"));
    }
}

static int by_text(const void *a, const void *b)
{
    const struct value *const *x = a;
    const struct value *const *y = b;
    return slice_compare((*x)->text, (*y)->text);
}

/* Adds the conditions of methods to `set`; false when a method has none. */
static bool collect_conditions(struct sam *sam, const struct value *by_method, struct value *set)
{
    for (size_t i = 0; i < sam_entries(by_method); i++) {
        struct value *condition = by_method->as.map.entries[i].value;
        if (condition->kind != VALUE_STRING) {
            return false;
        }
        if (value_find(set, condition->text) == NULL) {
            value_set(sam->arena, set, condition->text, condition);
        }
    }
    return true;
}

static struct value *sorted(struct sam *sam, const struct value *set)
{
    struct value *list = value_list(sam->arena, set->pos);
    for (size_t i = 0; i < sam_entries(set); i++) {
        value_push(sam->arena, list, set->as.map.entries[i].value);
    }
    if (value_count(list) > 1) {
        qsort(list->as.list.items, list->as.list.count, sizeof(struct value *), by_text);
    }
    return list;
}

static struct value *condition_of(struct implicit *implicit, struct value *conditions,
                                  struct slice combined_name)
{
    struct sam *sam = implicit->sam;
    if (value_count(conditions) == 1) {
        return value_at(conditions, 0);
    }
    sam_add_combined_condition(sam, combined_name, conditions);
    return sam_string(sam, conditions->pos, combined_name);
}

static struct slice path_condition_name(struct sam *sam, struct slice api_id, struct slice path)
{
    AUTO_BUF name = BUF_INIT(65536);
    buf_append(&name, api_id);
    for (size_t i = 0; i < path.len; i++) {
        switch (path.ptr[i]) {
        case '/':
            buf_append_text(&name, "SLASH");
            break;
        case '{':
            buf_append_text(&name, "OB");
            break;
        case '}':
            buf_append_text(&name, "CB");
            break;
        default:
            buf_append_char(&name, path.ptr[i]);
        }
    }
    buf_append_text(&name, "PathCondition");
    return arena_copy(sam->arena, buf_slice(&name));
}

static void add_path_conditions(struct implicit *implicit)
{
    struct sam *sam = implicit->sam;
    for (size_t i = 0; i < sam_entries(sam->resources); i++) {
        const struct value_entry *api = &sam->resources->as.map.entries[i];
        if (!value_is(value_get(api->value, "Type"), implicit->flavour->api_type) ||
            value_path(api->value, "Properties", "__MANAGE_SWAGGER", NULL) == NULL) {
            continue;
        }
        struct value *by_path = value_find(implicit->conditions, api->key);
        struct value *paths = value_path(api->value, "Properties", "DefinitionBody", "paths", NULL);
        for (size_t k = 0; k < sam_entries(paths); k++) {
            struct value_entry *path = &paths->as.map.entries[k];
            struct value *conditions = value_map(sam->arena, path->key_pos);
            if (collect_conditions(sam, value_find(by_path, path->key), conditions) &&
                value_count(conditions) > 0) {
                path->value = sam_if(sam,
                                     condition_of(implicit, sorted(sam, conditions),
                                                  path_condition_name(sam, api->key, path->key)),
                                     path->value);
            }
        }
    }
}

static void add_api_condition(struct implicit *implicit, struct value *api)
{
    struct sam *sam = implicit->sam;
    struct value *by_path = value_get(implicit->conditions, implicit->flavour->implicit_id);
    struct value *all = value_map(sam->arena, api->pos);
    for (size_t i = 0; i < sam_entries(by_path); i++) {
        if (!collect_conditions(sam, by_path->as.map.entries[i].value, all)) {
            return;
        }
    }
    if (value_count(all) > 0) {
        struct slice name = arena_printf(sam->arena, "%sCondition", implicit->flavour->implicit_id);
        sam_put(sam, api, "Condition", condition_of(implicit, sorted(sam, all), name));
    }
}

/* The first of `order` that some function asks for. */
static void add_policy(struct sam *sam, struct value *api, const char *attribute,
                       const struct value *policies, const char *const *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sam_items(policies); k++) {
            if (value_is(value_at(policies, k), order[i])) {
                sam_put(sam, api, attribute, value_at(policies, k));
                return;
            }
        }
    }
}

static void run(struct sam *sam, const struct api_flavour *flavour)
{
    static const char *const deletion_order[] = {"Retain", "Delete"};
    static const char *const update_replace_order[] = {"Retain", "Snapshot", "Delete"};
    struct source_pos nowhere = sam->root->pos;
    struct slice id = slice_from(flavour->implicit_id);
    struct implicit implicit = {sam, flavour, value_map(sam->arena, nowhere),
                                value_list(sam->arena, nowhere), value_list(sam->arena, nowhere)};
    struct value *existing = value_find(sam->resources, id);
    struct value *properties =
        sam_map(sam, nowhere, "DefinitionBody", openapi_skeleton(sam, nowhere, flavour->is_rest),
                "__MANAGE_SWAGGER", value_bool(sam->arena, nowhere, true), "StageName",
                flavour->is_rest ? sam_text(sam, nowhere, "Prod") : NULL, NULL);
    struct value *api = sam_map(sam, nowhere, "Type", sam_text(sam, nowhere, flavour->api_type),
                                "Properties", properties, NULL);
    value_set(sam->arena, sam->resources, id, api);
    for (size_t i = 0; i < sam_entries(sam->resources); i++) {
        const struct value_entry *resource = &sam->resources->as.map.entries[i];
        struct value *type = value_get(resource->value, "Type");
        struct value *events = value_path(resource->value, "Properties", "Events", NULL);
        if ((!value_is(type, "AWS::Serverless::Function") &&
             !value_is(type, "AWS::Serverless::StateMachine")) ||
            !sam_is_map(events)) {
            continue;
        }
        for (size_t k = 0; k < sam_entries(events); k++) {
            struct value_entry *event = &events->as.map.entries[k];
            if (value_is(value_get(event->value, "Type"), flavour->event_type)) {
                add_event(&implicit, resource, event);
            }
        }
    }
    struct value *paths = value_path(api, "Properties", "DefinitionBody", "paths", NULL);
    if (value_count(paths) > 0) {
        /* The first route stands for the API in messages. */
        value_set_at(sam->arena, sam->resources, id, paths->as.map.entries[0].key_pos, api);
        api->pos = paths->as.map.entries[0].key_pos;
    }
    add_api_condition(&implicit, api);
    add_policy(sam, api, "DeletionPolicy", implicit.deletion, deletion_order,
               COUNT_OF(deletion_order));
    add_policy(sam, api, "UpdateReplacePolicy", implicit.update_replace, update_replace_order,
               COUNT_OF(update_replace_order));
    add_path_conditions(&implicit);
    if (value_count(paths) == 0) {
        value_remove(sam->resources, id);
        if (existing != NULL) {
            value_set(sam->arena, sam->resources, id, existing);
        }
    }
}

void sam_implicit_apis(struct sam *sam)
{
    for (size_t i = 0; i < COUNT_OF(flavours); i++) {
        run(sam, &flavours[i]);
    }
}
