#include "gateway/stage/stage.h"

#include "core/id.h"

/* The path without leading slashes but one; "/" when nothing is left. */
static struct slice single_slash(struct slice path)
{
    while (path.len > 1 && path.ptr[0] == '/' && path.ptr[1] == '/') {
        path = slice_skip(path, 1);
    }
    return path;
}

struct slice stage_clean_path(const struct api_config *config, struct slice path)
{
    return config->kind == API_REST ? single_slash(path) : path;
}

const struct stage *stage_named(const struct api_config *config, struct slice name)
{
    for (size_t i = 0; i < config->stage_count; i++) {
        if (!config->stages[i].is_default && slice_eq(config->stages[i].name, name)) {
            return &config->stages[i];
        }
    }
    return NULL;
}

static bool draws_canary(const struct stage *stage)
{
    uint32_t drawn;
    if (stage->canary == NULL) {
        return false;
    }
    id_random(&drawn, sizeof drawn);
    return (double)drawn / 4294967296.0 * 100 < stage->canary_percent;
}

const struct stage *stage_draw(const struct stage *stage)
{
    return stage->canary_config == NULL && draws_canary(stage) ? stage->canary : stage;
}

static const struct stage *default_stage(const struct api_config *config)
{
    for (size_t i = 0; i < config->stage_count; i++) {
        if (config->stages[i].is_default) {
            return &config->stages[i];
        }
    }
    return NULL;
}

/* Itself, or the variant that its canary is of. */
static struct api_config *draw_config(struct api_config *config, const struct stage *stage)
{
    return stage->canary_config != NULL && draws_canary(stage) ? stage->canary_config : config;
}

struct api_config *stage_variant(struct api_config *config, struct slice path)
{
    if (config->variant == NULL) {
        return config;
    }
    struct slice name = slice_skip(single_slash(path), 1);
    name = slice_take(name, slice_find(name, '/'));
    for (struct api_config *each = config; each != NULL; each = each->variant) {
        const struct stage *stage = stage_named(each, name);
        if (stage != NULL) {
            return draw_config(each, stage);
        }
    }
    for (struct api_config *each = config; each != NULL; each = each->variant) {
        if (default_stage(each) != NULL) {
            return each;
        }
    }
    return draw_config(config, &config->stages[0]);
}

size_t stage_paths(const struct api_config *config, struct slice path,
                   struct stage_path out[STAGE_PATHS_MAX])
{
    const struct stage *bare = default_stage(config);
    struct slice rest = slice_skip(path, 1);
    size_t slash = slice_find(rest, '/');
    const struct stage *named =
        stage_named(config, slash == SLICE_NPOS ? rest : slice_take(rest, slash));
    size_t count = 0;
    if (named != NULL) {
        struct slice below = slash == SLICE_NPOS ? SLICE("/") : slice_skip(rest, slash);
        out[count++] = (struct stage_path){
            .stage = named,
            .path = config->kind == API_REST ? single_slash(below) : below,
            .has_prefix = true,
        };
        if (bare != NULL) {
            return count;
        }
    }
    if (bare == NULL) {
        bare = named != NULL ? named : &config->stages[0];
    }
    out[count++] = (struct stage_path){.stage = bare, .path = path};
    return count;
}

struct slice stage_full_path(struct arena *arena, const struct stage_path *chosen,
                             struct slice path)
{
    if (chosen->has_prefix || chosen->stage->is_default) {
        return path;
    }
    struct slice name = chosen->stage->name;
    char *text = arena_alloc(arena, 1 + name.len + path.len);
    text[0] = '/';
    memcpy(text + 1, name.ptr, name.len);
    memcpy(text + 1 + name.len, path.ptr, path.len);
    return slice_of(text, 1 + name.len + path.len);
}
