/*
 * Route 53: lists of resource record sets, and what a name server answers.
 */
#include <string.h>

#include "control/services/route53/name.h"
#include "control/services/route53/route53.h"
#include "control/services/route53/view.h"

enum { PAGE = 300 };

struct start {
	const char *key; /* NULL: at the beginning */
	const char *type, *id;
};

static int
start_of(struct call *c, struct start *ret)
{
	const char *name = in_str(c, "StartRecordName"), *parsed;

	*ret = (struct start){ NULL, in_str(c, "StartRecordType"),
		in_str(c, "StartRecordIdentifier") };
	if (name == NULL && ret->type != NULL)
		return err_set(&c->err, &r53_bad_input,
		    "Record type cannot be specified without a record name.");
	if (ret->type == NULL && ret->id != NULL)
		return err_set(&c->err, &r53_bad_input,
		    "Record identifier cannot be specified without a record name and type.");
	if (name == NULL)
		return 0;
	if (r53_name_parse(c->arena, name, &parsed) != R53_NAME_FINE)
		return err_set(&c->err, &r53_bad_input,
		    "The record name '%.300s' is not valid.", name);
	ret->key = r53_name_key(c->arena, parsed);
	return 0;
}

static int
is_before(struct call *c, const json_t *set, const struct start *s)
{
	int d;

	if (s->key == NULL)
		return 0;
	d = strcmp(r53_name_key(c->arena, json_str_or(set, "Name", "")), s->key);
	if (d != 0 || s->type == NULL)
		return d < 0;
	d = strcmp(json_str_or(set, "Type", ""), s->type);
	if (d != 0 || s->id == NULL)
		return d < 0;
	return strcmp(json_str_or(set, "SetIdentifier", ""), s->id) < 0;
}

static void
say_next(struct call *c, const json_t *set)
{
	out_str(c, "NextRecordName", json_str(set, "Name"));
	out_str(c, "NextRecordType", json_str(set, "Type"));
	if (json_str(set, "SetIdentifier") != NULL)
		out_str(c, "NextRecordIdentifier", json_str(set, "SetIdentifier"));
}

static int
list(struct call *c)
{
	json_t *page = json_own(c->arena, json_new_array()), *zone, *set;
	const json_t *next = NULL;
	struct store_docs names;
	struct start start;
	size_t size, k;

	if (r53_zone_get(c, "HostedZoneId", &zone) < 0 || start_of(c, &start) < 0 ||
	    r53_page_size(c, PAGE, &size) < 0 || r53_names(c, zone, &names) < 0)
		return -1;
	for (size_t i = 0; i < names.n && next == NULL; i++) {
		json_array_foreach(json_get(names.doc[i], "Sets"), k, set) {
			if (is_before(c, set, &start))
				continue;
			if (json_array_size(page) == size) {
				next = set;
				break;
			}
			json_add(page, json_incref(set));
		}
	}
	out_ref(c, "ResourceRecordSets", page);
	out_bool(c, "IsTruncated", next != NULL);
	out_str(c, "MaxItems", arena_printf(c->arena, "%zu", size));
	if (next != NULL)
		say_next(c, next);
	return 0;
}

/* TestDNSAnswer: as who asks from us-east-1 hears it */

static int
test_answer(struct call *c)
{
	json_t *zone, *data = json_own(c->arena, json_new_array());
	const char *name, *code;
	struct r53_question q = { .type = in_str(c, "RecordType"), .region = c->region };
	enum r53_name_fault fault;

	if (r53_zone_get(c, "HostedZoneId", &zone) < 0)
		return -1;
	fault = r53_name_parse(c->arena, in_str(c, "RecordName"), &name);
	if (fault != R53_NAME_FINE ||
	    !r53_name_is_in(name, json_str_or(zone, "Name", "")))
		return err_set(&c->err, &r53_bad_input,
		    "The record name '%.300s' does not lie within the hosted zone.",
		    in_str(c, "RecordName"));
	q.zone = zone;
	q.name = name;
	if (r53_names(c, zone, &q.names) < 0)
		return -1;
	code = r53_view_test(c->arena, &q, data);
	out_str(c, "Nameserver",
	    json_string_value(json_array_get(json_get(zone, "_servers"), 0)));
	out_str(c, "RecordName", name);
	out_str(c, "RecordType", q.type);
	out_ref(c, "RecordData", data);
	out_str(c, "ResponseCode", code);
	out_str(c, "Protocol", "UDP");
	return 0;
}

static const struct op ops[] = {
	R53("ListResourceRecordSets", list, OP_READ, "List the records of a zone."),
	R53("TestDNSAnswer", test_answer, OP_READ,
	    "Say what the zone's name servers answer."),
};
const struct family route53_record_lists = FAMILY(ops, NULL);
