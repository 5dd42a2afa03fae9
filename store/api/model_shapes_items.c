#include "store/api/model_shapes.h"

/* --- said of an item --- */

static SHAPE(attr, FIELD_OWN, .own = &attr_type);
static LIST(attrs, attr);
static BOUNDED_LIST(names, attribute_name, BETWEEN(1, 255)); /* AttributesToGet */

static STRING(capacity, VALUES("INDEXES, TOTAL, NONE"));
static STRING(metrics, VALUES("SIZE, NONE"));
static STRING(on_failure, VALUES("ALL_OLD, NONE"));
static STRING(return_values, VALUES("ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW"));
static STRING(token, BETWEEN(1, 36));

/* --- conditions of before there were expressions --- */

static STRING(joined_by, VALUES("OR, AND"));
static STRING(comparison, VALUES("IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, "
                                 "BEGINS_WITH, GE, CONTAINS"));
static STRUCTURE(expected_value, "ExpectedAttributeValue", MAY(ATTRIBUTE_VALUE_LIST, attrs),
                 MAY(COMPARISON_OPERATOR, comparison), MAY(EXISTS, flag), MAY(VALUE, attr));
static NAMED_MAP(expected, expected_value);
static STRUCTURE(condition, "Condition", MAY(ATTRIBUTE_VALUE_LIST, attrs),
                 NEED(COMPARISON_OPERATOR, comparison));
static NAMED_MAP(conditions, condition);
static STRING(update_action, VALUES("ADD, PUT, DELETE"));
static STRUCTURE(value_update, "AttributeValueUpdate", MAY(ACTION, update_action),
                 MAY(VALUE, attr));
static NAMED_MAP(updates, value_update);

/* --- reading --- */

static STRING(select, VALUES("SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, "
                             "ALL_PROJECTED_ATTRIBUTES"));
static INTEGER(query_limit, AT_LEAST(1), .traits = SHAPE_IS_MOVED);
static INTEGER(segment, BETWEEN(0, 999999));
static INTEGER(segments, BETWEEN(1, 1000000));

static BOUNDED_LIST(get_keys, item, BETWEEN(1, 100), .traits = SHAPE_IS_MOVED);
static STRUCTURE(keys_of_table, "KeysAndAttributes", NEED(KEYS, get_keys),
                 MAY(ATTRIBUTES_TO_GET, names), MAY(CONSISTENT_READ, flag),
                 MAY(PROJECTION_EXPRESSION, text),
                 MAY(EXPRESSION_ATTRIBUTE_NAMES, attribute_names));
static TABLE_MAP(batch_gets, keys_of_table, BETWEEN(1, 100), .traits = SHAPE_IS_ASKED_FOR);

/* --- batches and transactions --- */

static STRUCTURE(delete_request, "DeleteRequest", NEED(KEY, item));
static STRUCTURE(put_request, "PutRequest", NEED(ITEM, item));
static STRUCTURE(write_request, "WriteRequest", MAY(DELETE_REQUEST, delete_request),
                 MAY(PUT_REQUEST, put_request));
static BOUNDED_LIST(write_requests, write_request, BETWEEN(1, 25));
static TABLE_MAP(batch_writes, write_requests, BETWEEN(1, 25), .traits = SHAPE_IS_ASKED_FOR);

/* What every action of a transaction may say. */
#define CONDITIONAL                                                                                \
    MAY(EXPRESSION_ATTRIBUTE_NAMES, attribute_names), MAY(EXPRESSION_ATTRIBUTE_VALUES, item),      \
        MAY(RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, on_failure)

static STRUCTURE(check, "ConditionCheck", NEED(TABLE_NAME, table), NEED(KEY, item),
                 NEED(CONDITION_EXPRESSION, text), CONDITIONAL);
static STRUCTURE(put, "Put", NEED(TABLE_NAME, table), NEED(ITEM, item),
                 MAY(CONDITION_EXPRESSION, text), CONDITIONAL);
static STRUCTURE(update, "Update", NEED(TABLE_NAME, table), NEED(KEY, item),
                 NEED(UPDATE_EXPRESSION, text), MAY(CONDITION_EXPRESSION, text), CONDITIONAL);
static STRUCTURE(delete, "Delete", NEED(TABLE_NAME, table), NEED(KEY, item),
                 MAY(CONDITION_EXPRESSION, text), CONDITIONAL);
static STRUCTURE(write_action, "TransactWriteItem", MAY(CONDITION_CHECK, check), MAY(PUT, put),
                 MAY(UPDATE, update), MAY(DELETE, delete));
static BOUNDED_LIST(write_actions, write_action, BETWEEN(1, 100));
static STRUCTURE(get, "Get", NEED(TABLE_NAME, table), NEED(KEY, item),
                 MAY(PROJECTION_EXPRESSION, text),
                 MAY(EXPRESSION_ATTRIBUTE_NAMES, attribute_names));
static STRUCTURE(get_action, "TransactGetItem", NEED(GET, get));
static BOUNDED_LIST(get_actions, get_action, BETWEEN(1, 100));

/* --- PartiQL --- */

static STRING(statement, BETWEEN(1, 8192));
static STRING(statement_token, BETWEEN(1, 32768));
static BOUNDED_LIST(parameters, attr, AT_LEAST(1));
static STRUCTURE(batch_statement, "BatchStatementRequest", NEED(STATEMENT, statement),
                 MAY(PARAMETERS, parameters), MAY(CONSISTENT_READ, flag),
                 MAY(RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, on_failure));
static BOUNDED_LIST(batch_statements, batch_statement, BETWEEN(1, 25));
static STRUCTURE(transact_statement, "ParameterizedStatement", NEED(STATEMENT, statement),
                 MAY(PARAMETERS, parameters),
                 MAY(RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, on_failure));
