/* The parser of patterns from the inside. Private to this folder. */
#ifndef SLS_SCHEDULER_PATTERN_PARSER_H
#define SLS_SCHEDULER_PATTERN_PARSER_H

#include "scheduler/pattern/pattern_tree.h"
#include "scheduler/pattern/token.h"

struct parser {
    struct arena *arena;
    struct slice text;
    const char *valid_end; /* where the JSON stops being valid, or the end of the text */
    struct token_reader reader;
    struct pattern_fault *reterr;
};

/* The next token; false with the fault set when the JSON is not valid there. */
MUST_CHECK bool parser_next(struct parser *parser, bool expects_key, struct token *ret_token);
/* Sets the fault, and returns false. AWS tells where its reader stood: behind `token`, which means behind the opening
 * quote of a string it has not read yet, and of a name, behind the beginning of its value. */
bool parser_fail(struct parser *parser, struct token token, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same with a string that was read already. */
bool parser_fail_behind(struct parser *parser, struct token token, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Without a place. */
bool parser_fail_nowhere(struct parser *parser, const char *reason);
/* The fault that was set is told twice. */
bool parser_fail_again(struct parser *parser);

/* The item that `token` begins: an operator in an object, or a plain value. */
MUST_CHECK bool parser_item(struct parser *parser, struct token token, struct item *ret_item);

#endif
