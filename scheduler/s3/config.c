#include "scheduler/s3/config.h"

const struct config_row config_rows[CONFIG_COUNT] = {
    [CONFIG_ACCELERATE] = {"accelerate"},
    [CONFIG_ACL] = {"acl"},
    [CONFIG_CORS] = {"cors"},
    [CONFIG_ENCRYPTION] = {"encryption"},
    [CONFIG_LIFECYCLE] = {"lifecycle"},
    [CONFIG_LOGGING] = {"logging"},
    [CONFIG_NOTIFICATION] = {"notification"},
    [CONFIG_OBJECT_LOCK] = {"object-lock"},
    [CONFIG_OWNERSHIP] = {"ownershipControls"},
    [CONFIG_POLICY] = {"policy"},
    [CONFIG_PUBLIC_ACCESS] = {"publicAccessBlock"},
    [CONFIG_REQUEST_PAYMENT] = {"requestPayment"},
    [CONFIG_TAGGING] = {"tagging"},
    [CONFIG_WEBSITE] = {"website"},
};
