/* Which partitions and ranges of sort keys a SELECT reads.
 *
 *     a partition key equality in every branch of the ORs   Queries, one for each partition and range of sort keys
 *     anything else                                         a Scan
 *
 * The whole WHERE stays the filter of what is read: the ranges only say where to look. */
#include "store/partiql/partiql.h"

#include <stdlib.h>

/* --- partitions and ranges --- */

/* Sort keys between two values; ATTR_ABSENT: no bound. */
struct interval {
    struct attr lower, upper;
    bool lower_exclusive, upper_exclusive;
};

/* One way for an item to match, as far as its key goes. */
struct branch {
    struct attr hash; /* ATTR_ABSENT: any partition */
    bool has_range;
    struct interval range;
};

struct branches {
    struct branch *items;
    size_t count;
    bool has_hash;    /* every one of them names its partition */
    bool is_too_many; /* more than could be read: `items` is not complete */
    bool has_key;     /* something in it is about the key */
};

struct planner {
    struct arena *arena;
    const struct key_schema *schema;
    const struct problem *mistyped; /* the first key attribute compared with another type */
};

static struct branches any_branch(struct planner *planner)
{
    struct branches branches = {.items = arena_alloc(planner->arena, sizeof(struct branch)),
                                .count = 1};
    return branches;
}

static void note_type(struct planner *planner, size_t part, struct attr value)
{
    if (planner->mistyped == NULL && value.type != planner->schema->parts[part].type) {
        planner->mistyped = problem_invalid(
            planner->arena,
            "Key attribute's data type should match its data type in table's schema: Key %.*s",
            SLICE_ARG(planner->schema->parts[part].name));
    }
}

static struct branches branch_of_hash(struct planner *planner, struct attr value)
{
    struct branches branches = any_branch(planner);
    note_type(planner, 0, value);
    branches.items[0].hash = value;
    branches.has_hash = branches.has_key = true;
    return branches;
}

static struct branches branch_of_range(struct planner *planner, struct interval range)
{
    struct branches branches = any_branch(planner);
    if (range.lower.type != ATTR_NONE) {
        note_type(planner, 1, range.lower);
    }
    if (range.upper.type != ATTR_NONE) {
        note_type(planner, 1, range.upper);
    }
    branches.items[0].has_range = true;
    branches.items[0].range = range;
    branches.has_key = true;
    return branches;
}

static struct interval point(struct attr value)
{
    return (struct interval){.lower = value, .upper = value};
}

/* Everything that starts with `prefix`. */
static struct interval prefix_interval(struct planner *planner, struct attr prefix)
{
    struct interval interval = {.lower = prefix, .upper = prefix, .upper_exclusive = true};
    char *end = arena_cstr(planner->arena, prefix.raw);
    size_t len = prefix.raw.len;
    while (len > 0 && (unsigned char)end[len - 1] == 0xff) {
        len--;
    }
    if (len == 0) {
        interval.upper = ATTR_ABSENT;
        return interval;
    }
    end[len - 1] = (char)((unsigned char)end[len - 1] + 1);
    interval.upper.raw = slice_of(end, len);
    return interval;
}

static bool is_ordered(struct attr a, struct attr b)
{
    return a.type == b.type && (a.type == ATTR_S || a.type == ATTR_N || a.type == ATTR_B);
}

/* False when no value is in both; bounds of different types are not compared (they are refused). */
static bool intersect(struct interval *interval, const struct interval *other)
{
    if (other->lower.type != ATTR_NONE) {
        int order = is_ordered(interval->lower, other->lower)
                        ? attr_compare(interval->lower, other->lower)
                        : -1;
        if (order < 0) {
            interval->lower = other->lower;
            interval->lower_exclusive = other->lower_exclusive;
        } else if (order == 0) {
            interval->lower_exclusive = interval->lower_exclusive || other->lower_exclusive;
        }
    }
    if (other->upper.type != ATTR_NONE) {
        int order = is_ordered(interval->upper, other->upper)
                        ? attr_compare(interval->upper, other->upper)
                        : 1;
        if (order > 0) {
            interval->upper = other->upper;
            interval->upper_exclusive = other->upper_exclusive;
        } else if (order == 0) {
            interval->upper_exclusive = interval->upper_exclusive || other->upper_exclusive;
        }
    }
    if (!is_ordered(interval->lower, interval->upper)) {
        return true;
    }
    int order = attr_compare(interval->lower, interval->upper);
    return order < 0 || (order == 0 && !interval->lower_exclusive && !interval->upper_exclusive);
}

