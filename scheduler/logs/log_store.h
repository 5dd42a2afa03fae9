/* The log events of every group on disk, with a cap: what functions print and what PutLogEvents puts.
 *
 *     DIR/+aws+lambda+hello/00000001.log, 00000002.log...    segments (segment.h), the oldest goes when there is
 *                                                            more than LOG_GROUP_MAX
 *
 * Events    Are appended to the group's batch in memory, which is written LOG_FLUSH_MS after its first event, when
 *           functions have filled it, and before anybody reads. No system call an event, no descriptor kept.
 * Streams   Belong to their events and go with the last of them, unless a client created them (log_stream_create()).
 * Lazy      A group is a name until it is written to or read: starting reads nothing. The first read of a group reads
 *           the summaries of its segments.
 * Durable   What was written survives the end of this process once flushed; log_group_sync() makes it survive the
 *           machine's.
 * Deleted   A stream's deletion is a record among its events: those before it are hidden.
 *
 * Ownership  Groups live as long as the store; a stream lives while somebody holds it or it is listed.
 * Thread     Loop thread only.
 * Errors     Events of functions that cannot be written are dropped, and the program's log says so once a group. */
#ifndef SLS_SCHEDULER_LOGS_LOG_STORE_H
#define SLS_SCHEDULER_LOGS_LOG_STORE_H

#include "core/context.h"
#include "core/log_sink.h"
#include "scheduler/logs/segment.h"
#include "scheduler/name_index.h"

struct log_store;
struct log_group;

/* context->alarms must be there. `dir` is made when something is written. `is_volatile`: nothing is synced. */
struct log_store *log_store_create(struct context *context, const char *dir, bool is_volatile);
/* Writes what is pending of every group, which its observer sees. */
void log_store_flush(struct log_store *store);
/* Writes what is left. Streams must be closed before. NULL is a no-op. */
void log_store_destroy(struct log_store *store, void (*on_closed)(void *ctx), void *ctx);
/* What the runtime writes to. */
struct log_sink log_store_sink(struct log_store *store);

/* Hears of a group without an owner when its first event comes, and sees each batch of events once it is in a
 * segment. */
struct log_observer {
    void (*on_group)(void *ctx, struct log_group *group);
    void (*on_events)(void *ctx, struct log_group *group, uint32_t segment,
                      const struct frame *frame);
    void *ctx;
};
/* Zeroed: nobody. */
void log_store_observe(struct log_store *store, struct log_observer observer);

/* --- groups --- */

/* The name of its directory; `out` gets a NUL-terminated text of LOG_DIRECTORY_NAME_MAX + 32 bytes at most. */
#define LOG_DIRECTORY_TEXT_MAX 256
void log_directory_name(char out[LOG_DIRECTORY_TEXT_MAX], struct slice group);
/* Finds or adds; nothing is made on disk. */
struct log_group *log_store_group(struct log_store *store, struct slice name);
/* Calls `each` with the name of every group that has a directory; removes what an earlier process left of others. */
void log_store_each_directory(struct log_store *store, void (*each)(void *ctx, struct slice group),
                              void *ctx);
struct slice log_group_name(const struct log_group *group);
/* The bytes of its segments; lists the directory. */
uint64_t log_group_bytes(struct log_group *group);
/* Forgets all streams and events, at once, and removes the files aside. */
void log_group_clear(struct log_group *group);
/* Takes away the segments whose events are all before `before_ms`. */
void log_group_expire(struct log_group *group, int64_t before_ms);
/* Whatever the API's side keeps for the group. */
void log_group_set_owner(struct log_group *group, void *owner);
void *log_group_owner(const struct log_group *group);

/* Writes what is pending. UNAVAILABLE: it is lost. */
MUST_CHECK enum status log_group_flush(struct log_group *group);
/* Syncs what was flushed. `on_synced` runs once, later: OK or UNAVAILABLE. */
typedef void log_synced_fn(void *ctx, enum status status);
void log_group_sync(struct log_group *group, log_synced_fn *on_synced, void *ctx);

/* --- streams; these read the group's summaries when it is the first time --- */

struct log_stream_facts {
    struct slice name;
    int64_t created_ms;
    struct stream_times times;
};

/* NULL: there is none. */
struct log_stream *log_stream_find(struct log_group *group, struct slice name);
/* One that is not there yet: it stays until it is deleted. Flush and sync the group to make it durable. LIMIT:
 * LOG_STREAMS_MAX. */
MUST_CHECK enum status log_stream_create(struct log_group *group, struct slice name);
/* What could not be made durable is not there, unless it has got events since. */
void log_stream_take_back(struct log_group *group, struct slice name);
/* The same. UNAVAILABLE: it could not be written, and is still there. */
MUST_CHECK enum status log_stream_delete(struct log_stream *stream);
/* In the order of their names. */
size_t log_stream_count(struct log_group *group);
void log_stream_at(struct log_group *group, size_t index, struct log_stream_facts *ret_facts);
/* Into the group's batch; log_group_flush() writes it. */
void log_stream_append(struct log_stream *stream, int64_t at_ms, struct slice message);

#endif
