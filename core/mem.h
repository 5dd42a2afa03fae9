/* The one place that allocates. Out of memory prints one line and aborts: sizes a client controls are
 * capped before they come here, so this is a machine out of memory, not a request.
 *
 * mem_install() also gives these to cJSON; main() and test mains call it first. */
#ifndef SLS_CORE_MEM_H
#define SLS_CORE_MEM_H

#include <stddef.h>

void mem_install(void);
/* Gives back what only the start needed: free memory, and pages of code that will be read again from the file by who
 * needs them (mem_linux.c). */
void mem_settle(void);
void *mem_alloc(size_t len);                /* uninitialised, never NULL, len 0 allowed */
void *mem_zalloc(size_t len);               /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed; aborts on overflow */
void *mem_realloc(void *ptr, size_t len);
char *mem_strdup(const char *text);
void mem_free(void *ptr); /* NULL is a no-op */

#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
