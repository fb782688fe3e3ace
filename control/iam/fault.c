#include "control/iam/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum style { STYLE_QUERY, STYLE_EC2, STYLE_JSON, STYLE_REST_JSON, STYLE_S3, STYLE_COUNT };

const char *const fault_text[FAULT_COUNT] = {
	[FAULT_MISSING_TOKEN] = "Request is missing Authentication Token",
	[FAULT_INCOMPLETE] = "The request signature does not conform to AWS standards.",
	[FAULT_UNKNOWN_KEY] = "The security token included in the request is invalid.",
	[FAULT_SIGNATURE] =
	    "The request signature we calculated does not match the signature you provided. "
	    "Check your AWS Secret Access Key and signing method. Consult the service "
	    "documentation for details.",
	[FAULT_EXPIRED] = "Request has expired.",
	[FAULT_EXPIRED_TOKEN] = "The security token included in the request is expired",
	[FAULT_DENIED] = "Access Denied",
};

#define EC2_UNKNOWN "AWS was not able to validate the provided access credentials"

struct word {
	struct err_kind kind;
	const char *always; /* the service's own message, whatever the cause */
};

static const struct word words[STYLE_COUNT][FAULT_COUNT] = {
	[STYLE_QUERY] = {
		[FAULT_MISSING_TOKEN] = { { "MissingAuthenticationToken", 403 }, NULL },
		[FAULT_INCOMPLETE] = { { "IncompleteSignature", 400 }, NULL },
		[FAULT_UNKNOWN_KEY] = { { "InvalidClientTokenId", 403 }, NULL },
		[FAULT_SIGNATURE] = { { "SignatureDoesNotMatch", 403 }, NULL },
		[FAULT_EXPIRED] = { { "SignatureDoesNotMatch", 403 }, NULL },
		[FAULT_EXPIRED_TOKEN] = { { "ExpiredToken", 403 }, NULL },
		[FAULT_DENIED] = { { "AccessDenied", 403 }, NULL },
	},
	[STYLE_EC2] = {
		[FAULT_MISSING_TOKEN] = { { "MissingAuthenticationToken", 403 }, NULL },
		[FAULT_INCOMPLETE] = { { "IncompleteSignature", 400 }, NULL },
		[FAULT_UNKNOWN_KEY] = { { "AuthFailure", 401 }, EC2_UNKNOWN },
		[FAULT_SIGNATURE] = { { "AuthFailure", 401 }, EC2_UNKNOWN },
		[FAULT_EXPIRED] = { { "RequestExpired", 400 }, "Request has expired." },
		[FAULT_EXPIRED_TOKEN] = { { "RequestExpired", 400 }, "Request has expired." },
		[FAULT_DENIED] = { { "UnauthorizedOperation", 403 }, NULL },
	},
	[STYLE_JSON] = {
		[FAULT_MISSING_TOKEN] = { { "MissingAuthenticationTokenException", 400 }, NULL },
		[FAULT_INCOMPLETE] = { { "IncompleteSignatureException", 400 }, NULL },
		[FAULT_UNKNOWN_KEY] = { { "UnrecognizedClientException", 400 }, NULL },
		[FAULT_SIGNATURE] = { { "InvalidSignatureException", 400 }, NULL },
		[FAULT_EXPIRED] = { { "InvalidSignatureException", 400 }, NULL },
		[FAULT_EXPIRED_TOKEN] = { { "ExpiredTokenException", 400 }, NULL },
		[FAULT_DENIED] = { { "AccessDeniedException", 400 }, NULL },
	},
	[STYLE_REST_JSON] = {
		[FAULT_MISSING_TOKEN] = { { "MissingAuthenticationTokenException", 403 }, NULL },
		[FAULT_INCOMPLETE] = { { "IncompleteSignatureException", 403 }, NULL },
		[FAULT_UNKNOWN_KEY] = { { "UnrecognizedClientException", 403 }, NULL },
		[FAULT_SIGNATURE] = { { "InvalidSignatureException", 403 }, NULL },
		[FAULT_EXPIRED] = { { "InvalidSignatureException", 403 }, NULL },
		[FAULT_EXPIRED_TOKEN] = { { "ExpiredTokenException", 403 }, NULL },
		[FAULT_DENIED] = { { "AccessDeniedException", 403 }, NULL },
	},
	[STYLE_S3] = {
		[FAULT_MISSING_TOKEN] = { { "AccessDenied", 403 }, "Access Denied" },
		[FAULT_INCOMPLETE] = { { "AuthorizationHeaderMalformed", 400 }, NULL },
		[FAULT_UNKNOWN_KEY] = { { "InvalidAccessKeyId", 403 },
		    "The AWS Access Key Id you provided does not exist in our records." },
		[FAULT_SIGNATURE] = { { "SignatureDoesNotMatch", 403 },
		    "The request signature we calculated does not match the signature you "
		    "provided. Check your key and signing method." },
		[FAULT_EXPIRED] = { { "RequestTimeTooSkewed", 403 },
		    "The difference between the request time and the current time is too large." },
		[FAULT_EXPIRED_TOKEN] = { { "ExpiredToken", 400 },
		    "The provided token has expired." },
		[FAULT_DENIED] = { { "AccessDenied", 403 }, NULL },
	},
};

static enum style
style_of(const struct model *m)
{
	if (m == NULL)
		return STYLE_QUERY;
	switch (model_protocol(m)) {
	case PROTOCOL_EC2:
		return STYLE_EC2;
	case PROTOCOL_JSON:
	case PROTOCOL_RPC_CBOR:
		return STYLE_JSON;
	case PROTOCOL_REST_JSON:
		return STYLE_REST_JSON;
	case PROTOCOL_REST_XML:
		return strcmp(model_name(m), "s3") == 0 ? STYLE_S3 : STYLE_QUERY;
	case PROTOCOL_QUERY:
		break;
	}
	return STYLE_QUERY;
}

void
fault_set_fn(struct err *err, const struct model *m, enum fault fault, const char *fmt,
    ...)
{
	const struct word *w = &words[style_of(m)][fault];
	va_list ap;

	err->kind = &w->kind;
	va_start(ap, fmt);
	if (w->always != NULL)
		snprintf(err->msg, sizeof(err->msg), "%s", w->always);
	else
		vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
}
