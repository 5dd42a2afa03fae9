/* {{resolve:ssm:NAME[:VERSION]}}, {{resolve:ssm-secure:NAME}},
 * {{resolve:secretsmanager:ID[:SecretString
 * [:JSON-KEY[:STAGE[:VERSION]]]]}} inside any text, answered from this template's own parameters
 * and secrets.
 *
 * Source  CloudFormation User Guide, "Dynamic references". */
#include "templates/resolve.h"

#include "core/buf.h"
#include "core/id.h"
#include "core/json_scan.h"
#include "templates/limits.h"

static const struct slice opening = SLICE_INIT("{{resolve:");

/* Name -> logical id of all live resources of one type, by name and by what Ref gives. */
static struct value *index_of(struct resolver *resolver, const char *type)
{
    struct value *index = value_map(resolver->arena, (struct source_pos){0});
    for (size_t i = 0; i < value_count(resolver->resources); i++) {
        const struct value_entry *entry = &resolver->resources->as.map.entries[i];
        if (!value_is(value_get(entry->value, "Type"), type) ||
            !resource_is_live(resolver, entry->key)) {
            continue;
        }
        struct value *logical_id = value_string(resolver->arena, entry->key_pos, entry->key);
        value_set(resolver->arena, index, resource_id(resolver, entry->key, entry->key_pos),
                  logical_id);
        struct value *name = resolve_property(resolver, entry->key, "Name");
        if (value_is_scalar(name)) {
            value_set(resolver->arena, index, value_scalar_text(name), logical_id);
        }
    }
    return index;
}

/* The text of a secret: SecretString, or what GenerateSecretString makes, derived from the secret's
 * name so that every load gives the same. */
static struct slice secret_text(struct resolver *resolver, struct slice logical_id)
{
    struct value *text = resolve_property(resolver, logical_id, "SecretString");
    if (value_is_scalar(text)) {
        return value_scalar_text(text);
    }
    struct value *generate = resolve_property(resolver, logical_id, "GenerateSecretString");
    if (generate == NULL) {
        return SLICE_NULL;
    }
    uint64_t len = 32;
    const struct value *wanted = value_get(generate, "PasswordLength");
    if (!value_is_scalar(wanted) || !slice_to_u64(value_scalar_text(wanted), &len) || len < 1 ||
        len > 4096) {
        len = 32;
    }
    char *password = arena_alloc(resolver->arena, len + 1);
    id_derived(password, len, logical_id);
    const struct value *frame = value_get(generate, "SecretStringTemplate");
    const struct value *key = value_get(generate, "GenerateStringKey");
    if (!value_is_scalar(frame) || !value_is_scalar(key)) {
        return slice_from(password);
    }
    struct slice json = slice_trim(value_scalar_text(frame));
    if (json.len < 2 || json.ptr[json.len - 1] != '}') {
        return slice_from(password);
    }
    struct slice inside = slice_trim(slice_of(json.ptr + 1, json.len - 2));
    return arena_printf(resolver->arena, "{%.*s%s\"%.*s\":\"%s\"}", SLICE_ARG(inside),
                        inside.len > 0 ? "," : "", SLICE_ARG(value_scalar_text(key)), password);
}

static bool next_part(struct slice *rest, struct slice *ret_part)
{
    *ret_part = SLICE("");
    return slice_split(rest, ':', ret_part);
}

/* An ARN holds colons of its own: its seven parts are one. */
static struct slice secret_id(struct slice *rest)
{
    struct slice start = *rest, part;
    bool is_arn = slice_starts_with(start, SLICE("arn:"));
    size_t parts = is_arn ? 7 : 1, len = 0;
    for (size_t i = 0; i < parts && next_part(rest, &part); i++) {
        len = (size_t)(part.ptr + part.len - start.ptr);
    }
    return slice_take(start, len);
}

static bool resolve_secret(struct resolver *resolver, struct slice rest, struct slice *ret_text)
{
    if (resolver->secret_values == NULL) {
        resolver->secret_values = index_of(resolver, "AWS::SecretsManager::Secret");
    }
    struct slice id = secret_id(&rest), part, key;
    const struct value *logical_id = value_find(resolver->secret_values, id);
    if (logical_id == NULL) {
        return false;
    }
    *ret_text = secret_text(resolver, logical_id->text);
    next_part(&rest, &part); /* SecretString, the only one there is */
    next_part(&rest, &key);
    struct slice raw;
    if (key.len == 0) {
        return true;
    }
    return json_raw_find(*ret_text, arena_cstr(resolver->arena, key), &raw) &&
           (json_raw_string(resolver->arena, raw, ret_text) || (*ret_text = raw, true));
}

static bool resolve_parameter(struct resolver *resolver, struct slice rest, struct slice *ret_text)
{
    if (resolver->ssm_values == NULL) {
        resolver->ssm_values = index_of(resolver, "AWS::SSM::Parameter");
    }
    struct slice name;
    next_part(&rest, &name);
    const struct value *logical_id = value_find(resolver->ssm_values, name);
    if (logical_id == NULL) {
        return false;
    }
    struct value *value = resolve_property(resolver, logical_id->text, "Value");
    *ret_text = value_scalar_text(value);
    return value_is_scalar(value);
}

struct value *dynamic_references(struct resolver *resolver, struct value *value)
{
    size_t start = slice_search(value->text, opening);
    if (start == SLICE_NPOS || resolver->is_exhausted ||
        resolver->depth > TEMPLATE_EVAL_DEPTH_MAX) {
        return value;
    }
    struct slice rest = value->text;
    AUTO_BUF out = BUF_INIT(TEMPLATE_TEXT_MAX);
    bool is_all_unknown = true;
    resolver->depth++;
    for (; start != SLICE_NPOS; start = slice_search(rest, opening)) {
        struct slice inside = slice_skip(rest, start + opening.len);
        size_t end = slice_search(inside, SLICE("}}"));
        if (end == SLICE_NPOS) {
            break;
        }
        buf_append(&out, slice_take(rest, start));
        rest = slice_skip(inside, end + 2);
        inside = slice_take(inside, end);
        struct slice whole = inside, service, text;
        next_part(&inside, &service);
        bool is_known = slice_is(service, "secretsmanager")
                            ? resolve_secret(resolver, inside, &text)
                            : (slice_is(service, "ssm") || slice_is(service, "ssm-secure")) &&
                                  resolve_parameter(resolver, inside, &text);
        if (is_known) {
            buf_append(&out, text);
            is_all_unknown = false;
        } else {
            tell_unknown(resolver, value->pos,
                         "{{resolve:%.*s}}: this template declares no such parameter or secret",
                         SLICE_ARG(whole));
        }
    }
    resolver->depth--;
    buf_append(&out, rest);
    if (is_all_unknown && out.len == 0) {
        return unknown_value(resolver, value->pos);
    }
    if (!resolver_allows_text(resolver, value->pos,
                              out.is_full ? TEMPLATE_TEXT_MAX + 1 : out.len)) {
        return unknown_value(resolver, value->pos);
    }
    return value_string(resolver->arena, value->pos, arena_copy(resolver->arena, buf_slice(&out)));
}
