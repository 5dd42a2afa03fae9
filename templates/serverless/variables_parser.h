/* The grammar of Serverless Framework variables.
 *
 *     text        := { literal | variable }
 *     variable    := "${" source { "," alternative } "}"
 *     alternative := source | quoted | number | "true" | "false" | "null" | variable
 *     source      := type [ "(" params ")" ] [ ":" address ]
 *     type        := letter { letter | digit | "_" | "-" }
 *     params      := text up to the ")" that closes, address := text up to "," or "}"
 *
 * "${" that no source follows is a literal: "${AWS::Region}", "${Foo.Arn}" and "${name}" belong to
 * Fn::Sub. A source has a ":" that no second ":" follows, or is "file(" or "strToBool(". A "${...}"
 * as alternative is what authors of older files wrote; version 3 itself refuses it.
 *
 * Ownership  The tree lives in the arena and points into the text. It is immutable.
 * Errors     INVALID, in words for the author.
 * Limits     VARIABLE_NESTING_MAX variables inside one another. */
#ifndef SLS_TEMPLATES_SERVERLESS_VARIABLES_PARSER_H
#define SLS_TEMPLATES_SERVERLESS_VARIABLES_PARSER_H

#include "core/arena.h"

#define VARIABLE_NESTING_MAX 20

struct variable;

struct piece {
    struct slice literal;
    const struct variable *variable; /* NULL: a literal */
    struct piece *next;
};

enum alternative_kind {
    ALTERNATIVE_SOURCE,
    ALTERNATIVE_TEXT,  /* quoted */
    ALTERNATIVE_PLAIN, /* number, boolean, null: `text` as written */
    ALTERNATIVE_VARIABLE,
};

struct alternative {
    enum alternative_kind kind;
    struct slice text;     /* TEXT, PLAIN; SOURCE: its type */
    struct piece *params;  /* SOURCE; NULL when empty */
    struct piece *address; /* SOURCE; NULL when empty or absent */
    const struct variable *variable;
    struct alternative *next;
};

struct variable {
    struct slice text;                /* from "${" to "}" */
    struct alternative *alternatives; /* at least one; the first is a source or a variable */
};

/* `*ret_pieces` is NULL for the empty text, and one literal when there is no variable in it. */
MUST_CHECK enum status variables_parse(struct arena *arena, struct slice text,
                                       struct piece **ret_pieces, struct fault *reterr);
bool pieces_have_variable(const struct piece *pieces);

#endif
