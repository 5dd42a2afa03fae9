/* A verifier on a loop of its own, an issuer that it can reach there, and tokens of that issuer. */
#ifndef SLS_TESTS_JWT_SUPPORT_H
#define SLS_TESTS_JWT_SUPPORT_H

#include "core/http/server.h"
#include "core/mem.h"
#include "gateway/jwt/jwt.h"
#include "gateway/jwt/local_issuer.h"

#include <criterion/criterion.h>

#define WAIT_MS 10000 /* for what must happen; then the test fails */

struct fixture {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    struct arena arena;
    char dir[32];
    struct jwt_verifier *verifier;

    /* The issuer, over HTTP. */
    struct http_server *server;
    bool is_server_closed;
    char url[64];                          /* "http://127.0.0.1:40000" */
    struct local_issuer *issuer;           /* whose keys it publishes */
    size_t configurations, key_sets;       /* how often it was asked for each */
    int configuration_status, keys_status; /* 0: 200; -1: no answer */
    const char *configuration, *keys;      /* instead of the true ones */
    struct http_exchange *unanswered[8];
    size_t unanswered_count;

    /* The answer to the last check. */
    struct jwt_answer answer;
    size_t answers;
};

void fixture_open(struct fixture *f);
/* Asserts that the loop has nothing left. */
void fixture_close(struct fixture *f);
const char *fixture_path(struct fixture *f, const char *name);
/* A key of that file, which is made. */
struct local_issuer *fixture_issuer(struct fixture *f, const char *name);
void fixture_verifier(struct fixture *f, const struct jwt_verifier_options *options);
/* A token with `claims`, for an hour from now, in the name of the issuer over HTTP unless they say otherwise. */
struct slice fixture_token(struct fixture *f, const struct local_issuer *issuer,
                           const char *claims);
/* Rules that want nothing but that issuer and RSA. */
struct jwt_rules fixture_rules(struct fixture *f);
/* True: answered in the call. */
bool fixture_begin(struct fixture *f, struct slice token, const struct jwt_rules *rules);
void fixture_wait(struct fixture *f, size_t answers);
/* Checks and waits. */
enum jwt_verdict fixture_check(struct fixture *f, struct slice token,
                               const struct jwt_rules *rules);

#endif
