/* Which limit settings put on a route: a stage's, and those of a stage in a usage plan.
 *
 * The setting that names the route goes first, then the one that names its path, its method, and all of them. Rate and burst
 * come each from the first that has it; a lone one is joined by the account's limit for the other. Every route that a setting
 * limits has a bucket of its own.
 *
 * Source  API Gateway Developer Guide, "Throttle requests to your REST APIs for better throughput", "Throttle requests to your
 *         HTTP APIs"; API Reference, MethodSetting, RouteSettings. */
#ifndef SLS_GATEWAY_STAGE_THROTTLE_H
#define SLS_GATEWAY_STAGE_THROTTLE_H

#include "gateway/spec.h"
#include "gateway/throttle/throttle.h"

struct route_limit {
    bool is_set;
    struct rate_limit limit;
};

/* How closely settings of a REST API's stage name a method: the most wins. */
#define SETTINGS_NO_MATCH (-1)
int settings_rank(const struct route_settings_spec *settings, struct slice method,
                  struct slice path);
/* Of one throttle: a usage plan's own. */
struct route_limit throttle_limit(const struct throttle_spec *throttle);
/* `key` is the route's, "GET /pets/{id}"; REST APIs go by `method` and `path`. */
struct route_limit route_limit_of(const struct route_settings_spec *settings, size_t count,
                                  enum api_kind kind, const struct route_spec *route,
                                  struct slice key);
/* The same for a route of a REST API. */
struct route_limit method_limit_of(const struct route_settings_spec *settings, size_t count,
                                   struct slice method, struct slice path);

#endif
