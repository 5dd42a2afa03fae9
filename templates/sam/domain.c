/* Domain of APIs: domain name, base path mappings and Route 53 records. Nothing of it is served
 * locally; the resources keep their ids. */
#include "templates/sam/sam.h"

#include "core/mem.h"

struct domain {
    struct macro *macro;
    struct value *given;
    struct slice id;
    struct value *endpoint;
    bool is_v2_api;  /* ApiGatewayV2 */
    bool is_private; /* ApiGateway::DomainNameV2 */
    struct source_pos pos;
};

static struct value *truthy(struct value *value)
{
    return sam_is_truthy(value) ? value : NULL;
}

static struct value *mutual_tls(struct domain *domain)
{
    struct sam *sam = domain->macro->sam;
    struct value *given = truthy(sam_get(domain->given, "MutualTlsAuthentication"));
    if (given == NULL) {
        return NULL;
    }
    if (!sam_is_map(given)) {
        macro_error(domain->macro, given->pos,
                    "Property 'Domain.MutualTlsAuthentication' should be a map.");
        return NULL;
    }
    for (size_t i = 0; i < sam_entries(given); i++) {
        struct slice key = given->as.map.entries[i].key;
        if (!slice_is(key, "TruststoreUri") && !slice_is(key, "TruststoreVersion")) {
            macro_error(domain->macro, given->as.map.entries[i].key_pos,
                        "Available Domain.MutualTlsAuthentication fields are ['TruststoreUri', "
                        "'TruststoreVersion'].");
        }
    }
    return sam_map(sam, given->pos, "TruststoreUri", truthy(sam_get(given, "TruststoreUri")),
                   "TruststoreVersion", truthy(sam_get(given, "TruststoreVersion")), NULL);
}

static void emit_rest_domain(struct domain *domain, struct value *name, struct value *certificate)
{
    static const char *const same[] = {"SecurityPolicy", "EndpointAccessMode", "Policy",
                                       "OwnershipVerificationCertificateArn"};
    struct macro *macro = domain->macro;
    struct sam *sam = macro->sam;
    const char *type =
        domain->is_private ? "AWS::ApiGateway::DomainNameV2" : "AWS::ApiGateway::DomainName";
    struct value *properties = macro_emit(macro, domain->id, type, domain->pos, macro->inherited);
    bool is_regional = value_is(domain->endpoint, "REGIONAL");
    sam_put(sam, properties, "DomainName", name);
    sam_put(sam, properties, is_regional ? "RegionalCertificateArn" : "CertificateArn",
            certificate);
    sam_put(sam, properties, "EndpointConfiguration",
            sam_map(sam, domain->pos, "Types", sam_list(sam, domain->pos, domain->endpoint, NULL),
                    "IpAddressType", truthy(sam_get(domain->given, "IpAddressType")), NULL));
    if (!domain->is_private) {
        sam_put(sam, properties, "MutualTlsAuthentication", mutual_tls(domain));
    }
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_put(sam, properties, same[i], truthy(sam_get(domain->given, same[i])));
    }
}

static void emit_v2_domain(struct domain *domain, struct value *name, struct value *certificate,
                           const char *tag)
{
    struct macro *macro = domain->macro;
    struct sam *sam = macro->sam;
    struct source_pos pos = domain->pos;
    struct value *properties =
        macro_emit(macro, domain->id, "AWS::ApiGatewayV2::DomainName", pos, macro->inherited);
    struct value *configuration =
        sam_map(sam, pos, "CertificateArn", certificate, "EndpointType", domain->endpoint,
                "OwnershipVerificationCertificateArn",
                truthy(sam_get(domain->given, "OwnershipVerificationCertificateArn")),
                "SecurityPolicy", truthy(sam_get(domain->given, "SecurityPolicy")), NULL);
    sam_put(sam, properties, "DomainName", name);
    sam_put(sam, properties, "Tags", sam_map(sam, pos, tag, sam_text(sam, pos, "SAM"), NULL));
    sam_put(sam, properties, "DomainNameConfigurations", sam_list(sam, pos, configuration, NULL));
    sam_put(sam, properties, "MutualTlsAuthentication", mutual_tls(domain));
}

static struct slice only_alnum(struct sam *sam, struct slice text)
{
    char *out = arena_alloc(sam->arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (slice_is_alnum(slice_of(&text.ptr[i], 1), "")) {
            out[len++] = text.ptr[i];
        }
    }
    return slice_of(out, len);
}

