#include "templates/sam/sam.h"

#include <stdarg.h>
#include <stdio.h>

static PRINTF_LIKE(4, 0) void error_words(struct sam *sam, struct source_pos pos,
                                          const char *prefix, const char *format, va_list args)
{
    char words[FAULT_TEXT_MAX];
    vsnprintf(words, sizeof(words), format, args);
    load_error(sam->load, pos, "%s%s", prefix, words);
}

void sam_error(struct sam *sam, struct source_pos pos, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_words(sam, pos, "", format, args);
    va_end(args);
}

void sam_structure_error(struct sam *sam, struct source_pos pos, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_words(sam, pos, "Structure of the SAM template is invalid. ", format, args);
    va_end(args);
}

void macro_error(struct macro *macro, struct source_pos pos, const char *format, ...)
{
    char prefix[320];
    snprintf(prefix, sizeof(prefix), "Resource with id [%.*s] is invalid. ", SLICE_ARG(macro->id));
    va_list args;
    va_start(args, format);
    error_words(macro->sam, pos, prefix, format, args);
    va_end(args);
    macro->has_failed = true;
}

void event_error(const struct event *event, struct source_pos pos, const char *format, ...)
{
    char prefix[640];
    snprintf(prefix, sizeof(prefix),
             "Resource with id [%.*s] is invalid. Event with id [%.*s] is invalid. ",
             SLICE_ARG(event->macro->id), SLICE_ARG(event->id));
    va_list args;
    va_start(args, format);
    error_words(event->macro->sam, pos, prefix, format, args);
    va_end(args);
    event->macro->has_failed = true;
}

struct source_pos sam_pos_of(const struct value *map, const char *key, struct source_pos otherwise)
{
    const struct value_entry *entry = value_entry(map, slice_from(key));
    return entry != NULL && entry->key_pos.line != 0 ? entry->key_pos : otherwise;
}
