/* Lists, a page at a time: the token is the place behind the last one that was shown. */
#include "gateway/control/control_private.h"

#include "core/api/page_token.h"

void listing_add(struct request *r, struct listing *listing, const struct entry *entry)
{
    if (listing->count == listing->cap) {
        size_t cap = listing->cap == 0 ? 32 : listing->cap * 2;
        const struct entry **larger = arena_array(r->arena, cap, sizeof *larger);
        if (listing->count > 0) {
            memcpy(larger, listing->entries, listing->count * sizeof *larger);
        }
        listing->entries = larger;
        listing->cap = cap;
    }
    listing->entries[listing->count++] = entry;
}

/* The entry that was shown last; the next one when it is gone is not known, so that the token names its place, too. */
static bool read_token(struct request *r, struct slice token, const struct listing *listing,
                       size_t *ret_at)
{
    struct slice text;
    uint64_t at = 0;
    *ret_at = 0;
    if (token.len == 0) {
        return true;
    }
    if (!page_token_read(r->arena, api_operation(r->call)->name, token, &text) ||
        !slice_to_u64(slice_take(text, slice_find(text, ' ')), &at)) {
        return objection_bad(&r->objection, "Invalid position parameter");
    }
    struct slice id = slice_skip(text, slice_find(text, ' ') + 1);
    for (size_t i = 0; i < listing->count; i++) {
        if (slice_eq(listing->entries[i]->id, id)) {
            *ret_at = i + 1;
            return true;
        }
    }
    *ret_at = at < listing->count ? (size_t)at : listing->count;
    return true;
}

static void write_token(struct request *r, const char *name, size_t at, struct slice id)
{
    struct slice text = arena_printf(r->arena, "%zu %.*s", at, SLICE_ARG(id));
    json_put_string(&r->w, name, page_token_make(r->arena, api_operation(r->call)->name, text));
}

static bool read_limit(struct request *r, struct slice text, size_t otherwise, size_t *ret_limit)
{
    uint64_t limit;
    *ret_limit = otherwise;
    if (text.len == 0) {
        return true;
    }
    if (!slice_to_u64(text, &limit) || limit == 0) {
        return objection_bad(&r->objection, "Invalid value specified for limit: %.*s",
                             SLICE_ARG(text));
    }
    *ret_limit = limit > CONTROL_PAGE_MAX ? CONTROL_PAGE_MAX : (size_t)limit;
    return true;
}

enum outcome listing_answer(struct request *r, const struct listing *listing,
                            void (*render)(struct request *r, const struct entry *entry))
{
    bool is_v2 = slice_starts_with(api_path(r->call), SLICE("/v2/"));
    struct slice token = api_query_param(r->call, is_v2 ? "nextToken" : "position");
    struct slice most = api_query_param(r->call, is_v2 ? "maxResults" : "limit");
    size_t at, limit;
    if (!read_token(r, token, listing, &at) ||
        !read_limit(r, most, is_v2 ? CONTROL_V2_PAGE : CONTROL_PAGE, &limit)) {
        return OUTCOME_REFUSED;
    }
    size_t end = listing->count - at > limit ? at + limit : listing->count;
    json_open(&r->w, '{');
    json_key_text(&r->w, is_v2 ? "items" : "item");
    json_open(&r->w, '[');
    for (; at < end; at++) {
        render(r, listing->entries[at]);
    }
    json_close(&r->w, ']');
    if (end < listing->count) {
        write_token(r, is_v2 ? "nextToken" : "position", end, listing->entries[end - 1]->id);
    }
    json_close(&r->w, '}');
    return OUTCOME_ANSWERED;
}
