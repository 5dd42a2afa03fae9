#include "core/mem.h"
#include "runtime/plan.h"

static const struct environment_variable *
copy_variables(struct arena *arena, const struct environment_variable *from, size_t count)
{
    struct environment_variable *copy = arena_array(arena, count, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i].name = arena_copy(arena, from[i].name);
        copy[i].value = arena_copy(arena, from[i].value);
    }
    return copy;
}

static const struct slice *copy_slices(struct arena *arena, const struct slice *from, size_t count)
{
    struct slice *copy = arena_array(arena, count, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = arena_copy(arena, from[i]);
    }
    return copy;
}

/* The text members of a spec, for copying and comparing. */
static const size_t text_offsets[] = {
    offsetof(struct function_spec, logical_id),   offsetof(struct function_spec, name),
    offsetof(struct function_spec, description),  offsetof(struct function_spec, runtime),
    offsetof(struct function_spec, handler),      offsetof(struct function_spec, code_path),
    offsetof(struct function_spec, inline_code),  offsetof(struct function_spec, role),
    offsetof(struct function_spec, architecture), offsetof(struct function_spec, alias),
    offsetof(struct function_spec, log_format),   offsetof(struct function_spec, build_method),
    offsetof(struct function_spec, position),     offsetof(struct function_spec, log_group),
    offsetof(struct function_spec, tags),
};

static struct slice *text_at(struct function_spec *spec, size_t index)
{
    return (struct slice *)(void *)((char *)spec + text_offsets[index]);
}

static struct slice text_of(const struct function_spec *spec, size_t index)
{
    return *(const struct slice *)(const void *)((const char *)spec + text_offsets[index]);
}

struct function *function_create(const struct function_spec *spec, const char *region,
                                 const char *account_id)
{
    struct function *function = mem_zalloc(sizeof *function);
    struct arena *arena = &function->arena;
    function->refs = 1;
    arena_init(arena, 1024);
    function->spec = *spec;
    for (size_t i = 0; i < COUNT_OF(text_offsets); i++) {
        *text_at(&function->spec, i) = arena_copy(arena, text_of(spec, i));
    }
    function->spec.environment = copy_variables(arena, spec->environment, spec->environment_count);
    function->spec.layers = copy_slices(arena, spec->layers, spec->layer_count);
    function->spec.esbuild_entry_points =
        copy_slices(arena, spec->esbuild_entry_points, spec->esbuild_entry_point_count);
    function->spec.esbuild_options =
        copy_variables(arena, spec->esbuild_options, spec->esbuild_option_count);
    function->arn = arena_printf(arena, "arn:aws:lambda:%s:%s:function:%.*s", region, account_id,
                                 SLICE_ARG(spec->name));
    function->log_group = function->spec.log_group;
    if (function->log_group.len == 0) {
        function->log_group = arena_printf(arena, "/aws/lambda/%.*s", SLICE_ARG(spec->name));
    }
    return function;
}

struct function *function_ref(struct function *function)
{
    function->refs++;
    return function;
}

void function_unref(struct function *function)
{
    if (function != NULL && --function->refs == 0) {
        arena_finish(&function->arena);
        mem_free(function);
    }
}

static bool variables_equal(const struct environment_variable *a, size_t a_count,
                            const struct environment_variable *b, size_t b_count)
{
    bool is_equal = a_count == b_count;
    for (size_t i = 0; is_equal && i < a_count; i++) {
        is_equal = slice_eq(a[i].name, b[i].name) && slice_eq(a[i].value, b[i].value);
    }
    return is_equal;
}

static bool slices_equal(const struct slice *a, size_t a_count, const struct slice *b,
                         size_t b_count)
{
    bool is_equal = a_count == b_count;
    for (size_t i = 0; is_equal && i < a_count; i++) {
        is_equal = slice_eq(a[i], b[i]);
    }
    return is_equal;
}

bool function_spec_equals(const struct function_spec *a, const struct function_spec *b)
{
    for (size_t i = 0; i < COUNT_OF(text_offsets); i++) {
        /* A line that moved in the template is no reason for a cold start. */
        if (text_offsets[i] != offsetof(struct function_spec, position) &&
            !slice_eq(text_of(a, i), text_of(b, i))) {
            return false;
        }
    }
    return a->code == b->code && a->timeout_ms == b->timeout_ms && a->memory_mb == b->memory_mb &&
           a->ephemeral_mb == b->ephemeral_mb &&
           a->reserved_concurrency == b->reserved_concurrency &&
           variables_equal(a->environment, a->environment_count, b->environment,
                           b->environment_count) &&
           slices_equal(a->layers, a->layer_count, b->layers, b->layer_count) &&
           slices_equal(a->esbuild_entry_points, a->esbuild_entry_point_count,
                        b->esbuild_entry_points, b->esbuild_entry_point_count) &&
           variables_equal(a->esbuild_options, a->esbuild_option_count, b->esbuild_options,
                           b->esbuild_option_count);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * 1099511628211U;
}

static uint64_t hash_variables(uint64_t hash, const struct environment_variable *variables,
                               size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hash = mix(mix(hash, slice_hash(variables[i].name)), slice_hash(variables[i].value));
    }
    return mix(hash, count);
}

static uint64_t hash_slices(uint64_t hash, const struct slice *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hash = mix(hash, slice_hash(texts[i]));
    }
    return mix(hash, count);
}

uint64_t function_hash(const struct function_spec *spec)
{
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < COUNT_OF(text_offsets); i++) {
        if (text_offsets[i] != offsetof(struct function_spec, position)) {
            hash = mix(hash, slice_hash(text_of(spec, i)));
        }
    }
    hash = mix(mix(mix(hash, spec->timeout_ms), spec->memory_mb), spec->ephemeral_mb);
    hash = mix(mix(hash, (uint64_t)spec->code), (uint64_t)(int64_t)spec->reserved_concurrency);
    hash = hash_variables(hash, spec->environment, spec->environment_count);
    hash = hash_variables(hash, spec->esbuild_options, spec->esbuild_option_count);
    hash = hash_slices(hash, spec->esbuild_entry_points, spec->esbuild_entry_point_count);
    return hash_slices(hash, spec->layers, spec->layer_count);
}
