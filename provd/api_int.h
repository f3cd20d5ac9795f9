/* api_int.h - what the files of the control API share. */
#ifndef PROVD_API_INT_H
#define PROVD_API_INT_H

#include <sys/queue.h>
#include <event2/keyvalq_struct.h>
#include <jansson.h>

#include "api.h"
#include "daemon.h"

struct evconnlistener;
struct evhttp_request;
struct api_events;
struct watcher;

struct api {
	struct daemon	*d;
	struct evhttp	*http, *https;	/* control socket, TLS */
	struct api_events *events;
	struct watcher	*watchers;
	unsigned	 n_watchers;
};

/* One call.  Ends with exactly one of api_reply, api_bytes, api_list, api_error. */
struct api_call {
	struct api		*api;
	struct daemon		*d;
	struct evhttp_request	*req;	/* NULL: the client went away */
	struct evkeyvalq	 query;
	char			*host;	/* from the path, NULL */
	bool			 remote;	/* by HTTPS, and then: */
	uint32_t		 peer, local;	/* who asked, and where */
	char			 who[64];	/* the name of the token */
	void			*arg;
};

void	api_reply(struct api_call *, int code, json_t *body);	/* takes body */
void	api_bytes(struct api_call *, const char *type, const void *, size_t);
void	api_error(struct api_call *, int code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
void	api_call_end(struct api_call *);	/* whose request is another's from now on */
void	api_req_gone(struct evhttp_request *);
void	api_accept_failed(struct evconnlistener *, void *);
const char *api_query(struct api_call *, const char *key);	/* NULL */

/* api_list.c: {"NAME":[ITEM,...]}, sent piece by piece.  keys are taken; each one's
 * item is made when its turn has come, NULL: it is no more. */
struct api_keys { uintptr_t *key; size_t n, cap; bool failed; };
typedef json_t *api_item_fn(struct daemon *, uintptr_t key);
void	api_keys_add(struct api_keys *, uintptr_t key);
void	api_list(struct api_call *, const char *name, struct api_keys *keys, api_item_fn *);

/* api_watch.c */
void	api_watch(struct api_call *);
void	api_watch_start(struct api *);

/* api_events.c */
int	api_events_new(struct api *, struct api_events **ret);
void	api_events_free(struct api_events *);	/* after the connections; NULL is fine */
void	api_events(struct api_call *);

/* api_calls.c */
json_t	*api_host_json(struct fleet *, const struct fleet_host *);
json_t	*api_line_json(const struct tl_line *);
void	api_hosts(struct api_call *);
void	api_host(struct api_call *);
void	api_arm(struct api_call *);
void	api_disarm(struct api_call *);
void	api_inspect(struct api_call *);
void	api_boot(struct api_call *);
void	api_plan(struct api_call *);
void	api_file(struct api_call *);
void	api_files(struct api_call *);
void	api_leases(struct api_call *);
void	api_explain_mac(struct api_call *);
void	api_explain_packet(struct api_call *);
void	api_reload(struct api_call *);

/* NULL: there is none, and that was answered. */
struct fleet_host *api_find_host(struct api_call *);

/* api_labels.c: what selectors know of a host, and who says what of it. */
void	api_host_labels(struct fleet *, const struct fleet_host *, json_t *o);
void	api_host_origin(struct daemon *, const struct fleet_host *, json_t *o);
/* api_history.c */
void	api_progress(struct fleet *, const struct fleet_host *, int64_t now, json_t *o);	/* adds */
void	api_packets(struct api_call *);
void	api_unknown(struct api_call *);

/* api_auth.c */
void	api_login(struct api_call *);
void	api_logout(struct api_call *);
void	api_session(struct api_call *);

/* api_kept.c */
json_t	*api_left_out(const struct config *);	/* {NAME: WHY} */
void	api_host_add(struct api_call *);
void	api_host_patch(struct api_call *);
void	api_host_delete(struct api_call *);
void	api_adopt(struct api_call *);
void	api_kept(struct api_call *);

/* api_power.c */
void	api_power(struct api_call *);
void	api_power_status(struct api_call *);

/* api_waves.c */
void	api_waves(struct api_call *);
void	api_wave(struct api_call *);
void	api_wave_start(struct api_call *);
void	api_wave_stop(struct api_call *);
void	api_wave_resume(struct api_call *);

/* api_carry.c */
void	api_carry(struct api_call *);

/* api_dhcp.c */
void	api_status(struct api_call *);
/* Networks where another mode is in force than the configured one. */
void	api_modes_text(struct daemon *, struct buf *);

/* api_count.c: adds to the answer. */
void	api_count(struct daemon *, json_t *o);

/* api_metrics.c */
void	api_metrics(struct api_call *);
void	api_health(struct api_call *);
void	api_ready(struct api_call *);

/* api_openapi.c */
void	api_openapi(struct api_call *);

/* api_trees.c */
void	api_trees(struct api_call *);

/* api_web.c */
void	api_page(struct api_call *);
void	api_page_file(struct api_call *);
void	api_profiles(struct api_call *);
void	api_profile(struct api_call *);

#endif /* PROVD_API_INT_H */
