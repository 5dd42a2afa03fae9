/* Who may speak to a server on loopback: a page of another site must not, neither by its Origin
 * nor through a DNS name of its own that points here (DNS rebinding).
 *
 * Accepted  localhost, *.localhost, localhost.localstack.cloud and below, 127.0.0.0/8, [::1], and
 *           the addresses the edge was bound to. A request without Host is not from a browser.
 * Source    Fetch standard (Origin, Sec-Fetch-*); W3C Private Network Access. */
#ifndef SLS_CORE_API_ORIGIN_H
#define SLS_CORE_API_ORIGIN_H

#include "core/http/server.h"

/* "localhost" of "localhost:4566", "::1" of "[::1]:4566"; a trailing dot is dropped. */
struct slice host_name(struct slice host);

enum origin_verdict {
    ORIGIN_NONE,    /* not from a page, or from one of our own */
    ORIGIN_ALLOWED, /* from a local page: answer with CORS headers */
    ORIGIN_FOREIGN_HOST,
    ORIGIN_FOREIGN_PAGE
};

/* `bound` are the addresses listened on. */
enum origin_verdict origin_judge(const struct http_request *request, const struct slice *bound,
                                 size_t bound_count);

#endif
