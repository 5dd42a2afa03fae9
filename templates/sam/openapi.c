/* Editing an OpenAPI or Swagger document: what REST and HTTP APIs have in common. */
#include "templates/sam/sam.h"

#define INTEGRATION "x-amazon-apigateway-integration"
#define ANY_METHOD "x-amazon-apigateway-any-method"

struct value *openapi_skeleton(struct sam *sam, struct source_pos pos, bool is_rest)
{
    struct value *info = sam_map(sam, pos, "version", sam_text(sam, pos, "1.0"), "title",
                                 value_ref(sam->arena, pos, SLICE("AWS::StackName")), NULL);
    return sam_map(sam, pos, is_rest ? "swagger" : "openapi",
                   sam_text(sam, pos, is_rest ? "2.0" : "3.0.1"), "info", info, "paths",
                   value_map(sam->arena, pos), NULL);
}

/* MAJOR.x or MAJOR.x.y with one digit each */
bool openapi_version_matches(const struct value *version, char major)
{
    struct slice text = value_scalar_text(version);
    if ((text.len != 3 && text.len != 5) || text.ptr[0] != major) {
        return false;
    }
    for (size_t i = 1; i < text.len; i += 2) {
        if (text.ptr[i] != '.' || text.ptr[i + 1] < '0' || text.ptr[i + 1] > '9') {
            return false;
        }
    }
    return true;
}

bool openapi_version_matches_3(const struct value *version)
{
    return openapi_version_matches(version, '3');
}

bool openapi_is_version_3(const struct value *body)
{
    return sam_is_map(sam_get(body, "paths")) && sam_is_truthy(sam_get(body, "openapi")) &&
           openapi_version_matches_3(sam_get(body, "openapi"));
}

bool openapi_is_swagger(const struct value *body)
{
    if (!sam_is_map(sam_get(body, "paths"))) {
        return false;
    }
    return sam_is_truthy(sam_get(body, "swagger")) || openapi_is_version_3(body);
}

size_t openapi_alternatives(struct value *item, struct value *ret_items[2])
{
    struct value *branches = sam_is_map(item) ? value_get(item, "Fn::If") : NULL;
    if (!sam_is_list(branches)) {
        ret_items[0] = item;
        return item != NULL ? 1 : 0;
    }
    size_t count = 0;
    for (size_t i = 1; i < value_count(branches) && i < 3; i++) {
        if (!sam_is_no_value(value_at(branches, i))) {
            ret_items[count++] = value_at(branches, i);
        }
    }
    return count;
}

struct slice openapi_method(struct sam *sam, struct slice method)
{
    struct slice text = sam_lower(sam, method);
    return slice_is(text, "any") ? SLICE(ANY_METHOD) : text;
}

static bool definition_has_integration(const struct value *definition)
{
    return sam_is_truthy(sam_get(definition, INTEGRATION));
}

bool openapi_has_integration(const struct value *paths, struct slice path, struct slice method)
{
    struct value *items[2];
    size_t count = openapi_alternatives(value_find(paths, path), items);
    for (size_t i = 0; i < count; i++) {
        struct value *definitions[2];
        size_t alternatives = openapi_alternatives(value_find(items[i], method), definitions);
        bool has_one = false;
        for (size_t k = 0; k < alternatives; k++) {
            has_one = has_one || definition_has_integration(definitions[k]);
        }
        if (!has_one) {
            return false;
        }
    }
    return count > 0;
}

void openapi_add_path(struct sam *sam, struct value *body, struct slice path, struct slice method,
                      struct source_pos pos)
{
    struct value *paths = sam_get(body, "paths");
    struct value *item = value_find(paths, path);
    if (item == NULL) {
        item = value_map(sam->arena, pos);
        value_set_at(sam->arena, paths, path, pos, item);
    }
    if (!sam_is_map(item)) {
        sam_structure_error(sam, pos,
                            "Value of '%.*s' path must be a dictionary according to Swagger spec.",
                            SLICE_ARG(path));
        return;
    }
    struct value *items[2];
    size_t count = openapi_alternatives(item, items);
    for (size_t i = 0; i < count; i++) {
        struct value *definition = value_find(items[i], method);
        if (sam_is_map(items[i]) && (definition == NULL || definition->kind == VALUE_NULL)) {
            value_set_at(sam->arena, items[i], method, pos, value_map(sam->arena, pos));
        }
    }
}

