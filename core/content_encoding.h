/* Content-Encoding: gzip and deflate, by zlib.
 *
 * Ownership  Results live in the arena.
 * Source     RFC 9110, 8.4 and 12.5.3. */
#ifndef SLS_CORE_CONTENT_ENCODING_H
#define SLS_CORE_CONTENT_ENCODING_H

#include "core/arena.h"

/* The body without its encoding. UNSUPPORTED for one that is not known, INVALID for a body that is not what it says, LIMIT
 * beyond `max` bytes. */
MUST_CHECK enum status content_decode(struct arena *arena, struct slice encoding, size_t max,
                                      struct slice body, struct slice *ret_body);

/* "gzip", else "deflate", if a value of Accept-Encoding wants it; else SLICE_NULL. */
struct slice content_coding_for(struct slice accept_encoding);
/* The body in one of these; SLICE_NULL when memory is short. */
struct slice content_encode(struct arena *arena, struct slice coding, struct slice body);

#endif
