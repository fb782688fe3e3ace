/*
 * EC2: ranges of a subnet that are reserved: for addresses that are asked for by name
 * (explicit), or for prefixes of interfaces (prefix).
 */
#include <string.h>

#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/subnet.h"

static const struct err_kind not_found = { "InvalidSubnetCidrReservationID.NotFound",
	400 };
static const struct err_kind conflict = { "SubnetCidrReservationConflict", 400 };

static const struct filter filters[] = {
	{ "reservationType", "ReservationType" },
	{ "subnet-id", "SubnetId" },
	{ NULL, NULL },
};

static const struct resource reservation = {
	.service = "ec2",
	.kind = "ec2:subnet-cidr-reservation",
	.type = "subnet-cidr-reservation",
	.prefix = "scr-",
	.id_member = "SubnetCidrReservationId",
	.noun = "subnetCidrReservation ID",
	.not_found = &not_found,
	.filters = filters,
};

static int
is_of(const json_t *doc, const char *subnet_id)
{
	return strcmp(json_str_or(doc, "SubnetId", ""), subnet_id) == 0;
}

int
ec2_subnet_reserved(struct call *c, const char *subnet_id, struct net4 **ret,
    size_t *ret_n)
{
	struct store_docs all;
	struct net4 *nets;
	size_t n = 0;

	if (resource_list(c, &reservation, &all) < 0)
		return -1;
	nets = arena_calloc(c->arena, all.n + 1, sizeof(*nets));
	for (size_t i = 0; i < all.n; i++) {
		if (is_of(all.doc[i], subnet_id) &&
		    net4_parse(json_str_or(all.doc[i], "Cidr", ""), &nets[n]))
			n++;
	}
	*ret = nets;
	*ret_n = n;
	return 0;
}

int
subnet_reservations_drop(struct call *c, const char *subnet_id)
{
	struct store_docs all;

	if (resource_list(c, &reservation, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (is_of(all.doc[i], subnet_id))
			resource_delete_doc(c, &reservation,
			    resource_id(&reservation, all.doc[i]));
	}
	return 0;
}

/* CreateSubnetCidrReservation */

static int
outside(struct call *c, const char *text)
{
	return err_set(&c->err, &ec2_bad_value,
	    "Value (%.64s) for parameter cidr is invalid. The CIDR is not within the CIDR "
	    "block of the subnet.",
	    text);
}

/* The range of the input, canonical and inside the subnet: the arena's, NULL and c->err. */
static const char *
read_range(struct call *c, const json_t *subnet)
{
	const char *text = in_str(c, "Cidr");
	const json_t *row =
	    json_array_get(json_get(subnet, "Ipv6CidrBlockAssociationSet"), 0);
	char cidr[NET4_TEXT], cidr6[NET6_TEXT];
	struct net4 net, whole;
	struct net6 net6, whole6;

	if (strchr(text, ':') == NULL) {
		if (ec2_cidr(c, "cidr", text, &net) < 0)
			return NULL;
		if (!net4_parse(json_str_or(subnet, "CidrBlock", ""), &whole) ||
		    !net4_contains(&whole, &net))
			return outside(c, text), NULL;
		net4_format(&net, cidr);
		return arena_strdup(c->arena, cidr);
	}
	if (ec2_cidr6(c, "cidr", text, &net6) < 0)
		return NULL;
	if (!net6_parse(json_str_or(row, "Ipv6CidrBlock", ""), &whole6) ||
	    !net6_contains(&whole6, &net6))
		return outside(c, text), NULL;
	net6_format(&net6, cidr6);
	return arena_strdup(c->arena, cidr6);
}

static int
create(struct call *c)
{
	const char *id = in_str(c, "SubnetId"), *cidr;
	struct store_docs all;
	json_t *subnet, *doc;

	if (resource_get(c, &ec2_subnet, id, &subnet) < 0)
		return -1;
	cidr = read_range(c, subnet);
	if (cidr == NULL || resource_list(c, &reservation, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (is_of(all.doc[i], id) &&
		    record_overlaps(json_str_or(all.doc[i], "Cidr", ""), cidr))
			return err_set(&c->err, &conflict,
			    "The CIDR %s overlaps with the reservation %s", cidr,
			    resource_id(&reservation, all.doc[i]));
	}
	doc = resource_new(c, &reservation, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "SubnetId", id);
	json_set_str(doc, "Cidr", cidr);
	json_set_str(doc, "ReservationType", in_str(c, "ReservationType"));
	json_set_str(doc, "OwnerId", c->account);
	json_set_str(doc, "Description", in_str(c, "Description"));
	resource_put(c, &reservation, doc);
	out_ref(c, "SubnetCidrReservation", doc);
	return 0;
}

/* GetSubnetCidrReservations: IPv4 and IPv6 apart, in one list of pages */

static int
get(struct call *c)
{
	const char *id = in_str(c, "SubnetId");
	struct store_docs all;
	json_t *subnet, *docs, *doc;
	json_t *list = json_own(c->arena, json_new_array()),
	       *list6 = json_own(c->arena, json_new_array());
	json_t **own;
	size_t n = 0, i;

	if (resource_get(c, &ec2_subnet, id, &subnet) < 0 ||
	    resource_list(c, &reservation, &all) < 0)
		return -1;
	own = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (i = 0; i < all.n; i++) {
		if (is_of(all.doc[i], id))
			own[n++] = all.doc[i];
	}
	all = (struct store_docs){ n, own };
	if (resource_select(c, &reservation, &all, &docs) < 0 ||
	    resource_page(c, &reservation, docs) < 0)
		return -1;
	json_array_foreach(docs, i, doc)
		json_add(strchr(json_str_or(doc, "Cidr", ""), ':') == NULL ? list : list6,
		    json_incref(doc));
	out_ref(c, "SubnetIpv4CidrReservations", list);
	out_ref(c, "SubnetIpv6CidrReservations", list6);
	return 0;
}

/* DeleteSubnetCidrReservation */

static int delete (struct call *c)
{
	const char *id = in_str(c, "SubnetCidrReservationId");
	json_t *doc;

	if (resource_get(c, &reservation, id, &doc) < 0)
		return -1;
	resource_delete_doc(c, &reservation, id);
	out_ref(c, "DeletedSubnetCidrReservation", doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateSubnetCidrReservation", create, 0, &ec2_subnet, "SubnetId",
	    "Reserve a range of a subnet."),
	OP_RES("DeleteSubnetCidrReservation", delete, 0, &reservation,
	    "SubnetCidrReservationId", "Give a reserved range back."),
	OP_RES("GetSubnetCidrReservations", get, OP_READ, &ec2_subnet, "SubnetId",
	    "List what is reserved in a subnet."),
};
static const struct resource *const resources[] = { &reservation, NULL };
const struct family ec2_subnet_reservations = FAMILY(ops, resources);
