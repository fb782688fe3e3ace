/*
 * EC2: a volume's size, type and speed are changed in place.
 *
 * The change is complete at once; AWS's six hours between two are not emulated.
 */
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/volume.h"
#include "control/services/ec2/storage/volume_make.h"

static const struct err_kind bad_state = { "IncorrectState", 400 };
static const struct err_kind no_modification = { "InvalidVolumeModification.NotFound",
	400 };

/* What was there, and what is asked for; an absent number stays, unless the type is another. */
static void
read_target(struct call *c, const json_t *doc, struct volume_spec *s)
{
	const char *old = json_str_or(doc, "VolumeType", "gp2");
	int same, chosen;

	*s = (struct volume_spec){
		.type = json_str_or(c->in, "VolumeType", old),
		.size = in_int(c, "Size", json_int(doc, "Size", 1)),
		.iops = in_int(c, "Iops", VOLUME_UNSAID),
		.throughput = in_int(c, "Throughput", VOLUME_UNSAID),
		.initialization_rate = VOLUME_UNSAID,
		.multi_attach = in_bool(c, "MultiAttachEnabled",
		    json_bool(doc, "MultiAttachEnabled", 0)),
	};
	same = strcmp(s->type, old) == 0;
	chosen = strcmp(s->type, "gp3") == 0 || s->type[0] == 'i';
	if (s->iops == VOLUME_UNSAID && chosen && (same || strcmp(s->type, "gp3") != 0))
		s->iops = json_int(doc, "Iops", VOLUME_UNSAID);
	if (s->throughput == VOLUME_UNSAID && same)
		s->throughput = json_int(doc, "Throughput", VOLUME_UNSAID);
}

static void
write_side(const json_t *doc, json_t *m, const char *side)
{
	static const struct {
		const char *from, *to;
	} rows[] = { { "Size", "Size" }, { "Iops", "Iops" },
		{ "VolumeType", "VolumeType" }, { "Throughput", "Throughput" },
		{ "MultiAttachEnabled", "MultiAttachEnabled" } };
	char name[64];

	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *v = json_get(doc, rows[i].from);

		snprintf(name, sizeof(name), "%s%s", side, rows[i].to);
		if (v != NULL)
			json_set(m, name, json_incref(v));
	}
}

static int
modify_volume(struct call *c)
{
	const char *id = in_str(c, "VolumeId");
	json_t *doc, *m, *shown;
	struct volume_spec s;

	if (resource_edit(c, &ec2_volume, id, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "State", ""), "creating") == 0)
		return err_set(&c->err, &bad_state,
		    "Volume '%s' is in the 'creating' state.", id);
	read_target(c, doc, &s);
	if (s.size < json_int(doc, "Size", 1))
		return err_set(&c->err, &ec2_bad_value,
		    "New size cannot be smaller than existing size");
	if (volume_spec_check(c, &s) < 0)
		return -1;
	m = json_own(c->arena, json_make("{s:s}", "VolumeId", id));
	write_side(doc, m, "Original");
	volume_spec_write(&s, doc);
	json_set_bool(doc, "MultiAttachEnabled", s.multi_attach);
	write_side(doc, m, "Target");
	json_set_str(m, "ModificationState", "completed");
	json_set_int(m, "Progress", 100);
	json_set(m, "StartTime", call_now(c));
	json_set(m, "EndTime", call_now(c));
	json_set(doc, "_modification", json_incref(m));
	resource_put(c, &ec2_volume, doc);
	shown = json_copy_deep(m);
	json_set_str(shown, "ModificationState", "modifying");
	json_set_int(shown, "Progress", 0);
	json_del(shown, "EndTime");
	out_set(c, "VolumeModification", shown);
	return 0;
}

/* DescribeVolumesModifications */

static const struct filter filters[] = {
	{ "modification-state", "ModificationState" },
	{ "original-iops", "OriginalIops" },
	{ "original-size", "OriginalSize" },
	{ "original-volume-type", "OriginalVolumeType" },
	{ "originalMultiAttachEnabled", "OriginalMultiAttachEnabled" },
	{ "start-time", "StartTime" },
	{ "target-iops", "TargetIops" },
	{ "target-size", "TargetSize" },
	{ "target-volume-type", "TargetVolumeType" },
	{ "targetMultiAttachEnabled", "TargetMultiAttachEnabled" },
	{ "volume-id", "VolumeId" },
	{ NULL, NULL },
};

static int
describe_modifications(struct call *c)
{
	struct resource row = ec2_volume;
	struct store_docs all, some;
	const json_t *id;
	json_t **docs, *out, *doc;
	size_t n = 0, k;

	json_array_foreach(in_list(c, "VolumeIds"), k, id) {
		if (resource_get(c, &ec2_volume, json_string_value(id), &doc) < 0)
			return -1;
		if (json_get(doc, "_modification") == NULL)
			return err_set(&c->err, &no_modification,
			    "Modification for volume '%s' does not exist.",
			    json_string_value(id));
	}
	if (resource_list(c, &ec2_volume, &all) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		if (json_get(all.doc[i], "_modification") != NULL)
			docs[n++] = json_get(all.doc[i], "_modification");
	}
	row.filters = filters;
	some.n = n;
	some.doc = docs;
	if (resource_select(c, &row, &some, &out) < 0 || resource_page(c, &row, out) < 0)
		return -1;
	out_ref(c, "VolumesModifications", out);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeVolumesModifications", describe_modifications, OP_READ,
	    &ec2_volume, NULL, "List what was modified of volumes."),
	OP_RES("ModifyVolume", modify_volume, 0, &ec2_volume, "VolumeId",
	    "Change a volume's size, type or speed."),
};
const struct family ec2_volume_modifications = FAMILY(ops, NULL);
