/* Calls back when one of a few files changes: the template, what it includes, the env files.
 *
 * Their directories are watched, because editors replace files. A burst of events is one call, 20
 * ms after the first. */
#ifndef SLS_CLI_TEMPLATE_WATCH_H
#define SLS_CLI_TEMPLATE_WATCH_H

#include "core/context.h"
#include "templates/deployment.h"

struct template_watch;

typedef void template_change_fn(void *ctx, struct slice path);

struct template_watch *template_watch_create(struct context *context, template_change_fn *on_change,
                                             void *ctx);
/* Replaces the set of files; copies the paths. `extra` may be NULL. A .env beside the first file
 * belongs to the set. */
void template_watch_set(struct template_watch *watch, const struct slices *files,
                        const char *extra);
void template_watch_destroy(struct template_watch *watch); /* NULL is a no-op */

#endif
