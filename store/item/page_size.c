#include "store/item/page_private.h"

#define CHUNK_LEN 3072
#define CHUNK_OVERHEAD 18

static uint64_t map_size(struct slice map, struct slice sort_name, uint64_t *ret_sort);

/* A value with what frames it. */
static uint64_t framed_size(struct attr attr)
{
    uint64_t size = 0;
    struct attr_iter iter;
    struct attr element;
    switch (attr.type) {
    case ATTR_S:
        size = attr.raw.len;
        return size + (size < 128 ? 1 : size < 16384 ? 2 : 3);
    case ATTR_N:
    case ATTR_B:
        return attr.raw.len + 1;
    case ATTR_SS:
    case ATTR_NS:
    case ATTR_BS:
        return attr_size(attr) + attr_count(attr.raw) + 1;
    case ATTR_BOOL:
        return 1;
    case ATTR_M:
        return 3 + attr_count(attr.raw) + map_size(attr.raw, SLICE_NULL, NULL);
    case ATTR_L:
        iter = attr_iter(attr);
        size = 3;
        while (attr_next(&iter, NULL, &element)) {
            size += 1 + framed_size(element);
        }
        return size;
    case ATTR_NONE:
    case ATTR_NULL:
    case ATTR_TYPE_COUNT:
        break;
    }
    return 0;
}

/* Of all members but `sort_name`, whose value's bytes are counted apart. */
static uint64_t map_size(struct slice map, struct slice sort_name, uint64_t *ret_sort)
{
    struct attr_iter iter = item_iter(map);
    struct slice name;
    struct attr attr;
    uint64_t size = 0;
    while (attr_next(&iter, &name, &attr)) {
        if (sort_name.len != 0 && slice_eq(name, sort_name)) {
            *ret_sort = attr.raw.len;
        } else {
            size += 1 + framed_size(attr);
        }
    }
    return size;
}

uint64_t page_item_size(struct slice item, struct slice sort_name)
{
    uint64_t sort_len = 0;
    uint64_t size = map_size(item, sort_name, &sort_len);
    return 2 + size + (1 + (1 + size) / CHUNK_LEN) * (CHUNK_OVERHEAD + sort_len);
}
