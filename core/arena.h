/* Memory that is freed in one go: one arena per exchange, per invocation, per deployment.
 *
 * Ownership  Everything allocated lives until arena_reset() or arena_finish().
 * Thread     One owner at a time. */
#ifndef SLS_CORE_ARENA_H
#define SLS_CORE_ARENA_H

#include "core/slice.h"

struct arena_block;

struct arena {
    struct arena_block *head;
    size_t block_len; /* of the next block to allocate */
    size_t used;      /* bytes handed out since the last reset */
};

#define ARENA_INIT {NULL, 4096, 0}

void arena_init(struct arena *arena, size_t block_len);
void *arena_alloc(struct arena *arena, size_t len); /* zeroed, aligned for any type */
void *arena_array(struct arena *arena, size_t count, size_t size);
struct slice arena_copy(struct arena *arena, struct slice text);
char *arena_cstr(struct arena *arena, struct slice text); /* NUL-terminated copy */
struct slice arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct slice arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0);
void arena_reset(struct arena *arena); /* keeps one block, of a moderate size, for reuse */
void arena_finish(struct arena *arena);

#define AUTO_ARENA __attribute__((cleanup(arena_finish))) struct arena

#endif
