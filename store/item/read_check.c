/* What a read asks for against the table it asks: key attributes are scalars, a Query's filter is for other attributes
 * than its keys, and a global index has what it projects. */
#include "store/item/read_input.h"

static bool path_uses(const struct path *path, struct slice name, bool only_nested)
{
    return path->count > (only_nested ? 1 : 0) && slice_eq(path->steps[0].name, name);
}

static bool expr_uses(const struct expr *expr, struct slice name, bool only_nested)
{
    bool found = expr->kind == EXPR_PATH && path_uses(&expr->path, name, only_nested);
    for (size_t i = 0; i < expr->arg_count && !found; i++) {
        found = expr_uses(expr->args[i], name, only_nested);
    }
    return found;
}

static bool leads_through(const struct read_input *input, bool is_filter, struct slice name)
{
    if (is_filter) {
        return input->filter != NULL && !input->filter_is_legacy &&
               expr_uses(input->filter, name, true);
    }
    bool found = false;
    for (size_t i = 0; i < input->projection.count && !found; i++) {
        found = path_uses(&input->projection.paths[i], name, true);
    }
    return found;
}

/* NULL: no path through a key of this schema. */
static const struct slice *find_nested(const struct key_schema *schema,
                                       const struct read_input *input, bool is_filter)
{
    for (size_t i = 0; i < key_part_count(schema); i++) {
        if (leads_through(input, is_filter, schema->parts[i].name)) {
            return &schema->parts[i].name;
        }
    }
    return NULL;
}

static const struct problem *check_paths(struct arena *arena, const struct table *table,
                                         const struct read_input *input, bool is_filter)
{
    if (is_filter ? input->filter == NULL : input->projection.count == 0) {
        return NULL;
    }
    const char *kind = "Key";
    const struct slice *name = find_nested(&table->keys, input, is_filter);
    for (size_t i = table->index_count; i > 0 && name == NULL; i--) {
        kind = "IndexKey";
        name = find_nested(&table->indexes[i - 1].keys, input, is_filter);
    }
    if (name == NULL) {
        return NULL;
    }
    return problem_invalid(arena,
                           "Key attributes must be scalars; list random access '[]' and map lookup "
                           "'.' are not allowed: %s: %.*s",
                           kind, SLICE_ARG(*name));
}

const struct problem *read_check_projection_paths(struct arena *arena, const struct table *table,
                                                  const struct read_input *input)
{
    return check_paths(arena, table, input, false);
}

const struct problem *read_check_filter_paths(struct arena *arena, const struct table *table,
                                              const struct read_input *input)
{
    return check_paths(arena, table, input, true);
}

const struct problem *read_check_filter_keys(struct arena *arena, const struct key_schema *schema,
                                             const struct read_input *input)
{
    if (input->filter == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < key_part_count(schema); i++) {
        struct slice name = schema->parts[i].name;
        if (expr_uses(input->filter, name, false)) {
            return problem_invalid(
                arena,
                "%s can only contain non-primary key attributes: Primary key attribute: %.*s",
                input->filter_is_legacy ? "QueryFilter" : "Filter Expression", SLICE_ARG(name));
        }
    }
    return NULL;
}

const struct problem *read_check_projected(struct arena *arena, const struct table_index *index,
                                           const struct read_input *input)
{
    struct slice missing = SLICE_NULL;
    if (!index->is_global || index->projection == PROJECT_ALL) {
        return NULL;
    }
    if (input->select == SELECT_ALL_ATTRIBUTES) {
        return problem_bad_parameter(arena,
                                     "Select type ALL_ATTRIBUTES is not supported for global "
                                     "secondary index %.*s because its projection type is not ALL",
                                     SLICE_ARG(index->name));
    }
    for (size_t i = 0; i < input->projection.count; i++) {
        struct slice name = input->projection.paths[i].steps[0].name;
        bool is_new = i == 0 || !slice_eq(input->projection.paths[i - 1].steps[0].name, name);
        if (is_new && !index_projects(index, name)) {
            missing = arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(missing),
                                   missing.len > 0 ? ", " : "", SLICE_ARG(name));
        }
    }
    if (missing.len == 0) {
        return NULL;
    }
    return problem_bad_parameter(arena, "Global secondary index %.*s does not project [%.*s]",
                                 SLICE_ARG(index->name), SLICE_ARG(missing));
}

void read_print_item(struct json_writer *w, const struct read_input *input, struct slice item)
{
    if (input->has_projection) {
        projection_print(w, &input->projection, item);
    } else {
        item_print(w, item);
    }
}
