/* A page of an index by name: at most so many things behind the one that NextToken names.
 *
 *     {"Rules":[...],"NextToken":"..."}
 *
 *     struct list_page page;
 *     if (!list_page_open(&page, call, &bus->rules, "Rules", most, token)) { ... no such token ... }
 *     while ((rule = list_page_next(&page)) != NULL) {
 *         if (... && list_page_takes(&page)) { write it to page.w }
 *     }
 *     list_page_reply(&page);
 */
#ifndef SLS_SCHEDULER_LIST_PAGE_H
#define SLS_SCHEDULER_LIST_PAGE_H

#include "core/api/api.h"
#include "core/json_writer.h"
#include "scheduler/name_index.h"

struct list_page {
    struct api_call *call;
    const struct name_index *index;
    size_t at;
    size_t left;
    struct slice last; /* the name of the last that was taken */
    bool has_more;
    struct buf buf;
    struct json_writer w;
};

/* Opens {"`list`":[. `token`: the request's NextToken, SLICE_NULL without one. False, and nothing is open, for a token that
 * this operation did not issue. */
MUST_CHECK bool list_page_open(struct list_page *page, struct api_call *call,
                               const struct name_index *index, const char *list, size_t most,
                               struct slice token);
const void *list_page_next(struct list_page *page); /* NULL at the end */
/* Whether there is room for the thing list_page_next() gave. */
bool list_page_takes(struct list_page *page);
void list_page_reply(struct list_page *page);

#endif
