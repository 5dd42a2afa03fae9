/* Values of a mapping template: what Java's objects are to Velocity.
 *
 * Lists and maps are shared by reference and may change. Those from JSON are read one level at a time, when somebody
 * looks inside, so that $input.path('$') of a large body costs nothing and prints the bytes that came.
 *
 * Ownership  All of it lives in the run's arena, against VTL_MEMORY_MAX: what allocates takes a run and may end it, and
 *            still returns something to go on with. */
#ifndef SLS_GATEWAY_VTL_VALUE_H
#define SLS_GATEWAY_VTL_VALUE_H

#include "core/arena.h"
#include "core/buf.h"

struct vtl_run;
struct vtl_node;
struct vtl_frame;

enum vtl_kind {
    VTL_NULL,
    VTL_BOOLEAN,
    VTL_INTEGER,
    VTL_DOUBLE,
    VTL_NUMERAL, /* a number of JSON that neither holds: its text */
    VTL_STRING,
    VTL_LIST,
    VTL_MAP,
    VTL_ENTRY, /* of a map */
    VTL_BLOCK, /* what #define and #@macro made: rendered when it is looked at */
    VTL_LOOP,  /* $foreach */
    VTL_INPUT, /* $input */
    VTL_UTIL   /* $util */
};

struct vtl_value {
    enum vtl_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct slice text; /* VTL_STRING, VTL_NUMERAL */
        struct vtl_list *list;
        struct vtl_map *map;
        struct vtl_entry *entry;
        struct vtl_block *block;
        struct vtl_loop *loop;
    } of;
};

enum vtl_list_kind {
    LIST_PLAIN,
    LIST_JSON, /* prints as JSON */
    LIST_SET   /* keySet(), entrySet(): has no order to ask for */
};

struct vtl_list {
    enum vtl_list_kind kind;
    struct slice raw; /* not read yet when ptr is not NULL */
    struct vtl_value *items;
    size_t count, capacity;
};

struct vtl_entry {
    struct vtl_value key, value;
    bool was_set_here; /* in a map whose entries may be set once */
};

struct vtl_map {
    struct slice raw;           /* as above */
    struct vtl_entry **entries; /* in the order in which they came */
    size_t count, capacity;
    uint32_t *index; /* by hash, 0 for none, else entry + 1; NULL for small ones */
    size_t index_size;
    bool is_override; /* each entry may be set once */
};

struct vtl_block {
    const struct vtl_node *block;
    struct vtl_frame *frame; /* whose macro's arguments it sees */
    unsigned depth, depth_max;
};

struct vtl_loop {
    size_t index; /* SIZE_MAX before the first */
    bool has_next;
    struct vtl_loop *parent;
    struct vtl_map *storage; /* #set($foreach.x = 1) */
    const struct vtl_node *node;
};

static inline struct vtl_value vtl_null(void)
{
    return (struct vtl_value){.kind = VTL_NULL};
}
static inline struct vtl_value vtl_boolean(bool boolean)
{
    return (struct vtl_value){.kind = VTL_BOOLEAN, .of = {.boolean = boolean}};
}
static inline struct vtl_value vtl_integer(int64_t integer)
{
    return (struct vtl_value){.kind = VTL_INTEGER, .of = {.integer = integer}};
}
static inline struct vtl_value vtl_double(double number)
{
    return (struct vtl_value){.kind = VTL_DOUBLE, .of = {.number = number}};
}
static inline struct vtl_value vtl_string(struct slice text) /* not copied */
{
    return (struct vtl_value){.kind = VTL_STRING, .of = {.text = text}};
}

/* --- numbers --- */

bool vtl_is_number(struct vtl_value value);
double vtl_to_double(struct vtl_value number);

/* --- JSON --- */

/* Of one valid JSON value; lists and maps point into it. */
struct vtl_value vtl_from_json(struct vtl_run *run, struct slice json);

/* --- lists --- */

struct vtl_value vtl_list_new(struct vtl_run *run, enum vtl_list_kind kind);
size_t vtl_list_count(struct vtl_run *run, struct vtl_list *list); /* reads it when it must */
void vtl_list_add(struct vtl_run *run, struct vtl_list *list, struct vtl_value value);
void vtl_list_insert(struct vtl_run *run, struct vtl_list *list, size_t at, struct vtl_value value);
void vtl_list_remove(struct vtl_run *run, struct vtl_list *list, size_t at);
/* SIZE_MAX when it is not there. */
size_t vtl_list_find(struct vtl_run *run, struct vtl_list *list, struct vtl_value value);

/* --- maps --- */

struct vtl_value vtl_map_new(struct vtl_run *run);
size_t vtl_map_count(struct vtl_run *run, struct vtl_map *map);
struct vtl_entry *vtl_map_find(struct vtl_run *run, struct vtl_map *map, struct vtl_value key);
/* The value before, or null. */
struct vtl_value vtl_map_put(struct vtl_run *run, struct vtl_map *map, struct vtl_value key,
                             struct vtl_value value);
struct vtl_value vtl_map_remove(struct vtl_run *run, struct vtl_map *map, struct vtl_value key);

/* --- comparing and printing --- */

/* Java's equals(). */
bool vtl_equals(struct vtl_run *run, struct vtl_value a, struct vtl_value b);
/* Java's toString(): appends. Null, and a block that may not nest deeper, is nothing. */
void vtl_print(struct vtl_run *run, struct buf *out, struct vtl_value value);
/* As JSON, without blanks. */
void vtl_print_json(struct vtl_run *run, struct buf *out, struct vtl_value value);
/* toString() as text: of a string the text itself, else made in the arena. */
struct slice vtl_text(struct vtl_run *run, struct vtl_value value);

#endif
