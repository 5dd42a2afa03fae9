/* JSON objects with a member more, less or changed: texts in, texts out, everything else byte for byte as it was.
 *
 * Ownership  Results are in the arena, or are what was given. */
#ifndef SLS_GATEWAY_CONTROL_EDIT_H
#define SLS_GATEWAY_CONTROL_EDIT_H

#include "core/arena.h"

/* `object` (none: {}) with a member that has this raw value, in its place or at the end; SLICE_NULL takes it away. */
struct slice edit_member(struct arena *arena, struct slice object, struct slice key,
                         struct slice value);
struct slice edit_text(struct arena *arena, struct slice object, const char *key,
                       struct slice text);
/* A list of texts with one at its end, unless it is there; without one. */
struct slice edit_list_add(struct arena *arena, struct slice list, struct slice text);
struct slice edit_list_remove(struct arena *arena, struct slice list, struct slice text);
bool edit_list_has(struct arena *arena, struct slice list, struct slice text);
/* "text" with quotes and escapes. */
struct slice edit_quote(struct arena *arena, struct slice text);

#endif
