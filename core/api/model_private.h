/* What the readers of requests share. Private to core/api/model*.c. */
#ifndef SLS_CORE_API_MODEL_PRIVATE_H
#define SLS_CORE_API_MODEL_PRIVATE_H

#include "core/api/model_shapes.h"

struct model_parse {
    const struct model *model;
    struct arena *arena;
    size_t fields_left; /* of MODEL_FIELDS_MAX */
};

/* A record without a value; counts its members. NULL: the request holds too much. */
struct record *model_record(struct model_parse *parse, const struct shape *shape);
const struct model_fault *model_too_much(struct model_parse *parse);

/* Elements of a list or entries of a map under construction; memory doubles. */
struct model_items {
    struct field *items;
    size_t count;
    size_t cap;
};
/* NULL: the request holds too much. */
struct field *model_add_item(struct model_parse *parse, struct model_items *items);

/* Of a JSON object, those members that come from the body. */
MUST_CHECK const struct model_fault *model_json_record(struct model_parse *parse,
                                                       const struct shape *shape, struct slice body,
                                                       struct record **ret_record);
/* Body, path, query string and headers in one record. */
MUST_CHECK const struct model_fault *model_parse_rest(const struct model *model,
                                                      struct api_call *call,
                                                      const struct shape *shape,
                                                      const struct record **ret_record);
/* A scalar from a form, path, query or header. */
MUST_CHECK const struct model_fault *model_text_value(struct model_parse *parse,
                                                      const struct shape *shape, struct slice text,
                                                      struct field *field);
/* Every violated constraint of `record`, in one fault; NULL when there is none. */
MUST_CHECK const struct model_fault *model_constraints(const struct model *model,
                                                       struct arena *arena,
                                                       const struct shape *shape,
                                                       const struct record *record);

#endif
