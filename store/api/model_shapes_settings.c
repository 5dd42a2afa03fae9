#include "store/api/model_shapes.h"

static STRING(resource, BETWEEN(1, 1283));
static STRING(revision, BETWEEN(1, 255));

/* --- Kinesis --- */

static STRING(precision, VALUES("MILLISECOND, MICROSECOND"));
static STRUCTURE(kinesis_enable, "EnableKinesisStreamingConfiguration",
                 MAY(APPROXIMATE_CREATION_DATE_TIME_PRECISION, precision));
static STRUCTURE(kinesis_update, "UpdateKinesisStreamingConfiguration",
                 MAY(APPROXIMATE_CREATION_DATE_TIME_PRECISION, precision));

/* --- auto scaling: kept, never acted on --- */

static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7e) {
            return false;
        }
    }
    return text.len != 0;
}

static const struct pattern print_pattern = {"\\p{Print}+", is_printable};

static PLAIN(whole, FIELD_INTEGER);
static PLAIN(double, FIELD_DOUBLE);
static STRING(scaling_role, BETWEEN(1, 1600));
static STRING(scaling_name, BETWEEN(1, 256), PATTERN(print_pattern));
static STRUCTURE(scaling_target, "AutoScalingTargetTrackingScalingPolicyConfigurationUpdate",
                 MAY(DISABLE_SCALE_IN, flag), MAY(SCALE_IN_COOLDOWN, whole),
                 MAY(SCALE_OUT_COOLDOWN, whole), NEED(TARGET_VALUE, double));
static STRUCTURE(scaling_policy, "AutoScalingPolicyUpdate", MAY(POLICY_NAME, scaling_name),
                 NEED(TARGET_TRACKING_SCALING_POLICY_CONFIGURATION, scaling_target));
static STRUCTURE(scaling, "AutoScalingSettingsUpdate", MAY(MINIMUM_UNITS, positive_long),
                 MAY(MAXIMUM_UNITS, positive_long), MAY(AUTO_SCALING_DISABLED, flag),
                 MAY(AUTO_SCALING_ROLE_ARN, scaling_role),
                 MAY(SCALING_POLICY_UPDATE, scaling_policy));

static STRUCTURE(index_scaling, "GlobalSecondaryIndexAutoScalingUpdate", MAY(INDEX_NAME, new_name),
                 MAY(PROVISIONED_WRITE_CAPACITY_AUTO_SCALING_UPDATE, scaling));
static BOUNDED_LIST(index_scalings, index_scaling, AT_LEAST(1));
static STRUCTURE(replica_index_scaling, "ReplicaGlobalSecondaryIndexAutoScalingUpdate",
                 MAY(INDEX_NAME, new_name),
                 MAY(PROVISIONED_READ_CAPACITY_AUTO_SCALING_UPDATE, scaling));
static LIST(replica_index_scalings, replica_index_scaling);
static STRUCTURE(replica_scaling, "ReplicaAutoScalingUpdate", NEED(REGION_NAME, text),
                 MAY(REPLICA_GLOBAL_SECONDARY_INDEX_UPDATES, replica_index_scalings),
                 MAY(REPLICA_PROVISIONED_READ_CAPACITY_AUTO_SCALING_UPDATE, scaling));
static BOUNDED_LIST(replica_scalings, replica_scaling, AT_LEAST(1));

/* --- global tables of 2017 --- */

static STRUCTURE(replica, "Replica", MAY(REGION_NAME, text));
static LIST(replicas, replica);
static STRUCTURE(replica_create, "CreateReplicaAction", NEED(REGION_NAME, text));
static STRUCTURE(replica_delete, "DeleteReplicaAction", NEED(REGION_NAME, text));
static STRUCTURE(replica_change, "ReplicaUpdate", MAY(CREATE, replica_create),
                 MAY(DELETE, replica_delete));
static LIST(replica_changes, replica_change);

static STRUCTURE(global_index, "GlobalTableGlobalSecondaryIndexSettingsUpdate",
                 NEED(INDEX_NAME, new_name), MAY(PROVISIONED_WRITE_CAPACITY_UNITS, positive_long),
                 MAY(PROVISIONED_WRITE_CAPACITY_AUTO_SCALING_SETTINGS_UPDATE, scaling));
static BOUNDED_LIST(global_index_list, global_index, BETWEEN(1, 20));
static STRUCTURE(replica_index, "ReplicaGlobalSecondaryIndexSettingsUpdate",
                 NEED(INDEX_NAME, new_name), MAY(PROVISIONED_READ_CAPACITY_UNITS, positive_long),
                 MAY(PROVISIONED_READ_CAPACITY_AUTO_SCALING_SETTINGS_UPDATE, scaling));
