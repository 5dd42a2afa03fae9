#include "scheduler/s3/refusal.h"

#include "core/api/xml.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_MAX 4096

static const struct {
    int http_status;
    const char *code, *message;
} wire[S3_ERROR_COUNT] = {
    [S3_ACCESS_DENIED] = {403, "AccessDenied", "Access Denied"},
    [S3_ACCESS_FORBIDDEN] = {403, "AccessForbidden",
                             "CORSResponse: This CORS request is not allowed."},
    [S3_AUTHORIZATION_QUERY_PARAMETERS] = {400, "AuthorizationQueryParametersError",
                                           "Query-string authentication version 4 requires the "
                                           "X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
                                           "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires "
                                           "parameters."},
    [S3_BAD_DIGEST] = {400, "BadDigest",
                       "The Content-MD5 you specified did not match what we received."},
    [S3_BAD_REQUEST] = {400, "BadRequest", "Bad Request"},
    [S3_BUCKET_ALREADY_OWNED] = {409, "BucketAlreadyOwnedByYou",
                                 "Your previous request to create the named bucket succeeded and "
                                 "you already own it."},
    [S3_BUCKET_NOT_EMPTY] = {409, "BucketNotEmpty", "The bucket you tried to delete is not empty"},
    [S3_CONTENT_SHA256_MISMATCH] = {400, "XAmzContentSHA256Mismatch",
                                    "The provided 'x-amz-content-sha256' header does not match "
                                    "what was computed."},
    [S3_ENTITY_TOO_LARGE] = {400, "EntityTooLarge",
                             "Your proposed upload exceeds the maximum allowed size"},
    [S3_ENTITY_TOO_SMALL] = {400, "EntityTooSmall",
                             "Your proposed upload is smaller than the minimum allowed size"},
    [S3_ILLEGAL_LOCATION] = {400, "IllegalLocationConstraintException",
                             "The unspecified location constraint is incompatible for the region "
                             "specific endpoint this request was sent to."},
    [S3_ILLEGAL_VERSIONING] = {400, "IllegalVersioningConfigurationException",
                               "The versioning configuration specified in the request is invalid."},
    [S3_INCOMPLETE_BODY] = {400, "IncompleteBody",
                            "You did not provide the number of bytes specified by the "
                            "Content-Length HTTP header"},
    [S3_INSUFFICIENT_STORAGE] = {507, "InsufficientStorage", "The disk is full."},
    [S3_INTERNAL] = {500, "InternalError", "We encountered an internal error. Please try again."},
    [S3_INVALID_ARGUMENT] = {400, "InvalidArgument", "Invalid Argument"},
    [S3_INVALID_BUCKET_NAME] = {400, "InvalidBucketName", "The specified bucket is not valid."},
    [S3_INVALID_BUCKET_OWNER] = {400, "InvalidBucketOwnerAWSAccountID",
                                 "The value of the expected bucket owner parameter must be an AWS "
                                 "account ID"},
    [S3_INVALID_BUCKET_STATE] = {409, "InvalidBucketState",
                                 "The request is not valid for the current state of the bucket."},
    [S3_INVALID_DIGEST] = {400, "InvalidDigest", "The Content-MD5 you specified was invalid."},
    [S3_INVALID_LOCATION] = {400, "InvalidLocationConstraint",
                             "The specified location-constraint is not valid"},
    [S3_INVALID_OBJECT_STATE] = {403, "InvalidObjectState",
                                 "The operation is not valid for the object's storage class"},
    [S3_INVALID_PART] = {400, "InvalidPart",
                         "One or more of the specified parts could not be found.  The part may not "
                         "have been uploaded, or the specified entity tag may not match the part's "
                         "entity tag."},
    [S3_INVALID_PART_NUMBER] = {416, "InvalidPartNumber",
                                "The requested partnumber is not satisfiable"},
    [S3_INVALID_PART_ORDER] = {400, "InvalidPartOrder",
                               "The list of parts was not in ascending order. Parts must be "
                               "ordered by part number."},
    [S3_INVALID_POLICY_DOCUMENT] = {400, "InvalidPolicyDocument",
                                    "The content of the form does not meet the conditions "
                                    "specified in the policy document."},
    [S3_INVALID_RANGE] = {416, "InvalidRange", "The requested range is not satisfiable"},
    [S3_INVALID_REQUEST] = {400, "InvalidRequest", "Invalid Request"},
    [S3_INVALID_STORAGE_CLASS] = {400, "InvalidStorageClass",
                                  "The storage class you specified is not valid"},
    [S3_INVALID_TAG] = {400, "InvalidTag", "The tag provided was not a valid tag."},
    [S3_INVALID_URI] = {400, "InvalidURI", "Couldn't parse the specified URI."},
    [S3_KEY_TOO_LONG] = {400, "KeyTooLongError", "Your key is too long"},
    [S3_MALFORMED_ACL] = {400, "MalformedACLError",
                          "The XML you provided was not well-formed or did not validate against "
                          "our published schema"},
    [S3_MALFORMED_POLICY] = {400, "MalformedPolicy",
                             "Policies must be valid JSON and the first byte must be '{'"},
    [S3_MALFORMED_POST] = {400, "MalformedPOSTRequest",
                           "The body of your POST request is not well-formed "
                           "multipart/form-data."},
    [S3_MALFORMED_XML] = {400, "MalformedXML",
                          "The XML you provided was not well-formed or did not validate against "
                          "our published schema"},
    [S3_METADATA_TOO_LARGE] = {400, "MetadataTooLarge",
                               "Your metadata headers exceed the maximum allowed metadata size"},
    [S3_METHOD_NOT_ALLOWED] = {405, "MethodNotAllowed",
                               "The specified method is not allowed against this resource."},
    [S3_MISSING_CONTENT_LENGTH] = {411, "MissingContentLength",
                                   "You must provide the Content-Length HTTP header."},
    [S3_MISSING_SECURITY_HEADER] = {400, "MissingSecurityHeader",
                                    "Your request was missing a required header"},
    [S3_NO_SUCH_BUCKET] = {404, "NoSuchBucket", "The specified bucket does not exist"},
    [S3_NO_SUCH_CONFIGURATION] = {404, "NoSuchConfiguration",
                                  "The specified configuration does not exist."},
    [S3_NO_SUCH_KEY] = {404, "NoSuchKey", "The specified key does not exist."},
    [S3_NO_SUCH_LOCK_CONFIGURATION] = {404, "NoSuchObjectLockConfiguration",
                                       "The specified object does not have a ObjectLock "
                                       "configuration"},
    [S3_NO_SUCH_UPLOAD] = {404, "NoSuchUpload",
                           "The specified upload does not exist. The upload ID may be invalid, or "
                           "the upload may have been aborted or completed."},
    [S3_NO_SUCH_VERSION] = {404, "NoSuchVersion", "The specified version does not exist."},
    [S3_NOT_IMPLEMENTED] = {501, "NotImplemented",
                            "A header you provided implies functionality that is not implemented"},
    [S3_NOT_MODIFIED] = {304, "NotModified", ""},
    [S3_OPERATION_ABORTED] = {409, "OperationAborted",
                              "A conflicting conditional operation is currently in progress "
                              "against this resource. Please try again."},
    [S3_PRECONDITION_FAILED] = {412, "PreconditionFailed",
                                "At least one of the pre-conditions you specified did not hold"},
    [S3_TOO_MANY_BUCKETS] = {400, "TooManyBuckets",
                             "You have attempted to create more buckets than allowed"},
    [S3_UNEXPECTED_CONTENT] = {400, "UnexpectedContent", "This request does not support content"},
};

