#include "control/services/ec2/network/flow_record.h"

#include <string.h>

#include "base/cc.h"
#include "netdns/ip.h"

/* Members of a row (docs/AGENTS.md, "netd"). */
enum { ROW_DIRECTION = 1, ROW_FROM, ROW_TO, ROW_PROTOCOL, ROW_COUNTS = 7 };

/* Writes the field, or nothing when it is not known. */
typedef void field_fn(struct buf *out, const struct flow_line *l, int which);

static void
add_text(struct buf *out, const char *text)
{
	if (text != NULL)
		buf_str(out, text);
}

static void
add_number(struct buf *out, int64_t n)
{
	buf_printf(out, "%lld", (long long)n);
}

static const char *
row_text(const struct flow_line *l, int which)
{
	return json_string_value(json_array_get(l->row, (size_t)which));
}

static int64_t
row_number(const struct flow_line *l, int which)
{
	return json_integer_value(json_array_get(l->row, (size_t)which));
}

static void
field_account(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	add_text(out, l->account);
}

static void
field_region(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	add_text(out, l->region);
}

static void
field_interface(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	add_text(out, json_str(l->interface, "NetworkInterfaceId"));
}

static void
field_time(struct buf *out, const struct flow_line *l, int which)
{
	add_number(out, which == 0 ? l->from_s : l->until_s);
}

static void
field_status(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	static const char *const words[] = {
		[FLOW_OK] = "OK",
		[FLOW_NODATA] = "NODATA",
		[FLOW_SKIPDATA] = "SKIPDATA",
	};

	add_text(out, words[l->status]);
}

static void
field_text(struct buf *out, const struct flow_line *l, int which)
{
	add_text(out, row_text(l, which));
}

static void
field_number(struct buf *out, const struct flow_line *l, int which)
{
	add_number(out, row_number(l, which));
}

static void
field_count(struct buf *out, const struct flow_line *l, int which)
{
	add_number(out, row_number(l, ROW_COUNTS + which + (l->is_refused ? 2 : 0)));
}

static void
field_action(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	add_text(out, l->is_refused ? "REJECT" : "ACCEPT");
}

static void
field_vpc(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	add_text(out, json_str(l->interface, "VpcId"));
}

static void
field_subnet(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	add_text(out, json_str(l->interface, "SubnetId"));
}

static void
field_zone(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	add_text(out, json_str(l->interface, "AvailabilityZoneId"));
}

static void
field_instance(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	add_text(out, json_str(json_get(l->interface, "Attachment"), "InstanceId"));
}

static void
field_type(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	const char *from = row_text(l, ROW_FROM);

	add_text(out, from != NULL && strchr(from, ':') != NULL ? "IPv6" : "IPv4");
}

static int
is_outgoing(const struct flow_line *l)
{
	const char *direction = row_text(l, ROW_DIRECTION);

	return direction != NULL && strcmp(direction, "out") == 0;
}

static void
field_direction(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	add_text(out, is_outgoing(l) ? "egress" : "ingress");
}

static int
is_in(const json_t *rows, const char *member, const struct ip *ip)
{
	const json_t *row;
	struct cidr cidr;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (cidr_parse(json_str_or(row, member, ""), &cidr) &&
		    cidr_has(&cidr, ip))
			return 1;
	}
	return 0;
}

/* "1: Through another resource in the same VPC", of what goes out. */
static void
field_path(struct buf *out, const struct flow_line *l, int which UNUSED)
{
	const char *to = row_text(l, ROW_TO);
	struct ip ip;

	if (is_outgoing(l) && to != NULL && ip_parse(to, &ip) &&
	    (is_in(json_get(l->vpc, "CidrBlockAssociationSet"), "CidrBlock", &ip) ||
		is_in(json_get(l->vpc, "Ipv6CidrBlockAssociationSet"), "Ipv6CidrBlock",
		    &ip)))
		buf_str(out, "1");
}

