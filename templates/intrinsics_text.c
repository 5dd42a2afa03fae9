/* Functions that make texts and lists: Sub, Join, Split, Select, Base64, Length, ToJsonString,
 * GetAZs, Cidr.
 *
 * Source  CloudFormation User Guide, "Intrinsic functions". */
#include "templates/resolve.h"

#include "core/buf.h"
#include "core/encode.h"
#include "core/mem.h"
#include "templates/limits.h"

#include <stdio.h>

static struct value *text_value(struct resolver *resolver, struct source_pos pos, struct buf *buf)
{
    if (!resolver_allows_text(resolver, pos, buf->is_full ? TEMPLATE_TEXT_MAX + 1 : buf->len)) {
        return unknown_value(resolver, pos);
    }
    return value_string(resolver->arena, pos, arena_copy(resolver->arena, buf_slice(buf)));
}

static bool is_variable_name(struct slice name)
{
    return slice_is_alnum(name, "_.:");
}

/* What ${name} stands for. */
static struct value *sub_variable(struct resolver *resolver, const struct value *variables,
                                  struct slice name, struct source_pos pos)
{
    struct value *own = value_find(variables, name);
    if (own != NULL) {
        return resolve_value(resolver, own);
    }
    if (!is_variable_name(name)) {
        return tell_error(resolver, pos,
                          "Template error: variable names in Fn::Sub syntax must contain only "
                          "alphanumeric characters, underscores, periods, and colons ('${%.*s}'; "
                          "write '${!%.*s}' for the text itself)",
                          SLICE_ARG(name), SLICE_ARG(name));
    }
    size_t dot = slice_find(name, '.');
    if (dot == SLICE_NPOS || value_find(resolver->parameter_values, name) != NULL) {
        return reference(resolver, name, pos);
    }
    return attribute(resolver, slice_take(name, dot), slice_skip(name, dot + 1), pos);
}

struct value *intrinsic_sub(struct resolver *resolver, struct value *call, struct value *arg)
{
    const struct value *pattern = arg, *variables = NULL;
    if (arg->kind == VALUE_LIST) {
        pattern = value_at(arg, 0);
        variables = value_at(arg, 1);
    }
    if (!value_is_scalar(pattern) ||
        (arg->kind == VALUE_LIST && (value_count(arg) != 2 || variables->kind != VALUE_MAP))) {
        return tell_error(
            resolver, call->pos,
            "Template error: One or more Fn::Sub intrinsic functions don't specify "
            "expected arguments. Specify a string as first argument, and an optional "
            "second argument to specify a mapping of values to replace in the string");
    }
    if (pattern->has_unknown) {
        note_unknown(resolver);
    }
    struct slice rest = value_scalar_text(pattern);
    AUTO_BUF out = BUF_INIT(TEMPLATE_TEXT_MAX);
    for (;;) {
        size_t start = slice_search(rest, SLICE("${"));
        size_t end = start == SLICE_NPOS ? SLICE_NPOS : slice_find(slice_skip(rest, start), '}');
        if (end == SLICE_NPOS) {
            buf_append(&out, rest);
            break;
        }
        buf_append(&out, slice_take(rest, start));
        struct slice name = slice_trim(slice_of(rest.ptr + start + 2, end - 2));
        rest = slice_skip(rest, start + end + 1);
        if (name.len > 0 && name.ptr[0] == '!') {
            buf_append_text(&out, "${");
            buf_append(&out, slice_skip(name, 1));
            buf_append_char(&out, '}');
            continue;
        }
        const struct value *value = sub_variable(resolver, variables, name, call->pos);
        if (value == NULL || !value_is_scalar(value)) {
            tell_error(resolver, call->pos,
                       "Template error: variable %.*s in Fn::Sub expression does not resolve to a "
                       "string",
                       SLICE_ARG(name));
            continue;
        }
        buf_append(&out, value_scalar_text(value));
    }
    return text_value(resolver, call->pos, &out);
}

struct value *intrinsic_join(struct resolver *resolver, struct value *call, struct value *arg)
{
    struct value *list = value_at(arg, 1);
    if (value_count(arg) != 2 || !value_is_scalar(value_at(arg, 0)) ||
        (list = resolve_value(resolver, list)) == NULL ||
        (list->kind != VALUE_LIST && !value_is_unknown(list))) {
        return tell_error(resolver, call->pos,
                          "Template error: every Fn::Join object requires two parameters, (1) a "
                          "string delimiter and (2) a list of strings to be joined or a function "
                          "that returns a list of strings (such as Fn::GetAZs) to be joined.");
    }
    if (value_is_unknown(list)) {
        return unknown_value(resolver, call->pos);
    }
    struct slice delimiter = value_scalar_text(value_at(arg, 0));
    AUTO_BUF out = BUF_INIT(TEMPLATE_TEXT_MAX);
    for (size_t i = 0; i < list->as.list.count; i++) {
        if (i > 0) {
            buf_append(&out, delimiter);
        }
        buf_append(&out, resolve_text(resolver, list->as.list.items[i], "a member of Fn::Join"));
    }
    return text_value(resolver, call->pos, &out);
}

