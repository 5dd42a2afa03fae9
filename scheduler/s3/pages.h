/* Requests of web pages: preflights and actual requests, by the CORS rules of the bucket.
 *
 * A page of another site is let in where a rule names its origin; "*" alone lets in the pages of this machine, because
 * here no signature keeps others away.
 *
 * Source  events.md 4.5. */
#ifndef SLS_SCHEDULER_S3_PAGES_H
#define SLS_SCHEDULER_S3_PAGES_H

#include "core/api/api.h"

/* The service's on_page. */
enum api_page s3_on_page(struct api_call *call, bool is_foreign, void *service_ctx);

#endif
