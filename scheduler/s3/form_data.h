/* A browser's form with a file, multipart/form-data, as it comes: fields are kept, the file's bytes are handed on.
 *
 *     "--" boundary { CRLF header CRLF } CRLF CRLF value CRLF "--" boundary ... "--" boundary "--"
 *
 * What follows the file is not looked at, as S3 does not: only the end of the form must come.
 *
 * Ownership  Fields lie in the arena.
 * Errors     A malformed form stays malformed.
 * Limits     S3_FORM_FIELDS_MAX bytes of all that is not the file; FORM_FIELDS_COUNT_MAX fields.
 * Source     RFC 7578; Amazon S3 API Reference, "Browser-Based Uploads Using POST". */
#ifndef SLS_SCHEDULER_S3_FORM_DATA_H
#define SLS_SCHEDULER_S3_FORM_DATA_H

#include "core/buf.h"
#include "core/http/http.h"
#include "scheduler/s3/limits.h"

#include "core/arena.h"

#define FORM_FIELDS_COUNT_MAX 100
#define FORM_BOUNDARY_MAX 70 /* RFC 2046 */

enum form_state { FORM_PREAMBLE, FORM_HEADERS, FORM_VALUE, FORM_FILE, FORM_OVER, FORM_BROKEN };

struct form_data {
    struct arena *arena;
    enum form_state state;
    char delimiter[FORM_BOUNDARY_MAX + 5]; /* CRLF "--" boundary */
    size_t delimiter_len;
    struct buf pending; /* not looked at yet */
    struct http_header fields[FORM_FIELDS_COUNT_MAX];
    size_t field_count;
    size_t fields_len;
    struct slice name; /* of the part under way */
    bool has_file;     /* its bytes have begun */
    struct slice filename;
};

/* False when the Content-Type names no boundary. */
MUST_CHECK bool form_data_init(struct form_data *form, struct arena *arena,
                               struct slice content_type);
void form_data_finish(struct form_data *form);
/* Appends the file's bytes to `out`, which has room for as many, and for a delimiter more. */
MUST_CHECK bool form_data_feed(struct form_data *form, struct slice bytes, struct buf *out);
/* Whether all of the file came. */
bool form_data_is_whole(const struct form_data *form);
/* Without case; SLICE_NULL when absent. */
struct slice form_data_field(const struct form_data *form, const char *name);

#endif
