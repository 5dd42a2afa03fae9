#include "sam_loaded.h"

#include "core/buf.h"

#include <stdlib.h>

void sam_loaded_init(struct sam_loaded *loaded, const char *directory)
{
    *loaded = (struct sam_loaded){.arena = ARENA_INIT};
    loaded->load.arena = &loaded->arena;
    loaded->load.options = &loaded->options;
    loaded->load.directory = slice_from(directory);
    loaded->load.files = arena_array(&loaded->arena, 256, sizeof(struct slice));
    loaded->load.files[0] = SLICE("/t/template.yaml");
    loaded->load.file_count = 1;
}

void sam_loaded_read(struct sam_loaded *loaded, struct slice text, const char *const *overrides)
{
    sam_loaded_init(loaded, "/t");
    struct name_value *items = arena_array(&loaded->arena, 32, sizeof(*items));
    loaded->options.parameters.items = items;
    for (size_t i = 0; overrides != NULL && overrides[i] != NULL; i += 2) {
        items[loaded->options.parameters.count++] =
            (struct name_value){slice_from(overrides[i]), slice_from(overrides[i + 1])};
    }
    loaded->status = yaml_load_text(&loaded->load, 0, text, DIALECT_CLOUDFORMATION, &loaded->root);
    if (loaded->status == STATUS_OK) {
        loaded->status = sam_transform(&loaded->load, loaded->root, &loaded->result);
    }
}

void sam_loaded_finish(struct sam_loaded *loaded)
{
    arena_finish(&loaded->arena);
}

struct value *sam_loaded_at(struct sam_loaded *loaded, const char *path)
{
    struct value *at = loaded->result;
    struct slice rest = slice_from(path);
    while (at != NULL && rest.len > 0) {
        struct slice part;
        if (rest.ptr[0] == '`') {
            rest = slice_skip(rest, 1);
            size_t end = slice_find(rest, '`');
            part = slice_take(rest, end);
            rest = slice_skip(rest, end + 1);
        } else {
            size_t end = slice_find(rest, '.');
            part = end == SLICE_NPOS ? rest : slice_take(rest, end);
            rest = slice_skip(rest, part.len);
        }
        rest = slice_starts_with(rest, SLICE(".")) ? slice_skip(rest, 1) : rest;
        uint64_t index;
        at = at->kind == VALUE_LIST && slice_to_u64(part, &index) ? value_at(at, index)
                                                                  : value_find(at, part);
    }
    return at;
}

const char *sam_loaded_json(struct sam_loaded *loaded, const char *path)
{
    struct value *value = sam_loaded_at(loaded, path);
    if (value == NULL) {
        return "(none)";
    }
    AUTO_BUF buf = BUF_INIT(1 << 22);
    value_to_json(&buf, value);
    return arena_cstr(&loaded->arena, buf_slice(&buf));
}

static int by_bytes(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

const char *sam_loaded_ids(struct sam_loaded *loaded)
{
    struct value *resources = sam_loaded_at(loaded, "Resources");
    size_t count = value_count(resources);
    struct slice *ids = arena_array(&loaded->arena, count, sizeof(*ids));
    for (size_t i = 0; i < count; i++) {
        ids[i] = resources->as.map.entries[i].key;
    }
    qsort(ids, count, sizeof(*ids), by_bytes);
    AUTO_BUF buf = BUF_INIT(1 << 20);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&buf, "%s%.*s", i > 0 ? " " : "", SLICE_ARG(ids[i]));
    }
    return arena_cstr(&loaded->arena, buf_slice(&buf));
}

const char *sam_loaded_errors(struct sam_loaded *loaded)
{
    AUTO_BUF buf = BUF_INIT(1 << 20);
    for (size_t i = 0; i < loaded->load.diagnostic_count; i++) {
        if (loaded->load.diagnostics[i].severity == SEVERITY_ERROR) {
            buf_printf(&buf, "%s%.*s", buf.len > 0 ? "\n" : "",
                       SLICE_ARG(loaded->load.diagnostics[i].text));
        }
    }
    return arena_cstr(&loaded->arena, buf_slice(&buf));
}
