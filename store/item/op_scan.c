/* Scan: a table or index in the order of the partition keys' hashes, whole or one of its segments. */
#include "store/item/read_page.h"

static const struct problem *check(struct read_page *read)
{
    struct arena *arena = read->operation->arena;
    const struct page *page = &read->page;
    const struct problem *problem = NULL;
    if (page->start_key.ptr != NULL) {
        problem = page_check_start_key(arena, page, page->start_key);
    }
    if (problem == NULL && page->index != NULL) {
        problem = read_check_projected(arena, page->index, &read->input);
    }
    if (problem == NULL) {
        problem = read_check_projection_paths(arena, page->table, &read->input);
    }
    return problem != NULL ? problem : read_check_filter_paths(arena, page->table, &read->input);
}

const struct problem *op_scan(struct operation *operation)
{
    struct read_page *read = NULL;
    const struct problem *problem = read_page_prepare(operation, false, &read);
    if (problem != NULL) {
        return problem;
    }
    read->page.segment = (uint32_t)record_get(operation->input, MEMBER_SEGMENT)->number;
    read->page.segment_count =
        (uint32_t)record_get(operation->input, MEMBER_TOTAL_SEGMENTS)->number;
    problem = check(read);
    return problem != NULL ? problem : read_page_start(read);
}
