#include "scheduler/pattern/evaluation.h"

#include "scheduler/pattern/letter_case.h"

/* A conjunction is a search: clause by clause, in the order of their paths, for a field that its rule holds for and
 * that agrees with those chosen before. {"exists": false} asks that no field agrees with them. That is event-ruler's
 * order, so that the answers are its answers even where the order shows. */

static bool text_holds(enum item_kind kind, const struct operand *operand, struct slice text)
{
    struct address address;
    switch (kind) {
    case ITEM_TEXT:
        return slice_eq(text, operand->text);
    case ITEM_PREFIX:
        return slice_starts_with(text, operand->text);
    case ITEM_SUFFIX:
        return slice_ends_with(text, operand->text);
    case ITEM_IGNORE_CASE:
        return text_ieq(text, operand->text);
    case ITEM_PREFIX_IGNORE_CASE:
        return text_istarts_with(text, operand->text);
    case ITEM_SUFFIX_IGNORE_CASE:
        return text_iends_with(text, operand->text);
    case ITEM_WILDCARD:
        return wildcard_matches(&operand->wildcard, text);
    case ITEM_ADDRESS:
        return address_parse(text, &address) && address_range_holds(&operand->addresses, &address);
    case ITEM_NUMBER:
    case ITEM_RANGE:
    case ITEM_TRUE:
    case ITEM_FALSE:
    case ITEM_NULL:
    case ITEM_EXISTS:
    case ITEM_ABSENT:
        break;
    }
    return false;
}

static bool number_holds(enum item_kind kind, const struct operand *operand,
                         const struct event_field *field)
{
    if (kind == ITEM_RANGE) {
        return field->is_comparable && number_range_holds(&operand->range, field->millionths);
    }
    if (kind != ITEM_NUMBER) {
        return false;
    }
    return (field->is_comparable && operand->is_comparable)
               ? field->millionths == operand->millionths
               : slice_eq(field->text, operand->text);
}

static bool operand_holds(enum item_kind kind, const struct operand *operand,
                          const struct event_field *field)
{
    return field->kind == FIELD_TEXT     ? text_holds(kind, operand, field->text)
           : field->kind == FIELD_NUMBER ? number_holds(kind, operand, field)
                                         : false;
}

static bool any_operand_holds(const struct item *item, const struct event_field *field)
{
    for (size_t i = 0; i < item->count; i++) {
        if (operand_holds(item->kind, &item->operands[i], field)) {
            return true;
        }
    }
    return false;
}

static bool item_holds(const struct item *item, const struct event_field *field)
{
    switch (item->kind) {
    case ITEM_EXISTS:
        return true;
    case ITEM_ABSENT:
        return false;
    case ITEM_TRUE:
        return field->kind == FIELD_TRUE;
    case ITEM_FALSE:
        return field->kind == FIELD_FALSE;
    case ITEM_NULL:
        return field->kind == FIELD_NULL;
    case ITEM_TEXT:
    case ITEM_NUMBER:
    case ITEM_PREFIX:
    case ITEM_SUFFIX:
    case ITEM_IGNORE_CASE:
    case ITEM_PREFIX_IGNORE_CASE:
    case ITEM_SUFFIX_IGNORE_CASE:
    case ITEM_WILDCARD:
    case ITEM_RANGE:
    case ITEM_ADDRESS:
        break;
    }
    return any_operand_holds(item, field) != item->is_negated;
}

static bool rule_holds(const struct clause *clause, const struct event_field *field)
{
    for (size_t i = 0; i < clause->count; i++) {
        if (item_holds(&clause->items[i], field)) {
            return true;
        }
    }
    return false;
}

/* Where a clause holds, found out when it is first asked for. */
struct finding {
    const struct event_field *fields; /* of its path */
    uint32_t *scopes;                 /* of those that it holds for; neighbours differ */
    size_t count;
    bool is_known;
    bool may_be_absent;
};

struct evaluation {
    const struct pattern *pattern;
    const struct event_fields *fields;
    const uint32_t *path_ids;
    struct arena *scratch;
    struct finding *findings; /* by clause */
    uint32_t *chosen;         /* scopes */
    uint32_t steps;
};

static size_t count_fields(const struct event_field *field)
{
    size_t count = 0;
    for (; field != NULL; field = field->next) {
        count++;
    }
    return count;
}

