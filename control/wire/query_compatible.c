#include "control/wire/query_compatible.h"

#include <stddef.h>
#include <string.h>

#include "base/cc.h"

const char *
query_compatible_code(const char *code, int *status)
{
	static const struct {
		const char *code, *query;
		int status;
	} rows[] = {
		{ "AccessDeniedException", "AccessDenied", 403 },
		{ "ExpiredTokenException", "ExpiredToken", 403 },
		{ "IncompleteSignatureException", "IncompleteSignature", 400 },
		{ "InvalidSignatureException", "SignatureDoesNotMatch", 403 },
		{ "MissingAuthenticationTokenException", "MissingAuthenticationToken",
		    403 },
		{ "SerializationException", "MalformedInput", 400 },
		{ "ThrottlingException", "Throttling", 400 },
		{ "UnknownOperationException", "InvalidAction", 400 },
		{ "UnrecognizedClientException", "InvalidClientTokenId", 403 },
		{ "ValidationException", "ValidationError", 400 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].code, code) == 0) {
			*status = rows[i].status;
			return rows[i].query;
		}
	}
	return code;
}
