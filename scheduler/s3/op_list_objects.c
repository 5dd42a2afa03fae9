/* ListObjects and ListObjectsV2. */
#include "core/api/page_token.h"
#include "core/api/xml.h"
#include "scheduler/s3/list_input.h"
#include "scheduler/s3/listing.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/operations.h"

struct page {
    struct request *request;
    struct list_input input;
    bool is_v2;
    bool has_owner;
    struct slice from; /* where it begins */
    bool is_after;
    struct buf contents;
    struct buf prefixes;
    size_t count;
    bool is_truncated;
    struct slice last; /* told on this page */
    bool is_last_prefix;
};

static void write_object(struct page *page, const struct listing_entry *entry)
{
    struct object object;
    struct buf *xml = &page->contents;
    if (!object_decode_head(entry->value, &object)) {
        return;
    }
    buf_append_text(xml, "<Contents>");
    list_write_name(xml, &page->input, "Key", entry->key);
    write_time(xml, "LastModified", object.modified_ms);
    write_etag(xml, object.etag);
    if (object.algorithm != CHECKSUM_NONE) {
        xml_element(xml, "ChecksumAlgorithm", slice_from(checksum_rows[object.algorithm].name));
        xml_element(xml, "ChecksumType", checksum_type(&object));
    }
    buf_printf(xml, "<Size>%llu</Size>", (unsigned long long)object.size);
    if (page->has_owner) {
        write_owner(xml, page->request, "Owner");
    }
    write_class(xml, &object);
    buf_append_text(xml, "</Contents>");
}

static void write_prefix(struct page *page, struct slice prefix)
{
    buf_append_text(&page->prefixes, "<CommonPrefixes>");
    list_write_name(&page->prefixes, &page->input, "Prefix", prefix);
    buf_append_text(&page->prefixes, "</CommonPrefixes>");
}

static void fill(struct page *page)
{
    struct engine *engine = page->request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    struct listing_entry entry;
    {
        AUTO_LISTING listing;
        listing_open(&listing, txn, OBJECT_CURRENT, page->request->bucket->space,
                     page->input.prefix, page->input.delimiter, 0);
        if (page->is_after) {
            listing_after(&listing, page->from);
        } else {
            listing_from(&listing, page->from);
        }
        while (page->input.max > 0 && listing_next(&listing, &entry)) {
            if (page->count == page->input.max) {
                page->is_truncated = true;
                break;
            }
            if (entry.is_prefix) {
                write_prefix(page, entry.key);
            } else {
                write_object(page, &entry);
            }
            page->count++;
            page->last = arena_copy(page->request->arena, entry.key);
            page->is_last_prefix = entry.is_prefix;
        }
    }
    engine_read_end(engine, txn);
}

static void write_common(struct buf *xml, struct page *page)
{
    const struct list_input *input = &page->input;
    xml_element(xml, "Name", page->request->bucket_name);
    list_write_name(xml, input, "Prefix", input->prefix);
    if (input->delimiter.len > 0) {
        list_write_name(xml, input, "Delimiter", input->delimiter);
    }
    buf_printf(xml, "<MaxKeys>%zu</MaxKeys>", input->max);
    if (input->is_encoded) {
        xml_element(xml, "EncodingType", SLICE("url"));
    }
    xml_element(xml, "IsTruncated", page->is_truncated ? SLICE("true") : SLICE("false"));
    buf_append(xml, buf_slice(&page->contents));
    buf_append(xml, buf_slice(&page->prefixes));
}

static void reply(struct page *page, struct buf *head)
{
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    write_root(&xml, "ListBucketResult");
    write_common(&xml, page);
    buf_append(&xml, buf_slice(head));
    buf_append_text(&xml, "</ListBucketResult>");
    bool is_full = page->contents.is_full || page->prefixes.is_full;
    buf_finish(&page->contents);
    buf_finish(&page->prefixes);
    if (is_full) {
        request_refuse(page->request, refuse(page->request->arena, S3_INTERNAL));
        return;
    }
    request_add_header(page->request, "x-amz-bucket-region", page->request->bucket->region);
    request_reply_xml(page->request, 200, &xml);
}

static struct page *page_of(struct request *request, const struct refusal **ret_refusal)
{
    struct page *page = arena_alloc(request->arena, sizeof(*page));
    page->request = request;
    buf_init(&page->contents, S3_REPLY_MAX);
    buf_init(&page->prefixes, S3_REPLY_MAX);
    page->last = SLICE_NULL;
    *ret_refusal = list_input(request, "max-keys", &page->input);
    return page;
}

/* --- version 1 --- */

const struct refusal *op_list_objects(struct request *request)
{
    const struct refusal *refusal;
    struct page *page = page_of(request, &refusal);
    AUTO_BUF head = BUF_INIT(65536);
    if (refusal != NULL) {
        return refusal;
    }
    struct slice marker = list_param(request, "marker");
    page->has_owner = true;
    page->from = marker;
    page->is_after = true;
    /* A marker inside of a common prefix is behind all of it. */
    struct slice common = slice_starts_with(marker, page->input.prefix)
                              ? common_prefix(marker, page->input.prefix, page->input.delimiter)
                              : SLICE_NULL;
    if (common.ptr != NULL) {
        page->from = list_behind(request->arena, common);
        page->is_after = false;
    }
    fill(page);
    list_write_name(&head, &page->input, "Marker", marker);
    if (page->is_truncated && page->input.delimiter.len > 0) {
        list_write_name(&head, &page->input, "NextMarker", page->last);
    }
    reply(page, &head);
    return NULL;
}

/* --- version 2 --- */

/* A token is where the next page begins: the last key or prefix of this one, told by its first letter. */
static struct slice token_of(struct request *request, const struct page *page)
{
    return page_token_make(request->arena, "ListObjectsV2",
                           arena_printf(request->arena, "%c%.*s", page->is_last_prefix ? 'p' : 'k',
                                        SLICE_ARG(page->last)));
}

static const struct refusal *read_token(struct page *page, struct slice token)
{
    struct arena *arena = page->request->arena;
    struct slice text;
    if (!page_token_read(arena, "ListObjectsV2", token, &text) || text.len < 1) {
        return refuse_argument(arena, "continuation-token", token,
                               "The continuation token provided is incorrect");
    }
    struct slice last = slice_skip(text, 1);
    page->is_after = text.ptr[0] == 'k';
    page->from = page->is_after ? last : list_behind(arena, last);
    return NULL;
}

const struct refusal *op_list_objects_v2(struct request *request)
{
    const struct refusal *refusal;
    struct page *page = page_of(request, &refusal);
    struct slice token = request_param(request, "continuation-token");
    struct slice start_after = list_param(request, "start-after");
    AUTO_BUF head = BUF_INIT(65536);
    if (refusal != NULL) {
        return refusal;
    }
    page->is_v2 = true;
    page->has_owner = slice_ieq(request_param(request, "fetch-owner"), SLICE("true"));
    page->from = start_after;
    page->is_after = start_after.len > 0;
    if (token.ptr != NULL) {
        refusal = read_token(page, token);
    }
    if (refusal != NULL) {
        return refusal;
    }
    fill(page);
    buf_printf(&head, "<KeyCount>%zu</KeyCount>", page->count);
    if (page->is_truncated) {
        xml_element(&head, "NextContinuationToken", token_of(request, page));
    }
    if (token.ptr != NULL) {
        xml_element(&head, "ContinuationToken", token);
    }
    if (start_after.len > 0) {
        list_write_name(&head, &page->input, "StartAfter", start_after);
    }
    reply(page, &head);
    return NULL;
}
