/* Items between where they are read and where they are written: a file without a name in the data directory.
 *
 *     record := u32 length of the key, u32 size, u32 length of the item, key, item
 *
 * A copy reads all of its source from one snapshot (or many files) at once, without holding it while the writer
 * thread takes one batch after the other.
 *
 * Thread  One at a time: a pool thread appends, the writer thread reads.
 * Errors  Remembered: has_failed. Nothing is left on disk, whatever happens. */
#ifndef SLS_STORE_SPOOL_H
#define SLS_STORE_SPOOL_H

#include "core/buf.h"

#include <stdio.h>

struct spool {
    FILE *file;
    struct buf record; /* the one read last */
    uint64_t count, bytes;
    bool has_failed;
};

struct spool_record {
    struct slice key; /* without an id; may be empty */
    struct slice item;
    uint32_t size; /* in DynamoDB's sense */
};

void spool_open(struct spool *spool, const char *dir);
void spool_close(struct spool *spool); /* a zeroed one is fine */
void spool_append(struct spool *spool, const struct spool_record *record);
/* Reading starts at `position`: 0, or what spool_position() said. */
void spool_seek(struct spool *spool, int64_t position);
int64_t spool_position(struct spool *spool);
/* False at the end and on failure; valid until the next. */
bool spool_next(struct spool *spool, struct spool_record *ret_record);

#endif
