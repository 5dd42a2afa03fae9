/* CBOR for services that speak JSON: requests become JSON before anybody looks at them, answers become CBOR on their
 * way out.
 *
 *     CBOR                     JSON
 *     integer, float           number ("NaN", "Infinity", "-Infinity" as strings, as Smithy's JSON has them)
 *     text                     string
 *     bytes                    string in base64
 *     tag 1 (a time)           number of seconds
 *     array, map               array, object (keys are text)
 *     true, false              true, false
 *     null, undefined          null
 *
 * What JSON cannot tell apart, the names of members do: struct cbor_members lists those that are bytes and times,
 * wherever they stand; a list has the kind of its name. Other tags than 1 are passed over.
 *
 * Thread  Any.
 * Errors  INVALID for what is no CBOR, or has no JSON form.
 * Limits  JSON_DEPTH_MAX levels; sizes are those of the buffers.
 * Source  RFC 8949. Times: AWS' own application/x-amz-cbor-1.1 counts milliseconds (AWS SDK for Java v2, "SdkCborGenerator"),
 *         Smithy RPC v2 CBOR counts seconds. */
#ifndef SLS_CORE_API_CBOR_H
#define SLS_CORE_API_CBOR_H

#include "core/buf.h"

#define CBOR_AWS_TYPE "application/x-amz-cbor-1.1"
#define CBOR_SMITHY_TYPE "application/cbor"

enum cbor_time { CBOR_MILLISECONDS, CBOR_SECONDS }; /* what a tagged number counts */

/* Names of members, each list ended by NULL. */
struct cbor_members {
    const char *const *blobs;
    const char *const *times;
};

/* Appends to `json`, whose buf_status() tells of its limit. */
MUST_CHECK enum status cbor_to_json(struct buf *json, struct slice cbor, enum cbor_time time,
                                    struct fault *reterr);
/* `json` is valid. Maps and lists have indefinite lengths; an integer that fits is one. */
void cbor_from_json(struct buf *cbor, struct slice json, const struct cbor_members *members,
                    enum cbor_time time);

#endif
