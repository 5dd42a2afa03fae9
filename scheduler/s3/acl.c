#include "scheduler/s3/acl.h"

#include "core/api/xml.h"
#include "core/mem.h"

#define ACL_MAX 65536
#define GROUPS "http://acs.amazonaws.com/groups/"

/* A canned ACL: what it grants besides the owner's full control. */
static const struct {
    const char *name;
    const char *group, *permission, *second_permission;
} canned[] = {
    {"private", NULL, NULL, NULL},
    {"public-read", GROUPS "global/AllUsers", "READ", NULL},
    {"public-read-write", GROUPS "global/AllUsers", "READ", "WRITE"},
    {"authenticated-read", GROUPS "global/AuthenticatedUsers", "READ", NULL},
    {"log-delivery-write", GROUPS "s3/LogDelivery", "WRITE", "READ_ACP"},
    {"bucket-owner-read", NULL, NULL, NULL},
    {"bucket-owner-full-control", NULL, NULL, NULL},
    {"aws-exec-read", NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct {
    const char *header, *permission;
} grants[] = {
    {"x-amz-grant-full-control", "FULL_CONTROL"}, {"x-amz-grant-read", "READ"},
    {"x-amz-grant-read-acp", "READ_ACP"},         {"x-amz-grant-write", "WRITE"},
    {"x-amz-grant-write-acp", "WRITE_ACP"},       {NULL, NULL},
};

static const struct {
    const char *key, *type, *element;
} grantee_kinds[] = {{"id", "CanonicalUser", "ID"},
                     {"uri", "Group", "URI"},
                     {"emailAddress", "AmazonCustomerByEmail", "EmailAddress"}};

static void write_grant(struct buf *xml, const char *type, const char *element, struct slice who,
                        struct slice permission)
{
    buf_printf(xml,
               "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
               "xsi:type=\"%s\">",
               type);
    xml_element(xml, element, who);
    buf_append_text(xml, "</Grantee>");
    xml_element(xml, "Permission", permission);
    buf_append_text(xml, "</Grant>");
}

static void write_owner_grant(struct buf *xml, const struct s3 *s3)
{
    write_grant(xml, "CanonicalUser", "ID", slice_from(s3->owner_id), SLICE("FULL_CONTROL"));
}

static const struct refusal *write_canned(const struct s3 *s3, struct arena *arena, struct buf *xml,
                                          struct slice name)
{
    write_owner_grant(xml, s3);
    for (size_t i = 0; canned[i].name != NULL; i++) {
        if (!slice_is(name, canned[i].name)) {
            continue;
        }
        const char *const permissions[] = {canned[i].permission, canned[i].second_permission};
        for (size_t k = 0; k < 2 && permissions[k] != NULL; k++) {
            write_grant(xml, "Group", "URI", slice_from(canned[i].group),
                        slice_from(permissions[k]));
        }
        return NULL;
    }
    return refuse_argument(arena, "x-amz-acl", name, "");
}

static const struct refusal *write_grantee(struct arena *arena, struct buf *xml, const char *header,
                                           const char *permission, struct slice grantee)
{
    size_t equals = slice_find(grantee, '=');
    for (size_t i = 0; i < COUNT_OF(grantee_kinds) && equals != SLICE_NPOS; i++) {
        if (slice_is(slice_trim(slice_take(grantee, equals)), grantee_kinds[i].key)) {
            struct slice who = slice_trim(slice_skip(grantee, equals + 1));
            if (who.len >= 2 && who.ptr[0] == '"') {
                who = slice_take(slice_skip(who, 1), who.len - 2);
            }
            if (i == 1 && !slice_starts_with(who, SLICE(GROUPS))) {
                return refuse_argument(arena, "uri", who, "Invalid group uri");
            }
            write_grant(xml, grantee_kinds[i].type, grantee_kinds[i].element, who,
                        slice_from(permission));
            return NULL;
        }
    }
    return refuse_argument(arena, header, grantee, "Argument format not recognized");
}

static const struct refusal *write_grants(struct arena *arena, struct buf *xml,
                                          struct http_headers headers, bool *ret_has_any)
{
    for (size_t i = 0; grants[i].header != NULL; i++) {
        struct slice rest = http_header_get(headers, grants[i].header);
        struct slice grantee;
        while (slice_split(&rest, ',', &grantee)) {
            const struct refusal *refusal = write_grantee(
                arena, xml, grants[i].header, grants[i].permission, slice_trim(grantee));
            *ret_has_any = true;
            if (refusal != NULL) {
                return refusal;
            }
        }
    }
    return NULL;
}

const struct refusal *acl_of_headers(struct s3 *s3, struct arena *arena,
                                     struct http_headers headers, struct slice *ret_acl)
{
    AUTO_BUF xml = BUF_INIT(ACL_MAX);
    struct slice name = http_header_get(headers, "x-amz-acl");
    bool has_grants = false;
    const struct refusal *refusal = write_grants(arena, &xml, headers, &has_grants);
    if (refusal == NULL && has_grants && name.ptr != NULL) {
        refusal = refuse_text(arena, S3_INVALID_REQUEST,
                              "Specifying both Canned ACLs and Header Grants is not allowed");
    } else if (refusal == NULL && name.ptr != NULL) {
        refusal = write_canned(s3, arena, &xml, name);
    }
    *ret_acl = arena_copy(arena, buf_slice(&xml));
    return refusal;
}

static bool write_body_grant(struct buf *xml, const struct xml_node *grant)
{
    static const char *const permissions[] = {"FULL_CONTROL", "READ",      "READ_ACP",
                                              "WRITE",        "WRITE_ACP", NULL};
    const struct xml_node *grantee = xml_child(grant, "Grantee");
    struct slice permission = xml_text(grant, "Permission");
    size_t i = 0;
    while (permissions[i] != NULL && !slice_is(permission, permissions[i])) {
        i++;
    }
    for (size_t k = 0; k < COUNT_OF(grantee_kinds) && permissions[i] != NULL; k++) {
        struct slice who = xml_text(grantee, grantee_kinds[k].element);
        if (who.ptr != NULL) {
            write_grant(xml, grantee_kinds[k].type, grantee_kinds[k].element, who, permission);
            return true;
        }
    }
    return false;
}

static const struct refusal *acl_of_body(struct request *request, struct slice *ret_acl)
{
    AUTO_BUF xml = BUF_INIT(ACL_MAX);
    const struct xml_node *root;
    if (xml_read(request->arena, api_body(request->call), &root) != STATUS_OK ||
        !slice_is(root->name, "AccessControlPolicy") || xml_child(root, "Owner") == NULL) {
        return refuse(request->arena, S3_MALFORMED_ACL);
    }
    const struct xml_node *list = xml_child(root, "AccessControlList");
    for (const struct xml_node *grant = xml_child(list, "Grant"); grant != NULL;
         grant = xml_next(grant, "Grant")) {
        if (!write_body_grant(&xml, grant)) {
            return refuse(request->arena, S3_MALFORMED_ACL);
        }
    }
    if (list == NULL || buf_status(&xml) != STATUS_OK) {
        return refuse(request->arena, S3_MALFORMED_ACL);
    }
    *ret_acl = xml.len > 0 ? arena_copy(request->arena, buf_slice(&xml)) : SLICE(" ");
    return NULL;
}

const struct refusal *acl_of_request(struct request *request, struct slice *ret_acl)
{
    struct http_headers headers = api_headers(request->call);
    bool has_header = http_header_get(headers, "x-amz-acl").ptr != NULL;
    for (size_t i = 0; grants[i].header != NULL; i++) {
        has_header = has_header || http_header_get(headers, grants[i].header).ptr != NULL;
    }
    if (has_header && api_body(request->call).len > 0) {
        return refuse(request->arena, S3_UNEXPECTED_CONTENT);
    }
    if (has_header) {
        return acl_of_headers(request->s3, request->arena, headers, ret_acl);
    }
    if (api_body(request->call).len > 0) {
        return acl_of_body(request, ret_acl);
    }
    return refusal_tell(request->arena, refuse(request->arena, S3_MISSING_SECURITY_HEADER),
                        "MissingHeaderName", SLICE("x-amz-acl"));
}

void acl_write(struct buf *xml, const struct request *request, struct slice acl)
{
    write_root(xml, "AccessControlPolicy");
    write_owner(xml, request, "Owner");
    buf_append_text(xml, "<AccessControlList>");
    if (acl.len > 0) {
        buf_append(xml, acl);
    } else {
        write_owner_grant(xml, request->s3);
    }
    buf_append_text(xml, "</AccessControlList></AccessControlPolicy>");
}