/* A function URL, by the host of its own that it has on AWS: who takes an URL apart is after that. */
static struct slice with_own_host(struct resolver *resolver, struct slice url)
{
    static const struct slice way = SLICE_INIT("/_aws/lambda-url/");
    struct slice edge = resolver->edge_url;
    size_t scheme = slice_search(edge, SLICE("://"));
    if (edge.len == 0 || scheme == SLICE_NPOS || !slice_starts_with(url, edge) ||
        !slice_starts_with(slice_skip(url, edge.len), way)) {
        return url;
    }
    struct slice id = slice_skip(url, edge.len + way.len);
    size_t slash = slice_find(id, '/');
    size_t colon = slice_rfind(edge, ':');
    struct slice port = colon > scheme ? slice_skip(edge, colon) : SLICE("");
    return arena_printf(resolver->arena, "%.*s://%.*s.lambda-url.%.*s.localhost%.*s%.*s",
                        SLICE_ARG(slice_take(edge, scheme)), SLICE_ARG(slice_take(id, slash)),
                        SLICE_ARG(resolver->region), SLICE_ARG(port),
                        SLICE_ARG(slash != SLICE_NPOS ? slice_skip(id, slash) : SLICE("")));
}

struct value *intrinsic_split(struct resolver *resolver, struct value *call, struct value *arg)
{
    const struct value *delimiter = value_at(arg, 0), *text = value_at(arg, 1);
    if (value_count(arg) != 2 || !value_is_scalar(delimiter) ||
        value_scalar_text(delimiter).len == 0) {
        return tell_error(
            resolver, call->pos,
            "Template error: every Fn::Split object requires two parameters, (1) a "
            "string delimiter and (2) a string to be split or a function that returns "
            "a string to be split.");
    }
    text = resolve_value(resolver, value_at(arg, 1));
    if (value_is_unknown(text)) {
        return unknown_value(resolver, call->pos);
    }
    struct slice rest =
        with_own_host(resolver, resolve_text(resolver, text, "the second argument of Fn::Split"));
    struct slice separator = value_scalar_text(delimiter);
    struct value *list = value_list(resolver->arena, call->pos);
    for (;;) {
        size_t at = slice_search(rest, separator);
        struct slice part = at == SLICE_NPOS ? rest : slice_take(rest, at);
        value_push(resolver->arena, list, value_string(resolver->arena, call->pos, part));
        if (at == SLICE_NPOS) {
            return list;
        }
        rest = slice_skip(rest, at + separator.len);
    }
}

struct value *intrinsic_select(struct resolver *resolver, struct value *call, struct value *arg)
{
    static const char wants[] = "Template error: Fn::Select requires a list argument with two "
                                "elements: an integer index and a list";
    if (arg->kind != VALUE_LIST || value_count(arg) != 2) {
        return tell_error(resolver, call->pos, "%s", wants);
    }
    const struct value *index = resolve_value(resolver, arg->as.list.items[0]);
    struct value *list = resolve_value(resolver, arg->as.list.items[1]);
    if (value_is_unknown(index) || value_is_unknown(list)) {
        return unknown_value(resolver, call->pos);
    }
    uint64_t number;
    if (!value_is_scalar(index) || !slice_to_u64(value_scalar_text(index), &number) ||
        list == NULL || list->kind != VALUE_LIST) {
        return tell_error(resolver, call->pos, "%s", wants);
    }
    if (number >= list->as.list.count) {
        return tell_error(
            resolver, call->pos,
            "Template error: Fn::Select cannot select nonexistent value at index %llu",
            (unsigned long long)number);
    }
    struct value *selected = list->as.list.items[number];
    if (selected->kind == VALUE_NULL) {
        return tell_error(resolver, call->pos,
                          "Template error: Fn::Select cannot select null values (index %llu)",
                          (unsigned long long)number);
    }
    return selected;
}

struct value *intrinsic_base64(struct resolver *resolver, struct value *call, struct value *arg)
{
    const struct value *text = resolve_value(resolver, arg);
    if (!value_is_scalar(text)) {
        return tell_error(
            resolver, call->pos,
            "Template error: every Fn::Base64 object must have a String-typed value.");
    }
    AUTO_BUF out = BUF_INIT(TEMPLATE_TEXT_MAX);
    base64_encode(&out, value_scalar_text(text));
    return text_value(resolver, call->pos, &out);
}

static bool is_extended(struct resolver *resolver, const struct value *call, const char *name)
{
    if (!resolver->has_language_extensions) {
        tell_error(resolver, call->pos,
                   "Template error: %s needs 'Transform: AWS::LanguageExtensions'", name);
    }
    return resolver->has_language_extensions;
}

