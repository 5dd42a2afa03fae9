/* What the files of the engine share; nobody else includes it.
 *
 *     engine.c       jobs: queue, writer thread, completion, closing
 *     engine_env.c   the LMDB environment: open, grow, open again, compact
 *     engine_read.c  snapshots of the loop, of the pool, and of the past
 *     engine_txn.c   get, put, delete, cursors
 *
 * Care  Growing the map and opening again need a process without transactions. The writer aborts its own, asks
 *       and waits; the loop does it as soon as no read is active, and starts no long read until then. */
#ifndef SLS_STORE_ENGINE_PRIVATE_H
#define SLS_STORE_ENGINE_PRIVATE_H

#include "store/engine/engine.h"

#include <limits.h>
#include <lmdb.h>

/* Of the four threads of libuv's pool one stays free for files. */
#define LONG_READS_MAX 3
#define SNAPSHOTS_MAX 32
#define DBI_ABSENT UINT_MAX /* a database that a file of before it does not have */

struct txn {
    struct engine *engine;
    MDB_txn *lmdb;    /* NULL: it could not be begun, `error` says why */
    int error;        /* the first one, MDB's or errno; MDB_NOTFOUND is none */
    size_t put_bytes; /* of a write transaction */
    uint32_t users;   /* of a snapshot */
    bool is_kept;     /* by a past state: not to be reset when its last user leaves */
    bool is_active;   /* renewed */
    struct txn *next; /* in the list of free ones */
};

/* The state at one time: a txn for the loop and one for each long read, all of the same commit. */
struct snapshot {
    uint64_t time_ns;
    struct txn *txns[1 + LONG_READS_MAX];
};

struct job_list {
    struct write_job *head, *last;
};

struct long_read_task {
    uv_work_t work;
    struct engine *engine;
    struct long_read *read;
    struct txn *txn;
    struct long_read_task *next;
};

enum care { CARE_NONE, CARE_GROW, CARE_REOPEN };

struct engine {
    struct context *context;
    struct engine_options options;
    char *dir;
    char *path;
    int lock_fd; /* holds the file for one writing process */

    /* the environment; changed by the loop only, while the writer waits for care */
    MDB_env *env; /* NULL: it could not be opened again */
    MDB_dbi dbis[DB_COUNT];
    size_t map_bytes;
    bool is_new; /* made by this process and not synced yet; the writer's once it runs */

    /* loop thread */
    uv_async_t wake;
    uv_prepare_t prepare; /* both hand `fresh` to the writer, once a turn of the loop */
    uv_check_t check;
    struct job_list fresh;
    size_t fresh_count;
    size_t pending;
    bool holds_alarms; /* while something is pending the clock is not turned on */
    bool is_closing, is_stopped;
    bool is_failing; /* the log was told */
    uint64_t lost_jobs;
    uint32_t open_handles;
    void (*on_closed)(void *ctx);
    void *closed_ctx;

    /* loop thread: reads */
    struct txn *free_txns;
    uint32_t reads; /* begun on the loop and not ended */
    uint32_t long_reads;
    struct long_read_task *waiting, *waiting_last;
    enum care care_due;                       /* asked for, waits for the reads to end */
    struct snapshot snapshots[SNAPSHOTS_MAX]; /* oldest first */
    size_t snapshot_count;

    /* the writer's */
    uv_thread_t thread;
    size_t group_count;     /* of the last commit */
    uint64_t commit_ns;     /* how long it took */
    size_t unchecked_bytes; /* written since env_forget_dead_readers() */

    /* under `mutex` */
    uv_mutex_t mutex;
    uv_cond_t work; /* to the writer: jobs, stop, care was taken, a failure was heard of */
    size_t wanted;  /* the writer waits until so many jobs are queued; 0: it does not wait */
    bool stops;
    struct job_list queue, done;
    size_t queue_count;
    bool has_committed;
    enum care care;
    int care_error;
    int failure; /* of a batch; the writer waits until the loop has heard of it */
    uint64_t commits, jobs;
};

/* engine_env.c */
MUST_CHECK enum status env_open(struct engine *engine, struct fault *reterr);
void env_close(struct engine *engine);    /* no transaction is active or kept */
void env_sync_new(struct engine *engine); /* before the first commit */
int env_grow(struct engine *engine);
/* Frees the slots of processes that were killed while they read (`store check`). Any thread. */
void env_forget_dead_readers(struct engine *engine);
int env_reopen(struct engine *engine);

/* engine_read.c */
void reads_committed(struct engine *engine);   /* a commit was heard of: keeps a snapshot of it */
void reads_forget_past(struct engine *engine); /* drops what was kept */
void reads_drop_idle(struct engine *engine);   /* ends all free transactions */
void reads_start_long(struct engine *engine);

/* engine.c */
void engine_take_care(struct engine *engine); /* when no read is active */
void engine_maybe_stop(struct engine *engine);

/* engine_txn.c */
void txn_begin_write(struct txn *txn, struct engine *engine);
int txn_end_write(struct txn *txn); /* commits, or aborts after an error; the error */

#endif
