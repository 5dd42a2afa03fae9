#include "scheduler/s3/tags.h"

#include "core/api/params.h"
#include "core/api/xml.h"
#include "scheduler/s3/limits.h"
#include "scheduler/s3/request.h"

static size_t characters(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}

/* Letters, digits, spaces and + - = . _ : / @; letters of other scripts too. */
static bool has_allowed_characters(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && c < 0x80 && strchr(" +-=._:/@\t", c) == NULL) {
            return false;
        }
    }
    return slice_is_utf8(text);
}

static const struct refusal *check_tag(struct arena *arena, struct http_header tag, bool is_object)
{
    struct refusal *refusal = NULL;
    if (tag.name.len == 0 || characters(tag.name) > S3_TAG_KEY_MAX ||
        !has_allowed_characters(tag.name)) {
        refusal = refuse_text(arena, S3_INVALID_TAG, "The TagKey you have provided is invalid");
        return refusal_tell(arena, refusal, "TagKey", tag.name);
    }
    if (characters(tag.value) > S3_TAG_VALUE_MAX || !has_allowed_characters(tag.value)) {
        refusal = refuse_text(arena, S3_INVALID_TAG, "The TagValue you have provided is invalid");
        refusal_tell(arena, refusal, "TagKey", tag.name);
        return refusal_tell(arena, refusal, "TagValue", tag.value);
    }
    if (slice_istarts_with(tag.name, SLICE("aws:"))) {
        refusal = refuse_text(arena, S3_INVALID_TAG, "%s",
                              is_object ? "Your TagKey cannot be prefixed with aws:"
                                        : "System tags cannot be added/updated by requester");
        return refusal_tell(arena, refusal, "TagKey", tag.name);
    }
    return NULL;
}

static const struct refusal *check_tags(struct arena *arena, struct http_headers tags, size_t max)
{
    bool is_object = max == S3_TAGS_MAX;
    if (tags.count > max) {
        return refuse_text(arena, S3_BAD_REQUEST, "%s tags cannot be greater than %zu",
                           is_object ? "Object" : "Bucket", max);
    }
    for (size_t i = 0; i < tags.count; i++) {
        const struct refusal *refusal = check_tag(arena, tags.items[i], is_object);
        if (refusal != NULL) {
            return refusal;
        }
        for (size_t k = 0; k < i; k++) {
            if (slice_eq(tags.items[i].name, tags.items[k].name)) {
                struct refusal *twice = refuse_text(
                    arena, S3_INVALID_TAG, "Cannot provide multiple Tags with the same key");
                return refusal_tell(arena, twice, "TagKey", tags.items[i].name);
            }
        }
    }
    return NULL;
}

const struct refusal *tags_of_header(struct arena *arena, struct slice text,
                                     struct http_headers *ret_tags)
{
    struct http_headers tags = {NULL, 0};
    const struct refusal *refusal = NULL;
    bool is_parsed = params_parse(arena, text, SLICE(""), &tags) == STATUS_OK;
    if (is_parsed) {
        refusal = check_tags(arena, tags, S3_TAGS_MAX);
    }
    if (!is_parsed || (refusal != NULL && refusal->error == S3_INVALID_TAG)) {
        return refuse_argument(
            arena, "x-amz-tagging", text,
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded "
            "URL query parameters without tag name duplicates.");
    }
    *ret_tags = tags;
    return refusal;
}

const struct refusal *tags_of_xml(struct arena *arena, const struct xml_node *tagging, size_t max,
                                  struct http_headers *ret_tags)
{
    const struct xml_node *set = xml_child(tagging, "TagSet");
    size_t count = 0;
    if (!slice_is(tagging->name, "Tagging") || set == NULL) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    for (const struct xml_node *tag = xml_child(set, "Tag"); tag != NULL;
         tag = xml_next(tag, "Tag")) {
        count++;
    }
    struct http_header *items = arena_array(arena, count, sizeof(*items));
    struct http_headers tags = {items, count};
    for (const struct xml_node *tag = xml_child(set, "Tag"); tag != NULL;
         tag = xml_next(tag, "Tag")) {
        items->name = xml_text(tag, "Key");
        items->value = xml_text(tag, "Value");
        if (items->name.ptr == NULL || items->value.ptr == NULL) {
            return refuse(arena, S3_MALFORMED_XML);
        }
        items++;
    }
    const struct refusal *refusal = check_tags(arena, tags, max);
    if (refusal == NULL) {
        *ret_tags = tags;
    }
    return refusal;
}

void tags_write(struct buf *xml, struct http_headers tags)
{
    write_root(xml, "Tagging");
    buf_append_text(xml, "<TagSet>");
    for (size_t i = 0; i < tags.count; i++) {
        buf_append_text(xml, "<Tag>");
        xml_element(xml, "Key", tags.items[i].name);
        xml_element(xml, "Value", tags.items[i].value);
        buf_append_text(xml, "</Tag>");
    }
    buf_append_text(xml, "</TagSet></Tagging>");
}
