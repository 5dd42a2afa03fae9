#include "gateway/websocket/connection_id.h"

#include "core/id.h"

bool connection_id_is_valid(struct slice id)
{
    return id.len == ID_SHORT_MAX - 1 && id.ptr[id.len - 1] == '=' &&
           slice_is_alnum(slice_take(id, id.len - 1), "-_");
}
