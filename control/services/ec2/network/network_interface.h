/*
 * EC2: network interfaces: how one is made, attached, changed and ended.
 *
 * An interface's document is as DescribeNetworkInterfaces shows it, and privately:
 *	_attach_time		as text, for the filter
 *	_associate_public		ModifyNetworkInterfaceAttribute, AssociatePublicIpAddress
 *
 * Whoever changes one puts it by interface_put(), which keeps what its instance shows of it
 * the same.  To run an instance with an interface that exists: interface_take(), then
 * interface_attach(); with a new one: interface_make(), then interface_attach().  What
 * another service keeps in a user's subnet is made by managed_interface_make().
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_NETWORK_INTERFACE_H
#define CONTROL_SERVICES_EC2_NETWORK_NETWORK_INTERFACE_H

#include "control/services/ec2/ec2.h"

/*
 * A new interface, put; the arena's.  `asked` has members as CreateNetworkInterface's input
 * or a row of RunInstances' NetworkInterfaces: Description, PrivateIpAddress,
 * PrivateIpAddresses, SecondaryPrivateIpAddressCount, Ipv6Addresses, Ipv6AddressCount,
 * Ipv4Prefixes, Ipv4PrefixCount, Ipv6Prefixes, Ipv6PrefixCount, EnablePrimaryIpv6 (or
 * PrimaryIpv6), InterfaceType, ConnectionTrackingSpecification; others are not looked at.
 * groups: [{GroupId, GroupName}]; tags: an array or NULL.  NULL and c->err.
 */
json_t *interface_make(struct call *c, const json_t *subnet, const json_t *asked,
    const json_t *groups, const json_t *tags);

/* An interface of the user's that nothing uses yet, a copy to write: 0, or -1 …InUse. */
int interface_take(struct call *c, const char *id, json_t **ret);

struct interface_place {
	int64_t device, card;	   /* DeviceIndex, NetworkCardIndex */
	int delete_on_termination; /* with its instance */
	int waits;		   /* for netd: "attaching" until that has said so */
};

/*
 * The interface is the instance's from now on.  `instance` is a copy to write that the
 * caller puts afterwards; its NetworkInterfaces get the row, and of device 0 it shows the
 * addresses and groups.  The interface is put.
 */
void interface_attach(struct call *c, json_t *interface, json_t *instance,
    const struct interface_place *place);

/* It is out of its instance, whose document is written, and nobody's again.  0 or -1. */
int interface_detach(struct call *c, const char *id);

/* 0, or -1 when an instance of the type has not so many interfaces. */
int interface_check_count(struct call *c, const char *instance_type, int64_t n);

/* Put it, and write it into its instance, if it has one.  0 or -1. */
int interface_put(struct call *c, json_t *interface);

/*
 * Its instance is no more: it goes too, or is free again, as its attachment says.  The
 * instance's document is not written.  0 or -1.
 */
int interface_leave(struct call *c, const char *id);

/* The private addresses (IPv6 too) are asked for, given and taken away. */

/* As interface_make's `asked`; a primary address is given if there is none.  0 or -1. */
int interface_add_addresses(struct call *c, json_t *interface, const json_t *subnet,
    const json_t *asked);

/* The row of PrivateIpAddresses with the address (NULL: the primary one), or NULL. */
json_t *interface_address(const json_t *interface, const char *address);

/* A secondary private address is no longer the interface's.  0 or -1. */
int interface_drop_address(struct call *c, const char *id, const char *address);

/* Set what the members of a ConnectionTrackingSpecification (or NULL) say: 0 or -1. */
int interface_set_tracking(struct call *c, json_t *interface, const json_t *asked);

/* The interface is no more: nor are permissions for it.  0 or -1. */
int interface_drop_permissions(struct call *c, const char *id);

/* Elastic addresses of the interface are free again; or of its instance no longer. */
int address_forget_interface(struct call *c, const char *interface_id);
int address_follow_interface(struct call *c, const json_t *interface);

extern const struct family ec2_network_interface_addresses,
    ec2_network_interface_attachments, ec2_network_interface_attributes,
    ec2_network_interface_permissions;

#endif
