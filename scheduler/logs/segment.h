/* A segment: one file of a log group's events, in the order in which they came.
 *
 *     file    frame*
 *     frame   frame_head (40) | records | frame_tail (8)   one write: a batch of events with one ingestion time
 *     record  record_head (16) | text          an event, or what the events after it need to know
 *
 * A frame stands for itself: streams are named by a RECORD_STREAM before their first event in it, and events refer to
 * that by number. So frames outside the wanted time are stepped over, and the oldest file can go at any time.
 *
 * The last frame of a file that was ended in order is a summary: all of its streams and the times of its events, so
 * that a group is opened without reading its events. It is found from the end of the file, whose last bytes are ours
 * and never a client's. A file may go on after it.
 *
 * A frame that was cut by a crash ends the file for every reader.
 *
 * Numbers are this machine's, like those of an LMDB file. */
#ifndef SLS_SCHEDULER_LOGS_SEGMENT_H
#define SLS_SCHEDULER_LOGS_SEGMENT_H

#include "core/buf.h"

#define FRAME_EVENTS 0x53474f4cU  /* "LOGS" */
#define FRAME_SUMMARY 0x4d474f4cU /* "LOGM" */

struct frame_head {
    uint32_t magic;
    uint32_t len;    /* of the records */
    uint32_t crc;    /* of the records */
    uint32_t events; /* their number; of a summary: in the whole file */
    int64_t ingested_ms;
    int64_t first_ms,
        last_ms; /* the least and the greatest time of the events; first > last: there are none */
};

/* Values are the file's format. */
enum record_kind {
    RECORD_EVENT = 1,
    RECORD_STREAM = 2,      /* names `stream`; its time is the stream's creation */
    RECORD_KEPT_STREAM = 3, /* the same, and the stream stays when its events are gone */
    RECORD_DELETED = 4,     /* the stream of this name, and all its events before this */
    RECORD_GROUP = 5,       /* the group's name: at the beginning of each file */
    RECORD_TIMES = 6,       /* of the stream named before: struct stream_times; in summaries */
    RECORD_GONE = 7 /* like RECORD_DELETED, with the place as u64 before the name; in summaries */
};

struct frame_tail {
    uint32_t magic;
    uint32_t len; /* of the whole frame */
};

struct record_head {
    uint32_t len;
    uint16_t kind;
    uint16_t stream;
    int64_t at_ms;
};

struct stream_times {
    int64_t first_ms, last_ms; /* of its events; first > last: there were none */
    int64_t ingested_ms;       /* of the newest */
};

/* The number of "00000012.log"; 0: it is no segment. */
uint32_t segment_number(struct slice file_name);

/* --- writing: a frame is built in a buffer --- */

/* Room for the head; the records follow. */
void frame_begin(struct buf *buf);
void frame_put(struct buf *buf, enum record_kind kind, uint16_t stream, int64_t at_ms,
               struct slice text);
/* Fills the head (len and crc are found) and appends the tail: `buf` is the frame then. */
void frame_end(struct buf *buf, const struct frame_head *head);

/* --- reading --- */

struct frame {
    struct frame_head head;
    uint64_t offset; /* in the file */
    struct slice records;
};

struct record {
    enum record_kind kind;
    uint16_t stream;
    int64_t at_ms;
    struct slice text;
    uint64_t offset; /* in the file: what an event is known by */
};

/* The frame at *offset, which moves behind it. False at the end, and where the bytes are no frame; the checksum is
 * not looked at. */
MUST_CHECK bool frame_next(struct slice file, uint64_t *offset, struct frame *ret_frame);
bool frame_is_whole(const struct frame *frame); /* the checksum is right */
/* The record at *at (0: the first), which moves behind it. */
MUST_CHECK bool record_next(const struct frame *frame, size_t *at, struct record *ret_record);
/* By the last bytes of a file: what its last frame says of itself; false when it was cut. */
MUST_CHECK bool frame_tail_read(struct slice last_bytes, struct frame_tail *ret_tail);

#endif
