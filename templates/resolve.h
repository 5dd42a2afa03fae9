/* The evaluator of one plain CloudFormation template: what parameters.c, conditions.c,
 * intrinsics*.c, resource_names.c and dynamic_reference.c share. Private to this folder; callers
 * use resolve_template().
 *
 * Lazy     A value is evaluated when something live asks for it: an unused branch of Fn::If, a
 *          resource whose condition is false and a condition nobody names may hold anything.
 *
 * Unknown  What another stack or the account would have to tell (Fn::ImportValue, outputs of
 *          nested stacks, a parameter without a value) is an empty text that is marked: functions
 *          over it stay unknown instead of failing, and `unknown` says how loudly the place where
 *          it stands complains.
 *
 * NoValue  resolve_value() returns NULL for AWS::NoValue; lists and maps leave such members out.
 *
 * Errors   Diagnostics; the value is then unknown, and the load fails at its end. */
#ifndef SLS_TEMPLATES_RESOLVE_H
#define SLS_TEMPLATES_RESOLVE_H

#include "templates/load.h"

enum unknown_is { UNKNOWN_QUIET, UNKNOWN_NOTICE, UNKNOWN_WARNING, UNKNOWN_ERROR };

struct resolver {
    struct load *load;
    struct arena *arena;
    const struct value *parameters, *mappings, *conditions,
        *resources;                 /* as written; may be NULL */
    struct value *parameter_values; /* name -> text or list of texts */
    struct value *stand_ins; /* the parameters whose value is only the name of the real one */
    struct value *condition_values; /* name -> boolean; null while it is being evaluated */
    struct value *resource_ids;     /* logical id -> what Ref gives; null while it is being made */
    struct value *resource_names;   /* logical id -> name; the same */
    struct value *live;             /* logical id -> boolean */
    struct value *naming_rows;      /* type -> row of the table in resource_names.c */
    struct value *ssm_values,
        *secret_values; /* physical id -> logical id; made by the first dynamic reference */
    struct slice account, region, partition, url_suffix, stack_name, stack_id, edge_url;
    bool has_language_extensions;
    enum unknown_is unknown;
    struct slice block;    /* "Resources", "Outputs", "Conditions": for messages */
    struct slice resource; /* logical id whose properties are being resolved, or empty */
    bool is_aside;         /* evaluating a property of another resource, for its name */
    bool has_unknown;      /* something in that resource's properties is unknown */
    struct dependencies *dependencies;
    size_t depth, steps, text_bytes;
    bool is_exhausted; /* a limit was told; everything is unknown from now on */
};

/* --- resolve.c --- */

void resolver_init(struct resolver *resolver, struct load *load, const struct value *root);
/* NULL: AWS::NoValue. */
struct value *resolve_value(struct resolver *resolver, struct value *value);
/* The text of a resolved scalar; unknown for what is none (with an error that names `what`). */
struct slice resolve_text(struct resolver *resolver, const struct value *value, const char *what);
/* One property of a resource of this template, resolved; NULL when absent. */
struct value *resolve_property(struct resolver *resolver, struct slice logical_id,
                               const char *name);

struct value *unknown_value(struct resolver *resolver, struct source_pos pos);
/* The resource that is being resolved needs something that cannot be known here. */
void note_unknown(struct resolver *resolver);
/* Tells why something is unknown, as loudly as the place asks for, and returns it. */
struct value *tell_unknown(struct resolver *resolver, struct source_pos pos, const char *format,
                           ...) PRINTF_LIKE(3, 4);
/* Tells an error and returns an unknown value, so that evaluation goes on. */
struct value *tell_error(struct resolver *resolver, struct source_pos pos, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The resource exists and its condition, if any, holds. */
bool resource_is_live(struct resolver *resolver, struct slice logical_id);
/* False, once with a message, when the load has made all the text it may. */
bool resolver_allows_text(struct resolver *resolver, struct source_pos pos, size_t len);

/* --- parameters.c --- */

void parameters_resolve(struct resolver *resolver);

/* --- conditions.c --- */

bool condition_holds(struct resolver *resolver, struct slice name, struct source_pos pos,
                     const char *where);
/* The Condition attribute of a resource or output; true when there is none. */
bool condition_attribute_holds(struct resolver *resolver, const struct value *holder);

/* --- intrinsics.c --- */

typedef struct value *intrinsic_fn(struct resolver *resolver, struct value *call,
                                   struct value *arg);
/* NULL when CloudFormation has no function of that name in property values. */
intrinsic_fn *intrinsic_find(struct slice name);

intrinsic_fn intrinsic_ref, intrinsic_getatt, intrinsic_find_in_map, intrinsic_import_value,
    intrinsic_if, intrinsic_transform;
intrinsic_fn intrinsic_sub, intrinsic_join, intrinsic_split, intrinsic_select, intrinsic_base64,
    intrinsic_length, intrinsic_to_json_string, intrinsic_get_azs, intrinsic_cidr;

/* What `Ref: name` gives; NULL for AWS::NoValue. */
struct value *reference(struct resolver *resolver, struct slice name, struct source_pos pos);
struct value *attribute(struct resolver *resolver, struct slice id, struct slice attribute,
                        struct source_pos pos);

/* --- include.c --- */

/* The content of a local file; NULL after a diagnostic. */
struct value *include_file(struct load *load, struct slice location, struct source_pos pos);
/* Expands AWS::Include where it brings sections or their members; changes `root`. */
void include_sections(struct load *load, struct value *root);

/* --- dependencies.c --- */

/* From here on, what is referred to is needed by this resource (its place in the map). Called for
 * all, in order. */
void dependencies_begin(struct resolver *resolver, size_t resource);
void dependencies_note(struct resolver *resolver, struct slice target);
void dependencies_check(struct resolver *resolver); /* warns of circles */

/* --- dynamic_reference.c --- */

/* `value` itself when no {{resolve:...}} stands in its text. */
struct value *dynamic_references(struct resolver *resolver, struct value *value);

/* --- resource_names.c --- */

/* What Ref gives for a live resource. */
struct slice resource_id(struct resolver *resolver, struct slice logical_id, struct source_pos pos);
struct value *resource_attribute(struct resolver *resolver, struct slice logical_id,
                                 struct slice attribute, struct source_pos pos);

#endif
