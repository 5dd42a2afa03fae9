#include "store/item/write_done.h"

#include "store/item/transact.h"
#include "store/item/write_throttle.h"

bool write_is_done(struct operation *operation, const struct write_request *request,
                   enum status status)
{
    const struct problem *problem =
        status == STATUS_OK ? request->problem : operation_storage_problem(operation);
    if (status == STATUS_OK && !request->is_replay) {
        write_throttle_charge(operation->store, request,
                              request->is_transaction ? TRANSACTION_FACTOR : 1);
    }
    if (problem != NULL) {
        operation_refuse(operation, problem);
    }
    return problem == NULL;
}
