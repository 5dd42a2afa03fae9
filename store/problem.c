#include "store/problem.h"

#include <assert.h>

#define VALIDATE "com.amazon.coral.validate#"
#define SERVICE "com.amazon.coral.service#"
#define AVAILABILITY "com.amazon.coral.availability#"
#define DYNAMODB "com.amazonaws.dynamodb.v20120810#"

static const struct problem_wire wires[PROBLEM_COUNT] = {
    [PROBLEM_VALIDATION] = {"ValidationException", VALIDATE, "message", 400, "ValidationError"},
    [PROBLEM_SERIALIZATION] = {"SerializationException", SERVICE, "Message", 400,
                               "ValidationError"},
    [PROBLEM_UNKNOWN_OPERATION] = {"UnknownOperationException", SERVICE, "message", 400, NULL},
    [PROBLEM_MISSING_AUTHENTICATION] = {"MissingAuthenticationTokenException", SERVICE, "message",
                                        400, NULL},
    [PROBLEM_INCOMPLETE_SIGNATURE] = {"IncompleteSignatureException", SERVICE, "message", 400,
                                      NULL},
    [PROBLEM_INVALID_SIGNATURE] = {"InvalidSignatureException", SERVICE, "message", 400, NULL},
    [PROBLEM_ACCESS_DENIED] = {"AccessDeniedException", SERVICE, "Message", 400, "AccessDenied"},
    [PROBLEM_THROTTLING] = {"ThrottlingException", AVAILABILITY, "message", 400, "ThrottlingError"},
    [PROBLEM_CONDITION_FAILED] = {"ConditionalCheckFailedException", DYNAMODB, "message", 400,
                                  "ConditionalCheckFailed"},
    [PROBLEM_RESOURCE_NOT_FOUND] = {"ResourceNotFoundException", DYNAMODB, "message", 400,
                                    "ResourceNotFound"},
    [PROBLEM_RESOURCE_IN_USE] = {"ResourceInUseException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_LIMIT_EXCEEDED] = {"LimitExceededException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_THROUGHPUT_EXCEEDED] = {"ProvisionedThroughputExceededException", DYNAMODB, "message",
                                     400, "ProvisionedThroughputExceeded"},
    [PROBLEM_REQUEST_LIMIT_EXCEEDED] = {"RequestLimitExceeded", DYNAMODB, "message", 400,
                                        "RequestLimitExceeded"},
    [PROBLEM_COLLECTION_TOO_LARGE] = {"ItemCollectionSizeLimitExceededException", DYNAMODB,
                                      "message", 400, "ItemCollectionSizeLimitExceeded"},
    [PROBLEM_TRANSACTION_CONFLICT] = {"TransactionConflictException", DYNAMODB, "message", 400,
                                      "TransactionConflict"},
    [PROBLEM_TRANSACTION_CANCELED] = {"TransactionCanceledException", DYNAMODB, "Message", 400,
                                      NULL},
    [PROBLEM_TRANSACTION_IN_PROGRESS] = {"TransactionInProgressException", DYNAMODB, "Message", 400,
                                         NULL},
    [PROBLEM_IDEMPOTENT_MISMATCH] = {"IdempotentParameterMismatchException", DYNAMODB, "Message",
                                     400, NULL},
    [PROBLEM_DUPLICATE_ITEM] = {"DuplicateItemException", DYNAMODB, "message", 400,
                                "DuplicateItem"},
    [PROBLEM_EXPIRED_ITERATOR] = {"ExpiredIteratorException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_TRIMMED_DATA] = {"TrimmedDataAccessException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_TABLE_NOT_FOUND] = {"TableNotFoundException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_TABLE_EXISTS] = {"TableAlreadyExistsException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_TABLE_IN_USE] = {"TableInUseException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_INDEX_NOT_FOUND] = {"IndexNotFoundException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_BACKUP_NOT_FOUND] = {"BackupNotFoundException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_BACKUP_IN_USE] = {"BackupInUseException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_BACKUPS_UNAVAILABLE] = {"ContinuousBackupsUnavailableException", DYNAMODB, "message",
                                     400, NULL},
    [PROBLEM_RECOVERY_UNAVAILABLE] = {"PointInTimeRecoveryUnavailableException", DYNAMODB,
                                      "message", 400, NULL},
    [PROBLEM_INVALID_RESTORE_TIME] = {"InvalidRestoreTimeException", DYNAMODB, "message", 400,
                                      NULL},
    [PROBLEM_INVALID_EXPORT_TIME] = {"InvalidExportTimeException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_EXPORT_NOT_FOUND] = {"ExportNotFoundException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_EXPORT_CONFLICT] = {"ExportConflictException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_IMPORT_NOT_FOUND] = {"ImportNotFoundException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_IMPORT_CONFLICT] = {"ImportConflictException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_POLICY_NOT_FOUND] = {"PolicyNotFoundException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_GLOBAL_TABLE_NOT_FOUND] = {"GlobalTableNotFoundException", DYNAMODB, "message", 400,
                                        NULL},
    [PROBLEM_GLOBAL_TABLE_EXISTS] = {"GlobalTableAlreadyExistsException", DYNAMODB, "message", 400,
                                     NULL},
    [PROBLEM_REPLICA_NOT_FOUND] = {"ReplicaNotFoundException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_REPLICA_EXISTS] = {"ReplicaAlreadyExistsException", DYNAMODB, "message", 400, NULL},
    [PROBLEM_INTERNAL] = {"InternalServerError", DYNAMODB, "message", 500, "InternalServerError"},
};

const struct problem_wire *problem_wire(enum problem_kind kind)
{
    assert(kind < PROBLEM_COUNT && wires[kind].name != NULL);
    return &wires[kind];
}

const struct problem *problem_bare(enum problem_kind kind)
{
    static const struct problem bare[PROBLEM_COUNT] = {
        [PROBLEM_SERIALIZATION] = {.kind = PROBLEM_SERIALIZATION},
        [PROBLEM_UNKNOWN_OPERATION] = {.kind = PROBLEM_UNKNOWN_OPERATION},
        [PROBLEM_INTERNAL] = {.kind = PROBLEM_INTERNAL},
    };
    assert(bare[kind].kind == kind);
    return &bare[kind];
}

const struct problem *problem_of(struct arena *arena, enum problem_kind kind, struct slice text)
{
    struct problem *problem = arena_alloc(arena, sizeof(*problem));
    problem->kind = kind;
    problem->text = text;
    return problem;
}

const struct problem *problem_make(struct arena *arena, enum problem_kind kind, const char *format,
                                   ...)
{
    va_list args;
    va_start(args, format);
    const struct problem *problem = problem_of(arena, kind, arena_vprintf(arena, format, args));
    va_end(args);
    return problem;
}

const struct problem *problem_invalid(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const struct problem *problem =
        problem_of(arena, PROBLEM_VALIDATION, arena_vprintf(arena, format, args));
    va_end(args);
    return problem;
}

const struct problem *problem_bad_parameter(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(arena, format, args);
    va_end(args);
    return problem_invalid(arena, "One or more parameter values were invalid: %.*s",
                           SLICE_ARG(text));
}
