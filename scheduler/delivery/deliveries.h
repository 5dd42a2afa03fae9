/* The deliveries of a scheduler, as it makes and ends them. Private to this folder and scheduler.c. */
#ifndef SLS_SCHEDULER_DELIVERIES_H
#define SLS_SCHEDULER_DELIVERIES_H

#include "scheduler/delivery/delivery.h"
#include "scheduler/delivery/lane.h"

struct http_client;

struct deliveries *deliveries_create(struct scheduler *scheduler);
void deliveries_start(struct deliveries *deliveries);
void deliveries_stop(
    struct deliveries *deliveries); /* what is not under way waits for the next start */
/* Requests to URLs end with CANCELLED, and no further ones may be sent. NULL is a no-op. */
void deliveries_end_requests(struct deliveries *deliveries);
/* After the end of requests, and of all who send deliveries; what is under way is waited for. NULL is a no-op. */
void deliveries_destroy(struct deliveries *deliveries);

struct lanes *deliveries_lanes(struct deliveries *deliveries);
struct http_client *deliveries_http(struct deliveries *deliveries); /* of targets that are URLs */

struct lane_put *delivery_puts(struct prepared_delivery *list); /* NULL for the empty list */

extern const struct lane_class delivery_lane;

#endif
