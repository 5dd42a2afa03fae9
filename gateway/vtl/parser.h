/* Template text to tree, between parser.c (blocks and text), parser_directive.c, parser_reference.c and
 * parser_expression.c.
 *
 * Where Velocity's tokens decide something odd, the oddity is kept and said at its place: a template that works in the
 * service works here, and one that does not is refused here. */
#ifndef SLS_GATEWAY_VTL_PARSER_H
#define SLS_GATEWAY_VTL_PARSER_H

#include "gateway/vtl/node.h"
#include "gateway/vtl/vtl.h"

#define PARSER_BUCKETS 256

struct parser_variable {
    struct slice name;
    size_t number;
    struct parser_variable *next;
};

struct parser_macro {
    struct vtl_macro macro;
    struct parser_macro *next;
};

struct parser_call {
    struct vtl_node *node;
    struct parser_call *next;
};

struct parser {
    struct vtl_template *template;
    struct arena *arena;
    const char *at, *end; /* of the template, or of a text in quotes inside of it */
    size_t origin;        /* where that text stands when it is a copy, else SIZE_MAX */
    bool is_in_quotes;
    unsigned depth;
    struct fault *reterr;
    struct parser_variable *variables[PARSER_BUCKETS];
    struct parser_macro *macros[PARSER_BUCKETS];
    struct parser_call *calls;
};

/* Nodes that are being appended. */
struct node_list {
    const struct vtl_node *first;
    struct vtl_node *last;
    size_t count;
};

enum block_end { BLOCK_TEXT_ENDS, BLOCK_END, BLOCK_ELSE, BLOCK_ELSEIF };

/* --- parser.c --- */

enum status parser_fails(struct parser *parser, const char *where, enum status status,
                         const char *format, ...) PRINTF_LIKE(4, 5);
size_t parser_offset(const struct parser *parser, const char *where);
struct vtl_node *parser_node(struct parser *parser, enum vtl_node_kind kind, const char *where);
void node_list_add(struct node_list *list, struct vtl_node *node);
size_t parser_variable(struct parser *parser, struct slice name);
struct vtl_macro *parser_find_macro(struct parser *parser, struct slice name);
/* False, with a fault: too deep. */
MUST_CHECK enum status parser_descend(struct parser *parser);
void parser_add_text(struct parser *parser, struct node_list *list, const char *from,
                     const char *to);
/* Up to and with the directive that ends it, without what #elseif has behind it. */
MUST_CHECK enum status parse_block(struct parser *parser, const struct vtl_node **ret_block,
                                   enum block_end *ret_end);

static inline bool parser_is(const struct parser *parser, size_t ahead, char c)
{
    return (size_t)(parser->end - parser->at) > ahead && parser->at[ahead] == c;
}
static inline struct slice parser_rest(const struct parser *parser)
{
    return slice_of(parser->at, (size_t)(parser->end - parser->at));
}
bool parser_take(struct parser *parser, const char *text);
void parser_skip_space(struct parser *parser);    /* blanks, tabs and line ends */
void parser_skip_line_end(struct parser *parser); /* blanks and a line end; blanks alone stay */
/* Whether a lone '$' or '#' before this stays: Velocity loses it before #set, #if, #else, #elseif, #end, #[[ and what is
 * escaped by backslashes. */
bool parser_is_before_text(struct parser *parser);
/* [A-Za-z_@][A-Za-z0-9_@]*: how long, 0 for none. */
size_t parser_word_len(const struct parser *parser, const char *from);

/* --- parser_directive.c --- */

/* "[blanks]#set[blanks](" is here: at what is behind the parenthesis. */
bool parser_take_set(struct parser *parser);
MUST_CHECK enum status parse_set(struct parser *parser, struct node_list *list);
/* From '#' of something else than a comment or #[[. `*ret_end` is set when it ends the block. */
MUST_CHECK enum status parse_directive(struct parser *parser, struct node_list *list,
                                       enum block_end *ret_end);
bool is_directive_name(
    struct slice name); /* of a directive but #set: what "\\" before it looks at */

/* --- parser_reference.c --- */

/* From the '$' of a text, or the backslashes before it. */
MUST_CHECK enum status parse_reference_in_text(struct parser *parser, struct node_list *list);
/* From the '$' in an expression. */
MUST_CHECK enum status parse_reference(struct parser *parser, struct vtl_node **ret_node);

/* --- parser_expression.c --- */

MUST_CHECK enum status parse_expression(struct parser *parser, struct vtl_node **ret_node);
/* What methods, lists, maps and macros take: no operators. */
MUST_CHECK enum status parse_argument(struct parser *parser, struct vtl_node **ret_node);
/* Up to and with `close`, with commas between them. */
MUST_CHECK enum status parse_arguments(struct parser *parser, char close,
                                       const struct vtl_node **ret_first, size_t *ret_count);
/* What "[ ]" behind a reference takes. */
MUST_CHECK enum status parse_index(struct parser *parser, struct vtl_node **ret_node);

#endif
