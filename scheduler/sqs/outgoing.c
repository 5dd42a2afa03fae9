#include "scheduler/sqs/outgoing.h"

#include "scheduler/delivery/hops.h"

#include <sha2.h>
#include <stdlib.h>

#define NOT_FOR_THIS_TYPE "The request include parameter that is not valid for this queue type."
#define NEEDS_DEDUPLICATION                                                                        \
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "    \
    "provided explicitly"
#define ALLOWED_CHARACTERS                                                                         \
    "the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | "        \
    "[#x10000-#x10FFFF]."

/* --- characters --- */

static uint32_t code_point(struct slice character)
{
    static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (uint8_t)character.ptr[0] & lead[character.len];
    for (size_t i = 1; i < character.len; i++) {
        code = code << 6 | ((uint8_t)character.ptr[i] & 0x3f);
    }
    return code;
}

static bool is_allowed(uint32_t code)
{
    return code == 0x9 || code == 0xA || code == 0xD ||
           (code >= 0x20 && code != 0xFFFE && code != 0xFFFF);
}

/* True when a character is not allowed, or no character at all: then it is the byte. */
static bool find_forbidden(struct slice text, uint32_t *ret_code)
{
    while (text.len > 0) {
        uint8_t first = (uint8_t)text.ptr[0];
        if (first >= 0x20 && first < 0x80) {
            text = slice_skip(text, 1);
            continue;
        }
        size_t len = slice_utf8_front(text);
        uint32_t code = len > 0 ? code_point(slice_take(text, len)) : first;
        if (len == 0 || !is_allowed(code)) {
            *ret_code = code;
            return true;
        }
        text = slice_skip(text, len);
    }
    return false;
}

/* --- attributes --- */

static struct slice basic_type(struct slice type)
{
    return slice_take(type, slice_find(type, '.'));
}

static const struct refusal *check_name(struct arena *arena, struct slice name)
{
    if (name.len == 0 || name.len > ATTRIBUTE_NAME_MAX) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                          "Message (user) attribute names must be shorter than %d Bytes",
                          ATTRIBUTE_NAME_MAX);
    }
    bool has_dots = name.ptr[0] == '.' || name.ptr[name.len - 1] == '.' ||
                    slice_search(name, SLICE("..")) != SLICE_NPOS;
    if (has_dots || slice_istarts_with(name, SLICE("aws.")) ||
        slice_istarts_with(name, SLICE("amazon."))) {
        return sqs_refuse(
            arena, SQS_INVALID_PARAMETER,
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. "
            "These strings are reserved for internal use. Additionally, they cannot "
            "start or end with '.'.");
    }
    for (size_t i = 0; i < name.len;) {
        char c = name.ptr[i];
        size_t len = slice_utf8_front(slice_skip(name, i));
        uint32_t code = len > 1 ? code_point(slice_of(name.ptr + i, len)) : 0;
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (code >= 0xC0 && code <= 0x17F); /* Latin letters are taken as well */
        if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.') {
            return sqs_refuse(
                arena, SQS_INVALID_PARAMETER,
                "Message (user) attributes name can only contain upper and lower score "
                "characters, digits, periods, hyphens and underscores. ");
        }
        i += len > 0 ? len : 1;
    }
    return NULL;
}

static const struct refusal *check_type(struct arena *arena, struct slice name, struct slice type)
{
    struct slice basic = basic_type(type);
    if (type.len == 0) {
        return sqs_refuse(
            arena, SQS_INVALID_PARAMETER,
            "The message attribute '%.*s' must contain non-empty message attribute type.",
            SLICE_ARG(name));
    }
    if (!slice_is(basic, "String") && !slice_is(basic, "Number") && !slice_is(basic, "Binary")) {
        return sqs_refuse(
            arena, SQS_INVALID_PARAMETER,
            "The message attribute '%.*s' has an invalid message attribute type, the set "
            "of supported type prefixes is Binary, Number, and String.",
            SLICE_ARG(name));
    }
    if (type.len > ATTRIBUTE_NAME_MAX) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                          "Message (user) attribute types must be shorter than %d Bytes",
                          ATTRIBUTE_NAME_MAX);
    }
    return NULL;
}

