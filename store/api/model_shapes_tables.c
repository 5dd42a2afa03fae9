#include "store/api/model_shapes.h"

/* --- UpdateTable --- */

static STRING(view_type, VALUES("NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY"));
static STRUCTURE(stream, "StreamSpecification", NEED(STREAM_ENABLED, flag),
                 MAY(STREAM_VIEW_TYPE, view_type));
static STRING(replication_mode, VALUES("ENABLED, DISABLED, ENABLED_WITH_OVERRIDES"));

static STRUCTURE(index_update, "UpdateGlobalSecondaryIndexAction", NEED(INDEX_NAME, new_name),
                 MAY(PROVISIONED_THROUGHPUT, throughput), MAY(ON_DEMAND_THROUGHPUT, on_demand),
                 MAY(WARM_THROUGHPUT, warm));
static STRUCTURE(index_create, "CreateGlobalSecondaryIndexAction", NEED(INDEX_NAME, new_name),
                 NEED(KEY_SCHEMA, index_key_schema), NEED(PROJECTION, projection),
                 MAY(PROVISIONED_THROUGHPUT, throughput), MAY(ON_DEMAND_THROUGHPUT, on_demand),
                 MAY(WARM_THROUGHPUT, warm));
static STRUCTURE(index_delete, "DeleteGlobalSecondaryIndexAction", NEED(INDEX_NAME, new_name));
static STRUCTURE(index_change, "GlobalSecondaryIndexUpdate", MAY(UPDATE, index_update),
                 MAY(CREATE, index_create), MAY(DELETE, index_delete));
static LIST(index_changes, index_change);

static STRUCTURE(read_units, "ProvisionedThroughputOverride",
                 MAY(READ_CAPACITY_UNITS, positive_long));
static STRUCTURE(read_requests, "OnDemandThroughputOverride", MAY(MAX_READ_REQUEST_UNITS, long));
static STRUCTURE(replica_index, "ReplicaGlobalSecondaryIndex", NEED(INDEX_NAME, new_name),
                 MAY(PROVISIONED_THROUGHPUT_OVERRIDE, read_units),
                 MAY(ON_DEMAND_THROUGHPUT_OVERRIDE, read_requests));
static BOUNDED_LIST(replica_indexes, replica_index, AT_LEAST(1));
#define REPLICA                                                                                    \
    NEED(REGION_NAME, text), MAY(KMS_MASTER_KEY_ID, text),                                         \
        MAY(PROVISIONED_THROUGHPUT_OVERRIDE, read_units),                                          \
        MAY(ON_DEMAND_THROUGHPUT_OVERRIDE, read_requests),                                         \
        MAY(GLOBAL_SECONDARY_INDEXES, replica_indexes), MAY(TABLE_CLASS_OVERRIDE, table_class)
static STRUCTURE(replica_create, "CreateReplicationGroupMemberAction", REPLICA);
static STRUCTURE(replica_update, "UpdateReplicationGroupMemberAction", REPLICA);
static STRUCTURE(replica_delete, "DeleteReplicationGroupMemberAction", NEED(REGION_NAME, text));
static STRING(disassociation_mode, VALUES("WAIT_FOR_REPLICATION"));
static STRUCTURE(replica_disassociate, "DisassociateReplicationGroupMemberAction",
                 NEED(REGION_NAME, text), NEED(DISASSOCIATION_MODE, disassociation_mode));
static STRUCTURE(replica_change, "ReplicationGroupUpdate", MAY(CREATE, replica_create),
                 MAY(UPDATE, replica_update), MAY(DELETE, replica_delete),
                 MAY(DISASSOCIATE, replica_disassociate));
static BOUNDED_LIST(replica_changes, replica_change, AT_LEAST(1));

static STRING(consistency, VALUES("EVENTUAL, STRONG"));
static STRUCTURE(witness_create, "CreateGlobalTableWitnessGroupMemberAction",
                 NEED(REGION_NAME, text));
static STRUCTURE(witness_delete, "DeleteGlobalTableWitnessGroupMemberAction",
                 NEED(REGION_NAME, text));
static STRUCTURE(witness_change, "GlobalTableWitnessGroupUpdate", MAY(CREATE, witness_create),
                 MAY(DELETE, witness_delete));
static BOUNDED_LIST(witness_changes, witness_change, BETWEEN(1, 1));

static STRUCTURE(vector_create, "CreateVectorIndexAction", NEED(INDEX_NAME, new_name),
                 NEED(VECTOR_ATTRIBUTE, vector_attribute), MAY(SEARCH_SCHEMA, search_schema),
                 NEED(PROJECTION, projection), NEED(DIMENSIONS, positive_long),
                 NEED(DISTANCE_FUNCTION, distance));
static STRUCTURE(vector_delete, "DeleteVectorIndexAction", NEED(INDEX_NAME, new_name));
static STRUCTURE(vector_change, "VectorIndexUpdate", MAY(CREATE, vector_create),
                 MAY(DELETE, vector_delete));
static LIST(vector_changes, vector_change);

/* --- tags, time to live --- */

static STRING(tag_key, BETWEEN(1, 128));
static STRING(tag_value, AT_MOST(256));
static STRUCTURE(tag, "Tag", NEED(KEY, tag_key), NEED(VALUE, tag_value));
static LIST(tags, tag);
static LIST(tag_keys, tag_key);

