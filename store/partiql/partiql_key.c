/* The one item a WHERE names: an AND of equalities on every key attribute, and what is asked beside them. */
#include "store/partiql/partiql.h"

#include <stdlib.h>

size_t partiql_find_part(const struct key_schema *schema, const struct expr *operand)
{
    size_t i = key_part_count(schema);
    if (operand->kind == EXPR_PATH && operand->path.count == 1) {
        for (i = 0; i < key_part_count(schema) &&
                    !slice_eq(schema->parts[i].name, operand->path.steps[0].name);
             i++) {
        }
    }
    return i;
}

struct key_search {
    struct arena *arena;
    const struct key_schema *schema;
    bool takes_in;
    struct attr values[KEY_PARTS_MAX];
    const struct expr **rest;
    size_t rest_count;
    struct partiql_key *result;
};

/* name = value, value = name, or name IN [value]. */
static bool find_equality(const struct key_search *search, const struct expr *expr,
                          size_t *ret_part, struct attr *ret_value)
{
    bool is_in = search->takes_in && expr->kind == EXPR_IN && expr->arg_count == 2;
    if (expr->kind != EXPR_EQ && !is_in) {
        return false;
    }
    for (size_t i = 0; i < (is_in ? 1U : 2U); i++) {
        size_t part = partiql_find_part(search->schema, expr->args[i]);
        const struct expr *other = expr->args[1 - i];
        if (part < key_part_count(search->schema) && other->kind == EXPR_VALUE) {
            *ret_part = part;
            *ret_value = other->value;
            return true;
        }
    }
    return false;
}

static size_t count_conjuncts(const struct expr *expr)
{
    size_t count = 0;
    if (expr->kind != EXPR_AND) {
        return 1;
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        count += count_conjuncts(expr->args[i]);
    }
    return count;
}

static void take_conjuncts(struct key_search *search, const struct expr *expr)
{
    size_t part = 0;
    struct attr value;
    if (expr->kind == EXPR_AND) {
        for (size_t i = 0; i < expr->arg_count; i++) {
            take_conjuncts(search, expr->args[i]);
        }
        return;
    }
    if (!find_equality(search, expr, &part, &value)) {
        search->rest[search->rest_count++] = expr;
        return;
    }
    struct attr *known = &search->values[part];
    if (known->type == ATTR_NONE) {
        *known = value;
        if (value.type != search->schema->parts[part].type &&
            search->result->mistyped.ptr == NULL) {
            search->result->mistyped = search->schema->parts[part].name;
        }
    } else if (!attr_eq(*known, value)) {
        search->result->repeated = search->schema->parts[part].name;
        search->rest[search->rest_count++] = expr;
    }
}

static int compare_parts(const void *a, const void *b)
{
    return slice_compare(((const struct key_part *)a)->name, ((const struct key_part *)b)->name);
}

/* The Key map; SLICE_NULL when a part has no value. */
static struct slice make_key(const struct key_search *search)
{
    struct key_part parts[KEY_PARTS_MAX];
    size_t count = key_part_count(search->schema);
    size_t len = 64;
    memcpy(parts, search->schema->parts, count * sizeof(parts[0]));
    qsort(parts, count, sizeof(parts[0]), compare_parts);
    for (size_t i = 0; i < count; i++) {
        if (search->values[i].type == ATTR_NONE) {
            return SLICE_NULL;
        }
        len += search->values[i].raw.len + search->schema->parts[i].name.len + 32;
    }
    struct buf buf = {arena_alloc(search->arena, len), 0, len, len, false};
    size_t mark = attr_open(&buf, ATTR_NONE);
    for (size_t i = 0; i < count; i++) {
        size_t part = 0;
        while (!slice_eq(search->schema->parts[part].name, parts[i].name)) {
            part++;
        }
        attr_write_member(&buf, parts[i].name, search->values[part]);
    }
    attr_close(&buf, ATTR_NONE, mark, (uint32_t)count);
    return buf_slice(&buf);
}

void partiql_plan_key(struct arena *arena, const struct key_schema *schema,
                      const struct expr *where, bool takes_in, struct partiql_key *ret_key)
{
    *ret_key = (struct partiql_key){.key = SLICE_NULL};
    if (where == NULL) {
        return;
    }
    struct key_search search = {
        .arena = arena,
        .schema = schema,
        .takes_in = takes_in,
        .rest = arena_array(arena, count_conjuncts(where), sizeof(const struct expr *)),
        .result = ret_key};
    take_conjuncts(&search, where);
    ret_key->key = make_key(&search);
    if (search.rest_count == 1) {
        ret_key->rest = search.rest[0];
    } else if (search.rest_count > 1) {
        ret_key->rest = partiql_expr(arena, EXPR_AND, search.rest, search.rest_count);
    }
}