static bool is_number(struct arena *arena, struct slice text)
{
    char *end;
    const char *chars = arena_cstr(arena, text);
    (void)strtod(chars, &end);
    bool has_letters = false; /* "inf", "nan" and hexadecimal are none */
    for (size_t i = 0; i < text.len; i++) {
        has_letters = has_letters || strchr("xXnNpPiI \t\n", text.ptr[i]) != NULL;
    }
    return text.len > 0 && end == chars + text.len && !has_letters;
}

static const struct refusal *check_value(struct arena *arena,
                                         const struct message_attribute *attribute)
{
    struct slice basic = basic_type(attribute->type);
    uint32_t code;
    if (attribute->value.len == 0) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                          "Message (user) attribute '%.*s' must contain a non-empty value of type "
                          "'%.*s'.",
                          SLICE_ARG(attribute->name), SLICE_ARG(basic));
    }
    if (!attribute->is_binary && find_forbidden(attribute->value, &code)) {
        return sqs_refuse(
            arena, SQS_INVALID_PARAMETER,
            "Invalid binary character '#x%X' was found in the message (user) attribute "
            "'%.*s' value, " ALLOWED_CHARACTERS,
            code, SLICE_ARG(attribute->name));
    }
    if (slice_is(basic, "Number") && !is_number(arena, attribute->value)) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                          "Can't cast the value of message (user) attribute '%.*s' to a number.",
                          SLICE_ARG(attribute->name));
    }
    return NULL;
}

static const struct refusal *read_attribute(struct arena *arena, const struct field *given,
                                            struct message_attribute *ret_attribute)
{
    struct slice type = record_text(given->record, MEMBER_DATA_TYPE);
    bool is_binary = slice_is(basic_type(type), "Binary");
    *ret_attribute = (struct message_attribute){
        .name = given->key,
        .type = type,
        .value = record_text(given->record, is_binary ? MEMBER_BINARY_VALUE : MEMBER_STRING_VALUE),
        .is_binary = is_binary,
    };
    const struct refusal *refusal = check_name(arena, ret_attribute->name);
    refusal = refusal != NULL ? refusal : check_type(arena, ret_attribute->name, type);
    return refusal != NULL ? refusal : check_value(arena, ret_attribute);
}

static const struct refusal *read_attributes(struct arena *arena, const struct field *given,
                                             struct message *message, struct outgoing *outgoing)
{
    if (given->count > MESSAGE_ATTRIBUTES_MAX) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                          "Number of message attributes [%zu] exceeds the allowed maximum [%d].",
                          given->count, MESSAGE_ATTRIBUTES_MAX);
    }
    if (given->count == 0) {
        return NULL;
    }
    struct message_attribute *attributes = arena_array(arena, given->count, sizeof *attributes);
    for (size_t i = 0; i < given->count; i++) {
        const struct refusal *refusal = read_attribute(arena, &given->items[i], &attributes[i]);
        if (refusal != NULL) {
            return refusal;
        }
    }
    qsort(attributes, given->count, sizeof *attributes, sqs_message_attribute_compare);
    message->attributes = attributes;
    message->attribute_count = given->count;
    outgoing->has_attributes = true;
    sqs_message_attributes_md5(outgoing->attributes_md5, attributes, given->count);
    return NULL;
}

/* The one that there is: AWSTraceHeader, also from the request's own header. */
static const struct refusal *read_system_attributes(struct api_call *call,
                                                    const struct field *given,
                                                    struct message *message,
                                                    struct outgoing *outgoing)
{
    struct arena *arena = api_arena(call);
    message->trace = slice_take(api_header(call, "x-amzn-trace-id"), TRACE_LEN_MAX);
    for (size_t i = 0; i < given->count; i++) {
        struct message_attribute attribute = {
            .name = given->items[i].key,
            .type = record_text(given->items[i].record, MEMBER_DATA_TYPE),
            .value = record_text(given->items[i].record, MEMBER_STRING_VALUE),
        };
        if (!slice_is(attribute.name, "AWSTraceHeader") || !slice_is(attribute.type, "String") ||
            attribute.value.len > UINT16_MAX) {
            return sqs_refuse(
                arena, SQS_INVALID_PARAMETER,
                "Message (system) attribute '%.*s' is invalid: only AWSTraceHeader of "
                "type 'String' is supported.",
                SLICE_ARG(attribute.name));
        }
        const struct refusal *refusal = check_value(arena, &attribute);
        if (refusal != NULL) {
            return refusal;
        }
        message->trace = attribute.value;
        outgoing->has_system_attributes = true;
        sqs_message_attributes_md5(outgoing->system_md5, &attribute, 1);
    }
    return NULL;
}

