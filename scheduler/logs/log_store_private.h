/* The log store from the inside: what log_store.c (groups and batches), log_files.c (the directory of a group),
 * log_catalog.c (its streams) and log_sync.c (work aside) share. */
#ifndef SLS_SCHEDULER_LOGS_LOG_STORE_PRIVATE_H
#define SLS_SCHEDULER_LOGS_LOG_STORE_PRIVATE_H

#include "core/mem.h"
#include "scheduler/logs/limits.h"
#include "scheduler/logs/log_store.h"

struct log_stream {
    struct slice name; /* first: name_index.h */
    struct log_group *group;
    uint32_t holders;      /* open sinks */
    uint32_t batch_number; /* it is declared in the batch of this number, */
    uint16_t batch_index;  /* as this */
    bool is_listed;        /* in the group's index; false: deleted while somebody writes */
    bool is_kept;          /* by a client's wish */
    bool is_current;       /* known to be there before the files were read */
    uint32_t last_segment; /* that names it; 0: none yet */
    int64_t created_ms;
    struct stream_times times;
    char text[]; /* of the name */
};

/* A stream that was deleted: its events before this place are hidden. */
struct gone_stream {
    char *name;
    uint32_t segment;
    uint64_t offset;
};

struct segment_file {
    uint32_t number;
    uint64_t len;
    int64_t first_ms, last_ms; /* valid once the catalog is loaded; first > last: no events */
    uint32_t events;
    bool has_summary; /* at its end */
};

struct batch_stream {
    struct log_stream *stream;
    struct stream_times before; /* the batch */
};

struct log_batch {
    struct buf bytes; /* a frame without its head filled; empty: no batch */
    uint32_t number;
    struct frame_head head;
    struct batch_stream *streams; /* declared in it */
    uint32_t stream_count, stream_room;
};

struct sync_waiter {
    struct sync_waiter *next;
    uint32_t segment; /* that must be on disk */
    log_synced_fn *on_synced;
    void *ctx;
};

struct log_group {
    struct slice name;
    struct log_store *store;
    char *dir;
    void *owner;
    struct log_batch batch;
    bool is_dirty;
    struct log_group *next_dirty;
    bool has_failed; /* said already */

    bool is_listed;                /* `segments` is what the directory holds */
    bool may_append;               /* to the last of them: its end is known to be good */
    struct segment_file *segments; /* by number */
    size_t segment_count, segment_room;

    bool is_loaded; /* `streams` and `gone` are complete */
    bool was_used;  /* since the last segment began */
    struct name_index streams;
    size_t kept_count;
    struct gone_stream *gone;
    size_t gone_count;

    struct sync_waiter *waiting; /* for the next round */
    struct sync_waiter **waiting_end;
    bool is_syncing;
    bool is_directory_new; /* a file or the directory was made since the last round */
};

struct log_store {
    struct context *context;
    char *dir;
    bool is_volatile;
    bool is_destroyed;
    struct log_observer observer;
    struct name_index groups;
    struct log_group *dirty;
    struct alarm flush;
    uint32_t next_gone; /* names of directories on their way out */
    size_t works;       /* aside */
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

/* --- log_files.c --- */

#define SEGMENT_PATH_MAX 4352
void segment_path(char out[SEGMENT_PATH_MAX], const struct log_group *group, uint32_t number);
/* Reads the directory, once. */
void log_group_list(struct log_group *group);
/* The segment that the next frame goes to: a new one when the last is full or its end is unknown. UNAVAILABLE with
 * errno. */
MUST_CHECK enum status log_group_current(struct log_group *group,
                                         struct segment_file **ret_segment);
/* Appends a frame; what was written in part is cut off again. UNAVAILABLE with errno. */
MUST_CHECK enum status segment_append(struct log_group *group, struct segment_file *segment,
                                      struct slice frame);
/* Takes the oldest segment away, with what only it named. Its events are gone, what a client created stays. False: it
 * must stay, because what it names could not be written. */
MUST_CHECK bool log_group_drop_first(struct log_group *group);
static inline struct segment_file *log_group_last(struct log_group *group)
{
    return group->segment_count > 0 ? &group->segments[group->segment_count - 1] : NULL;
}

/* --- log_catalog.c --- */

struct log_stream *log_stream_add(struct log_group *group, struct slice name, int64_t created_ms);
void log_stream_unlist(struct log_stream *stream);
/* Frees one that nobody holds and that is not listed. */
void log_stream_maybe_free(struct log_stream *stream);
/* It is in the batch that is not written yet. */
static inline bool log_stream_is_pending(const struct log_stream *stream)
{
    return stream->group->batch.bytes.len > 0 &&
           stream->batch_number == stream->group->batch.number;
}
void log_group_add_gone(struct log_group *group, struct slice name, uint32_t segment,
                        uint64_t offset);
/* Reads the streams of all segments, unless it has. */
void log_group_load(struct log_group *group);
/* Takes over the summary at the end of the last segment, so that it may go on. */
bool log_group_resume(struct log_group *group);
/* The last frame of a segment that gets no more. */
void segment_summarize(struct log_group *group, struct segment_file *segment);
/* Keeps only what the current segment or a holder needs. */
void log_group_unload(struct log_group *group);
void log_group_drop_catalog(struct log_group *group);

/* --- log_sync.c --- */

/* Unlinks a segment; with `syncs` once the current one is on disk, which holds what it named. */
void log_group_unlink(struct log_group *group, uint32_t number, bool syncs);
/* Removes a directory that was renamed. */
void log_store_remove_tree(struct log_store *store, const char *path);
void log_store_maybe_close(struct log_store *store);

#endif
