/* S3 Control: the public access block of a whole account. */
#include "control/services/s3/s3.h"
#include "control/services/s3control/s3control.h"

static const struct err_kind no_block = { "NoSuchPublicAccessBlockConfiguration", 404 };

#define BLOCK "PublicAccessBlockConfiguration"

/* The document to write, and whether it was there: 1, 0, -1. */
static int
edit(struct call *c, json_t **ret)
{
	return store_edit(c->txn, arena_printf(c->arena, "%s:-", c->account), S3_ACCOUNT,
	    "block", ret, &c->err);
}

static int
put_block(struct call *c)
{
	json_t *doc;

	if (s3control_ask(c, "s3:PutAccountPublicAccessBlock", "*") < 0 ||
	    edit(c, &doc) < 0)
		return -1;
	doc = json_own(c->arena, json_new_object());
	json_set(doc, BLOCK, s3_block_of(in_object(c, BLOCK)));
	store_put(c->txn, arena_printf(c->arena, "%s:-", c->account), S3_ACCOUNT, "block",
	    doc);
	return 0;
}

static int
get_block(struct call *c)
{
	json_t *doc;
	int rc;

	if (s3control_ask(c, "s3:GetAccountPublicAccessBlock", "*") < 0)
		return -1;
	rc = store_get(c->txn, arena_printf(c->arena, "%s:-", c->account), S3_ACCOUNT,
	    "block", &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &no_block,
		    "The public access block configuration was not found");
	out_ref(c, BLOCK, json_get(doc, BLOCK));
	return 0;
}

static int
delete_block(struct call *c)
{
	json_t *doc;
	int rc;

	if (s3control_ask(c, "s3:PutAccountPublicAccessBlock", "*") < 0)
		return -1;
	rc = edit(c, &doc);
	if (rc > 0)
		store_delete(c->txn, arena_printf(c->arena, "%s:-", c->account),
		    S3_ACCOUNT, "block");
	return rc < 0 ? -1 : 0;
}

static const struct op ops[] = {
	CONTROL("DeletePublicAccessBlock", delete_block, 0,
	    "Let an account's buckets be public."),
	CONTROL("GetPublicAccessBlock", get_block, OP_READ,
	    "Show what keeps an account's buckets from being public."),
	CONTROL("PutPublicAccessBlock", put_block, 0,
	    "Keep all buckets of an account from being public."),
};

const struct family s3control_blocks = FAMILY(ops, NULL);
