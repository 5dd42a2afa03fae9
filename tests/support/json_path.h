/* What tests say of JSON: written with `'` for `"`, looked up by a path. */
#ifndef SLS_TESTS_JSON_PATH_H
#define SLS_TESTS_JSON_PATH_H

#include "core/slice.h"

/* A copy with `"` for each `'`; mem_free() it. */
char *json_quoted(const char *text);
/* The raw value at "Table.GlobalSecondaryIndexes.0.IndexStatus"; "" when it is absent. */
struct slice json_at(struct slice json, const char *path);
/* Whether it is this JSON (`'` for `"`). */
bool json_is(struct slice json, const char *path, const char *wanted);

#endif
