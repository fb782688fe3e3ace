/*
 * VPC endpoints and the services behind them.
 *
 * Documents of kind "ec2:vpc-endpoint", as Describe shows them; an endpoint for a service of a user's
 * has its id in "_service".  A gateway endpoint's route is in the route tables themselves:
 * {DestinationPrefixListId, GatewayId, Origin, State}.  Documents of kind "ec2:vpc-endpoint-service" are
 * the users' services, "_permissions" of which says who may use them.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_VPC_ENDPOINT_H
#define CONTROL_SERVICES_EC2_NETWORK_VPC_ENDPOINT_H

#include "control/api/call.h"
#include "control/api/service.h"

extern const struct resource ec2_vpc_endpoint, ec2_vpc_endpoint_service;
extern const struct family ec2_vpc_endpoints, ec2_vpc_endpoint_services,
    ec2_vpc_endpoint_connections, ec2_vpc_endpoint_lists, ec2_vpc_endpoint_notifications;

/*
 * A service of a user's, of whatever account in the call's region, that the caller may use: 1 with its
 * document, 0, -1.
 */
int vpc_endpoint_service_find(struct call *c, const char *name, json_t **ret);

/* Every service of users' that the caller may use: an array, the arena's; NULL and c->err. */
json_t *vpc_endpoint_service_all(struct call *c);

/*
 * The endpoints of a service (NULL: of any user's), of all accounts: an array of {scope, doc}, the arena's;
 * NULL and c->err.  The caller shows those of its own services alone.
 */
json_t *vpc_endpoint_users(struct call *c, const char *service_id);

/* Gateway endpoints: the tables of the list have their route from now on, or no more.  0 or -1. */
int vpc_endpoint_add_tables(struct call *c, json_t *doc, const json_t *ids);
int vpc_endpoint_remove_tables(struct call *c, json_t *doc, const json_t *ids);

/* Interface endpoints: an interface in each subnet of the list, or none any more.  0 or -1. */
int vpc_endpoint_add_subnets(struct call *c, json_t *doc, const json_t *ids);
int vpc_endpoint_remove_subnets(struct call *c, json_t *doc, const json_t *ids);

/* The endpoint's names follow from its zones and its private DNS. */
void vpc_endpoint_name(struct call *c, json_t *doc);

/* The policy's text: 0, or -1 when it is no policy.  NULL is none. */
int vpc_endpoint_check_policy(struct call *c, const char *text);

/* Text of the default policy, as AWS shows it. */
const char *vpc_endpoint_default_policy(const json_t *doc);

#endif
