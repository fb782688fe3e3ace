/*
 * RDS: databases that are really there: what its families share.
 *
 * An instance is a document (rds:instance, by its DbiResourceId) as DescribeDBInstances shows it.
 * Privately it has:
 *	_want		"available", "stopped", "deleted"
 *	_engine		the row of engine.h
 *	_subnets	DBSubnetGroupName
 *	_interface	the id of its network interface
 *	_public		its public address, when it is PubliclyAccessible
 *	_first_password	of the engine's first start; _password is the one that holds
 *	_root		the password of the engine's own superuser, which nobody is told
 *	_cert, _key	PEM, of its endpoint's names
 *	_reboots, _rebooted	how often it was asked to, and how often it did
 *	_set		{parameter: value} that the engine has
 *	_from		the store id of the snapshot (rds:snapshot) whose data it gets
 *	_made		it has its data
 *	_told		the password (its hash) that the engine has
 *	_final		DBSnapshotIdentifier of the last snapshot, when it is being deleted
 * The engine runs in a container of that id with a Docker volume of that id (compute/workload.h).
 */
#ifndef CONTROL_SERVICES_RDS_RDS_H
#define CONTROL_SERVICES_RDS_RDS_H

#include "control/api/call.h"
#include "control/api/resource.h"
#include "control/api/service.h"

extern const struct service rds_service;
extern const struct family rds_instances, rds_changes, rds_states, rds_subnet_groups,
    rds_parameter_groups, rds_parameters, rds_option_groups, rds_snapshots, rds_restores,
    rds_versions, rds_tags, rds_events, rds_logs;

extern const struct resource rds_instance, rds_snapshot, rds_subnet_group,
    rds_parameter_group, rds_option_group;

/* The handlers ask for permission themselves, with the ARN. */
#define RDS(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_ASKS, doc_)

extern const struct err_kind rds_bad_value;	  /* InvalidParameterValue 400 */
extern const struct err_kind rds_bad_combination; /* InvalidParameterCombination 400 */
extern const struct err_kind rds_no_instance;	  /* DBInstanceNotFound 404 */
extern const struct err_kind rds_bad_state;	  /* InvalidDBInstanceState 400 */

/* "arn:aws:rds:us-east-1:000000000000:db:NAME" of type "db"; the arena's. */
char *rds_arn(const struct call *c, const char *type, const char *name);

/* May the caller, on the ARN?  0 or -1. */
int rds_ask(struct call *c, const char *arn);

/* The same of the resource with the type and name; name NULL: all of them. */
int rds_allow(struct call *c, const char *type, const char *name);

/*
 * An identifier in lower case, the arena's: a letter, then letters, digits and single hyphens,
 * `max` at most, none at the end; or NULL and InvalidParameterValue that calls it `what`.
 */
char *rds_identifier(struct call *c, const char *text, const char *what, size_t max);

/*
 * A page of the rows, by MaxRecords (20 to 100) and Marker, which is the text at
 * `key` of the last row; `member` of the output gets them.  Rows are sorted by it.  0 or -1.
 */
int rds_out_page(struct call *c, const char *member, const char *key, json_t *rows);

/* The documents of a kind of the scope, as a new array, the arena's; NULL and c->err. */
json_t *rds_all(struct call *c, const char *kind);

/*
 * One filter of Filters: {"db-instance-id", "DBInstanceIdentifier"}.  The rows that pass all of the
 * input's stay; an unknown name is InvalidParameterValue.  0 or -1.
 */
struct rds_filter {
	const char *name, *path;
};
int rds_filter(struct call *c, const struct rds_filter *filters, json_t *rows);

/* Tags of the input ([{Key, Value}] or NULL), checked, into a new array of the arena's; NULL and c->err. */
json_t *rds_input_tags(struct call *c);

/* What happened to a source ("db-instance"), for DescribeEvents. */
void rds_event(struct call *c, const char *type, const char *id, const char *arn,
    const char *category, const char *message);

/* The documents with the name: 0 and a copy to write or the shared one, or -1 and the AWS error. */
int rds_instance_get(struct call *c, const char *name, json_t **ret);
int rds_instance_edit(struct call *c, const char *name, json_t **ret);
int rds_snapshot_find(struct call *c, const char *name, json_t **ret); /* 1, 0, -1 */

/* As answers show it: a copy, the arena's, with its subnet group in full. */
int rds_instance_out(struct call *c, const json_t *doc);

/*
 * The group of the name (NULL or "default": that of the default VPC, made when it is asked for):
 * 0, or -1.
 */
int rds_subnet_group_need(struct call *c, const char *name, json_t **ret);

/* A default group ("default.postgres16", "default:postgres-16") or one of the family: 0 or -1. */
int rds_parameter_group_check(struct call *c, const char *name, const char *family);
int rds_option_group_check(struct call *c, const char *name, const char *engine,
    const char *major);

/* "default:postgres-16"; the arena's. */
struct rds_engine;
struct rds_version;
const char *rds_option_group_default(struct call *c, const struct rds_engine *e,
    const struct rds_version *v);

/* {parameter: value} that the user has set in the group; the arena's.  0 or -1. */
int rds_parameters_of(struct store_txn *t, struct arena *a, const char *scope,
    const char *group, json_t **ret, struct err *err);

/* 1 when the change of a parameter waits for a reboot. */
int rds_parameter_is_static(const char *engine, const char *name);

/* A snapshot of the instance, put: 0 and its document, or -1. */
int rds_snapshot_make(struct call *c, const json_t *instance, const char *name,
    const char *type, const json_t *tags, json_t **ret);

extern const struct err_kind rds_snapshot_exists; /* DBSnapshotAlreadyExists 400 */

/* Its endpoint's name; the arena's. */
const char *rds_address(struct call *c, const char *name);

/* What inputs have: 0, or -1 and AWS's error. */
int rds_check_password(struct call *c, const struct rds_engine *e, const char *password);
int rds_check_class(struct call *c, const char *instance_class);
int rds_check_storage(struct call *c, int64_t size, const char *type, int64_t iops);

/* The identifier of a new instance, which nobody has yet: 0, or -1. */
int rds_check_new(struct call *c, const char *member, const char **ret_name);

/* What waits in PendingModifiedValues comes true; the caller puts the document.  0 or -1. */
int rds_apply_pending(struct call *c, json_t *doc);

/* It has a public address, or none any more; the caller puts the document.  0 or -1. */
int rds_set_public(struct call *c, json_t *doc, int on);

/* The security groups (NULL: the VPC's default one) into the document, and as interfaces have them.  0 or -1. */
int rds_groups(struct call *c, json_t *doc, const json_t *subnet, const json_t *ids,
    json_t **ret);

/* The certificate and key of the instance's names, into its document.  0 or -1. */
int rds_certify(struct call *c, json_t *doc);

/* Members of the input that would change something which is not here: 0, or -1. */
int rds_refuse(struct call *c);

/* What the input of several operations says of ports, windows, logs and the like: 0, or -1. */
int rds_check_input(struct call *c, const struct rds_engine *e);

/* The groups of the input, or the default ones (of options: `options`), into a document with its engine.  0 or -1. */
int rds_set_groups(struct call *c, json_t *doc, const char *options);

/* The instance of a document that has its engine, class, storage and user: made with its interface, put, answered.  0 or -1. */
int rds_launch(struct call *c, json_t *doc);

#endif
