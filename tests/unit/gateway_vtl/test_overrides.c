/* $context.requestOverride and $context.responseOverride. */
#include "tests/unit/gateway_vtl/render.h"

#include "core/mem.h"

#include <criterion/criterion.h>

static void expect_override(struct vtl_override_list list, size_t at, const char *name,
                            const char *value)
{
    cr_assert_lt(at, list.count, "%s", name);
    cr_expect(slice_is(list.items[at].name, name), "%.*s", SLICE_ARG(list.items[at].name));
    cr_assert_eq(list.items[at].count, 1, "%s", name);
    cr_expect(slice_is(list.items[at].values[0], value), "%s: %.*s", name,
              SLICE_ARG(list.items[at].values[0]));
}

static struct rendered run(struct arena *arena, const char *template, struct slice overrides)
{
    struct vtl_input input = {.overrides = overrides};
    return render(arena, slice_from(template), &input);
}

Test(vtl_overrides, are_collected_in_the_order_in_which_they_were_set)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct rendered rendered =
        run(&arena,
            "#set($context.requestOverride.header.oHeader = \"1header\")\n"
            "#set($context.requestOverride.header.multivalue = [\"1header\", \"2header\"])\n"
            "#set($context.requestOverride.path.proxy = \"proxy\")\n"
            "#set($name = \"foo\")\n"
            "#set($context.requestOverride.querystring[$name] = 5)\n"
            "$context.requestOverride.querystring.put(\"putfoo\", \"putBar\")\n"
            "#set($context[\"requestOverride\"].querystring[\"nestedfoo\"] = true)\n"
            "#set($context.responseOverride.status = 404)\n"
            "#set($context.responseOverride.header.x = \"y\")\n{}",
            SLICE(""));
    cr_assert_eq(rendered.status, STATUS_OK, "%s", rendered.fault.text);
    cr_expect(slice_is(rendered.text, "\n{}"), "'%.*s'", SLICE_ARG(rendered.text));
    const struct vtl_overrides *set = &rendered.overrides;
    cr_assert_eq(set->header.count, 2);
    expect_override(set->header, 0, "oHeader", "1header");
    cr_assert_eq(set->header.items[1].count, 2);
    cr_expect(slice_is(set->header.items[1].values[1], "2header"));
    expect_override(set->path, 0, "proxy", "proxy");
    cr_assert_eq(set->querystring.count, 3);
    expect_override(set->querystring, 0, "foo", "5");
    expect_override(set->querystring, 1, "putfoo", "putBar");
    expect_override(set->querystring, 2, "nestedfoo", "true");
    cr_expect_eq(set->response_status, 404);
    expect_override(set->response_header, 0, "x", "y");
}

/* Case 55: what the request template sets is there in the response template, other names as well. */
Test(vtl_overrides, go_on_into_the_next_template)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct rendered request = run(&arena,
                                  "#set($context.responseOverride.status = 444)\n"
                                  "#set($context.responseOverride.header.foo = \"bar\")\n"
                                  "#set($context.responseOverride.custom = \"passed around\")\n"
                                  "#set($context.requestOverride.path.body = 'b\"')\n"
                                  "{\"statusCode\": 200}",
                                  SLICE(""));
    cr_assert_eq(request.status, STATUS_OK, "%s", request.fault.text);
    struct rendered response =
        run(&arena,
            "$context.responseOverride.status $context.responseOverride.header.foo "
            "$context.responseOverride.custom $context.requestOverride.path.body",
            request.overrides.json);
    cr_assert_eq(response.status, STATUS_OK, "%s", response.fault.text);
    cr_expect(slice_is(response.text, "444 bar passed around b\""), "%.*s",
              SLICE_ARG(response.text));
    cr_expect_eq(response.overrides.response_status, 444);
    expect_override(response.overrides.response_header, 0, "foo", "bar");
    expect_override(response.overrides.path, 0, "body", "b\"");
    response = run(&arena, "#set($context.responseOverride.status = 201)", request.overrides.json);
    cr_assert_eq(response.status, STATUS_OK, "%s", response.fault.text);
    cr_expect_eq(response.overrides.response_status, 201);
}

Test(vtl_overrides, are_none_when_none_is_set)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct rendered rendered = run(&arena, "[$context.responseOverride.status]", SLICE(""));
    cr_assert_eq(rendered.status, STATUS_OK, "%s", rendered.fault.text);
    cr_expect(slice_is(rendered.text, "[]"));
    cr_expect_eq(rendered.overrides.response_status, 0);
    cr_expect_eq(rendered.overrides.header.count + rendered.overrides.path.count +
                     rendered.overrides.querystring.count +
                     rendered.overrides.response_header.count,
                 0);
    cr_expect(slice_is(rendered.overrides.json,
                       "{\"requestOverride\":{\"path\":{},\"querystring\":{},\"header\":{}},"
                       "\"responseOverride\":{\"header\":{}}}"),
              "%.*s", SLICE_ARG(rendered.overrides.json));
}

Test(vtl_overrides, may_be_set_once)
{
    expect_fault("#set($context.responseOverride.status = 404)\n"
                 "#set($context.responseOverride.status = 200)",
                 "", STATUS_INVALID,
                 "line 2, column 31: 'status' is overridden twice: an override may be set once");
    expect_fault("#set($context.requestOverride.header.a = 1)"
                 "$context.requestOverride.header.put(\"a\", 2)",
                 "", STATUS_INVALID, "'a' is overridden twice");
}

Test(vtl_overrides, refuse_a_status_that_is_none)
{
    static const char *const statuses[] = {"99", "600", "\"x\"", "-1", "[1]", "200.0"};
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        AUTO_BUF template = BUF_INIT(128);
        buf_printf(&template, "#set($context.responseOverride.status = %s)", statuses[i]);
        expect_fault(buf_cstr(&template), "", STATUS_INVALID, "needs to be 100 to 599, not '");
    }
}
