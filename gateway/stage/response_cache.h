/* The cache of a REST API's stage: answers of integrations, for as long as a method's setting says.
 *
 *     rule of the method -> key of the request -> a kept answer, or the integration's, which is kept
 *
 * The key is the method, its resource (or cacheNamespace) and the values of its cacheKeyParameters, nothing else. What is kept
 * is what the integration answered, whatever its status; the gateway's own answers are not. A deployment of the template
 * starts empty.
 *
 * Ownership  Copies what it keeps; an answer that is found is good until the next call.
 * Thread     Loop thread only.
 * Limits     RESPONSE_CACHE_ENTRY_MAX of one answer (AWS's), RESPONSE_CACHE_MAX and RESPONSE_CACHE_COUNT_MAX of a stage:
 *            then what was used longest ago goes.
 * Source     API Gateway Developer Guide, "Cache settings for REST APIs". */
#ifndef SLS_GATEWAY_STAGE_RESPONSE_CACHE_H
#define SLS_GATEWAY_STAGE_RESPONSE_CACHE_H

#include "gateway/answer/response.h"
#include "gateway/spec.h"

#define RESPONSE_CACHE_ENTRY_MAX 1048576u
#define RESPONSE_CACHE_MAX (64u * 1024 * 1024)
#define RESPONSE_CACHE_COUNT_MAX 32768u
#define CACHE_TTL_DEFAULT_S 300
#define CACHE_TTL_MAX_S 3600

struct response_cache;

/* Counted: a canary may share the cache of its stage. NULL is a no-op of both. */
struct response_cache *response_cache_create(void);
struct response_cache *response_cache_ref(struct response_cache *cache);
void response_cache_unref(struct response_cache *cache);

/* Settings for all methods keep those of GET only; settings that name a method keep that one. */
struct cache_rule cache_rule_of(const struct route_settings_spec *settings, size_t count,
                                struct slice method, struct slice path);

/* False: there is none, or none that is fresh. `ret`'s arena must be set; headers are added to it. */
bool response_cache_find(struct response_cache *cache, struct slice key, int64_t now_ms,
                         struct response *ret);
void response_cache_keep(struct response_cache *cache, struct slice key,
                         const struct response *response, int64_t until_ms);
void response_cache_flush(struct response_cache *cache);

#endif
