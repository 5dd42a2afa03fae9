/* Shared by the files of a reader: reader.c (what is next), reader_read.c (records into the batch), reader_invoke.c (the
 * batch to the function, and its answer). */
#ifndef SLS_SCHEDULER_MAPPING_READER_PRIVATE_H
#define SLS_SCHEDULER_MAPPING_READER_PRIVATE_H

#include "scheduler/mapping/batch.h"
#include "scheduler/mapping/event_count.h"
#include "scheduler/mapping/reader.h"

enum reader_state {
    READER_PAUSED,
    READER_READING,  /* waits for records, or for the batching window's end */
    READER_INVOKING, /* the function runs */
    READER_WAITING,  /* until the next attempt */
    READER_SETTLING, /* a batch that was given up is being written down */
    READER_ENDED     /* the shard has no more */
};

struct reader {
    struct reader_spec spec;
    enum reader_state state;
    bool is_pausing;
    struct sequence after;      /* all up to here is finished */
    struct sequence read_after; /* all up to here is in the batch, or was skipped */
    uint64_t skipped; /* records since the last checkpoint was written, of no interest here */
    struct batch batch;
    int64_t gathered_ms; /* when the first record of the batch was read */
    struct window window;
    struct alarm alarm;

    struct buf event; /* of the invocation that runs */
    struct {
        char request_id[ID_UUID_MAX];
        char version[32];
        struct slice function_error; /* literal; empty: failed items */
        bool was_answered;
    } last; /* invocation of the batch */
    struct {
        struct arena arena;
        struct delivery failure;
        struct sequence before; /* where the reader was */
    } settling;
};

/* One reading. */
struct reading {
    struct reader *reader;
    size_t scanned;
    size_t skipped;
    size_t kept, filtered;
    bool is_full;        /* the batch takes no more */
    bool is_past_window; /* the next record belongs to a later tumbling window */
    bool has_more;       /* it stopped to let others go on */
    bool is_end;         /* of the shard */
};
void reader_read(struct reader *reader, struct reading *reading);

/* Ends in one of the next three, later. */
void reader_invoke(struct reader *reader, const struct batch_task *task);
void reader_succeeded(struct reader *reader);
void reader_failed(struct reader *reader, size_t at, bool is_hopeless);
void reader_throttled(struct reader *reader);

/* Tells the page; true when there is a failure record to deliver, in reader->settling. */
bool reader_give_up(struct reader *reader, const struct batch_task *task);

#endif