struct value *intrinsic_length(struct resolver *resolver, struct value *call, struct value *arg)
{
    if (!is_extended(resolver, call, "Fn::Length")) {
        return unknown_value(resolver, call->pos);
    }
    const struct value *list = resolve_value(resolver, arg);
    if (value_is_unknown(list)) {
        return value_int(resolver->arena, call->pos, 0);
    }
    if (list == NULL || list->kind != VALUE_LIST) {
        return tell_error(resolver, call->pos, "Template error: Fn::Length requires a list");
    }
    return value_int(resolver->arena, call->pos, (int64_t)list->as.list.count);
}

struct value *intrinsic_to_json_string(struct resolver *resolver, struct value *call,
                                       struct value *arg)
{
    if (!is_extended(resolver, call, "Fn::ToJsonString")) {
        return unknown_value(resolver, call->pos);
    }
    const struct value *value = resolve_value(resolver, arg);
    if (value == NULL || (value->kind != VALUE_LIST && value->kind != VALUE_MAP)) {
        return tell_error(resolver, call->pos,
                          "Template error: Fn::ToJsonString requires a list or a map");
    }
    AUTO_BUF out = BUF_INIT(TEMPLATE_TEXT_MAX);
    value_to_json(&out, value);
    return text_value(resolver, call->pos, &out);
}

struct value *intrinsic_get_azs(struct resolver *resolver, struct value *call, struct value *arg)
{
    const struct value *value = resolve_value(resolver, arg);
    struct slice region = resolve_text(resolver, value, "the region of Fn::GetAZs");
    if (region.len == 0) {
        region = resolver->region;
    }
    struct value *list = value_list(resolver->arena, call->pos);
    for (char zone = 'a'; zone <= 'c'; zone++) {
        value_push(resolver->arena, list,
                   value_text(resolver->arena, call->pos, "%.*s%c", SLICE_ARG(region), zone));
    }
    return list;
}

static bool parse_ipv4_block(struct slice text, uint32_t *ret_address, uint64_t *ret_prefix)
{
    size_t slash = slice_find(text, '/');
    if (slash == SLICE_NPOS || !slice_to_u64(slice_skip(text, slash + 1), ret_prefix) ||
        *ret_prefix > 32) {
        return false;
    }
    struct slice rest = slice_take(text, slash), part;
    uint32_t address = 0;
    size_t count = 0;
    while (slice_split(&rest, '.', &part)) {
        uint64_t byte;
        if (!slice_to_u64(part, &byte) || byte > 255 || ++count > 4) {
            return false;
        }
        address = (address << 8) | (uint32_t)byte;
    }
    *ret_address = address;
    return count == 4;
}

struct value *intrinsic_cidr(struct resolver *resolver, struct value *call, struct value *arg)
{
    size_t count = value_count(arg);
    if (arg->kind != VALUE_LIST || count < 2 || count > 3) {
        return tell_error(resolver, call->pos,
                          "Template error: every Fn::Cidr object requires two or three parameters: "
                          "the block, the count and the bits");
    }
    uint64_t numbers[2] = {0, 8}; /* how many blocks, bits of each */
    const struct value *block = resolve_value(resolver, arg->as.list.items[0]);
    bool is_any_unknown = value_is_unknown(block);
    bool is_good = block != NULL;
    for (size_t i = 1; i < count; i++) {
        const struct value *number = resolve_value(resolver, arg->as.list.items[i]);
        is_any_unknown = is_any_unknown || value_is_unknown(number);
        is_good = is_good && value_is_scalar(number) &&
                  slice_to_u64(value_scalar_text(number), &numbers[i - 1]);
    }
    if (is_any_unknown) {
        return unknown_value(resolver, call->pos);
    }
    struct slice text = resolve_text(resolver, block, "the block of Fn::Cidr");
    if (slice_find(text, ':') != SLICE_NPOS) {
        return tell_unknown(resolver, call->pos, "Fn::Cidr: IPv6 blocks are not computed");
    }
    uint32_t address = 0;
    uint64_t prefix = 0;
    if (!is_good || !parse_ipv4_block(text, &address, &prefix) || numbers[0] < 1 ||
        numbers[0] > 256 || numbers[1] < 1 || numbers[1] > 32 - prefix ||
        numbers[0] > (uint64_t)1 << (32 - prefix - numbers[1])) {
        return tell_error(
            resolver, call->pos,
            "Template error: Fn::Cidr cannot cut '%.*s' into %llu blocks of %llu bits",
            SLICE_ARG(text), (unsigned long long)numbers[0], (unsigned long long)numbers[1]);
    }
    uint32_t mask = prefix == 0 ? 0 : UINT32_MAX << (32 - prefix);
    struct value *list = value_list(resolver->arena, call->pos);
    for (uint64_t i = 0; i < numbers[0]; i++) {
        uint32_t start = (address & mask) + (uint32_t)(i << numbers[1]);
        value_push(resolver->arena, list,
                   value_text(resolver->arena, call->pos, "%u.%u.%u.%u/%u", start >> 24,
                              (start >> 16) & 255, (start >> 8) & 255, start & 255,
                              32 - (unsigned)numbers[1]));
    }
    return list;
}
