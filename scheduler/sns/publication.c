#include "scheduler/sns/publication.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/members.h"

#include <sha2.h>
#include <stdlib.h>

/* --- attributes --- */

struct publication_attribute publication_attribute(const struct publication *publication, size_t at)
{
    const struct field *field = &publication->attributes[at];
    struct slice type = record_text(field->record, MEMBER_DATA_TYPE);
    bool is_binary = slice_starts_with(type, SLICE("Binary"));
    return (struct publication_attribute){
        .name = field->key,
        .type = type,
        .value = record_text(field->record, is_binary ? MEMBER_BINARY_VALUE : MEMBER_STRING_VALUE),
        .is_binary = is_binary,
    };
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

static const struct refusal *check_name(struct arena *arena, struct slice name)
{
    if (name.len > SNS_ATTRIBUTE_NAME_MAX) {
        return refusal_make(arena, SNS_INVALID_VALUE,
                            "Length of message attribute name must be less than 256 bytes.");
    }
    if (name.len == 0) {
        return refusal_make(arena, SNS_INVALID_VALUE, "Message attribute name can not be empty.");
    }
    if (name.ptr[0] == '.' || name.ptr[name.len - 1] == '.') {
        return refusal_make(arena, SNS_INVALID_VALUE,
                            "Invalid message attribute name %s with character '.' was found.",
                            name.ptr[0] == '.' ? "starting" : "ending");
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_char(name.ptr[i])) {
            return refusal_make(arena, SNS_INVALID_VALUE,
                                "Invalid non-alphanumeric character '#x%X' was found in the "
                                "message attribute name. Can only include alphanumeric "
                                "characters, hyphens, underscores, or dots.",
                                (unsigned char)name.ptr[i]);
        }
        if (i != 0 && name.ptr[i] == '.' && name.ptr[i - 1] == '.') {
            return refusal_make(arena, SNS_INVALID_VALUE,
                                "Message attribute name can not have successive '.' character.");
        }
    }
    return NULL;
}

/* String, Number or Binary, alone or with a label: "Number.float". */
static bool is_type(struct slice type)
{
    struct slice base = slice_take(type, slice_find(type, '.'));
    bool is_known =
        slice_is(base, "String") || slice_is(base, "Number") || slice_is(base, "Binary");
    return is_known && type.len != base.len + 1;
}

static bool is_number(struct arena *arena, struct slice text)
{
    char *end;
    const char *chars = arena_cstr(arena, text);
    (void)strtod(chars, &end);
    return end == chars + text.len;
}

static const struct refusal *check_value(struct arena *arena,
                                         const struct publication_attribute *attribute,
                                         const struct record *value)
{
    const char *use = attribute->is_binary ? "Binary" : "String";
    bool has_other =
        record_has(value, attribute->is_binary ? MEMBER_STRING_VALUE : MEMBER_BINARY_VALUE);
    bool has_own =
        record_has(value, attribute->is_binary ? MEMBER_BINARY_VALUE : MEMBER_STRING_VALUE);
    if (!has_own && has_other) {
        return refusal_make(arena, SNS_INVALID_VALUE,
                            "The message attribute '%.*s' with type '%.*s' must use field '%s'.",
                            SLICE_ARG(attribute->name), SLICE_ARG(attribute->type), use);
    }
    if (attribute->value.len == 0) {
        return refusal_make(arena, SNS_INVALID_VALUE,
                            "The message attribute '%.*s' must contain non-empty message "
                            "attribute value for message attribute type '%.*s'.",
                            SLICE_ARG(attribute->name), SLICE_ARG(attribute->type));
    }
    if (slice_starts_with(attribute->type, SLICE("Number")) &&
        !is_number(arena, attribute->value)) {
        return refusal_make(arena, SNS_INVALID_VALUE,
                            "Could not cast message attribute '%.*s' value to number.",
                            SLICE_ARG(attribute->name));
    }
    return NULL;
}

static const struct refusal *check_attributes(struct arena *arena, struct publication *publication)
{
    const struct refusal *refusal = NULL;
    for (size_t i = 0; refusal == NULL && i < publication->attribute_count; i++) {
        struct publication_attribute attribute = publication_attribute(publication, i);
        refusal = check_name(arena, attribute.name);
        if (refusal == NULL && !is_type(attribute.type)) {
            refusal = refusal_make(arena, SNS_INVALID_VALUE,
                                   "The message attribute '%.*s' has an invalid message attribute "
                                   "type, the set of supported type prefixes is Binary, Number, "
                                   "and String.",
                                   SLICE_ARG(attribute.name));
        }
        if (refusal == NULL) {
            refusal = check_value(arena, &attribute, publication->attributes[i].record);
        }
        publication->bytes += attribute.name.len + attribute.type.len + attribute.value.len;
    }
    return refusal;
}

void publication_write_attributes(const struct publication *publication, struct json_writer *w)
{
    json_open(w, '{');
    for (size_t i = 0; i < publication->attribute_count; i++) {
        struct publication_attribute attribute = publication_attribute(publication, i);
        json_write_key(w, attribute.name);
        json_open(w, '{');
        json_put_string(w, "DataType", attribute.type);
        if (attribute.is_binary) {
            AUTO_BUF base64 = BUF_INIT(2 * SNS_MESSAGE_MAX);
            base64_encode(&base64, attribute.value);
            json_put_string(w, "BinaryValue", buf_slice(&base64));
        } else {
            json_put_string(w, "StringValue", attribute.value);
        }
        json_close(w, '}');
    }
    json_close(w, '}');
}

/* --- the message --- */