static void add_mapping(struct domain *domain, struct value *base_path)
{
    struct macro *macro = domain->macro;
    struct sam *sam = macro->sam;
    struct source_pos pos = domain->pos;
    struct slice path = base_path != NULL ? base_path->text : SLICE("");
    struct slice word = only_alnum(sam, path);
    struct value *normalizes = sam_get(domain->given, "NormalizeBasePath");
    struct slice id = arena_printf(sam->arena, "%.*s%.*s%s", SLICE_ARG(macro->id), SLICE_ARG(word),
                                   domain->is_v2_api ? "ApiMapping" : "BasePathMapping");
    const char *type = domain->is_v2_api    ? "AWS::ApiGatewayV2::ApiMapping"
                       : domain->is_private ? "AWS::ApiGateway::BasePathMappingV2"
                                            : "AWS::ApiGateway::BasePathMapping";
    struct value *properties = macro_emit(macro, id, type, pos, macro->inherited);
    sam_put(sam, properties, domain->is_private ? "DomainNameArn" : "DomainName",
            value_ref(sam->arena, pos, domain->id));
    sam_put(sam, properties, domain->is_v2_api ? "ApiId" : "RestApiId",
            value_ref(sam->arena, pos, macro->id));
    sam_put(
        sam, properties, "Stage",
        value_ref(sam->arena, pos, arena_printf(sam->arena, "%.*s.Stage", SLICE_ARG(macro->id))));
    if (base_path == NULL) {
        return;
    }
    if (domain->is_v2_api) {
        while (slice_starts_with(path, SLICE("/"))) {
            path = slice_skip(path, 1);
        }
        while (slice_ends_with(path, SLICE("/"))) {
            path = slice_take(path, path.len - 1);
        }
        sam_put(sam, properties, "ApiMappingKey", sam_string(sam, base_path->pos, path));
    } else {
        bool is_normal = normalizes == NULL || sam_is_truthy(normalizes);
        sam_put(sam, properties, "BasePath",
                sam_string(sam, base_path->pos, is_normal ? word : path));
    }
}

static void add_mappings(struct domain *domain)
{
    struct value *paths = truthy(sam_get(domain->given, "BasePath"));
    if (sam_is_string(paths)) {
        add_mapping(domain, paths);
    } else if (sam_is_list(paths)) {
        for (size_t i = 0; i < sam_items(paths); i++) {
            if (!sam_is_string(value_at(paths, i))) {
                macro_error(domain->macro, paths->pos,
                            domain->is_v2_api ? "Basepath must be a string."
                                              : "Property 'Domain.BasePath' should be a string.");
                return;
            }
            add_mapping(domain, value_at(paths, i));
        }
    } else {
        add_mapping(domain, NULL);
    }
}

static struct value *alias_target(struct domain *domain, const struct value *route53)
{
    struct sam *sam = domain->macro->sam;
    struct source_pos pos = domain->pos;
    struct value *zone, *name;
    if (value_is(domain->endpoint, "REGIONAL")) {
        zone = value_getatt(sam->arena, pos, domain->id, "RegionalHostedZoneId");
        name = value_getatt(sam->arena, pos, domain->id, "RegionalDomainName");
    } else if (value_is(domain->endpoint, "EDGE")) {
        zone = sam_text(sam, pos, "Z2FDTNDATAQYW2"); /* CloudFront's */
        name = sam_get(route53, "DistributionDomainName");
        name = name != NULL ? name
                            : value_getatt(sam->arena, pos, domain->id, "DistributionDomainName");
    } else {
        zone = sam_get(route53, "VpcEndpointHostedZoneId");
        name = sam_get(route53, "VpcEndpointDomainName");
    }
    return sam_map(sam, pos, "EvaluateTargetHealth", sam_get(route53, "EvaluateTargetHealth"),
                   "HostedZoneId", zone, "DNSName", name, NULL);
}

static void push_record(struct domain *domain, struct value *records, const char *type,
                        const struct value *route53)
{
    struct sam *sam = domain->macro->sam;
    value_push(sam->arena, records,
               sam_map(sam, domain->pos, "Name", sam_get(domain->given, "DomainName"), "Type",
                       sam_text(sam, domain->pos, type), "AliasTarget",
                       alias_target(domain, route53), "Region", sam_get(route53, "Region"),
                       "SetIdentifier", sam_get(route53, "SetIdentifier"), NULL));
}

