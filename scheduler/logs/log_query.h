/* A page of a group's events, in the order of their time: what FilterLogEvents and GetLogEvents are made of.
 *
 * Order      By timestamp, then by arrival. Backward pages hold the newest events, but list them in order all the same.
 * Work       On a thread of libuv's pool, segment by segment; those whose times are outside are not opened.
 * Ownership  Everything of the query is copied but `matches`' ctx, which must live until `on_done`; the result is valid
 *            during `on_done`.
 * Limits     LOG_PAGE_BYTES_MAX of messages, and the query's own. */
#ifndef SLS_SCHEDULER_LOGS_LOG_QUERY_H
#define SLS_SCHEDULER_LOGS_LOG_QUERY_H

#include "core/arena.h"
#include "scheduler/logs/log_store.h"

/* Where an event stands; unique in its group, for as long as the group is not deleted. */
struct log_position {
    int64_t at_ms;
    uint32_t segment;
    uint64_t offset;
};
int log_position_compare(const struct log_position *a, const struct log_position *b);

/* 56 digits, as AWS's eventIds have. */
#define LOG_EVENT_ID_MAX 64
const char *log_event_id(char out[LOG_EVENT_ID_MAX], const struct log_position *position);
MUST_CHECK bool log_event_id_parse(struct slice text, struct log_position *ret_position);

struct log_event {
    struct log_position position;
    int64_t ingested_ms;
    struct slice stream;
    struct slice message;
};

struct log_query {
    int64_t from_ms, to_ms;      /* both inclusive */
    const struct slice *streams; /* only these; none: all, or those with the prefix */
    size_t stream_count;
    struct slice stream_prefix;
    bool is_backward;
    bool has_edge; /* begins behind `edge`: after it, or before it when backward */
    struct log_position edge;
    size_t limit;
    bool (*matches)(void *ctx, struct slice message); /* on the pool's thread; NULL: all do */
    void *ctx;
};

struct log_page {
    const struct log_event *events;
    size_t count;
    bool has_more;
};

typedef void log_page_fn(void *ctx, const struct log_page *page);
/* `on_done` runs once, later. */
void log_query_run(struct log_group *group, const struct log_query *query, log_page_fn *on_done,
                   void *ctx);

#endif
