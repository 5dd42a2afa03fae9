/* The DynamoDB tables of a template: CloudFormation's properties as the store takes them.
 *
 * A table that is gone from the template stays in the store: its items may be wanted again. */
#ifndef SLS_CLI_TABLES_H
#define SLS_CLI_TABLES_H

#include "store/store.h"
#include "templates/deployment.h"

/* Fills `ret_spec` from an AWS::DynamoDB::Table or AWS::DynamoDB::GlobalTable. Lives in the arena. */
void table_spec_of(struct arena *arena, const struct deployment_resource *resource,
                   struct store_table_spec *ret_spec);
bool is_table(const struct deployment_resource *resource);

/* Runs once, later, when every table is ACTIVE or refused; `fault` is the first refusal, with its place in the
 * template in front. */
typedef void tables_done_fn(void *ctx, enum status status, const struct fault *fault);
/* False when there are no tables; `on_done` never runs then. */
bool tables_deploy(struct store *store, const struct deployment *deployment,
                   tables_done_fn *on_done, void *ctx);

#endif
