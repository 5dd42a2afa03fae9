/* Invalidations: what is kept of a path, or of all paths with a beginning, is dropped at every edge location.
 *
 * Limits  CDN_INVALIDATION_PATHS_MAX paths of one; the last CDN_INVALIDATIONS_KEPT of all are remembered.
 * Source  CloudFront Developer Guide, "Invalidate files to remove content". */
#ifndef SLS_GATEWAY_CDN_INVALIDATION_H
#define SLS_GATEWAY_CDN_INVALIDATION_H

#include "gateway/cdn/cdn_private.h"

struct invalidation {
    struct invalidation *next; /* the one before it */
    char id[16];
    char *distribution; /* id */
    char *caller_reference;
    char *paths; /* one a line */
    int64_t created_ms;
};

/* Whether "/images/x?y=1" is meant; a star counts as one at the end only, and a leading slash may be left out. */
bool invalidation_matches(struct slice path, struct slice uri);
const struct distribution_spec *cdn_find_distribution(const struct cdn *cdn, struct slice id);
/* Drops what it is about. `paths` are one a line. */
const struct invalidation *invalidation_make(struct cdn *cdn, struct slice distribution,
                                             struct slice caller_reference, struct slice paths);
void invalidations_free(struct cdn *cdn);

#endif
