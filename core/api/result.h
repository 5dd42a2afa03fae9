/* The result of an operation, written once for a service's protocols: JSON, or the inside of <OpResult> (query).
 *
 *     struct result result;
 *     result_begin(&result, call);
 *     result_text(&result, "MessageId", id);                       "MessageId":"..."    <MessageId>...</MessageId>
 *     result_list(&result, "Topics", NULL);                        "Topics":[           <Topics>
 *     for (...) {
 *         result_item(&result);                                    {                    <member>
 *         result_text(&result, "TopicArn", arn);
 *         result_close(&result);                                   }                    </member>
 *     }
 *     result_close(&result);                                       ]                    </Topics>
 *     result_map(&result, "Attributes", NULL);                     "Attributes":{       <Attributes>
 *     result_entry(&result, SLICE("DelaySeconds"), SLICE("5"));    "DelaySeconds":"5"   <entry><key>...<value>...</entry>
 *     result_close(&result);
 *     result_reply(&result);
 *
 * Flat       A list or map with a `flat` name has no element of its own in XML: each item is <flat>...</flat>, an entry
 *            <flat><Name>k</Name><Value>v</Value></flat>, as SQS has them.
 * Ownership  result_reply() ends the call and frees the buffer; result_finish() frees it when something else replies.
 * Limits     RESULT_LEN_MAX bytes; beyond it the call is answered with a 500. RESULT_DEPTH_MAX levels (asserted). */
#ifndef SLS_CORE_API_RESULT_H
#define SLS_CORE_API_RESULT_H

#include "core/api/api.h"
#include "core/json_writer.h"

#define RESULT_LEN_MAX (64U * 1024 * 1024)
#define RESULT_DEPTH_MAX 12

enum result_kind { RESULT_STRUCT, RESULT_LIST, RESULT_MAP };

struct result_level {
    enum result_kind kind;
    const char *name; /* of the element to close; NULL: none was opened */
    const char *item; /* LIST, MAP: of each item */
};

struct result {
    struct api_call *call;
    bool is_json;
    struct buf body;
    struct json_writer w; /* over `body`, when it is JSON */
    size_t depth;
    struct result_level levels[RESULT_DEPTH_MAX];
};

/* `result` must stay where it is. */
void result_begin(struct result *result, struct api_call *call);
void result_text(struct result *result, const char *name, struct slice text);
void result_i64(struct result *result, const char *name, int64_t value);
void result_bool(struct result *result, const char *name, bool value);
void result_double(struct result *result, const char *name, double value);
/* An instant: a number of seconds in JSON, ISO 8601 in XML. */
void result_time(struct result *result, const char *name, int64_t epoch_ms);
void result_struct(struct result *result, const char *name);
void result_list(struct result *result, const char *name, const char *flat);
void result_map(struct result *result, const char *name, const char *flat);
/* In a list: a structure, or a plain value. */
void result_item(struct result *result);
void result_item_text(struct result *result, struct slice text);
void result_item_double(struct result *result, double value);
void result_item_time(struct result *result, int64_t epoch_ms);
/* In a map: a plain value, or a structure. */
void result_entry(struct result *result, struct slice key, struct slice text);
void result_entry_double(struct result *result, struct slice key, double value);
void result_entry_struct(struct result *result, struct slice key);
/* Of the struct, list, map, item or entry that was opened last. */
void result_close(struct result *result);
void result_reply(struct result *result); /* 200 */
void result_finish(struct result *result);

#endif
