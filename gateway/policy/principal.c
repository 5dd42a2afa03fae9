#include "gateway/policy/policy_private.h"

/* The number of the account in "arn:aws:iam::123456789012:user/ann"; empty when it is no ARN. */
static struct slice account_of(struct slice arn)
{
    struct slice part = SLICE_NULL;
    for (int i = 0; i < 5; i++) {
        if (!slice_split(&arn, ':', &part)) {
            return SLICE_NULL;
        }
    }
    return part;
}

static bool is_account(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len == 12;
}

/* "arn:aws:iam::1:role/admin", or with a path, of the session "arn:aws:sts::1:assumed-role/admin/ann". */
static bool is_role_of(struct slice role, struct slice session)
{
    size_t in_role = slice_search(role, SLICE(":role/"));
    size_t in_session = slice_search(session, SLICE(":assumed-role/"));
    if (in_role == SLICE_NPOS || in_session == SLICE_NPOS ||
        !slice_eq(account_of(role), account_of(session))) {
        return false;
    }
    struct slice name = slice_skip(role, in_role + sizeof ":role/" - 1);
    struct slice rest = slice_skip(session, in_session + sizeof ":assumed-role/" - 1);
    size_t path = slice_rfind(name, '/');
    size_t end = slice_find(rest, '/');
    name = path == SLICE_NPOS ? name : slice_skip(name, path + 1);
    return slice_eq(name, end == SLICE_NPOS ? rest : slice_take(rest, end));
}

bool principal_is(const struct principal *principal, struct slice who)
{
    struct slice name = principal->name;
    if (principal->kind == PRINCIPAL_SERVICE) {
        return slice_eq(name, who);
    }
    if (principal->kind != PRINCIPAL_AWS) {
        return false;
    }
    if (slice_is(name, "*")) {
        return true; /* the anonymous too */
    }
    if (who.len == 0) {
        return false;
    }
    bool is_root = slice_ends_with(name, SLICE(":root"));
    struct slice account = is_account(name) ? name : is_root ? account_of(name) : SLICE_NULL;
    if (account.len > 0) {
        return slice_eq(account, account_of(who));
    }
    return slice_eq(name, who) || is_role_of(name, who);
}
