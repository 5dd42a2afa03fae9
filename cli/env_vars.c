#include "cli/env_vars.h"

#include "core/file.h"
#include "core/json_scan.h"

#define ENV_FILE_MAX (1u << 20)

static enum status check_shape(struct slice json, const char *path, struct fault *reterr)
{
    size_t offset = 0;
    if (!json_validate(json, &offset)) {
        return fault_set(reterr, STATUS_INVALID, "%s: not valid JSON at byte %zu", path, offset);
    }
    struct json_scan scan = json_scan_init(json);
    if (!json_scan_enter(&scan, '{')) {
        return fault_set(reterr, STATUS_INVALID, "%s: must be a JSON object", path);
    }
    struct slice key;
    struct slice value;
    while (json_scan_member(&scan, &key, &value)) {
        if (json_raw_kind(value) != JSON_OBJECT) {
            return fault_set(reterr, STATUS_INVALID,
                             "%s: '%.*s' must be an object of variables, like "
                             "{\"MyFunction\": {\"TABLE\": \"local\"}}",
                             path, SLICE_ARG(key));
        }
    }
    return STATUS_OK;
}

enum status env_vars_load(struct env_vars *env, const char *path, const char *dotenv_path,
                          struct fault *reterr)
{
    arena_init(&env->arena, 1024);
    buf_init(&env->json, ENV_FILE_MAX);
    buf_init(&env->dotenv, ENV_FILE_MAX);
    if (path != NULL) {
        enum status status = file_read(path, &env->json, reterr);
        if (status == STATUS_OK) {
            status = check_shape(buf_slice(&env->json), path, reterr);
        }
        if (status != STATUS_OK) {
            env_vars_finish(env);
            return status;
        }
    }
    if (dotenv_path != NULL && file_is_regular(dotenv_path)) {
        enum status status = file_read(dotenv_path, &env->dotenv, reterr);
        if (status != STATUS_OK) {
            env_vars_finish(env);
            return status;
        }
    }
    return STATUS_OK;
}

void env_vars_finish(struct env_vars *env)
{
    buf_finish(&env->json);
    buf_finish(&env->dotenv);
    arena_finish(&env->arena);
}

static bool find_in_section(const struct env_vars *env, struct arena *arena, struct slice section,
                            struct slice variable, struct slice *ret_value)
{
    struct slice object;
    struct slice value;
    if (env->json.len == 0 || section.len == 0 ||
        !json_raw_find(buf_slice(&env->json), arena_cstr(arena, section), &object) ||
        !json_raw_find(object, arena_cstr(arena, variable), &value)) {
        return false;
    }
    switch (json_raw_kind(value)) {
    case JSON_STRING:
        return json_raw_string(arena, value, ret_value);
    case JSON_BOOL:
    case JSON_NUMBER:
        *ret_value = value;
        return true;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    *ret_value = SLICE("");
    return true;
}

/* KEY=VALUE lines; `export`, comments and matching quotes as dotenv reads them. */
static bool find_in_dotenv(const struct env_vars *env, struct slice variable,
                           struct slice *ret_value)
{
    struct slice rest = buf_slice(&env->dotenv);
    struct slice line;
    bool found = false;
    while (slice_split(&rest, '\n', &line)) {
        line = slice_trim(line);
        if (slice_starts_with(line, SLICE("export "))) {
            line = slice_trim(slice_skip(line, 7));
        }
        size_t equals = slice_find(line, '=');
        if (line.len == 0 || line.ptr[0] == '#' || equals == SLICE_NPOS ||
            !slice_eq(slice_trim(slice_take(line, equals)), variable)) {
            continue;
        }
        struct slice value = slice_trim(slice_skip(line, equals + 1));
        char quote = value.len > 0 ? value.ptr[0] : 0;
        if (quote == '"' || quote == '\'') {
            size_t end = slice_find(slice_skip(value, 1), quote);
            value = end != SLICE_NPOS ? slice_of(value.ptr + 1, end) : value;
        } else {
            size_t comment = slice_search(value, SLICE(" #"));
            value = slice_trim(slice_take(value, comment != SLICE_NPOS ? comment : value.len));
        }
        *ret_value = value;
        found = true;
    }
    return found;
}

bool env_vars_find(const struct env_vars *env, struct arena *arena, struct slice logical_id,
                   struct slice function_name, struct slice variable, struct slice *ret_value)
{
    if (find_in_section(env, arena, logical_id, variable, ret_value) ||
        find_in_section(env, arena, function_name, variable, ret_value) ||
        find_in_section(env, arena, SLICE("Parameters"), variable, ret_value)) {
        return true;
    }
    const char *shell = getenv(arena_cstr(arena, variable));
    if (shell != NULL) {
        *ret_value = slice_from(shell);
        return true;
    }
    return find_in_dotenv(env, variable, ret_value);
}
