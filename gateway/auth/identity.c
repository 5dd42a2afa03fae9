#include "gateway/auth/identity.h"

#include "core/mem.h"
#include "gateway/event/context.h"

bool identity_parse(struct slice expression, struct identity_source *ret_source)
{
    static const struct {
        struct slice prefix;
        enum identity_place place;
    } forms[] = {
        {SLICE_INIT("$request.header."), IDENTITY_HEADER},
        {SLICE_INIT("$request.querystring."), IDENTITY_QUERY},
        {SLICE_INIT("method.request.header."), IDENTITY_HEADER},
        {SLICE_INIT("method.request.querystring."), IDENTITY_QUERY},
        {SLICE_INIT("route.request.header."), IDENTITY_HEADER},
        {SLICE_INIT("route.request.querystring."), IDENTITY_QUERY},
        {SLICE_INIT("$context."), IDENTITY_CONTEXT},
        {SLICE_INIT("context."), IDENTITY_CONTEXT},
        {SLICE_INIT("$stageVariables."), IDENTITY_STAGE_VARIABLE},
        {SLICE_INIT("stageVariables."), IDENTITY_STAGE_VARIABLE},
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (slice_starts_with(expression, forms[i].prefix) &&
            expression.len > forms[i].prefix.len) {
            *ret_source = (struct identity_source){forms[i].place,
                                                   slice_skip(expression, forms[i].prefix.len)};
            return true;
        }
    }
    return false;
}

static struct slice header_value(const struct event_input *in, struct slice name)
{
    for (size_t i = 0; i < in->headers.count; i++) {
        if (slice_ieq(in->headers.items[i].name, name)) {
            return in->headers.items[i].value;
        }
    }
    return SLICE_NULL;
}

static struct slice query_value(const struct event_input *in, struct slice name)
{
    struct fields fields;
    fields_parse_query(&fields, in->arena, in->query, in->config->kind != API_HTTP);
    for (size_t i = 0; i < fields.count; i++) {
        if (slice_eq(fields.items[i].name, name)) {
            return fields.items[i].value;
        }
    }
    return SLICE_NULL;
}

struct slice identity_value(const struct identity_source *source, const struct event_input *in)
{
    switch (source->place) {
    case IDENTITY_HEADER:
        return header_value(in, source->name);
    case IDENTITY_QUERY:
        return query_value(in, source->name);
    case IDENTITY_CONTEXT:
        return context_value(in, source->name);
    case IDENTITY_STAGE_VARIABLE:
        return context_stage_variable(in, source->name);
    }
    return SLICE_NULL;
}
