/* Paths that cannot stand side by side in one update or projection. */
#include "store/expression/expression_parser.h"

#include <stdlib.h>

enum relation { APART, OVERLAP, CONFLICT };

static enum relation relation_of(const struct path *a, const struct path *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        const struct path_step *x = &a->steps[i];
        const struct path_step *y = &b->steps[i];
        if (x->is_index != y->is_index) {
            return CONFLICT;
        }
        if (x->index != y->index || !slice_eq(x->name, y->name)) {
            return APART;
        }
    }
    return OVERLAP;
}

int path_compare(const struct path *a, const struct path *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        const struct path_step *x = &a->steps[i];
        const struct path_step *y = &b->steps[i];
        if (x->is_index != y->is_index) {
            return x->is_index ? -1 : 1;
        }
        int order = x->is_index ? (x->index > y->index) - (x->index < y->index)
                                : slice_compare(x->name, y->name);
        if (order != 0) {
            return order;
        }
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int compare_paths(const void *a, const void *b)
{
    return path_compare(a, b);
}

void projection_sort(struct path *paths, size_t count)
{
    if (count > 1) {
        qsort(paths, count, sizeof(paths[0]), compare_paths);
    }
}

static void find_pair(struct parser *parser, enum relation relation, const struct path *a,
                      const struct path *b)
{
    enum finding finding = relation == OVERLAP ? FOUND_OVERLAP : FOUND_CONFLICT;
    parser->has_findings = true;
    if (parser->found[finding] != NULL) {
        return;
    }
    AUTO_BUF text = BUF_INIT(1 << 23);
    buf_printf(&text,
               "Two document paths %s with each other; must remove or rewrite one of these paths; "
               "path one: ",
               relation == OVERLAP ? "overlap" : "conflict");
    path_print(&text, a);
    buf_append_text(&text, ", path two: ");
    path_print(&text, b);
    parser->found[finding] = parser_problem(parser, buf_cstr(&text));
}

/* Paths in order: what overlaps or conflicts with anything does so with a neighbour. */
static bool are_apart(struct parser *parser, const struct path *const *paths, size_t count)
{
    struct path *sorted = arena_array(parser->arena, count, sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = *paths[i];
    }
    projection_sort(sorted, count);
    for (size_t i = 1; i < count; i++) {
        if (relation_of(&sorted[i - 1], &sorted[i]) != APART) {
            return false;
        }
    }
    return true;
}

/* The message names the first pair in the order of the text. */
void check_paths(struct parser *parser, const struct path *const *paths, size_t count)
{
    if (parser->failed != NULL || parser->found[FOUND_NAME] != NULL || count < 2 ||
        are_apart(parser, paths, count)) {
        return;
    }
    for (size_t i = 1; i < count && parser->found[FOUND_OVERLAP] == NULL; i++) {
        for (size_t j = 0; j < i && parser->found[FOUND_OVERLAP] == NULL; j++) {
            enum relation relation = relation_of(paths[j], paths[i]);
            if (relation != APART) {
                find_pair(parser, relation, paths[j], paths[i]);
            }
        }
    }
}
