#include "gateway/jwt/claims.h"

#include "core/json_scan.h"
#include "core/mem.h"

#define TOLD_MAX 512 /* bytes of a list in a reason */

struct judging {
    struct arena *arena;
    const struct jwt_rules *rules;
    struct slice claims;
    int64_t now_s;
    struct jwt_answer *answer;
};

static bool refuse(struct judging *judging, enum jwt_verdict verdict, struct slice error,
                   struct slice reason)
{
    judging->answer->verdict = verdict;
    judging->answer->error = error;
    judging->answer->reason = reason;
    return false;
}

static bool has(const struct slice *items, size_t count, struct slice text)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(items[i], text)) {
            return true;
        }
    }
    return false;
}

/* "a", "b" */
static struct slice told(struct arena *arena, const struct slice *items, size_t count)
{
    char quoted[JWS_PRINTABLE_MAX];
    AUTO_BUF list = BUF_INIT(TOLD_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", jws_printable(quoted, items[i]));
    }
    return arena_copy(arena, buf_slice(&list));
}

/* A claim that is a string or a list of them; what is neither counts as an empty list. */
static struct slice *texts_of(struct arena *arena, struct slice raw, size_t *ret_count)
{
    size_t room = json_raw_count(raw) + 1;
    struct slice *texts = arena_array(arena, room, sizeof *texts);
    size_t count = 0;
    if (json_raw_kind(raw) == JSON_STRING) {
        count += json_raw_string(arena, raw, &texts[0]);
    } else {
        struct json_scan scan = json_scan_array(raw);
        struct slice element;
        while (count < room && json_scan_element(&scan, &element)) {
            count += json_raw_kind(element) == JSON_STRING &&
                     json_raw_string(arena, element, &texts[count]);
        }
    }
    *ret_count = count;
    return texts;
}

/* JSON's null is as if the claim were not there. */
static struct slice claim(const struct judging *judging, const char *name)
{
    struct slice raw = json_raw_member(judging->claims, name);
    return json_raw_kind(raw) == JSON_NULL ? SLICE_NULL : raw;
}

/* --- iss, aud --- */

static bool judge_issuer(struct judging *judging)
{
    const struct jwt_rules *rules = judging->rules;
    struct slice issuer = json_text_member(judging->arena, judging->claims, "iss");
    if (issuer.ptr != NULL && has(rules->issuers, rules->issuer_count, issuer)) {
        return true;
    }
    char quoted[JWS_PRINTABLE_MAX];
    return refuse(
        judging, JWT_ISSUER_WRONG, SLICE("issuer does not match"),
        arena_printf(judging->arena, "iss %s is not %.*s",
                     issuer.ptr != NULL ? jws_printable(quoted, issuer) : "(none)",
                     SLICE_ARG(told(judging->arena, rules->issuers, rules->issuer_count))));
}

static bool judge_audience(struct judging *judging)
{
    const struct jwt_rules *rules = judging->rules;
    struct slice raw = claim(judging, "aud");
    const char *name = "aud";
    if (rules->audience_count == 0) {
        return true;
    }
    if (raw.ptr == NULL) {
        raw = claim(judging, "client_id");
        name = "client_id";
        if (json_raw_kind(raw) != JSON_STRING) {
            return refuse(judging, JWT_AUDIENCE_WRONG,
                          SLICE("the token does not have a valid audience"),
                          SLICE("it has neither aud nor client_id"));
        }
    }
    size_t count;
    struct slice *texts = texts_of(judging->arena, raw, &count);
    for (size_t i = 0; i < count; i++) {
        if (has(rules->audiences, rules->audience_count, texts[i])) {
            return true;
        }
    }
    struct slice wanted = told(judging->arena, rules->audiences, rules->audience_count);
    struct slice given = told(judging->arena, texts, count);
    return refuse(judging, JWT_AUDIENCE_WRONG, SLICE("the token does not have a valid audience"),
                  arena_printf(judging->arena, "%s %.*s is none of %.*s", name,
                               SLICE_ARG(given.len > 0 ? given : SLICE("(none)")),
                               SLICE_ARG(wanted)));
}

/* --- exp, nbf, iat --- */

enum date { DATE_NONE, DATE_SET, DATE_MALFORMED };

static enum date read_date(const struct judging *judging, const char *name, double *ret_s)
{
    struct slice raw = claim(judging, name);
    if (raw.ptr == NULL) {
        return DATE_NONE;
    }
    return json_raw_kind(raw) == JSON_NUMBER && slice_to_double(raw, ret_s) ? DATE_SET
                                                                            : DATE_MALFORMED;
}

