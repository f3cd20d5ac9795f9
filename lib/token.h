/* token.h - who may do what through the API: a file of hashed tokens.
 *
 * A line is NAME RIGHT HASH: right look or steer, hash the SHA-256 of the token in
 * hex.  A token is 256 random bits, so a hash without salt and rounds tells nobody
 * anything.  Empty lines and those that begin with # are left alone.
 * Pure, but for token_make() (random bytes of the kernel).
 * Errors: -EINVAL with a line in why, -ENOMEM.
 * Ownership: tokens_free() frees what tokens_parse() filled in.
 * Layer: lib.
 */
#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_TEXT	65	/* 64 hex digits */
#define TOKEN_NAME	64
#define TOKENS_MAX	1024u

enum token_right { TOKEN_NONE, TOKEN_LOOK, TOKEN_STEER };

struct token {
	char		 name[TOKEN_NAME];
	enum token_right right;
	uint8_t		 hash[32];
};
struct tokens { struct token *token; size_t n; };

int	tokens_parse(const char *text, struct tokens *ret, char why[200]);
void	tokens_free(struct tokens *);
/* Whose it is; NULL: nobody's.  Takes as long for every token. */
const struct token *tokens_find(const struct tokens *, const char *text, size_t len);
const struct token *tokens_named(const struct tokens *, const char *name);
bool	token_name_ok(const char *);
int	token_right_parse(const char *, enum token_right *ret);
const char *token_right_name(enum token_right);
int	token_make(char ret[TOKEN_TEXT]);
void	token_hash(const char *text, size_t len, uint8_t ret[32]);
/* In a time that tells nothing of where they differ. */
bool	token_same(const void *a, const void *b, size_t len);

#endif /* LIB_TOKEN_H */
