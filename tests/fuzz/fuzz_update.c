/* links: sls_store */
/* Three texts, each ended by a newline: an item, an update expression, its values; a fourth, if any, is
 * AttributeUpdates. What an update makes is in the stored form: printed and parsed again it is the same bytes, and
 * what it touched is part of it. */
#include "core/json_scan.h"
#include "store/expression/legacy.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool parse_item(struct arena *arena, struct slice json, struct item_input *ret_input)
{
    return json_validate(json, NULL) && json_raw_kind(json) == JSON_OBJECT &&
           item_parse(arena, json, ret_input) == NULL && ret_input->bad == NULL;
}

static void check_form(struct arena *arena, struct slice item)
{
    AUTO_BUF buf = BUF_INIT(64 << 20);
    struct json_writer w = json_writer_init(&buf);
    item_print(&w, item);
    struct item_input again;
    bool is_item = parse_item(arena, buf_slice(&buf), &again);
    assert(is_item && slice_eq(again.item, item));
}

static void apply(struct arena *arena, const struct update *update, struct slice old_item)
{
    struct slice key = item_iter(old_item).left > 0 ? old_item : SLICE_NULL;
    struct slice starts[] = {old_item, SLICE_NULL};
    for (size_t i = 0; i < 2 && key.ptr != NULL; i++) {
        struct slice item = SLICE_NULL;
        if (update_apply(arena, update, starts[i], key, &item) != NULL || item.ptr == NULL) {
            continue;
        }
        check_form(arena, item);
        struct slice touched = update_touched(arena, update, item);
        if (touched.ptr != NULL) {
            check_form(arena, touched);
            assert(attr_count(touched) <= attr_count(item));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice rest = slice_of((const char *)bytes, len);
    struct slice texts[4] = {SLICE_NULL, SLICE_NULL, SLICE_NULL, SLICE_NULL};
    for (size_t i = 0; i < 4 && slice_split(&rest, '\n', &texts[i]); i++) {
    }
    struct item_input item;
    struct item_input values;
    if (!parse_item(&arena, texts[0], &item)) {
        return 0;
    }
    struct update update;
    struct placeholders *placeholders = NULL;
    bool has_values = parse_item(&arena, texts[2], &values);
    if (placeholders_parse(&arena, SLICE_NULL, has_values ? &values : NULL, &placeholders) ==
            NULL &&
        expression_parse_update(&arena, texts[1], placeholders, &update) == NULL) {
        apply(&arena, &update, item.item);
    }
    if (json_validate(texts[3], NULL) && legacy_updates(&arena, texts[3], &update) == NULL) {
        apply(&arena, &update, item.item);
    }
    return 0;
}
