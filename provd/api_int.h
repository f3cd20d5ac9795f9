/* api_int.h - what the files of the control API share. */
#ifndef PROVD_API_INT_H
#define PROVD_API_INT_H

#include <sys/queue.h>
#include <event2/keyvalq_struct.h>
#include <jansson.h>

#include "api.h"
#include "daemon.h"

struct evhttp_request;
struct watcher;

struct api {
	struct daemon	*d;
	struct evhttp	*http;
	struct watcher	*watchers;
	unsigned	 n_watchers;
};

/* One call.  Ends with exactly one of api_reply, api_bytes, api_error. */
struct api_call {
	struct api		*api;
	struct daemon		*d;
	struct evhttp_request	*req;	/* NULL: the client went away */
	struct evkeyvalq	 query;
	char			*host;	/* from the path, NULL */
	void			*arg;
};

void	api_reply(struct api_call *, int code, json_t *body);	/* takes body */
void	api_bytes(struct api_call *, const char *type, const void *, size_t);
void	api_error(struct api_call *, int code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
const char *api_query(struct api_call *, const char *key);	/* NULL */

/* api_calls.c */
json_t	*api_host_json(struct fleet *, const struct fleet_host *);
void	api_hosts(struct api_call *);
void	api_host(struct api_call *);
void	api_arm(struct api_call *);
void	api_disarm(struct api_call *);
void	api_inspect(struct api_call *);
void	api_plan(struct api_call *);
void	api_file(struct api_call *);
void	api_leases(struct api_call *);
void	api_explain_mac(struct api_call *);
void	api_explain_packet(struct api_call *);
void	api_reload(struct api_call *);

/* api_dhcp.c */
void	api_status(struct api_call *);
/* Networks where another mode is in force than the configured one. */
void	api_modes_text(struct daemon *, struct buf *);

/* api_trees.c */
void	api_trees(struct api_call *);

#endif /* PROVD_API_INT_H */
