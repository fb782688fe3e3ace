/*
 * EC2: Elastic IP addresses that move to another account of the same region.
 *
 * The offer is a document of its own in the owner's scope, named by the allocation; it is
 * there for two weeks after it was accepted, as AWS has it, though the address is gone.
 */
#include <string.h>

#include "control/services/ec2/network/address.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind no_transfer = { "InvalidTransfer.AddressNotFound", 400 };
static const struct err_kind exists = { "AddressAlreadyInTransfer", 400 };
static const struct err_kind associated = { "InvalidTransfer.AddressAssociated", 400 };

#define DAY_MS (24 * 3600 * (int64_t)1000)
enum { OFFER_DAYS = 7, KEPT_DAYS = 14 };

static const struct resource transfer = {
	.service = "ec2",
	.kind = ADDRESS_TRANSFER_KIND,
	.type = "elastic-ip-transfer",
	.id_member = "AllocationId",
	.list_member = "AddressTransfers",
	.ids_member = "AllocationIds",
	.noun = "allocation ID",
	.not_found = &no_transfer,
	.no_tags = 1,
};

static int
is_open(const struct call *c, const json_t *offer)
{
	return strcmp(json_str_or(offer, "AddressTransferStatus", ""), "pending") == 0 &&
	    json_num(offer, "TransferOfferExpirationTimestamp", 0) * 1000 >
	    (double)c->now_ms;
}

static int
enable(struct call *c)
{
	const char *id = in_str(c, "AllocationId"),
		   *account = in_str(c, "TransferAccountId");
	json_t *doc, *offer;
	int rc;

	if (resource_get(c, &ec2_address, id, &doc) < 0)
		return -1;
	if (strlen(account) != 12 || strspn(account, "0123456789") != 12 ||
	    strcmp(account, c->account) == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter transferAccountId is invalid.", account);
	rc = resource_find(c, &transfer, id, &offer);
	if (rc < 0)
		return -1;
	if (rc > 0 && is_open(c, offer))
		return err_set(&c->err, &exists,
		    "A transfer of the address %s has already been enabled.",
		    json_str_or(doc, "PublicIp", ""));
	offer = json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s, s:o}", "AllocationId", id, "PublicIp",
		json_str_or(doc, "PublicIp", ""), "TransferAccountId", account,
		"AddressTransferStatus", "pending", "TransferOfferExpirationTimestamp",
		record_time(c->now_ms + OFFER_DAYS * DAY_MS)));
	resource_put(c, &transfer, offer);
	out_ref(c, "AddressTransfer", offer);
	return 0;
}

static int
disable(struct call *c)
{
	const char *id = in_str(c, "AllocationId");
	json_t *offer, *said;

	if (resource_get(c, &transfer, id, &offer) < 0)
		return -1;
	if (!is_open(c, offer))
		return err_set(&c->err, &no_transfer,
		    "There is no transfer of the allocation ID '%s' to disable.", id);
	resource_delete_doc(c, &transfer, id);
	said = json_copy_deep(offer);
	json_set_str(said, "AddressTransferStatus", "disabled");
	out_set(c, "AddressTransfer", said);
	return 0;
}

/* The offer of the address to this account: 0 and whose it is, or -1. */
static int
find_offer(struct call *c, const char *address, const char **ret_scope, json_t **ret)
{
	const char *owner = "", *region;
	int rc = ec2_public_owner(c, address, ret_scope, &owner);

	if (rc > 0)
		rc = store_edit(c->txn, *ret_scope, transfer.kind, owner, ret, &c->err);
	if (rc < 0)
		return -1;
	region = rc > 0 ? strchr(*ret_scope, ':') : NULL;
	if (region == NULL || strcmp(region + 1, c->region) != 0 || !is_open(c, *ret) ||
	    strcmp(json_str_or(*ret, "TransferAccountId", ""), c->account) != 0)
		return err_set(&c->err, &no_transfer,
		    "No transfer of the address %.64s to this account is enabled.",
		    address);
	return 0;
}

static int
accept(struct call *c)
{
	const char *address = in_str(c, "Address"), *scope, *from, *id;
	json_t *offer, *old, *doc, *said;
	int rc;

	if (find_offer(c, address, &scope, &offer) < 0)
		return -1;
	from = json_str_or(offer, "AllocationId", "");
	rc = store_get(c->txn, scope, ec2_address.kind, from, &old, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0 && json_get(old, "AssociationId") != NULL)
		return err_set(&c->err, &associated,
		    "The address %s is associated and cannot be transferred.", address);
	doc = resource_new(c, &ec2_address, &id);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "PublicIp", address);
	json_set_str(doc, "Domain", "vpc");
	json_set_str(doc, "PublicIpv4Pool", "amazon");
	json_set_str(doc, "NetworkBorderGroup", c->region);
	resource_put(c, &ec2_address, doc);
	store_delete(c->txn, scope, ec2_address.kind, from);
	ec2_public_move(c, id, address);
	json_set_str(offer, "AddressTransferStatus", "accepted");
	json_set(offer, "TransferOfferAcceptedTimestamp", call_now(c));
	store_put(c->txn, scope, transfer.kind, from, offer);
	said = json_copy_deep(offer);
	json_set_str(said, "AllocationId", id);
	out_set(c, "AddressTransfer", said);
	return 0;
}

/* Not those that nobody took, nor those of long ago. */
static int
describe(struct call *c)
{
	struct store_docs all;
	json_t **rows;
	size_t n = 0;

	if (resource_list(c, &transfer, &all) < 0)
		return -1;
	rows = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		double accepted =
		    json_num(all.doc[i], "TransferOfferAcceptedTimestamp", 0) * 1000;

		if (is_open(c, all.doc[i]) ||
		    accepted + (double)(KEPT_DAYS * DAY_MS) > (double)c->now_ms)
			rows[n++] = all.doc[i];
	}
	all.n = n;
	all.doc = rows;
	return resource_answer(c, &transfer, &all);
}

static const struct op ops[] = {
	OP_RES("AcceptAddressTransfer", accept, 0, &ec2_address, NULL,
	    "Take an Elastic IP address that another account gives."),
	OP_RES("DescribeAddressTransfers", describe, OP_READ, &transfer, NULL,
	    "List Elastic IP addresses that go to other accounts."),
	OP_RES("DisableAddressTransfer", disable, 0, &ec2_address, "AllocationId",
	    "Keep an Elastic IP address after all."),
	OP_RES("EnableAddressTransfer", enable, 0, &ec2_address, "AllocationId",
	    "Offer an Elastic IP address to another account."),
};
static const struct resource *const resources[] = { &transfer, NULL };
const struct family ec2_address_transfers = FAMILY(ops, resources);
