/* Entries as they are kept: "M" and "a1b2c3d4e5/prod" -> JSON.
 *
 *     {"properties": {...}, "created": ms, "changed": ms, "base": "hash", "gone": true, "managed": true, "snapshot": [...]}
 *
 * A snapshot, what a deployment by request deployed, is an array of {"kind": "F", "id": "...", "properties": {...}}. */
#ifndef SLS_GATEWAY_CONTROL_RECORD_H
#define SLS_GATEWAY_CONTROL_RECORD_H

#include "gateway/control/registry.h"

#define RECORD_KEY_MAX 500 /* bytes: what the store takes, less what its kinds need */

struct slice record_key(struct arena *arena, const struct entry *entry);
static inline size_t record_key_len(const struct entry *entry)
{
    return entry->owner.len + entry->id.len + 2;
}
struct slice record_json(struct arena *arena, const struct entry *entry);
/* Texts are in the arena or point into what is given. False: it is none. */
MUST_CHECK bool record_read(struct arena *arena, struct slice key, struct slice json,
                            struct entry *ret_entry);

/* Whether a deployment keeps it: what an API has but its stages and deployments. */
bool record_is_deployed(const struct entry *entry);
/* Everything an API is now, but its stages and deployments. */
struct slice record_snapshot(struct arena *arena, const struct registry *registry,
                             const struct entry *api);
/* The next entry of a snapshot's scan; false at the end. */
struct json_scan;
MUST_CHECK bool record_snapshot_next(struct arena *arena, struct json_scan *scan,
                                     struct slice owner, struct entry *ret_entry);

#endif
