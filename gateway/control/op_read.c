/* Get and list, of any kind. */
#include "gateway/control/operations.h"

/* Those of a route or an integration, where the path names one. */
static bool is_below(struct request *r, const struct entry *entry)
{
    struct slice above = api_path_param(r->call, "above");
    const char *property =
        kind_id(entry->kind) == KIND_V2_ROUTE_RESPONSE ? "RouteId" : "IntegrationId";
    return above.ptr == NULL || slice_eq(entry_text(r->arena, entry, property), above);
}

enum outcome op_list(struct request *r)
{
    enum kind_id kind = r->row->kind;
    struct listing listing = {NULL, 0, 0};
    size_t at = 0;
    if (kinds[kind].owner != NULL && request_api(r, kind_owner(kind)) == NULL) {
        return OUTCOME_REFUSED;
    }
    for (const struct entry *entry;
         (entry = registry_next(r->registry, kind, r->owner, &at)) != NULL;) {
        if (is_below(r, entry)) {
            listing_add(r, &listing, entry);
        }
    }
    return listing_answer(r, &listing, render_entry);
}

enum outcome op_get(struct request *r)
{
    const struct entry *entry = request_entry(r);
    if (entry == NULL) {
        return OUTCOME_REFUSED;
    }
    render_entry(r, entry);
    return OUTCOME_ANSWERED;
}

enum outcome op_get_account(struct request *r)
{
    json_write_raw(&r->w, SLICE("{\"throttleSettings\":{\"burstLimit\":5000,\"rateLimit\":10000.0},"
                                "\"features\":[\"UsagePlans\"],\"apiKeyVersion\":\"4\"}"));
    return OUTCOME_ANSWERED;
}
