/* links: sls_scheduler */
/* What SQS reads of others: a receipt handle, the JSON of a queue's three policies, and the head of a stored message,
 * as the first byte says. */
#include "core/api/model.h"
#include "core/json_scan.h"
#include "scheduler/sqs/message.h"
#include "scheduler/sqs/policy.h"
#include "scheduler/sqs/receipt.h"
#include "scheduler/sqs/redrive.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define QUEUE_ARN "arn:aws:sqs:us-east-1:000000000000:q"

/* The check allows one spelling of each handle only. */
static void read_receipt(struct arena *arena, struct slice handle)
{
    uint64_t queue_id;
    struct queue_receipt receipt;
    if (receipt_read(handle, &queue_id, &receipt)) {
        assert(slice_eq(receipt_write(arena, queue_id, receipt), handle));
    }
    uint64_t again_id;
    struct queue_receipt again;
    receipt = (struct queue_receipt){slice_hash(handle), (uint32_t)handle.len};
    assert(receipt_read(receipt_write(arena, handle.len, receipt), &again_id, &again));
    assert(again_id == handle.len && again.seq == receipt.seq &&
           again.receives == receipt.receives);
}

static void read_redrive(struct arena *arena, struct slice policy)
{
    struct redrive redrive;
    bool is_good = redrive_parse(arena, policy, &redrive) == NULL;
    assert(!is_good || (redrive.receives_max > 0 && redrive.target.len > 0));
    assert(redrive_equals(policy, policy));
}

static void read_redrive_allow(struct arena *arena, struct slice policy)
{
    struct slice raw, permission;
    if (redrive_allow_check(arena, policy) == NULL) {
        assert(json_raw_find(policy, "redrivePermission", &raw));
        assert(json_raw_string(arena, raw, &permission));
        bool is_allowed = redrive_allows(policy, SLICE(QUEUE_ARN));
        assert(is_allowed != slice_is(permission, "denyAll") || slice_is(permission, "byQueue"));
    }
}

/* A permission that is added is there, and is gone when it is removed. */
static void read_policy(struct arena *arena, struct slice policy)
{
    const struct field account = {.is_set = true, .text = SLICE("111122223333")};
    const struct field action = {.is_set = true, .text = SLICE("SendMessage")};
    const struct field accounts = {.is_set = true, .items = &account, .count = 1};
    const struct field actions = {.is_set = true, .items = &action, .count = 1};
    const struct permission_input permission = {SLICE("fuzzed"), &accounts, &actions};
    struct slice added, removed;
    if (sqs_policy_check(arena, policy) != NULL ||
        sqs_policy_add(arena, policy, SLICE(QUEUE_ARN), &permission, &added) != NULL) {
        return;
    }
    assert(json_validate(added, NULL));
    assert(sqs_policy_remove(arena, added, permission.label, &removed) == NULL);
    assert(removed.len > 0 && json_validate(removed, NULL));
    assert(sqs_policy_remove(arena, removed, permission.label, &added) != NULL);
}

/* What reads well is written again as it was. */
static void read_head(struct arena *arena, struct slice head)
{
    struct message message;
    if (sqs_message_read(arena, head, &message)) {
        char md5[MD5_LEN];
        sqs_message_attributes_md5(md5, message.attributes, message.attribute_count);
        assert(sqs_message_write(arena, &message).len == head.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static void (*const readers[])(struct arena *, struct slice) = {
        read_receipt, read_redrive, read_redrive_allow, read_policy, read_head};
    AUTO_ARENA arena = ARENA_INIT;
    if (len > 0 && bytes[0] >= '0' && bytes[0] < '0' + sizeof readers / sizeof readers[0]) {
        readers[bytes[0] - '0'](&arena, slice_of((const char *)bytes + 1, len - 1));
    }
    return 0;
}
