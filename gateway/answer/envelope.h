/* The object a function returns for a proxy integration: statusCode, headers, body and the like.
 *
 * Reading finds the members and leaves their values raw; the rules of each payload format decide
 * what a value may be. A member that occurs twice counts as its last.
 *
 * Ownership  Raw slices point into the payload; decoded text into the arena, or the payload too. */
#ifndef SLS_GATEWAY_ANSWER_ENVELOPE_H
#define SLS_GATEWAY_ANSWER_ENVELOPE_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/http/http.h"

struct envelope { /* a NULL ptr: the member is absent */
    struct slice status;
    struct slice headers;
    struct slice multi_headers;
    struct slice cookies;
    struct slice body;
    struct slice base64;
    struct slice unknown; /* the key of the first other member */
};

/* False when the payload is not one JSON object. */
bool envelope_read(struct arena *arena, struct slice payload, struct envelope *ret);

/* 200-599, as a number or as digits in a string. */
MUST_CHECK enum status envelope_status(struct arena *arena, struct slice raw, int *ret,
                                       struct fault *reterr);

/* Lists of headers, in order. Absent and null are empty; null values are skipped. */
struct header_list {
    struct http_header *items;
    size_t count;
};
/* {"name":"value"}: strings, and numbers and booleans as their text. */
MUST_CHECK enum status envelope_headers(struct arena *arena, struct slice raw,
                                        struct header_list *ret, struct fault *reterr);
/* {"name":["value",...]}: one entry for each value. */
MUST_CHECK enum status envelope_multi_headers(struct arena *arena, struct slice raw,
                                              struct header_list *ret, struct fault *reterr);
/* ["a=1",...]: entries named "Set-Cookie". */
MUST_CHECK enum status envelope_cookies(struct arena *arena, struct slice raw,
                                        struct header_list *ret, struct fault *reterr);

/* The body as text; empty when absent or null. INVALID when it is not a string. */
MUST_CHECK enum status envelope_body(struct arena *arena, struct slice raw, struct slice *ret,
                                     struct fault *reterr);

#endif