static bool is_path_field(struct slice name)
{
    return slice_is(name, "summary") || slice_is(name, "description") ||
           slice_is(name, "parameters");
}

static void each_method_of_item(struct value *item, struct slice path, struct slice method,
                                openapi_method_fn *fn, void *ctx)
{
    for (size_t i = 0; i < sam_entries(item); i++) {
        const struct value_entry *entry = &item->as.map.entries[i];
        if (is_path_field(entry->key) || (method.ptr != NULL && !slice_eq(method, entry->key))) {
            continue;
        }
        struct value *definitions[2];
        size_t count = openapi_alternatives(entry->value, definitions);
        for (size_t k = 0; k < count; k++) {
            if (definition_has_integration(definitions[k])) {
                fn(ctx, path, entry->key, definitions[k]);
            }
        }
    }
}

static void each_method_of_path(const struct value_entry *path, struct slice method,
                                openapi_method_fn *fn, void *ctx)
{
    struct value *items[2];
    size_t count = openapi_alternatives(path->value, items);
    for (size_t i = 0; i < count; i++) {
        each_method_of_item(items[i], path->key, method, fn, ctx);
    }
}

void openapi_each_method(struct value *body, struct slice path, struct slice method,
                         openapi_method_fn *fn, void *ctx)
{
    struct value *paths = sam_get(body, "paths");
    if (path.ptr != NULL) {
        const struct value_entry *entry = value_entry(paths, path);
        if (entry != NULL) {
            each_method_of_path(entry, method, fn, ctx);
        }
        return;
    }
    for (size_t i = 0; i < sam_entries(paths); i++) {
        each_method_of_path(&paths->as.map.entries[i], method, fn, ctx);
    }
}

static bool is_variable_char(char c)
{
    return slice_is_alnum(slice_of(&c, 1), "") || c == '.' || c == '_' || c == '-';
}

/* "{name}" becomes "*". "{name+}" does for REST APIs; HTTP APIs know only "{proxy+}". */
struct slice openapi_arn_path(struct sam *sam, struct slice path, bool is_rest)
{
    char *text = arena_alloc(sam->arena, path.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < path.len; i++) {
        size_t end = i + 1;
        while (path.ptr[i] == '{' && end < path.len && is_variable_char(path.ptr[end])) {
            end++;
        }
        struct slice name = slice_of(path.ptr + i + 1, end - i - 1);
        if (path.ptr[i] == '{' && end < path.len && path.ptr[end] == '+' &&
            (is_rest || slice_is(name, "proxy"))) {
            end++;
        }
        if (path.ptr[i] == '{' && name.len > 0 && end < path.len && path.ptr[end] == '}') {
            text[len++] = '*';
            i = end;
        } else {
            text[len++] = path.ptr[i];
        }
    }
    return slice_of(text, len);
}

struct value *openapi_lambda_uri(struct sam *sam, const struct target *target,
                                 struct source_pos pos, const char *partition, bool streams)
{
    struct slice alias = sam_ref_id(target->arn);
    struct slice arn = alias.ptr != NULL
                           ? arena_printf(sam->arena, "${%.*s}", SLICE_ARG(alias))
                           : arena_printf(sam->arena, "${%.*s.Arn}", SLICE_ARG(target->id));
    struct slice uri = arena_printf(
        sam->arena, "arn:%s:apigateway:${AWS::Region}:lambda:path/%s/functions/%.*s/%s", partition,
        streams ? "2021-11-15" : "2015-03-31", SLICE_ARG(arn),
        streams ? "response-streaming-invocations" : "invocations");
    return value_sub(sam->arena, pos, uri);
}

void openapi_require(struct sam *sam, struct value *definition, const char *name,
                     struct value *scopes)
{
    struct source_pos pos = definition->pos;
    struct value *security = value_list(sam->arena, pos);
    struct value *existing = sam_get(definition, "security");
    for (size_t i = 0; i < sam_items(existing); i++) {
        value_push(sam->arena, security, value_at(existing, i));
    }
    value_push(
        sam->arena, security,
        sam_map(sam, pos, name, scopes != NULL ? scopes : value_list(sam->arena, pos), NULL));
    sam_put(sam, definition, "security", security);
}

struct value *openapi_section(struct sam *sam, struct value *map, const char *key)
{
    struct value *section = sam_get(map, key);
    if (!sam_is_map(section)) {
        section = value_map(sam->arena, map->pos);
        sam_put(sam, map, key, section);
    }
    return section;
}
