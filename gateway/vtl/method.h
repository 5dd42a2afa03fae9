/* Tables of methods: one row a method and the types of its parameters, one table a type of Java.
 *
 * A method that is not there, or takes other types, is null, as in Velocity. One that Java has and we do not stands
 * here without a function and ends the run. */
#ifndef SLS_GATEWAY_VTL_METHOD_H
#define SLS_GATEWAY_VTL_METHOD_H

#include "gateway/vtl/run.h"

typedef struct vtl_value vtl_method_fn(struct vtl_run *run, struct vtl_value self,
                                       const struct vtl_value *arguments);

struct vtl_method {
    const char *name;
    const char *
        parameters; /* a letter each: s text, i integer, n number, l list, m map, o anything; "*" whatever */
    vtl_method_fn *call; /* NULL: Java has it, sls-local does not */
};

/* A method's function, as it stands in its file. */
#define METHOD(name)                                                                               \
    static struct vtl_value name(struct vtl_run *run, struct vtl_value self,                       \
                                 const struct vtl_value *arguments)

struct vtl_methods {
    const struct vtl_method *rows;
    size_t count;
};

extern const struct vtl_methods vtl_object_methods; /* all values have them */
extern const struct vtl_methods vtl_string_methods; /* method_string.c */
extern const struct vtl_methods
    vtl_regex_methods; /* method_regex.c: those of texts that take expressions */
extern const struct vtl_methods vtl_number_methods; /* method_number.c */
extern const struct vtl_methods vtl_boolean_methods;
extern const struct vtl_methods vtl_collection_methods; /* method_list.c: lists and sets */
extern const struct vtl_methods vtl_list_methods;       /* lists only */
extern const struct vtl_methods vtl_map_methods;        /* method_map.c */
extern const struct vtl_methods vtl_entry_methods;
extern const struct vtl_methods vtl_loop_methods;  /* property.c */
extern const struct vtl_methods vtl_input_methods; /* input.c */
extern const struct vtl_methods vtl_util_methods;  /* util.c */

/* What a method answers that Java calls void, and what a null is when it must be something. */
static inline struct vtl_value vtl_nothing(void)
{
    return vtl_string(SLICE(""));
}

/* --- texts, whose places Java counts in UTF-16 units --- */

size_t vtl_utf16_len(struct slice text);
/* The byte at a place; that of the character when the place is inside of a pair; the end when there is no such place. */
size_t vtl_utf16_byte(struct slice text, size_t place);

#endif
