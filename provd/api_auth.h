/* api_auth.h - who may do what through HTTPS.
 *
 * A token (Authorization: Bearer), or a session that one has begun (the web page's
 * cookie), gives the right to look or to steer.  What is not GET is done for nobody
 * who is being installed, and only with a header X-Provd, which no foreign page can
 * make a browser send.  The control socket needs none of this: its mode says who
 * may open it.
 * Control thread, but for api_auth_read().  Layer: provd.
 */
#ifndef PROVD_API_AUTH_H
#define PROVD_API_AUTH_H

#include <stdbool.h>

struct api_auth;
struct api_call;
struct token;

/* OPEN: anybody.  METRICS: look, and addresses of api.metrics-from. */
enum api_right { API_OPEN, API_METRICS, API_LOOK, API_STEER };

int	api_auth_new(struct api_auth **ret);
void	api_auth_free(struct api_auth *);	/* NULL is fine */
/* Blocks.  file: NULL or not there: no tokens. */
int	api_auth_read(struct api_auth *, const char *file, char why[200]);
void	api_auth_take(struct api_auth *, bool take);

/* 0, or the code of a refusal with its sentence. */
int	api_admit(struct api_call *, enum api_right, bool changes, const char **ret_why);

#endif /* PROVD_API_AUTH_H */
