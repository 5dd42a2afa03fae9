/* The names of resources by type: one row for each type whose Ref or GetAtt is known.
 *
 * A row tells the property that names the resource, what Ref gives, and the attributes. Texts hold
 *
 *     {P} partition   {R} region   {A} account   {S} URL suffix   {E} the edge's URL
 *     {L} logical id  {N} the name: the name property, else STACK-LOGICALID
 *     {F} the function that FunctionName or TargetFunctionArn names, an ARN without qualifier
 *     {U} a UUID      {Dn} n letters and digits, {Xn} the same in capitals   {Hn} n hexadecimal digits, derived from the name
 *     {url} the id of the URL of {F} or its alias, as gateway/model/url.c has it
 *     {B/} the custom event bus and the character behind B; nothing for the default bus
 *     {Prop} property Prop, {Prop=x} the same with a default */
#ifndef SLS_TEMPLATES_RESOURCE_NAMES_H
#define SLS_TEMPLATES_RESOURCE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define NAMING_ATTRIBUTES_MAX 6

struct naming {
    const char *type;
    const char *name_property; /* NULL: has none */
    const char *ref;
    struct {
        const char *name, *text;
    } attributes[NAMING_ATTRIBUTES_MAX];
    size_t name_max;    /* 0: no limit */
    bool is_lower_case; /* an automatic name is */
    bool is_complete;   /* all attributes there are; another one is an error */
};

extern const struct naming namings[];
extern const size_t naming_count;

#endif
