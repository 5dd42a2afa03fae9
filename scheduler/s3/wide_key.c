#include "scheduler/s3/wide_key.h"

#include "scheduler/s3/number.h"
#include "scheduler/state.h"

#include <assert.h>

#define WAY_MARK '\xFF'

struct engine_key {
    char bytes[ENGINE_KEY_MAX];
    size_t len;
};

static struct slice slice_of_key(const struct engine_key *key)
{
    return slice_of(key->bytes, key->len);
}

static void make_head(struct engine_key *key, char kind, uint64_t space)
{
    key->bytes[0] = kind;
    number_write(key->bytes + 1, space);
    key->len = WIDE_HEAD;
}

static void make_place(struct engine_key *key, char kind, uint64_t space, struct slice piece)
{
    make_head(key, kind, space);
    if (piece.len > 0) {
        memcpy(key->bytes + WIDE_HEAD, piece.ptr, piece.len);
    }
    key->len += piece.len;
}

static void make_way(struct engine_key *key, char kind, uint64_t space, struct slice piece)
{
    make_place(key, kind, space, slice_take(piece, WIDE_PIECE));
    key->bytes[key->len++] = WAY_MARK;
}

static bool is_way(struct slice key)
{
    return key.len == ENGINE_KEY_MAX;
}

uint64_t wide_space(struct txn *txn)
{
    return state_next_number(txn, "s3-space");
}

/* Follows the ways of a long key; false when one is missing. `*key` becomes the last piece. */
static bool follow(struct txn *txn, char kind, uint64_t *space, struct slice *key)
{
    while (key->len > WIDE_PIECE) {
        struct engine_key way;
        struct slice value;
        make_way(&way, kind, *space, *key);
        if (!txn_get(txn, DB_OBJECTS, slice_of_key(&way), &value)) {
            return false;
        }
        *space = number_read(value.ptr);
        *key = slice_skip(*key, WIDE_PIECE);
    }
    return true;
}

bool wide_get(struct txn *txn, char kind, uint64_t space, struct slice key, struct slice *ret_value)
{
    struct engine_key place;
    if (key.len > WIDE_KEY_MAX || !follow(txn, kind, &space, &key)) {
        return false;
    }
    make_place(&place, kind, space, key);
    return txn_get(txn, DB_OBJECTS, slice_of_key(&place), ret_value);
}

void wide_put(struct txn *txn, char kind, uint64_t space, struct slice key, struct slice value)
{
    assert(key.len <= WIDE_KEY_MAX);
    while (!follow(txn, kind, &space, &key)) {
        struct engine_key way;
        char number[8];
        make_way(&way, kind, space, key);
        number_write(number, wide_space(txn));
        txn_put(txn, DB_OBJECTS, slice_of_key(&way), slice_of(number, sizeof(number)));
        if (txn_failed(txn)) {
            return; /* what was put is not there */
        }
    }
    struct engine_key place;
    make_place(&place, kind, space, key);
    txn_put(txn, DB_OBJECTS, slice_of_key(&place), value);
}

bool wide_is_empty(struct txn *txn, char kind, uint64_t space)
{
    AUTO_CURSOR cursor;
    struct engine_key head;
    make_head(&head, kind, space);
    cursor_open(&cursor, txn, DB_OBJECTS);
    return !cursor_seek(&cursor, slice_of_key(&head)) ||
           !slice_starts_with(cursor.key, slice_of_key(&head));
}

bool wide_delete(struct txn *txn, char kind, uint64_t space, struct slice key)
{
    if (key.len > WIDE_KEY_MAX) {
        return false;
    }
    struct engine_key place;
    if (key.len <= WIDE_PIECE) {
        make_place(&place, kind, space, key);
        return txn_delete(txn, DB_OBJECTS, slice_of_key(&place));
    }
    struct slice value;
    make_way(&place, kind, space, key);
    if (!txn_get(txn, DB_OBJECTS, slice_of_key(&place), &value)) {
        return false;
    }
    uint64_t below = number_read(value.ptr);
    bool was_there = wide_delete(txn, kind, below, slice_skip(key, WIDE_PIECE));
    if (was_there && wide_is_empty(txn, kind, below)) {
        (void)txn_delete(txn, DB_OBJECTS, slice_of_key(&place));
    }
    return was_there;
}

