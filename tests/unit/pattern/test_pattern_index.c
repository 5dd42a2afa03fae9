#include "scheduler/pattern/pattern_index.h"

#include "core/buf.h"
#include "core/mem.h"

#include <criterion/criterion.h>

struct rule {
    struct pattern_entry entry;
    struct arena arena;
    size_t number;
};

struct matches {
    size_t numbers[64];
    size_t count;
};

static struct rule *add(struct pattern_index *index, size_t number, const char *text)
{
    struct rule *rule = mem_zalloc(sizeof *rule);
    struct pattern_fault fault;
    arena_init(&rule->arena, 256);
    rule->number = number;
    cr_assert_eq(pattern_parse(&rule->arena, slice_from(text), &rule->entry.pattern, &fault),
                 STATUS_OK, "%s", text);
    pattern_index_add(index, &rule->entry);
    return rule;
}

static void drop(struct rule *rule)
{
    arena_finish(&rule->arena);
    mem_free(rule);
}

static void on_match(void *ctx, struct pattern_entry *entry)
{
    struct matches *matches = ctx;
    cr_assert_lt(matches->count, 64);
    matches->numbers[matches->count++] = CONTAINER_OF(entry, struct rule, entry)->number;
}

/* The numbers of the rules that match, as text: "0 3". */
static const char *match(struct pattern_index *index, const char *event, struct buf *text)
{
    struct matches matches = {.count = 0};
    pattern_index_match(index, slice_from(event), on_match, &matches);
    buf_clear(text);
    for (size_t i = 0; i < matches.count; i++) {
        buf_printf(text, "%s%zu", i > 0 ? " " : "", matches.numbers[i]);
    }
    return buf_cstr(text);
}

static const char *const patterns[] = {
    "{\"source\":[\"a\"]}",
    "{\"source\":[\"a\",\"b\"],\"detail\":{\"id\":[\"1\"]}}",
    "{\"source\":[{\"prefix\":\"\"}]}",
    "{\"$or\":[{\"source\":[\"b\"]},{\"detail\":{\"n\":[1]}}]}",
    "{\"detail\":{\"x\":[{\"exists\":false}]}}",
    "{\"source\":[\"a\",{\"suffix\":\"z\"}]}",
    "{\"resources\":[\"r1\",\"r2\"]}",
    "{\"ip\":[\"10.0.0.1\"]}",
    "{\"source\":[\"a\",\"a\"],\"detail-type\":[\"t\"]}",
};

Test(pattern_index, finds_what_each_pattern_alone_finds)
{
    static const struct {
        const char *event;
        const char *wanted;
    } rows[] = {
        {"{\"source\":\"a\"}", "0 2 4 5"},
        {"{\"source\":\"a\",\"detail\":{\"id\":\"1\",\"x\":1}}", "0 1 2 5"},
        {"{\"source\":\"b\",\"detail\":{\"id\":\"1\",\"n\":1}}", "1 2 3 4"},
        {"{\"detail\":{\"n\":1.0}}", "3 4"},
        {"{\"source\":\"fizz\",\"resources\":[\"r2\",\"r1\"]}", "2 4 5 6"},
        {"{\"ip\":\"10.0.0.1\"}", "4 7"},
        {"{\"source\":[\"x\",\"a\"],\"detail-type\":\"t\"}", "0 2 4 5 8"},
        {"[]", "4"},
    };
    AUTO_BUF text = BUF_INIT(1024);
    struct pattern_index *index = pattern_index_create();
    struct rule *rules[COUNT_OF(patterns)];
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        rules[i] = add(index, i, patterns[i]);
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_str_eq(match(index, rows[i].event, &text), rows[i].wanted, "%s", rows[i].event);
    }
    pattern_index_remove(index, &rules[0]->entry);
    pattern_index_remove(index, &rules[4]->entry);
    cr_expect_str_eq(match(index, rows[0].event, &text), "2 5");
    pattern_index_destroy(index);
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        drop(rules[i]);
    }
}

