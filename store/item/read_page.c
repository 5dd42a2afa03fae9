#include "store/item/read_page.h"

#include "store/background.h"
#include "store/item/capacity.h"

const struct problem *read_throttle_check(struct operation *operation, const struct table *table,
                                          const struct table_index *index)
{
    struct throttle *throttle = store_throttle(operation->store);
    if (throttle == NULL) {
        return NULL;
    }
    const struct table_index *metered = index != NULL && index->is_global ? index : NULL;
    return throttle_check(throttle, operation->arena, table, metered, false);
}

bool read_is_metered(const struct operation *operation)
{
    return capacity_detail(operation->input) != CAPACITY_NONE ||
           store_throttle(operation->store) != NULL;
}

void read_meter(struct operation *operation, const struct capacity *consumed, size_t count,
                bool is_list)
{
    struct throttle *throttle = store_throttle(operation->store);
    capacity_print(&operation->w, capacity_detail(operation->input), consumed, count, is_list);
    for (size_t i = 0; i < count && throttle != NULL; i++) {
        throttle_charge(throttle, &consumed[i]);
    }
}

/* --- the table --- */

static const struct problem *find_index(struct read_page *read)
{
    struct operation *operation = read->operation;
    struct page *page = &read->page;
    struct slice name = record_text(operation->input, MEMBER_INDEX_NAME);
    if (!record_has(operation->input, MEMBER_INDEX_NAME)) {
        return NULL;
    }
    page->index = table_index_find(page->table, name);
    if (page->index == NULL || page->index->state == TABLE_DELETING) {
        if (!page->is_query && read->input.start_key.ptr != NULL) {
            return problem_invalid(operation->arena, "The provided starting key is invalid");
        }
        return problem_invalid(
            operation->arena, "The table does not have the specified index: %.*s", SLICE_ARG(name));
    }
    if (page->index->is_global && read->is_consistent) {
        return problem_invalid(operation->arena,
                               "Consistent reads are not supported on global secondary indexes");
    }
    if (page->index->state == TABLE_CREATING) {
        return problem_invalid(operation->arena,
                               "Cannot read from backfilling global secondary index: %.*s",
                               SLICE_ARG(name));
    }
    return NULL;
}

static enum page_select page_select(const struct read_page *read)
{
    switch (read->input.select) {
    case SELECT_COUNT:
        return PAGE_COUNT;
    case SELECT_ALL_ATTRIBUTES:
        return PAGE_ALL;
    case SELECT_ALL_PROJECTED:
        return PAGE_PROJECTED;
    case SELECT_DEFAULT:
    case SELECT_SPECIFIC:
        break;
    }
    if (read->input.has_projection) {
        return PAGE_SPECIFIC;
    }
    return read->page.index != NULL ? PAGE_PROJECTED : PAGE_ALL;
}

const struct problem *read_page_prepare(struct operation *operation, bool is_query,
                                        struct read_page **ret_read)
{
    struct read_page *read = arena_alloc(operation->arena, sizeof(*read));
    read->operation = operation;
    const struct problem *problem =
        read_input_page(operation->arena, operation->input, is_query, &read->input);
    struct table *table = NULL;
    if (problem == NULL) {
        problem =
            operation_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), &table);
    }
    if (problem != NULL) {
        return problem;
    }
    read->is_consistent = record_get(operation->input, MEMBER_CONSISTENT_READ)->flag;
    struct page *page = &read->page;
    page_begin(page, operation->arena);
    page->table = table;
    page->is_query = is_query;
    page->start_key = read->input.start_key;
    page->filter = read->input.filter;
    page->projection = &read->input.projection;
    page->limit = (uint64_t)record_get(operation->input, MEMBER_LIMIT)->number;
    problem = find_index(read);
    page->select = page_select(read);
    *ret_read = read;
    return problem;
}

/* --- the reply --- */

static struct capacity consumed(const struct read_page *read)
{
    const struct page *page = &read->page;
    struct capacity capacity = {.table = page->table};
    double units = capacity_read_units(page->bytes, read->is_consistent);
    if (page->index == NULL) {
        capacity.read = units;
        return capacity;
    }
    capacity.index_read[page->index - page->table->indexes] = units;
    if (page->fetched_bytes != 0) {
        capacity.read = capacity_read_units(page->fetched_bytes, read->is_consistent);
    }
    return capacity;
}

static void print_rest(struct read_page *read)
{
    const struct page *page = &read->page;
    struct operation *operation = read->operation;
    struct json_writer *w = &operation->w;
    json_put_i64(w, "Count", (int64_t)page->count);
    json_put_i64(w, "ScannedCount", (int64_t)page->scanned);
    if (page->last_key.ptr != NULL) {
        json_key_text(w, "LastEvaluatedKey");
        item_print(w, page->last_key);
    }
    if (read_is_metered(operation)) {
        struct capacity capacity = consumed(read);
        read_meter(operation, &capacity, 1, false);
    }
}

/* The items were printed straight into the reply's body, which the page had meanwhile. */
static void on_page_read(struct page *page)
{
    struct read_page *read = page->ctx;
    struct operation *operation = read->operation;
    buf_finish(&operation->body);
    operation->body = page->items;
    page->items = (struct buf)BUF_INIT(0);
    page_finish(page);
    if (page->has_failed) {
        operation_refuse(operation, operation_storage_problem(operation));
        return;
    }
    if (page->select != PAGE_COUNT) {
        operation->w.needs_comma = page->count != 0;
        json_close(&operation->w, ']');
    }
    print_rest(read);
    json_close(&operation->w, '}');
    operation_reply(operation);
}

const struct problem *read_page_start(struct read_page *read)
{
    struct operation *operation = read->operation;
    struct page *page = &read->page;
    const struct problem *problem = read_throttle_check(operation, page->table, page->index);
    if (problem != NULL) {
        return problem;
    }
    json_open(&operation->w, '{');
    if (page->select != PAGE_COUNT) {
        json_key_text(&operation->w, "Items");
        json_open(&operation->w, '[');
    }
    struct buf body = operation->body;
    operation->body = page->items;
    page->items = body;
    page->ctx = read;
    page_read(operation->store, page, on_page_read);
    return NULL;
}
