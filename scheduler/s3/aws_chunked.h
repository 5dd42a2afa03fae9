/* The aws-chunked coding of a body: what x-amz-content-sha256 announces by STREAMING-...
 *
 *     body     = { size [";" extensions] CRLF data CRLF } "0" [";" extensions] CRLF { name ":" value EOL } [ EOL ]
 *     EOL      = CRLF | LF                                 (AWS's own samples end trailers with LF)
 *
 * Chunk and trailer signatures are not verified, as no signature is. The body may end behind the last chunk's line, or
 * behind any trailer.
 *
 * Errors  A malformed body stays malformed: feed() returns false for ever.
 * Limits  S3_CHUNK_LINE_MAX bytes of one line, and of all trailers.
 * Source  events.md 4.3; Amazon S3 API Reference, "Signature Calculations ... Transferring Payload in Multiple Chunks". */
#ifndef SLS_SCHEDULER_S3_AWS_CHUNKED_H
#define SLS_SCHEDULER_S3_AWS_CHUNKED_H

#include "core/arena.h"
#include "core/buf.h"
#include "scheduler/s3/limits.h"

enum aws_chunked_state {
    AWS_CHUNK_SIZE, /* in the line of a chunk */
    AWS_CHUNK_DATA,
    AWS_CHUNK_END, /* behind the data: CR */
    AWS_CHUNK_END_LF,
    AWS_CHUNK_TRAILER, /* in a line behind the last chunk */
    AWS_CHUNK_OVER,
    AWS_CHUNK_BROKEN
};

struct aws_chunked {
    enum aws_chunked_state state;
    uint64_t left; /* of the chunk's data */
    char line[S3_CHUNK_LINE_MAX];
    size_t line_len;
    char trailers[S3_CHUNK_LINE_MAX]; /* lines ended by LF */
    size_t trailers_len;
};

void aws_chunked_init(struct aws_chunked *decoder);
/* Appends the data in `bytes` to `out`, which has room for as many. */
MUST_CHECK bool aws_chunked_feed(struct aws_chunked *decoder, struct slice bytes, struct buf *out);
/* Whether the body may end here. */
MUST_CHECK bool aws_chunked_is_whole(const struct aws_chunked *decoder);
/* Of the trailer of that name (without case); SLICE_NULL when absent. */
struct slice aws_chunked_trailer(const struct aws_chunked *decoder, struct slice name);

#endif
