#include "gateway/websocket/connection_id.h"

#include "core/id.h"

#include <ctype.h>

bool connection_id_is_valid(struct slice id)
{
    if (id.len != ID_SHORT_MAX - 1 || id.ptr[id.len - 1] != '=') {
        return false;
    }
    for (size_t i = 0; i < id.len - 1; i++) {
        char c = id.ptr[i];
        if (!isalnum((unsigned char)c) && c != '-' && c != '_') {
            return false;
        }
    }
    return true;
}
