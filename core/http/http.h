/* Words shared by the HTTP server and client: headers, status texts, limits. */
#ifndef SLS_CORE_HTTP_HTTP_H
#define SLS_CORE_HTTP_HTTP_H

#include "core/slice.h"

struct http_header {
    struct slice name; /* as received or as to be sent; compare without case */
    struct slice value;
};

struct http_headers {
    const struct http_header *items;
    size_t count;
};

/* The first header of that name, or SLICE_NULL (ptr NULL) when absent. */
struct slice http_header_get(struct http_headers headers, const char *name);
/* True when one of the comma-separated elements of any header `name` is `token`, without case. */
bool http_header_has_token(struct http_headers headers, const char *name, const char *token);
const char *http_status_text(int status); /* "Not Found"; "Unknown" for what has no name */
/* A header name is a token, a value has no control bytes (RFC 9110); what fails is never sent. */
bool http_header_is_valid(struct slice name, struct slice value);

/* What one listener lets a client do. Zero fields take the default in brackets. */
struct http_limits {
    size_t head_len;     /* request line and headers together [64 KiB]; beyond: 431 */
    size_t header_count; /* [256]; beyond: 431 */
    size_t body_len;     /* of a buffered body [10 MiB]; beyond: 413. Streams have no limit here. */
    uint32_t head_ms;    /* from the first byte to the end of the headers [10 s]; beyond: 408 */
    uint32_t body_stall_ms;  /* without one body byte [30 s]; beyond: 408 */
    uint32_t idle_ms;        /* of a kept-alive connection [75 s]; then closed without words */
    uint32_t write_stall_ms; /* a client that reads nothing [30 s]; then reset */
    size_t connections;      /* of a server [10,000]; the longest silent makes room, else 503 */
    size_t streams;          /* open at once on one HTTP/2 connection [128]; beyond: refused */
    size_t pending_len;      /* unsent response bytes before a writer is told to wait [256 KiB] */
};

#endif