/* --- the message --- */

size_t outgoing_size(const struct record *input)
{
    size_t size = record_text(input, MEMBER_MESSAGE_BODY).len;
    const struct field *attributes = record_get(input, MEMBER_MESSAGE_ATTRIBUTES);
    for (size_t i = 0; i < attributes->count; i++) {
        const struct record *value = attributes->items[i].record;
        size += attributes->items[i].key.len + record_text(value, MEMBER_DATA_TYPE).len +
                record_text(value, MEMBER_STRING_VALUE).len +
                record_text(value, MEMBER_BINARY_VALUE).len;
    }
    return size;
}

static const struct refusal *check_body(struct arena *arena, const struct sqs_queue *queue,
                                        const struct record *input)
{
    struct slice body = record_text(input, MEMBER_MESSAGE_BODY);
    uint32_t code;
    if (body.len == 0) {
        return sqs_refuse_missing(arena, "MessageBody");
    }
    if (outgoing_size(input) > queue->config->message_max) {
        return sqs_refuse(
            arena, SQS_INVALID_PARAMETER,
            "One or more parameters are invalid. Reason: Message must be shorter than "
            "%zu bytes.",
            queue->config->message_max);
    }
    if (find_forbidden(body, &code)) {
        return sqs_refuse(arena, SQS_INVALID_MESSAGE_CONTENTS,
                          "Invalid binary character '#x%X' was found in the message "
                          "body, " ALLOWED_CHARACTERS,
                          code);
    }
    return NULL;
}

static const struct refusal *check_fifo_id(struct arena *arena, const struct record *input,
                                           int member, const char *parameter)
{
    struct slice id = record_text(input, member);
    bool is_good = id.len <= FIFO_ID_MAX;
    for (size_t i = 0; is_good && i < id.len; i++) {
        is_good = id.ptr[i] > 0x20 && id.ptr[i] < 0x7f;
    }
    if (is_good && (id.len > 0 || !record_has(input, member))) {
        return NULL;
    }
    return sqs_refuse_value(
        arena, id, parameter,
        "%s can only include alphanumeric and punctuation characters. 1 to %d in "
        "length.",
        parameter, FIFO_ID_MAX);
}

static const struct refusal *check_delay(struct arena *arena, const struct sqs_queue *queue,
                                         const struct record *input)
{
    const struct field *delay = record_get(input, MEMBER_DELAY_SECONDS);
    struct slice shown = arena_printf(arena, "%lld", (long long)delay->number);
    if (!delay->is_set) {
        return NULL;
    }
    if (queue->config->is_fifo && delay->number != 0) {
        return sqs_refuse_value(arena, shown, "DelaySeconds", NOT_FOR_THIS_TYPE);
    }
    if (delay->number < 0 || delay->number > DELAY_MAX_S) {
        return sqs_refuse_value(arena, shown, "DelaySeconds",
                                "DelaySeconds must be >= 0 and <= %d.", DELAY_MAX_S);
    }
    return NULL;
}

static const struct refusal *check_ids(struct arena *arena, const struct sqs_queue *queue,
                                       const struct record *input)
{
    const struct config *config = queue->config;
    bool has_id = record_has(input, MEMBER_MESSAGE_DEDUPLICATION_ID);
    const struct refusal *refusal =
        check_fifo_id(arena, input, MEMBER_MESSAGE_DEDUPLICATION_ID, "MessageDeduplicationId");
    if (refusal == NULL) {
        refusal = check_fifo_id(arena, input, MEMBER_MESSAGE_GROUP_ID, "MessageGroupId");
    }
    if (refusal == NULL && !config->is_fifo && has_id) {
        refusal = sqs_refuse_value(arena, record_text(input, MEMBER_MESSAGE_DEDUPLICATION_ID),
                                   "MessageDeduplicationId", NOT_FOR_THIS_TYPE);
    }
    if (refusal == NULL && config->is_fifo && !record_has(input, MEMBER_MESSAGE_GROUP_ID)) {
        refusal = sqs_refuse_missing(arena, "MessageGroupId");
    }
    if (refusal == NULL && config->is_fifo && !has_id && !config->has_content_dedup) {
        refusal = sqs_refuse(arena, SQS_INVALID_PARAMETER, NEEDS_DEDUPLICATION);
    }
    return refusal;
}

