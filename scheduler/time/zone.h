/* Time zones of the IANA database, read from the machine's tzdata.
 *
 *     local time <-> UTC, with gaps (a local time that does not exist) and folds (one that comes twice)
 *
 * The file is read once and copied into tables; beyond its last transition the POSIX TZ rule of its footer goes on
 * for ever. UTC is a NULL zone and needs no file.
 *
 * Ownership  A zone belongs to the cache that opened it and lives as long as it: a program meets few zones.
 * Errors     NOT_FOUND: no such zone. UNAVAILABLE: this machine has no tzdata; the text says what to install.
 * Limits     limits.h.
 * Source     RFC 8536 (TZif, versions 1 to 4); POSIX.1-2017, 8.3 "TZ". */
#ifndef SLS_SCHEDULER_ZONE_H
#define SLS_SCHEDULER_ZONE_H

#include "core/slice.h"

struct zone;
struct zones; /* those that were asked for, by name */

/* `directory`: NULL is the machine's, /usr/share/zoneinfo. */
struct zones *zones_create(const char *directory);
void zones_destroy(struct zones *zones); /* NULL is a no-op */
/* `*ret_zone` is NULL for "UTC" and the empty name. Names are compared with case, as AWS does. */
MUST_CHECK enum status zones_find(struct zones *zones, struct slice name,
                                  const struct zone **ret_zone, struct fault *reterr);

/* The bytes of a TZif file; NULL when they are not one, or one beyond our limits. Free with zone_free(). */
struct zone *zone_parse(struct slice file);
void zone_free(struct zone *zone);

/* Seconds since the epoch as the clocks of the zone show them: UTC plus the offset. */
int64_t zone_local_s(const struct zone *zone, int64_t utc_s);
/* The first instant at which the clocks show `local_s`. False in a gap; then it is the instant they jump. */
bool zone_utc_s(const struct zone *zone, int64_t local_s, int64_t *ret_utc_s);

#endif
