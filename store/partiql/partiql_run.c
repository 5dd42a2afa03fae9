#include "store/partiql/partiql_run.h"

#define MISMATCH "The provided key element does not match the schema"

/* --- statements --- */

const struct problem *partiql_parameters(struct arena *arena, const struct record *record,
                                         struct partiql_parameters *ret_parameters)
{
    const struct field *field = record_get(record, MEMBER_PARAMETERS);
    struct attr *values = arena_array(arena, field->count, sizeof(*values));
    for (size_t i = 0; i < field->count; i++) {
        if (field_attr(&field->items[i])->bad != NULL) {
            return field_attr(&field->items[i])->bad;
        }
        values[i] = field_attr(&field->items[i])->attr;
    }
    *ret_parameters = (struct partiql_parameters){values, field->count};
    return NULL;
}

const struct problem *partiql_prepare(struct arena *arena, const struct record *record,
                                      const struct partiql_parameters *parameters,
                                      const struct partiql **ret_partiql)
{
    const struct partiql_statement *statement = NULL;
    const struct problem *problem =
        partiql_parse(arena, record_text(record, MEMBER_STATEMENT), &statement);
    return problem != NULL
               ? problem
               : partiql_bind(arena, statement, parameters->values, parameters->count, ret_partiql);
}

/* --- writes --- */

static const struct problem *check_key(struct arena *arena, const struct partiql *partiql,
                                       const struct table *table, const struct partiql_key *key,
                                       bool *ret_is_mismatch)
{
    *ret_is_mismatch = true;
    if (key->key.ptr == NULL) {
        return problem_invalid(
            arena, "Where clause does not contain a mandatory equality on all key attributes");
    }
    if (key->mistyped.ptr != NULL) {
        return problem_invalid(arena,
                               "Key attribute's data type should match its data type in table's "
                               "schema: Key %.*s",
                               SLICE_ARG(key->mistyped));
    }
    if (key->repeated.ptr != NULL && partiql->kind != PARTIQL_EXISTS) {
        return problem_invalid(arena,
                               "Multiple conditions on same key %.*s. Only single item "
                               "Update/Insert/Delete are supported",
                               SLICE_ARG(key->repeated));
    }
    *ret_is_mismatch = false;
    return write_check_key(arena, table, key->key);
}

/* A DELETE of an item that is not there does nothing, whatever it asks beside the key. */
static const struct expr *or_missing(struct arena *arena, const struct table *table,
                                     const struct expr *condition)
{
    struct path_step *step = arena_alloc(arena, sizeof(*step));
    step->name = table->keys.parts[0].name;
    const struct expr *path = partiql_path_expr(arena, (struct path){step, 1});
    const struct expr *args[] = {partiql_expr(arena, EXPR_ATTRIBUTE_NOT_EXISTS, &path, 1),
                                 condition};
    return partiql_expr(arena, EXPR_OR, args, 2);
}

static const struct problem *insert_action(struct arena *arena, const struct partiql *partiql,
                                           const struct table *table, struct write_action *action,
                                           bool *ret_is_mismatch)
{
    action->kind = WRITE_PUT;
    action->item = partiql->item;
    action->must_not_exist = true;
    *ret_is_mismatch = key_check(&table->keys, partiql->item, NULL) == KEY_MISSING ||
                       key_check(&table->keys, partiql->item, NULL) == KEY_WRONG_TYPE;
    return write_check_item(arena, table, partiql->item);
}

static const struct problem *exists_action(struct arena *arena, const struct partiql *partiql,
                                           const struct table *table, const struct partiql_key *key,
                                           struct write_action *action, bool *ret_is_mismatch)
{
    if (partiql->index.ptr != NULL) {
        return problem_invalid(arena, "A transaction cannot read from or write to an index");
    }
    if (key->key.ptr == NULL || key->rest == NULL) {
        return problem_invalid(
            arena, "EXISTS() must contain a single item read with additional condition");
    }
    action->kind = WRITE_CHECK;
    action->must_exist = true;
    return check_key(arena, partiql, table, key, ret_is_mismatch);
}

