/* /_sls/issuer: the local issuer of a running `up` (gateway/jwt/local_issuer.h), for whoever verifies its tokens and for
 * tests that need some.
 *
 *     GET  /_sls/issuer/.well-known/openid-configuration
 *     GET  /_sls/issuer/.well-known/jwks.json
 *     POST /_sls/issuer/token[?ttl=90m]  {"sub":"u",...}  -> {"token":"..."}
 *
 * The body of the POST is the token's claims; iss (this page's URL), iat, exp (an hour later) and jti are added where
 * they lack. Whoever can reach the edge can have a token, as he can have all data behind it.
 *
 * The key is made by the first request for keys or a token. All that takes time happens off the loop.
 *
 * Errors  400 for claims or a duration that cannot be read, 404, 405, 413, 500 when there is no key to be had. */
#ifndef SLS_CLI_ISSUER_PAGE_H
#define SLS_CLI_ISSUER_PAGE_H

#include "cli/data_dir.h"
#include "core/context.h"
#include "core/http/server.h"

struct issuer_page {
    struct context *context;
    const struct data_dir *data_dir;
    const char *edge_url;
};

/* True when the request is this page's: then it is answered, now or later. */
bool issuer_page_answer(struct issuer_page *page, struct http_exchange *exchange);

#endif
