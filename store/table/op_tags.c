/* TagResource, UntagResource, ListTagsOfResource. */
#include "store/api/model_shapes.h"
#include "store/table/control.h"
#include "store/table/tags.h"

static const struct problem *no_resource(struct arena *arena, struct slice arn)
{
    return problem_make(arena, PROBLEM_RESOURCE_NOT_FOUND,
                        "Requested resource not found: %s: %.*s not found",
                        wording_is_new() ? "ResourceArn" : "ResourcArn", SLICE_ARG(arn));
}

static bool is_table_name(struct slice text)
{
    return text.len >= 3 && text.len <= 255 && name_pattern.matches(text);
}

/* The table of ResourceArn. */
static const struct problem *find_resource(struct operation *operation, struct table **ret_table)
{
    struct slice arn = record_text(operation->input, MEMBER_RESOURCE_ARN);
    if (arn.len == 0) {
        return problem_invalid(operation->arena, "Invalid TableArn");
    }
    size_t at = slice_search(arn, SLICE(":table/"));
    if (!slice_starts_with(arn, SLICE("arn:aws:dynamodb:")) || at == SLICE_NPOS ||
        !is_table_name(slice_skip(arn, at + 7))) {
        return problem_invalid(operation->arena,
                               "Invalid TableArn: Invalid ResourceArn provided as input %.*s",
                               SLICE_ARG(arn));
    }
    struct table *table = catalog_find_any(store_catalog(operation->store), arn);
    if (table == NULL || table->state == TABLE_CREATING || table->state == TABLE_DELETING) {
        return no_resource(operation->arena, arn);
    }
    *ret_table = table;
    return NULL;
}

/* --- TagResource, UntagResource --- */

static void apply(struct control_write *write, struct txn *txn)
{
    struct arena *arena = write->operation->arena;
    const struct table *newest = table_newest(write->table);
    if (newest == NULL) {
        write->problem = no_resource(arena, write->table->arn);
        return;
    }
    struct tags before = table_tags_get(txn, arena, newest->id);
    const struct tags *added = write->state;
    struct tags after =
        added != NULL
            ? tags_with(arena, &before, added)
            : tags_without(arena, &before, record_get(write->operation->input, MEMBER_TAG_KEYS));
    if (after.count > TAGS_MAX) {
        write->problem = problem_invalid(
            arena, "Number of Tags exceed the current limit for the provided ResourceArn");
        return;
    }
    table_tags_put(txn, newest->id, &after);
}

static void reply_empty(struct control_write *write)
{
    operation_reply_empty(write->operation);
}

const struct problem *op_tag_resource(struct operation *operation)
{
    struct table *table = NULL;
    const struct field *list = record_get(operation->input, MEMBER_TAGS);
    const struct problem *problem = NULL;
    struct tags *added = arena_alloc(operation->arena, sizeof(*added));
    if (list->count == 0) {
        problem =
            problem_invalid(operation->arena, "Atleast one Tag needs to be provided as Input.");
    }
    if (problem == NULL) {
        problem = table_tags_input(operation->arena, list, added);
    }
    if (problem == NULL) {
        problem = find_resource(operation, &table);
    }
    if (problem == NULL) {
        control_write(operation, table, apply, reply_empty, added);
    }
    return problem;
}

const struct problem *op_untag_resource(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = NULL;
    if (record_get(operation->input, MEMBER_TAG_KEYS)->count == 0) {
        problem =
            problem_invalid(operation->arena, "Atleast one Tag Key needs to be provided as Input.");
    }
    if (problem == NULL) {
        problem = find_resource(operation, &table);
    }
    if (problem == NULL) {
        control_write(operation, table, apply, reply_empty, NULL);
    }
    return problem;
}

/* --- ListTagsOfResource: at most 50, so always one page --- */

const struct problem *op_list_tags_of_resource(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = find_resource(operation, &table);
    if (problem != NULL) {
        return problem;
    }
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct tags tags = table_tags_get(txn, operation->arena, table->id);
    engine_read_end(engine, txn);
    json_open(&operation->w, '{');
    json_key_text(&operation->w, "Tags");
    tags_write_list(&operation->w, &tags);
    json_close(&operation->w, '}');
    operation_reply(operation);
    return NULL;
}
