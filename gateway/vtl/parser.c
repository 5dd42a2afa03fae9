#include "gateway/vtl/parser.h"

#include "core/mem.h"

#include <stdarg.h>

/* --- faults --- */

enum status vtl_fault(const struct vtl_template *template, size_t offset, struct fault *reterr,
                      enum status status, const char *format, va_list args)
{
    char text[FAULT_TEXT_MAX];
    size_t line = 1, column = 1;
    for (size_t i = 0; i < offset && i < template->text.len; i++) {
        bool is_line_end = template->text.ptr[i] == '\n';
        line += is_line_end ? 1 : 0;
        column = is_line_end ? 1 : column + 1;
    }
    (void)vsnprintf(text, sizeof(text), format, args);
    return fault_set(reterr, status, "line %zu, column %zu: %s", line, column, text);
}

size_t parser_offset(const struct parser *parser, const char *where)
{
    return parser->origin != SIZE_MAX ? parser->origin
                                      : (size_t)(where - parser->template->text.ptr);
}

enum status parser_fails(struct parser *parser, const char *where, enum status status,
                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    status = vtl_fault(parser->template, parser_offset(parser, where), parser->reterr, status,
                       format, args);
    va_end(args);
    return status;
}

enum status parser_descend(struct parser *parser)
{
    if (parser->depth == VTL_NESTING_MAX) {
        return parser_fails(parser, parser->at, STATUS_LIMIT,
                            "directives and expressions may nest %u levels", VTL_NESTING_MAX);
    }
    parser->depth++;
    return STATUS_OK;
}

/* --- nodes --- */

struct vtl_node *parser_node(struct parser *parser, enum vtl_node_kind kind, const char *where)
{
    struct vtl_node *node = arena_alloc(parser->arena, sizeof *node);
    node->kind = kind;
    node->offset = parser_offset(parser, where);
    return node;
}

void node_list_add(struct node_list *list, struct vtl_node *node)
{
    if (list->last != NULL) {
        list->last->next = node;
    } else {
        list->first = node;
    }
    list->last = node;
    list->count++;
}

void parser_add_text(struct parser *parser, struct node_list *list, const char *from,
                     const char *to)
{
    struct vtl_node *last = list->last;
    if (from == to) {
        return;
    }
    if (last != NULL && last->kind == NODE_TEXT && last->text.ptr + last->text.len == from) {
        last->text.len += (size_t)(to - from);
        return;
    }
    struct vtl_node *node = parser_node(parser, NODE_TEXT, from);
    node->text = slice_of(from, (size_t)(to - from));
    node_list_add(list, node);
}

size_t parser_variable(struct parser *parser, struct slice name)
{
    struct parser_variable **bucket = &parser->variables[slice_hash(name) % PARSER_BUCKETS];
    for (struct parser_variable *variable = *bucket; variable != NULL; variable = variable->next) {
        if (slice_eq(variable->name, name)) {
            return variable->number;
        }
    }
    struct parser_variable *variable = arena_alloc(parser->arena, sizeof *variable);
    *variable = (struct parser_variable){name, parser->template->variable_count++, *bucket};
    *bucket = variable;
    return variable->number;
}

struct vtl_macro *parser_find_macro(struct parser *parser, struct slice name)
{
    struct parser_macro *macro = parser->macros[slice_hash(name) % PARSER_BUCKETS];
    while (macro != NULL && !slice_eq(macro->macro.name, name)) {
        macro = macro->next;
    }
    return macro != NULL ? &macro->macro : NULL;
}

/* --- characters --- */

