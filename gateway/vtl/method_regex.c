/* The methods of texts that take regular expressions. */
#include "gateway/vtl/method.h"

#include "core/mem.h"
#include "gateway/vtl/regex.h"

static bool spend(void *ctx, size_t bytes)
{
    return vtl_spend(ctx, bytes);
}

/* NULL with a failed run. The last one is kept: templates use one in a loop. */
static struct vtl_regex *regex_of(struct vtl_run *run, struct slice pattern)
{
    struct fault fault;
    if (run->regex != NULL && vtl_regex_is(run->regex, pattern)) {
        return run->regex;
    }
    vtl_regex_free(run->regex);
    (void)vtl_spend(run, vtl_regex_cost(pattern));
    run->regex = vtl_regex_create(pattern, false, &fault);
    if (run->regex == NULL) {
        vtl_fail(run, fault.status, "%s", fault.text);
    }
    return run->regex;
}

/* Fails the run when the match cannot be told. */
static bool find(struct vtl_run *run, struct vtl_regex *regex, struct slice text, size_t start,
                 bool is_whole)
{
    enum vtl_regex_result result = vtl_regex_match(regex, text, start, is_whole, spend, run);
    if (result == REGEX_ENDED) {
        vtl_fail(run, STATUS_LIMIT, "the regular expression goes back too often");
    }
    return result == REGEX_FOUND && vtl_is_on(run);
}

/* Where to look on behind a match, which must move when it was empty. */
static size_t next_start(struct slice text, struct slice match)
{
    size_t end = (size_t)(match.ptr - text.ptr) + match.len;
    size_t front = slice_utf8_front(slice_skip(text, end));
    return match.len > 0 ? end : end + (front > 0 ? front : 1);
}

/* A text that can be looked through: with U+FFFD for what is no UTF-8, and never NULL. */
static struct slice readable(struct vtl_run *run, struct slice text)
{
    struct buf out = vtl_buf();
    (void)vtl_spend(run, text.len);
    if (text.ptr == NULL || slice_is_utf8(text)) {
        return text.ptr == NULL ? SLICE("") : text;
    }
    while (text.len > 0) {
        size_t len = slice_utf8_front(text);
        buf_append(&out, len > 0 ? slice_take(text, len) : SLICE("\xef\xbf\xbd"));
        text = slice_skip(text, len > 0 ? len : 1);
    }
    return vtl_take(run, &out);
}

METHOD(string_matches)
{
    struct vtl_regex *regex = regex_of(run, arguments[0].of.text);
    return vtl_boolean(regex != NULL && find(run, regex, readable(run, self.of.text), 0, true));
}

/* --- replacing --- */

/* "$1" or "${name}" from behind the dollar; how many bytes it is, 0 with a failed run. */
static size_t append_group(struct vtl_run *run, struct buf *out, struct vtl_regex *regex,
                           struct slice text, struct slice rest)
{
    size_t group = SIZE_MAX, len = 0, count = vtl_regex_group_count(regex);
    if (rest.len > 0 && rest.ptr[0] == '{') {
        size_t end = slice_find(rest, '}');
        len = end == SLICE_NPOS ? 0 : end + 1;
        group = len > 0 ? vtl_regex_group_named(regex, slice_of(rest.ptr + 1, end - 1)) : SIZE_MAX;
    }
    for (; len < rest.len && rest.ptr[0] != '{' && rest.ptr[len] >= '0' && rest.ptr[len] <= '9';
         len++) {
        size_t more = (group == SIZE_MAX ? 0 : group * 10) + (size_t)(rest.ptr[len] - '0');
        if (group != SIZE_MAX && more >= count) {
            break; /* "$12" is group 1 and a "2" where there is no group 12 */
        }
        group = more;
    }
    if (group == SIZE_MAX || group >= count) {
        vtl_fail(run, STATUS_INVALID, "'$%.*s' in a replacement is no group of the expression",
                 SLICE_ARG(slice_take(rest, len > 0 ? len : 1)));
        return 0;
    }
    buf_append(out, vtl_regex_group(regex, text, group));
    return len;
}

