/* What a template is once it is parsed: a tree that nobody changes, in the template's arena. */
#ifndef SLS_GATEWAY_VTL_NODE_H
#define SLS_GATEWAY_VTL_NODE_H

#include "gateway/vtl/limits.h"
#include "gateway/vtl/value.h"

enum vtl_node_kind {
    /* in a block */
    NODE_TEXT,
    NODE_SET,
    NODE_IF,
    NODE_FOREACH,
    NODE_DEFINE,
    NODE_CALL, /* of a macro; its text when there is none of this name */
    NODE_BREAK,
    NODE_STOP,
    /* in both */
    NODE_REFERENCE,
    /* in an expression */
    NODE_LITERAL,
    NODE_TEMPLATE, /* "a text with $references" */
    NODE_LIST,
    NODE_MAP,
    NODE_RANGE,
    NODE_NOT,
    NODE_AND,
    NODE_OR,
    NODE_EQ,
    NODE_NE,
    NODE_LT,
    NODE_LE,
    NODE_GT,
    NODE_GE,
    NODE_ADD,
    NODE_SUBTRACT,
    NODE_MULTIPLY,
    NODE_DIVIDE,
    NODE_MODULO
};

enum vtl_step_kind { STEP_PROPERTY, STEP_METHOD, STEP_INDEX };

/* ".name", ".name(arguments)" or "[argument]". */
struct vtl_step {
    enum vtl_step_kind kind;
    struct slice name;
    const struct vtl_node *arguments;
    size_t argument_count;
    size_t offset;
    const struct vtl_step *next;
};

struct vtl_node {
    enum vtl_node_kind kind;
    size_t offset;               /* in the template's text, for errors */
    const struct vtl_node *next; /* in a block, or in a list of arguments */
    struct slice text; /* NODE_TEXT; as it stands in the template: NODE_REFERENCE, NODE_CALL */
    union {
        struct {
            size_t variable;
            const struct vtl_step *steps;
            struct slice prefix; /* printed before it */
            bool is_escaped;     /* printed as its text */
            bool is_void;        /* "$\!x": never anything */
        } reference;
        struct {
            const struct vtl_node *
                left; /* NODE_REFERENCE; NODE_RANGE, NODE_NOT and all with two sides: an expression */
            const struct vtl_node *right;
        } pair;
        struct {
            const struct vtl_node *condition; /* NULL: #else */
            const struct vtl_node *block;
            const struct vtl_node *otherwise; /* NODE_IF of #elseif or #else */
        } branch;
        struct {
            size_t variable;
            const struct vtl_node *source;
            const struct vtl_node *block;
        } loop;
        struct {
            size_t variable;
            const struct vtl_node *block;
        } define;
        struct {
            struct slice name;
            const struct vtl_node *arguments;
            const struct vtl_node *block; /* of "#@name() ... #end" */
            bool has_block;
            const struct vtl_macro *macro; /* NULL: no such macro */
        } call;
        const struct vtl_node *scope; /* NODE_BREAK: an expression, or NULL */
        const struct vtl_node *block; /* NODE_TEMPLATE */
        const struct vtl_node *items; /* NODE_LIST; NODE_MAP: key, value, key... */
        struct vtl_value literal;
    } of;
};

struct vtl_macro {
    struct slice name;
    const size_t *parameters; /* variables */
    size_t parameter_count;
    const struct vtl_node *block;
};

/* Variables that mean something are the first ones. */
enum vtl_known_variable {
    VARIABLE_INPUT,
    VARIABLE_UTIL,
    VARIABLE_CONTEXT,
    VARIABLE_STAGE_VARIABLES,
    VARIABLE_FOREACH,
    VARIABLE_BODY_CONTENT,
    VARIABLE_VELOCITY_COUNT,
    VARIABLE_VELOCITY_HAS_NEXT,
    VARIABLE_KNOWN_COUNT
};

struct vtl_template {
    struct arena arena;
    struct slice text;
    const struct vtl_node *block;

    size_t variable_count;
};

/* "line 3, column 7: " and the rest. */
enum status vtl_fault(const struct vtl_template *template, size_t offset, struct fault *reterr,
                      enum status status, const char *format, va_list args) PRINTF_LIKE(5, 0);

#endif
