/*
 * Elastic Load Balancing: application and network load balancers: what the families share.
 *
 * Documents, each as its Describe operation shows it, by the last part of their ARNs (_id):
 *	elbv2:load-balancer	"elb-HEX".  _want ("active", "deleted"), _attributes {key: value}, Tags,
 *				_interfaces [{SubnetId, id, address, public, allocation}], eth0 first,
 *				_layout (how often its subnets were changed)
 *	elbv2:target-group	"tg-HEX".  _attributes, Tags, _targets [{Id, Port, AvailabilityZone,
 *				_since, _until, _asg}], _until in milliseconds of one that is
 *				deregistered, _asg whose instance it is (scaling.h)
 *	elbv2:listener		"lis-HEX".  _lb (id), _attributes, Tags, _certificates [ARN], the default first
 *	elbv2:rule		"rule-HEX".  _listener and _lb (ids), _order (0 of the default one), Tags
 *	elbv2:health		by the id of its load balancer: what its agent says of targets
 * The container of a load balancer has its id; agents/lb and HAProxy run in it (docs/ELBV2.md).
 */
#ifndef CONTROL_SERVICES_ELBV2_ELBV2_H
#define CONTROL_SERVICES_ELBV2_ELBV2_H

#include "control/api/call.h"
#include "control/api/resource.h"
#include "control/api/service.h"

#define ELBV2_HEALTH_KIND "elbv2:health"

extern const struct service elbv2_service;
extern const struct family elbv2_load_balancers, elbv2_places, elbv2_attributes,
    elbv2_target_groups, elbv2_targets, elbv2_listeners, elbv2_listener_certificates,
    elbv2_rules, elbv2_tags, elbv2_limits, elbv2_capacities;
extern const struct resource elbv2_load_balancer, elbv2_target_group, elbv2_listener,
    elbv2_rule;

/* The handlers ask for permission themselves, with the ARN. */
#define ELB(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_ASKS, doc_)

extern const struct err_kind elbv2_invalid;	  /* ValidationError 400 */
extern const struct err_kind elbv2_bad_config;	  /* InvalidConfigurationRequest 400 */
extern const struct err_kind elbv2_not_permitted; /* OperationNotPermitted 400 */
extern const struct err_kind elbv2_in_use;	  /* ResourceInUse 400 */
extern const struct err_kind elbv2_unsupported;	  /* UnsupportedProtocol 400 */

int elbv2_is(const json_t *doc, const char *member, const char *text);

/* One of the words, up to NULL? */
int elbv2_is_one(const char *text, const char *const *words);

/* May the caller, on the ARN ("*": anything), whose tags doc has (or NULL)?  0 or -1. */
int elbv2_ask(struct call *c, const char *arn, const json_t *doc);

/* ListenerArn of a listener, and so on. */
const char *elbv2_arn_member(const struct resource *r);

/*
 * The resource of the ARN, asked for permission: 0 and the shared document (or a copy to write), or
 * -1 with ValidationError for what is no such ARN, and with the resource's not-found error.
 */
int elbv2_get(struct call *c, const struct resource *r, const char *arn, json_t **ret);
int elbv2_edit(struct call *c, const struct resource *r, const char *arn, json_t **ret);

/* The same without permission: 1, 0, -1. */
int elbv2_find(struct call *c, const struct resource *r, const char *arn, json_t **ret);

/* All documents of the kind in a new array, the arena's; NULL and c->err. */
json_t *elbv2_all(struct call *c, const struct resource *r);

/* The documents that the ARNs name; one that is not there is the resource's not-found error.  NULL and c->err. */
json_t *elbv2_named(struct call *c, const struct resource *r, const json_t *arns);

/*
 * A page of rows by PageSize (1 to 400; without it `size`) and Marker, as they stand; the output's
 * `member` gets them.  0 or -1.
 */
int elbv2_page(struct call *c, const char *member, json_t *rows, size_t size);

/* 16 hexadecimal digits, the arena's. */
const char *elbv2_hex(struct call *c);

/* The Tags of the input into the document's: 0, or -1 DuplicateTagKeys, TooManyTags, ValidationError. */
int elbv2_tag(struct call *c, json_t *doc);

/* Names: letters, digits and single-standing hyphens, 32 at most.  0 or -1 ValidationError. */
int elbv2_check_name(struct call *c, const char *what, const char *name);

