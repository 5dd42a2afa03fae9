/* Resource policies and gateway responses of REST APIs. */
#include "templates/sam/sam.h"

#include "core/mem.h"

static bool has_item(const struct value *list, const struct value *item)
{
    for (size_t i = 0; i < sam_items(list); i++) {
        if (value_equal(value_at(list, i), item)) {
            return true;
        }
    }
    return false;
}

static struct value *policy_of(struct sam *sam, struct value *body)
{
    struct value *policy = openapi_section(sam, body, "x-amazon-apigateway-policy");
    return policy;
}

/* Statement as a list, which it becomes with its second statement. */
static struct value *statements_of(struct sam *sam, struct value *policy)
{
    struct value *statements = sam_get(policy, "Statement");
    if (!sam_is_list(statements)) {
        statements = statements == NULL ? value_list(sam->arena, policy->pos)
                                        : sam_list(sam, policy->pos, statements, NULL);
        sam_put(sam, policy, "Statement", statements);
    }
    return statements;
}

/* "execute-api:/${__Stage__}/GET/path" of every method of the path */
static struct value *resources_of(struct sam *sam, const struct value *body, struct slice path,
                                  struct value *stage)
{
    struct value *list = value_list(sam->arena, body->pos);
    struct value *items[2];
    size_t count = openapi_alternatives(value_find(sam_get(body, "paths"), path), items);
    struct slice arn_path = openapi_arn_path(sam, path, true);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; sam_is_map(items[i]) && k < sam_entries(items[i]); k++) {
            struct slice method = items[i]->as.map.entries[k].key;
            bool is_any = slice_is(method, "x-amazon-apigateway-any-method") ||
                          slice_ieq(method, SLICE("any"));
            struct slice text = arena_printf(
                sam->arena, "execute-api:/${__Stage__}/%.*s%.*s",
                SLICE_ARG(is_any ? SLICE("*") : sam_upper(sam, method)), SLICE_ARG(arn_path));
            value_push(sam->arena, list,
                       sam_sub(sam, body->pos, arena_cstr(sam->arena, text),
                               sam_map(sam, body->pos, "__Stage__", stage, NULL)));
        }
    }
    return list;
}

static struct value *statement(struct sam *sam, const char *effect, struct value *resources,
                               struct value *principal, struct value *condition)
{
    struct source_pos pos = resources->pos;
    return sam_map(sam, pos, "Effect", sam_text(sam, pos, effect), "Action",
                   sam_text(sam, pos, "execute-api:Invoke"), "Resource", resources, "Principal",
                   principal, "Condition", condition, NULL);
}

static void add_account_statement(struct sam *sam, struct value *policy, struct value *accounts,
                                  const char *effect, struct value *resources)
{
    if (!sam_is_truthy(accounts)) {
        return;
    }
    if (!sam_is_list(accounts)) {
        accounts = sam_list(sam, accounts->pos, accounts, NULL);
    }
    struct value *added =
        statement(sam, effect, resources, sam_map(sam, accounts->pos, "AWS", accounts, NULL), NULL);
    sam_put_text(sam, policy, "Version", "2012-10-17");
    if (sam_get(policy, "Statement") == NULL) {
        sam_put(sam, policy, "Statement", added);
    } else {
        value_push(sam->arena, statements_of(sam, policy), added);
    }
}

/* Everyone is allowed, then who meets the condition is denied. */
static void add_conditional_statements(struct sam *sam, struct value *policy,
                                       const char *operator_name, struct value *condition,
                                       struct value *resources)
{
    struct value *everyone = sam_text(sam, resources->pos, "*");
    struct value *deny_when = value_map(sam->arena, resources->pos);
    sam_put(sam, deny_when, operator_name, condition);
    struct value *allow = statement(sam, "Allow", resources, everyone, NULL);
    struct value *deny = statement(sam, "Deny", resources, everyone, deny_when);
    sam_put_text(sam, policy, "Version", "2012-10-17");
    struct value *statements = statements_of(sam, policy);
    if (!has_item(statements, allow)) {
        value_push(sam->arena, statements, allow);
    }
    if (!has_item(statements, deny)) {
        value_push(sam->arena, statements, deny);
    }
}

