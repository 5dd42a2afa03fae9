/* What the serverless tests share: text through serverless_transform(). */
#ifndef SLS_TESTS_TEMPLATES_SERVERLESS_LOADED_H
#define SLS_TESTS_TEMPLATES_SERVERLESS_LOADED_H

#include "loaded.h"

struct transformed {
    struct loaded loaded;
    struct value *template; /* NULL when it failed */
    enum status status;
};

/* In `directory`, with `options` (may be NULL). */
static inline void transform_in(struct transformed *transformed, const char *directory,
                                const struct template_options *options, struct slice text)
{
    struct loaded *loaded = &transformed->loaded;
    loaded_start(loaded);
    if (options != NULL) {
        loaded->options = *options;
    }
    loaded->load.stack_name = SLICE_NULL;
    loaded->load.directory = slice_from(directory);
    loaded->load.files[0] = arena_printf(&loaded->arena, "%s/serverless.yml", directory);
    transformed->template = NULL;
    transformed->status = yaml_load_text(&loaded->load, 0, text, DIALECT_SERVERLESS, &loaded->root);
    cr_assert_eq(transformed->status, STATUS_OK, "%.*s", SLICE_ARG(loaded_messages(loaded)));
    transformed->status = serverless_transform(&loaded->load, loaded->root, &transformed->template);
}

static inline void transform(struct transformed *transformed, const char *text)
{
    transform_in(transformed, "/nowhere", NULL, slice_from(text));
}

static inline const char *messages_of(struct transformed *transformed)
{
    return arena_cstr(&transformed->loaded.arena, loaded_messages(&transformed->loaded));
}

static inline struct value *resource_of(const struct transformed *transformed, const char *id)
{
    return value_path(transformed->template, "Resources", id, NULL);
}

static inline const char *property_json(struct transformed *transformed, const char *id,
                                        const char *property)
{
    return loaded_json(&transformed->loaded,
                       value_path(resource_of(transformed, id), "Properties", property, NULL));
}

#endif