const struct refusal *outgoing_check_fifo(struct arena *arena, const struct sqs_queue *queue,
                                          const struct record *entry)
{
    const struct config *config = queue->config;
    if (!config->is_fifo) {
        return NULL;
    }
    if (record_text(entry, MEMBER_MESSAGE_GROUP_ID).len == 0) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                          "The request must contain the parameter MessageGroupId.");
    }
    if (!config->has_content_dedup &&
        record_text(entry, MEMBER_MESSAGE_DEDUPLICATION_ID).len == 0) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER, NEEDS_DEDUPLICATION);
    }
    return NULL;
}

static struct slice content_id(struct arena *arena, struct slice body)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    char *text = arena_alloc(arena, 2 * sizeof digest + 1);
    SHA2_CTX sha;
    SHA256Init(&sha);
    SHA256Update(&sha, (const uint8_t *)body.ptr, body.len);
    SHA256Final(digest, &sha);
    id_hex(text, digest, sizeof digest);
    return slice_from(text);
}

/* By what a duplicate is known: in its group, or in the whole queue. After a change of the scope, for as long as texts
 * are known, by both. */
static void name_duplicates(struct arena *arena, const struct config *config, int64_t now_ms,
                            const struct message *message, struct queue_put *put)
{
    struct slice in_queue = message->deduplication_id;
    struct slice in_group =
        arena_printf(arena, "%.*s %.*s", SLICE_ARG(message->group), SLICE_ARG(in_queue));
    bool has_changed =
        config->scope_changed_ms > 0 && now_ms < config->scope_changed_ms + QUEUE_WINDOW_MS;
    put->unique = config->has_group_scope ? in_group : in_queue;
    put->unique_before = !has_changed ? SLICE("") : config->has_group_scope ? in_queue : in_group;
}

const struct refusal *outgoing_prepare(struct api_call *call, const struct sqs_queue *queue,
                                       const struct record *input, struct outgoing *ret_outgoing)
{
    struct arena *arena = api_arena(call);
    struct outgoing outgoing = {.has_attributes = false};
    struct message message = {.sender = slice_from(api_account_id(call))};
    const struct refusal *refusal = check_body(arena, queue, input);
    if (refusal == NULL) {
        refusal = read_attributes(arena, record_get(input, MEMBER_MESSAGE_ATTRIBUTES), &message,
                                  &outgoing);
    }
    if (refusal == NULL) {
        refusal = read_system_attributes(call, record_get(input, MEMBER_MESSAGE_SYSTEM_ATTRIBUTES),
                                         &message, &outgoing);
    }
    refusal = refusal != NULL ? refusal : check_delay(arena, queue, input);
    refusal = refusal != NULL ? refusal : check_ids(arena, queue, input);
    if (refusal != NULL) {
        return refusal;
    }
    struct slice body = record_text(input, MEMBER_MESSAGE_BODY);
    const struct field *delay = record_get(input, MEMBER_DELAY_SECONDS);
    struct queue_put *put = &outgoing.put;
    put->body = body;
    put->delay_ms = delay->is_set && !queue->config->is_fifo ? 1000 * delay->number : -1;
    message.group = record_text(input, MEMBER_MESSAGE_GROUP_ID);
    if (queue->config->is_fifo) {
        message.deduplication_id = record_text(input, MEMBER_MESSAGE_DEDUPLICATION_ID);
        if (message.deduplication_id.len == 0) {
            message.deduplication_id = content_id(arena, body);
        }
        put->group = message.group;
        name_duplicates(arena, queue->config, sqs_now_ms(queue->sqs), &message, put);
    }
    sqs_message_make_id(message.id);
    sqs_md5_of(message.body_md5, body);
    memcpy(put->ident, message.id, MESSAGE_ID_LEN);
    memcpy(outgoing.body_md5, message.body_md5, MD5_LEN);
    put->head = sqs_message_write(arena, &message);
    *ret_outgoing = outgoing;
    return NULL;
}