struct refusal *refuse(struct arena *arena, enum s3_error error)
{
    struct refusal *refusal = arena_alloc(arena, sizeof(*refusal));
    refusal->error = error;
    refusal->code = wire[error].code;
    refusal->http_status = wire[error].http_status;
    refusal->message = slice_from(wire[error].message);
    return refusal;
}

struct refusal *refuse_text(struct arena *arena, enum s3_error error, const char *format, ...)
{
    struct refusal *refusal = refuse(arena, error);
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    size_t kept = len < 0 ? 0 : len < MESSAGE_MAX ? (size_t)len : MESSAGE_MAX - 1;
    refusal->message = arena_copy(arena, slice_of(text, kept));
    return refusal;
}

struct refusal *refusal_tell(struct arena *arena, struct refusal *refusal, const char *element,
                             struct slice value)
{
    assert(refusal->detail_count < REFUSAL_DETAILS_MAX);
    refusal->details[refusal->detail_count++] =
        (struct http_header){slice_from(element), arena_copy(arena, value)};
    return refusal;
}

struct refusal *refuse_argument(struct arena *arena, const char *name, struct slice value,
                                const char *message)
{
    struct refusal *refusal = refuse_text(arena, S3_INVALID_ARGUMENT, "%s", message);
    refusal_tell(arena, refusal, "ArgumentName", slice_from(name));
    return refusal_tell(arena, refusal, "ArgumentValue", value);
}

void refusal_write(struct buf *xml, const struct refusal *refusal)
{
    xml_element(xml, "Code", slice_from(refusal->code));
    xml_element(xml, "Message", refusal->message);
    for (size_t i = 0; i < refusal->detail_count; i++) {
        xml_element(xml, refusal->details[i].name.ptr, refusal->details[i].value);
    }
}