static void find_out(struct evaluation *evaluation, const struct clause *clause,
                     struct finding *finding)
{
    uint32_t id =
        evaluation->path_ids != NULL ? evaluation->path_ids[clause->path_id] : clause->path_id;
    finding->is_known = true;
    finding->fields = event_fields_first(evaluation->fields, id);
    for (size_t i = 0; i < clause->count; i++) {
        finding->may_be_absent = finding->may_be_absent || clause->items[i].kind == ITEM_ABSENT;
    }
    if (finding->fields == NULL) {
        return;
    }
    finding->scopes =
        arena_array(evaluation->scratch, count_fields(finding->fields), sizeof *finding->scopes);
    for (const struct event_field *field = finding->fields; field != NULL; field = field->next) {
        bool is_there = finding->count > 0 && finding->scopes[finding->count - 1] == field->scope;
        if (!is_there && rule_holds(clause, field)) {
            finding->scopes[finding->count++] = field->scope;
        }
    }
}

static const struct finding *finding_of(struct evaluation *evaluation, uint16_t clause)
{
    struct finding *finding = &evaluation->findings[clause];
    if (!finding->is_known) {
        find_out(evaluation, &evaluation->pattern->clauses[clause], finding);
    }
    return finding;
}

static bool agrees_with_chosen(struct evaluation *evaluation, uint32_t scope, size_t chosen)
{
    for (size_t i = 0; i < chosen; i++) {
        evaluation->steps++;
        if (!event_fields_agree(evaluation->fields, scope, evaluation->chosen[i])) {
            return false;
        }
    }
    return true;
}

static bool is_absent(struct evaluation *evaluation, const struct finding *finding, size_t chosen)
{
    for (const struct event_field *field = finding->fields; field != NULL; field = field->next) {
        evaluation->steps++;
        if (agrees_with_chosen(evaluation, field->scope, chosen)) {
            return false;
        }
    }
    return true;
}

static bool search(struct evaluation *evaluation, const struct conjunction *conjunction, size_t at,
                   size_t chosen)
{
    if (at == conjunction->count) {
        return true;
    }
    const struct finding *finding = finding_of(evaluation, conjunction->clauses[at]);
    if (finding->may_be_absent && is_absent(evaluation, finding, chosen) &&
        search(evaluation, conjunction, at + 1, chosen)) {
        return true;
    }
    for (size_t i = 0; i < finding->count && evaluation->steps < PATTERN_STEPS_MAX; i++) {
        uint32_t scope = finding->scopes[i];
        evaluation->steps++;
        if (!agrees_with_chosen(evaluation, scope, chosen)) {
            continue;
        }
        size_t now = chosen;
        if (scope != SCOPE_EVENT) {
            evaluation->chosen[now++] = scope;
        }
        if (search(evaluation, conjunction, at + 1, now)) {
            return true;
        }
    }
    return false;
}

static bool conjunction_holds(struct evaluation *evaluation, const struct conjunction *conjunction)
{
    for (size_t i = 0; i < conjunction->count; i++) {
        const struct finding *finding = finding_of(evaluation, conjunction->clauses[i]);
        if (finding->count == 0 && !finding->may_be_absent) {
            return false;
        }
    }
    return search(evaluation, conjunction, 0, 0);
}

bool pattern_holds(const struct pattern *pattern, const struct event_fields *fields,
                   const uint32_t *path_ids, struct arena *scratch)
{
    struct evaluation evaluation = {
        .pattern = pattern,
        .fields = fields,
        .path_ids = path_ids,
        .scratch = scratch,
        .findings = arena_array(scratch, pattern->clause_count, sizeof *evaluation.findings),
        .chosen = arena_array(scratch, pattern->clause_count, sizeof *evaluation.chosen),
    };
    for (size_t i = 0; i < pattern->conjunction_count; i++) {
        if (conjunction_holds(&evaluation, &pattern->conjunctions[i])) {
            return true;
        }
    }
    return false;
}

bool pattern_matches_parts(const struct pattern *pattern, const struct pattern_part *parts,
                           size_t count)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct event_fields *fields = event_fields_create(&arena, pattern->paths);
    event_fields_add_parts(fields, parts, count);
    return pattern_holds(pattern, fields, NULL, &arena);
}

bool pattern_matches(const struct pattern *pattern, struct slice event)
{
    struct pattern_part part = {.member = SLICE(""), .json = event};
    return pattern_matches_parts(pattern, &part, 1);
}

bool pattern_matches_attributes(const struct pattern *pattern,
                                const struct pattern_attribute *attributes, size_t count)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct event_fields *fields = event_fields_create(&arena, pattern->paths);
    for (size_t i = 0; i < count; i++) {
        event_fields_add_attribute(fields, &attributes[i]);
    }
    return pattern_holds(pattern, fields, NULL, &arena);
}
