/* The logical ids of the Serverless Framework: users refer to generated resources and override them
 * by these.
 *
 * Results live in the arena. Source: Serverless Framework 3, "Resources: AWS CloudFormation
 * Resource Reference". */
#ifndef SLS_TEMPLATES_SERVERLESS_NAMING_H
#define SLS_TEMPLATES_SERVERLESS_NAMING_H

#include "core/arena.h"

/* "hello-world_1" -> "HelloDashworldUnderscore1": functions, layers, authorizers, buses. */
struct slice naming_resource(struct arena *arena, struct slice name);
/* "my.bucket-1" -> "Mybucket1": buckets, topics, queues, rules. */
struct slice naming_alphanumeric(struct arena *arena, struct slice name);
/* "bar/{barId}/x-y" -> "BarBaridVarXDashy": each part loses its capitals, as the framework does it.
 */
struct slice naming_path(struct arena *arena, struct slice path);
/* "$connect" -> "Sconnect" */
struct slice naming_websocket_route(struct arena *arena, struct slice route);
/* "GET" -> "Get" */
struct slice naming_method(struct arena *arena, struct slice method);

#endif
