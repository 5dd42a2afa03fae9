/* One engine for all copies: backups, restores, exports and imports.
 *
 *     read()  all of the source, on a thread of the pool   -> spool (or, for exports, files of its own)
 *     put()   one item, on the writer thread, in batches    <- spool
 *     complete()  in the transaction of the last batch;  done()  on the loop, once
 *
 * What is under way stands in DB_META or in a table's description before a copy starts, so that copies_create() starts
 * it again after a restart; every copy may be done twice.
 *
 * Ownership  copy_create() makes it with an arena; copy_free() ends it, at the latest in done(). A copy keeps its tables
 *            referenced.
 * Thread     Loop thread, but for read() (pool) and put() and complete() (writer).
 * Limits     COPY_BATCH_BYTES or BACKGROUND_BATCH items of one batch. */
#ifndef SLS_STORE_COPY_H
#define SLS_STORE_COPY_H

#include "store/background.h"
#include "store/copy/spool.h"
#include "store/table/catalog.h"

#include <stdatomic.h>

#define COPY_BATCH_BYTES (2 * 1024 * 1024)

struct copy;
enum copy_end {
    COPY_COMPLETE,
    COPY_FAILED, /* what is half done is the kind's to take back */
    COPY_STOPPED /* the store closes: nothing but copy_free() is allowed */
};
struct copy_kind {
    bool reads_files; /* read() needs no snapshot: `txn` is NULL */
    bool (*read)(struct copy *copy, struct txn *txn);
    void (*on_read)(struct copy *copy, bool is_ok); /* loop; may be NULL */
    void (*put)(struct copy *copy, struct txn *txn, struct arena *arena,
                const struct spool_record *record);       /* NULL: nothing is spooled */
    void (*complete)(struct copy *copy, struct txn *txn); /* may be NULL */
    void (*done)(struct copy *copy, enum copy_end end);
};

struct copy {
    struct store *store;
    struct arena arena;
    const struct copy_kind *kind;
    void *ctx;               /* the kind's own, in the arena */
    struct table *tables[2]; /* source and target: unreferenced by copy_free(); may be NULL */
    const char *data_dir;    /* of the store, for read() */
    struct spool spool;
    atomic_bool is_stopped;
    /* the engine's own */
    struct copies *copies;
    struct copy *next;
    struct long_read long_read;
    uv_work_t work;
    struct write_job job;
    bool has_read, is_last;
    int64_t position, next_position;
};

struct copy *copy_create(struct store *store, const struct copy_kind *kind);
void copy_start(struct copy *copy);
/* For read(): the store closes, or the spool failed. */
bool copy_must_end(struct copy *copy);
void copy_free(struct copy *copy);

/* A part's own look at what a restart left undone, once, when the store has opened. */
void backups_resume(struct store *store);
void restores_resume(struct store *store);
void exports_resume(struct store *store);
void imports_resume(struct store *store);
/* System backups beyond their time; now and then. */
void backups_expire(struct store *store);

#endif
