/* Tells which functions' files have changed.
 *
 * Changes are collected as they happen and told when it has been quiet for 30 ms, so that an `npm
 * install` is one reload; watch_drain() tells them at once, before an invocation chooses its
 * sandbox. Directories are watched to their leaves, except those whose content is no source (.git,
 * .aws-sam, __pycache__ ...); of node_modules only the list of packages, but in a layer, whose own
 * sources are in one.
 *
 * Limits  WATCHES_MAX directories; beyond it, and where the kernel refuses, said once in the log.
 * Thread  Loop thread only. */
#ifndef SLS_RUNTIME_WATCH_H
#define SLS_RUNTIME_WATCH_H

#include "core/context.h"
#include "core/slice.h"

struct watch;

/* Once per subject and round of changes; `path` is one of the changed files. */
typedef void watch_changed_fn(void *ctx, void *subject, struct slice path);

/* Changes below `ignored_dir` (our own data) are nobody's. */
struct watch *watch_create(struct context *context, const char *ignored_dir,
                           watch_changed_fn *on_changed, void *ctx);
enum watch_depth { WATCH_SOURCES, WATCH_PACKAGES };

/* `path`: a directory, or a file such as a zip. The watching begins a moment later. */
void watch_add(struct watch *watch, struct slice path, enum watch_depth depth, void *subject);
void watch_clear(struct watch *watch);
void watch_drain(struct watch *watch);
void watch_destroy(struct watch *watch, void (*on_closed)(void *ctx), void *ctx);

#endif
