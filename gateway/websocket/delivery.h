/* What the files of a delivery share: one event of a connection on its way to what its route is integrated with. Private to
 * delivery.c and delivery_backend.c.
 *
 *     create -> refused, or asked (is_invoked) -> answered, once (delivery_finish, delivery_fail) -> released
 *
 * A delivery knows its connection by id: the connection may be gone before the answer comes. */
#ifndef SLS_GATEWAY_WEBSOCKET_DELIVERY_H
#define SLS_GATEWAY_WEBSOCKET_DELIVERY_H

#include "gateway/integration/backend.h"
#include "gateway/websocket/error_frame.h"
#include "gateway/websocket/sessions_private.h"

struct delivery {
    struct ws_sessions *all;
    struct delivery *prev, *next;
    struct api_config *config;   /* counted */
    const struct route *route;   /* NULL: none takes this message */
    const struct target *target; /* the route's function, in this stage */
    uv_timer_t timer;            /* the integration timeout */
    bool is_invoked;             /* somebody else holds the event */
    bool is_answered;            /* and reported: only the invoker is waited for */
    bool is_timer_open;
    bool is_disconnect;
    bool asks_function;
    uint16_t close_code; /* of a disconnect */
    uint64_t started_ns;
    uint64_t asked_ns;      /* 0: nobody was */
    int integration_status; /* what was answered; 0: nothing */
    size_t held;            /* bytes of it that wait for the answer */
    char connection_id[ID_SHORT_MAX];
    char request_id[ID_SHORT_MAX];
    struct arena arena;    /* of templates and logs; empty where there are none */
    struct event_input in; /* what they see */
    struct asking asking;
    struct slice validation; /* what a model found wrong */
    struct buf event;        /* the payload of a function */
    struct buf label;        /* "MESSAGE /dev join" */
    size_t method_len;
};

struct delivery_outcome {
    int status;         /* for the report */
    struct slice frame; /* goes to the client, if it is still there; empty: nothing does */
    bool is_binary;     /* the frame */
    struct slice reason;
    const struct invoke_result *invocation; /* may be NULL */
};

void delivery_finish(struct delivery *delivery, const struct delivery_outcome *outcome);
/* With an error frame; nobody is told of a disconnect's. */
void delivery_fail(struct delivery *delivery, int status, enum error_frame error,
                   struct slice reason, const struct invoke_result *invocation);
/* Once nobody holds its event any more. */
void delivery_release(struct delivery *delivery);
/* False: too many bytes wait already, or the stage has no name for the function; the delivery is over. */
MUST_CHECK bool delivery_begin(struct delivery *delivery, size_t len);
/* The answer is there. True: it is wanted; else the delivery is over. */
MUST_CHECK bool delivery_end(struct delivery *delivery);

/* delivery_backend.c: integrations that are no proxies to functions. */
void delivery_ask(struct delivery *delivery, struct slice message);

#endif
