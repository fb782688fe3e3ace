/*
 * No member of an input is swallowed: of each operation that has a handler, every member is a word in
 * some string of the service's sources, where it is read or refused, or is in the table here with the reason why not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "control/api/service.h"
#include "control/services/services.h"
#include "models/tables.h"

enum { WORDS_MIN = 300, CHECKED_MIN = 4000, OPEN_FILES = 16, LINE_MAX_ = 4096 };

/* "service member" or "service Operation.Member", sorted; and why nothing reads it. */
static const struct {
	const char *what;
	const char *reason;
} fine[] = {
	{ "autoscaling IncludeManagedResources",
	    "no instance is managed by another service" },
	{ "autoscaling SkipZonalShiftValidation", "zones do not shift" },
	{ "ec2 AddGatewayLoadBalancerArns", "its name is put together" },
	{ "ec2 AddNetworkLoadBalancerArns", "its name is put together" },
	{ "ec2 AllAvailabilityZones", "there is none that one has to opt in to" },
	{ "ec2 CancelImportTask.CancelReason", "there are no such tasks" },
	{ "ec2 CancelConversionTask.ReasonMessage", "there are no such tasks" },
	{ "ec2 CopySnapshot.PresignedUrl", "nothing is carried between regions by it" },
	{ "ec2 CreateInstanceExportTask.ExportToS3Task", "refused as a whole" },
	{ "ec2 CreateInstanceExportTask.TargetEnvironment", "refused as a whole" },
	{ "ec2 CreateReservedInstancesListing.PriceSchedules", "refused as a whole" },
	{ "ec2 DescribeInstanceTypes.IncludeUnsupportedInRegion", "each region has all" },
	{ "ec2 DescribeReservedInstances.OfferingClass", "there are none" },
	{ "ec2 DescribeReservedInstances.OfferingType", "there are none" },
	{ "ec2 DescribeReservedInstancesOfferings", "there are none" },
	{ "ec2 DescribeScheduledInstanceAvailability", "there are none" },
	{ "ec2 DescribeScheduledInstances", "there are none" },
	{ "ec2 ExportImage", "refused as a whole" },
	{ "ec2 GetConsoleScreenshot.WakeUp", "refused as a whole" },
	{ "ec2 ImportImage", "refused as a whole" },
	{ "ec2 ImportInstance", "refused as a whole" },
	{ "ec2 ImportSnapshot", "refused as a whole" },
	{ "ec2 IncludeManagedResources", "nothing is managed by another service" },
	{ "ec2 ModifyReservedInstances", "refused as a whole" },
	{ "ec2 ModifyVpnTunnelOptions.SkipTunnelReplacement", "tunnels carry nothing" },
	{ "ec2 PurchaseReservedInstancesOffering", "refused as a whole" },
	{ "ec2 PurchaseScheduledInstances", "refused as a whole" },
	{ "ec2 RemoveGatewayLoadBalancerArns", "its name is put together" },
	{ "ec2 RemoveNetworkLoadBalancerArns", "its name is put together" },
	{ "ec2 RemoveSupportedIpAddressTypes", "its name is put together" },
	{ "ec2 ReportInstanceStatus.ReasonCodes", "AWS too only listens" },
	{ "ec2 ResolveAlias", "an ImageId that is a parameter's name is refused" },
	{ "elbv2 DescribeTargetHealth.Include", "targets are not mitigated" },
	{ "elbv2 ModifyRule.ResetTransforms", "rules have no transforms" },
	{ "rds AvailabilityZoneGroup", "there are no Local Zones" },
	{ "rds CertificateRotationRestart", "certificates are not rotated" },
	{ "rds DeleteAutomatedBackups", "there are none" },
	{ "rds IncludePublic", "only one's own are there" },
	{ "rds IncludeShared", "only one's own are there" },
	{ "rds ListSupportedCharacterSets", "only Oracle has any" },
	{ "rds ListSupportedTimezones", "only SQL Server has any" },
	{ "route53 EDNS0ClientSubnetIP", "all who ask are in the region" },
	{ "route53 EDNS0ClientSubnetMask", "all who ask are in the region" },
	{ "route53 ResolverIP", "all who ask are in the region" },
	{ "rds DescribeDBEngineVersions.IncludeAll", "all that there are are available" },
	{ "s3 Body", "streamed: call_blobs.h" },
	{ "s3 ContentLength", "the HTTP server's" },
	{ "s3 PutBucketPolicy.ConfirmRemoveSelfBucketAccess",
	    "a policy cannot lock its account's root out" },
	{ "s3 CopySourceSSECustomerAlgorithm", "its name is put together" },
	{ "s3 CopySourceSSECustomerKey", "its name is put together" },
	{ "s3 CopySourceSSECustomerKeyMD5", "its name is put together" },
	{ "s3 SSECustomerKey", "its name is put together" },
};