/* In the order of the guide; is_always: also of lines without a flow. */
static const struct field {
	const char *name;
	int version, is_always;
	field_fn *add;
	int which;
} fields[] = {
	{ "version", 2, 1, NULL, 0 },
	{ "account-id", 2, 1, field_account, 0 },
	{ "interface-id", 2, 1, field_interface, 0 },
	{ "srcaddr", 2, 0, field_text, ROW_FROM },
	{ "dstaddr", 2, 0, field_text, ROW_TO },
	{ "srcport", 2, 0, field_number, ROW_PROTOCOL + 1 },
	{ "dstport", 2, 0, field_number, ROW_PROTOCOL + 2 },
	{ "protocol", 2, 0, field_number, ROW_PROTOCOL },
	{ "packets", 2, 0, field_count, 0 },
	{ "bytes", 2, 0, field_count, 1 },
	{ "start", 2, 1, field_time, 0 },
	{ "end", 2, 1, field_time, 1 },
	{ "action", 2, 0, field_action, 0 },
	{ "log-status", 2, 1, field_status, 0 },
	{ "vpc-id", 3, 0, field_vpc, 0 },
	{ "subnet-id", 3, 0, field_subnet, 0 },
	{ "instance-id", 3, 0, field_instance, 0 },
	{ "tcp-flags", 3, 0, NULL, 0 },
	{ "type", 3, 0, field_type, 0 },
	{ "pkt-srcaddr", 3, 0, field_text, ROW_FROM },
	{ "pkt-dstaddr", 3, 0, field_text, ROW_TO },
	{ "region", 4, 0, field_region, 0 },
	{ "az-id", 4, 0, field_zone, 0 },
	{ "sublocation-type", 4, 0, NULL, 0 },
	{ "sublocation-id", 4, 0, NULL, 0 },
	{ "pkt-src-aws-service", 5, 0, NULL, 0 },
	{ "pkt-dst-aws-service", 5, 0, NULL, 0 },
	{ "flow-direction", 5, 0, field_direction, 0 },
	{ "traffic-path", 5, 0, field_path, 0 },
	{ "reject-reason", 8, 0, NULL, 0 },
	{ "resource-id", 9, 0, NULL, 0 },
	{ "encryption-status", 10, 0, NULL, 0 },
};

/* The next "${name}" of the format, of *ret_n characters; NULL at the end. */
static const char *
next_name(const char **at, size_t *ret_n)
{
	const char *name = strstr(*at, "${");

	if (name == NULL)
		return NULL;
	name += 2;
	*ret_n = strcspn(name, "}");
	*at = name + *ret_n;
	return name;
}

static const struct field *
find(const char *name, size_t n)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (strlen(fields[i].name) == n && strncmp(fields[i].name, name, n) == 0)
			return &fields[i];
	}
	return NULL;
}

int
flow_record_version(const char *format)
{
	int version = 2;
	const char *name;
	size_t n;

	while ((name = next_name(&format, &n)) != NULL) {
		const struct field *f = find(name, n);
		int its = f != NULL ? f->version : strncmp(name, "ecs-", 4) == 0 ? 7 : 2;

		if (its > version)
			version = its;
	}
	return version;
}

void
flow_record_add(struct buf *out, const char *format, const struct flow_line *l)
{
	int version = flow_record_version(format), is_first = 1;
	const char *name;
	size_t n;

	while ((name = next_name(&format, &n)) != NULL) {
		const struct field *f = find(name, n);
		size_t before;

		if (!is_first)
			buf_chr(out, ' ');
		is_first = 0;
		before = out->len;
		if (f != NULL && f == &fields[0])
			add_number(out, version);
		else if (f != NULL && f->add != NULL &&
		    (l->status == FLOW_OK || f->is_always))
			f->add(out, l, f->which);
		if (out->len == before)
			buf_chr(out, '-');
	}
	buf_chr(out, '\n');
}

void
flow_record_header(struct buf *out, const char *format)
{
	const char *name, *between = "";
	size_t n;

	while ((name = next_name(&format, &n)) != NULL) {
		buf_printf(out, "%s%.*s", between, (int)n, name);
		between = " ";
	}
	buf_chr(out, '\n');
}
