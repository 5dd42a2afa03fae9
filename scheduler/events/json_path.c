#include "scheduler/events/json_path.h"

#include "core/buf.h"
#include "core/json_scan.h"
#include "scheduler/events/limits.h"

enum step_kind { STEP_NAME, STEP_INDEX, STEP_ALL };

struct step {
    enum step_kind kind;
    struct slice name;
    uint64_t index;
};

struct json_path {
    struct step steps[JSON_PATH_STEPS_MAX];
    size_t count;
};

static bool is_name_character(char c)
{
    return (unsigned char)c > ' ' && strchr(".[]*?()@,'\"<>", c) == NULL;
}

/* ".name" or ".*", from behind the dot. */
static bool take_name(struct slice *rest, struct step *step)
{
    if (slice_starts_with(*rest, SLICE("*"))) {
        step->kind = STEP_ALL;
        *rest = slice_skip(*rest, 1);
        return true;
    }
    size_t len = 0;
    while (len < rest->len && is_name_character(rest->ptr[len])) {
        len++;
    }
    step->name = slice_take(*rest, len);
    *rest = slice_skip(*rest, len);
    return len > 0;
}

/* "[0]", "[*]" or "['name']", from behind the bracket. */
static bool take_bracket(struct slice *rest, struct step *step)
{
    size_t end = slice_find(*rest, ']');
    if (end == SLICE_NPOS) {
        return false;
    }
    struct slice inside = slice_take(*rest, end);
    *rest = slice_skip(*rest, end + 1);
    if (slice_is(inside, "*")) {
        step->kind = STEP_ALL;
        return true;
    }
    if (inside.len > 2 && (inside.ptr[0] == '\'' || inside.ptr[0] == '"') &&
        inside.ptr[inside.len - 1] == inside.ptr[0]) {
        step->name = slice_take(slice_skip(inside, 1), inside.len - 2);
        return true;
    }
    step->kind = STEP_INDEX;
    return slice_to_u64(inside, &step->index);
}

bool json_path_parse(struct arena *arena, struct slice text, const struct json_path **ret_path)
{
    if (!slice_starts_with(text, SLICE("$"))) {
        return false;
    }
    struct json_path *path = arena_alloc(arena, sizeof *path);
    struct slice rest = slice_skip(text, 1);
    while (rest.len > 0) {
        if (path->count == JSON_PATH_STEPS_MAX) {
            return false;
        }
        struct step *step = &path->steps[path->count++];
        char first = rest.ptr[0];
        rest = slice_skip(rest, 1);
        if (first == '.' ? !take_name(&rest, step) : first != '[' || !take_bracket(&rest, step)) {
            return false;
        }
    }
    *ret_path = path;
    return true;
}

/* --- finding --- */

static bool find_member(struct arena *arena, struct slice json, struct slice name,
                        struct slice *ret_value)
{
    struct json_scan scan = json_scan_object(json);
    struct slice key, text, value;
    bool is_found = false;
    while (json_scan_member(&scan, &key, &value)) {
        if (json_raw_key(arena, key, &text) && slice_eq(text, name)) {
            *ret_value = value;
            is_found = true;
        }
    }
    return is_found;
}

static bool find_element(struct slice json, uint64_t index, struct slice *ret_value)
{
    struct json_scan scan = json_scan_array(json);
    struct slice value;
    for (uint64_t i = 0; json_scan_element(&scan, &value); i++) {
        if (i == index) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

struct search {
    struct arena *arena;
    const struct json_path *path;
    struct buf all; /* the elements of the result's array */
    bool is_many;   /* some step was a "*" */
    struct slice one;
    bool is_found;
};

static void take(struct search *search, struct slice value)
{
    search->one = value;
    search->is_found = true;
    if (search->is_many) {
        buf_append_text(&search->all, search->all.len > 1 ? "," : "");
        buf_append(&search->all, value);
    }
}

static void follow(struct search *search, size_t at, struct slice json);

static void follow_all(struct search *search, size_t at, struct slice json)
{
    struct json_scan elements = json_scan_array(json);
    struct json_scan members = json_scan_object(json);
    struct slice key, value;
    search->is_many = true;
    while (json_scan_element(&elements, &value)) {
        follow(search, at, value);
    }
    while (json_scan_member(&members, &key, &value)) {
        follow(search, at, value);
    }
}

static void follow(struct search *search, size_t at, struct slice json)
{
    if (at == search->path->count) {
        take(search, json);
        return;
    }
    const struct step *step = &search->path->steps[at];
    struct slice value;
    if (step->kind == STEP_ALL) {
        follow_all(search, at + 1, json);
    } else if (step->kind == STEP_INDEX ? find_element(json, step->index, &value)
                                        : find_member(search->arena, json, step->name, &value)) {
        follow(search, at + 1, value);
    }
}

bool json_path_find(struct arena *arena, const struct json_path *path, struct slice json,
                    struct slice *ret_value)
{
    struct search search = {
        .arena = arena, .path = path, .all = BUF_INIT(TARGET_INPUT_MAX), .is_found = false};
    buf_append_char(&search.all, '[');
    follow(&search, 0, slice_trim(json));
    buf_append_char(&search.all, ']');
    if (search.is_found) {
        *ret_value = search.is_many ? arena_copy(arena, buf_slice(&search.all)) : search.one;
    }
    bool is_whole = buf_status(&search.all) == STATUS_OK;
    buf_finish(&search.all);
    return search.is_found && is_whole;
}