/* A list, or one of them; what a parameter of type CommaDelimitedList says is a list. */
static struct value *list_of(struct sam *sam, struct value *given)
{
    if (sam_is_list(given) || !sam_is_string(given)) {
        return sam_is_list(given) ? given : sam_list(sam, given->pos, given, NULL);
    }
    struct value *list = value_list(sam->arena, given->pos);
    struct slice rest = given->text, part;
    while (slice_split(&rest, ',', &part)) {
        value_push(sam->arena, list, value_string(sam->arena, given->pos, slice_trim(part)));
    }
    return list;
}

static void add_ip_statements(struct sam *sam, struct value *policy, struct value *addresses,
                              const char *operator_name, struct value *resources)
{
    if (!sam_is_truthy(addresses)) {
        return;
    }
    addresses = list_of(sam, addresses);
    add_conditional_statements(sam, policy, operator_name,
                               sam_map(sam, addresses->pos, "aws:SourceIp", addresses, NULL),
                               resources);
}

static void add_endpoints(struct sam *sam, struct value *condition, const char *key,
                          const struct value *endpoints, const char *prefix)
{
    for (size_t i = 0; i < sam_items(endpoints); i++) {
        struct value *endpoint = value_at(endpoints, i);
        if (prefix != NULL && !slice_starts_with(value_scalar_text(endpoint), slice_from(prefix))) {
            continue;
        }
        struct value *list = sam_get(condition, key);
        if (list == NULL) {
            list = value_list(sam->arena, endpoint->pos);
            sam_put(sam, condition, key, list);
        }
        value_push(sam->arena, list, endpoint);
    }
}

static void add_vpc_statements(struct macro *macro, struct value *policy, const struct value *given,
                               bool is_deny_list, struct value *resources)
{
    struct sam *sam = macro->sam;
    const char *name = is_deny_list ? "SourceVpcBlacklist" : "SourceVpcWhitelist";
    struct value *endpoints = sam_get(given, name);
    struct value *vpcs =
        sam_get(given, is_deny_list ? "IntrinsicVpcBlacklist" : "IntrinsicVpcWhitelist");
    struct value *vpces =
        sam_get(given, is_deny_list ? "IntrinsicVpceBlacklist" : "IntrinsicVpceWhitelist");
    for (size_t i = 0; i < sam_items(endpoints); i++) {
        if (!sam_is_string(value_at(endpoints, i))) {
            sam_structure_error(
                sam, endpoints->pos,
                "%s must be a list of strings. Use IntrinsicVpc%s instead for values "
                "that use Intrinsic Functions",
                name, is_deny_list ? "Blacklist" : "Whitelist");
            macro->has_failed = true;
            return;
        }
    }
    struct value *condition = value_map(sam->arena, resources->pos);
    add_endpoints(sam, condition, "aws:SourceVpc", endpoints, "vpc-");
    add_endpoints(sam, condition, "aws:SourceVpce", endpoints, "vpce-");
    add_endpoints(sam, condition, "aws:SourceVpc", vpcs, NULL);
    add_endpoints(sam, condition, "aws:SourceVpce", vpces, NULL);
    if (value_count(condition) > 0) {
        add_conditional_statements(sam, policy, is_deny_list ? "StringEquals" : "StringNotEquals",
                                   condition, resources);
    }
}

void api_add_resource_policy(struct macro *macro, struct value *body, const struct value *given,
                             struct slice path, struct value *stage)
{
    struct sam *sam = macro->sam;
    struct value *policy = policy_of(sam, body);
    struct value *resources = resources_of(sam, body, path, stage);
    add_account_statement(sam, policy, sam_get(given, "AwsAccountWhitelist"), "Allow", resources);
    add_account_statement(sam, policy, sam_get(given, "AwsAccountBlacklist"), "Deny", resources);
    add_ip_statements(sam, policy, sam_get(given, "IpRangeWhitelist"), "NotIpAddress", resources);
    add_ip_statements(sam, policy, sam_get(given, "IpRangeBlacklist"), "IpAddress", resources);
    add_vpc_statements(macro, policy, given, true, resources);
    add_vpc_statements(macro, policy, given, false, resources);
}

void api_add_custom_statements(struct sam *sam, struct value *body, struct value *statements)
{
    struct value *policy = policy_of(sam, body);
    sam_put_text(sam, policy, "Version", "2012-10-17");
    if (sam_get(policy, "Statement") == NULL) {
        sam_put(sam, policy, "Statement", value_clone(sam->arena, statements));
        return;
    }
    struct value *list = statements_of(sam, policy);
    struct value *added =
        sam_is_list(statements) ? statements : sam_list(sam, statements->pos, statements, NULL);
    for (size_t i = 0; i < sam_items(added); i++) {
        if (!has_item(list, value_at(added, i))) {
            value_push(sam->arena, list, value_at(added, i));
        }
    }
}

