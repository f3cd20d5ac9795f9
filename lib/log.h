/* log.h - one line per decision, as key=value pairs.
 *
 * Values that came from the network are quoted and escaped here and nowhere
 * else, so no caller passes a format string.  Thread-safe; errno is kept.
 * Vocabulary: ev host mac uuid ip peer arch profile tree file bytes ms err did.
 * Layer: lib.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <syslog.h>

struct kv {
	const char	*key;
	enum { KV_STR, KV_NUM } type;
	const char	*str;	/* KV_STR; NULL is written as - */
	int64_t		 num;	/* KV_NUM */
};

#define KV_S(k, v)	((struct kv){ .key = (k), .type = KV_STR, .str = (v) })
#define KV_N(k, v)	((struct kv){ .key = (k), .type = KV_NUM, .num = (int64_t)(v) })
#define KV_ERR(r)	KV_S("err", strerror(-(r)))	/* negative errno */

/* log_ev(LOG_INFO, "dhcp.offer", KV_S("mac", m), KV_N("lease_s", 3600)); */
#define log_ev(prio, event, ...) \
	log_kv((prio), (event), (const struct kv[]){ __VA_ARGS__ }, \
	    sizeof((const struct kv[]){ __VA_ARGS__ }) / sizeof(struct kv))

typedef void log_sink(int prio, const char *line);

void	log_kv(int prio, const char *event, const struct kv *, size_t n);
void	log_set_sink(log_sink *);	/* NULL: stderr; tests capture lines */
void	log_set_level(int prio);	/* drop lines above prio (default LOG_INFO) */
void	log_use_syslog(const char *ident);

/* One line on stderr and exit(code).  Only before the loops start. */
void	fatal(int code, const char *fmt, ...)
	    __attribute__((noreturn, format(printf, 2, 3)));

#endif /* LIB_LOG_H */
