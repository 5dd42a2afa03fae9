/* Files that travel inside the binary, compressed: the language clients, the starters, the sample events.
 * CMake's sls_embed() makes the tables.
 *
 * Ownership  Tables are static; texts live in the arena. */
#ifndef SLS_CORE_EMBED_H
#define SLS_CORE_EMBED_H

#include "core/arena.h"

struct embedded_file {
    const char *path;            /* below the embedded folder; NULL ends the table */
    const unsigned char *packed; /* gzip */
    size_t packed_len;
    size_t len; /* of the file */
    bool is_executable;
};

struct slice embedded_text(struct arena *arena, const struct embedded_file *file);

#endif