/* Whole seconds: AWS cuts what is behind the point. */
static bool judge_date(struct judging *judging, const char *name, enum jwt_verdict verdict,
                       struct slice error)
{
    double s = 0;
    bool is_end = verdict == JWT_EXPIRED;
    double now_s = (double)judging->now_s;
    switch (read_date(judging, name, &s)) {
    case DATE_NONE:
        return true;
    case DATE_MALFORMED:
        return refuse(judging, verdict, error,
                      arena_printf(judging->arena, "%s is not a number of seconds", name));
    case DATE_SET:
        break;
    }
    if (is_end ? s >= now_s : s < now_s + 1) {
        return true;
    }
    return refuse(judging, verdict, error,
                  is_end ? arena_printf(judging->arena, "%s was %.0f s ago", name, now_s - s)
                         : arena_printf(judging->arena, "%s is in %.0f s", name, s - now_s));
}

static bool judge_dates(struct judging *judging)
{
    return judge_date(judging, "exp", JWT_EXPIRED, SLICE("the token has expired")) &&
           judge_date(judging, "nbf", JWT_NOT_YET_VALID, SLICE("token is not valid yet")) &&
           judge_date(judging, "iat", JWT_ISSUED_IN_FUTURE, SLICE("Token used before issued"));
}

/* --- token_use, scope --- */

static bool judge_use(struct judging *judging)
{
    struct slice wanted = judging->rules->token_use;
    struct slice use = json_text_member(judging->arena, judging->claims, "token_use");
    if (wanted.len == 0 || slice_eq(use, wanted)) {
        return true;
    }
    char quoted[JWS_PRINTABLE_MAX];
    return refuse(judging, JWT_USE_WRONG, SLICE("token_use does not match"),
                  arena_printf(judging->arena, "token_use is %s, not \"%.*s\"",
                               use.ptr != NULL ? jws_printable(quoted, use) : "missing",
                               SLICE_ARG(wanted)));
}

static void split_scopes(struct judging *judging, struct slice text)
{
    struct slice *scopes = arena_array(judging->arena, text.len / 2 + 1, sizeof *scopes);
    size_t count = 0;
    for (struct slice part; slice_split(&text, ' ', &part);) {
        if (part.len > 0) {
            scopes[count++] = part;
        }
    }
    judging->answer->scopes = scopes;
    judging->answer->scope_count = count;
}

/* scp is Okta's list or Entra's string, scope RFC 8693's string. */
static void read_scopes(struct judging *judging)
{
    struct slice raw = claim(judging, "scp");
    struct slice text;
    if (json_raw_kind(raw) != JSON_ARRAY && json_raw_kind(raw) != JSON_STRING) {
        raw = claim(judging, "scope");
    }
    if (json_raw_kind(raw) == JSON_ARRAY) {
        judging->answer->scopes = texts_of(judging->arena, raw, &judging->answer->scope_count);
    } else if (json_raw_kind(raw) == JSON_STRING && json_raw_string(judging->arena, raw, &text)) {
        split_scopes(judging, text);
    }
}

static bool judge_scopes(struct judging *judging)
{
    const struct jwt_rules *rules = judging->rules;
    struct jwt_answer *answer = judging->answer;
    if (rules->scope_count == 0) {
        return true;
    }
    for (size_t i = 0; i < answer->scope_count; i++) {
        if (has(rules->scopes, rules->scope_count, answer->scopes[i])) {
            return true;
        }
    }
    AUTO_BUF error = BUF_INIT(8192);
    buf_append_text(&error, "expected scopes: [");
    for (size_t i = 0; i < rules->scope_count; i++) {
        buf_printf(&error, "%s%.*s", i > 0 ? " " : "", SLICE_ARG(rules->scopes[i]));
    }
    buf_append_char(&error, ']');
    struct slice given = told(judging->arena, answer->scopes, answer->scope_count);
    return refuse(judging, JWT_SCOPE_INSUFFICIENT, arena_copy(judging->arena, buf_slice(&error)),
                  arena_printf(judging->arena, "the token's scopes are %.*s; the route wants %.*s",
                               SLICE_ARG(given.len > 0 ? given : SLICE("none")),
                               SLICE_ARG(told(judging->arena, rules->scopes, rules->scope_count))));
}

void claims_judge(struct arena *arena, const struct jwt_rules *rules, struct slice claims,
                  int64_t now_ms, struct jwt_answer *ret_answer)
{
    struct jwt_answer answer = {.verdict = JWT_VALID};
    struct judging judging = {arena, rules, claims, now_ms / 1000, &answer};
    if (judge_issuer(&judging) && judge_audience(&judging) && judge_dates(&judging) &&
        judge_use(&judging)) {
        answer.claims = claims;
        read_scopes(&judging);
        (void)judge_scopes(&judging);
    }
    *ret_answer = answer;
}
