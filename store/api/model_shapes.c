#include "store/api/model_shapes.h"

/* --- scalars --- */

static bool is_name(struct slice text)
{
    static const char others[] = "_.-";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return text.len != 0;
}

const struct pattern name_pattern = {"[a-zA-Z0-9_.-]+", is_name};

PLAIN(text, FIELD_STRING);
PLAIN(flag, FIELD_BOOL);
PLAIN(long, FIELD_LONG);
PLAIN(timestamp, FIELD_TIMESTAMP);
SHAPE(item, FIELD_OWN, .own = &item_type);
SHAPE(positive_long, FIELD_LONG, AT_LEAST(1));
INTEGER(positive, AT_LEAST(1));
INTEGER(hundred, BETWEEN(1, 100));
STRING(table, BETWEEN(1, 255), PATTERN(name_pattern), .traits = SHAPE_IS_TABLE);
STRING(new_name, BETWEEN(3, 255), PATTERN(name_pattern));
STRING(long_arn, BETWEEN(37, 1024));
STRING(attribute_name, AT_MOST(65535));
MAP(attribute_names, attribute_name);

/* --- what describes a table --- */

STRING(billing_mode, VALUES("PROVISIONED, PAY_PER_REQUEST"));
STRING(table_class, VALUES("STANDARD, STANDARD_INFREQUENT_ACCESS"));
STRUCTURE(throughput, "ProvisionedThroughput", NEED(WRITE_CAPACITY_UNITS, positive_long),
          NEED(READ_CAPACITY_UNITS, positive_long));
STRUCTURE(on_demand, "OnDemandThroughput", MAY(MAX_READ_REQUEST_UNITS, long),
          MAY(MAX_WRITE_REQUEST_UNITS, long));
STRUCTURE(warm, "WarmThroughput", MAY(READ_UNITS_PER_SECOND, long),
          MAY(WRITE_UNITS_PER_SECOND, long));

static STRING(sse_type, VALUES("AES256, KMS"));
STRUCTURE(sse, "SSESpecification", MAY(ENABLED, flag), MAY(SSE_TYPE, sse_type),
          MAY(KMS_MASTER_KEY_ID, text));

static STRING(key_name, BETWEEN(1, 255));
static STRING(attribute_type, VALUES("B, N, S"));
static STRUCTURE(definition, "AttributeDefinition", NEED(ATTRIBUTE_NAME, key_name),
                 NEED(ATTRIBUTE_TYPE, attribute_type));
LIST(definitions, definition);

static STRING(key_type, VALUES("HASH, RANGE"));
static STRUCTURE(key_element, "KeySchemaElement", NEED(ATTRIBUTE_NAME, key_name),
                 NEED(KEY_TYPE, key_type));
BOUNDED_LIST(key_schema, key_element, BETWEEN(1, 2));
BOUNDED_LIST(index_key_schema, key_element, BETWEEN(1, 8)); /* of a global one: 4 HASH, 4 RANGE */

static STRING(projection_type, VALUES("ALL, INCLUDE, KEYS_ONLY"));
static BOUNDED_LIST(non_key_attributes, key_name, BETWEEN(1, 20));
STRUCTURE(projection, "Projection", MAY(PROJECTION_TYPE, projection_type),
          MAY(NON_KEY_ATTRIBUTES, non_key_attributes));

static STRUCTURE(local_index, "LocalSecondaryIndex", NEED(INDEX_NAME, new_name),
                 NEED(KEY_SCHEMA, key_schema), NEED(PROJECTION, projection));
LIST(local_indexes, local_index);
static STRUCTURE(global_index, "GlobalSecondaryIndex", NEED(INDEX_NAME, new_name),
                 NEED(KEY_SCHEMA, index_key_schema), NEED(PROJECTION, projection),
                 MAY(PROVISIONED_THROUGHPUT, throughput), MAY(ON_DEMAND_THROUGHPUT, on_demand),
                 MAY(WARM_THROUGHPUT, warm));
LIST(global_indexes, global_index);

/* Vector indexes are refused by the operations, but their types are the service's. */
STRUCTURE(vector_attribute, "VectorAttributeDefinition", NEED(ATTRIBUTE_NAME, key_name));
static STRING(search_type, VALUES("HASH, INLINE_FILTER"));
static STRUCTURE(search_element, "SearchSchemaElement", NEED(ATTRIBUTE_NAME, text),
                 NEED(SEARCH_SCHEMA_ELEMENT_TYPE, search_type));
BOUNDED_LIST(search_schema, search_element, AT_LEAST(1));
STRING(distance, VALUES("COSINE, DOT_PRODUCT, EUCLIDEAN"));
static STRUCTURE(vector_index, "VectorIndex", NEED(INDEX_NAME, new_name),
                 NEED(VECTOR_ATTRIBUTE, vector_attribute), MAY(SEARCH_SCHEMA, search_schema),
                 NEED(PROJECTION, projection), NEED(DIMENSIONS, positive_long),
                 NEED(DISTANCE_FUNCTION, distance));
LIST(vector_indexes, vector_index);