/* What matches both; false when nothing does. */
static bool join_branches(const struct branch *a, const struct branch *b, struct branch *ret_branch)
{
    struct branch joined = *a;
    if (a->hash.type == ATTR_NONE) {
        joined.hash = b->hash;
    } else if (b->hash.type != ATTR_NONE && !attr_eq(a->hash, b->hash)) {
        return false;
    }
    if (!a->has_range) {
        joined.has_range = b->has_range;
        joined.range = b->range;
    } else if (b->has_range && !intersect(&joined.range, &b->range)) {
        return false;
    }
    *ret_branch = joined;
    return true;
}

static struct branches both(struct planner *planner, const struct branches *a,
                            const struct branches *b)
{
    struct branches result = {.has_hash = a->has_hash || b->has_hash,
                              .has_key = a->has_key || b->has_key};
    size_t count = a->count * b->count;
    result.is_too_many = a->is_too_many || b->is_too_many || count > 2 * PARTIQL_READS_MAX;
    if (result.is_too_many) {
        return result;
    }
    result.items = arena_array(planner->arena, count, sizeof(*result.items));
    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < b->count; k++) {
            result.count += join_branches(&a->items[i], &b->items[k], &result.items[result.count]);
        }
    }
    return result;
}

static struct branches either(struct planner *planner, const struct branches *a,
                              const struct branches *b)
{
    struct branches result = {.has_hash = a->has_hash && b->has_hash,
                              .has_key = a->has_key || b->has_key};
    size_t count = a->count + b->count;
    result.is_too_many = a->is_too_many || b->is_too_many || count > 2 * PARTIQL_READS_MAX;
    if (result.is_too_many) {
        return result;
    }
    result.items = arena_array(planner->arena, count, sizeof(*result.items));
    for (size_t i = 0; i < count; i++) {
        result.items[i] = i < a->count ? a->items[i] : b->items[i - a->count];
    }
    result.count = count;
    return result;
}

static struct branches branches_of(struct planner *planner, const struct expr *expr);

static struct branches branches_of_in(struct planner *planner, const struct expr *in)
{
    size_t part = partiql_find_part(planner->schema, in->args[0]);
    struct branches result = {.items = NULL};
    if (part >= key_part_count(planner->schema)) {
        return any_branch(planner);
    }
    for (size_t i = 1; i < in->arg_count; i++) {
        if (in->args[i]->kind != EXPR_VALUE) {
            return any_branch(planner);
        }
        struct attr value = in->args[i]->value;
        struct branches one =
            part == 0 ? branch_of_hash(planner, value) : branch_of_range(planner, point(value));
        result = i == 1 ? one : either(planner, &result, &one);
    }
    return result;
}

/* value < name is name > value; EXPR_AND, which is 0, where there is no comparison. */
static const enum expr_kind mirrored[EXPR_KIND_COUNT] = {
    [EXPR_EQ] = EXPR_EQ, [EXPR_LT] = EXPR_GT, [EXPR_LE] = EXPR_GE,
    [EXPR_GT] = EXPR_LT, [EXPR_GE] = EXPR_LE,
};

static struct branches branches_of_comparison(struct planner *planner, const struct expr *expr)
{
    enum expr_kind kind = expr->kind;
    const struct expr *name = expr->args[0], *other = expr->args[1];
    if (name->kind == EXPR_VALUE) {
        name = expr->args[1];
        other = expr->args[0];
        kind = mirrored[kind];
    }
    size_t part = partiql_find_part(planner->schema, name);
    if (part >= key_part_count(planner->schema) || other->kind != EXPR_VALUE ||
        (part == 0 && kind != EXPR_EQ)) {
        return any_branch(planner);
    }
    if (part == 0) {
        return branch_of_hash(planner, other->value);
    }
    struct interval range = {.lower_exclusive = kind == EXPR_GT,
                             .upper_exclusive = kind == EXPR_LT};
    if (kind == EXPR_EQ || kind == EXPR_GT || kind == EXPR_GE) {
        range.lower = other->value;
    }
    if (kind == EXPR_EQ || kind == EXPR_LT || kind == EXPR_LE) {
        range.upper = other->value;
    }
    return branch_of_range(planner, range);
}

