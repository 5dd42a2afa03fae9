#include "core/mem.h"

#include <cjson/cJSON.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define LARGE_BLOCK (512 * 1024)

static _Noreturn void out_of_memory(size_t len)
{
    /* No stdio stream here: it could want to allocate its buffer. */
    char line[64];
    int count = snprintf(line, sizeof(line), "sls-local: out of memory (%zu bytes)\n", len);
    if (count > 0 && write(STDERR_FILENO, line, (size_t)count) < 0) {
        abort();
    }
    abort();
}

/* glibc raises by itself what it gets from the system and gives back at once, up to 32 MB: after a crowd of large answers
 * hundreds of megabytes would stay in holes between small blocks. A fixed threshold keeps them out of the heap. */
static void give_large_blocks_back(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    (void)mallopt(M_TRIM_THRESHOLD, 2 * LARGE_BLOCK);
#endif
}

void mem_install(void)
{
    give_large_blocks_back();
    cJSON_Hooks hooks = {.malloc_fn = mem_alloc, .free_fn = mem_free};
    cJSON_InitHooks(&hooks);
}

void *mem_alloc(size_t len)
{
    void *ptr = malloc(len != 0 ? len : 1);
    if (ptr == NULL) {
        out_of_memory(len);
    }
    return ptr;
}

void *mem_zalloc(size_t len)
{
    return mem_array(1, len);
}

void *mem_array(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        out_of_memory(SIZE_MAX);
    }
    size_t len = count * size;
    void *ptr = calloc(1, len != 0 ? len : 1);
    if (ptr == NULL) {
        out_of_memory(len);
    }
    return ptr;
}

void *mem_realloc(void *ptr, size_t len)
{
    void *moved = realloc(ptr, len != 0 ? len : 1);
    if (moved == NULL) {
        out_of_memory(len);
    }
    return moved;
}

char *mem_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(mem_alloc(size), text, size);
}

void mem_free(void *ptr)
{
    free(ptr);
}
