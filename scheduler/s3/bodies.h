/* The bytes of objects and parts: small ones lie in LMDB beside their records, large ones are files.
 *
 *     DB_OBJECTS  'B' | id u64 BE -> the bytes; empty: they are in the file
 *     file        DIR/objects/<id's last byte>/<id>, both in hex
 *     DB_OBJECTS  'r' -> run u32 BE | u8: files of earlier runs may be nobody's
 *
 * id       run u32 | counter u32. A run is a start that wrote a file; what it did not live to commit is known by its
 *          run, so a file has its name from the beginning and nothing is renamed.
 * Order    A file is whole and synced before the job that puts its record; it is unlinked after the commit that
 *          deletes its record, and when its last reader has ended. So a record never lacks its file, and a crash
 *          leaves at most files without a record: the next start sweeps them, behind everything else.
 * Thread   body_put() and body_delete() on the writer thread; the rest on the loop.
 * Source   DESIGN.md decisions 2 and 10. */
#ifndef SLS_SCHEDULER_S3_BODIES_H
#define SLS_SCHEDULER_S3_BODIES_H

#include "core/arena.h"
#include "scheduler/parts.h"
#include "scheduler/s3/crc.h"
#include "scheduler/s3/limits.h"

struct bodies;
struct body_reader;

/* Where the bytes of one object or part are. */
struct body {
    uint64_t id; /* 0: there are none */
    uint64_t size;
    bool is_inline;
};

struct bodies *bodies_create(struct scheduler *scheduler);
/* Readers and writers are over. Waits for files that are being unlinked, then calls `on_closed`. */
void bodies_destroy(struct bodies *bodies, void (*on_closed)(void *ctx), void *ctx);
/* Files that nobody refers to are looked for, when the last run did not end in order. */
void bodies_start(struct bodies *bodies);

const struct crc_tables *bodies_crc_tables(const struct bodies *bodies);

/* --- writer thread --- */

/* `bytes`: of an inline one. */
void body_put(struct txn *txn, const struct body *body, struct slice bytes);
void body_delete(struct txn *txn, const struct body *body);
/* The bytes of an inline one. */
bool body_bytes(struct txn *txn, const struct body *body, struct slice *ret_bytes);

/* --- loop thread --- */

/* After the commit that deleted their records: the files go when nobody reads them. Of one object, or of parts. */
void bodies_release(struct bodies *bodies, const struct body *list, size_t count);

#endif
