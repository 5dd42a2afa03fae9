/* The quotas of CloudFront that are kept here, and the bounds of our own.
 *
 * Source  CloudFront Developer Guide, "Quotas". */
#ifndef SLS_GATEWAY_CDN_LIMITS_H
#define SLS_GATEWAY_CDN_LIMITS_H

#define CDN_BEHAVIORS_MAX 75u
#define CDN_ORIGINS_MAX 100u
#define CDN_REQUEST_HEAD_MAX 20480u      /* bytes of request line and headers together */
#define CDN_URL_MAX 8192u                /* bytes */
#define CDN_REQUEST_BODY_MAX (64u << 20) /* ours: bodies are gathered before they are sent on */
#define CDN_RESPONSE_MAX (64u << 20)     /* ours: so are answers of origins */
#define CDN_COMPRESS_MIN 1000u           /* bytes */
#define CDN_COMPRESS_MAX 10000000u
#define CDN_INVALIDATION_PATHS_MAX 3000u /* in progress at once */
#define CDN_INVALIDATIONS_KEPT 100u      /* ours: what ListInvalidations remembers */
#define CDN_ERROR_TTL_S 10               /* ErrorCachingMinTTL, when nothing says otherwise */
#define CDN_DEFAULT_TTL_S 86400
#define CDN_MAX_TTL_S 31536000

/* Ours, of one edge location's cache. */
#define CDN_CACHE_MAX (64u << 20)        /* bytes; then what was used longest ago goes */
#define CDN_CACHE_COUNT_MAX 32768u       /* objects */
#define CDN_CACHE_OBJECT_MAX (16u << 20) /* bytes; a larger one is passed on and not kept */

#define CDN_EDGES_MAX 8u

#endif
