/* Where requests of an edge location begin, and what of that is pure. */
#ifndef SLS_GATEWAY_CDN_CALL_H
#define SLS_GATEWAY_CDN_CALL_H

#include "gateway/cdn/cdn_private.h"

void cdn_call_start(struct location *location, struct http_exchange *exchange);

/* "images/?.jpg" and "/images/?.jpg" both match "/images/a.jpg"; case counts. */
bool path_pattern_matches(struct slice pattern, struct slice path);

#endif
