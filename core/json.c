#include "core/json.h"

#include "core/json_scan.h"

#include <cjson/cJSON.h>

/* `struct json` has no members: a node is a cJSON, known by that name in this file only. */

static const cJSON *cjson_of(const struct json *node)
{
    return (const cJSON *)(const void *)node;
}

static const struct json *node_of(const cJSON *cjson)
{
    return (const struct json *)(const void *)cjson;
}

/* cJSON alone accepts more than JSON ("01", control characters, invalid UTF-8) and, for \u0000,
 * returns a shorter string than it was given. So the text is checked first, and what cJSON would
 * misread is refused rather than changed. */
static const char *find_nul_escape(struct slice text)
{
    struct slice rest = text;
    for (size_t at; (at = slice_search(rest, SLICE("\\u0000"))) != SLICE_NPOS;) {
        const char *found = rest.ptr + at;
        size_t backslashes = 0; /* before it: after an odd number, this one is escaped itself */
        while (found - backslashes > text.ptr && *(found - backslashes - 1) == '\\') {
            backslashes++;
        }
        if (backslashes % 2 == 0) {
            return found;
        }
        rest = slice_skip(rest, at + 1);
    }
    return NULL;
}

enum status json_parse(struct slice text, struct json **ret_root, struct fault *reterr)
{
    size_t offset = 0;
    if (!json_validate(text, &offset)) {
        if (offset == text.len) {
            return fault_set(reterr, STATUS_INVALID,
                             "invalid JSON: expected more at byte %zu, where the text ends",
                             offset);
        }
        unsigned char c = (unsigned char)text.ptr[offset];
        return c > ' ' && c <= '~'
                   ? fault_set(reterr, STATUS_INVALID, "invalid JSON: unexpected '%c' at byte %zu",
                               c, offset)
                   : fault_set(reterr, STATUS_INVALID,
                               "invalid JSON: unexpected byte 0x%02x at byte %zu", c, offset);
    }
    const char *nul = find_nul_escape(text);
    if (nul != NULL) {
        return fault_set(reterr, STATUS_INVALID,
                         "invalid JSON: expected a character other than \\u0000 at byte %zu",
                         (size_t)(nul - text.ptr));
    }
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(text.ptr, text.len, &end, 0);
    size_t at = end != NULL ? (size_t)(end - text.ptr) : 0;
    if (root == NULL || slice_trim(slice_skip(text, at)).len != 0) {
        /* A lone surrogate; a number of more than 63 characters, of which cJSON 1.7.15 reads 63. */
        cJSON_Delete(root);
        return fault_set(reterr, STATUS_INVALID,
                         "invalid JSON: expected a representable value near byte %zu", at);
    }
    *ret_root = (struct json *)(void *)root;
    return STATUS_OK;
}

void json_free(struct json *root)
{
    cJSON_Delete((cJSON *)(void *)root);
}

enum json_kind json_kind(const struct json *node)
{
    const cJSON *item = cjson_of(node);
    if (cJSON_IsObject(item)) {
        return JSON_OBJECT;
    }
    if (cJSON_IsArray(item)) {
        return JSON_ARRAY;
    }
    if (cJSON_IsString(item)) {
        return JSON_STRING;
    }
    if (cJSON_IsNumber(item)) {
        return JSON_NUMBER;
    }
    return cJSON_IsBool(item) ? JSON_BOOL : JSON_NULL;
}

const struct json *json_first(const struct json *node)
{
    return node != NULL ? node_of(cjson_of(node)->child) : NULL;
}

const struct json *json_next(const struct json *node)
{
    return node_of(cjson_of(node)->next);
}

/* cJSON_GetObjectItemCaseSensitive() returns the first of several members with one name; here, as
 * in json_raw_find() and in AWS's own parsers, the last one counts. */
const struct json *json_get(const struct json *object, const char *key)
{
    const struct json *found = NULL;
    if (cJSON_IsObject(cjson_of(object))) {
        for (const struct json *m = json_first(object); m != NULL; m = json_next(m)) {
            found = strcmp(cjson_of(m)->string, key) == 0 ? m : found;
        }
    }
    return found;
}

size_t json_count(const struct json *node)
{
    size_t count = 0;
    for (const struct json *child = json_first(node); child != NULL; child = json_next(child)) {
        count++;
    }
    return count;
}

struct slice json_key(const struct json *member)
{
    return member != NULL ? slice_from(cjson_of(member)->string) : SLICE_NULL;
}

struct slice json_text(const struct json *node)
{
    return slice_from(cJSON_GetStringValue(cjson_of(node)));
}

double json_number(const struct json *node)
{
    return cJSON_IsNumber(cjson_of(node)) ? cjson_of(node)->valuedouble : 0;
}

bool json_is_true(const struct json *node)
{
    return cJSON_IsTrue(cjson_of(node));
}

/* The member when there is one to read; NULL, with the status to return, when there is not. */
static const struct json *member_of_kind(const struct json *object, const char *key,
                                         enum json_kind kind, const char *kind_name,
                                         enum status *ret_status, struct fault *reterr)
{
    const struct json *member = json_get(object, key);
    *ret_status = STATUS_OK;
    if (json_kind(member) == JSON_NULL) {
        return NULL;
    }
    if (json_kind(member) != kind) {
        *ret_status = fault_set(reterr, STATUS_INVALID, "'%s' must be a %s", key, kind_name);
        return NULL;
    }
    return member;
}

enum status json_read_text(const struct json *object, const char *key, struct slice *ret,
                           struct fault *reterr)
{
    enum status status;
    const struct json *member = member_of_kind(object, key, JSON_STRING, "string", &status, reterr);
    if (member != NULL) {
        *ret = json_text(member);
    }
    return status;
}

enum status json_read_i64(const struct json *object, const char *key, int64_t *ret,
                          struct fault *reterr)
{
    const double exact_max = 9007199254740991.0; /* 2^53 - 1: what cJSON's doubles hold exactly */
    enum status status;
    const struct json *member = member_of_kind(object, key, JSON_NUMBER, "number", &status, reterr);
    if (member == NULL) {
        return status;
    }
    double number = json_number(member);
    if (!(number >= -exact_max && number <= exact_max)) {
        return fault_set(reterr, STATUS_INVALID, "'%s' is out of range", key);
    }
    if (number != (double)(int64_t)number) {
        return fault_set(reterr, STATUS_INVALID, "'%s' must be an integer", key);
    }
    *ret = (int64_t)number;
    return STATUS_OK;
}

enum status json_read_bool(const struct json *object, const char *key, bool *ret,
                           struct fault *reterr)
{
    enum status status;
    const struct json *member = member_of_kind(object, key, JSON_BOOL, "boolean", &status, reterr);
    if (member != NULL) {
        *ret = json_is_true(member);
    }
    return status;
}
