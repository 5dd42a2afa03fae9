/* The AWS API of CloudFront on the edge: distributions are read, invalidations made. What changes distributions is refused by
 * name: they are the template's.
 *
 * Thread  Loop thread only.
 * Source  CloudFront API reference, 2020-05-31. */
#ifndef SLS_GATEWAY_CDN_SERVICE_H
#define SLS_GATEWAY_CDN_SERVICE_H

#include "core/api/api.h"
#include "gateway/cdn/cdn.h"

extern const struct api_service cloudfront_service; /* its context is the cdn */

#endif
