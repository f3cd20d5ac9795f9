/* isc_conf.h - what the parts of the dhcpd.conf parser share.  Layer: import. */
#ifndef IMPORT_ISC_CONF_H
#define IMPORT_ISC_CONF_H

#include "isc_lex.h"
#include "isc_match.h"

/* if, elsif, else: the branches of one decision. */
struct isc_chain {
	struct imp_scope *branch[16];
	size_t		 n;
	struct imp_values rest;		/* options that the else gives */
	struct imp_scope *other;	/* if not ...: the branch of the else */
	bool		 lost, done;
	struct imp_place at;
};

struct isc_level {
	struct imp_scope *scope;
	struct isc_chain *chain;	/* that the next statement may go on */
	struct isc_chain *of;		/* this level is its else */
	struct imp_place from;
};

struct isc_class {
	struct isc_class *next;
	struct imp_scope *scope;
	const char	*name;		/* as in the file */
	struct isc_data	 key;
	bool		 has_key;
};

struct isc {
	struct import	*imp;
	struct isc_lex	 lex;
	struct isc_stmt	 st;
	struct isc_level level[IMP_DEPTH_MAX];
	size_t		 depth;			/* level[depth] is the present one */
	struct isc_class *class;
	bool		 ended;
};

static inline struct imp_scope *
isc_now(struct isc *c)
{
	return c->level[c->depth].scope;
}

/* The statement is left out, as its text. */
void	 isc_left(struct isc *, const char *why);
/* Goes into the braces that follow; false: they are passed over. */
bool	 isc_enter(struct isc *, struct imp_scope *, struct isc_chain *of);
void	 isc_enter_lost(struct isc *, const char *why);

/* isc_opt.c: option statements, and those that are options of provd. */
void	 isc_option(struct isc *);
void	 isc_as_option(struct isc *);
void	 isc_lease_time(struct isc *);
/* isc_net.c: subnets, pools, hosts. */
void	 isc_subnet(struct isc *);
void	 isc_pool(struct isc *);
void	 isc_range(struct isc *);
void	 isc_host(struct isc *);
void	 isc_hardware(struct isc *);
void	 isc_address(struct isc *);
void	 isc_client_id(struct isc *);
void	 isc_allow(struct isc *);
/* isc_class.c: classes and conditions. */
void	 isc_class(struct isc *);
void	 isc_subclass(struct isc *);
void	 isc_match_stmt(struct isc *);
void	 isc_if(struct isc *);
void	 isc_chain_end(struct isc *, struct isc_chain *);

#endif /* IMPORT_ISC_CONF_H */
