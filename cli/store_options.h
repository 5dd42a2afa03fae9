/* The options of the store, shared by `up` and `store`: what a lesson or a test may want to see. */
#ifndef SLS_CLI_STORE_OPTIONS_H
#define SLS_CLI_STORE_OPTIONS_H

#include "cli/args.h"
#include "store/store.h"

/* `throttled`: what --throttle has refused. */
#define STORE_OPTIONS(throttled)                                                                   \
    {"slow-tables", 0, OPTION_FLAG, NULL,                                                          \
     "tables stay CREATING, UPDATING and DELETING for a while, as on AWS"},                        \
        {"throttle", 0, OPTION_FLAG, NULL, throttled},                                             \
        {"gsi-lag", 0, OPTION_TEXT, "TIME",                                                        \
         "global secondary indexes show writes only after TIME (200ms, 2s)"},                      \
    {                                                                                              \
        "dynamodb-wording", 0, OPTION_TEXT, "old|new",                                             \
            "which of DynamoDB's two generations of validation messages; default: old"             \
    }

/* Fills what the options say; directory, account and region are the caller's. */
MUST_CHECK enum status store_options_read(const struct args *args, struct store_options *ret,
                                          struct fault *reterr);

#endif
