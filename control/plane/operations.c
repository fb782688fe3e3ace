#include "control/plane/operations.h"

#include <string.h>

#include "control/api/service.h"
#include "control/services/services.h"

static const struct service *
find(const char *name)
{
	for (size_t i = 0; i < n_services; i++) {
		if (strcmp(services[i]->name, name) == 0)
			return services[i];
	}
	return NULL;
}

static void
print_model(FILE *f, const struct model *m)
{
	const struct service *s = find(model_name(m));
	size_t n = model_op_count(m), done = s != NULL ? service_count_ops(s) : 0;

	fprintf(f, "## %s: %zu of %zu\n\n| operation | state | |\n|---|---|---|\n",
	    model_name(m), done, n);
	for (size_t i = 0; i < n; i++) {
		const char *name = model_op_name(m, model_op_at(m, i));
		const struct op *op = s != NULL ? service_find_op(s, name) : NULL;

		fprintf(f, "| %s | %s | %s |\n", name, op != NULL ? "implemented" : "501",
		    op != NULL ? op->doc : "");
	}
	fprintf(f, "\n");
}

int
operations_print(FILE *f, const char *service)
{
	if (service != NULL && model_find(service) == NULL) {
		fprintf(stderr, "simfra: there is no service '%s'\n", service);
		return 1;
	}
	for (size_t i = 0; i < model_count(); i++) {
		if (service == NULL || strcmp(service, model_name(model_at(i))) == 0)
			print_model(f, model_at(i));
	}
	return 0;
}
