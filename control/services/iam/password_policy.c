#include "control/services/iam/password_policy.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"

#define KIND "iam:password-policy"
#define ID   "policy"

enum {
	OWN_MIN = 8,   /* without a policy */
	OWN_KINDS = 3, /* of four */
	MIN_LENGTH = 6,
	MAX_LENGTH = 128,
	HISTORY = 24, /* as many as a policy may ask for */
	SALT = 16,
	HASH = 32,
	ROUNDS = 4096,
};

static const struct err_kind violation = { "PasswordPolicyViolation", 400 };

/* What a policy may ask for, and AWS's words when it is not there. */
static const char symbols[] = "!@#$%^&*()_+-=[]{}|'";

enum { UPPER, LOWER, DIGIT, SYMBOL, N_KINDS };

static const struct {
	const char *member, *words;
} kinds[N_KINDS] = {
	[UPPER] = { "RequireUppercaseCharacters",
	    "Password should have at least one uppercase letter" },
	[LOWER] = { "RequireLowercaseCharacters",
	    "Password should have at least one lowercase letter" },
	[DIGIT] = { "RequireNumbers", "Password should have at least one number" },
	[SYMBOL] = { "RequireSymbols", "Password should have at least one symbol" },
};

int
password_policy(struct call *c, json_t **ret)
{
	return store_get(c->txn, c->scope, KIND, ID, ret, &c->err);
}

int
password_may_change(const json_t *policy)
{
	return policy != NULL && json_bool(policy, "AllowUsersToChangePassword", 0);
}

static void
look(const char *password, int has[N_KINDS])
{
	memset(has, 0, N_KINDS * sizeof(has[0]));
	for (; *password != '\0'; password++) {
		has[UPPER] |= isupper((unsigned char)*password) != 0;
		has[LOWER] |= islower((unsigned char)*password) != 0;
		has[DIGIT] |= isdigit((unsigned char)*password) != 0;
		has[SYMBOL] |= strchr(symbols, *password) != NULL;
	}
}

static int
check_own(struct call *c, const char *password, const int has[N_KINDS])
{
	int n = 0;

	for (size_t i = 0; i < N_KINDS; i++)
		n += has[i];
	if (utf8_length(password) >= OWN_MIN && n >= OWN_KINDS)
		return 0;
	return err_set(&c->err, &violation,
	    "Password should have a minimum length of 8 and include a minimum of three of "
	    "these mix of character types: uppercase, lowercase, numbers and "
	    "non-alphanumeric characters");
}

static int
password_check(struct call *c, const json_t *policy, const char *password)
{
	int64_t min = json_int(policy, "MinimumPasswordLength", MIN_LENGTH);
	int has[N_KINDS];

	look(password, has);
	if (policy == NULL)
		return check_own(c, password, has);
	if ((int64_t)utf8_length(password) < min)
		return err_set(&c->err, &violation,
		    "Password should have a minimum length of %d", (int)min);
	for (size_t i = 0; i < N_KINDS; i++) {
		if (json_bool(policy, kinds[i].member, 0) && !has[i])
			return err_set(&c->err, &violation, "%s", kinds[i].words);
	}
	return 0;
}

/* Hashes of a profile: {"salt", "hash"}, the newest first. */

static int
hash(const char *password, const unsigned char salt[SALT], unsigned char out[HASH])
{
	return PKCS5_PBKDF2_HMAC(password, (int)strnlen(password, 4 * MAX_LENGTH), salt,
	    SALT, ROUNDS, EVP_sha256(), HASH, out);
}

static int
is_this(const json_t *entry, const char *password)
{
	unsigned char salt[SALT], was[HASH], is[HASH];

	return hex_decode(json_str_or(entry, "salt", ""), salt, SALT) &&
	    hex_decode(json_str_or(entry, "hash", ""), was, HASH) &&
	    hash(password, salt, is) && equal_secret(was, is, HASH);
}

int
password_is(const json_t *profile, const char *password)
{
	return is_this(json_array_get(json_get(profile, "_passwords"), 0), password);
}

