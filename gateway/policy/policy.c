#include "gateway/policy/policy_private.h"

#include "core/json_scan.h"

enum status policy_error(const struct policy_reader *reader, const char *format, ...)
{
    struct fault why;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&why, STATUS_INVALID, format, args);
    va_end(args);
    return fault_set(reader->reterr, STATUS_INVALID, "statement %zu: %s", reader->statement,
                     why.text);
}

/* --- texts --- */

static bool read_text(const struct policy_reader *reader, struct slice raw, bool with_scalars,
                      struct slice *ret_text)
{
    enum json_kind kind = json_raw_kind(raw);
    if (kind == JSON_STRING) {
        return json_raw_string(reader->arena, slice_trim(raw), ret_text);
    }
    *ret_text = slice_trim(raw);
    return with_scalars && (kind == JSON_NUMBER || kind == JSON_BOOL);
}

enum status policy_read_texts(const struct policy_reader *reader, const char *name,
                              struct slice raw, bool with_scalars, struct text_list *ret_texts)
{
    bool is_list = json_raw_kind(raw) == JSON_ARRAY;
    size_t count = is_list ? json_raw_count(raw) : 1;
    struct slice element = raw;
    struct json_scan scan = json_scan_array(raw);
    struct text_list list = {.texts = arena_array(reader->arena, count, sizeof *list.texts)};
    if (count == 0) {
        return policy_error(reader, "'%s' is an empty list", name);
    }
    while (list.count < count && (!is_list || json_scan_element(&scan, &element))) {
        if (!read_text(reader, element, with_scalars, &list.texts[list.count])) {
            return policy_error(reader, "'%s' must be a string or a list of strings", name);
        }
        list.count++;
    }
    *ret_texts = list;
    return STATUS_OK;
}

/* "X" or "NotX": one of them, or neither where it is not required. */
static enum status read_either(const struct policy_reader *reader, struct slice object,
                               const char *name, const char *not_name, struct slice *ret_raw,
                               bool *ret_is_not)
{
    struct slice raw = json_raw_member(object, name);
    struct slice not_raw = json_raw_member(object, not_name);
    if (raw.ptr != NULL && not_raw.ptr != NULL) {
        return policy_error(reader, "it has both '%s' and '%s'", name, not_name);
    }
    if (raw.ptr == NULL && not_raw.ptr == NULL) {
        return policy_error(reader, "it has neither '%s' nor '%s'", name, not_name);
    }
    *ret_is_not = not_raw.ptr != NULL;
    *ret_raw = *ret_is_not ? not_raw : raw;
    return STATUS_OK;
}

static enum status read_patterns(const struct policy_reader *reader, struct slice object,
                                 const char *name, const char *not_name,
                                 struct text_list *ret_patterns, bool *ret_is_not)
{
    struct slice raw;
    enum status status = read_either(reader, object, name, not_name, &raw, ret_is_not);
    if (status != STATUS_OK) {
        return status;
    }
    return policy_read_texts(reader, *ret_is_not ? not_name : name, raw, false, ret_patterns);
}

/* --- principals --- */

static enum principal_kind principal_kind(struct slice name)
{
    return slice_is(name, "AWS")       ? PRINCIPAL_AWS
           : slice_is(name, "Service") ? PRINCIPAL_SERVICE
                                       : PRINCIPAL_OTHER;
}

static enum status add_principals(const struct policy_reader *reader, struct statement *statement,
                                  struct slice kind, struct slice raw)
{
    struct text_list names;
    if (!slice_is(kind, "AWS") && !slice_is(kind, "Service") && !slice_is(kind, "Federated") &&
        !slice_is(kind, "CanonicalUser")) {
        return policy_error(reader, "there are no principals of the kind '%.*s'", SLICE_ARG(kind));
    }
    enum status status = policy_read_texts(reader, "Principal", raw, false, &names);
    if (status != STATUS_OK) {
        return status;
    }
    size_t count = statement->principal_count + names.count;
    struct principal *principals = arena_array(reader->arena, count, sizeof *principals);
    if (statement->principal_count > 0) {
        memcpy(principals, statement->principals, statement->principal_count * sizeof *principals);
    }
    for (size_t i = 0; i < names.count; i++) {
        principals[statement->principal_count + i] =
            (struct principal){.kind = principal_kind(kind), .name = names.texts[i]};
    }
    statement->principals = principals;
    statement->principal_count = count;
    return STATUS_OK;
}

/* "*" or {"AWS": ..., "Service": ...}. */
static enum status read_principals(const struct policy_reader *reader, struct slice object,
                                   struct statement *statement)
{
    struct slice raw, key, value, kind;
    enum status status = read_either(reader, object, "Principal", "NotPrincipal", &raw,
                                     &statement->is_not_principal);
    if (status != STATUS_OK) {
        return status;
    }
    if (json_raw_kind(raw) == JSON_STRING) {
        if (!slice_is(slice_trim(raw), "\"*\"")) {
            return policy_error(reader, "'Principal' must be \"*\" or an object");
        }
        return add_principals(reader, statement, SLICE("AWS"), raw);
    }
    struct json_scan scan = json_scan_object(raw);
    while (status == STATUS_OK && json_scan_member(&scan, &key, &value)) {
        status = json_raw_key(reader->arena, key, &kind)
                     ? add_principals(reader, statement, kind, value)
                     : STATUS_INVALID;
    }
    if (status == STATUS_OK && statement->principal_count == 0) {
        return policy_error(reader, "'Principal' must be \"*\" or an object");
    }
    return status;
}

