#include "gateway/vtl/parser.h"

#include "core/ascii.h"

static bool is_name_start(const struct parser *parser, const char *at)
{
    return at < parser->end && (ascii_is_letter(*at) || *at == '_');
}

/* Hyphens belong to names: "$a-1" is one. */
static struct slice take_name(struct parser *parser)
{
    const char *start = parser->at;
    while (parser->at < parser->end &&
           (ascii_is_letter(*parser->at) || *parser->at == '_' || *parser->at == '-' ||
            (*parser->at >= '0' && *parser->at <= '9'))) {
        parser->at++;
    }
    return slice_of(start, (size_t)(parser->at - start));
}

static enum status check_name(struct parser *parser, struct slice name)
{
    return slice_is(name, "true") || slice_is(name, "false")
               ? parser_fails(parser, name.ptr, STATUS_INVALID, "'%.*s' is no name",
                              SLICE_ARG(name))
               : STATUS_OK;
}

/* --- steps --- */

static enum status parse_member(struct parser *parser, struct vtl_step *step)
{
    parser->at++; /* the dot */
    step->kind = STEP_PROPERTY;
    step->name = take_name(parser);
    enum status status = check_name(parser, step->name);
    if (status == STATUS_OK && parser_take(parser, "(")) {
        step->kind = STEP_METHOD;
        status = parse_arguments(parser, ')', &step->arguments, &step->argument_count);
    }
    return status;
}

static enum status parse_index_step(struct parser *parser, struct vtl_step *step)
{
    struct vtl_node *index;
    parser->at++; /* the bracket */
    enum status status = parse_index(parser, &index);
    step->kind = STEP_INDEX;
    step->arguments = status == STATUS_OK ? index : NULL;
    step->argument_count = 1;
    return status;
}

/* Properties, methods and indexes, as many as there are. */
static enum status parse_steps(struct parser *parser, const struct vtl_step **ret_first)
{
    const struct vtl_step **end = ret_first;
    enum status status = parser_descend(parser);
    while (status == STATUS_OK) {
        bool is_index = parser_is(parser, 0, '[');
        bool is_member = parser_is(parser, 0, '.') && parser->at + 1 < parser->end &&
                         ascii_is_letter(parser->at[1]);
        if (!is_index && !is_member) {
            break;
        }
        struct vtl_step *step = arena_alloc(parser->arena, sizeof *step);
        step->offset = parser_offset(parser, parser->at);
        status = is_index ? parse_index_step(parser, step) : parse_member(parser, step);
        *end = step;
        end = &step->next;
    }
    parser->depth -= status == STATUS_OK ? 1 : 0;
    return status;
}

/* From behind "$" or "$!": "name..." or "{name...}", which is known to follow. */
static enum status parse_path(struct parser *parser, struct vtl_node *node)
{
    bool has_brace = parser_take(parser, "{");
    struct slice name = take_name(parser);
    enum status status = check_name(parser, name);
    if (status != STATUS_OK) {
        return status;
    }
    node->of.reference.variable = parser_variable(parser, name);
    status = parse_steps(parser, &node->of.reference.steps);
    if (status == STATUS_OK && has_brace && !parser_take(parser, "}")) {
        return parser_fails(parser, parser->at, STATUS_INVALID, "${%.*s needs '}' here",
                            SLICE_ARG(name));
    }
    return status;
}

static bool is_path(const struct parser *parser, const char *at)
{
    return is_name_start(parser, at + (at < parser->end && *at == '{' ? 1 : 0));
}

/* --- in an expression --- */

enum status parse_reference(struct parser *parser, struct vtl_node **ret_node)
{
    const char *start = parser->at;
    if (!parser_take(parser, "$")) {
        return parser_fails(parser, start, STATUS_INVALID, "a $reference is needed here");
    }
    (void)parser_take(parser, "!");
    if (!is_path(parser, parser->at)) {
        return parser_fails(parser, start, STATUS_INVALID, "a name is needed behind '$'");
    }
    struct vtl_node *node = parser_node(parser, NODE_REFERENCE, start);
    enum status status = parse_path(parser, node);
    node->text = slice_of(start, (size_t)(parser->at - start));
    *ret_node = node;
    return status;
}

/* --- in a text --- */

