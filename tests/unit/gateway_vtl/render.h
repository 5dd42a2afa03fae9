/* One template rendered: what the tests of mapping templates begin with. */
#ifndef SLS_TESTS_GATEWAY_VTL_RENDER_H
#define SLS_TESTS_GATEWAY_VTL_RENDER_H

#include "gateway/vtl/vtl.h"

struct rendered {
    enum status status; /* of compiling, or of rendering */
    struct slice text;  /* in the arena */
    struct vtl_overrides overrides;
    struct fault fault;
};

struct rendered render(struct arena *arena, struct slice template, const struct vtl_input *input);

/* Renders with a body and expects a text. */
void expect_text(const char *template, const char *body, const char *text);
/* Expects a fault with this text in it. */
void expect_fault(const char *template, const char *body, enum status status, const char *text);

#endif
