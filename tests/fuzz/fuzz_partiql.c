/* links: sls_store */
/* Any text is parsed, bound and planned. What is accepted evaluates on an item without a fault, and binding it again gives
 * the same plan; what is refused is a ValidationException. */
#include "store/partiql/partiql.h"

#include <assert.h>

#define STATEMENT_LEN_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct key_schema keys = {
    {{SLICE_INIT("pk"), ATTR_S}, {SLICE_INIT("sk"), ATTR_S}}, 1, 1};

static struct attr parameters[3];

static void use_select(struct arena *arena, const struct partiql *partiql, struct slice item)
{
    for (int is_entry = 0; is_entry < 2; is_entry++) {
        struct partiql_reads reads;
        const struct problem *problem = partiql_plan_reads(arena, partiql, &keys, is_entry, &reads);
        assert(problem == NULL || problem->kind == PROBLEM_VALIDATION);
        assert(problem != NULL || reads.count <= PARTIQL_READS_MAX);
    }
    for (size_t i = 0; i < partiql->column_count; i++) {
        (void)path_get(&partiql->columns[i], item);
    }
}

static void use_update(struct arena *arena, const struct partiql *partiql, struct slice item)
{
    struct slice updated = SLICE_NULL;
    const struct problem *problem =
        update_apply(arena, &partiql->update, item, SLICE_NULL, &updated);
    assert(problem == NULL || problem->kind == PROBLEM_VALIDATION);
    if (problem == NULL) {
        (void)item_size(updated);
        (void)update_touched(arena, &partiql->update, updated);
    }
}

static void use(struct arena *arena, const struct partiql *partiql, struct slice item)
{
    struct partiql_key key;
    if (partiql->where != NULL) {
        (void)expression_matches(partiql->where, item);
    }
    partiql_plan_key(arena, &keys, partiql->where, true, &key);
    assert(key.key.ptr == NULL || attr_count(key.key) == 2);
    if (key.rest != NULL) {
        (void)expression_matches(key.rest, item);
    }
    if (partiql->kind == PARTIQL_SELECT || partiql->kind == PARTIQL_EXISTS) {
        use_select(arena, partiql, item);
    } else if (partiql->kind == PARTIQL_UPDATE) {
        use_update(arena, partiql, item);
    } else if (partiql->kind == PARTIQL_INSERT) {
        (void)item_size(partiql->item);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = slice_of((const char *)bytes, len);
    const struct partiql_statement *statement = NULL;
    const struct partiql *partiql = NULL;
    struct item_input item;
    if (len == 0 || len > STATEMENT_LEN_MAX || !slice_is_utf8(text)) {
        return 0;
    }
    struct slice json =
        SLICE("{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"b\"},\"n\":{\"N\":\"1\"},\"ss\":{"
              "\"SS\":[\"a\",\"b\"]},\"l\":{\"L\":[{\"N\":\"1\"},{\"M\":{\"k\":{\"S\":"
              "\"v\"}}}]},\"m\":{\"M\":{\"k\":{\"BOOL\":true}}}}");
    const struct problem *problem = item_parse(&arena, json, &item);
    assert(problem == NULL && item.bad == NULL);
    parameters[0] = (struct attr){ATTR_S, SLICE("a")};
    parameters[1] = item_get(item.item, SLICE("ss"));
    parameters[2] = item_get(item.item, SLICE("m"));
    problem = partiql_parse(&arena, text, &statement);
    if (problem == NULL && statement->parameter_count <= 3) {
        problem = partiql_bind(&arena, statement, parameters, statement->parameter_count, &partiql);
    }
    assert(problem == NULL || problem->kind == PROBLEM_VALIDATION);
    if (partiql != NULL) {
        use(&arena, partiql, item.item);
    }
    return 0;
}
