#include "gateway/vtl/parser.h"

#include "core/mem.h"

/* --- #set --- */

bool parser_take_set(struct parser *parser)
{
    const char *start = parser->at;
    while (parser_is(parser, 0, ' ') || parser_is(parser, 0, '\t')) {
        parser->at++;
    }
    if (parser_take(parser, "#set") || parser_take(parser, "#{set}")) {
        while (parser_is(parser, 0, ' ')) {
            parser->at++;
        }
        if (parser_take(parser, "(")) {
            return true;
        }
    }
    parser->at = start;
    return false;
}

static bool is_assignable(const struct vtl_node *reference)
{
    const struct vtl_step *step = reference->of.reference.steps;
    while (step != NULL && step->next != NULL) {
        step = step->next;
    }
    return step == NULL || step->kind != STEP_METHOD;
}

enum status parse_set(struct parser *parser, struct node_list *list)
{
    struct vtl_node *node = parser_node(parser, NODE_SET, parser->at);
    struct vtl_node *left, *right;
    parser_skip_space(parser);
    enum status status = parse_reference(parser, &left);
    if (status != STATUS_OK) {
        return status;
    }
    parser_skip_space(parser);
    if (!is_assignable(left) || !parser_is(parser, 0, '=') || parser_is(parser, 1, '=')) {
        return parser_fails(parser, parser->at, STATUS_INVALID,
                            is_assignable(left) ? "#set needs '=' here"
                                                : "#set cannot assign to a method");
    }
    parser->at++;
    status = parse_expression(parser, &right);
    if (status != STATUS_OK) {
        return status;
    }
    if (!parser_take(parser, ")")) {
        return parser_fails(parser, parser->at, STATUS_INVALID,
                            "#set needs an operator or ')' here");
    }
    parser_skip_line_end(parser);
    node->of.pair.left = left;
    node->of.pair.right = right;
    node_list_add(list, node);
    return STATUS_OK;
}

/* --- what several directives have --- */

/* "name" or "{name}" from '#'. */
static struct slice take_name(struct parser *parser)
{
    bool has_brace = parser_is(parser, 1, '{');
    const char *name = parser->at + (has_brace ? 2 : 1);
    size_t len = parser_word_len(parser, name);
    parser->at = name + len + (has_brace ? 1 : 0);
    return slice_of(name, len);
}

static bool take_open(struct parser *parser)
{
    const char *start = parser->at;
    parser_skip_space(parser);
    if (parser_take(parser, "(")) {
        return true;
    }
    parser->at = start;
    return false;
}

static enum status need_open(struct parser *parser, const char *start, struct slice name)
{
    return take_open(parser)
               ? STATUS_OK
               : parser_fails(parser, start, STATUS_INVALID, "#%.*s needs '('", SLICE_ARG(name));
}

/* The block up to its #end. */
static enum status parse_body(struct parser *parser, const char *start, struct slice name,
                              const struct vtl_node **ret_block)
{
    enum block_end end;
    enum status status = parse_block(parser, ret_block, &end);
    if (status == STATUS_OK && end != BLOCK_END) {
        return parser_fails(parser, end == BLOCK_TEXT_ENDS ? start : parser->at, STATUS_INVALID,
                            end == BLOCK_TEXT_ENDS
                                ? "this #%.*s has no #end"
                                : "an #else or #elseif inside of #%.*s has no #if",
                            SLICE_ARG(name));
    }
    return status;
}

/* Arguments of a directive: blanks or commas between them, words among them, up to and with ')'. */
static enum status parse_directive_arguments(struct parser *parser, struct node_list *list)
{
    for (;;) {
        struct vtl_node *node;
        parser_skip_space(parser);
        if (parser_take(parser, ")")) {
            parser_skip_line_end(parser);
            return STATUS_OK;
        }
        if (list->count > 0 && parser_take(parser, ",")) {
            parser_skip_space(parser);
        }
        size_t word = parser_word_len(parser, parser->at);
        bool is_boolean = slice_is(slice_of(parser->at, word), "true") ||
                          slice_is(slice_of(parser->at, word), "false");
        if (word > 0 && !is_boolean) {
            node = parser_node(parser, NODE_LITERAL, parser->at);
            node->text = slice_of(parser->at, word);
            parser->at += word;
        } else {
            enum status status = parse_argument(parser, &node);
            if (status != STATUS_OK) {
                return status;
            }
        }
        if (list->count == VTL_ARGUMENTS_MAX) {
            return parser_fails(parser, parser->at, STATUS_LIMIT,
                                "a directive may have %u arguments", VTL_ARGUMENTS_MAX);
        }
        node_list_add(list, node);
    }
}

static bool is_word(const struct vtl_node *node)
{
    return node != NULL && node->kind == NODE_LITERAL && node->of.literal.kind == VTL_NULL;
}

