/* One page of a Query or Scan. What the keys say is page_walk.c's, how LastEvaluatedKey and ExclusiveStartKey look
 * page_key.c's, when a page is full page_size.c's; here an item is looked at, counted, filtered and printed. */
#include "store/item/page_private.h"
#include "store/item/page_walk.h"

#define PAGE_TEXT_MAX (256U * 1024 * 1024) /* 1 MB of items as JSON: 1E125 becomes 126 digits */
#define PAGE_VIEW_MAX (16U * 1024 * 1024)

void page_begin(struct page *page, struct arena *arena)
{
    *page = (struct page){.arena = arena};
    buf_init(&page->items, PAGE_TEXT_MAX);
    buf_init(&page->view, PAGE_VIEW_MAX);
}

void page_finish(struct page *page)
{
    buf_finish(&page->items);
    buf_finish(&page->view);
}

/* --- what an index shows --- */

static bool is_partial(const struct page *page)
{
    return page->index != NULL && page->index->projection != PROJECT_ALL;
}

/* A local index fetches from the table what it does not have and is asked for. */
static bool fetches(const struct page *page)
{
    if (!is_partial(page) || page->index->is_global) {
        return false;
    }
    if (page->select == PAGE_ALL) {
        return true;
    }
    bool is_missing = false;
    for (size_t i = 0; page->select == PAGE_SPECIFIC && i < page->projection->count; i++) {
        is_missing =
            is_missing || !index_projects(page->index, page->projection->paths[i].steps[0].name);
    }
    return is_missing;
}

/* The projected attributes alone, in the page's buffer: both lists of names are sorted. */
static struct slice make_view(struct page *page, struct slice item, uint64_t *ret_size)
{
    const struct table_index *index = page->index;
    struct attr_iter iter = item_iter(item);
    struct slice name;
    struct attr attr;
    size_t at = 0;
    uint32_t count = 0;
    uint64_t size = 0;
    buf_clear(&page->view);
    size_t mark = attr_open(&page->view, ATTR_NONE);
    while (at < index->projected_count && attr_next(&iter, &name, &attr)) {
        while (at < index->projected_count && slice_compare(index->projected[at], name) < 0) {
            at++;
        }
        if (at < index->projected_count && slice_eq(index->projected[at], name)) {
            attr_write_member(&page->view, name, attr);
            size += member_size(name, attr);
            count++;
            at++;
        }
    }
    attr_close(&page->view, ATTR_NONE, mark, count);
    *ret_size = size;
    return buf_slice(&page->view);
}

/* --- one item --- */

static void emit(struct page *page, struct json_writer *w, struct slice item)
{
    const struct projection *projection = page->select == PAGE_SPECIFIC ? page->projection : NULL;
    page->count++;
    if (page->select == PAGE_COUNT) {
        return;
    }
    if (page->on_item == NULL && projection != NULL) {
        projection_print(w, projection, item);
    } else if (page->on_item == NULL) {
        item_print(w, item);
    } else if (projection != NULL) {
        AUTO_BUF projected = BUF_INIT(PAGE_VIEW_MAX);
        projection_apply(&projected, projection, item);
        page->on_item(page, buf_slice(&projected));
    } else {
        page->on_item(page, item);
    }
}

/* Returns what it adds to the budget. */
static uint64_t evaluate(struct page *page, struct json_writer *w, const struct found *found)
{
    struct slice item = found->item;
    uint64_t size = found->size;
    struct slice sort_name =
        page->table->keys.range_count != 0 ? page->table->keys.parts[1].name : SLICE_NULL;
    if (is_partial(page)) {
        struct slice view = make_view(page, found->item, &size);
        if (fetches(page)) {
            page->fetched_bytes += ((uint64_t)found->size + 4095) / 4096 * 4096;
        } else {
            item = view;
        }
    }
    uint64_t boundary = page_item_size(item, sort_name);
    page->scanned++;
    page->bytes += size;
    page->boundary += boundary;
    if (page->filter == NULL || expression_matches(page->filter, item)) {
        emit(page, w, item);
    }
    return boundary > size ? boundary : size;
}

/* By Limit, or by 1 MB: of what AWS counts, and of items with long names that it would count too little. */
static bool is_full(const struct page *page)
{
    return (page->limit != 0 && page->scanned >= page->limit) || page->boundary >= PAGE_BYTES_MAX ||
           page->bytes >= PAGE_BYTES_MAX;
}

/* --- the page --- */

void page_run(struct page *page, struct txn *txn, size_t budget)
{
    struct json_writer w = json_writer_init(&page->items);
    w.needs_comma = page->count != 0;
    if (page->start_key.ptr != NULL && !page->has_position) {
        page_seek_start_key(page);
    }
    struct walk walk;
    struct found found;
    uint64_t spent = 0;
    walk_begin(&walk, page, txn);
    page->is_done = true; /* unless the budget ends first */
    while (walk_next(&walk, &found)) {
        spent += evaluate(page, &w, &found);
        if (is_full(page)) {
            page->last_key = page_key_of(page->arena, page->table, page->index, found.item);
            break;
        }
        if (spent >= budget) {
            walk_remember(&walk, &found);
            page->is_done = false;
            break;
        }
    }
    walk_end(&walk);
    if (txn_failed(txn) || buf_status(&page->items) != STATUS_OK ||
        buf_status(&page->view) != STATUS_OK) {
        page->has_failed = true;
        page->is_done = true;
    }
}
