/* A resource of a template as the folders that make it take it: every value resolved.
 *
 * Ownership  Plain data, borrowed from whoever made it. */
#ifndef SLS_CORE_RESOURCE_H
#define SLS_CORE_RESOURCE_H

#include "core/slice.h"

struct resource {
    struct slice logical_id;
    struct slice type;        /* "AWS::SQS::Queue" */
    struct slice physical_id; /* what Ref gives */
    struct slice properties;  /* JSON object; empty: none */
    bool has_unknown;         /* some of them cannot be known here: empty, or stand-ins */
    struct slice position;    /* "template.yaml:12:3" */
};

#endif