static void add_response_parameters(struct macro *macro, struct value *prefixed,
                                    struct value *given)
{
    static const struct {
        const char *property, *prefix;
    } places[] = {{"Headers", "gatewayresponse.header."},
                  {"Paths", "gatewayresponse.path."},
                  {"QueryStrings", "gatewayresponse.querystring."}};
    struct sam *sam = macro->sam;
    for (size_t i = 0; i < sam_entries(given); i++) {
        const struct value_entry *place = &given->as.map.entries[i];
        size_t k = 0;
        while (k < COUNT_OF(places) && !slice_is(place->key, places[k].property)) {
            k++;
        }
        if (k == COUNT_OF(places)) {
            macro_error(macro, place->key_pos, "Invalid gateway response parameter '%.*s'",
                        SLICE_ARG(place->key));
            continue;
        }
        for (size_t n = 0; n < sam_entries(place->value); n++) {
            const struct value_entry *entry = &place->value->as.map.entries[n];
            value_set_at(
                sam->arena, prefixed,
                arena_printf(sam->arena, "%s%.*s", places[k].prefix, SLICE_ARG(entry->key)),
                entry->key_pos, entry->value);
        }
    }
}

static void add_gateway_response(struct macro *macro, struct value *responses,
                                 const struct value_entry *entry)
{
    static const char *const keys[] = {"ResponseParameters", "ResponseTemplates", "StatusCode"};
    struct sam *sam = macro->sam;
    struct value *given = entry->value;
    if (sam_is_intrinsic(given) || !sam_is_map(given)) {
        macro_error(
            macro, entry->key_pos,
            sam_is_map(given)
                ? "Unable to set GatewayResponses attribute because intrinsic functions are "
                  "not supported for this field."
                : "Invalid property type for GatewayResponses. Expected an object of type "
                  "'GatewayResponse'.");
        return;
    }
    for (size_t i = 0; i < sam_entries(given); i++) {
        struct slice key = given->as.map.entries[i].key;
        if (!slice_is(key, keys[0]) && !slice_is(key, keys[1]) && !slice_is(key, keys[2])) {
            macro_error(macro, given->as.map.entries[i].key_pos,
                        "Invalid property '%.*s' in 'GatewayResponses' property '%.*s'.",
                        SLICE_ARG(key), SLICE_ARG(entry->key));
        }
    }
    struct value *parameters = value_map(sam->arena, given->pos);
    add_response_parameters(macro, parameters, sam_get(given, "ResponseParameters"));
    struct value *templates = sam_get(given, "ResponseTemplates");
    struct value *status = sam_get(given, "StatusCode");
    uint64_t code;
    if (status != NULL && (!slice_to_u64(value_scalar_text(status), &code) || code > 999)) {
        macro_error(macro, status->pos, "Property 'StatusCode' must be numeric");
    }
    value_set_at(
        sam->arena, responses, entry->key, entry->key_pos,
        sam_map(sam, given->pos, "responseParameters", parameters, "responseTemplates",
                templates != NULL ? templates : value_map(sam->arena, given->pos), "statusCode",
                status != NULL ? sam_string(sam, status->pos, value_scalar_text(status)) : NULL,
                NULL));
}

void api_add_gateway_responses(struct macro *macro, struct value *body)
{
    struct value *given = macro_get(macro, "GatewayResponses");
    struct source_pos pos = macro_pos_of(macro, "GatewayResponses");
    if (!sam_is_truthy(given)) {
        return;
    }
    if (!openapi_is_swagger(body)) {
        macro_error(macro, pos,
                    sam_is_truthy(body)
                        ? "Unable to add Auth configuration because 'DefinitionBody' does not "
                          "contain a valid Swagger definition."
                        : "GatewayResponses works only with inline Swagger specified in "
                          "'DefinitionBody' property.");
        return;
    }
    struct value *responses =
        openapi_section(macro->sam, body, "x-amazon-apigateway-gateway-responses");
    for (size_t i = 0; i < sam_entries(given); i++) {
        add_gateway_response(macro, responses, &given->as.map.entries[i]);
    }
}
