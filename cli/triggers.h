/* What causes a function of a template to run, besides its routes: for the page that `up` prints.
 *
 * Ownership  Texts are the deployment's or in the arena. */
#ifndef SLS_CLI_TRIGGERS_H
#define SLS_CLI_TRIGGERS_H

#include "templates/deployment.h"

struct trigger {
    const char *kind;    /* "queue", "stream", "topic", "bucket", "rule", "cron", "logs" */
    struct slice source; /* "orders", "uploads ObjectCreated:*", "cron(0 2 * * ? *)" */
    const struct deployment_function *function;
};

struct triggers {
    struct trigger *items;
    size_t count;
};

/* In the order of the template's resources. */
struct triggers triggers_of(struct arena *arena, const struct deployment *deployment);

#endif