static struct branches branches_of_bounds(struct planner *planner, const struct expr *expr)
{
    bool is_range =
        partiql_find_part(planner->schema, expr->args[0]) == 1 && planner->schema->range_count != 0;
    for (size_t i = 1; i < expr->arg_count; i++) {
        is_range = is_range && expr->args[i]->kind == EXPR_VALUE;
    }
    if (!is_range) {
        return any_branch(planner);
    }
    struct attr lower = expr->args[1]->value;
    if (expr->kind == EXPR_BETWEEN) {
        struct interval range = {.lower = lower, .upper = expr->args[2]->value};
        return branch_of_range(planner, range);
    }
    return lower.type == ATTR_S || lower.type == ATTR_B
               ? branch_of_range(planner, prefix_interval(planner, lower))
               : any_branch(planner);
}

/* An OR in which no key is mentioned is a filter like any other condition. */
static struct branches branches_of_or(struct planner *planner, const struct expr *expr)
{
    struct branches result = branches_of(planner, expr->args[0]);
    for (size_t i = 1; i < expr->arg_count; i++) {
        struct branches next = branches_of(planner, expr->args[i]);
        result = either(planner, &result, &next);
    }
    return result.has_key ? result : any_branch(planner);
}

static struct branches branches_of(struct planner *planner, const struct expr *expr)
{
    if (expr->kind == EXPR_OR) {
        return branches_of_or(planner, expr);
    }
    if (expr->kind == EXPR_AND) {
        struct branches result = branches_of(planner, expr->args[0]);
        for (size_t i = 1; i < expr->arg_count; i++) {
            struct branches next = branches_of(planner, expr->args[i]);
            result = both(planner, &result, &next);
        }
        return result;
    }
    if (expr->kind == EXPR_IN) {
        return branches_of_in(planner, expr);
    }
    if (expr->kind == EXPR_BETWEEN || expr->kind == EXPR_BEGINS_WITH) {
        return branches_of_bounds(planner, expr);
    }
    if (mirrored[expr->kind] != EXPR_AND) {
        return branches_of_comparison(planner, expr);
    }
    return any_branch(planner);
}

/* --- checks and order --- */

static bool overlaps(const struct branch *a, const struct branch *b)
{
    struct interval common = a->range;
    return attr_eq(a->hash, b->hash) &&
           (!a->has_range || !b->has_range || intersect(&common, &b->range));
}

static const struct problem *check_overlaps(struct planner *planner,
                                            const struct branches *branches)
{
    for (size_t i = 1; i < branches->count; i++) {
        for (size_t k = 0; k < i; k++) { /* 50 at most */
            if (overlaps(&branches->items[k], &branches->items[i])) {
                return problem_invalid(planner->arena,
                                       "Overlapping conditions with range keys are not supported "
                                       "in where clause");
            }
        }
    }
    return NULL;
}

static int compare_branches(const void *a, const void *b)
{
    const struct branch *left = a, *right = b;
    int order = attr_compare(left->hash, right->hash);
    if (order != 0) {
        return order;
    }
    bool left_open = !left->has_range || left->range.lower.type == ATTR_NONE;
    bool right_open = !right->has_range || right->range.lower.type == ATTR_NONE;
    return left_open || right_open ? right_open - left_open
                                   : attr_compare(left->range.lower, right->range.lower);
}

static void reverse(struct branch *items, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct branch item = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = item;
    }
}

/* By partition key, and inside a partition by sort key. */
static void sort_branches(struct branches *branches, bool hash_descends, bool range_descends)
{
    size_t start = 0;
    qsort(branches->items, branches->count, sizeof(*branches->items), compare_branches);
    if (hash_descends != range_descends) {
        for (size_t i = 1; i <= branches->count; i++) {
            if (i == branches->count ||
                !attr_eq(branches->items[start].hash, branches->items[i].hash)) {
                reverse(branches->items + start, i - start);
                start = i;
            }
        }
    }
    if (hash_descends) {
        reverse(branches->items, branches->count);
    }
}

