/* DynamoDB Streams: views of the change log, for GetRecords and for the event bus.
 *
 * A stream has one shard, from its first sequence to the one at which it was disabled (then it is closed and stays readable for
 * 24 hours). Enabling again makes another stream with another label.
 *
 * The event bus reads without polling: stream_watch() tells on the loop, after the commit, that a table's log has grown; the bus
 * then reads from its own checkpoint with stream_read(). Positions are sequence numbers and survive restarts.
 *
 * Thread  Loop thread.
 * Source  DynamoDB Streams API reference; reference/dynamodb.md section 14.2. */
#ifndef SLS_STORE_STREAM_H
#define SLS_STORE_STREAM_H

#include "core/json_writer.h"
#include "store/store.h"
#include "store/stream/change_log.h"

#define STREAM_RETENTION_MS (24LL * 3600 * 1000)
#define STREAM_SEQUENCE_DIGITS 21

struct stream {
    struct slice arn; /* <table arn>/stream/<label> */
    struct slice label;
    struct slice table_name;
    struct slice table_arn;
    struct slice region;
    uint32_t table_id;
    enum stream_view view;
    const struct key_schema *keys;
    uint64_t first; /* sequence */
    uint64_t last;  /* of a closed stream; UINT64_MAX while it is open */
    int64_t created_ms, closed_ms;
    char shard_id[40]; /* "shardId-00000001541626099285-f35f62ef" */
};

/* Filled in `arena`. False when there is no such stream. */
bool stream_find(struct store *store, struct arena *arena, struct slice arn,
                 struct stream *ret_stream);

/* Ended more than STREAM_RETENTION_MS before `now_ms`. */
bool stream_has_expired(const struct stream *stream, int64_t now_ms);
/* The first stream whose ARN comes after `after` (empty: the first of all), in `arena`; those that have
 * expired by `now_ms` (0: none have) are left out. */
bool stream_after(struct txn *txn, struct arena *arena, struct slice after, int64_t now_ms,
                  struct stream *ret_stream);
/* The sequence of the first record of a log, from `first` on, that is not older than `since_ms`; the next to be
 * written when there is none. */
uint64_t stream_first_since(struct txn *txn, uint32_t table_id, uint64_t first, int64_t since_ms);

/* One record as GetRecords sends it; with `for_lambda` as a Lambda event has it (eventSourceARN, lower-case identity). The
 * caller opened nothing: a whole object is written. */
void stream_print(struct json_writer *w, const struct stream *stream, const struct change *change,
                  bool for_lambda);
/* The same as a Kinesis streaming destination gets it (destination.h). */
void stream_print_record(struct json_writer *w, const struct stream *stream,
                         const struct change *change, bool in_microseconds);
const char *stream_view_name(enum stream_view view); /* "NEW_IMAGE"; "" for STREAM_OFF */
void stream_print_sequence(
    uint64_t sequence,
    char out[STREAM_SEQUENCE_DIGITS + 1]); /* "1100000000017454423009": fixed width */
bool stream_parse_sequence(struct slice text, uint64_t *ret_sequence);

/* --- made and ended by changes of the schema: writer thread, inside catalog_change()'s change() --- */

/* Gives `table`, the version about to be published, a new stream: sets its view, label and first sequence, and
 * records it. `label` empty: the time, or the next free millisecond. */
void stream_record_open(struct txn *txn, struct table *table, enum stream_view view,
                        struct slice label, int64_t now_ms);
/* Ends its running stream, which stays readable for STREAM_RETENTION_MS; the label stays in the table. */
void stream_record_close(struct txn *txn, struct table *table, int64_t now_ms);
/* The table is about to go: ends its stream. The change log goes at once when no stream shows it any more, else with
 * the last of them (do not catalog_discard() DB_LOG yourself). */
void stream_record_drop(struct txn *txn, const struct table *newest, int64_t now_ms);

/* Forgets one stream that has expired; false when there is none. */
bool stream_record_expire(struct txn *txn, int64_t now_ms);

/* --- watching --- */

/* Calls `on_change` on the loop after each commit that appended to the table's log, once per commit. */
struct stream_watch {
    void (*on_change)(struct stream_watch *watch);
    uint32_t table_id;
    void *ctx;
    /* the store's */
    struct stream_watch *next;
    bool is_due;
};
void stream_watch(struct store *store, struct stream_watch *watch);
void stream_unwatch(struct store *store, struct stream_watch *watch);
/* The writer's part: a commit appended to this table's log. Several calls before the loop turns are one. */
void stream_changed(struct store *store, uint32_t table_id);
/* Reads records of `stream` from `sequence` on, until on_record() returns false: that record is not taken. The sequence to go on
 * from is returned. What a restart finds is read whatever its age. */
uint64_t stream_read(struct store *store, const struct stream *stream, uint64_t sequence,
                     bool (*on_record)(void *ctx, const struct change *change), void *ctx);

#endif
