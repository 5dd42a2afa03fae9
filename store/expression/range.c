#include "store/expression/range_check.h"

#include <assert.h>

struct builder {
    struct arena *arena;
    const struct key_schema *schema;
    bool is_entry;
};

/* The parts that are equal and a bound of the next one. */
static struct slice encode(const struct builder *builder, struct slice front, struct attr value)
{
    size_t max = front.len + 2 * value.raw.len + 2; /* every byte escaped, and a terminator */
    struct buf buf = {arena_alloc(builder->arena, max), 0, max, max, false};
    buf_append(&buf, front);
    key_append_range(&buf, value, !builder->is_entry);
    assert(!buf.is_full);
    return buf_slice(&buf);
}

/* The first encoding that no longer starts with `prefix`, which ends with a terminator. */
static struct slice prefix_end(struct arena *arena, struct slice prefix)
{
    assert(prefix.len != 0 && prefix.ptr[prefix.len - 1] == 0);
    char *end = arena_alloc(arena, prefix.len);
    memcpy(end, prefix.ptr, prefix.len);
    end[prefix.len - 1] = 1;
    return slice_of(end, prefix.len);
}

/* Of begins_with: what all encodings of values with this beginning start with. */
static struct slice encode_prefix(const struct builder *builder, struct slice front,
                                  struct attr value)
{
    struct slice whole = encode(builder, front, value);
    return slice_take(whole, builder->is_entry ? whole.len - 2 : whole.len);
}

/* Bounds of one part behind `front`. `is_last`: no more parts follow, an encoding is whole. */
struct bounds {
    struct slice front;
    bool is_last;
};

static void set_lower(const struct builder *builder, struct bounds bounds, struct attr value,
                      bool is_exclusive, struct key_range *range)
{
    range->lower = encode(builder, bounds.front, value);
    if (is_exclusive && !bounds.is_last) {
        range->lower = prefix_end(builder->arena, range->lower);
    } else {
        range->lower_exclusive = is_exclusive;
    }
}

static void set_upper(const struct builder *builder, struct bounds bounds, struct attr value,
                      bool is_exclusive, struct key_range *range)
{
    range->upper = encode(builder, bounds.front, value);
    range->upper_exclusive = is_exclusive;
    if (!is_exclusive && !bounds.is_last) {
        range->upper = prefix_end(builder->arena, range->upper);
        range->upper_exclusive = true;
    }
}

static enum expr_kind flipped(enum expr_kind kind)
{
    return kind == EXPR_LT   ? EXPR_GT
           : kind == EXPR_LE ? EXPR_GE
           : kind == EXPR_GT ? EXPR_LT
           : kind == EXPR_GE ? EXPR_LE
                             : kind;
}

/* The operator that is not an equality; at most one, on the last attribute named. */
static void set_bounds(const struct builder *builder, const struct expr *term, struct bounds bounds,
                       struct key_range *range)
{
    bool is_value_first = term->args[0]->kind == EXPR_VALUE;
    enum expr_kind kind = is_value_first ? flipped(term->kind) : term->kind;
    struct attr value = term->args[is_value_first ? 0 : 1]->value;
    if (kind == EXPR_BEGINS_WITH) {
        range->lower = encode_prefix(builder, bounds.front, value);
        range->has_prefix = true;
        return;
    }
    range->lower = bounds.front;
    if (bounds.front.len != 0) {
        range->upper = prefix_end(builder->arena, bounds.front);
        range->upper_exclusive = true;
    }
    if (kind == EXPR_BETWEEN) {
        set_lower(builder, bounds, value, false, range);
        set_upper(builder, bounds, term->args[2]->value, false, range);
    } else if (kind == EXPR_LT || kind == EXPR_LE) {
        set_upper(builder, bounds, value, kind == EXPR_LT, range);
    } else {
        assert(kind == EXPR_GT || kind == EXPR_GE);
        set_lower(builder, bounds, value, kind == EXPR_GT, range);
    }
}

static struct attr equal_value(const struct expr *term)
{
    return term->args[term->args[0]->kind == EXPR_VALUE ? 0 : 1]->value;
}

static void set_range(const struct builder *builder, const struct expr **terms,
                      struct key_range *range)
{
    const struct key_schema *schema = builder->schema;
    size_t parts = key_part_count(schema);
    struct slice front = SLICE("");
    size_t i = schema->hash_count;
    while (i < parts && terms[i] != NULL && terms[i]->kind == EXPR_EQ) {
        front = encode(builder, front, equal_value(terms[i]));
        i++;
    }
    if (i < parts && terms[i] != NULL) {
        set_bounds(builder, terms[i], (struct bounds){front, i + 1 == parts}, range);
        return;
    }
    range->lower = front;
    if (i == parts && schema->range_count != 0) {
        range->upper = front;
    } else {
        range->has_prefix = front.len != 0;
    }
}

const struct problem *range_of_condition(struct arena *arena, const struct expr *condition,
                                         const struct key_schema *schema, bool is_entry,
                                         enum range_source source, struct key_range *ret_range)
{
    const struct expr *terms[KEY_PARTS_MAX] = {NULL};
    const struct problem *problem = range_place(arena, condition, schema, source, terms);
    if (problem != NULL) {
        return problem;
    }
    assert(is_entry || schema->range_count <= 1);
    struct builder builder = {.arena = arena, .schema = schema, .is_entry = is_entry};
    *ret_range = (struct key_range){
        .hash_count = schema->hash_count, .lower = SLICE(""), .upper = SLICE_NULL};
    for (size_t i = 0; i < schema->hash_count; i++) {
        ret_range->hash[i] = equal_value(terms[i]);
    }
    set_range(&builder, terms, ret_range);
    return NULL;
}

bool range_holds(const struct key_range *range, struct slice encoding)
{
    if (range->has_prefix) {
        return slice_starts_with(encoding, range->lower);
    }
    int lower = slice_compare(encoding, range->lower);
    if (lower < 0 || (lower == 0 && range->lower_exclusive)) {
        return false;
    }
    if (range->upper.ptr == NULL) {
        return true;
    }
    int upper = slice_compare(encoding, range->upper);
    return upper < 0 || (upper == 0 && !range->upper_exclusive);
}
