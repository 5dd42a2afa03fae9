/* What the template's JWT and Cognito authorizers want of a token's issuer and audience. */
#ifndef SLS_CLI_TOKEN_AUTHORIZER_H
#define SLS_CLI_TOKEN_AUTHORIZER_H

#include "cli/args.h"
#include "core/arena.h"

struct token_authorizer {
    bool has_template; /* whether there is one, with or without an authorizer */
    struct slice name;
    struct slice issuer;
    struct slice audience; /* the first; empty: it asks for none */
};

/* The one called --authorizer, or of --issuer, or that there is; without a template, or without an authorizer in it, the
 * texts are empty. CONFLICT: several differ and none is named. NOT_FOUND: none has that name. Else what loading a template
 * fails with. */
MUST_CHECK enum status token_authorizer_find(struct arena *arena, const struct args *args,
                                             struct token_authorizer *ret_authorizer,
                                             struct fault *reterr);

#endif
