#include "scheduler/pattern/pattern_parser.h"

#include "core/buf.h"

#include <stdlib.h>

/* Fields and rules. With "$or"s a pattern is several conjunctions: each "$or" makes of every conjunction so far as many
 * as it has branches, and a rule goes into all there are at that moment, in place of an earlier one of the field. */

/* A conjunction in the making: which clause each path has, plus one; 0: none. */
struct draft {
    uint16_t *clauses;
    size_t capacity;
};

struct drafts {
    struct draft *items;
    size_t count;
    size_t capacity;
};

struct compiler {
    struct parser parser;
    struct pattern *pattern;
    bool has_or; /* "$or" is more than a name */
    struct clause *clauses;
    size_t clause_count;
    size_t clause_capacity;
    struct drafts drafts;
    struct buf path;
    uint64_t combinations;
};

static void *grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return items;
    }
    size_t old = *capacity;
    *capacity = old == 0 ? 8 : old * 2;
    void *grown = arena_array(arena, *capacity, size);
    if (old > 0) {
        memcpy(grown, items, old * size);
    }
    return grown;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* --- drafts --- */

static void append_draft(struct compiler *compiler, struct drafts *drafts, struct draft draft)
{
    drafts->items = grow(compiler->parser.arena, drafts->items, drafts->count, &drafts->capacity,
                         sizeof *drafts->items);
    drafts->items[drafts->count++] = draft;
}

static struct drafts copy_drafts(struct compiler *compiler, const struct drafts *drafts)
{
    struct drafts copy = {.items = NULL};
    for (size_t i = 0; i < drafts->count; i++) {
        struct draft draft = drafts->items[i];
        uint16_t *clauses = arena_array(compiler->parser.arena, draft.capacity, sizeof *clauses);
        if (draft.capacity > 0) {
            memcpy(clauses, draft.clauses, draft.capacity * sizeof *clauses);
        }
        draft.clauses = clauses;
        append_draft(compiler, &copy, draft);
    }
    return copy;
}

static void put_clause(struct compiler *compiler, uint32_t path_id, size_t clause)
{
    struct drafts *drafts = &compiler->drafts;
    if (drafts->count == 0) {
        append_draft(compiler, drafts, (struct draft){.clauses = NULL});
    }
    for (size_t i = 0; i < drafts->count; i++) {
        struct draft *draft = &drafts->items[i];
        while (draft->capacity <= path_id) {
            draft->clauses = grow(compiler->parser.arena, draft->clauses, draft->capacity,
                                  &draft->capacity, sizeof *draft->clauses);
        }
        draft->clauses[path_id] = (uint16_t)(clause + 1);
    }
}

/* --- rules --- */

static bool check_wildcards(struct compiler *compiler, const struct clause *clause)
{
    struct arena *arena = compiler->parser.arena;
    const struct wildcard **wildcards = arena_array(arena, clause->count, sizeof *wildcards);
    size_t count = 0;
    for (size_t i = 0; i < clause->count; i++) {
        const struct item *item = &clause->items[i];
        if (item->kind == ITEM_WILDCARD && !item->is_negated) {
            wildcards[count++] = &item->operands[0].wildcard;
        }
        for (size_t k = 0; item->kind == ITEM_WILDCARD && item->is_negated && k < item->count;
             k++) {
            const struct wildcard *one = &item->operands[k].wildcard;
            if (wildcards_are_complex(&one, 1)) {
                count = PATTERN_WILDCARD_PLACES_MAX + 1;
            }
        }
    }
    return count == 0 || !wildcards_are_complex(wildcards, count) ||
           parser_fail_nowhere(&compiler->parser,
                               "Rule is too complex - try using fewer wildcard characters or fewer "
                               "repeating character sequences after a wildcard character");
}

/* From behind the bracket to behind the closing one; the path is the field's. */
static bool parse_rule(struct compiler *compiler, unsigned depth)
{
    struct parser *parser = &compiler->parser;
    struct item *items = NULL;
    size_t count = 0, capacity = 0;
    struct token token;
    for (;;) {
        if (!parser_next(parser, false, &token)) {
            return false;
        }
        if (token.kind == TOKEN_ARRAY_END) {
            break;
        }
        items = grow(parser->arena, items, count, &capacity, sizeof *items);
        if (!parser_item(parser, token, &items[count++])) {
            return false;
        }
    }
    if (count == 0) {
        return parser_fail(parser, token, "Empty arrays are not allowed");
    }
    if (compiler->clause_count == PATTERN_CLAUSES_MAX) {
        return parser_fail(parser, token, "There are more than %u fields", PATTERN_CLAUSES_MAX);
    }
    struct slice path = buf_slice(&compiler->path);
    struct clause clause = {
        .path_id = paths_add(compiler->pattern->paths, path),
        .path = arena_copy(parser->arena, path),
        .items = items,
        .count = count,
    };
    compiler->clauses = grow(parser->arena, compiler->clauses, compiler->clause_count,
                             &compiler->clause_capacity, sizeof *compiler->clauses);
    compiler->clauses[compiler->clause_count] = clause;
    put_clause(compiler, clause.path_id, compiler->clause_count++);
    compiler->combinations = multiply(compiler->combinations, multiply(count, depth));
    return check_wildcards(compiler, &clause);
}