bool parser_take(struct parser *parser, const char *text)
{
    bool has = slice_starts_with(parser_rest(parser), slice_from(text));
    parser->at += has ? strlen(text) : 0;
    return has;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void parser_skip_space(struct parser *parser)
{
    while (parser->at < parser->end && is_space(*parser->at)) {
        parser->at++;
    }
}

static bool take_line_end(struct parser *parser)
{
    return parser_take(parser, "\r\n") || parser_take(parser, "\n") || parser_take(parser, "\r");
}

void parser_skip_line_end(struct parser *parser)
{
    const char *start = parser->at;
    while (parser_is(parser, 0, ' ') || parser_is(parser, 0, '\t')) {
        parser->at++;
    }
    if (!take_line_end(parser)) {
        parser->at = start;
    }
}

static bool is_word_char(char c, bool is_first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' ||
           (!is_first && c >= '0' && c <= '9');
}

size_t parser_word_len(const struct parser *parser, const char *from)
{
    const char *at = from;
    while (at < parser->end && is_word_char(*at, at == from)) {
        at++;
    }
    return (size_t)(at - from);
}

/* --- text --- */

static enum status skip_comment(struct parser *parser)
{
    const char *start = parser->at;
    if (parser_take(parser, "##")) {
        while (parser->at < parser->end && *parser->at != '\n' && *parser->at != '\r') {
            parser->at++;
        }
        (void)take_line_end(parser);
        return STATUS_OK;
    }
    parser->at += 2;
    size_t len = slice_search(parser_rest(parser), SLICE("*#"));
    if (len == SLICE_NPOS) {
        return parser_fails(parser, start, STATUS_INVALID, "this #* has no *#");
    }
    parser->at += len + 2;
    return STATUS_OK;
}

static enum status parse_unparsed(struct parser *parser, struct node_list *list)
{
    const char *start = parser->at;
    parser->at += 3;
    size_t len = slice_search(parser_rest(parser), SLICE("]]#"));
    if (len == SLICE_NPOS) {
        return parser_fails(parser, start, STATUS_INVALID, "this #[[ has no ]]#");
    }
    parser_add_text(parser, list, parser->at, parser->at + len);
    parser->at += len + 3;
    return STATUS_OK;
}

/* The name behind '#' at `hash`: how long it is, with its braces; 0 for none. */
static size_t name_len(const struct parser *parser, const char *hash, struct slice *ret_name)
{
    bool has_brace = hash + 1 < parser->end && hash[1] == '{';
    const char *name = hash + (has_brace ? 2 : 1);
    size_t len = parser_word_len(parser, name);
    *ret_name = slice_of(name, len);
    if (len == 0 ||
        (has_brace && (name[0] == '@' || name + len >= parser->end || name[len] != '}'))) {
        return 0;
    }
    return len + (has_brace ? 2 : 0);
}

/* Backslashes. Before a reference they are part of it. "\#if" is the text "#if"; "\\#if" a backslash and a directive. What
 * is neither a directive nor a macro keeps all of them. */
static enum status parse_backslashes(struct parser *parser, struct node_list *list)
{
    const char *start = parser->at, *hash = start;
    struct slice name;
    while (hash < parser->end && *hash == '\\') {
        hash++;
    }
    size_t count = (size_t)(hash - start);
    if (hash < parser->end && *hash == '$') {
        return parse_reference_in_text(parser, list);
    }
    size_t len = hash < parser->end && *hash == '#' ? name_len(parser, hash, &name) : 0;
    bool is_known =
        len > 0 && (is_directive_name(name) || parser_find_macro(parser, name) != NULL ||
                    (count % 2 == 1 && slice_is(name, "set")));
    parser_add_text(parser, list, start, is_known ? start + count / 2 : hash);
    parser->at = hash;
    if (len > 0 && count % 2 == 1) {
        parser_add_text(parser, list, hash, hash + 1 + len);
        parser->at = hash + 1 + len;
    }
    return STATUS_OK;
}

static enum status parse_hash(struct parser *parser, struct node_list *list,
                              enum block_end *ret_end)
{
    struct slice name;
    if (parser_is(parser, 1, '#') || parser_is(parser, 1, '*')) {
        return skip_comment(parser);
    }
    if (parser_is(parser, 1, '[') && parser_is(parser, 2, '[')) {
        return parse_unparsed(parser, list);
    }
    if (name_len(parser, parser->at, &name) > 0) {
        return parse_directive(parser, list, ret_end);
    }
    if (parser->at + 1 == parser->end && !parser->is_in_quotes) {
        return parser_fails(parser, parser->at, STATUS_INVALID, "a template may not end with '#'");
    }
    const char *hash = parser->at++;
    if (parser_is_before_text(parser)) {
        parser_add_text(parser, list, hash, hash + 1);
    }
    return STATUS_OK;
}

static void parse_text(struct parser *parser, struct node_list *list)
{
    const char *start = parser->at;
    while (parser->at < parser->end && *parser->at != '$' && *parser->at != '#' &&
           *parser->at != '\\') {
        parser->at++;
    }
    parser_add_text(parser, list, start, parser->at);
}

static enum status parse_statement(struct parser *parser, struct node_list *list,
                                   enum block_end *ret_end)
{
    /* #set takes the blanks before it, but not those that end a text. */
    if (parser_take_set(parser)) {
        return parse_set(parser, list);
    }
    switch (*parser->at) {
    case '#':
        return parse_hash(parser, list, ret_end);
    case '$':
        return parse_reference_in_text(parser, list);
    case '\\':
        return parse_backslashes(parser, list);
    default:
        parse_text(parser, list);
        return STATUS_OK;
    }
}

enum status parse_block(struct parser *parser, const struct vtl_node **ret_block,
                        enum block_end *ret_end)
{
    struct node_list list = {.first = NULL};
    enum block_end end = BLOCK_TEXT_ENDS;
    enum status status = parser_descend(parser);
    while (status == STATUS_OK && end == BLOCK_TEXT_ENDS && parser->at < parser->end) {
        status = parse_statement(parser, &list, &end);
    }
    parser->depth -= status == STATUS_OK ? 1 : 0;
    *ret_block = list.first;
    *ret_end = end;
    return status;
}

/* #if, #else, #elseif, #end or #[[ at `hash`. */
static bool is_token_alone(const struct parser *parser, const char *hash)
{
    struct slice name;
    if ((size_t)(parser->end - hash) > 2 && hash[1] == '[' && hash[2] == '[') {
        return true;
    }
    return name_len(parser, hash, &name) > 0 && (slice_is(name, "if") || slice_is(name, "else") ||
                                                 slice_is(name, "elseif") || slice_is(name, "end"));
}

bool parser_is_before_text(struct parser *parser)
{
    const char *start = parser->at, *hash = start;
    struct slice name;
    bool is_set = parser_take_set(parser);
    parser->at = start;
    while (hash < parser->end && *hash == '\\') {
        hash++;
    }
    if (is_set || hash == start) {
        return !is_set && (hash == parser->end || *hash != '#' || !is_token_alone(parser, hash));
    }
    bool is_escape = hash < parser->end && *hash == '#' && name_len(parser, hash, &name) > 0;
    return (hash < parser->end && *hash == '$') || (hash - start == 1 && !is_escape);
}

/* --- the whole --- */

/* Macros may be defined behind where they are called. */
static enum status resolve_calls(struct parser *parser)
{
    for (struct parser_call *call = parser->calls; call != NULL; call = call->next) {
        struct vtl_node *node = call->node;
        node->of.call.macro = parser_find_macro(parser, node->of.call.name);
        for (const struct vtl_node *argument = node->of.call.arguments;
             argument != NULL && node->of.call.macro != NULL; argument = argument->next) {
            if (argument->kind == NODE_LITERAL && argument->of.literal.kind == VTL_NULL) {
                return parser_fails(parser, parser->template->text.ptr + argument->offset,
                                    STATUS_INVALID, "'%.*s' is no argument of a macro",
                                    SLICE_ARG(argument->text));
            }
        }
    }
    return STATUS_OK;
}

static enum status parse_template(struct parser *parser)
{
    static const char *const known[VARIABLE_KNOWN_COUNT] = {
        [VARIABLE_INPUT] = "input",
        [VARIABLE_UTIL] = "util",
        [VARIABLE_CONTEXT] = "context",
        [VARIABLE_STAGE_VARIABLES] = "stageVariables",
        [VARIABLE_FOREACH] = "foreach",
        [VARIABLE_BODY_CONTENT] = "bodyContent",
        [VARIABLE_VELOCITY_COUNT] = "velocityCount",
        [VARIABLE_VELOCITY_HAS_NEXT] = "velocityHasNext",
    };
    enum block_end end;
    for (size_t i = 0; i < VARIABLE_KNOWN_COUNT; i++) {
        (void)parser_variable(parser, slice_from(known[i]));
    }
    enum status status = parse_block(parser, &parser->template->block, &end);
    if (status == STATUS_OK && end != BLOCK_TEXT_ENDS) {
        const char *name = end == BLOCK_END ? "#end" : end == BLOCK_ELSE ? "#else" : "#elseif";
        return parser_fails(parser, parser->at, STATUS_INVALID,
                            "the %s before this belongs to no directive", name);
    }
    return status == STATUS_OK ? resolve_calls(parser) : status;
}

enum status vtl_compile(struct slice text, struct vtl_template **ret_template, struct fault *reterr)
{
    if (text.len > VTL_TEXT_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "a mapping template may have %u KB",
                         VTL_TEXT_MAX >> 10);
    }
    struct vtl_template *template = mem_zalloc(sizeof *template);
    arena_init(&template->arena, 1024);
    template->text = arena_copy(&template->arena, text);
    struct parser *parser = mem_zalloc(sizeof *parser);
    *parser = (struct parser){.template = template,
                              .arena = &template->arena,
                              .at = template->text.ptr,
                              .end = template->text.ptr + template->text.len,
                              .origin = SIZE_MAX,
                              .reterr = reterr};
    enum status status = parse_template(parser);
    mem_free(parser);
    if (status != STATUS_OK) {
        vtl_destroy(template);
        return status;
    }
    *ret_template = template;
    return STATUS_OK;
}

void vtl_destroy(struct vtl_template *template)
{
    if (template != NULL) {
        arena_finish(&template->arena);
        mem_free(template);
    }
}