int
password_set(struct call *c, json_t *profile, const char *password)
{
	unsigned char salt[SALT], digest[HASH];
	char salt_hex[2 * SALT + 1], hex[2 * HASH + 1];
	json_t *policy = NULL, *list = json_need_array(profile, "_passwords"), *fresh;
	size_t n_reused;

	if (password_policy(c, &policy) < 0 || password_check(c, policy, password) < 0)
		return -1;
	n_reused = (size_t)json_int(policy, "PasswordReusePrevention", 0);
	for (size_t i = 0; i < n_reused && i < json_array_size(list); i++) {
		if (is_this(json_array_get(list, i), password))
			return err_set(&c->err, &violation,
			    "Password has been used recently; choose one that was not");
	}
	random_bytes(salt, sizeof(salt));
	if (!hash(password, salt, digest))
		return err_set(&c->err, &err_internal, "no digest of a password");
	hex_encode(salt, SALT, salt_hex);
	hex_encode(digest, HASH, hex);
	fresh = json_new_array();
	json_add(fresh, json_make("{s:s, s:s}", "salt", salt_hex, "hash", hex));
	for (size_t i = 0; i + 1 < HISTORY && i < json_array_size(list); i++)
		json_add(fresh, json_incref(json_array_get(list, i)));
	json_set(profile, "_passwords", fresh);
	json_set(profile, "_changed", call_now(c));
	return 0;
}

/* The operations */

static int
update_policy(struct call *c)
{
	static const char *const numbers[] = { "MaxPasswordAge",
		"PasswordReusePrevention" };
	static const char *const flags[] = { "RequireSymbols", "RequireNumbers",
		"RequireUppercaseCharacters", "RequireLowercaseCharacters",
		"AllowUsersToChangePassword" };
	json_t *doc, *old;

	/* What is not said is as it was without a policy. */
	if (iam_permit(c, "*") < 0 || password_policy(c, &old) < 0)
		return -1;
	doc = json_own(c->arena, json_new_object());
	json_set_int(doc, "MinimumPasswordLength",
	    in_int(c, "MinimumPasswordLength", MIN_LENGTH));
	for (size_t i = 0; i < COUNT(flags); i++)
		json_set_bool(doc, flags[i], in_bool(c, flags[i], 0));
	for (size_t i = 0; i < COUNT(numbers); i++) {
		if (in_int(c, numbers[i], 0) > 0)
			json_set_int(doc, numbers[i], in_int(c, numbers[i], 0));
	}
	json_set_bool(doc, "ExpirePasswords", in_int(c, "MaxPasswordAge", 0) > 0);
	if (in_has(c, "HardExpiry"))
		json_set_bool(doc, "HardExpiry", in_bool(c, "HardExpiry", 0));
	store_put(c->txn, c->scope, KIND, ID, doc);
	return 0;
}

/* The policy that there must be. */
static int
need_policy(struct call *c, json_t **ret)
{
	int rc = iam_permit(c, "*");

	if (rc == 0)
		rc = password_policy(c, ret);
	if (rc == 0)
		return err_set(&c->err, &iam_no_such,
		    "The Password Policy with domain name %s cannot be found.",
		    c->account);
	return rc < 0 ? -1 : 0;
}

static int
get_policy(struct call *c)
{
	json_t *doc = NULL;

	if (need_policy(c, &doc) < 0)
		return -1;
	out_ref(c, "PasswordPolicy", doc);
	return 0;
}

static int
delete_policy(struct call *c)
{
	json_t *doc;

	if (need_policy(c, &doc) < 0)
		return -1;
	store_delete(c->txn, c->scope, KIND, ID);
	return 0;
}

static const struct op ops[] = {
	IAM("DeleteAccountPasswordPolicy", delete_policy, 0,
	    "Go back to AWS's own rules for passwords."),
	IAM("GetAccountPasswordPolicy", get_policy, OP_READ,
	    "Show the account's rules for passwords."),
	IAM("UpdateAccountPasswordPolicy", update_policy, 0,
	    "Set the account's rules for passwords."),
};
const struct family iam_password_policies = FAMILY(ops, NULL);