static STRING(ttl_name, BETWEEN(1, 255));
static STRUCTURE(ttl, "TimeToLiveSpecification", NEED(ENABLED, flag),
                 NEED(ATTRIBUTE_NAME, ttl_name));

/* --- streams --- */

static STRING(shard_id, BETWEEN(28, 65));
static STRING(shard_filter_type, VALUES("CHILD_SHARDS"));
static STRUCTURE(shard_filter, "ShardFilter", MAY(TYPE, shard_filter_type),
                 MAY(SHARD_ID, shard_id));
static STRING(iterator_type, VALUES("AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, "
                                    "TRIM_HORIZON, AT_TIMESTAMP"));
static STRING(sequence_number, BETWEEN(21, 40));
static STRING(iterator, BETWEEN(1, 2048));
static INTEGER(records_limit, BETWEEN(1, 1000));

const struct input table_inputs[] = {
    INPUT("CreateTable", NEED(ATTRIBUTE_DEFINITIONS, definitions), NEED_FIRST(TABLE_NAME, new_name),
          MAY(BILLING_MODE, billing_mode), MAY(PROVISIONED_THROUGHPUT, throughput),
          NEED(KEY_SCHEMA, key_schema), MAY(LOCAL_SECONDARY_INDEXES, local_indexes),
          MAY(GLOBAL_SECONDARY_INDEXES, global_indexes), MAY(STREAM_SPECIFICATION, stream),
          MAY(SSE_SPECIFICATION, sse), MAY(TAGS, tags), MAY(TABLE_CLASS, table_class),
          MAY(DELETION_PROTECTION_ENABLED, flag), MAY(WARM_THROUGHPUT, warm),
          MAY(RESOURCE_POLICY, text), MAY(ON_DEMAND_THROUGHPUT, on_demand),
          MAY(GLOBAL_TABLE_SOURCE_ARN, table),
          MAY(GLOBAL_TABLE_SETTINGS_REPLICATION_MODE, replication_mode),
          MAY(VECTOR_INDEXES, vector_indexes)),
    INPUT("UpdateTable", NEED_FIRST(TABLE_NAME, table), MAY(ATTRIBUTE_DEFINITIONS, definitions),
          MAY(BILLING_MODE, billing_mode), MAY(PROVISIONED_THROUGHPUT, throughput),
          MAY(GLOBAL_SECONDARY_INDEX_UPDATES, index_changes), MAY(STREAM_SPECIFICATION, stream),
          MAY(SSE_SPECIFICATION, sse), MAY(REPLICA_UPDATES, replica_changes),
          MAY(TABLE_CLASS, table_class), MAY(DELETION_PROTECTION_ENABLED, flag),
          MAY(MULTI_REGION_CONSISTENCY, consistency),
          MAY(GLOBAL_TABLE_WITNESS_UPDATES, witness_changes), MAY(ON_DEMAND_THROUGHPUT, on_demand),
          MAY(WARM_THROUGHPUT, warm), MAY(GLOBAL_TABLE_SETTINGS_REPLICATION_MODE, replication_mode),
          MAY(DISASSOCIATION_PROTECTION_ENABLED, flag), MAY(VECTOR_INDEX_UPDATES, vector_changes)),
    INPUT("DescribeTable", NEED_FIRST(TABLE_NAME, table)),
    INPUT("DeleteTable", NEED_FIRST(TABLE_NAME, table)),
    INPUT("ListTables", MAY(LIMIT, hundred), MAY(EXCLUSIVE_START_TABLE_NAME, new_name)),

    INPUT("UpdateTimeToLive", NEED_FIRST(TABLE_NAME, table), NEED(TIME_TO_LIVE_SPECIFICATION, ttl)),
    INPUT("DescribeTimeToLive", NEED_FIRST(TABLE_NAME, table)),

    /* The operations say in their own words which of these is missing. */
    INPUT("TagResource", MAY(RESOURCE_ARN, text), MAY(TAGS, tags)),
    INPUT("UntagResource", MAY(RESOURCE_ARN, text), MAY(TAG_KEYS, tag_keys)),
    INPUT("ListTagsOfResource", MAY(RESOURCE_ARN, text), MAY(NEXT_TOKEN, text)),

    EMPTY_INPUT("DescribeLimits"),
    EMPTY_INPUT("DescribeEndpoints"),

    INPUT("ListStreams", MAY(TABLE_NAME, new_name), MAY(LIMIT, hundred),
          MAY(EXCLUSIVE_START_STREAM_ARN, long_arn)),
    INPUT("DescribeStream", NEED(STREAM_ARN, long_arn), MAY(LIMIT, hundred),
          MAY(EXCLUSIVE_START_SHARD_ID, shard_id), MAY(SHARD_FILTER, shard_filter)),
    INPUT("GetShardIterator", NEED(STREAM_ARN, long_arn), NEED(SHARD_ID, shard_id),
          NEED(SHARD_ITERATOR_TYPE, iterator_type), MAY(SEQUENCE_NUMBER, sequence_number),
          MAY(TIMESTAMP, timestamp)),
    INPUT("GetRecords", NEED(SHARD_ITERATOR, iterator), MAY(LIMIT, records_limit)),
    INPUTS_END,
};
