/* Why a request is refused: the error's name, its words and what it carries.
 *
 * Functions of this folder that may refuse return `const struct problem *`, NULL when all is well. It is
 * made in the request's arena, so reporting cannot fail, long texts (constraint lists, attribute names)
 * are not cut, and one returned by the writer thread is read by the loop. Wire names stand in problem.c
 * alone.
 *
 * Source  reference/dynamodb.md section 1.1. */
#ifndef SLS_STORE_PROBLEM_H
#define SLS_STORE_PROBLEM_H

#include "core/arena.h"

enum problem_kind {
    PROBLEM_VALIDATION,
    PROBLEM_SERIALIZATION,
    PROBLEM_UNKNOWN_OPERATION,
    PROBLEM_MISSING_AUTHENTICATION,
    PROBLEM_INCOMPLETE_SIGNATURE,
    PROBLEM_INVALID_SIGNATURE,
    PROBLEM_ACCESS_DENIED,
    PROBLEM_THROTTLING,
    PROBLEM_CONDITION_FAILED,
    PROBLEM_RESOURCE_NOT_FOUND,
    PROBLEM_RESOURCE_IN_USE,
    PROBLEM_LIMIT_EXCEEDED,
    PROBLEM_THROUGHPUT_EXCEEDED,
    PROBLEM_REQUEST_LIMIT_EXCEEDED,
    PROBLEM_COLLECTION_TOO_LARGE,
    PROBLEM_TRANSACTION_CONFLICT,
    PROBLEM_TRANSACTION_CANCELED,
    PROBLEM_TRANSACTION_IN_PROGRESS,
    PROBLEM_IDEMPOTENT_MISMATCH,
    PROBLEM_DUPLICATE_ITEM,
    PROBLEM_EXPIRED_ITERATOR,
    PROBLEM_TRIMMED_DATA,
    PROBLEM_TABLE_NOT_FOUND,
    PROBLEM_TABLE_EXISTS,
    PROBLEM_TABLE_IN_USE,
    PROBLEM_INDEX_NOT_FOUND,
    PROBLEM_BACKUP_NOT_FOUND,
    PROBLEM_BACKUP_IN_USE,
    PROBLEM_BACKUPS_UNAVAILABLE,  /* ContinuousBackupsUnavailableException */
    PROBLEM_RECOVERY_UNAVAILABLE, /* PointInTimeRecoveryUnavailableException */
    PROBLEM_INVALID_RESTORE_TIME,
    PROBLEM_INVALID_EXPORT_TIME,
    PROBLEM_EXPORT_NOT_FOUND,
    PROBLEM_EXPORT_CONFLICT,
    PROBLEM_IMPORT_NOT_FOUND,
    PROBLEM_IMPORT_CONFLICT,
    PROBLEM_POLICY_NOT_FOUND,
    PROBLEM_GLOBAL_TABLE_NOT_FOUND,
    PROBLEM_GLOBAL_TABLE_EXISTS,
    PROBLEM_REPLICA_NOT_FOUND,
    PROBLEM_REPLICA_EXISTS,
    PROBLEM_INTERNAL,
    PROBLEM_COUNT
};

struct problem {
    enum problem_kind kind;
    struct slice text; /* SLICE_NULL: the error has no message member at all */
    struct slice item; /* CONDITION_FAILED with ALL_OLD: the item as it is, else SLICE_NULL */
    /* TRANSACTION_CANCELED: one for each action, NULL for "None". */
    const struct problem *const *reasons;
    size_t reason_count;
};

/* SERIALIZATION, UNKNOWN_OPERATION or INTERNAL without a text. */
const struct problem *problem_bare(enum problem_kind kind);
const struct problem *problem_make(struct arena *arena, enum problem_kind kind, const char *format,
                                   ...) PRINTF_LIKE(3, 4);
/* With a text made elsewhere; it is kept as it is, which a format cannot do with a NUL in it. */
const struct problem *problem_of(struct arena *arena, enum problem_kind kind, struct slice text);
const struct problem *problem_invalid(struct arena *arena, const char *format, ...)
    PRINTF_LIKE(2, 3); /* PROBLEM_VALIDATION */
/* "One or more parameter values were invalid: " in front. */
const struct problem *problem_bad_parameter(struct arena *arena, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* The wire's view of a kind. */
struct problem_wire {
    const char *name;        /* "ValidationException" */
    const char *type_prefix; /* "com.amazon.coral.validate#" */
    const char *text_key;    /* "message" or "Message" */
    int http_status;
    const char
        *reason_code; /* in CancellationReasons and PartiQL batches: "ConditionalCheckFailed" */
};
const struct problem_wire *problem_wire(enum problem_kind kind);

#endif