static BOUNDED_LIST(replica_indexes, replica_index, BETWEEN(1, 20));
static STRUCTURE(replica_setting, "ReplicaSettingsUpdate", NEED(REGION_NAME, text),
                 MAY(REPLICA_PROVISIONED_READ_CAPACITY_UNITS, positive_long),
                 MAY(REPLICA_PROVISIONED_READ_CAPACITY_AUTO_SCALING_SETTINGS_UPDATE, scaling),
                 MAY(REPLICA_GLOBAL_SECONDARY_INDEX_SETTINGS_UPDATE, replica_indexes),
                 MAY(REPLICA_TABLE_CLASS, table_class));
static BOUNDED_LIST(replica_settings, replica_setting, BETWEEN(1, 50));

/* --- contributor insights --- */

static STRING(insights_action, VALUES("ENABLE, DISABLE"));
static STRING(insights_mode, VALUES("ACCESSED_AND_THROTTLED_KEYS, THROTTLED_KEYS"));
static INTEGER(insights_limit, AT_MOST(100));

const struct input setting_inputs[] = {
    INPUT("PutResourcePolicy", NEED(RESOURCE_ARN, resource), NEED(POLICY, text),
          MAY(EXPECTED_REVISION_ID, revision), MAY(CONFIRM_REMOVE_SELF_RESOURCE_ACCESS, flag)),
    INPUT("GetResourcePolicy", NEED(RESOURCE_ARN, resource)),
    INPUT("DeleteResourcePolicy", NEED(RESOURCE_ARN, resource),
          MAY(EXPECTED_REVISION_ID, revision)),

    INPUT("EnableKinesisStreamingDestination", NEED(TABLE_NAME, table), NEED(STREAM_ARN, long_arn),
          MAY(ENABLE_KINESIS_STREAMING_CONFIGURATION, kinesis_enable)),
    INPUT("DisableKinesisStreamingDestination", NEED(TABLE_NAME, table), NEED(STREAM_ARN, long_arn),
          MAY(ENABLE_KINESIS_STREAMING_CONFIGURATION, kinesis_enable)),
    INPUT("DescribeKinesisStreamingDestination", NEED(TABLE_NAME, table)),
    INPUT("UpdateKinesisStreamingDestination", NEED(TABLE_NAME, table), NEED(STREAM_ARN, long_arn),
          MAY(UPDATE_KINESIS_STREAMING_CONFIGURATION, kinesis_update)),

    INPUT("CreateGlobalTable", NEED(GLOBAL_TABLE_NAME, new_name),
          NEED(REPLICATION_GROUP, replicas)),
    INPUT("DescribeGlobalTable", NEED(GLOBAL_TABLE_NAME, new_name)),
    INPUT("ListGlobalTables", MAY(EXCLUSIVE_START_GLOBAL_TABLE_NAME, new_name),
          MAY(LIMIT, positive), MAY(REGION_NAME, text)),
    INPUT("UpdateGlobalTable", NEED(GLOBAL_TABLE_NAME, new_name),
          NEED(REPLICA_UPDATES, replica_changes)),
    INPUT("DescribeGlobalTableSettings", NEED(GLOBAL_TABLE_NAME, new_name)),
    INPUT("UpdateGlobalTableSettings", NEED(GLOBAL_TABLE_NAME, new_name),
          MAY(GLOBAL_TABLE_BILLING_MODE, billing_mode),
          MAY(GLOBAL_TABLE_PROVISIONED_WRITE_CAPACITY_UNITS, positive_long),
          MAY(GLOBAL_TABLE_PROVISIONED_WRITE_CAPACITY_AUTO_SCALING_SETTINGS_UPDATE, scaling),
          MAY(GLOBAL_TABLE_GLOBAL_SECONDARY_INDEX_SETTINGS_UPDATE, global_index_list),
          MAY(REPLICA_SETTINGS_UPDATE, replica_settings)),

    INPUT("DescribeTableReplicaAutoScaling", NEED(TABLE_NAME, table)),
    INPUT("UpdateTableReplicaAutoScaling", MAY(GLOBAL_SECONDARY_INDEX_UPDATES, index_scalings),
          NEED(TABLE_NAME, table), MAY(PROVISIONED_WRITE_CAPACITY_AUTO_SCALING_UPDATE, scaling),
          MAY(REPLICA_UPDATES, replica_scalings)),

    INPUT("DescribeContributorInsights", NEED(TABLE_NAME, table), MAY(INDEX_NAME, new_name)),
    INPUT("UpdateContributorInsights", NEED(TABLE_NAME, table), MAY(INDEX_NAME, new_name),
          NEED(CONTRIBUTOR_INSIGHTS_ACTION, insights_action),
          MAY(CONTRIBUTOR_INSIGHTS_MODE, insights_mode)),
    INPUT("ListContributorInsights", MAY(TABLE_NAME, table), MAY(NEXT_TOKEN, text),
          MAY(MAX_RESULTS, insights_limit)),
    INPUTS_END,
};
