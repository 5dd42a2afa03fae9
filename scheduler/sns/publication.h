/* A message as it was published: checked, and what each protocol gets of it.
 *
 * Ownership  Texts belong to the request's arena.
 * Source     SNS API Reference, "Publish"; SNS Developer Guide, "Message attributes"; words recorded by LocalStack. */
#ifndef SLS_SCHEDULER_SNS_PUBLICATION_H
#define SLS_SCHEDULER_SNS_PUBLICATION_H

#include "core/api/model.h"
#include "core/id.h"
#include "scheduler/sns/subscription.h"

struct publication {
    struct slice entry_id; /* of a batch; empty: none */
    struct slice message;
    bool is_structured;             /* `message` is a JSON object with a text for each protocol */
    struct slice subject;           /* ptr NULL: none */
    const struct field *attributes; /* MessageAttributes */
    size_t attribute_count;
    struct slice group;            /* MessageGroupId; empty: none */
    struct slice deduplication_id; /* FIFO: given, or the digest of the message */
    size_t bytes;                  /* of the message with its attributes */
};

/* `record` is Publish's input or an entry of PublishBatch. */
MUST_CHECK const struct refusal *publication_read(struct arena *arena, const struct topic *topic,
                                                  const struct record *record,
                                                  struct publication *ret_publication);
/* What a subscriber of the protocol gets. */
struct slice publication_text(struct arena *arena, const struct publication *publication,
                              enum protocol protocol);
bool publication_passes(struct arena *arena, const struct publication *publication,
                        const struct subscription_rules *rules, struct slice text);

/* {"name":{"DataType":"Number","StringValue":"1"}}: as SQS takes them. */
void publication_write_attributes(const struct publication *publication, struct json_writer *w);

/* One attribute. */
struct publication_attribute {
    struct slice name, type;
    struct slice value; /* of a binary: its bytes */
    bool is_binary;
};
struct publication_attribute publication_attribute(const struct publication *publication,
                                                   size_t at);

#endif
