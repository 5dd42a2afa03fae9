/* Cors of REST APIs: an OPTIONS method with a mock integration on every path that has none. */
#include "templates/sam/sam.h"

#include "core/mem.h"

#include <stdlib.h>

#define INTEGRATION "x-amazon-apigateway-integration"
#define ANY_METHOD "x-amazon-apigateway-any-method"

struct cors {
    struct value *allow_origin, *allow_methods, *allow_headers, *max_age;
    bool allow_credentials;
    struct source_pos pos;
};

static int by_bytes(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* "'GET,OPTIONS,POST'": what the path has, sorted. */
static struct value *methods_of(struct sam *sam, const struct value *item, struct source_pos pos)
{
    static const char *const all[] = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"};
    size_t count = value_count(item) + 1;
    struct slice *methods = arena_array(sam->arena, count + COUNT_OF(all), sizeof(struct slice));
    if (value_get(item, ANY_METHOD) != NULL) {
        count = COUNT_OF(all);
        for (size_t i = 0; i < count; i++) {
            methods[i] = slice_from(all[i]);
        }
    } else {
        for (size_t i = 0; i + 1 < count; i++) {
            methods[i] = sam_upper(sam, item->as.map.entries[i].key);
        }
        methods[count - 1] = SLICE("OPTIONS");
        qsort(methods, count, sizeof(*methods), by_bytes);
    }
    AUTO_BUF buf = BUF_INIT(65536);
    buf_append_char(&buf, '\'');
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !slice_eq(methods[i], methods[i - 1])) {
            buf_printf(&buf, "%s%.*s", i > 0 ? "," : "", SLICE_ARG(methods[i]));
        }
    }
    buf_append_char(&buf, '\'');
    return sam_string(sam, pos, arena_copy(sam->arena, buf_slice(&buf)));
}

static void add_header(struct sam *sam, struct value *parameters, struct value *headers,
                       const char *name, struct value *value, const char *type)
{
    if (value == NULL) {
        return;
    }
    struct slice key = arena_printf(sam->arena, "method.response.header.%s", name);
    value_set(sam->arena, parameters, key, value);
    sam_put(sam, headers, name,
            sam_map(sam, value->pos, "type", sam_text(sam, value->pos, type), NULL));
}

static struct value *truthy(struct value *value)
{
    return sam_is_truthy(value) ? value : NULL;
}

static struct value *options_method(struct sam *sam, const struct cors *cors, struct value *methods)
{
    struct source_pos pos = cors->pos;
    struct value *parameters = value_map(sam->arena, pos);
    struct value *headers = value_map(sam->arena, pos);
    add_header(sam, parameters, headers, "Access-Control-Allow-Origin", cors->allow_origin,
               "string");
    add_header(sam, parameters, headers, "Access-Control-Allow-Headers",
               truthy(cors->allow_headers), "string");
    add_header(sam, parameters, headers, "Access-Control-Allow-Methods", methods, "string");
    add_header(sam, parameters, headers, "Access-Control-Max-Age", cors->max_age, "integer");
    add_header(sam, parameters, headers, "Access-Control-Allow-Credentials",
               cors->allow_credentials ? sam_text(sam, pos, "'true'") : NULL, "string");
    struct value *answer =
        sam_map(sam, pos, "statusCode", sam_text(sam, pos, "200"), "responseParameters", parameters,
                "responseTemplates",
                sam_map(sam, pos, "application/json", sam_text(sam, pos, "{}\n"), NULL), NULL);
    struct value *integration =
        sam_map(sam, pos, "type", sam_text(sam, pos, "mock"), "requestTemplates",
                sam_map(sam, pos, "application/json",
                        sam_text(sam, pos, "{\n  \"statusCode\" : 200\n}\n"), NULL),
                "responses", sam_map(sam, pos, "default", answer, NULL), NULL);
    struct value *json = sam_list(sam, pos, sam_text(sam, pos, "application/json"), NULL);
    struct value *ok =
        sam_map(sam, pos, "description", sam_text(sam, pos, "Default response for CORS method"),
                "headers", headers, NULL);
    return sam_map(sam, pos, "summary", sam_text(sam, pos, "CORS support"), "consumes", json,
                   "produces", json, INTEGRATION, integration, "responses",
                   sam_map(sam, pos, "200", ok, NULL), NULL);
}