/* --- #if --- */

/* "(condition)" and the block behind it, into `node`. */
static enum status parse_branch(struct parser *parser, const char *start, struct slice name,
                                struct vtl_node *node, enum block_end *ret_end)
{
    struct vtl_node *condition;
    enum status status = need_open(parser, start, name);
    if (status == STATUS_OK) {
        status = parse_expression(parser, &condition);
    }
    if (status == STATUS_OK && !parser_take(parser, ")")) {
        status = parser_fails(parser, parser->at, STATUS_INVALID,
                              "#%.*s needs an operator or ')' here", SLICE_ARG(name));
    }
    if (status != STATUS_OK) {
        return status;
    }
    parser_skip_line_end(parser);
    node->of.branch.condition = condition;
    return parse_block(parser, &node->of.branch.block, ret_end);
}

static enum status parse_if(struct parser *parser, const char *start, struct slice name,
                            struct node_list *list)
{
    struct vtl_node *node = parser_node(parser, NODE_IF, start), *last = node;
    enum block_end end;
    enum status status = parse_branch(parser, start, name, node, &end);
    while (status == STATUS_OK && (end == BLOCK_ELSEIF || end == BLOCK_ELSE)) {
        struct vtl_node *next = parser_node(parser, NODE_IF, parser->at);
        bool is_last = end == BLOCK_ELSE;
        last->of.branch.otherwise = next;
        last = next;
        status = is_last ? parse_block(parser, &next->of.branch.block, &end)
                         : parse_branch(parser, parser->at, SLICE("elseif"), next, &end);
        if (status == STATUS_OK && is_last && end != BLOCK_END) {
            break;
        }
    }
    if (status == STATUS_OK && end != BLOCK_END) {
        return parser_fails(parser, end == BLOCK_TEXT_ENDS ? start : parser->at, STATUS_INVALID,
                            end == BLOCK_TEXT_ENDS ? "this #if has no #end"
                                                   : "an #else before this stands behind an #else");
    }
    node_list_add(list, node);
    return status;
}

/* --- #foreach, #define, #macro, #literal --- */

