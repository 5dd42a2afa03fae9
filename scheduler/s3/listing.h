/* A page of the keys of a bucket: with a prefix, rolled up at a delimiter.
 *
 * A common prefix is told once, and what it stands for is skipped with one seek, so a page costs what it tells, not
 * what lies below.
 *
 * Ownership  Keys of entries live until the next call. */
#ifndef SLS_SCHEDULER_S3_LISTING_H
#define SLS_SCHEDULER_S3_LISTING_H

#include "scheduler/s3/wide_key.h"

struct listing {
    struct wide_cursor cursor;
    struct slice prefix, delimiter; /* the delimiter may be empty: nothing is rolled up */
    size_t suffix_len;              /* bytes behind each object's key: of a version, an upload */
    bool has_started;
    /* where the next entry is sought: at `from`, or behind all that begins with it */
    char from[WIDE_KEY_MAX + 8];
    size_t from_len;
    bool is_behind_all; /* that begins with `from` */
};

struct listing_entry {
    struct slice key; /* or the common prefix */
    bool is_prefix;
    struct slice wide; /* key and suffix; of a key */
    struct slice value;
};

/* At the first key with the prefix. */
void listing_open(struct listing *listing, struct txn *txn, char kind, uint64_t space,
                  struct slice prefix, struct slice delimiter, size_t suffix_len);
void listing_close(struct listing *listing);
/* Before listing_next(): from the first wide key on that is `wide` or greater. */
void listing_from(struct listing *listing, struct slice wide);
/* From the first key on that is greater than `key`, whatever its suffixes. */
void listing_after(struct listing *listing, struct slice key);
/* False at the end. */
bool listing_next(struct listing *listing, struct listing_entry *ret_entry);
#define AUTO_LISTING __attribute__((cleanup(listing_close))) struct listing

/* The common prefix that `key` is rolled up into; ptr NULL: it stands for itself. */
struct slice common_prefix(struct slice key, struct slice prefix, struct slice delimiter);

#endif
