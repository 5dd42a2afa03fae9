/* The control plane on an edge, over a gateway with a fake invoker.
 *
 * Lifecycle  world_open, world_deploy, any number of world_ask, world_close: which checks that the loop has nothing left. */
#ifndef SLS_TESTS_GATEWAY_CONTROL_WORLD_H
#define SLS_TESTS_GATEWAY_CONTROL_WORLD_H

#include "gateway/control/control.h"
#include "tests/support/json_path.h"
#include "tests/unit/gateway/support.h"

struct kept_record {
    char *key, *json; /* json NULL: deleted */
};

struct world {
    struct fixture f; /* f.port is the edge's */
    struct gateway_options gateway_options;
    struct edge *edge;
    struct control_plane *control;
    bool is_edge_closed;
    struct kept_record records[512];
    size_t record_count, writes;
    bool is_disk_full, is_disk_busy;
    struct fake_write *held; /* by a busy disk: one at most */
    size_t changes; /* that were told */
    int status;     /* of the last answer */
};

/* `'` for `"` in properties. */
struct described {
    const char *type, *id, *properties;
};

void world_open(struct world *w);
void world_close(struct world *w);
/* The disk is not busy any more. */
void world_write(struct world *w);
/* As if sls-local was started again: the same records, nothing else. */
void world_restart(struct world *w);
void world_deploy(struct world *w, const struct described *resources, size_t count);
/* The body of the answer; lives until the next call. `body` (NULL: none) has `'` for `"`. */
struct slice world_ask(struct world *w, const char *method, const char *target, const char *body);
/* The same, and it is a success. */
struct slice world_do(struct world *w, const char *method, const char *target, const char *body);
/* It is refused with this status and message. */
void world_refused(struct world *w, const char *method, const char *target, const char *body,
                   int status, const char *message);
/* All of these are, and nothing of them is kept. */
struct refusal {
    const char *method, *target, *body;
    int status;
    const char *message;
};
void world_refuses(struct world *w, const struct refusal *rows, size_t count);
/* The status of what an API answers to a GET; 0: it is not served. */
int world_call(struct world *w, const char *api, const char *target);
/* It answers with this status, and is this JSON at this path. */
void world_expect(struct world *w, const char *method, const char *target, int status,
                  const char *path, const char *wanted);
/* The text at `path`: of an answer; of what is told at `target`. */
#define TEXT_MAX 64
void world_take(struct slice answer, const char *path, char text[TEXT_MAX]);
void world_text(struct world *w, const char *target, const char *path, char text[TEXT_MAX]);

#endif