static const struct refusal *check_subject(struct arena *arena, struct slice subject)
{
    bool is_valid = subject.len != 0 && subject.len <= SNS_SUBJECT_MAX;
    for (size_t i = 0; is_valid && i < subject.len; i++) {
        unsigned char c = (unsigned char)subject.ptr[i];
        is_valid = c >= 0x20 && c < 0x7f && (i != 0 || c != ' ');
    }
    return is_valid ? NULL : refusal_invalid(arena, "Subject");
}

static const struct refusal *check_structure(struct arena *arena, const struct record *record,
                                             struct publication *publication)
{
    struct slice raw;
    struct slice structure = record_text(record, MEMBER_MESSAGE_STRUCTURE);
    if (structure.len == 0) {
        return NULL;
    }
    if (!slice_is(structure, "json")) {
        return refusal_invalid(arena, "MessageStructure");
    }
    struct slice json = slice_trim(publication->message);
    if (!json_validate(json, NULL) || json.ptr[0] != '{') {
        return refusal_invalid(arena, "Message Structure - JSON message body failed to parse");
    }
    if (!json_raw_find(json, "default", &raw) || raw.ptr[0] != '"') {
        return refusal_invalid(arena, "Message Structure - No default entry in JSON message body");
    }
    publication->is_structured = true;
    return NULL;
}

/* Letters, digits and punctuation. */
static bool is_fifo_id(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f) {
            return false;
        }
    }
    return text.len != 0 && text.len <= SNS_FIFO_ID_MAX;
}

static struct slice digest_of(struct arena *arena, struct slice text)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];
    SHA2_CTX sha;
    SHA256Init(&sha);
    SHA256Update(&sha, (const uint8_t *)text.ptr, text.len);
    SHA256Final(digest, &sha);
    id_hex(hex, digest, sizeof digest);
    return arena_copy(arena, slice_from(hex));
}

static const struct refusal *check_order(struct arena *arena, const struct topic *topic,
                                         const struct record *record,
                                         struct publication *publication)
{
    const struct field *group = record_get(record, MEMBER_MESSAGE_GROUP_ID);
    const struct field *id = record_get(record, MEMBER_MESSAGE_DEDUPLICATION_ID);
    if (group->is_set && !is_fifo_id(group->text)) {
        return refusal_invalid(arena, "MessageGroupId");
    }
    if (id->is_set && !topic->is_fifo) {
        return refusal_invalid(arena, "MessageDeduplicationId Reason: The request includes "
                                      "MessageDeduplicationId parameter that is not valid for "
                                      "this topic type");
    }
    if (id->is_set && !is_fifo_id(id->text)) {
        return refusal_invalid(arena, "MessageDeduplicationId");
    }
    publication->group = group->is_set ? group->text : SLICE("");
    publication->deduplication_id = id->is_set ? id->text : SLICE("");
    if (!topic->is_fifo) {
        return NULL;
    }
    if (!group->is_set) {
        return refusal_invalid(arena, "The MessageGroupId parameter is required for FIFO topics");
    }
    if (!id->is_set && !topic_is_set(topic, TOPIC_CONTENT_DEDUPLICATION, "true")) {
        return refusal_invalid(arena, "The topic should either have ContentBasedDeduplication "
                                      "enabled or MessageDeduplicationId provided explicitly");
    }
    if (!id->is_set) {
        publication->deduplication_id = digest_of(arena, publication->message);
    }
    return NULL;
}

const struct refusal *publication_read(struct arena *arena, const struct topic *topic,
                                       const struct record *record,
                                       struct publication *ret_publication)
{
    const struct field *subject = record_get(record, MEMBER_SUBJECT);
    const struct field *attributes = record_get(record, MEMBER_MESSAGE_ATTRIBUTES);
    struct publication publication = {
        .entry_id = record_text(record, MEMBER_ID),
        .message = record_text(record, MEMBER_MESSAGE),
        .subject = subject->is_set ? subject->text : SLICE_NULL,
        .attributes = attributes->items,
        .attribute_count = attributes->count,
    };
    const struct refusal *refusal = NULL;
    publication.bytes = publication.message.len;
    if (subject->is_set) {
        refusal = check_subject(arena, subject->text);
    }
    if (refusal == NULL && publication.message.len == 0) {
        refusal = refusal_invalid(arena, "Empty message");
    }
    if (refusal == NULL) {
        refusal = check_attributes(arena, &publication);
    }
    if (refusal == NULL && publication.bytes > topic_message_max(topic) &&
        publication.entry_id.len == 0) {
        refusal = refusal_invalid(arena, "Message too long");
    }
    if (refusal == NULL) {
        refusal = check_order(arena, topic, record, &publication);
    }
    if (refusal == NULL) {
        refusal = check_structure(arena, record, &publication);
    }
    *ret_publication = publication;
    return refusal;
}

/* --- who gets what --- */

struct slice publication_text(struct arena *arena, const struct publication *publication,
                              enum protocol protocol)
{
    if (!publication->is_structured) {
        return publication->message;
    }
    struct slice text = json_text_member(arena, publication->message, protocol_names[protocol]);
    return text.ptr != NULL ? text : json_text_member(arena, publication->message, "default");
}

bool publication_passes(struct arena *arena, const struct publication *publication,
                        const struct subscription_rules *rules, struct slice text)
{
    if (rules->filter == NULL) {
        return true;
    }
    if (rules->scope == FILTER_BODY) {
        return pattern_matches(rules->filter, text);
    }
    struct pattern_attribute *attributes =
        arena_array(arena, publication->attribute_count, sizeof *attributes);
    for (size_t i = 0; i < publication->attribute_count; i++) {
        struct publication_attribute attribute = publication_attribute(publication, i);
        attributes[i] = (struct pattern_attribute){attribute.name, attribute.type, attribute.value};
    }
    return pattern_matches_attributes(rules->filter, attributes, publication->attribute_count);
}