static BOUNDED_LIST(transact_statements, transact_statement, BETWEEN(1, 100));

/* --- the operations, those that are called most first --- */

const struct input item_inputs[] = {
    INPUT("GetItem", MAY(RETURN_CONSUMED_CAPACITY, capacity), MAY(ATTRIBUTES_TO_GET, names),
          NEED(TABLE_NAME, table), NEED(KEY, item), MAY(CONSISTENT_READ, flag),
          MAY(PROJECTION_EXPRESSION, text), MAY(EXPRESSION_ATTRIBUTE_NAMES, attribute_names)),
    INPUT("PutItem", MAY(RETURN_CONSUMED_CAPACITY, capacity), NEED(TABLE_NAME, table),
          NEED(ITEM, item), MAY(CONDITIONAL_OPERATOR, joined_by), MAY(EXPECTED, expected),
          MAY(RETURN_VALUES, return_values), MAY(RETURN_ITEM_COLLECTION_METRICS, metrics),
          MAY(CONDITION_EXPRESSION, text), CONDITIONAL),
    INPUT("UpdateItem", MAY(RETURN_CONSUMED_CAPACITY, capacity), NEED(TABLE_NAME, table),
          MAY(RETURN_ITEM_COLLECTION_METRICS, metrics), MAY(RETURN_VALUES, return_values),
          NEED(KEY, item), MAY(CONDITIONAL_OPERATOR, joined_by), MAY(EXPECTED, expected),
          MAY(ATTRIBUTE_UPDATES, updates), MAY(CONDITION_EXPRESSION, text),
          MAY(UPDATE_EXPRESSION, text), CONDITIONAL),
    INPUT("Query", MAY(LIMIT, query_limit), MAY(EXCLUSIVE_START_KEY, item),
          MAY(RETURN_CONSUMED_CAPACITY, capacity), MAY(ATTRIBUTES_TO_GET, names),
          MAY(QUERY_FILTER, conditions), MAY(SELECT, select), MAY(CONDITIONAL_OPERATOR, joined_by),
          MAY(KEY_CONDITIONS, conditions), NEED(TABLE_NAME, table), MAY(CONSISTENT_READ, flag),
          MAY(INDEX_NAME, new_name), MAY(SCAN_INDEX_FORWARD, flag),
          MAY(KEY_CONDITION_EXPRESSION, text), MAY(FILTER_EXPRESSION, text),
          MAY(PROJECTION_EXPRESSION, text), MAY(EXPRESSION_ATTRIBUTE_NAMES, attribute_names),
          MAY(EXPRESSION_ATTRIBUTE_VALUES, item)),
    INPUT("DeleteItem", MAY(RETURN_CONSUMED_CAPACITY, capacity), NEED(TABLE_NAME, table),
          MAY(RETURN_VALUES, return_values), MAY(RETURN_ITEM_COLLECTION_METRICS, metrics),
          NEED(KEY, item), MAY(CONDITIONAL_OPERATOR, joined_by), MAY(EXPECTED, expected),
          MAY(CONDITION_EXPRESSION, text), CONDITIONAL),
    OLD_INPUT("Scan", MAY(LIMIT, positive), MAY(RETURN_CONSUMED_CAPACITY, capacity),
              MAY(ATTRIBUTES_TO_GET, names), MAY(SEGMENT, segment), MAY(SELECT, select),
              MAY(SCAN_FILTER, conditions), MAY(CONDITIONAL_OPERATOR, joined_by),
              MAY(TOTAL_SEGMENTS, segments), NEED(TABLE_NAME, table),
              MAY(EXCLUSIVE_START_KEY, item), MAY(INDEX_NAME, new_name), MAY(CONSISTENT_READ, flag),
              MAY(FILTER_EXPRESSION, text), MAY(PROJECTION_EXPRESSION, text),
              MAY(EXPRESSION_ATTRIBUTE_NAMES, attribute_names),
              MAY(EXPRESSION_ATTRIBUTE_VALUES, item)),
    INPUT("BatchGetItem", MAY(RETURN_CONSUMED_CAPACITY, capacity), NEED(REQUEST_ITEMS, batch_gets)),
    OLD_INPUT("BatchWriteItem", MAY(RETURN_CONSUMED_CAPACITY, capacity),
              MAY(RETURN_ITEM_COLLECTION_METRICS, metrics), NEED(REQUEST_ITEMS, batch_writes)),
    OLD_INPUT("TransactWriteItems", MAY(RETURN_CONSUMED_CAPACITY, capacity),
              MAY(RETURN_ITEM_COLLECTION_METRICS, metrics), MAY(CLIENT_REQUEST_TOKEN, token),
              NEED(TRANSACT_ITEMS, write_actions)),
    OLD_INPUT("TransactGetItems", MAY(RETURN_CONSUMED_CAPACITY, capacity),
              NEED(TRANSACT_ITEMS, get_actions)),
    INPUT("ExecuteStatement", NEED(STATEMENT, statement), MAY(PARAMETERS, parameters),
          MAY(CONSISTENT_READ, flag), MAY(NEXT_TOKEN, statement_token),
          MAY(RETURN_CONSUMED_CAPACITY, capacity), MAY(LIMIT, positive),
          MAY(RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, on_failure)),
    INPUT("BatchExecuteStatement", NEED(STATEMENTS, batch_statements),
          MAY(RETURN_CONSUMED_CAPACITY, capacity)),
    INPUT("ExecuteTransaction", NEED(TRANSACT_STATEMENTS, transact_statements),
          MAY(CLIENT_REQUEST_TOKEN, token), MAY(RETURN_CONSUMED_CAPACITY, capacity)),
    INPUTS_END,
};
