/* links: sls_jwt */
/* Tokens and key sets of anybody: a token that parses is judged and written as valid JSON; a set's keys are tried on it. */
#include "core/json_scan.h"
#include "gateway/jwt/claims.h"
#include "gateway/jwt/jwk.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void judge(struct arena *arena, struct slice claims)
{
    const struct slice words[] = {SLICE("a"), SLICE("b")};
    const struct jwt_rules rules = {.issuers = words,
                                    .issuer_count = 2,
                                    .audiences = words,
                                    .audience_count = 2,
                                    .scopes = words,
                                    .scope_count = 2};
    struct jwt_answer answer;
    claims_judge(arena, &rules, claims, 1700000000000, &answer);
    assert((answer.verdict == JWT_VALID) == (answer.error.len == 0));
    for (int style = CLAIMS_HTTP; style <= CLAIMS_REST; style++) {
        struct buf text = BUF_INIT(64u << 20);
        struct json_writer w = json_writer_init(&text);
        claims_write(arena, &w, claims, (enum claims_style)style);
        assert(buf_status(&text) == STATUS_OK && json_validate(buf_slice(&text), NULL));
        buf_finish(&text);
    }
}

/* "TOKEN\nKEY SET"; a token that is JSON stands for its payload, which nobody finds behind base64. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena arena = ARENA_INIT;
    struct slice rest = slice_of((const char *)bytes, len);
    struct slice token;
    struct jws jws;
    struct jwk_set *set = NULL;
    if (slice_split(&rest, '\n', &token)) {
        enum status status = jws_parse(&arena, token, &jws, NULL);
        if (status == STATUS_OK) {
            assert(json_validate(jws.payload, NULL));
            judge(&arena, jws.payload);
        } else if (json_validate(token, NULL)) {
            judge(&arena, token);
        }
        if (jwk_set_parse(rest, &set, NULL) == STATUS_OK && status == STATUS_OK &&
            jws.algorithm >= JWS_RS256) {
            (void)!jwk_set_verify(set, &jws, NULL);
        }
        jwk_set_free(set);
    }
    arena_finish(&arena);
    return 0;
}
