/* The LMDB environment: one writer thread with group commit, snapshots for readers.
 *
 *     jobs of the loop -> queue -> writer thread: one transaction, one commit, one fsync -> done()
 *
 * Write      engine_submit() queues a job. The writer takes all that is queued, runs each in one
 *            transaction, commits once and completes them all on the loop. What was completed with
 *            OK is on disk. A job decides first and puts afterwards, so that a refused one leaves
 *            nothing behind; a put that fails (map full, disk full) fails the transaction, never
 *            the job alone: every further call on that txn is a no-op and the engine sees it.
 * Again      run() may run more than once (the map grew, another job of the batch failed): it
 *            starts from its input each time.
 * Read       engine_read_begin() gives the newest committed snapshot without waiting for any writer.
 *            Loop thread, within one callback; longer reads go through engine_read_long().
 * Failure    Jobs complete with UNAVAILABLE (disk full, I/O error) and are gone then; the engine goes
 *            on. With a job fail all that were submitted before the loop heard of it, since they may rest
 *            on what was refused: refused() of each runs first, in their order, then done() of each. So
 *            whoever changes memory before the disk takes it back while nothing is under way, to what a
 *            snapshot shows. The map grows by itself, between batches, when no reader is active.
 * Thread     Loop thread, but for run() and committed() (writer thread) and long reads (libuv's pool).
 *            From submit to done() whatever a job reaches belongs to the writer.
 * Limits     Keys of ENGINE_KEY_MAX bytes (LMDB's own; checked at open), values of 2 GB. What is asked for may be longer: a
 *            name of a client; it is not there.
 * Source     DESIGN.md decision 2; LMDB's lmdb.h. */
#ifndef SLS_STORE_ENGINE_H
#define SLS_STORE_ENGINE_H

#include "core/context.h"
#include "core/slice.h"

#define ENGINE_KEY_MAX 511

struct engine;
struct txn; /* a write transaction or a snapshot */

/* The named databases of the environment. Keys are grouped by a prefix inside each. */
enum engine_db {
    DB_META,  /* catalog.h: tables, tags, backups, tokens, counters; 'v': the file's format (u32) */
    DB_ITEMS, /* key.h -> stored item */
    DB_ENTRIES, /* index and TTL entries -> key of the item in DB_ITEMS */
    DB_LOG,     /* change_log.h */
    DB_STATE,    /* scheduler/state.h: queues, topics, rules... as their services describe them */
    DB_MESSAGES, /* scheduler/queue/queue.h */
    DB_OBJECTS,  /* scheduler/s3: objects, versions, uploads under way */
    DB_RECORDS,  /* scheduler: records of Kinesis streams, archived events, metrics */
    DB_COUNT
};

struct engine_options {
    const char *dir;     /* exists; the files are store.mdb and store.mdb-lock in it */
    bool is_volatile;    /* nothing is synced: throw-away runs */
    bool is_read_only;   /* `store check` beside a running writer is fine */
    size_t map_bytes;    /* first size of the map; 0: the default */
    uint32_t lag_max_ms; /* how old a snapshot engine_read_begin() may be asked for; 0: none */
};

/* UNAVAILABLE names the file and the reason (no space, not writable, another version's file). */
MUST_CHECK enum status engine_open(struct context *context, const struct engine_options *options,
                                   struct engine **ret_engine, struct fault *reterr);
/* Commits what is queued, completes it, then closes and calls `on_closed` (may be NULL). */
void engine_close(struct engine *engine, void (*on_closed)(void *ctx), void *ctx);

/* --- writing --- */

struct write_job {
    void (*run)(struct write_job *job, struct txn *txn);
    /* After the commit, on the writer thread, before the next batch; may be NULL. */
    void (*committed)(struct write_job *job);
    /* Before done(UNAVAILABLE), and that of any other job that failed with it: takes back what memory was ahead by.
     * Submits nothing. May be NULL. */
    void (*refused)(struct write_job *job);
    void (*done)(struct write_job *job, enum status status); /* OK, or UNAVAILABLE */
    bool is_alone;      /* a batch of its own: changes of the schema */
    enum status status; /* the engine's */
    struct write_job *next;
};

void engine_submit(struct engine *engine,
                   struct write_job *job); /* owned by the caller until done() */
/* Jobs submitted and not yet completed. */
size_t engine_pending(const struct engine *engine);

/* Appends nothing and returns no error: the txn remembers the first failure. */
void txn_put(struct txn *txn, enum engine_db db, struct slice key, struct slice value);
/* The value may be built from two pieces without joining them first. No piece may come from txn_get() or a cursor
 * of the same txn: the put may move what they point to. */
void txn_put2(struct txn *txn, enum engine_db db, struct slice key, struct slice head,
              struct slice tail);
/* Room for a value that the caller writes before its next call; NULL when the txn has failed. */
char *txn_put_space(struct txn *txn, enum engine_db db, struct slice key, size_t len);
/* True when it was there. */
bool txn_delete(struct txn *txn, enum engine_db db, struct slice key);

/* --- reading (write transactions read their own puts) --- */

/* `age_ms` 0: the newest. Otherwise the newest snapshot that is at least so old, or the oldest kept when
 * none is (then nothing was committed in between, or the engine has just started). */
struct txn *engine_read_begin(struct engine *engine, uint32_t age_ms);
void engine_read_end(struct engine *engine, struct txn *txn);

/* Runs `read` on a thread of libuv's pool with a snapshot, then `done` on the loop. */
struct long_read {
    void (*read)(struct long_read *self, struct txn *txn); /* pool thread */
    void (*done)(struct long_read *self);                  /* loop thread */
    uint32_t age_ms;
    void *engine_private;
};
void engine_read_long(struct engine *engine, struct long_read *read);

/* Valid until the next put on, or the end of, the txn. False when absent. */
bool txn_get(struct txn *txn, enum engine_db db, struct slice key, struct slice *ret_value);
bool txn_failed(
    const struct txn *txn); /* I/O error or corruption while reading: answer InternalServerError */

/* A position in one database, in the order of the keys' bytes. After a put or delete through the txn
 * seek again. `key` and `value` are valid while the cursor stands there. */
struct cursor {
    struct txn *txn;
    void *lmdb;
    struct slice key;
    struct slice value;
};

void cursor_open(struct cursor *cursor, struct txn *txn, enum engine_db db);
void cursor_close(struct cursor *cursor);
bool cursor_seek(struct cursor *cursor, struct slice key);        /* first key >= `key` */
bool cursor_seek_before(struct cursor *cursor, struct slice key); /* last key < `key` */
bool cursor_next(struct cursor *cursor);
bool cursor_prev(struct cursor *cursor);
#define AUTO_CURSOR __attribute__((cleanup(cursor_close))) struct cursor

/* --- care --- */

struct engine_stats {
    uint64_t map_bytes, file_bytes, used_bytes;
    uint64_t commits, jobs; /* since the start: jobs / commits is the size of a group */
};
void engine_stats(struct engine *engine, struct engine_stats *ret_stats);
/* Writes a copy without free pages to `path` (blocking; `sls-local store compact` renames it over). */
MUST_CHECK enum status engine_compact(struct engine *engine, const char *path,
                                      struct fault *reterr);
/* Puts such a copy in the file's place (blocking). Nothing but closing may follow, whatever it returns. */
MUST_CHECK enum status engine_replace(struct engine *engine, uint64_t *ret_before,
                                      uint64_t *ret_after, struct fault *reterr);

#endif
