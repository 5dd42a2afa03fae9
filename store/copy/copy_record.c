#include "store/copy/copy_record.h"

#include "core/json_scan.h"
#include "store/engine/engine.h"

#include <stdlib.h>

#define TOKEN_MAX 1024

const struct problem *copy_token_check(struct arena *arena, struct slice token)
{
    return token.len <= TOKEN_MAX
               ? NULL
               : problem_invalid(arena, "ClientToken has more than %d bytes", TOKEN_MAX);
}

struct slice copy_record_raw(struct arena *arena, struct slice json, const char *key)
{
    struct slice value = json_raw_member(json, key);
    return value.ptr != NULL ? arena_copy(arena, value) : SLICE_NULL;
}

struct slice copy_record_text(struct arena *arena, struct slice json, const char *key)
{
    struct slice text = json_text_member(arena, json, key);
    return text.ptr != NULL ? arena_copy(arena, text) : SLICE_NULL;
}

int64_t copy_record_time(struct arena *arena, struct slice json, const char *key)
{
    struct slice value = copy_record_raw(arena, json, key);
    return value.len > 0 ? (int64_t)(strtod(arena_cstr(arena, value), NULL) * 1000 + 0.5) : 0;
}

int64_t copy_record_count(struct slice json, const char *key)
{
    return json_i64_member(json, key, 0);
}

void copy_record_put(struct json_writer *w, const char *key, struct slice text)
{
    if (text.len > 0) {
        json_put_string(w, key, text);
    }
}

static const struct problem *list(struct operation *operation, struct txn *txn, struct slice prefix,
                                  struct slice from, int64_t limit, copy_record_print_fn *print,
                                  struct slice *ret_last)
{
    struct slice last = SLICE_NULL;
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_META);
    bool has = cursor_seek(&cursor, from);
    if (!slice_eq(from, prefix)) {
        if (!has || !slice_eq(cursor.key, from) || !slice_starts_with(from, prefix)) {
            return problem_invalid(operation->arena, "Invalid NextToken");
        }
        has = cursor_next(&cursor);
    }
    for (; has && slice_starts_with(cursor.key, prefix) && limit > 0; limit--) {
        if (print(operation, cursor.value)) {
            last = arena_copy(operation->arena, slice_skip(cursor.key, 1));
        }
        has = cursor_next(&cursor);
    }
    *ret_last = has && slice_starts_with(cursor.key, prefix) ? last : SLICE_NULL;
    return NULL;
}

const struct problem *copy_records_list(struct operation *operation, char kind,
                                        struct slice table_arn, struct slice after, int64_t limit,
                                        copy_record_print_fn *print, struct slice *ret_last)
{
    struct arena *arena = operation->arena;
    bool is_of_table = table_arn.len > 0;
    struct slice prefix =
        arena_printf(arena, "%c%.*s%s", kind, SLICE_ARG(table_arn), is_of_table ? "/" : "");
    struct slice from =
        after.len > 0 ? arena_printf(arena, "%c%.*s", kind, SLICE_ARG(after)) : prefix;
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    const struct problem *problem = list(operation, txn, prefix, from, limit, print, ret_last);
    engine_read_end(engine, txn);
    return problem;
}
