/* What the template tests share: a load over text in hand. */
#ifndef SLS_TESTS_TEMPLATES_LOADED_H
#define SLS_TESTS_TEMPLATES_LOADED_H

#include "core/buf.h"
#include "templates/load.h"

#include <criterion/criterion.h>

struct loaded {
    struct arena arena;
    struct template_options options;
    struct load load;
    struct value *root;
    enum status status;
};

static inline void loaded_start(struct loaded *loaded)
{
    *loaded = (struct loaded){.root = NULL};
    arena_init(&loaded->arena, 16384);
    loaded->load.arena = &loaded->arena;
    loaded->load.options = &loaded->options;
    loaded->load.directory = SLICE("/app");
    loaded->load.stack_name = SLICE("app");
    loaded->load.files = arena_array(&loaded->arena, 256, sizeof(struct slice));
    loaded->load.files[0] = SLICE("/app/template.yaml");
    loaded->load.file_count = 1;
}

static inline void loaded_read(struct loaded *loaded, struct slice text, enum dialect dialect)
{
    loaded_start(loaded);
    loaded->status = yaml_load_text(&loaded->load, 0, text, dialect, &loaded->root);
}

static inline void loaded_finish(struct loaded *loaded)
{
    arena_finish(&loaded->arena);
}

/* All diagnostics, one a line. */
static inline struct slice loaded_messages(struct loaded *loaded)
{
    struct slice all = SLICE("");
    for (size_t i = 0; i < loaded->load.diagnostic_count; i++) {
        all = arena_printf(&loaded->arena, "%.*s%.*s\n", SLICE_ARG(all),
                           SLICE_ARG(loaded->load.diagnostics[i].text));
    }
    return all;
}

static inline bool loaded_says(struct loaded *loaded, const char *part)
{
    return slice_search(loaded_messages(loaded), slice_from(part)) != SLICE_NPOS;
}

/* NUL-terminated JSON of a value, in the arena. */
static inline const char *loaded_json(struct loaded *loaded, const struct value *value)
{
    if (value == NULL) {
        return "(none)";
    }
    AUTO_BUF buf = BUF_INIT(1 << 20);
    value_to_json(&buf, value);
    return arena_cstr(&loaded->arena, buf_slice(&buf));
}

#endif