const struct problem *partiql_action(struct arena *arena, const struct partiql *partiql,
                                     struct table *table, struct write_action *ret_action,
                                     bool *ret_is_mismatch)
{
    struct write_action action = {.table = table};
    struct partiql_key key;
    const struct problem *problem = NULL;
    *ret_is_mismatch = false;
    partiql_plan_key(arena, &table->keys, partiql->where, false, &key);
    action.item = key.key;
    action.condition = key.rest;
    if (partiql->kind == PARTIQL_INSERT) {
        problem = insert_action(arena, partiql, table, &action, ret_is_mismatch);
    } else if (partiql->kind == PARTIQL_EXISTS) {
        problem = exists_action(arena, partiql, table, &key, &action, ret_is_mismatch);
    } else {
        problem = check_key(arena, partiql, table, &key, ret_is_mismatch);
    }
    if (problem == NULL && partiql->kind == PARTIQL_UPDATE) {
        action.kind = WRITE_UPDATE;
        action.update = &partiql->update;
        action.must_exist = true;
        problem = write_check_update(arena, table, &partiql->update);
    }
    if (problem == NULL && partiql->kind == PARTIQL_DELETE) {
        action.kind = WRITE_DELETE;
        action.condition = key.rest != NULL ? or_missing(arena, table, key.rest) : NULL;
    }
    action.needs_old =
        partiql->returning == RETURNING_ALL_OLD || partiql->returning == RETURNING_MODIFIED_OLD;
    action.needs_new =
        partiql->returning == RETURNING_ALL_NEW || partiql->returning == RETURNING_MODIFIED_NEW;
    *ret_action = action;
    return problem;
}

struct slice partiql_returned(struct arena *arena, const struct partiql *partiql,
                              const struct write_action *action)
{
    struct slice item = action->needs_old && action->had_old   ? action->old_item
                        : action->needs_new && action->has_new ? action->new_item
                                                               : SLICE_NULL;
    bool is_part = partiql->returning == RETURNING_MODIFIED_OLD ||
                   partiql->returning == RETURNING_MODIFIED_NEW;
    return item.ptr != NULL && is_part ? update_touched(arena, action->update, item) : item;
}

/* --- reads --- */

const struct problem *partiql_index(struct arena *arena, const struct partiql *partiql,
                                    const struct table *table, const struct table_index **ret_index)
{
    *ret_index = NULL;
    if (partiql->index.ptr == NULL) {
        return NULL;
    }
    const struct table_index *index = table_index_find(table, partiql->index);
    if (index == NULL || index->state == TABLE_DELETING) {
        return problem_invalid(arena, "The table does not have the specified index");
    }
    if (index->keys.hash_count > 1 || index->keys.range_count > 1) {
        return problem_invalid(arena, "PartiQL statements cannot be executed on tables with "
                                      "multi-attribute HASH keys or multi-attribute RANGE keys.");
    }
    if (index->state == TABLE_CREATING) {
        return problem_invalid(arena, "Cannot read from backfilling global secondary index: %.*s",
                               SLICE_ARG(index->name));
    }
    *ret_index = index;
    return NULL;
}

const struct problem *partiql_item_key(struct arena *arena, const struct partiql *partiql,
                                       const struct table *table, const char *operation_name,
                                       struct slice *ret_key, bool *ret_is_mismatch)
{
    struct partiql_key key;
    struct partiql_reads reads;
    *ret_is_mismatch = false;
    partiql_plan_key(arena, &table->keys, partiql->where, true, &key);
    if (key.key.ptr != NULL && key.rest == NULL && partiql->index.ptr == NULL) {
        *ret_is_mismatch = key.mistyped.ptr != NULL;
        *ret_key = key.key;
        return key.mistyped.ptr != NULL ? problem_invalid(arena, MISMATCH)
                                        : write_check_key(arena, table, key.key);
    }
    /* What is wrong with the WHERE as such goes before what is wrong with it here. */
    const struct problem *problem = partiql_plan_reads(arena, partiql, &table->keys, false, &reads);
    return problem != NULL ? problem
                           : problem_invalid(arena,
                                             "Select statements within %s must specify the primary "
                                             "key in the where clause.",
                                             operation_name);
}

void partiql_print_row(struct json_writer *w, const struct partiql *partiql, struct slice item)
{
    if (partiql->is_star) {
        item_print(w, item);
        return;
    }
    json_open(w, '{');
    for (size_t i = 0; i < partiql->column_count; i++) {
        struct attr attr = path_get(&partiql->columns[i], item);
        if (attr.type != ATTR_NONE) {
            json_write_key(w, partiql->names[i]);
            attr_print(w, attr);
        }
    }
    json_close(w, '}');
}
