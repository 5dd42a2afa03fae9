/* Reads the events of one log group from its directory, while `up` writes there or not.
 *
 * Ownership  The reader keeps one descriptor: of the segment where it stands. */
#ifndef SLS_CLI_LOG_READER_H
#define SLS_CLI_LOG_READER_H

#include "core/slice.h"

struct log_reader;

/* `dir` need not be there yet. */
struct log_reader *log_reader_create(const char *dir);
void log_reader_destroy(struct log_reader *reader);
/* Begins at the last `count` events instead of the first. */
void log_reader_skip_to_last(struct log_reader *reader, uint64_t count);
/* Every event since the last call, in the order in which they came. `stream` and `message` are valid during the
 * call. */
typedef void log_reader_fn(void *ctx, int64_t at_ms, struct slice stream, struct slice message);
void log_reader_read(struct log_reader *reader, log_reader_fn *on_event, void *ctx);

#endif