/* --- cursor --- */

void wide_cursor_open(struct wide_cursor *cursor, struct txn *txn, char kind, uint64_t space)
{
    memset(cursor, 0, offsetof(struct wide_cursor, bytes));
    cursor->txn = txn;
    cursor->kind = kind;
    cursor->depth = 1;
    cursor->levels[0].space = space;
}

void wide_cursor_close(struct wide_cursor *cursor)
{
    for (size_t i = 0; i < WIDE_LEVELS; i++) {
        if (cursor->levels[i].is_open) {
            cursor_close(&cursor->levels[i].cursor);
            cursor->levels[i].is_open = false;
        }
    }
}

static struct wide_level *top(struct wide_cursor *cursor)
{
    return &cursor->levels[cursor->depth - 1];
}

static bool is_inside(const struct wide_cursor *cursor, const struct wide_level *level)
{
    struct engine_key head;
    make_head(&head, cursor->kind, level->space);
    return slice_starts_with(level->cursor.key, slice_of_key(&head));
}

/* The first entry of the level at or behind `key`. */
static bool seek_level(struct wide_cursor *cursor, const struct engine_key *key)
{
    struct wide_level *level = top(cursor);
    if (!level->is_open) {
        cursor_open(&level->cursor, cursor->txn, DB_OBJECTS);
        level->is_open = true;
    }
    return cursor_seek(&level->cursor, slice_of_key(key)) && is_inside(cursor, level);
}

static bool step_level(struct wide_cursor *cursor)
{
    struct wide_level *level = top(cursor);
    return cursor_next(&level->cursor) && is_inside(cursor, level);
}

/* Goes down the way at which the level stands. */
static void descend(struct wide_cursor *cursor)
{
    struct wide_level *level = top(cursor);
    assert(cursor->depth < WIDE_LEVELS);
    memcpy(cursor->bytes + (cursor->depth - 1) * WIDE_PIECE, level->cursor.key.ptr + WIDE_HEAD,
           WIDE_PIECE);
    cursor->levels[cursor->depth].space = number_read(level->cursor.value.ptr);
    cursor->depth++;
}

/* From where the top level stands (`has`) to the place that is first from there on. */
static bool settle(struct wide_cursor *cursor, bool has)
{
    for (;;) {
        struct wide_level *level = top(cursor);
        if (!has) {
            if (cursor->depth == 1) {
                return false;
            }
            cursor->depth--;
            has = step_level(cursor);
        } else if (is_way(level->cursor.key)) {
            struct engine_key head;
            descend(cursor);
            make_head(&head, cursor->kind, top(cursor)->space);
            has = seek_level(cursor, &head);
        } else {
            struct slice piece = slice_skip(level->cursor.key, WIDE_HEAD);
            size_t before = (cursor->depth - 1) * WIDE_PIECE;
            if (piece.len > 0) {
                memcpy(cursor->bytes + before, piece.ptr, piece.len);
            }
            cursor->key = slice_of(cursor->bytes, before + piece.len);
            cursor->value = level->cursor.value;
            return true;
        }
    }
}

bool wide_seek(struct wide_cursor *cursor, struct slice key)
{
    cursor->depth = 1;
    for (;;) {
        struct engine_key from;
        if (key.len <= WIDE_PIECE) {
            make_place(&from, cursor->kind, top(cursor)->space, key);
            return settle(cursor, seek_level(cursor, &from));
        }
        make_way(&from, cursor->kind, top(cursor)->space, key);
        bool has = seek_level(cursor, &from);
        if (!has || !slice_eq(top(cursor)->cursor.key, slice_of_key(&from))) {
            return settle(cursor, has);
        }
        descend(cursor);
        key = slice_skip(key, WIDE_PIECE);
    }
}

bool wide_next(struct wide_cursor *cursor)
{
    return settle(cursor, step_level(cursor));
}
