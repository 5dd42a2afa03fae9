#include "tests/unit/gateway_vtl/render.h"

#include <criterion/criterion.h>

struct rendered render(struct arena *arena, struct slice template, const struct vtl_input *input)
{
    struct rendered rendered = {.fault = {.text = ""}};
    struct vtl_template *compiled;
    AUTO_BUF out = BUF_INIT(32u << 20);
    rendered.status = vtl_compile(template, &compiled, &rendered.fault);
    if (rendered.status == STATUS_OK) {
        rendered.status =
            vtl_render(compiled, input, arena, &out, &rendered.overrides, &rendered.fault);
        vtl_destroy(compiled);
    }
    rendered.text = arena_copy(arena, buf_slice(&out));
    return rendered;
}

void expect_text(const char *template, const char *body, const char *text)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct vtl_input input = {.body = slice_from(body)};
    struct rendered rendered = render(&arena, slice_from(template), &input);
    cr_expect_eq(rendered.status, STATUS_OK, "%s: %s", template, rendered.fault.text);
    cr_expect(rendered.status != STATUS_OK || slice_is(rendered.text, text),
              "%s\nis       '%.*s'\ninstead of '%s'", template, SLICE_ARG(rendered.text), text);
}

void expect_fault(const char *template, const char *body, enum status status, const char *text)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct vtl_input input = {.body = slice_from(body)};
    struct rendered rendered = render(&arena, slice_from(template), &input);
    cr_expect_eq(rendered.status, status, "%s: %s, %s", template, status_name(rendered.status),
                 rendered.fault.text);
    cr_expect(slice_search(slice_from(rendered.fault.text), slice_from(text)) != SLICE_NPOS,
              "%s: %s", template, rendered.fault.text);
}
