#include "gateway/spec_copy.h"

struct texts spec_copy_texts(struct arena *arena, struct texts texts)
{
    struct slice *items = arena_array(arena, texts.count, sizeof *items);
    for (size_t i = 0; i < texts.count; i++) {
        items[i] = arena_copy(arena, texts.items[i]);
    }
    return (struct texts){items, texts.count};
}

struct pairs spec_copy_pairs(struct arena *arena, struct pairs pairs)
{
    struct name_value_pair *items = arena_array(arena, pairs.count, sizeof *items);
    for (size_t i = 0; i < pairs.count; i++) {
        items[i].name = arena_copy(arena, pairs.items[i].name);
        items[i].value = arena_copy(arena, pairs.items[i].value);
    }
    return (struct pairs){items, pairs.count};
}

static struct integration_response_spec copy_response(struct arena *arena,
                                                      const struct integration_response_spec *spec)
{
    return (struct integration_response_spec){
        .status = arena_copy(arena, spec->status),
        .selection_pattern = arena_copy(arena, spec->selection_pattern),
        .parameters = spec_copy_pairs(arena, spec->parameters),
        .templates = spec_copy_pairs(arena, spec->templates),
        .template_selection = arena_copy(arena, spec->template_selection),
        .content_handling = spec->content_handling,
    };
}

struct integration_spec spec_copy_integration(struct arena *arena,
                                              const struct integration_spec *spec)
{
    struct integration_spec copy = *spec;
    struct integration_response_spec *responses =
        arena_array(arena, spec->response_count, sizeof *responses);
    for (size_t i = 0; i < spec->response_count; i++) {
        responses[i] = copy_response(arena, &spec->responses[i]);
    }
    copy.type = arena_copy(arena, spec->type);
    copy.function = arena_copy(arena, spec->function);
    copy.qualifier = arena_copy(arena, spec->qualifier);
    copy.uri = arena_copy(arena, spec->uri);
    copy.http_method = arena_copy(arena, spec->http_method);
    copy.subtype = arena_copy(arena, spec->subtype);
    copy.request_parameters = spec_copy_pairs(arena, spec->request_parameters);
    copy.request_templates = spec_copy_pairs(arena, spec->request_templates);
    copy.template_selection = arena_copy(arena, spec->template_selection);
    copy.cache_key_parameters = spec_copy_texts(arena, spec->cache_key_parameters);
    copy.cache_namespace = arena_copy(arena, spec->cache_namespace);
    copy.responses = responses;
    return copy;
}
