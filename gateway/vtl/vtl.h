/* Mapping templates: the Velocity Template Language (Velocity 1.7) as API Gateway runs it.
 *
 *     text -> vtl_compile() -> struct vtl_template (immutable) -> vtl_render() -> bytes, overrides
 *
 * References ($x ${x} $!x, properties, methods, indexes), #set #if #elseif #else #end #foreach #break #stop #define
 * #macro #@macro, comments, #[[ ]]#, escapes, texts with references inside, lists, maps, ranges, arithmetic. Directives
 * take the blanks and the line's end behind them, #set those before it as well, as Velocity 1.7 does.
 *
 * Where API Gateway differs from plain Velocity, this does:
 *   - a reference that leads nowhere, or to null, is "" (printed, compared, passed on), and so it is neither null nor
 *     false: `#if($missing)` holds, `$missing == ""` and `$missing == $null` do as well;
 *   - maps print as {a=b}; lists that came from JSON print as JSON, even inside of such a map;
 *   - an override may be set once in a template.
 *
 * Ownership  A template owns itself: vtl_destroy(). Everything that a render makes lives in the caller's arena; what it
 *            is given is borrowed for as long as the results are used.
 * Thread     A template may be rendered by several threads at once; an arena and a buffer belong to one.
 * Errors     "line 3, column 7: ..." in each. INVALID: the text is no template, or it failed with this input (an index out
 *            of range, a regular expression that is none); UNSUPPORTED: #parse, #include, #evaluate, and methods of
 *            Java that are not here (a method that Java does not have either is "", as there); LIMIT: limits.h.
 *            API Gateway answers 500 where a template fails to render.
 * Limits     limits.h. Time and memory of a render are bounded whatever the template and the input are.
 * Source     API Gateway Developer Guide, "Variables for data transformations for API Gateway" and "Override your API's
 *            request and response parameters and status codes"; Velocity 1.7 User Guide and VTL Reference. */
#ifndef SLS_GATEWAY_VTL_VTL_H
#define SLS_GATEWAY_VTL_VTL_H

#include "core/arena.h"
#include "core/buf.h"

struct vtl_template;

/* `text` is copied. */
MUST_CHECK enum status vtl_compile(struct slice text, struct vtl_template **ret_template,
                                   struct fault *reterr);
void vtl_destroy(struct vtl_template *template); /* NULL is a no-op */

struct vtl_param {
    struct slice name;
    struct slice value;
};

struct vtl_params { /* of several of one name the last counts */
    const struct vtl_param *items;
    size_t count;
};

struct vtl_input {
    struct slice body; /* $input: the request's, or in a response template the integration's */
    struct vtl_params path, querystring, header; /* $input.params(): always the request's */
    struct slice context;                        /* $context: a JSON object; "" is an empty one */
    struct vtl_params stage_variables;           /* $stageVariables */
    struct slice overrides; /* vtl_overrides.json of the template before this one; "" at first */
};

struct vtl_override {
    struct slice name;
    const struct slice *values; /* one, or those of a list */
    size_t count;
};

struct vtl_override_list {
    const struct vtl_override *items; /* in the order in which they were set */
    size_t count;
};

/* What the template, and those before it, assigned to $context.requestOverride and $context.responseOverride. */
struct vtl_overrides {
    struct vtl_override_list path, querystring, header; /* of the request to the integration */
    struct vtl_override_list response_header;
    uint32_t response_status; /* 100 to 599; 0: not overridden */
    struct slice json;        /* all of it, for vtl_input.overrides */
};

/* Appends to `out`, which a fault leaves with a part. `ret_overrides` may be NULL. */
MUST_CHECK enum status vtl_render(const struct vtl_template *template,
                                  const struct vtl_input *input, struct arena *arena,
                                  struct buf *out, struct vtl_overrides *ret_overrides,
                                  struct fault *reterr);

#endif
