#include "scheduler/delivery/deliveries.h"

#include "core/http/client.h"
#include "core/mem.h"
#include "scheduler/async/async.h"

#include <assert.h>

struct deliveries {
    struct scheduler *scheduler;
    struct lanes *lanes;
    struct http_client *http;
};

static const struct lane_class *const classes[] = {&delivery_lane, &async_lane, NULL};

struct deliveries *deliveries_create(struct scheduler *scheduler)
{
    struct deliveries *deliveries = mem_zalloc(sizeof *deliveries);
    deliveries->scheduler = scheduler;
    deliveries->lanes = lanes_create(scheduler, classes);
    deliveries->http = http_client_create(scheduler->context);
    return deliveries;
}

void deliveries_start(struct deliveries *deliveries)
{
    lanes_start(deliveries->lanes);
}

void deliveries_stop(struct deliveries *deliveries)
{
    lanes_stop(deliveries->lanes);
}

struct lanes *deliveries_lanes(struct deliveries *deliveries)
{
    return deliveries->lanes;
}

struct http_client *deliveries_http(struct deliveries *deliveries)
{
    return deliveries->http;
}

static void on_lanes_closed(void *ctx)
{
    struct deliveries *deliveries = ctx;
    struct scheduler *scheduler = deliveries->scheduler;
    scheduler->deliveries = NULL;
    mem_free(deliveries);
    scheduler_part_closed(scheduler);
}

void deliveries_end_requests(struct deliveries *deliveries)
{
    if (deliveries != NULL) {
        http_client_destroy(deliveries->http);
        deliveries->http = NULL;
    }
}

void deliveries_destroy(struct deliveries *deliveries)
{
    if (deliveries == NULL) {
        return;
    }
    assert(deliveries->http == NULL);
    scheduler_part_opened(deliveries->scheduler);
    lanes_destroy(deliveries->lanes, on_lanes_closed, deliveries);
}
