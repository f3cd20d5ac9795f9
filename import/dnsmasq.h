/* dnsmasq.h - what the parts of the dnsmasq.conf parser share.  Layer: import. */
#ifndef IMPORT_DNSMASQ_H
#define IMPORT_DNSMASQ_H

#include "lines.h"

#define DNSMASQ_ARGS	64

/* Something that counts for who has these tags. */
struct dnsmasq_entry {
	struct dnsmasq_entry *next;
	struct imp_values tag, no;	/* tag:x, tag:!x */
	struct imp_option *opt;		/* what is given */
	struct imp_place at;
	const char	*what;		/* the line, for the report */
};

/* A tag, and what sets it. */
struct dnsmasq_tag {
	struct dnsmasq_tag *next;
	const char	*name;
	struct imp_alt	*alt;
	size_t		 n_alt;
	struct imp_scope *net;		/* or a network */
	struct imp_values host;		/* or hosts, by their numbers */
	bool		 negated;	/* somebody asks for its absence */
	struct imp_place at;
};

struct dnsmasq {
	struct import	*imp;
	struct imp_place at;		/* of the present line */
	const char	*line;
	struct dnsmasq_entry *entry, **entry_end;
	struct dnsmasq_tag *tag;
	size_t		 n_tag, n_entry;
	struct imp_scope **host;
	size_t		 n_host, cap_host;
	const char	*tftp_root;
	bool		 tftp, no_dns, no_router, no_dns_option, has_range;
	struct imp_place range_at;
};

/* The present line is left out. */
void	 dnsmasq_left(struct dnsmasq *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Arguments between commas; takes tags off: set:x to *ret_set, the others to e. */
size_t	 dnsmasq_args(struct dnsmasq *, char *value, char *ret[DNSMASQ_ARGS]);
char	*dnsmasq_unquote(char *);
struct dnsmasq_entry *dnsmasq_entry(struct dnsmasq *);
/* False: it is no tag of an entry. */
bool	 dnsmasq_entry_tag(struct dnsmasq *, struct dnsmasq_entry *, char *arg);
struct imp_option *dnsmasq_give(struct dnsmasq *, struct dnsmasq_entry *, const char *option);
struct dnsmasq_tag *dnsmasq_tag(struct dnsmasq *, const char *name);
void	 dnsmasq_tag_alt(struct dnsmasq *, const char *tag, const struct imp_alt *);
/* Seconds, or "infinite"; NULL: it is no time. */
const char *dnsmasq_time(struct dnsmasq *, const char *);

/* dnsmasq_net.c */
void	 dnsmasq_range(struct dnsmasq *, char *value);
void	 dnsmasq_host(struct dnsmasq *, char *value);
/* dnsmasq_opt.c */
void	 dnsmasq_option(struct dnsmasq *, char *value, bool always);
void	 dnsmasq_boot(struct dnsmasq *, char *value);
void	 dnsmasq_pxe_service(struct dnsmasq *, char *value);
void	 dnsmasq_match(struct dnsmasq *, char *value);
int	 dnsmasq_option_code(const char *arg);	/* "option:router" or "3"; -1 */
/* dnsmasq_tag.c: entries find their scopes. */
void	 dnsmasq_resolve(struct dnsmasq *);

#endif /* IMPORT_DNSMASQ_H */
