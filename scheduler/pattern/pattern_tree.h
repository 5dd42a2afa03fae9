/* A parsed pattern, as parser and evaluator see it. Private to this folder. */
#ifndef SLS_SCHEDULER_PATTERN_TREE_H
#define SLS_SCHEDULER_PATTERN_TREE_H

#include "scheduler/pattern/address.h"
#include "scheduler/pattern/limits.h"
#include "scheduler/pattern/number.h"
#include "scheduler/pattern/paths.h"
#include "scheduler/pattern/pattern.h"
#include "scheduler/pattern/wildcard.h"

enum item_kind {
    ITEM_TEXT,
    ITEM_NUMBER,
    ITEM_TRUE,
    ITEM_FALSE,
    ITEM_NULL,
    ITEM_PREFIX,
    ITEM_SUFFIX,
    ITEM_IGNORE_CASE,
    ITEM_PREFIX_IGNORE_CASE,
    ITEM_SUFFIX_IGNORE_CASE,
    ITEM_WILDCARD,
    ITEM_RANGE,   /* numeric */
    ITEM_ADDRESS, /* cidr, and strings that are addresses */
    ITEM_EXISTS,
    ITEM_ABSENT
};

struct operand {
    struct slice text; /* of a number: as written */
    bool is_comparable;
    int64_t millionths; /* of a comparable number */
    struct number_range range;
    struct address_range addresses;
    struct wildcard wildcard;
};

struct item {
    enum item_kind kind;
    bool is_negated; /* anything-but: none of the operands holds; otherwise there is at most one */
    const struct operand *operands;
    size_t count;
};

/* A field with its rule. */
struct clause {
    struct slice path;
    uint32_t path_id; /* in the pattern's own paths */
    const struct item *items;
    size_t count;
};

/* What must hold at once: clauses in the order of their paths, which is the order in which they are tried. */
struct conjunction {
    const uint16_t *clauses;
    size_t count;
};

struct pattern {
    struct slice text;
    const struct clause *clauses;
    size_t clause_count;
    const struct conjunction *conjunctions; /* one of them */
    size_t conjunction_count;
    struct paths *paths; /* of all clauses; ids from 0 in the order of their first use */
    struct pattern_facts facts;
};

#endif