/* Members of the input that would ask for what is not here: 0, or -1 InvalidConfigurationRequest. */
int elbv2_refuse(struct call *c, const char *const *members);

/* Attributes of a new resource (attributes.c): {key: value} of all that it has, the arena's. */
json_t *elbv2_attributes_of_load_balancer(struct call *c, const json_t *doc);
json_t *elbv2_attributes_of_target_group(struct call *c, const json_t *doc);
json_t *elbv2_attributes_of_listener(struct call *c, const json_t *doc);

/* Protocols */

int elbv2_is_application(const json_t *load_balancer);
int elbv2_is_http(const char *protocol);   /* HTTP, HTTPS */
int elbv2_is_secure(const char *protocol); /* HTTPS, TLS */

/* What the SSL policy, which is there, allows: "TLSv1.2", "TLSv1.3", "CIPHER:CIPHER". */
void elbv2_policy_terms(struct arena *a, const char *name, const char **ret_min,
    const char **ret_max, const char **ret_ciphers);

/* The SSL policy of the name: 1 or 0. */
int elbv2_has_policy(const char *name);
extern const char *const elbv2_default_policy;

/*
 * Actions (action.c): those of a listener's default or a rule, checked, and as Describe shows them:
 * a new array, the arena's; NULL and c->err.  lb, protocol: of the listener.
 */
json_t *elbv2_actions(struct call *c, const json_t *lb, const char *protocol,
    const json_t *actions);

/* Ids of load balancers that lead to the target group, in a new array of texts, the arena's; NULL and c->err. */
json_t *elbv2_users(struct store_txn *t, struct arena *a, const char *scope,
    const char *group_arn, struct err *err);

/* Conditions (condition.c): as Describe shows them, the arena's; NULL and c->err. */
json_t *elbv2_conditions(struct call *c, const json_t *conditions);

/* Rules (rule.c) */

/* The default rule of a new listener, or with its actions as they are now.  0 or -1. */
int elbv2_rule_default(struct call *c, const json_t *listener);

/* All rules of the listener go.  0 or -1. */
int elbv2_rules_drop(struct call *c, const char *listener_id);

/* Listeners of the load balancer go, with their rules.  0 or -1. */
int elbv2_listeners_drop(struct call *c, const char *lb_id);

/* Certificates (listener_certificate.c): it is there and issued.  0 or -1 CertificateNotFound, UnsupportedCertificate. */
int elbv2_certificate_check(struct call *c, const char *arn);

/* Listeners that are put had some certificates and have others: ACM's InUseBy is as it is now.  0 or -1. */
int elbv2_certificates_note(struct call *c, const json_t *before, const json_t *after);

/* Places (place.c) */

/* The interfaces of a new load balancer, by Subnets or SubnetMappings of the input, into its document.  0 or -1. */
int elbv2_place(struct call *c, json_t *doc);

/* All of them go.  0 or -1. */
int elbv2_unplace(struct call *c, json_t *doc);

/*
 * Targets of the id, and of the port if it is not 0, are on their way out, or gone at once where nothing is led to them:
 * how many there were.
 */
size_t elbv2_target_leave(json_t *group, const char *id, int64_t port, int is_used,
    int64_t now_ms);

/* Health (health.c): {State, Reason, Description} of the target, a new object, the arena's; NULL and err. */
struct elbv2_view {
	struct env *env;
	struct store_txn *txn;
	struct arena *arena;
	const char *scope;
};
json_t *elbv2_health(const struct elbv2_view *v, const json_t *group,
    const json_t *target, struct err *err);

/* A load balancer leads to the instance in the group of the ARN, and finds that it is not healthy: 1, 0, -1. */
int elbv2_is_unhealthy(const struct elbv2_view *v, const char *group_arn,
    const char *instance, struct err *err);

/*
 * Where the target is: 1 and its addresses (a new array of texts), 0 nowhere, and *ret_why says why,
 * -1.  lb: of whom, or NULL.
 */
int elbv2_locate(const struct elbv2_view *v, const json_t *group, const json_t *target,
    const json_t *lb, json_t **ret, const char **ret_why, struct err *err);

/* Which its rows in elbv2:health are: "{group id} {id} {port}"; the arena's. */
char *elbv2_target_key(struct arena *a, const char *group_id, const char *target,
    int64_t port);

#endif
