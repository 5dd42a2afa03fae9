#include "gateway/jwt/issuers.h"

#include "core/http/client.h"
#include "core/json_scan.h"
#include "core/mem.h"

#define URL_MAX 8192
#define NS_PER_MS 1000000u

struct issuer {
    struct issuers *issuers;
    struct issuer *next;
    char *url;
    struct jwk_set *keys;
    uint64_t fetched_ns; /* when `keys` came; monotonic */
    uint64_t tried_ns;   /* when a fetch last ended, well or not */
    bool is_fetching;
    struct issuer_waiter *first, **end; /* of this fetch */
};

struct issuers {
    struct context *context;
    struct http_client *client; /* NULL until the first fetch */
    struct issuer *first;
};

struct issuers *issuers_create(struct context *context)
{
    struct issuers *issuers = mem_zalloc(sizeof *issuers);
    issuers->context = context;
    return issuers;
}

void issuers_destroy(struct issuers *issuers)
{
    if (issuers == NULL) {
        return;
    }
    http_client_destroy(issuers->client);
    while (issuers->first != NULL) {
        struct issuer *issuer = issuers->first;
        issuers->first = issuer->next;
        jwk_set_free(issuer->keys);
        mem_free(issuer->url);
        mem_free(issuer);
    }
    mem_free(issuers);
}

static bool is_url(struct slice text)
{
    return text.len <= URL_MAX / 2 && (slice_istarts_with(text, SLICE("http://")) ||
                                       slice_istarts_with(text, SLICE("https://")));
}

struct issuer *issuers_find(struct issuers *issuers, struct slice url)
{
    for (struct issuer *issuer = issuers->first; issuer != NULL; issuer = issuer->next) {
        if (slice_is(url, issuer->url)) {
            return issuer;
        }
    }
    if (!is_url(url)) {
        return NULL;
    }
    struct issuer *issuer = mem_zalloc(sizeof *issuer);
    AUTO_ARENA arena = ARENA_INIT;
    issuer->issuers = issuers;
    issuer->url = mem_strdup(arena_cstr(&arena, url));
    issuer->next = issuers->first;
    issuers->first = issuer;
    return issuer;
}

struct jwk_set *issuer_keys(const struct issuer *issuer)
{
    return issuer->keys;
}

static bool has_passed(const struct issuer *issuer, uint64_t since_ns, uint64_t ms)
{
    uint64_t now_ns = clock_monotonic_ns(issuer->issuers->context->clock);
    return now_ns - since_ns >= ms * NS_PER_MS;
}

bool issuer_is_due(const struct issuer *issuer, bool is_unknown)
{
    if (issuer->keys == NULL) {
        return true;
    }
    return (is_unknown || has_passed(issuer, issuer->fetched_ns, ISSUER_KEYS_MAX_AGE_MS)) &&
           has_passed(issuer, issuer->tried_ns, ISSUER_RETRY_MS);
}

/* --- fetching --- */

static void end_fetch(struct issuer *issuer, const char *error, const struct fault *fault)
{
    struct issuer_waiter *waiter = issuer->first;
    issuer->first = NULL;
    issuer->is_fetching = false;
    issuer->tried_ns = clock_monotonic_ns(issuer->issuers->context->clock);
    while (waiter != NULL) {
        struct issuer_waiter *next = waiter->next; /* it may be gone when it was told */
        waiter->on_fetched(waiter, error, fault);
        waiter = next;
    }
}

static void fail_fetch(struct issuer *issuer, const char *error, const char *what,
                       const char *reason)
{
    struct fault fault;
    (void)fault_set(&fault, STATUS_UNAVAILABLE, "%s of %s: %s", what, issuer->url, reason);
    end_fetch(issuer, error, &fault);
}

static void get(struct issuer *issuer, struct slice url, http_client_done_fn *on_done)
{
    const struct http_client_request request = {
        .method = SLICE("GET"),
        .url = url,
        .timeout_ms = ISSUER_TIMEOUT_MS,
        .connect_timeout_ms = ISSUER_TIMEOUT_MS,
        .max_len = JWK_SET_MAX,
    };
    http_client_send(issuer->issuers->client, &request, on_done, issuer);
}

/* NULL when the answer is one; else what is wrong, in `text`. */
static const char *fault_of(enum status status, const struct http_client_response *response,
                            const struct fault *fault, char *text, size_t len)
{
    if (status != STATUS_OK) {
        return fault->text;
    }
    if (response->status != 200) {
        (void)snprintf(text, len, "answered %d", response->status);
        return text;
    }
    return NULL;
}

static void on_keys(void *ctx, enum status status, const struct http_client_response *response,
                    const struct fault *fault)
{
    struct issuer *issuer = ctx;
    struct jwk_set *keys = NULL;
    struct fault own;
    char text[64];
    const char *wrong = fault_of(status, response, fault, text, sizeof text);
    if (wrong == NULL && jwk_set_parse(response->body, &keys, &own) != STATUS_OK) {
        wrong = own.text;
    }
    if (wrong != NULL) {
        fail_fetch(issuer, "JWKS communication error", "the key set", wrong);
        return;
    }
    jwk_set_free(issuer->keys);
    issuer->keys = keys;
    issuer->fetched_ns = clock_monotonic_ns(issuer->issuers->context->clock);
    struct fault none = {.status = STATUS_OK};
    end_fetch(issuer, "", &none);
}

static void on_configuration(void *ctx, enum status status,
                             const struct http_client_response *response, const struct fault *fault)
{
    static const char error[] = "OIDC discovery endpoint communication error";
    struct issuer *issuer = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    char text[64];
    const char *wrong = fault_of(status, response, fault, text, sizeof text);
    if (wrong != NULL) {
        fail_fetch(issuer, error, "openid-configuration", wrong);
        return;
    }
    struct slice url = json_validate(response->body, NULL)
                           ? json_text_member(&arena, response->body, "jwks_uri")
                           : SLICE_NULL;
    if (!is_url(url)) {
        fail_fetch(issuer, error, "openid-configuration", "it has no jwks_uri");
        return;
    }
    get(issuer, url, on_keys);
}

void issuer_fetch(struct issuer *issuer, struct issuer_waiter *waiter)
{
    struct issuers *issuers = issuer->issuers;
    waiter->next = NULL;
    if (issuer->first == NULL) {
        issuer->end = &issuer->first;
    }
    *issuer->end = waiter;
    issuer->end = &waiter->next;
    if (issuer->is_fetching) {
        return;
    }
    if (issuers->client == NULL) {
        issuers->client = http_client_create(issuers->context);
    }
    AUTO_BUF url = BUF_INIT(URL_MAX);
    struct slice base = slice_from(issuer->url);
    if (slice_ends_with(base, SLICE("/"))) { /* Auth0's; the path has its own */
        base = slice_take(base, base.len - 1);
    }
    buf_append(&url, base);
    buf_append_text(&url, "/.well-known/openid-configuration");
    issuer->is_fetching = true;
    get(issuer, buf_slice(&url), on_configuration);
}
