#include "core/arena.h"

#include "core/mem.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* Blocks grow up to this; what is kept by arena_reset() is no larger either, so that one huge
 * exchange does not stay in the memory of a connection that lives on. */
#define BLOCK_LEN_MAX 65536
#define BLOCK_LEN_MIN 64

struct arena_block {
    struct arena_block *next;
    size_t cap;
    size_t len;
    /* The bytes follow, aligned like max_align_t by the union below. */
};

union block_header {
    struct arena_block block;
    max_align_t align;
};

static char *block_bytes(struct arena_block *block)
{
    return (char *)block + sizeof(union block_header);
}

static struct arena_block *block_create(size_t cap, struct arena_block *next)
{
    if (cap > SIZE_MAX - sizeof(union block_header)) {
        cap = SIZE_MAX - sizeof(union block_header); /* lets mem_alloc() report it */
    }
    struct arena_block *block = mem_alloc(sizeof(union block_header) + cap);
    *block = (struct arena_block){.next = next, .cap = cap};
    return block;
}

void arena_init(struct arena *arena, size_t block_len)
{
    *arena = (struct arena){.block_len = block_len < BLOCK_LEN_MIN ? BLOCK_LEN_MIN : block_len};
}

/* A block with `len` bytes free. Texts larger than a block get one of their own behind the head, so
 * that what is left of the head stays in use. */
static struct arena_block *add_block(struct arena *arena, size_t len)
{
    if (len > arena->block_len / 2 && arena->head != NULL) {
        struct arena_block *own = block_create(len, arena->head->next);
        arena->head->next = own;
        return own;
    }
    size_t cap = len > arena->block_len ? len : arena->block_len;
    arena->head = block_create(cap, arena->head);
    if (arena->block_len < BLOCK_LEN_MAX) {
        arena->block_len *= 2;
    }
    return arena->head;
}

/* Uninitialised; `align` is a power of two. */
static char *take(struct arena *arena, size_t len, size_t align)
{
    struct arena_block *block = arena->head;
    size_t start = 0;
    if (block != NULL) {
        start = (block->len + align - 1) & ~(align - 1);
    }
    if (block == NULL || start > block->cap || len > block->cap - start) {
        block = add_block(arena, len);
        start = 0;
    }
    block->len = start + len;
    arena->used += len;
    return block_bytes(block) + start;
}

void *arena_alloc(struct arena *arena, size_t len)
{
    return memset(take(arena, len, _Alignof(max_align_t)), 0, len);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    bool overflows = size != 0 && count > SIZE_MAX / size;
    return arena_alloc(arena, overflows ? SIZE_MAX : count * size);
}

struct slice arena_copy(struct arena *arena, struct slice text)
{
    char *copy = take(arena, text.len, 1);
    if (text.len != 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return slice_of(copy, text.len);
}

char *arena_cstr(struct arena *arena, struct slice text)
{
    char *copy = take(arena, text.len + 1, 1);
    if (text.len != 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

struct slice arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    char text[256];
    int count = vsnprintf(text, sizeof(text), format, args);
    size_t len = count > 0 ? (size_t)count : 0;
    char *copy = take(arena, len + 1, 1);
    if (len < sizeof(text)) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    } else {
        (void)vsnprintf(copy, len + 1, format, again);
    }
    va_end(again);
    return slice_of(copy, len);
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL;
    struct arena_block *next;
    for (struct arena_block *block = arena->head; block != NULL; block = next) {
        next = block->next;
        struct arena_block *smaller = block;
        if (block->cap <= BLOCK_LEN_MAX && (kept == NULL || block->cap > kept->cap)) {
            smaller = kept;
            kept = block;
        }
        mem_free(smaller);
    }
    if (kept != NULL) {
        kept->next = NULL;
        kept->len = 0;
    }
    arena->head = kept;
    arena->used = 0;
}

void arena_finish(struct arena *arena)
{
    struct arena_block *next;
    for (struct arena_block *block = arena->head; block != NULL; block = next) {
        next = block->next;
        mem_free(block);
    }
    arena->head = NULL;
    arena->used = 0;
}
