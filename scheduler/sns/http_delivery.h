/* How notifications go to HTTP(S) endpoints: headers and retries.
 *
 * Source  SNS Developer Guide, "HTTP/HTTPS headers"; headers recorded by LocalStack. */
#ifndef SLS_SCHEDULER_SNS_HTTP_DELIVERY_H
#define SLS_SCHEDULER_SNS_HTTP_DELIVERY_H

#include "scheduler/sns/notification.h"

/* The parameters of the delivery. `content_type` ptr NULL: that of confirmations. */
struct slice http_delivery_parameters(struct arena *arena, const struct notification *notification,
                                      struct slice content_type, bool is_raw);
struct retry_policy http_delivery_retry(const struct subscription *subscription);

#endif