/* "\\"* "$" ("\\"* "!")?, as often as it stands there: Velocity takes all of "$$!$" for one beginning. */
static const char *skip_dollars(const struct parser *parser, const char *at)
{
    for (;;) {
        const char *next = at;
        while (next < parser->end && *next == '\\') {
            next++;
        }
        if (next == parser->end || *next != '$') {
            return at;
        }
        at = ++next;
        while (next < parser->end && *next == '\\') {
            next++;
        }
        if (next < parser->end && *next == '!') {
            at = next + 1;
        }
    }
}

/* Dollars that begin no reference stay, with the backslashes before them; "!" does not. */
static void add_dollars(struct parser *parser, struct node_list *list, const char *from,
                        const char *to)
{
    while (from < to && parser_is_before_text(parser)) {
        const char *at = from;
        while (at < to && *at == '\\') {
            at++;
        }
        if (at < to && *at == '$') {
            parser_add_text(parser, list, from, at + 1);
        }
        from = at < to ? at + 1 : to;
    }
}

/* What stands before the last '$' of a reference: half of the backslashes, then the other dollars. */
static void set_prefix(struct parser *parser, struct vtl_node *node, const char *from,
                       const char *to)
{
    struct slice dollars = slice_of(from, (size_t)(to - from));
    size_t backslashes = 0, last = slice_rfind(dollars, '$');
    while (from[backslashes] == '\\') {
        backslashes++;
    }
    node->of.reference.is_void = slice_search(dollars, SLICE("\\!")) != SLICE_NPOS;
    node->of.reference.is_escaped = backslashes % 2 == 1;
    node->of.reference.prefix = slice_of(from, backslashes / 2);
    node->text = slice_of(from + last, 0); /* its end is not known yet */
    if (last > backslashes && !node->of.reference.is_escaped) {
        node->of.reference.prefix =
            arena_printf(parser->arena, "%.*s%.*s", (int)(backslashes / 2), from,
                         (int)(last - backslashes), from + backslashes);
    }
}

static bool ends_with_bracket(const struct vtl_node *node)
{
    const struct vtl_step *step = node->of.reference.steps;
    while (step != NULL && step->next != NULL) {
        step = step->next;
    }
    return step != NULL && step->kind != STEP_PROPERTY;
}

/* A word right behind "$a.b()" or "$a[0]" is taken for a reference without its '$': of "$a.b()example.com" Velocity prints
 * "example" and loses the rest. */
static enum status parse_runts(struct parser *parser, struct node_list *list)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && is_name_start(parser, parser->at) && parser->at[-1] != '}') {
        struct vtl_node *runt = parser_node(parser, NODE_REFERENCE, parser->at);
        struct slice name = take_name(parser);
        parser_add_text(parser, list, name.ptr, name.ptr + name.len);
        status = parse_steps(parser, &runt->of.reference.steps);
        if (!ends_with_bracket(runt)) {
            break;
        }
    }
    return status;
}

enum status parse_reference_in_text(struct parser *parser, struct node_list *list)
{
    const char *start = parser->at, *end = skip_dollars(parser, start);
    if (end == parser->end && !parser->is_in_quotes) {
        return parser_fails(parser, end - 1, STATUS_INVALID, "a template may not end with '$'");
    }
    parser->at = end;
    if (!is_path(parser, end)) {
        if (parser_is(parser, 0, '{') || (parser_is(parser, 0, '[') && end[-1] == '!')) {
            parser->at++;
            parser_add_text(parser, list, start, parser->at);
        } else {
            add_dollars(parser, list, start, end);
        }
        return STATUS_OK;
    }
    struct vtl_node *node = parser_node(parser, NODE_REFERENCE, start);
    set_prefix(parser, node, start, end);
    enum status status = parse_path(parser, node);
    node->text.len = (size_t)(parser->at - node->text.ptr);
    node_list_add(list, node);
    if (status == STATUS_OK && ends_with_bracket(node)) {
        return parse_runts(parser, list);
    }
    if (status == STATUS_OK && node->of.reference.steps != NULL && parser->at[-1] != '}' &&
        parser_take(parser, "##")) { /* no comment right behind "$a.b" */
        parser_add_text(parser, list, parser->at - 2, parser->at);
    }
    return status;
}
