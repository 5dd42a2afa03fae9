/* What the APIs of API Gateway call the properties of a resource, and how each side writes them.
 *
 *     properties (CloudFormation) -> properties_write() -> answer      "Timeout": "50"  ->  "timeout": 50
 *     request -> properties_read() -> properties
 *
 * Tables     One for each kind of resource (kind.h). Names are the API's; a property is the same with a capital
 *            letter in front, unless `property` says otherwise.
 * Ownership  Static tables; texts in the arena, or of what was read.
 * Source     The services' public models (botocore); the CloudFormation guide. */
#ifndef SLS_GATEWAY_CONTROL_ATTRIBUTE_H
#define SLS_GATEWAY_CONTROL_ATTRIBUTE_H

#include "core/arena.h"
#include "core/json_writer.h"
#include "gateway/control/objection.h"

enum attribute_form {
    FORM_TEXT,
    FORM_BOOL,
    FORM_INTEGER,
    FORM_DOUBLE,
    FORM_TEXTS,      /* ["a"]; a property may be one text, too */
    FORM_COMMA_TEXT, /* "a,b"; a property may be a list */
    FORM_TEXT_MAP,   /* {"a": "b"} */
    FORM_BOOL_MAP,   /* {"a": true} */
    FORM_JSON_TEXT,  /* a text with JSON in it; a property may be that JSON */
    FORM_STRUCT,     /* {...} */
    FORM_LIST,       /* [{...}] */
    FORM_MAP,        /* {"a": {...}} */
    FORM_KEYED,      /* {"200": {"statusCode": "200"}}; a property is a list of those */
    FORM_SETTINGS, /* {"pets/GET": {...}}; a property is a list of those, with their paths and methods */
    FORM_TAGS,         /* {"a": "b"}; a property may be [{"Key": "a", "Value": "b"}] */
    FORM_DESTINATIONS, /* {"200": {"a": "b"}}; a property may be {"200": {"ResponseParameters": [...]}} */
};

/* What UpdateX of version 1 may do with it. */
enum attribute_patch { PATCH_NONE, PATCH_REPLACE = 1, PATCH_ADD = 2, PATCH_REMOVE = 4 };
#define PATCH_ALL (PATCH_REPLACE | PATCH_ADD | PATCH_REMOVE)

struct attributes;

struct attribute {
    const char *name;
    const char *property;
    enum attribute_form form;
    unsigned patch;
    const struct attributes *inside; /* STRUCT, LIST, MAP, KEYED, SETTINGS */
    const char *absent; /* JSON that is told when there is no property; NULL: nothing is */
    const char *values; /* that it may have, as the service lists them: "[HEADER, AUTHORIZER]" */
};

struct attributes {
    const struct attribute *items;
    size_t count;
    const char *key; /* of KEYED: the attribute that is the key */
};

#define ATTRIBUTES_COUNT(items) (sizeof(items) / sizeof *(items))

/* The property of an attribute, in the arena. */
const char *attribute_property(struct arena *arena, const struct attribute *attribute);
const struct attribute *attribute_named(const struct attributes *attributes, struct slice name);

/* Into an open object. */
void properties_write(struct json_writer *w, struct arena *arena,
                      const struct attributes *attributes, struct slice properties);
/* `base` are the properties there were before (or none): what the request names replaces them, a null takes one away.
 * `place` is the way to the request's object, for messages: "createStageInput". */
MUST_CHECK bool properties_read(struct arena *arena, const struct attributes *attributes,
                                struct slice json, struct slice base, struct slice place,
                                struct slice *ret_properties, struct objection *reterr);

#endif
