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
                  struct slice prefix, struct slice delimiter, size_t suffix_len)
{
    wide_cursor_open(&listing->cursor, txn, kind, space);
    listing->prefix = prefix;
    listing->delimiter = delimiter;
    listing->suffix_len = suffix_len;
    listing->has_started = false;
    listing->is_behind_all = false;
    start_from(listing, prefix);
}

void listing_from(struct listing *listing, struct slice wide)
{
    if (slice_compare(wide, listing->prefix) > 0) {
        start_from(listing, wide);
    }
}

void listing_after(struct listing *listing, struct slice key)
{
    if (slice_compare(key, listing->prefix) >= 0) {
        start_from(listing, key);
        /* Keys hold no NUL: this is greater than all suffixes, and no greater than any other key. */
        listing->from[listing->from_len++] = listing->suffix_len > 0 ? '\x01' : '\0';
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
    struct slice wide = has ? listing->cursor.key : SLICE("");
    struct slice key = slice_take(wide, wide.len - (has ? listing->suffix_len : 0));
    if (!has || !slice_starts_with(key, listing->prefix)) {
        return false;
    }
    struct slice common = common_prefix(key, listing->prefix, listing->delimiter);
    if (common.ptr == NULL) {
        *ret_entry =
            (struct listing_entry){.key = key, .wide = wide, .value = listing->cursor.value};
        return true;
    }
    start_from(listing, common);
    listing->is_behind_all = true;
    *ret_entry = (struct listing_entry){
        .key = slice_of(listing->from, listing->from_len), .is_prefix = true, .value = SLICE_NULL};
    return true;
}
