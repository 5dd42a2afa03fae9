#include "scheduler/s3/listing.h"

struct slice common_prefix(struct slice key, struct slice prefix, struct slice delimiter)
{
    if (delimiter.len == 0) {
        return SLICE_NULL;
    }
    size_t at = slice_search(slice_skip(key, prefix.len), delimiter);
    return at == SLICE_NPOS ? SLICE_NULL : slice_take(key, prefix.len + at + delimiter.len);
}

static void start_from(struct listing *listing, struct slice from)
{
    from = slice_take(from, sizeof(listing->from) - 1);
    if (from.len > 0) {
        memcpy(listing->from, from.ptr, from.len);
    }
    listing->from_len = from.len;
}

void listing_open(struct listing *listing, struct txn *txn, char kind, uint64_t space,
                  struct slice prefix, struct slice delimiter, struct slice from, bool is_after)
{
    wide_cursor_open(&listing->cursor, txn, kind, space);
    listing->prefix = prefix;
    listing->delimiter = delimiter;
    listing->has_started = false;
    listing->is_behind_all = false;
    if (slice_compare(from, prefix) < 0 || from.ptr == NULL) {
        start_from(listing, prefix);
        return;
    }
    start_from(listing, from);
    if (is_after) {
        listing->from[listing->from_len++] = '\0'; /* the next of all keys */
    }
}

void listing_close(struct listing *listing)
{
    wide_cursor_close(&listing->cursor);
}

/* The first of all keys that do not begin with `from` and are greater; false when there is none. */
static bool step_behind(struct listing *listing)
{
    while (listing->from_len > 0 && listing->from[listing->from_len - 1] == '\xFF') {
        listing->from_len--;
    }
    if (listing->from_len == 0) {
        return false;
    }
    listing->from[listing->from_len - 1]++;
    return true;
}

static bool move(struct listing *listing)
{
    if (listing->is_behind_all) {
        listing->is_behind_all = false;
        return step_behind(listing) &&
               wide_seek(&listing->cursor, slice_of(listing->from, listing->from_len));
    }
    if (!listing->has_started) {
        return wide_seek(&listing->cursor, slice_of(listing->from, listing->from_len));
    }
    return wide_next(&listing->cursor);
}

bool listing_next(struct listing *listing, struct listing_entry *ret_entry)
{
    bool has = move(listing);
    listing->has_started = true;
    if (!has || !slice_starts_with(listing->cursor.key, listing->prefix)) {
        return false;
    }
    struct slice key = listing->cursor.key;
    struct slice common = common_prefix(key, listing->prefix, listing->delimiter);
    if (common.ptr == NULL) {
        *ret_entry = (struct listing_entry){.key = key, .value = listing->cursor.value};
        return true;
    }
    start_from(listing, common);
    listing->is_behind_all = true;
    *ret_entry = (struct listing_entry){
        .key = slice_of(listing->from, listing->from_len), .is_prefix = true, .value = SLICE_NULL};
    return true;
}