static const char **words;
static size_t n_words, max_words, n_checked, n_swallowed;
static int used[COUNT(fine)];
static struct arena *arena;

static void
add_word(const char *text, size_t len)
{
	char *word = arena_alloc(arena, len + 1);

	memcpy(word, text, len);
	word[len] = '\0';
	if (n_words == max_words) {
		const char **more;

		max_words = 2 * max_words + 1;
		more = realloc(words, max_words * sizeof(*words));
		assert_non_null(more);
		words = more;
	}
	words[n_words++] = word;
}

/* The words of letters and digits in the line's strings. */
static void
read_line(const char *line)
{
	int inside = 0;
	size_t len = 0;

	for (const char *p = line; *p != '\0'; p++) {
		int is_word = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= 'a' && *p <= 'z');

		if (inside && is_word)
			len++;
		else if (len > 0)
			add_word(p - len, len), len = 0;
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			inside = !inside;
	}
}

static int
read_file(const char *path, const struct stat *st UNUSED, int type,
    struct FTW *ftw UNUSED)
{
	const char *end = strrchr(path, '.');
	char line[LINE_MAX_];
	FILE *file;

	if (type != FTW_F || end == NULL ||
	    (strcmp(end, ".c") != 0 && strcmp(end, ".h") != 0))
		return 0;
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		read_line(line);
	fclose(file);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
is_fine(const char *service, const char *op, const char *member)
{
	const char *ways[] = {
		arena_printf(arena, "%s %s", service, member),
		arena_printf(arena, "%s %s", service, op),
		arena_printf(arena, "%s %s.%s", service, op, member),
	};

	for (size_t i = 0; i < COUNT(fine); i++) {
		for (size_t k = 0; k < COUNT(ways); k++) {
			if (strcmp(fine[i].what, ways[k]) == 0)
				return used[i] = 1;
		}
	}
	return 0;
}

static void
check_op(const struct model *m, const struct op *op)
{
	const struct model_op *row = model_op_find(m, op->name);
	uint16_t in = model_op_input(row);
	const struct shape_row *s;

	if (in == MODEL_NONE)
		return;
	s = &m->shapes[in];
	for (size_t i = 0; i < s->n_members; i++) {
		const char *name = model_text(m, m->members[s->first + i].name);

		n_checked++;
		if (bsearch(&name, words, n_words, sizeof(*words), compare) != NULL ||
		    strcmp(name, "DryRun") == 0 || is_fine(model_name(m), op->name, name))
			continue;
		print_error("%s: nothing reads %s of %s\n", model_name(m), name,
		    op->name);
		n_swallowed++;
	}
}

static void
check_service(const struct service *s)
{
	const char *const folders[] = { arena_printf(arena, "control/services/%s",
					    s->name),
		"control/api", "control/iam" };

	n_words = 0;
	for (size_t i = 0; i < COUNT(folders); i++)
		assert_int_equal(nftw(folders[i], read_file, OPEN_FILES, FTW_PHYS), 0);
	assert_true(n_words > WORDS_MIN);
	qsort(words, n_words, sizeof(*words), compare);
	for (const struct family *const *f = s->families; *f != NULL; f++) {
		for (size_t k = 0; k < (*f)->n_ops; k++)
			check_op(model_find(s->name), &(*f)->ops[k]);
	}
}

static void
no_member_is_swallowed(void **state UNUSED)
{
	arena = arena_new();
	for (size_t i = 0; i < n_services; i++)
		check_service(services[i]);
	assert_int_equal(n_swallowed, 0);
	assert_true(n_checked > CHECKED_MIN);
	for (size_t i = 0; i < COUNT(fine); i++) {
		if (!used[i])
			fail_msg("%s (%s) need not be in the table", fine[i].what,
			    fine[i].reason);
	}
	free(words);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_member_is_swallowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
