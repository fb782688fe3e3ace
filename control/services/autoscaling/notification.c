/*
 * Auto Scaling: who is to be told what.
 *
 * Not emulated yet: the messages; a configuration is a record.
 */
#include <string.h>

#include "control/services/autoscaling/autoscaling.h"

static const char *const types[] = { "autoscaling:EC2_INSTANCE_LAUNCH",
	"autoscaling:EC2_INSTANCE_LAUNCH_ERROR", "autoscaling:EC2_INSTANCE_TERMINATE",
	"autoscaling:EC2_INSTANCE_TERMINATE_ERROR", "autoscaling:TEST_NOTIFICATION" };

const struct resource asg_notification = {
	.service = "autoscaling",
	.kind = "autoscaling:notification",
	.type = "notification",
	.id_member = "_id",
	.noun = "notification configuration",
	.not_found = &asg_invalid,
	.no_tags = 1,
};

static int
check_types(struct call *c, const json_t *list)
{
	const json_t *v;
	size_t i, k;

	json_array_foreach(list, i, v) {
		for (k = 0;
		     k < COUNT(types) && strcmp(types[k], json_string_value(v)) != 0; k++)
			;
		if (k == COUNT(types))
			return err_set(&c->err, &asg_invalid,
			    "\"%.100s\" is not a valid Notification Type",
			    json_string_value(v));
	}
	return 0;
}

static int
put_notification_configuration(struct call *c)
{
	const char *topic = in_str(c, "TopicARN"), *id;
	json_t *group, *doc, *old;

	if (asg_input_group(c, &group) < 0 ||
	    check_types(c, in_list(c, "NotificationTypes")) < 0)
		return -1;
	if (strncmp(topic, "arn:aws:sns:", 12) != 0)
		return err_set(&c->err, &asg_invalid,
		    "Invalid SNS Topic ARN or SNS Topic does not exist: %.200s", topic);
	id = asg_owned_id(c, asg_name(group), topic);
	if (resource_find(c, &asg_notification, id, &old) < 0)
		return -1;
	doc = json_own(c->arena, json_new_object());
	json_set_str(doc, "_id", id);
	json_set_str(doc, "AutoScalingGroupName", asg_name(group));
	json_set_str(doc, "TopicARN", topic);
	json_set(doc, "_types", json_copy_deep(in_list(c, "NotificationTypes")));
	resource_put(c, &asg_notification, doc);
	return 0;
}

static int
delete_notification_configuration(struct call *c)
{
	json_t *group, *doc;
	const char *id;
	int rc;

	if (asg_input_group(c, &group) < 0)
		return -1;
	id = asg_owned_id(c, asg_name(group), in_str(c, "TopicARN"));
	rc = resource_find(c, &asg_notification, id, &doc);
	if (rc > 0)
		resource_delete_doc(c, &asg_notification, id);
	return rc < 0 ? -1 : 0;
}

/* A row for each type of each topic. */
static int
describe_notification_configurations(struct call *c)
{
	const json_t *names = in_list(c, "AutoScalingGroupNames"), *v;
	json_t *out = json_own(c->arena, json_new_array()), *row;
	struct store_docs all;
	size_t k;

	if (resource_list(c, &asg_notification, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const char *group = asg_name(all.doc[i]);

		if (json_array_size(names) > 0 && !json_has_str(names, group))
			continue;
		json_array_foreach(json_get(all.doc[i], "_types"), k, v) {
			row = json_add_object(out);
			json_set_str(row, "AutoScalingGroupName", group);
			json_set_str(row, "TopicARN", json_str(all.doc[i], "TopicARN"));
			json_set_str(row, "NotificationType", json_string_value(v));
		}
	}
	return asg_out_page(c, "NotificationConfigurations", out);
}

static int
describe_notification_types(struct call *c)
{
	json_t *out = json_own(c->arena, json_new_array());

	for (size_t i = 0; i < COUNT(types); i++)
		json_add_str(out, types[i]);
	out_ref(c, "AutoScalingNotificationTypes", out);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DeleteNotificationConfiguration", delete_notification_configuration, 0,
	    &asg_group, "AutoScalingGroupName", "Do not tell a topic any more."),
	OP("DescribeAutoScalingNotificationTypes", describe_notification_types, OP_READ,
	    "List what topics can be told."),
	OP_RES("DescribeNotificationConfigurations", describe_notification_configurations,
	    OP_READ, &asg_group, NULL, "List which topics are told what."),
	OP_RES("PutNotificationConfiguration", put_notification_configuration, 0,
	    &asg_group, "AutoScalingGroupName", "Note which topic is to be told what."),
};
static const struct resource *const resources[] = { &asg_notification, NULL };
const struct family asg_notifications = FAMILY(ops, resources);
