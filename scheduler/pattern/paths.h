/* The fields somebody asks for, and the objects that lead to them: "detail.state" and "detail". */
#ifndef SLS_SCHEDULER_PATTERN_PATHS_H
#define SLS_SCHEDULER_PATTERN_PATHS_H

#include "core/arena.h"

#define PATH_NONE UINT32_MAX

struct paths;

struct paths *paths_create(struct arena *arena); /* which it goes on to use */
size_t paths_count(const struct paths *paths);
/* The id of `path`, from 0 on in the order in which paths were added first. The text is copied. */
uint32_t paths_add(struct paths *paths, struct slice path);

struct path_facts {
    uint32_t id;     /* PATH_NONE: nobody asks for the field itself */
    bool has_deeper; /* somebody asks for fields inside */
};
struct path_facts paths_find(const struct paths *paths, struct slice path);

#endif
