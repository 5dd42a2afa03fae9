#include "scheduler/list_page.h"

#include "core/api/page_token.h"

#define LIST_PAGE_LEN_MAX (64U << 20) /* bytes: a hundred things with all they may hold */

bool list_page_open(struct list_page *page, struct api_call *call, const struct name_index *index,
                    const char *list, size_t most, struct slice token)
{
    struct slice last;
    *page = (struct list_page){
        .call = call, .index = index, .left = most, .buf = BUF_INIT(LIST_PAGE_LEN_MAX)};
    if (token.ptr != NULL) {
        if (!page_token_read(api_arena(call), api_operation(call)->name, token, &last)) {
            return false;
        }
        page->at = name_index_after(index, last);
    }
    page->w = json_writer_init(&page->buf);
    json_open(&page->w, '{');
    json_key_text(&page->w, list);
    json_open(&page->w, '[');
    return true;
}

const void *list_page_next(struct list_page *page)
{
    if (page->has_more || page->at == page->index->count) {
        return NULL;
    }
    return page->index->items[page->at++];
}

bool list_page_takes(struct list_page *page)
{
    if (page->left == 0) {
        page->has_more = true;
        return false;
    }
    page->left--;
    page->last = name_index_name(page->index, page->at - 1);
    return true;
}

void list_page_reply(struct list_page *page)
{
    json_close(&page->w, ']');
    if (page->has_more) {
        json_put_string(
            &page->w, "NextToken",
            page_token_make(api_arena(page->call), api_operation(page->call)->name, page->last));
    }
    json_close(&page->w, '}');
    api_reply_json(page->call, 200, buf_slice(&page->buf));
    buf_finish(&page->buf);
}