static void append_replacement(struct vtl_run *run, struct buf *out, struct vtl_regex *regex,
                               struct slice text, struct slice replacement)
{
    for (size_t i = 0; i < replacement.len && vtl_is_on(run); i++) {
        char c = replacement.ptr[i];
        if (c == '\\' && i + 1 == replacement.len) {
            vtl_fail(run, STATUS_INVALID, "a replacement may not end with '\\'");
        } else if (c == '\\') {
            buf_append_char(out, replacement.ptr[++i]);
        } else if (c == '$') {
            i += append_group(run, out, regex, text, slice_skip(replacement, i + 1));
        } else {
            buf_append_char(out, c);
        }
    }
}

static struct vtl_value replace(struct vtl_run *run, struct slice text,
                                const struct vtl_value *arguments, size_t max)
{
    struct vtl_regex *regex = regex_of(run, arguments[0].of.text);
    struct buf out = vtl_buf();
    size_t start = 0, copied = 0;
    text = readable(run, text);
    for (size_t i = 0; i < max && regex != NULL && start <= text.len && !out.is_full; i++) {
        if (!find(run, regex, text, start, false)) {
            break;
        }
        struct slice match = vtl_regex_group(regex, text, 0);
        size_t at = (size_t)(match.ptr - text.ptr);
        buf_append(&out, slice_of(text.ptr + copied, at - copied));
        append_replacement(run, &out, regex, text, arguments[1].of.text);
        copied = at + match.len;
        start = next_start(text, match);
    }
    buf_append(&out, slice_skip(text, copied));
    return vtl_string(vtl_take(run, &out));
}

METHOD(string_replace_all)
{
    return replace(run, self.of.text, arguments, SIZE_MAX);
}

METHOD(string_replace_first)
{
    return replace(run, self.of.text, arguments, 1);
}

/* --- splitting --- */

/* At most `limit` parts when it is above 0; without the empty ones at the end when it is 0. */
static struct vtl_value split(struct vtl_run *run, struct slice text, struct slice pattern,
                              int64_t limit)
{
    struct vtl_value parts = vtl_list_new(run, LIST_PLAIN);
    struct vtl_list *list = parts.of.list;
    struct vtl_regex *regex = regex_of(run, pattern);
    size_t start = 0, copied = 0;
    text = readable(run, text);
    while (regex != NULL && start <= text.len && (limit <= 0 || list->count + 1 < (size_t)limit) &&
           find(run, regex, text, start, false)) {
        struct slice match = vtl_regex_group(regex, text, 0);
        size_t at = (size_t)(match.ptr - text.ptr);
        start = next_start(text, match);
        if (match.len == 0 && (at == 0 || at == text.len)) {
            continue; /* nothing stands before the first and behind the last character */
        }
        vtl_list_add(run, list, vtl_string(slice_of(text.ptr + copied, at - copied)));
        copied = at + match.len;
    }
    vtl_list_add(run, list, vtl_string(slice_skip(text, copied)));
    while (limit == 0 && list->count > 1 && list->items[list->count - 1].of.text.len == 0) {
        list->count--;
    }
    if (limit == 0 && list->count == 1 && copied > 0 && list->items[0].of.text.len == 0) {
        list->count = 0;
    }
    return parts;
}

METHOD(string_split)
{
    return split(run, self.of.text, arguments[0].of.text, 0);
}

METHOD(string_split_limit)
{
    return split(run, self.of.text, arguments[0].of.text, arguments[1].of.integer);
}

static const struct vtl_method rows[] = {
    {"matches", "s", string_matches},
    {"replaceAll", "ss", string_replace_all},
    {"replaceFirst", "ss", string_replace_first},
    {"split", "s", string_split},
    {"split", "si", string_split_limit},
};
const struct vtl_methods vtl_regex_methods = {rows, COUNT_OF(rows)};
