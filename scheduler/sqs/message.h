/* A message as SQS keeps it: what is not its body is the head of the queue's message.
 *
 *     id (16) | MD5 of the body (16) | sender, trace, group, deduplication id (u16 length each)
 *     | attributes, in the order of their names: name, type (u16 each), is binary (u8), value (u32)
 *
 * Ownership  What is read points into the head.
 * Source     SQS Developer Guide, "Amazon SQS message metadata", "Calculating the MD5 message digest for message
 *            attributes"; reference/events.md section 2.3. */
#ifndef SLS_SCHEDULER_SQS_MESSAGE_H
#define SLS_SCHEDULER_SQS_MESSAGE_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/id.h"
#include "scheduler/sqs/limits.h"

#define MESSAGE_ID_LEN 16
#define MD5_LEN 16
#define MD5_TEXT_MAX (2 * MD5_LEN + 1)

struct message_attribute {
    struct slice name, type, value;
    bool is_binary;
};

struct message {
    char id[MESSAGE_ID_LEN];
    char body_md5[MD5_LEN];
    struct slice sender;
    struct slice trace; /* may be empty; so may all that follow */
    struct slice group;
    struct slice deduplication_id;
    const struct message_attribute *attributes; /* in the order of their names */
    size_t attribute_count;
};

void sqs_message_make_id(char id[MESSAGE_ID_LEN]);
const char *sqs_message_id_text(char out[ID_UUID_MAX], const char id[MESSAGE_ID_LEN]);
struct slice sqs_sequence_text(struct arena *arena, uint64_t seq); /* twenty digits */
void sqs_md5_of(char out[MD5_LEN], struct slice bytes);
const char *sqs_md5_text(char out[MD5_TEXT_MAX], const char md5[MD5_LEN]);

/* In the arena. */
struct slice sqs_message_write(struct arena *arena, const struct message *message);
/* False when it is no head of ours. */
MUST_CHECK bool sqs_message_read(struct arena *arena, struct slice head,
                                 struct message *ret_message);

int sqs_message_attribute_compare(const void *a, const void *b); /* for qsort */
void sqs_message_attributes_md5(char out[MD5_LEN], const struct message_attribute *attributes,
                                size_t count);

#endif
