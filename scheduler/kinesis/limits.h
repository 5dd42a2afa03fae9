/* What Kinesis Data Streams allows. Source: Developer Guide, "Quotas and limits"; API reference (2013-12-02). */
#ifndef SLS_SCHEDULER_KINESIS_LIMITS_H
#define SLS_SCHEDULER_KINESIS_LIMITS_H

#define STREAM_NAME_MAX 128 /* characters */
#define STREAM_SHARDS_MAX                                                                          \
    10000 /* of one stream here, closed ones that are remembered included; AWS: a quota
                                          of the account */
#define ON_DEMAND_SHARDS 4 /* of a stream without a ShardCount */
#define RETENTION_HOURS_MIN 24
#define RETENTION_HOURS_MAX 8760 /* IncreaseStreamRetentionPeriod */
#define PARTITION_KEY_MAX 256    /* characters */
#define RECORD_KIB_MIN 1024      /* of a record: data and partition key; UpdateMaxRecordSize */
#define RECORD_KIB_MAX 10240
#define PUT_RECORDS_MAX 500        /* of one PutRecords */
#define PUT_LEN_MAX (10u << 20)    /* bytes of one PutRecords: data and partition keys */
#define GET_RECORDS_MAX 10000      /* of one GetRecords */
#define GET_LEN_MAX (10u << 20)    /* bytes of one GetRecords; one record always fits */
#define ITERATOR_AGE_MAX_MS 300000 /* "A shard iterator expires 5 minutes after it is returned" */
#define TOKEN_AGE_MAX_MS 300000    /* NextToken of ListShards and ListStreamConsumers */
#define LIST_STREAMS_MAX 100       /* of a page, however many are asked for; so these */
#define LIST_SHARDS_MAX 1000
#define DESCRIBE_SHARDS_MAX 100
#define LIST_CONSUMERS_MAX 100
#define CONSUMERS_MAX 20             /* of one stream */
#define SUBSCRIPTION_MS 300000       /* "each SubscribeToShard lasts up to 5 minutes" */
#define SUBSCRIPTION_RENEWAL_MS 5000 /* within which the same consumer may not subscribe anew */
#define POLICY_LEN_MAX 20480         /* bytes of a resource policy */
#define ON_DEMAND_STREAMS_MAX 50     /* of an account; only told */

#endif
