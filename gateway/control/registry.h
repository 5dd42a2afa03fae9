/* Everything that API Gateway's APIs tell of, as one list: resources of the template, what its OpenAPI documents stand for,
 * and what was made or changed by request.
 *
 *     resources -> registry_load() -> entries <- requests
 *
 * Documents are taken apart: an API with a Body is an API without one here, and has the resources, methods, routes,
 * integrations... that the Body describes (document.h).
 *
 * Ownership  The registry owns its entries. An entry's texts are its own and never change: a change is another entry in
 *            its place.
 * Thread     Loop thread only. */
#ifndef SLS_GATEWAY_CONTROL_REGISTRY_H
#define SLS_GATEWAY_CONTROL_REGISTRY_H

#include "core/resource.h"
#include "gateway/control/kind.h"

enum entry_origin {
    ORIGIN_TEMPLATE, /* stands in the template, or in a document of it */
    ORIGIN_DERIVED, /* follows from others: a stage that a deployment names, the models every API has */
    ORIGIN_MADE     /* by request, or changed by one */
};

struct entry {
    const struct kind *kind;
    struct slice id;
    struct slice owner; /* the API's, plan's id; empty: the account's */
    struct slice logical_id;
    struct slice position;
    struct slice properties; /* JSON object */
    struct slice
        snapshot; /* of a deployment by request: what it deployed, a JSON array (snapshot.h) */
    enum entry_origin origin;
    bool has_unknown; /* as a resource has it */
    bool is_managed;  /* made by the service itself: quick create */
    bool is_gone;     /* the template has it, and a request took it away: nobody finds it */
    uint64_t
        base; /* of the properties the template has, when a request changed them; 0: it has none */
    int64_t created_ms, changed_ms;
};

struct registry {
    struct entry **entries;
    size_t count, cap;
};

/* A copy of its own, with its texts. */
struct entry *entry_create(const struct entry *from);
void entry_free(struct entry *entry); /* NULL is a no-op */
/* A property as text; SLICE_NULL when it is not there, a list or an object. */
struct slice entry_text(struct arena *arena, const struct entry *entry, const char *property);

void registry_finish(struct registry *registry);
/* Those of a template, with what their documents stand for. */
void registry_load(struct registry *registry, const struct resource *resources, size_t count,
                   int64_t now_ms);
/* Copies it; what has the same kind, owner and id stays: false. */
bool registry_add(struct registry *registry, const struct entry *entry);

/* What to compare a template's properties with later. */
uint64_t entry_base(const struct entry *entry);

/* NULL when there is none. An owner of SLICE_NULL is any. */
struct entry *registry_find(const struct registry *registry, enum kind_id kind, struct slice owner,
                            struct slice id);
/* Also one that is gone. */
struct entry *registry_find_even_gone(const struct registry *registry, enum kind_id kind,
                                      struct slice owner, struct slice id);
/* The next one of a kind and owner, from `*at` on; NULL at the end. */
struct entry *registry_next(const struct registry *registry, enum kind_id kind, struct slice owner,
                            size_t *at);
/* Puts `entry` (NULL: nothing) where `old` is (NULL: at the end); `old` is not freed. */
void registry_replace(struct registry *registry, struct entry *old, struct entry *entry);

/* --- REST APIs --- */

/* The id of an API's root resource. */
struct slice registry_root(struct arena *arena, struct slice api_id);
/* "/pets/{id}"; false when the resource, or one above it, is not there. */
bool registry_path(const struct registry *registry, struct arena *arena, struct slice api_id,
                   struct slice resource_id, struct slice *ret_path);
/* "abc123/GET": the id of a method. */
struct slice registry_method_id(struct arena *arena, struct slice resource_id, struct slice method);

#endif
