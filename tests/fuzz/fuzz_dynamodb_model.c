/* links: sls_store */
/* "Operation\n" and a body. Whatever it is, parsing it ends in a record or in a refusal; a refusal has a name and,
 * but for what is no JSON, words; what is set in a record lies within the body. */
#include "core/json_scan.h"
#include "store/api/model_shapes.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void look_at(const struct record *record, struct slice body);

static void look_at_field(const struct shape *shape, const struct field *field, struct slice body)
{
    if (!field->is_set) {
        return;
    }
    bool is_empty_attr = shape->own == &attr_type && slice_is(field->raw, "{}");
    assert(is_empty_attr ||
           (field->raw.ptr >= body.ptr && field->raw.ptr + field->raw.len <= body.ptr + body.len));
    if (shape->type == FIELD_STRUCT) {
        look_at(field->record, body);
    } else if (shape->type == FIELD_LIST || shape->type == FIELD_MAP) {
        for (size_t i = 0; i < field->count; i++) {
            look_at_field(shape->element, &field->items[i], body);
        }
    } else if (shape->own == &item_type && field_item(field)->bad == NULL) {
        (void)item_size(field_item(field)->item);
    } else if (shape->own == &attr_type && field_attr(field)->bad == NULL) {
        (void)attr_size(field_attr(field)->attr);
    }
}

static void look_at(const struct record *record, struct slice body)
{
    for (size_t i = 0; i < record->shape->member_count; i++) {
        const struct member *member = &record->shape->members[i];
        assert(record_get(record, member->id) == &record->fields[i]);
        look_at_field(member->shape, &record->fields[i], body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice body = slice_of((const char *)bytes, len);
    struct slice operation = slice_take(body, slice_find(body, '\n'));
    body = slice_skip(body, operation.len + 1);
    const struct shape *shape = dynamodb_input(operation);
    if (shape == NULL) {
        return 0;
    }
    AUTO_ARENA arena = ARENA_INIT;
    wording_choose(len % 2 == 0);
    const struct record *record = NULL;
    const struct problem *problem = dynamodb_parse(&arena, shape, body, &record);
    if (problem == NULL) {
        look_at(record, body);
        return 0;
    }
    assert(problem_wire(problem->kind)->name != NULL);
    assert(problem->text.len != 0 || !json_validate(body, NULL) ||
           slice_is(slice_trim(body), "null"));
    return 0;
}
