#include "scheduler/s3/list_input.h"

#include "core/api/xml.h"
#include "core/encode.h"

struct slice list_param(const struct request *request, const char *name)
{
    struct slice value = request_param(request, name);
    return value.ptr != NULL ? value : SLICE("");
}

const struct refusal *list_max(struct request *request, const char *name, size_t *ret_max)
{
    struct slice text = request_param(request, name);
    int64_t number = S3_LIST_MAX;
    if (text.len > 0 && !slice_to_i64(text, &number)) {
        return refuse_argument(request->arena, name, text,
                               "Provided max-keys not an integer or within integer range");
    }
    if (number < 0 || number > INT32_MAX) {
        return refuse_argument(request->arena, name, text,
                               "Argument maxKeys must be an integer between 0 and 2147483647");
    }
    *ret_max = number < S3_LIST_MAX ? (size_t)number : S3_LIST_MAX;
    return NULL;
}

const struct refusal *list_input(struct request *request, const char *max_name,
                                 struct list_input *ret_input)
{
    struct slice encoding = request_param(request, "encoding-type");
    *ret_input = (struct list_input){
        .prefix = list_param(request, "prefix"),
        .delimiter = list_param(request, "delimiter"),
        .is_encoded = encoding.ptr != NULL,
    };
    if (encoding.ptr != NULL && !slice_is(encoding, "url")) {
        return refuse_argument(request->arena, "encoding-type", encoding,
                               "Invalid Encoding Method specified in Request");
    }
    return list_max(request, max_name, &ret_input->max);
}

void list_write_name(struct buf *xml, const struct list_input *input, const char *element,
                     struct slice name)
{
    if (!input->is_encoded) {
        xml_element(xml, element, name);
        return;
    }
    buf_printf(xml, "<%s>", element);
    percent_encode(xml, name, true);
    buf_printf(xml, "</%s>", element);
}

struct slice list_behind(struct arena *arena, struct slice prefix)
{
    struct slice copy = arena_copy(arena, prefix);
    char *bytes = (char *)(uintptr_t)copy.ptr;
    while (copy.len > 0 && bytes[copy.len - 1] == '\xFF') {
        copy.len--;
    }
    if (copy.len > 0) {
        bytes[copy.len - 1]++;
    }
    return copy;
}