Test(pattern_index, forgets_the_paths_of_what_is_long_gone)
{
    AUTO_BUF text = BUF_INIT(1024);
    struct pattern_index *index = pattern_index_create();
    struct rule *kept = add(index, 1, "{\"source\":[\"a\"],\"p7\":[\"x\"]}");
    for (size_t i = 0; i < 1000; i++) {
        char pattern[64];
        (void)snprintf(pattern, sizeof pattern, "{\"p%zu\":[\"x\"]}", i);
        struct rule *rule = add(index, 2, pattern);
        cr_expect_str_eq(match(index, "{\"source\":\"a\",\"p7\":\"x\"}", &text),
                         i == 7 ? "1 2" : "1");
        pattern_index_remove(index, &rule->entry);
        drop(rule);
    }
    pattern_index_destroy(index);
    drop(kept);
}

static size_t count_candidates(struct rule *const *rules, size_t count, const struct rule *one)
{
    size_t candidates = 0;
    for (size_t i = 0; i < count; i++) {
        candidates += rules[i]->entry.seen == one->entry.seen ? 1 : 0;
    }
    return candidates;
}

Test(pattern_index, looks_at_no_rule_whose_field_is_missing)
{
    AUTO_BUF text = BUF_INIT(1024);
    struct pattern_index *index = pattern_index_create();
    static const char *const without_strings[] = {
        "{\"detail\":{\"price\":[{\"numeric\":[\">\",7]}]}}",
        "{\"detail\":{\"path\":[{\"prefix\":\"/a\"}]}}",
        "{\"detail\":{\"state\":[{\"anything-but\":\"paid\"}]}}",
        "{\"detail\":{\"state\":[\"new\",null]}}",
        "{\"detail\":{\"price\":[{\"exists\":false}, 7]}}",
        "{\"detail\":{\"price\":[{\"exists\":true}],\"path\":[{\"exists\":false}]}}",
    };
    struct rule *rules[COUNT_OF(without_strings)];
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        rules[i] = add(index, i, without_strings[i]);
    }
    cr_expect_str_eq(match(index, "{\"detail\":{\"path\":\"/a/b\"}}", &text), "1 4");
    cr_expect_eq(count_candidates(rules, COUNT_OF(rules), rules[4]), 2);
    cr_expect_str_eq(match(index, "{\"detail\":{\"price\":8,\"state\":null}}", &text), "0 2 3 5");
    cr_expect_eq(count_candidates(rules, COUNT_OF(rules), rules[4]), 5);
    cr_expect_str_eq(match(index, "{\"detail\":{}}", &text), "4");
    cr_expect_eq(count_candidates(rules, COUNT_OF(rules), rules[4]), 1);
    pattern_index_destroy(index);
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        drop(rules[i]);
    }
}

Test(pattern_index, looks_at_few_of_ten_thousand_rules)
{
    AUTO_BUF text = BUF_INIT(1024);
    enum { COUNT = 10000 };
    struct pattern_index *index = pattern_index_create();
    struct rule **rules = mem_array(COUNT, sizeof(struct rule *));
    for (size_t i = 0; i < COUNT; i++) {
        char pattern[128];
        (void)snprintf(
            pattern, sizeof pattern,
            "{\"source\":[\"shop\"],\"detail-type\":[\"order\"],"
            "\"detail\":{\"customer\":[\"c%zu\"],\"total\":[{\"numeric\":[\">\",%zu]}]}}",
            i, i);
        rules[i] = add(index, i, pattern);
    }
    const char *event = "{\"source\":\"shop\",\"detail-type\":\"order\","
                        "\"detail\":{\"customer\":\"c77\",\"total\":78}}";
    cr_expect_str_eq(match(index, event, &text), "77");
    size_t candidates = count_candidates(rules, COUNT, rules[77]);
    cr_expect_leq(candidates, 2, "%zu", candidates);
    pattern_index_destroy(index);
    for (size_t i = 0; i < COUNT; i++) {
        drop(rules[i]);
    }
    mem_free(rules);
}
