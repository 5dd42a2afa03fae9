/* Identifiers: random where the service's are random, derived where a user or a
 * test would have to look them up. Every function writes a NUL-terminated text. */
#ifndef SLS_CORE_ID_H
#define SLS_CORE_ID_H

#include "core/slice.h"

#define ID_UUID_MAX 37
#define ID_SHORT_MAX 17
#define ID_TRACE_MAX 41

void id_random(void *bytes, size_t len); /* from a buffered getrandom(2) pool; re-seeded after fork */
const char *id_uuid(char out[ID_UUID_MAX]);         /* version 4 */
const char *id_api_request(char out[ID_SHORT_MAX]); /* 16 characters like "JCJJxhz4PHcEJgQ=" */
/* "Root=1-8hex-24hex" of now; `out` has ID_TRACE_MAX bytes. */
const char *id_trace_root(char *out, int64_t epoch_ms);
/* `len` characters of [a-z0-9] (first a letter) that follow from `name` alone: API ids, URL ids.
 * `out` has `len` + 1 bytes. */
void id_derived(char *out, size_t len, struct slice name);
void id_derived_uuid(char out[ID_UUID_MAX], struct slice name); /* version 8, from `name` alone */
void id_hex(char *out, const void *bytes, size_t len); /* 2 * len characters and NUL */

#endif
