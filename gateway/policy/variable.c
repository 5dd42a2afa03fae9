/* Policy variables.
 *
 * Source  IAM User Guide, "IAM policy elements: Variables and tags". */
#include "gateway/policy/policy_private.h"

#include "core/buf.h"

#define EXPANDED_MAX (16u * 1024) /* bytes of one text of a policy with its variables replaced */

const struct policy_fact *policy_fact(const struct policy_request *request, struct slice key)
{
    for (size_t i = 0; i < request->fact_count; i++) {
        if (slice_ieq(request->facts[i].key, key)) {
            return &request->facts[i];
        }
    }
    return NULL;
}

/* "key" or "key, 'default'": the only value of that key. False: there is none. */
static bool variable_value(const struct policy_request *request, struct slice name,
                           struct slice *ret_value)
{
    struct slice otherwise = SLICE_NULL;
    size_t comma = slice_find(name, ',');
    if (comma != SLICE_NPOS) {
        struct slice quoted = slice_trim(slice_skip(name, comma + 1));
        name = slice_trim(slice_take(name, comma));
        if (quoted.len >= 2 && quoted.ptr[0] == '\'' && quoted.ptr[quoted.len - 1] == '\'') {
            otherwise = slice_of(quoted.ptr + 1, quoted.len - 2);
        }
    }
    const struct policy_fact *fact = policy_fact(request, name);
    *ret_value = fact != NULL && fact->count == 1 ? fact->values[0] : otherwise;
    return ret_value->ptr != NULL;
}

static bool is_special(struct slice name)
{
    return slice_is(name, "*") || slice_is(name, "?") || slice_is(name, "$");
}

static void mark(bool *literal, const struct buf *out, size_t from, bool is_literal)
{
    for (size_t i = from; i < out->len; i++) {
        literal[i] = is_literal;
    }
}

/* Replaces the variables of `text`; of what they stand for, no character is a wildcard. */
static bool expand(const struct policy_request *request, struct slice text, struct buf *out,
                   bool *literal)
{
    while (text.len > 0) {
        size_t start = slice_search(text, SLICE("${"));
        size_t end = start == SLICE_NPOS ? SLICE_NPOS : slice_find(slice_skip(text, start), '}');
        size_t from = out->len;
        if (end == SLICE_NPOS) { /* none, or one that is not closed */
            buf_append(out, text);
            mark(literal, out, from, false);
            return true;
        }
        buf_append(out, slice_take(text, start));
        mark(literal, out, from, false);
        struct slice name = slice_of(text.ptr + start + 2, end - 2), value = name;
        if (!is_special(name) && !variable_value(request, name, &value)) {
            return false;
        }
        from = out->len;
        buf_append(out, value);
        mark(literal, out, from, true);
        text = slice_skip(text, start + end + 1);
    }
    return true;
}

bool policy_expand(struct arena *arena, const struct policy_request *request, struct slice text,
                   struct glob *ret_glob)
{
    *ret_glob = (struct glob){.pattern = text};
    if (slice_search(text, SLICE("${")) == SLICE_NPOS) {
        return true;
    }
    AUTO_BUF out = BUF_INIT(EXPANDED_MAX);
    bool *literal = arena_array(arena, EXPANDED_MAX, sizeof *literal);
    if (!expand(request, text, &out, literal) || buf_status(&out) != STATUS_OK) {
        return false;
    }
    *ret_glob = (struct glob){.pattern = arena_copy(arena, buf_slice(&out)), .literal = literal};
    return true;
}
