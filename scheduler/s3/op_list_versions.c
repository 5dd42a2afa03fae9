/* ListObjectVersions: current versions and older ones are two lists in one order, merged. */
#include "core/api/xml.h"
#include "scheduler/s3/list_input.h"
#include "scheduler/s3/listing.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/operations.h"

struct stream {
    struct listing listing;
    struct listing_entry entry;
    bool has_entry;
};

struct page {
    struct request *request;
    struct list_input input;
    struct stream current, older;
    struct buf versions, prefixes;
    size_t count;
    bool is_truncated;
    struct slice last_key, last_id;
    struct slice newest_key; /* whose newest version was told, or skipped */
};

static void advance(struct stream *stream)
{
    stream->has_entry = listing_next(&stream->listing, &stream->entry);
}

/* A common prefix comes from both, and is told once. */
static struct stream *next_stream(struct page *page)
{
    struct stream *current = &page->current, *older = &page->older;
    if (!current->has_entry || !older->has_entry) {
        return current->has_entry ? current : older->has_entry ? older : NULL;
    }
    int order = slice_compare(current->entry.key, older->entry.key);
    if (order == 0 && current->entry.is_prefix) {
        advance(older);
    }
    return order <= 0 ? current : older;
}

static void write_version(struct page *page, const struct listing_entry *entry, bool is_latest)
{
    struct object object;
    struct buf *xml = &page->versions;
    if (!object_decode_head(entry->value, &object)) {
        return;
    }
    const char *element = object.is_marker ? "DeleteMarker" : "Version";
    page->last_id = object_version_id(page->request->arena, &object);
    buf_printf(xml, "<%s>", element);
    list_write_name(xml, &page->input, "Key", entry->key);
    xml_element(xml, "VersionId", page->last_id);
    xml_element(xml, "IsLatest", is_latest ? SLICE("true") : SLICE("false"));
    write_time(xml, "LastModified", object.modified_ms);
    if (!object.is_marker) {
        write_etag(xml, object.etag);
        if (object.algorithm != CHECKSUM_NONE) {
            xml_element(xml, "ChecksumAlgorithm", slice_from(checksum_rows[object.algorithm].name));
            xml_element(xml, "ChecksumType", checksum_type(&object));
        }
        buf_printf(xml, "<Size>%llu</Size>", (unsigned long long)object.size);
        write_class(xml, &object);
    }
    write_owner(xml, page->request, "Owner");
    buf_printf(xml, "</%s>", element);
}

static void write_prefix(struct page *page, struct slice prefix)
{
    buf_append_text(&page->prefixes, "<CommonPrefixes>");
    list_write_name(&page->prefixes, &page->input, "Prefix", prefix);
    buf_append_text(&page->prefixes, "</CommonPrefixes>");
    page->last_id = SLICE("");
}

static void fill(struct page *page)
{
    struct stream *stream;
    while (page->input.max > 0 && (stream = next_stream(page)) != NULL) {
        if (page->count == page->input.max) {
            page->is_truncated = true;
            return;
        }
        page->count++;
        page->last_key = arena_copy(page->request->arena, stream->entry.key);
        if (stream->entry.is_prefix) {
            write_prefix(page, stream->entry.key);
        } else {
            bool is_latest = !slice_eq(page->newest_key, page->last_key);
            page->newest_key = page->last_key;
            write_version(page, &stream->entry, is_latest);
        }
        advance(stream);
    }
}

/* Behind a key, or behind one of its versions: the current one is before all others of its key. */
static const struct refusal *place(struct page *page, struct txn *txn)
{
    struct request *request = page->request;
    struct slice key = list_param(request, "key-marker");
    struct slice id = list_param(request, "version-id-marker");
    struct slice record;
    struct object object;
    bool is_current;
    char bytes[WIDE_KEY_MAX];
    if (id.len > 0 && key.len == 0) {
        return refuse_argument(request->arena, "version-id-marker", id,
                               "A version-id marker cannot be specified without a key marker.");
    }
    if (key.len == 0) {
        return NULL;
    }
    struct slice common = slice_starts_with(key, page->input.prefix)
                              ? common_prefix(key, page->input.prefix, page->input.delimiter)
                              : SLICE_NULL;
    if (common.ptr != NULL) {
        listing_from(&page->current.listing, list_behind(request->arena, common));
        listing_from(&page->older.listing, list_behind(request->arena, common));
        return NULL;
    }
    listing_after(&page->current.listing, key);
    if (id.len == 0) {
        listing_after(&page->older.listing, key);
        return NULL;
    }
    if (!object_find_version(txn, request->bucket->space, key, id, &record, &is_current) ||
        !object_decode_head(record, &object)) {
        return refuse_argument(request->arena, "version-id-marker", id,
                               "Invalid version id specified");
    }
    page->newest_key = key;
    listing_from(&page->older.listing, older_key(bytes, key, object.number - 1));
    return NULL;
}

static void reply(struct page *page)
{
    struct buf versions = page->versions,
               prefixes = page->prefixes; /* the page ends with the call */
    struct request *request = page->request;
    const struct list_input *input = &page->input;
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    write_root(&xml, "ListVersionsResult");
    xml_element(&xml, "Name", request->bucket_name);
    list_write_name(&xml, input, "Prefix", input->prefix);
    list_write_name(&xml, input, "KeyMarker", list_param(request, "key-marker"));
    xml_element(&xml, "VersionIdMarker", list_param(request, "version-id-marker"));
    if (page->is_truncated) {
        list_write_name(&xml, input, "NextKeyMarker", page->last_key);
        if (page->last_id.len > 0) {
            xml_element(&xml, "NextVersionIdMarker", page->last_id);
        }
    }
    buf_printf(&xml, "<MaxKeys>%zu</MaxKeys>", input->max);
    if (input->delimiter.len > 0) {
        list_write_name(&xml, input, "Delimiter", input->delimiter);
    }
    if (input->is_encoded) {
        xml_element(&xml, "EncodingType", SLICE("url"));
    }
    xml_element(&xml, "IsTruncated", page->is_truncated ? SLICE("true") : SLICE("false"));
    buf_append(&xml, buf_slice(&versions));
    buf_append(&xml, buf_slice(&prefixes));
    buf_finish(&versions);
    buf_finish(&prefixes);
    buf_append_text(&xml, "</ListVersionsResult>");
    request_reply_xml(request, 200, &xml);
}

const struct refusal *op_list_versions(struct request *request)
{
    struct page *page = arena_alloc(request->arena, sizeof(*page));
    *page = (struct page){.request = request,
                          .versions = BUF_INIT(S3_REPLY_MAX),
                          .prefixes = BUF_INIT(S3_REPLY_MAX),
                          .last_key = SLICE(""),
                          .last_id = SLICE("")};
    const struct refusal *refusal = list_input(request, "max-keys", &page->input);
    if (refusal != NULL) {
        return refusal;
    }
    struct engine *engine = request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    uint64_t space = request->bucket->space;
    listing_open(&page->current.listing, txn, OBJECT_CURRENT, space, page->input.prefix,
                 page->input.delimiter, 0);
    listing_open(&page->older.listing, txn, OBJECT_OLDER, space, page->input.prefix,
                 page->input.delimiter, 9);
    refusal = place(page, txn);
    if (refusal == NULL) {
        advance(&page->current);
        advance(&page->older);
        fill(page);
    }
    listing_close(&page->current.listing);
    listing_close(&page->older.listing);
    engine_read_end(engine, txn);
    if (refusal == NULL) {
        reply(page);
    }
    return refusal;
}