/* --- objects --- */

static bool parse_object(struct compiler *compiler, unsigned depth, bool is_in_or);

static bool is_reserved(struct slice name)
{
    /* What event-ruler keeps for itself inside "$or". */
    static const char *const names[] = {
        "exactly",
        "equals-ignore-case",
        "prefix",
        "suffix",
        "anything-but",
        "exists",
        "wildcard",
        "numeric",
        "cidr",
        "=",
        "<",
        "<=",
        ">",
        ">=",
        "regex",
        "not-wildcard",
        "not-equals-ignore-case",
        "date-after",
        "date-on-or-after",
        "date-before",
        "date-on-or-before",
        "in-date-range",
        "ip-address-in-range",
        "ip-address-not-in-range",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

static bool parse_or(struct compiler *compiler, unsigned depth)
{
    struct parser *parser = &compiler->parser;
    struct token token;
    if (!parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind != TOKEN_ARRAY) {
        return parser_fail(parser, token, "It must be an Array followed with $or.");
    }
    struct drafts before = compiler->drafts;
    struct drafts after = {.items = NULL};
    uint64_t combinations = compiler->combinations;
    uint64_t sum = 0;
    size_t branches = 0;
    for (;; branches++) {
        if (!parser_next(parser, false, &token)) {
            return false;
        }
        if (token.kind == TOKEN_ARRAY_END) {
            break;
        }
        if (token.kind != TOKEN_OBJECT) {
            return parser_fail(parser, token,
                               "Only JSON object is allowed in array of $or relationship.");
        }
        compiler->drafts = copy_drafts(compiler, &before);
        compiler->combinations = combinations;
        if (!parse_object(compiler, depth, true)) {
            return false;
        }
        sum = add(sum, compiler->combinations);
        if (after.count + compiler->drafts.count > PATTERN_COMBINATIONS_MAX) {
            return parser_fail(parser, token,
                               "There must not be more than %u combinations of $or conditions",
                               PATTERN_COMBINATIONS_MAX);
        }
        for (size_t i = 0; i < compiler->drafts.count; i++) {
            append_draft(compiler, &after, compiler->drafts.items[i]);
        }
    }
    if (branches < 2) {
        return parser_fail(parser, token,
                           "There must have at least 2 Objects in $or relationship.");
    }
    compiler->drafts = after;
    compiler->combinations = sum;
    return true;
}

/* The value behind a name. */
static bool parse_field(struct compiler *compiler, struct slice name, unsigned depth, bool is_in_or)
{
    struct parser *parser = &compiler->parser;
    size_t path_len = compiler->path.len;
    struct token token;
    if (!parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind != TOKEN_OBJECT && token.kind != TOKEN_ARRAY) {
        return parser_fail(parser, token, "\"%.*s\" must be an object or an array",
                           SLICE_ARG(name));
    }
    if (path_len > 0) {
        buf_append_char(&compiler->path, '.');
    }
    buf_append(&compiler->path, name);
    bool is_parsed = token.kind == TOKEN_OBJECT ? parse_object(compiler, depth + 1, is_in_or)
                                                : parse_rule(compiler, depth);
    compiler->path.len = path_len;
    return is_parsed;
}

/* From behind the bracket to behind the closing one. */
static bool parse_object(struct compiler *compiler, unsigned depth, bool is_in_or)
{
    struct parser *parser = &compiler->parser;
    struct token token;
    for (size_t count = 0;; count++) {
        if (!parser_next(parser, true, &token)) {
            return false;
        }
        if (token.kind == TOKEN_OBJECT_END) {
            return count > 0 || parser_fail(parser, token, "Empty objects are not allowed");
        }
        struct slice name = token_text(parser->arena, token);
        compiler->pattern->facts.names += depth == 1 && !is_in_or ? 1 : 0;
        if (compiler->has_or && slice_is(name, "$or")) {
            if (!parse_or(compiler, depth)) {
                return false;
            }
            continue;
        }
        if (is_in_or && is_reserved(name)) {
            return parser_fail(parser, token,
                               "%.*s is Ruler reserved fieldName which cannot be used inside $or.",
                               SLICE_ARG(name));
        }
        compiler->pattern->facts.is_nested = compiler->pattern->facts.is_nested || depth > 1;
        if (!parse_field(compiler, name, depth, is_in_or)) {
            return false;
        }
    }
}

/* --- the whole --- */

/* The clauses of a draft, in the order of their paths. */
static struct conjunction finish_draft(struct compiler *compiler, const struct draft *draft,
                                       const uint32_t *order)
{
    uint16_t *clauses =
        arena_array(compiler->parser.arena, compiler->clause_count, sizeof *clauses);
    struct conjunction conjunction = {.clauses = clauses};
    for (size_t i = 0; i < paths_count(compiler->pattern->paths); i++) {
        if (order[i] < draft->capacity && draft->clauses[order[i]] != 0) {
            clauses[conjunction.count++] = (uint16_t)(draft->clauses[order[i]] - 1);
        }
    }
    return conjunction;
}

struct path_order {
    struct slice path;
    uint32_t id;
};

static int compare_paths(const void *a, const void *b)
{
    const struct path_order *left = a, *right = b;
    return slice_compare(left->path, right->path);
}

/* Ids of paths, in the order of the paths. */
static const uint32_t *sort_paths(struct compiler *compiler)
{
    struct arena *arena = compiler->parser.arena;
    size_t count = paths_count(compiler->pattern->paths);
    struct path_order *paths = arena_array(arena, count, sizeof *paths);
    uint32_t *order = arena_array(arena, count, sizeof *order);
    for (size_t i = 0; i < compiler->clause_count; i++) {
        const struct clause *clause = &compiler->clauses[i];
        paths[clause->path_id] = (struct path_order){clause->path, clause->path_id};
    }
    qsort(paths, count, sizeof *paths, compare_paths);
    for (size_t i = 0; i < count; i++) {
        order[i] = paths[i].id;
    }
    return order;
}

static void finish(struct compiler *compiler)
{
    struct pattern *pattern = compiler->pattern;
    const uint32_t *order = sort_paths(compiler);
    struct conjunction *conjunctions =
        arena_array(compiler->parser.arena, compiler->drafts.count, sizeof *conjunctions);
    for (size_t i = 0; i < compiler->drafts.count; i++) {
        conjunctions[i] = finish_draft(compiler, &compiler->drafts.items[i], order);
    }
    pattern->conjunctions = conjunctions;
    pattern->conjunction_count = compiler->drafts.count;
    pattern->clauses = compiler->clauses;
    pattern->clause_count = compiler->clause_count;
    pattern->facts.rules = (uint32_t)compiler->clause_count;
    pattern->facts.combinations = compiler->combinations;
}

static bool compile(struct compiler *compiler)
{
    struct token token;
    if (!parser_next(&compiler->parser, false, &token)) {
        return false;
    }
    if (token.kind != TOKEN_OBJECT) {
        return parser_fail(&compiler->parser, token, "Filter is not an object");
    }
    if (!parse_object(compiler, 1, false)) {
        return false;
    }
    if (compiler->parser.valid_end != compiler->parser.text.ptr + compiler->parser.text.len) {
        return parser_next(&compiler->parser, false, &token); /* something follows the object */
    }
    finish(compiler);
    return true;
}

static struct pattern *compile_text(struct arena *arena, struct slice text, size_t valid_len,
                                    bool has_or, struct pattern_fault *reterr)
{
    struct compiler compiler = {
        .parser = {.arena = arena,
                   .text = text,
                   .valid_end = text.ptr + valid_len,
                   .reader = token_reader_init(text),
                   .reterr = reterr},
        .pattern = arena_alloc(arena, sizeof *compiler.pattern),
        .has_or = has_or,
        .path = BUF_INIT(PATTERN_LEN_MAX),
        .combinations = 1,
    };
    compiler.pattern->text = text;
    compiler.pattern->paths = paths_create(arena);
    bool is_compiled = compile(&compiler);
    buf_finish(&compiler.path);
    return is_compiled ? compiler.pattern : NULL;
}

enum status pattern_parse(struct arena *arena, struct slice text,
                          const struct pattern **ret_pattern, struct pattern_fault *reterr)
{
    if (text.len > PATTERN_LEN_MAX) {
        *reterr = (struct pattern_fault){.reason = SLICE("Event pattern is too long")};
        return STATUS_LIMIT;
    }
    struct slice copy = text.len > 0 ? arena_copy(arena, text) : SLICE("");
    size_t valid_len;
    if (json_validate(copy, &valid_len)) {
        valid_len = copy.len;
    }
    struct pattern *pattern = compile_text(arena, copy, valid_len, true, reterr);
    if (pattern == NULL && slice_search(copy, SLICE("$or")) != SLICE_NPOS) {
        struct pattern_fault fault;
        pattern = compile_text(arena, copy, valid_len, false, &fault);
    }
    if (pattern == NULL) {
        return STATUS_INVALID;
    }
    *ret_pattern = pattern;
    return STATUS_OK;
}

struct pattern_facts pattern_facts(const struct pattern *pattern)
{
    return pattern->facts;
}

unsigned pattern_uses(const struct pattern *pattern, struct slice member)
{
    struct path_facts facts = paths_find(pattern->paths, member);
    return (facts.id != PATH_NONE ? PATTERN_USES_VALUE : 0U) |
           (facts.has_deeper ? PATTERN_USES_OBJECT : 0U);
}
