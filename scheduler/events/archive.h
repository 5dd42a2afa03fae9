/* Archives: copies of the events of a bus, kept for a time, and found again by when they happened.
 *
 *     counts  'e' archive id u64 BE                                    -> events u64 BE, bytes u64 BE
 *     event   'e' archive id u64 BE | time ms u64 BE | number u64 BE   -> the envelope
 *
 * (in DB_RECORDS; the number is a counter's and never comes twice.)
 *
 * Replayed   Events that are replayed are not archived again.
 * Retention  One alarm an archive, at the instant when its oldest event is too old.
 * Thread     archive_put() and archive_read() on whatever thread has the transaction, the rest on the loop.
 * Source     EventBridge User Guide, "Archiving and replaying events". */
#ifndef SLS_SCHEDULER_EVENTS_ARCHIVE_H
#define SLS_SCHEDULER_EVENTS_ARCHIVE_H

#include "core/alarm.h"
#include "scheduler/events/event_bus.h"

struct archive_record {
    int64_t id; /* of its events' keys */
    struct slice description;
    struct slice event_pattern;
    struct slice event_source_arn;
    struct slice kms_key_identifier;
    int64_t retention_days; /* 0: for ever */
    int64_t created_ms;
};

struct archive {
    struct slice name;
    struct events *events;
    struct slice arn;
    struct arena arena;
    struct arena record_arena;
    struct archive_record record;
    const struct pattern *pattern; /* NULL: all events */
    struct alarm expiry;
    bool is_sweeping;
    bool is_gone; /* deleted while it was swept */
};

struct archive *archive_create(struct events *events, struct slice name);
void archive_destroy(struct archive *archive); /* NULL is a no-op */
void archive_apply(struct archive *archive, const struct archive_record *record);
void archive_load(struct archive *archive, struct slice json);
struct slice archive_print(struct arena *arena, const struct archive_record *record);
void archive_tell(struct json_writer *w, const struct archive *archive, const char *const *names);
struct archive *archive_find_by_arn(const struct events *events, struct slice arn);
/* Begins to watch over the retention. */
void archive_start(struct archive *archive);
/* Takes an archive's events away, some at a time; the archive itself is gone. */
void archive_empty(struct events *events, uint64_t id);
/* The same for archives that were deleted when the process ended: their records are looked up, not their events. */
void archives_empty_deleted(struct events *events);

struct archive_counts {
    uint64_t events;
    uint64_t bytes;
};
struct archive_counts archive_counts(const struct archive *archive);

/* --- events on their way in --- */

struct archived_event;
/* Adds copies for the archives of a bus that take the event. */
void archive_collect(const struct event_bus *bus, struct arena *arena, struct slice envelope,
                     int64_t time_ms, struct archived_event **list);
void archive_put(struct txn *txn, const struct archived_event *list);
void archives_committed(struct events *events, const struct archived_event *list);
/* The same in a job of its own; the list is copied. */
void archives_write(struct events *events, const struct archived_event *list);

/* --- and out --- */

struct archive_position {
    int64_t time_ms;
    uint64_t number;
};
/* The events from `from` on (itself not) until the time `until_ms` (not included), until `each` returns false. The
 * envelope is valid during the call. */
void archive_read(struct txn *txn, uint64_t id, struct archive_position from, int64_t until_ms,
                  bool (*each)(void *ctx, struct archive_position position, struct slice envelope),
                  void *ctx);

#endif
