/* links: sls_api */
/* A form read by tables that have every kind of member: it ends in a record or in a fault with words; a list holds no
 * more than the form has pairs. */
#include "core/api/model_shapes.h"
#include "core/api/params.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define FORM_MEMBERS(X)                                                                            \
    X(A, "A")                                                                                      \
    X(B, "B")                                                                                      \
    X(C, "C")                                                                                      \
    X(D, "D")                                                                                      \
    X(E, "E")                                                                                      \
    X(F, "F")

MODEL_ENUM(FORM_MEMBERS)

static STRING(text, AT_MOST(4));
static INTEGER(whole, BETWEEN(1, 9));
static PLAIN(when, FIELD_TIMESTAMP);
static PLAIN(blob, FIELD_BLOB);
static PLAIN(real, FIELD_DOUBLE);
static LIST(list, text);
static SHAPE(flat_list, FIELD_LIST, .element = &shape_list, .is_flat = true);
static MAP(map, whole);
static SHAPE(flat_map, FIELD_MAP, .element = &shape_map, .is_flat = true, .entry_key = "A",
             .entry_value = "B");
static STRUCTURE(inner, "Inner", NEED(A, text), MAY(B, when), MAY(C, blob), MAY(D, real));
static LIST(inners, inner);
static const struct input form_inputs[] = {
    INPUT("F", MAY(A, list), MAY(B, flat_list), MAY(C, map), MAY(D, flat_map), MAY(E, inners),
          NEED(F, inner, .wire = "f")),
    INPUTS_END,
};
static const struct input *const inputs[] = {form_inputs, NULL};
MODEL_NAMES(names, FORM_MEMBERS);
static const struct model model = {.names = names, .inputs = inputs};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct http_headers params;
    const struct record *record = NULL;
    struct slice form = slice_of((const char *)bytes, len);
    if (params_parse(&arena, form, SLICE(""), &params) != STATUS_OK) {
        return 0;
    }
    const struct model_fault *fault =
        model_parse_form(&model, &arena, model_input(&model, SLICE("F")), params, &record);
    if (fault != NULL) {
        assert(fault->text.len != 0);
        return 0;
    }
    for (int id = 0; id < MEMBER_COUNT; id++) {
        const struct field *field = record_get(record, id);
        assert(id == MEMBER_F || field->count <= params.count);
    }
    return 0;
}
