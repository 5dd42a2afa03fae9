#include "gateway/jwt/jwt.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/jwt/claims.h"
#include "gateway/jwt/issuers.h"
#include "gateway/jwt/key_file.h"
#include "gateway/jwt/local_issuer.h"

#include <assert.h>

struct jwt_verifier {
    struct context *context;
    struct jwt_verifier_options options;
    struct issuers *issuers;
    struct key_file local;
    struct key_file *files; /* of options.key_files */
};

/* A token on its way. When it has to wait for keys, it does so in the caller's arena. */
struct check {
    struct issuer_waiter waiter;
    struct jwt_verifier *verifier;
    struct arena *arena;
    const struct jwt_rules *rules;
    struct jws jws;
    struct issuer *issuer;
    struct jwt_answer answer;
    jwt_done_fn *on_done;
    void *ctx;
};

struct jwt_verifier *jwt_verifier_create(struct context *context,
                                         const struct jwt_verifier_options *options)
{
    struct jwt_verifier *verifier = mem_zalloc(sizeof *verifier);
    verifier->context = context;
    verifier->options = *options;
    verifier->issuers = issuers_create(context);
    verifier->local = (struct key_file){.path = options->local_key, .is_local_issuer = true};
    verifier->files = mem_array(options->key_file_count + 1, sizeof *verifier->files);
    for (size_t i = 0; i < options->key_file_count; i++) {
        verifier->files[i].path = options->key_files[i].path;
    }
    return verifier;
}

void jwt_verifier_destroy(struct jwt_verifier *verifier)
{
    if (verifier == NULL) {
        return;
    }
    issuers_destroy(verifier->issuers); /* answers what waits */
    key_file_finish(&verifier->local);
    for (size_t i = 0; i < verifier->options.key_file_count; i++) {
        key_file_finish(&verifier->files[i]);
    }
    mem_free(verifier->files);
    mem_free(verifier);
}

/* --- one token --- */

static void refuse(struct check *check, enum jwt_verdict verdict, const char *error,
                   const char *reason)
{
    check->answer.verdict = verdict;
    check->answer.error = arena_copy(check->arena, slice_from(error));
    check->answer.reason = arena_copy(check->arena, slice_from(reason));
}

static bool read_token(struct check *check, struct slice token)
{
    struct fault fault;
    if (token.len == 0) {
        refuse(check, JWT_MISSING, "token not provided", "there is no token");
        return false;
    }
    if (jws_parse(check->arena, token, &check->jws, &fault) != STATUS_OK) {
        refuse(check, JWT_MALFORMED, fault.text, fault.text);
        return false;
    }
    enum jws_algorithm algorithm = check->jws.algorithm;
    if (algorithm < JWS_RS256 || (check->rules->algorithms & JWT_ALGORITHM(algorithm)) == 0) {
        AUTO_BUF error = BUF_INIT(128);
        AUTO_BUF reason = BUF_INIT(512);
        buf_printf(&error, "signing method %s is invalid", jws_algorithm_name(algorithm));
        buf_printf(&reason, "alg is %s; accepted are", jws_algorithm_name(algorithm));
        for (int i = JWS_RS256; i < JWS_ALGORITHM_COUNT; i++) {
            if ((check->rules->algorithms & JWT_ALGORITHM(i)) != 0) {
                buf_printf(&reason, " %s", jws_algorithm_name((enum jws_algorithm)i));
            }
        }
        refuse(check, JWT_ALGORITHM_REFUSED, buf_cstr(&error), buf_cstr(&reason));
        return false;
    }
    return true;
}

/* The issuer whose keys are asked for. */
static struct slice issuer_of(const struct check *check)
{
    const struct jwt_rules *rules = check->rules;
    struct slice issuer = json_text_member(check->arena, check->jws.payload, "iss");
    assert(rules->issuer_count > 0);
    for (size_t i = 0; i < rules->issuer_count; i++) {
        if (slice_eq(rules->issuers[i], issuer)) {
            return issuer;
        }
    }
    return rules->issuers[0];
}

/* False: `keys` do not know the token's kid, and the answer says so. */
static bool judge(struct check *check, struct jwk_set *keys)
{
    struct fault fault;
    bool is_local = check->answer.is_local;
    enum status status = jwk_set_verify(keys, &check->jws, &fault);
    if (status == STATUS_OK) {
        claims_judge(check->arena, check->rules, check->jws.payload,
                     clock_epoch_ms(check->verifier->context->clock), &check->answer);
        check->answer.is_local = is_local;
    } else if (status == STATUS_NOT_FOUND) {
        refuse(check, JWT_KEY_UNKNOWN, "unable to find a key of the token's kid", fault.text);
    } else if (status == STATUS_DENIED) {
        refuse(check, JWT_SIGNATURE_INVALID, fault.text,
               "the signature is not of the key that the token names");
    } else {
        refuse(check, JWT_KEYS_UNREACHABLE, "signatures cannot be verified", fault.text);
    }
    return status != STATUS_NOT_FOUND;
}

