/* Members of the inputs of the operations of this folder. Private to scheduler/async.
 *
 * Source  The service's public model, API version 2015-03-31. */
#ifndef SLS_SCHEDULER_ASYNC_MODEL_H
#define SLS_SCHEDULER_ASYNC_MODEL_H

#include "core/api/model_shapes.h"

#define MODEL_MEMBERS(X)                                                                           \
    X(ACTION, "Action")                                                                            \
    X(ALLOW_CREDENTIALS, "AllowCredentials")                                                       \
    X(ALLOW_HEADERS, "AllowHeaders")                                                               \
    X(ALLOW_METHODS, "AllowMethods")                                                               \
    X(ALLOW_ORIGINS, "AllowOrigins")                                                               \
    X(AUTH_TYPE, "AuthType")                                                                       \
    X(CORS, "Cors")                                                                                \
    X(DESTINATION, "Destination")                                                                  \
    X(DESTINATION_CONFIG, "DestinationConfig")                                                     \
    X(EVENT_SOURCE_TOKEN, "EventSourceToken")                                                      \
    X(EXPOSE_HEADERS, "ExposeHeaders")                                                             \
    X(FUNCTION_NAME, "FunctionName")                                                               \
    X(FUNCTION_URL_AUTH_TYPE, "FunctionUrlAuthType")                                               \
    X(INVOKED_VIA_FUNCTION_URL, "InvokedViaFunctionUrl")                                           \
    X(INVOKE_MODE, "InvokeMode")                                                                   \
    X(MARKER, "Marker")                                                                            \
    X(MAX_AGE, "MaxAge")                                                                           \
    X(MAX_ITEMS, "MaxItems")                                                                       \
    X(MAXIMUM_EVENT_AGE_IN_SECONDS, "MaximumEventAgeInSeconds")                                    \
    X(MAXIMUM_RETRY_ATTEMPTS, "MaximumRetryAttempts")                                              \
    X(ON_FAILURE, "OnFailure")                                                                     \
    X(ON_SUCCESS, "OnSuccess")                                                                     \
    X(PRINCIPAL, "Principal")                                                                      \
    X(PRINCIPAL_ORG_ID, "PrincipalOrgID")                                                          \
    X(QUALIFIER, "Qualifier")                                                                      \
    X(RECURSIVE_LOOP, "RecursiveLoop")                                                             \
    X(REVISION_ID, "RevisionId")                                                                   \
    X(SOURCE_ACCOUNT, "SourceAccount")                                                             \
    X(SOURCE_ARN, "SourceArn")                                                                     \
    X(STATEMENT_ID, "StatementId")

MODEL_ENUM(MODEL_MEMBERS)

extern const struct model async_model;

#endif