static const struct problem *apply_orders(struct planner *planner, const struct partiql *partiql,
                                          struct branches *branches, bool *ret_is_reverse)
{
    const struct key_schema *schema = planner->schema;
    bool descends[2] = {false, false};
    bool has_several = false;
    for (size_t i = 0; i < partiql->order_count; i++) {
        size_t part = 0;
        while (part < key_part_count(schema) &&
               !slice_eq(schema->parts[part].name, partiql->orders[i])) {
            part++;
        }
        if (part == key_part_count(schema)) {
            return problem_invalid(planner->arena,
                                   "Attribute %.*s in ORDER BY clause must be part of the primary "
                                   "key",
                                   SLICE_ARG(partiql->orders[i]));
        }
        descends[part] = partiql->is_descending[i];
    }
    for (size_t i = 1; i < branches->count; i++) {
        has_several = has_several || !attr_eq(branches->items[0].hash, branches->items[i].hash);
    }
    if (has_several && !slice_eq(partiql->orders[0], schema->parts[0].name)) {
        return problem_invalid(planner->arena,
                               "Must have hash key in ORDER BY clause when more than one hash key "
                               "condition specified in WHERE clause.");
    }
    if (planner->mistyped == NULL) {
        sort_branches(branches, descends[0], descends[1]);
    }
    *ret_is_reverse = descends[1];
    return NULL;
}

static struct slice encode(struct planner *planner, struct attr value, bool is_entry)
{
    AUTO_BUF buf = BUF_INIT(1 << 20);
    key_append_range(&buf, value, !is_entry);
    return arena_copy(planner->arena, buf_slice(&buf));
}

static struct key_range range_of(struct planner *planner, const struct branch *branch,
                                 bool is_entry)
{
    struct key_range range = {.hash_count = 1};
    range.hash[0] = branch->hash;
    if (branch->has_range && branch->range.lower.type != ATTR_NONE) {
        range.lower = encode(planner, branch->range.lower, is_entry);
        range.lower_exclusive = branch->range.lower_exclusive;
    }
    if (branch->has_range && branch->range.upper.type != ATTR_NONE) {
        range.upper = encode(planner, branch->range.upper, is_entry);
        range.upper_exclusive = branch->range.upper_exclusive;
    }
    return range;
}

const struct problem *partiql_plan_reads(struct arena *arena, const struct partiql *partiql,
                                         const struct key_schema *schema, bool is_entry,
                                         struct partiql_reads *ret_reads)
{
    struct planner planner = {.arena = arena, .schema = schema};
    struct branches branches = {.has_hash = false};
    struct partiql_reads reads = {.is_scan = true};
    if (partiql->where != NULL) {
        branches = branches_of(&planner, partiql->where);
    }
    if (!branches.has_hash) {
        *ret_reads = reads;
        return partiql->order_count == 0
                   ? NULL
                   : problem_invalid(arena,
                                     "Must have at least one non-optional hash key condition "
                                     "in WHERE clause when using ORDER BY clause.");
    }
    if (branches.is_too_many || branches.count > PARTIQL_READS_MAX) {
        return problem_invalid(arena, "Too many decomposed read operations for a given query.");
    }
    const struct problem *problem = planner.mistyped;
    if (problem == NULL) {
        problem = check_overlaps(&planner, &branches);
    }
    if (problem == NULL && partiql->order_count != 0) {
        problem = apply_orders(&planner, partiql, &branches, &reads.is_reverse);
    }
    if (problem != NULL) {
        return problem;
    }
    reads.is_scan = false;
    reads.count = branches.count;
    reads.ranges = arena_array(arena, branches.count, sizeof(*reads.ranges));
    for (size_t i = 0; i < branches.count; i++) {
        reads.ranges[i] = range_of(&planner, &branches.items[i], is_entry);
    }
    *ret_reads = reads;
    return NULL;
}