static void judge_by_file(struct check *check, struct key_file *file)
{
    struct jwk_set *keys;
    struct fault fault;
    if (key_file_read(file, &keys, &fault) == STATUS_OK) {
        if (!judge(check, keys) && file->is_local_issuer) {
            check->answer.reason =
                SLICE("it was made by the local issuer of another data directory; `sls-local "
                      "token` takes --data DIR, or --edge URL of this one");
        }
    } else if (file->is_local_issuer) {
        check->answer.is_local = false;
        refuse(check, JWT_KEY_UNKNOWN, "unable to find a key of the token's kid", fault.text);
    } else {
        refuse(check, JWT_KEYS_UNREACHABLE, "JWKS communication error", fault.text);
    }
}

static struct key_file *file_of(const struct jwt_verifier *verifier, struct slice issuer)
{
    for (size_t i = 0; i < verifier->options.key_file_count; i++) {
        if (slice_is(issuer, verifier->options.key_files[i].issuer)) {
            return &verifier->files[i];
        }
    }
    return NULL;
}

static void on_fetched(struct issuer_waiter *waiter, const char *error, const struct fault *fault)
{
    struct check *check = CONTAINER_OF(waiter, struct check, waiter);
    struct jwk_set *keys = issuer_keys(check->issuer);
    if (keys != NULL) {
        (void)judge(check, keys);
    } else {
        refuse(check, JWT_KEYS_UNREACHABLE, error, fault->text);
    }
    check->on_done(check->ctx, &check->answer);
}

/* False: the issuer's keys have to be fetched first. */
static bool judge_by_issuer(struct check *check, struct slice url)
{
    check->issuer = issuers_find(check->verifier->issuers, url);
    if (check->issuer == NULL) {
        refuse(check, JWT_KEYS_UNREACHABLE, "OIDC discovery endpoint communication error",
               "the authorizer's issuer is no http or https URL");
        return true;
    }
    if (issuer_is_due(check->issuer, false)) {
        return false;
    }
    return judge(check, issuer_keys(check->issuer)) || !issuer_is_due(check->issuer, true);
}

static bool is_of_local_issuer(const struct check *check)
{
    return check->verifier->options.local_key != NULL &&
           slice_starts_with(check->jws.kid, SLICE(LOCAL_ISSUER_KID));
}

bool jwt_verify(struct jwt_verifier *verifier, struct arena *arena, struct slice token,
                const struct jwt_rules *rules, struct jwt_answer *ret_answer, jwt_done_fn *on_done,
                void *ctx)
{
    struct check check = {.waiter = {.on_fetched = on_fetched},
                          .verifier = verifier,
                          .arena = arena,
                          .rules = rules,
                          .on_done = on_done,
                          .ctx = ctx};
    struct key_file *file = NULL;
    bool is_answered = !read_token(&check, token);
    if (!is_answered && is_of_local_issuer(&check)) {
        check.answer.is_local = true;
        judge_by_file(&check, &verifier->local);
    } else if (!is_answered) {
        struct slice url = issuer_of(&check);
        if ((file = file_of(verifier, url)) != NULL) {
            judge_by_file(&check, file);
        } else if (!judge_by_issuer(&check, url)) {
            struct check *waiting = arena_alloc(arena, sizeof *waiting);
            *waiting = check;
            waiting->answer = (struct jwt_answer){.verdict = JWT_KEYS_UNREACHABLE};
            issuer_fetch(waiting->issuer, &waiting->waiter);
            return false;
        }
    }
    *ret_answer = check.answer;
    return true;
}

/* --- the wire --- */

struct slice jwt_of_identity(struct slice value)
{
    static const struct slice scheme = SLICE_INIT("Bearer ");
    value = slice_trim(value);
    if (slice_istarts_with(value, scheme)) {
        return slice_trim(slice_skip(value, scheme.len));
    }
    return slice_ieq(value, SLICE("Bearer")) ? SLICE("") : value;
}

int jwt_http_status(enum jwt_verdict verdict)
{
    assert(verdict != JWT_VALID);
    return verdict == JWT_SCOPE_INSUFFICIENT ? 403 : 401;
}

/* RFC 6750, section 3.1. */
static const char *code_of(enum jwt_verdict verdict)
{
    return verdict == JWT_MISSING              ? "missing"
           : verdict == JWT_SCOPE_INSUFFICIENT ? "insufficient_scope"
                                               : "invalid_token";
}

/* A quoted string: what a header may not hold becomes '?'. */
static void put_quoted(struct buf *buf, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\') {
            buf_append_char(buf, '\\');
        }
        buf_append_char(buf, c < 0x20 || c >= 0x7f ? '?' : (char)c);
    }
}

void jwt_write_challenge(struct buf *buf, const struct jwt_rules *rules,
                         const struct jwt_answer *answer)
{
    buf_append_text(buf, "Bearer");
    if (answer->verdict == JWT_MISSING) {
        return;
    }
    buf_append_text(buf, " scope=\"");
    for (size_t i = 0; i < rules->scope_count; i++) {
        if (i > 0) {
            buf_append_char(buf, ' ');
        }
        put_quoted(buf, rules->scopes[i]);
    }
    buf_printf(buf, "\" error=\"%s\" error_description=\"", code_of(answer->verdict));
    put_quoted(buf, answer->error);
    buf_append_char(buf, '"');
}

void jwt_write_error(struct buf *buf, const struct jwt_answer *answer)
{
    buf_printf(buf, "%s: %.*s", code_of(answer->verdict), SLICE_ARG(answer->error));
}
