/* What subscribers get: the JSON around a message, and what of it is signed.
 *
 *     notification_signed_text() -> signature -> notification_print() (SQS, HTTP) or notification_print_event() (Lambda)
 *
 * The document is laid out as AWS lays it out, line by line.
 *
 * Source  SNS Developer Guide, "Parsing message formats", "Verifying the signatures of Amazon SNS messages". */
#ifndef SLS_SCHEDULER_SNS_NOTIFICATION_H
#define SLS_SCHEDULER_SNS_NOTIFICATION_H

#include "scheduler/sns/publication.h"

enum notification_type { NOTIFICATION, SUBSCRIPTION_CONFIRMATION, UNSUBSCRIBE_CONFIRMATION };

const char *notification_type_name(enum notification_type type); /* "SubscriptionConfirmation" */

struct notification {
    enum notification_type type;
    struct slice message_id;
    struct slice topic_arn;
    struct slice subscription_arn;
    struct slice subject; /* ptr NULL: none */
    struct slice message;
    struct slice timestamp; /* "2026-02-18T11:19:29.123Z" */
    struct slice
        sequence_number; /* of a FIFO topic, whose notifications are not signed; else empty */
    struct slice token;  /* of a confirmation */
    const struct publication *publication; /* its attributes; NULL: none */
    int signature_version;
    struct slice signature; /* base64 */
    struct slice key_id;    /* of its certificate */
    struct slice edge_url;  /* of the URLs: "http://127.0.0.1:4566" */
};

struct slice notification_subscribe_url(struct arena *arena,
                                        const struct notification *notification);
struct slice notification_signed_text(struct arena *arena, const struct notification *notification);
void notification_print(struct buf *buf, const struct notification *notification);
/* {"Records":[{"EventSource":"aws:sns", ... */
void notification_print_event(struct buf *buf, const struct notification *notification);

#endif
