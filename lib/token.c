/* token.c - see token.h. */
#include <sys/types.h>
#include <ctype.h>
#include <errno.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "token.h"

static const char *const right_name[] = { "none", "look", "steer" };

const char *
token_right_name(enum token_right r)
{
	return right_name[r];
}

int
token_right_parse(const char *s, enum token_right *ret)
{
	for (int i = TOKEN_LOOK; i <= TOKEN_STEER; i++)
		if (strcmp(s, right_name[i]) == 0) {
			*ret = (enum token_right)i;
			return 0;
		}
	return -EINVAL;
}

bool
token_name_ok(const char *s)
{
	size_t n = 0;

	for (; s[n] != '\0'; n++)
		if (!isalnum((unsigned char)s[n]) && strchr("-._@", s[n]) == NULL)
			return false;
	return n > 0 && n < TOKEN_NAME;
}

void
token_hash(const char *text, size_t len, uint8_t ret[32])
{
	SHA256_CTX sha;

	SHA256_Init(&sha);
	SHA256_Update(&sha, (const uint8_t *)text, len);
	SHA256_Final(ret, &sha);
}

bool
token_same(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ = (uint8_t)(differ | (x[i] ^ y[i]));
	return differ == 0;
}

static int
hash_parse(const char *s, uint8_t ret[32])
{
	if (strlen(s) != 64)
		return -EINVAL;
	for (int i = 0; i < 32; i++) {
		int high = hex_digit(s[2 * i]), low = hex_digit(s[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int
wrong(char why[200], unsigned line, const char *what)
{
	(void)snprintf(why, 200, "line %u: %s", line, what);
	return -EINVAL;
}

static int
line_parse(const struct tokens *have, char *line, unsigned no, struct token *ret, char why[200])
{
	char *save = NULL, *name = strtok_r(line, " \t\r", &save);
	char *right = strtok_r(NULL, " \t\r", &save), *hash = strtok_r(NULL, " \t\r", &save);

	if (right == NULL || hash == NULL || strtok_r(NULL, " \t\r", &save) != NULL)
		return wrong(why, no, "a line is NAME RIGHT HASH");
	if (!token_name_ok(name))
		return wrong(why, no, "that is no name of a token: letters, digits, - . _ @");
	if (token_right_parse(right, &ret->right) < 0)
		return wrong(why, no, "the right is look or steer");
	if (hash_parse(hash, ret->hash) < 0)
		return wrong(why, no, "the hash is not 64 hex digits");
	if (tokens_named(have, name) != NULL)
		return wrong(why, no, "the name is there twice");
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	return 0;
}

int
tokens_parse(const char *text, struct tokens *ret, char why[200])
{
	struct tokens t = { 0 };
	char *copy = strdup(text), *line, *p = copy;
	unsigned no = 0;
	int r = 0;

	if (copy == NULL || (t.token = calloc(TOKENS_MAX, sizeof(*t.token))) == NULL) {
		(void)snprintf(why, 200, "out of memory");
		r = -ENOMEM;
		goto out;
	}
	while (r == 0 && (line = strsep(&p, "\n")) != NULL) {
		no++;
		line += strspn(line, " \t\r");
		if (*line == '\0' || *line == '#')
			continue;
		if (t.n == TOKENS_MAX)
			r = wrong(why, no, "more than 1024 tokens");
		else if ((r = line_parse(&t, line, no, &t.token[t.n], why)) == 0)
			t.n++;
	}
out:
	free(copy);
	if (r < 0)
		tokens_free(&t);
	else
		*ret = t;
	return r;
}

void
tokens_free(struct tokens *t)
{
	free(t->token);
	*t = (struct tokens){ 0 };
}

const struct token *
tokens_find(const struct tokens *t, const char *text, size_t len)
{
	const struct token *found = NULL;
	uint8_t hash[32];

	token_hash(text, len, hash);
	for (size_t i = 0; i < t->n; i++)
		if (token_same(t->token[i].hash, hash, sizeof(hash)))
			found = &t->token[i];
	return found;
}

const struct token *
tokens_named(const struct tokens *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->token[i].name, name) == 0)
			return &t->token[i];
	return NULL;
}

int
token_make(char ret[TOKEN_TEXT])
{
	uint8_t bytes[32];
	int r = os_random(bytes, sizeof(bytes));

	for (int i = 0; r == 0 && i < 32; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	return r;
}