/* --- statements --- */

static enum status check_members(const struct policy_reader *reader, struct slice object)
{
    static const char *const known[] = {"Sid",       "Effect",       "Action",
                                        "NotAction", "Resource",     "NotResource",
                                        "Principal", "NotPrincipal", "Condition"};
    struct slice key, value, name;
    struct json_scan scan = json_scan_object(object);
    while (json_scan_member(&scan, &key, &value)) {
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0] && !is_known; i++) {
            is_known = json_raw_key(reader->arena, key, &name) && slice_is(name, known[i]);
        }
        if (!is_known) {
            return policy_error(reader, "there is no element '%.*s'", SLICE_ARG(key));
        }
    }
    return STATUS_OK;
}

static enum status read_effect(const struct policy_reader *reader, struct slice object,
                               struct statement *statement)
{
    struct slice effect = json_text_member(reader->arena, object, "Effect");
    statement->is_deny = slice_is(effect, "Deny");
    if (!statement->is_deny && !slice_is(effect, "Allow")) {
        return policy_error(reader, "'Effect' must be \"Allow\" or \"Deny\"");
    }
    return STATUS_OK;
}

static enum status read_statement(const struct policy_reader *reader, struct slice object,
                                  struct statement *statement)
{
    struct slice condition = json_raw_member(object, "Condition");
    statement->sid = json_text_member(reader->arena, object, "Sid");
    enum status status = json_raw_kind(object) == JSON_OBJECT
                             ? read_effect(reader, object, statement)
                             : policy_error(reader, "it is no object");
    if (status == STATUS_OK && reader->kind == POLICY_OF_RESOURCE) {
        status = check_members(reader, object);
    }
    if (status == STATUS_OK && reader->kind == POLICY_OF_RESOURCE) {
        status = read_principals(reader, object, statement);
    }
    if (status == STATUS_OK) {
        status = read_patterns(reader, object, "Action", "NotAction", &statement->actions,
                               &statement->is_not_action);
    }
    if (status == STATUS_OK) {
        status = read_patterns(reader, object, "Resource", "NotResource", &statement->resources,
                               &statement->is_not_resource);
    }
    if (status == STATUS_OK && condition.ptr != NULL) {
        status = policy_read_conditions(reader, condition, statement);
    }
    return status;
}

static enum status read_statements(struct policy_reader *reader, struct slice raw,
                                   struct policy *policy)
{
    bool is_list = json_raw_kind(raw) == JSON_ARRAY;
    struct slice element = raw;
    struct json_scan scan = json_scan_array(raw);
    enum status status = STATUS_OK;
    size_t count = is_list ? json_raw_count(raw) : 1;
    policy->statements = arena_array(reader->arena, count, sizeof *policy->statements);
    while (status == STATUS_OK && policy->count < count &&
           (!is_list || json_scan_element(&scan, &element))) {
        reader->statement = policy->count;
        status = read_statement(reader, element, &policy->statements[policy->count++]);
    }
    return status;
}

/* --- a policy --- */

static enum status read_version(struct arena *arena, struct slice text, bool *ret_has_variables,
                                struct fault *reterr)
{
    struct slice raw = json_raw_member(text, "Version");
    struct slice version = json_text_member(arena, text, "Version");
    *ret_has_variables = slice_is(version, "2012-10-17");
    if (raw.ptr != NULL && !*ret_has_variables && !slice_is(version, "2008-10-17")) {
        return fault_set(reterr, STATUS_INVALID,
                         "'Version' must be \"2012-10-17\" or \"2008-10-17\"");
    }
    return STATUS_OK;
}

enum status policy_parse(struct arena *arena, enum policy_kind kind, struct slice text,
                         const struct policy **ret_policy, struct fault *reterr)
{
    struct policy_reader reader = {.arena = arena, .kind = kind, .reterr = reterr};
    struct policy *policy = arena_alloc(arena, sizeof *policy);
    size_t offset;
    policy->kind = kind;
    if (text.len > POLICY_TEXT_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "the policy is longer than %u bytes",
                         POLICY_TEXT_MAX);
    }
    if (!json_validate(text, &offset)) {
        return fault_set(reterr, STATUS_INVALID, "the policy is no JSON, at offset %zu", offset);
    }
    struct slice statements = json_raw_member(text, "Statement");
    if (statements.ptr == NULL) {
        return fault_set(reterr, STATUS_INVALID, "the policy has no 'Statement'");
    }
    enum status status = read_version(arena, text, &policy->has_variables, reterr);
    if (status == STATUS_OK) {
        status = read_statements(&reader, statements, policy);
    }
    if (status == STATUS_OK) {
        *ret_policy = policy;
    }
    return status;
}
