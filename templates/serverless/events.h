/* The event types of serverless.yml and what compiles each. Private to this folder. */
#ifndef SLS_TEMPLATES_SERVERLESS_EVENTS_H
#define SLS_TEMPLATES_SERVERLESS_EVENTS_H

#include "templates/serverless/serverless.h"

struct event_kind {
    const char *name;
    /* NULL: the events of this kind make one API together (see compile_events). */
    void (*compile)(struct service *service, const struct service_event *event);
    const char *keys;     /* its settings, separated by blanks; NULL: not checked */
    enum support support; /* for the ledger */
    const char *note;     /* NULL: what it becomes is told of as a resource */
};

const struct event_kind *event_kind(struct slice name); /* NULL when there is none */
bool event_is(const struct service_event *event, const char *kind);
/* A name by which a resource is known, from its ARN, GetAtt, Ref, ImportValue or Join: the last
 * part of what `separator` divides. For logical ids. */
struct slice arn_name(struct service *service, const struct value *arn, char separator);

void compile_rest(struct service *service);      /* http */
void compile_http_api(struct service *service);  /* httpApi */
void compile_websocket(struct service *service); /* websocket */

void compile_schedule(struct service *service, const struct service_event *event);
void compile_event_bridge(struct service *service, const struct service_event *event);
void compile_cloudwatch_event(struct service *service, const struct service_event *event);
void compile_cloudwatch_log(struct service *service, const struct service_event *event);
void compile_iot(struct service *service, const struct service_event *event);
void compile_sqs(struct service *service, const struct service_event *event);
void compile_stream(struct service *service, const struct service_event *event);
void compile_broker(struct service *service,
                    const struct service_event *event); /* activemq, rabbitmq */
void compile_kafka(struct service *service, const struct service_event *event); /* kafka, msk */
void compile_s3(struct service *service, const struct service_event *event);
void compile_sns(struct service *service, const struct service_event *event);
void compile_cognito(struct service *service, const struct service_event *event);
void compile_alb(struct service *service, const struct service_event *event);
void compile_alexa(struct service *service, const struct service_event *event);

#endif
