/* Records of things: which members of a struct are kept in the store, under which names, as one table.
 *
 *     static const struct stored_member members[] = {
 *         STORED(struct rule_record, STORED_TEXT, "Description", description), ...
 *     };
 *
 * Ownership  stored_parse() copies what it reads into the arena.
 * Errors     A record we cannot read is our own: members that are not there stay zero. */
#ifndef SLS_SCHEDULER_EVENTS_STORED_H
#define SLS_SCHEDULER_EVENTS_STORED_H

#include "core/arena.h"
#include "core/json_writer.h"

#include <stddef.h>

enum stored_kind {
    STORED_TEXT,   /* struct slice; ptr NULL: absent */
    STORED_JSON,   /* struct slice of JSON; ptr NULL: absent */
    STORED_NUMBER, /* int64_t */
    STORED_TIME,   /* int64_t, epoch ms; 0: absent. To clients: seconds */
    STORED_FLAG    /* bool; false is absent */
};

struct stored_member {
    const char *name;
    enum stored_kind kind;
    size_t offset;
};

#define STORED(type, kind, name, member)                                                           \
    {                                                                                              \
        name, kind, offsetof(type, member)                                                         \
    }

/* The record, as one object in the arena. */
struct slice stored_print(struct arena *arena, const struct stored_member *members, size_t count,
                          const void *object);
void stored_parse(struct arena *arena, struct slice json, const struct stored_member *members,
                  size_t count, void *object);
/* The members for a client, into an open object; those whose names are in `names` (NULL-terminated), in that order. */
void stored_tell(struct json_writer *w, const struct stored_member *members, size_t count,
                 const void *object, const char *const *names);
/* A time as clients see it. */
void stored_put_time(struct json_writer *w, const char *name, int64_t epoch_ms);

#endif
