/* JSON as a tree, over cJSON: for requests and settings that we must understand as a whole.
 *
 * Customers' payloads never pass through here: cJSON rounds large integers, cuts strings at \u0000 and
 * keeps duplicate keys. For those use core/json_scan.h (looks, keeps the bytes) and core/json_writer.h.
 *
 * Ownership  json_parse() returns a root to free with json_free() or AUTO_JSON; what the readers
 *            return belongs to the root. Keys are compared with case.
 * Errors     INVALID with the byte offset and what was expected. The typed readers fill `reterr`
 *            themselves ("'Timeout' must be a number"), so operations do not. Also INVALID:
 *            \u0000 and lone surrogates, which cJSON would change.
 * Limits     JSON_DEPTH_MAX levels; trailing bytes other than white space are refused. */
#ifndef SLS_CORE_JSON_H
#define SLS_CORE_JSON_H

#include "core/slice.h"

#define JSON_DEPTH_MAX 256

struct json; /* a node */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

MUST_CHECK enum status json_parse(struct slice text, struct json **ret_root, struct fault *reterr);
void json_free(struct json *root);
static inline void json_free_at(struct json **root)
{
    json_free(*root);
}
#define AUTO_JSON __attribute__((cleanup(json_free_at))) struct json

enum json_kind json_kind(const struct json *node); /* NULL node: JSON_NULL */
/* NULL when absent; the last of several members of one name. */
const struct json *json_get(const struct json *object, const char *key);
size_t json_count(const struct json *node);            /* elements or members */
/* Iterates: `for (n = json_first(x); n != NULL; n = json_next(n))`. */
const struct json *json_first(const struct json *node);
const struct json *json_next(const struct json *node);
struct slice json_key(const struct json *member);
struct slice json_text(const struct json *node);  /* a string's bytes; SLICE_NULL otherwise */
double json_number(const struct json *node);      /* 0 when not a number */
bool json_is_true(const struct json *node);

/* Absent or null: *ret is left alone and STATUS_OK returned. Wrong type: INVALID. */
MUST_CHECK enum status json_read_text(const struct json *object, const char *key,
                                      struct slice *ret, struct fault *reterr);
MUST_CHECK enum status json_read_i64(const struct json *object, const char *key, int64_t *ret,
                                     struct fault *reterr);
MUST_CHECK enum status json_read_bool(const struct json *object, const char *key, bool *ret,
                                      struct fault *reterr);

#endif