static bool read_cors(struct macro *macro, struct value *given, struct cors *ret_cors)
{
    static const char *const keys[] = {"AllowMethods", "AllowHeaders", "AllowOrigin", "MaxAge",
                                       "AllowCredentials"};
    struct cors cors = {.pos = macro_pos_of(macro, "Cors")};
    if (!sam_is_map(given) || sam_is_intrinsic(given)) {
        cors.allow_origin = given;
        *ret_cors = cors;
        return true;
    }
    bool is_ok = true;
    for (size_t i = 0; i < sam_entries(given); i++) {
        const struct value_entry *entry = &given->as.map.entries[i];
        size_t k = 0;
        while (k < COUNT_OF(keys) && !slice_is(entry->key, keys[k])) {
            k++;
        }
        if (k == COUNT_OF(keys)) {
            macro_error(macro, entry->key_pos, "Invalid key '%.*s' for 'Cors' property.",
                        SLICE_ARG(entry->key));
            is_ok = false;
        }
    }
    cors.allow_origin = value_get(given, "AllowOrigin") != NULL
                            ? sam_get(given, "AllowOrigin")
                            : sam_text(macro->sam, cors.pos, "'*'");
    cors.allow_methods = sam_get(given, "AllowMethods");
    cors.allow_headers = sam_get(given, "AllowHeaders");
    cors.max_age = sam_get(given, "MaxAge");
    cors.allow_credentials = sam_is_true(sam_get(given, "AllowCredentials"));
    if (cors.allow_credentials && value_is(cors.allow_origin, "'*'")) {
        macro_error(macro, cors.pos,
                    "Unable to add Cors configuration because 'AllowCredentials' can not be true "
                    "when 'AllowOrigin' is \"'*'\" or not set");
        is_ok = false;
    }
    if (!sam_is_truthy(cors.allow_origin)) {
        macro_error(macro, cors.pos,
                    "Structure of the SAM template is invalid. Invalid input. Value for "
                    "AllowedOrigins is required");
        is_ok = false;
    }
    *ret_cors = cors;
    return is_ok;
}

/* "/a" and "/a/" are one path to API Gateway; the first one gets the method. */
static bool is_repeated(struct sam *sam, struct value *seen, struct slice path)
{
    while (path.len > 1 && slice_ends_with(path, SLICE("/"))) {
        path = slice_take(path, path.len - 1);
    }
    if (value_find(seen, path) != NULL) {
        return true;
    }
    value_set(sam->arena, seen, path, seen);
    return false;
}

void api_add_cors(struct macro *macro, struct value *body)
{
    struct sam *sam = macro->sam;
    struct value *given = macro_get(macro, "Cors");
    struct cors cors;
    if (!sam_is_truthy(given)) {
        return;
    }
    if (!sam_is_truthy(body)) {
        macro_error(macro, macro_pos_of(macro, "Cors"),
                    "Cors works only with inline Swagger specified in 'DefinitionBody' property.");
        return;
    }
    if (!read_cors(macro, given, &cors)) {
        return;
    }
    if (!openapi_is_swagger(body)) {
        macro_error(macro, cors.pos,
                    "Unable to add Cors configuration because 'DefinitionBody' does not contain a "
                    "valid Swagger definition.");
        return;
    }
    struct value *paths = sam_get(body, "paths");
    struct value *seen = value_map(sam->arena, cors.pos);
    for (size_t i = 0; i < sam_entries(paths); i++) {
        struct value *items[2];
        size_t count = is_repeated(sam, seen, paths->as.map.entries[i].key)
                           ? 0
                           : openapi_alternatives(paths->as.map.entries[i].value, items);
        for (size_t k = 0; k < count; k++) {
            if (!sam_is_map(items[k]) || value_get(items[k], "options") != NULL) {
                continue;
            }
            struct value *methods = sam_is_truthy(cors.allow_methods)
                                        ? cors.allow_methods
                                        : methods_of(sam, items[k], cors.pos);
            sam_put(sam, items[k], "options", options_method(sam, &cors, methods));
        }
    }
}
