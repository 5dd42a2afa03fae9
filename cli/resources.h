/* The resources of a template that the event bus makes: queues, topics, rules, mappings... as scheduler.h takes them. */
#ifndef SLS_CLI_RESOURCES_H
#define SLS_CLI_RESOURCES_H

#include "scheduler/scheduler.h"
#include "templates/deployment.h"

/* `on_done` runs once, later. */
void resources_deploy(struct scheduler *scheduler, const struct deployment *deployment,
                      scheduler_deployed_fn *on_done, void *ctx);

#endif