static enum status parse_foreach(struct parser *parser, const char *start, struct slice name,
                                 struct node_list *list)
{
    struct vtl_node *node = parser_node(parser, NODE_FOREACH, start);
    struct node_list arguments = {.first = NULL};
    enum status status = need_open(parser, start, name);
    if (status == STATUS_OK) {
        status = parse_directive_arguments(parser, &arguments);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const struct vtl_node *element = arguments.first;
    if (arguments.count != 3 || element->kind != NODE_REFERENCE || !is_word(element->next) ||
        is_word(arguments.last)) {
        return parser_fails(parser, start, STATUS_INVALID, "#foreach needs ($element in $list)");
    }
    node->of.loop.variable = element->of.reference.variable;
    node->of.loop.source = arguments.last;
    node_list_add(list, node);
    return parse_body(parser, start, name, &node->of.loop.block);
}

static enum status parse_define(struct parser *parser, const char *start, struct slice name,
                                struct node_list *list)
{
    struct vtl_node *node = parser_node(parser, NODE_DEFINE, start);
    struct node_list arguments = {.first = NULL};
    enum status status = need_open(parser, start, name);
    if (status == STATUS_OK) {
        status = parse_directive_arguments(parser, &arguments);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (arguments.count != 1 || arguments.first->kind != NODE_REFERENCE) {
        return parser_fails(parser, start, STATUS_INVALID, "#define needs ($name)");
    }
    node->of.define.variable = arguments.first->of.reference.variable;
    node_list_add(list, node);
    return parse_body(parser, start, name, &node->of.define.block);
}

static enum status parse_macro(struct parser *parser, const char *start, struct slice name)
{
    struct node_list arguments = {.first = NULL};
    enum status status = need_open(parser, start, name);
    if (status == STATUS_OK) {
        status = parse_directive_arguments(parser, &arguments);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (!is_word(arguments.first)) {
        return parser_fails(parser, start, STATUS_INVALID, "#macro needs (name $parameter ...)");
    }
    size_t *parameters = arena_array(parser->arena, arguments.count, sizeof *parameters);
    size_t count = 0;
    for (const struct vtl_node *node = arguments.first->next; node != NULL; node = node->next) {
        if (node->kind != NODE_REFERENCE || node->of.reference.steps != NULL) {
            return parser_fails(parser, start, STATUS_INVALID,
                                "a parameter of #macro needs to be $name");
        }
        parameters[count++] = node->of.reference.variable;
    }
    struct parser_macro *macro = arena_alloc(parser->arena, sizeof *macro);
    struct parser_macro **bucket =
        &parser->macros[slice_hash(arguments.first->text) % PARSER_BUCKETS];
    macro->macro = (struct vtl_macro){
        .name = arguments.first->text, .parameters = parameters, .parameter_count = count};
    bool is_first = parser_find_macro(parser, macro->macro.name) == NULL;
    status = parse_body(parser, start, name, &macro->macro.block);
    if (is_first && status == STATUS_OK) {
        macro->next = *bucket;
        *bucket = macro;
    }
    return status;
}

/* The text of its block as it stands there; it must be well-formed all the same. */
static enum status parse_literal(struct parser *parser, const char *start, struct slice name,
                                 struct node_list *list)
{
    struct node_list arguments = {.first = NULL};
    const struct vtl_node *block;
    enum status status = need_open(parser, start, name);
    if (status == STATUS_OK) {
        status = parse_directive_arguments(parser, &arguments);
    }
    const char *text = parser->at;
    if (status == STATUS_OK) {
        status = parse_body(parser, start, name, &block);
    }
    if (status == STATUS_OK) {
        /* parser->at is behind "#end" and the line's end: back to the '#'. */
        const char *end = parser->at - 1;
        while (*end != '#') {
            end--;
        }
        parser_add_text(parser, list, text, end);
    }
    return status;
}

/* --- #break, #stop, macros --- */

static enum status parse_leave(struct parser *parser, const char *start, enum vtl_node_kind kind,
                               struct node_list *list)
{
    struct vtl_node *node = parser_node(parser, kind, start);
    struct node_list arguments = {.first = NULL};
    enum status status =
        take_open(parser) ? parse_directive_arguments(parser, &arguments) : STATUS_OK;
    if (status == STATUS_OK && arguments.count > 1) {
        status = parser_fails(parser, start, STATUS_INVALID,
                              "#break and #stop take one argument at most");
    }
    node->of.scope = kind == NODE_BREAK ? arguments.first : NULL;
    node_list_add(list, node);
    return status;
}

static enum status parse_call(struct parser *parser, const char *start, struct slice name,
                              struct node_list *list)
{
    struct vtl_node *node = parser_node(parser, NODE_CALL, start);
    struct node_list arguments = {.first = NULL};
    bool has_open = take_open(parser);
    bool has_block = name.ptr[0] == '@';
    enum status status = STATUS_OK;
    if (has_block && !has_open) {
        parser_add_text(parser, list, start, parser->at);
        return STATUS_OK;
    }
    if (has_open) {
        status = parse_directive_arguments(parser, &arguments);
    }
    if (status == STATUS_OK && has_block) {
        status = parse_body(parser, start, name, &node->of.call.block);
    }
    node->of.call.name = slice_skip(name, has_block ? 1 : 0);
    node->of.call.has_block = has_block;
    node->of.call.arguments = arguments.first;
    node->text = slice_of(start, (size_t)(parser->at - start));
    struct parser_call *call = arena_alloc(parser->arena, sizeof *call);
    *call = (struct parser_call){node, parser->calls};
    parser->calls = call;
    node_list_add(list, node);
    return status;
}

/* --- which --- */

static const char *const directives[] = {"if",      "else",    "elseif", "end",   "stop",
                                         "foreach", "break",   "define", "macro", "evaluate",
                                         "parse",   "include", "literal"};

bool is_directive_name(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(directives); i++) {
        if (slice_is(name, directives[i])) {
            return true;
        }
    }
    return false;
}

enum status parse_directive(struct parser *parser, struct node_list *list, enum block_end *ret_end)
{
    const char *start = parser->at;
    struct slice name = take_name(parser);
    if (slice_is(name, "end") || slice_is(name, "else")) {
        *ret_end = slice_is(name, "end") ? BLOCK_END : BLOCK_ELSE;
        parser_skip_line_end(parser);
        return STATUS_OK;
    }
    if (slice_is(name, "elseif")) {
        *ret_end = BLOCK_ELSEIF;
        return STATUS_OK;
    }
    if (slice_is(name, "if")) {
        return parse_if(parser, start, name, list);
    }
    if (slice_is(name, "foreach")) {
        return parse_foreach(parser, start, name, list);
    }
    if (slice_is(name, "define")) {
        return parse_define(parser, start, name, list);
    }
    if (slice_is(name, "macro")) {
        return parse_macro(parser, start, name);
    }
    if (slice_is(name, "literal")) {
        return parse_literal(parser, start, name, list);
    }
    if (slice_is(name, "break") || slice_is(name, "stop")) {
        return parse_leave(parser, start, slice_is(name, "break") ? NODE_BREAK : NODE_STOP, list);
    }
    if (is_directive_name(name)) {
        return parser_fails(parser, start, STATUS_UNSUPPORTED,
                            "#%.*s is not available in mapping templates", SLICE_ARG(name));
    }
    return parse_call(parser, start, name, list);
}
