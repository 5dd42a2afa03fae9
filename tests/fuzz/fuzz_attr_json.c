/* links: sls_store */
/* Any JSON is taken as an item and as a value. What is accepted prints to JSON that is accepted again, gives the same
 * bytes, and can be walked to its end; names of what is bad stay readable. */
#include "core/json_scan.h"
#include "store/value/attr_json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void walk(struct attr container)
{
    struct attr_iter iter = attr_iter(container);
    struct slice name;
    struct slice last = SLICE_NULL;
    struct attr attr;
    while (attr_next(&iter, &name, &attr)) {
        struct slice sorted_by = attr_is_set(container.type) ? attr.raw : name;
        assert(container.type == ATTR_L || last.ptr == NULL || slice_compare(last, sorted_by) < 0);
        last = sorted_by;
        assert(container.type != ATTR_M || attr_eq(item_get(container.raw, name), attr));
        if (attr.type == ATTR_M || attr.type == ATTR_L || attr_is_set(attr.type)) {
            walk(attr);
        }
    }
    assert(iter.rest.len == 0);
}

static void check_item(struct slice item, size_t json_len)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF json = BUF_INIT(64 << 20);
    struct item_input again;
    struct json_writer w = json_writer_init(&json);
    walk((struct attr){ATTR_M, item});
    assert(item_size(item) <= json_len * 2);
    item_print(&w, item);
    assert(buf_status(&json) == STATUS_OK && json_validate(buf_slice(&json), NULL));
    const struct problem *problem = item_parse(&arena, buf_slice(&json), &again);
    assert(problem == NULL && again.bad == NULL && slice_eq(again.item, item));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice json = slice_of((const char *)bytes, len);
    struct item_input item;
    struct attr_input input;
    if (!json_validate(json, NULL)) {
        return 0;
    }
    const struct problem *problem = item_parse(&arena, json, &item);
    assert(problem == NULL || problem->kind == PROBLEM_SERIALIZATION);
    if (problem == NULL && item.is_set) {
        if (item.bad == NULL) {
            check_item(item.item, len);
        } else {
            walk((struct attr){ATTR_M, item.item});
        }
    }
    problem = attr_parse(&arena, json, &input);
    assert(problem == NULL || problem->kind == PROBLEM_SERIALIZATION);
    if (problem == NULL && input.bad == NULL) {
        AUTO_BUF text = BUF_INIT(64 << 20);
        attr_print_plain(&text, input.attr);
        assert(buf_status(&text) == STATUS_OK);
    }
    return 0;
}
