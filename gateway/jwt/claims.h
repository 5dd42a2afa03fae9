/* What a token claims: judged by an authorizer's rules, and written as events have it.
 *
 * Ownership  Everything lives in the arena, or in the claims.
 * Source     RFC 7519, section 4; API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers". */
#ifndef SLS_GATEWAY_JWT_CLAIMS_H
#define SLS_GATEWAY_JWT_CLAIMS_H

#include "core/json_writer.h"
#include "gateway/jwt/jwt.h"

/* From iss to scope, in jwt.h's order, at `now_ms`; of a token whose signature is good. `claims` is valid JSON, an object
 * or null. Fills in all of the answer but is_local. */
void claims_judge(struct arena *arena, const struct jwt_rules *rules, struct slice claims,
                  int64_t now_ms, struct jwt_answer *ret_answer);

enum claims_style {
    /* HTTP APIs, as Go's fmt prints them (seen in events of 2021 to 2026): names sorted, numbers and booleans as in the
     * token, arrays "[a b]", objects "map[k:v k2:v2]" with sorted names, null within them "<nil>". */
    CLAIMS_HTTP,
    /* Cognito authorizers of REST APIs, as Java's toString() does: in the token's order, exp, iat and nbf as
     * "Wed Feb 01 09:08:04 UTC 2023", arrays "a,b", objects as JSON. */
    CLAIMS_REST
};

/* One object, every value a string; claims that are null are left out. */
void claims_write(struct arena *arena, struct json_writer *w, struct slice claims,
                  enum claims_style style);
/* One claim like that, for $context.authorizer.claims.x; false when there is none. */
MUST_CHECK bool claims_write_one(struct arena *arena, struct buf *buf, struct slice claims,
                                 struct slice name, enum claims_style style);

#endif
