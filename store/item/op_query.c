/* Query: one partition of a table or index, in the order of the sort key. */
#include "store/item/read_page.h"

static const struct problem *check(struct read_page *read)
{
    struct arena *arena = read->operation->arena;
    const struct page *page = &read->page;
    const struct key_schema *keys = page->index != NULL ? &page->index->keys : &page->table->keys;
    const struct problem *problem = NULL;
    if (page->start_key.ptr != NULL) {
        problem = page_check_start_key(arena, page, page->start_key);
    }
    if (problem == NULL) {
        problem = read_check_projection_paths(arena, page->table, &read->input);
    }
    if (problem == NULL) {
        problem = read_check_filter_keys(arena, keys, &read->input);
    }
    if (problem == NULL && page->index != NULL) {
        problem = read_check_projected(arena, page->index, &read->input);
    }
    return problem != NULL ? problem : read_check_filter_paths(arena, page->table, &read->input);
}

const struct problem *op_query(struct operation *operation)
{
    struct read_page *read = NULL;
    const struct problem *problem = read_page_prepare(operation, true, &read);
    if (problem != NULL) {
        return problem;
    }
    struct page *page = &read->page;
    const struct field *is_forward = record_get(operation->input, MEMBER_SCAN_INDEX_FORWARD);
    page->is_reverse = is_forward->is_set && !is_forward->flag;
    if (page->start_key.ptr != NULL) {
        problem = page_check_start_partition(operation->arena, page, page->start_key);
    }
    if (problem == NULL) {
        problem = range_of_condition(operation->arena, read->input.key_condition,
                                     page->index != NULL ? &page->index->keys : &page->table->keys,
                                     page->index != NULL, read->input.key_source, &page->range);
    }
    if (problem == NULL) {
        problem = check(read);
    }
    return problem != NULL ? problem : read_page_start(read);
}
