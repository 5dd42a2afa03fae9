/* Base64, percent-coding and MIME types.
 *
 * Errors  Decoders return false on malformed input and leave the buffer as it was. A full buffer
 *         is told by buf_status(), as everywhere. */
#ifndef SLS_CORE_ENCODE_H
#define SLS_CORE_ENCODE_H

#include "core/arena.h"
#include "core/buf.h"

void base64_encode(struct buf *buf, struct slice bytes);
/* Standard or URL alphabet, padding optional, white space refused. */
MUST_CHECK bool base64_decode(struct buf *buf, struct slice text);

/* Encodes all but unreserved characters (RFC 3986); with `keep_slash`, '/' stays too. */
void percent_encode(struct buf *buf, struct slice text, bool keep_slash);
/* Undoes %XX; a '%' without two hex digits stays as it is (as API Gateway does). With `plus_is_space`
 * '+' becomes ' '. Returns the input itself when nothing was encoded. */
struct slice percent_decode(struct arena *arena, struct slice text, bool plus_is_space);

/* "application/json" for "x.json"; "application/octet-stream" when unknown. */
struct slice mime_of_path(struct slice path);
/* The type without parameters, trimmed: "text/plain" of "text/plain; charset=utf-8". */
struct slice mime_essence(struct slice content_type);
/* The value of a parameter ("charset"), unquoted; SLICE_NULL when absent. */
struct slice mime_param(struct slice content_type, const char *name);

#endif
