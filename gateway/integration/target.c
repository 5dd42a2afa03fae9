#include "gateway/integration/target.h"

#include "core/buf.h"
#include "core/json_scan.h"
#include "core/mem.h"

#define TARGET_TEXT_MAX 4096u

static struct slice behind(struct slice text, struct slice mark, bool *ret_found)
{
    size_t at = slice_search(text, mark);
    *ret_found = at != SLICE_NPOS;
    return *ret_found ? slice_skip(text, at + mark.len) : text;
}

bool target_read(struct slice text, struct target *ret_target)
{
    bool is_uri, is_arn;
    struct slice rest = behind(text, SLICE("/functions/"), &is_uri);
    rest = behind(rest, SLICE(":function:"), &is_arn);
    *ret_target = (struct target){text, SLICE("")};
    if (!is_uri && !is_arn && (text.len == 0 || slice_starts_with(text, SLICE("arn:")))) {
        return false;
    }
    rest = slice_take(rest, slice_find(rest, '/'));
    size_t colon = slice_find(rest, ':');
    ret_target->function = slice_take(rest, colon);
    ret_target->qualifier = colon != SLICE_NPOS ? slice_skip(rest, colon + 1) : SLICE("");
    return true;
}

static bool has_variables(struct slice text)
{
    return slice_search(text, SLICE("${")) != SLICE_NPOS;
}

bool target_has_variables(struct target target)
{
    return has_variables(target.function) || has_variables(target.qualifier);
}

/* False when a variable is missing. */
static bool fill(struct arena *arena, struct slice text, struct slice variables,
                 struct slice *ret_text)
{
    static const struct slice prefix = SLICE_INIT("stageVariables.");
    *ret_text = text;
    if (!has_variables(text)) {
        return true;
    }
    AUTO_BUF out = BUF_INIT(TARGET_TEXT_MAX);
    for (;;) {
        size_t open = slice_search(text, SLICE("${"));
        size_t len = open != SLICE_NPOS ? slice_find(slice_skip(text, open), '}') : SLICE_NPOS;
        if (len == SLICE_NPOS) {
            break;
        }
        struct slice name = slice_take(slice_skip(text, open + 2), len - 2);
        struct slice key = slice_skip(name, prefix.len);
        struct slice value = json_text_member(arena, variables, arena_cstr(arena, key));
        if (!slice_starts_with(name, prefix) || value.ptr == NULL) {
            return false;
        }
        buf_append(&out, slice_take(text, open));
        buf_append(&out, value);
        text = slice_skip(text, open + len + 1);
    }
    buf_append(&out, text);
    *ret_text = arena_copy(arena, buf_slice(&out));
    return buf_status(&out) == STATUS_OK;
}

struct target target_fill(struct arena *arena, struct target target, struct slice variables)
{
    struct slice function, qualifier;
    struct target filled;
    if (!fill(arena, target.function, variables, &function) ||
        !fill(arena, target.qualifier, variables, &qualifier) || !target_read(function, &filled)) {
        return (struct target){SLICE_NULL, SLICE_NULL};
    }
    return (struct target){filled.function, qualifier.len > 0 ? qualifier : filled.qualifier};
}