static void add_records(struct domain *domain)
{
    struct macro *macro = domain->macro;
    struct sam *sam = macro->sam;
    struct value *route53 = sam_get(domain->given, "Route53");
    struct value *zone_id = sam_get(route53, "HostedZoneId");
    struct value *zone_name = sam_get(route53, "HostedZoneName");
    if (route53 == NULL) {
        return;
    }
    if (!sam_is_map(route53)) {
        macro_error(macro, route53->pos, "Property 'Domain.Route53' should be a map.");
        return;
    }
    if (zone_id == NULL && zone_name == NULL) {
        macro_error(
            macro, route53->pos,
            "HostedZoneId or HostedZoneName is required to enable Route53 support on Custom "
            "Domains.");
        return;
    }
    struct value *zone = sam_is_truthy(zone_id) ? zone_id : zone_name;
    bool is_separate =
        !domain->is_v2_api && sam_is_truthy(sam_get(route53, "SeparateRecordSetGroup"));
    struct value *key =
        is_separate ? sam_list(sam, zone->pos, zone, sam_get(domain->given, "DomainName"), NULL)
                    : zone;
    struct slice id = arena_printf(sam->arena, "RecordSetGroup%.*s", SLICE_ARG(sam_hash(sam, key)));
    struct value *records = value_find(sam->record_sets, id);
    if (records == NULL) {
        records = value_list(sam->arena, domain->pos);
        value_set(sam->arena, sam->record_sets, id, records);
    }
    push_record(domain, records, "A", route53);
    if (sam_is_true(sam_get(route53, "IpV6"))) {
        push_record(domain, records, "AAAA", route53);
    }
    struct value *group =
        macro_emit(macro, id, "AWS::Route53::RecordSetGroup", domain->pos, macro->inherited);
    sam_put(sam, group, "HostedZoneId", zone_id);
    if (!domain->is_v2_api || zone_id == NULL) {
        sam_put(sam, group, "HostedZoneName", zone_name);
    }
    sam_put(sam, group, "RecordSets", records);
}

static void add_access_association(struct domain *domain)
{
    struct sam *sam = domain->macro->sam;
    struct source_pos pos = domain->pos;
    struct value *association = sam_get(domain->given, "AccessAssociation");
    struct value *endpoint = sam_get(association, "VpcEndpointId");
    if (association == NULL) {
        return;
    }
    struct value *key = value_list(sam->arena, pos);
    value_push(sam->arena, key, endpoint != NULL ? endpoint : value_null(sam->arena, pos));
    value_push(sam->arena, key, sam_string(sam, pos, domain->id));
    struct value *properties = macro_emit(
        domain->macro,
        arena_printf(sam->arena, "DomainNameAccessAssociation%.*s", SLICE_ARG(sam_hash(sam, key))),
        "AWS::ApiGateway::DomainNameAccessAssociation", pos, domain->macro->inherited);
    sam_put(sam, properties, "DomainNameArn", value_ref(sam->arena, pos, domain->id));
    sam_put_text(sam, properties, "AccessAssociationSourceType", "VPCE");
    sam_put(sam, properties, "AccessAssociationSource", endpoint);
}

static bool domain_init(struct domain *domain, struct macro *macro, struct value *given,
                        bool is_v2_api)
{
    struct sam *sam = macro->sam;
    *domain = (struct domain){.macro = macro, .given = given, .is_v2_api = is_v2_api};
    domain->pos = macro_pos_of(macro, "Domain");
    if (!sam_is_map(given)) {
        macro_error(macro, domain->pos, "Property 'Domain' should be a map.");
        return false;
    }
    struct value *name = sam_get(given, "DomainName");
    struct value *certificate = sam_get(given, "CertificateArn");
    if (name == NULL || certificate == NULL) {
        if (is_v2_api) {
            macro_error(macro, domain->pos,
                        "Custom Domains only works if both DomainName and CertificateArn are "
                        "provided.");
        } else {
            macro_error(macro, domain->pos, "Property 'Domain.%s' is required.",
                        name == NULL ? "DomainName" : "CertificateArn");
        }
        return false;
    }
    domain->endpoint = sam_get(given, "EndpointConfiguration");
    if (domain->endpoint == NULL) {
        domain->endpoint = sam_text(sam, domain->pos, "REGIONAL");
    }
    bool is_known = value_is(domain->endpoint, "REGIONAL") ||
                    (!is_v2_api &&
                     (value_is(domain->endpoint, "EDGE") || value_is(domain->endpoint, "PRIVATE")));
    if (!is_known) {
        macro_error(macro, domain->endpoint->pos,
                    "EndpointConfiguration for Custom Domains must be one of %s.",
                    is_v2_api ? "['REGIONAL']" : "['EDGE', 'REGIONAL', 'PRIVATE']");
        return false;
    }
    domain->is_private = value_is(domain->endpoint, "PRIVATE");
    domain->id =
        arena_printf(sam->arena, "ApiGatewayDomainName%s%.*s",
                     is_v2_api || domain->is_private ? "V2" : "", SLICE_ARG(sam_hash(sam, name)));
    return true;
}

void api_domain(struct macro *macro, struct value *given)
{
    struct domain domain;
    if (domain_init(&domain, macro, given, false)) {
        emit_rest_domain(&domain, sam_get(given, "DomainName"), sam_get(given, "CertificateArn"));
        add_mappings(&domain);
        add_records(&domain);
        if (domain.is_private) {
            add_access_association(&domain);
        }
    }
}

void api_v2_domain(struct macro *macro, struct value *given, const char *tag)
{
    struct domain domain;
    if (domain_init(&domain, macro, given, true)) {
        emit_v2_domain(&domain, sam_get(given, "DomainName"), sam_get(given, "CertificateArn"),
                       tag);
        add_mappings(&domain);
        add_records(&domain);
    }
}
