/* plan.h - what will be done to one machine, step by step.
 *
 * plan_make() turns a profile, the variables of one host, what its release
 * offers and what an inspection found into ordered steps, each a list of
 * commands and files.  The same steps are printed for people (plan_text),
 * for programs (plan_json), and compiled into the script (compile.h): what is
 * shown is what is run.
 * Whatever can't work is refused here, with the profile's line.
 *
 * Ownership: plan_free() frees everything; the plan borrows nothing.
 * Errors: -EINVAL after lines through fn, -ENOMEM.  Pure.  Layer: profiles.
 */
#ifndef PROFILES_PLAN_H
#define PROFILES_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile.h"
#include "release.h"
#include "vars.h"

#define PLAN_DISKS	16u
#define PLAN_PARTS	32u	/* per disk */
#define PLAN_STEPS	96u
#define PLAN_AFTER	UINT64_MAX

/* One word of a command. */
struct plan_word {
	enum { WORD_TEXT, WORD_DEVICE, WORD_NAME, WORD_VAR } kind;
	const char	*text;		/* WORD_VAR: a variable of the script */
	unsigned	 disk;		/* WORD_DEVICE, WORD_NAME (without /dev/): 1 .. n_disk */
	char		 part[8];	/* "", "2", "s1", "s1a" */
};

struct plan_item {
	enum {
		ITEM_RUN,		/* a command of the client */
		ITEM_CALL,		/* a function of the script's library */
		ITEM_FILE,		/* word[0] is written with data */
	} kind;
	struct plan_word *word;
	size_t		 n_word;
	const char	*note;		/* for people; NULL: the words themselves */
	const char	*data;		/* ITEM_FILE */
	unsigned	 mode;
};

struct plan_step {
	char		 name[32];	/* [a-z0-9_]+ */
	char		 title[96];
	struct plan_item *item;
	size_t		 n_item;
	bool		 claims;	/* the disk is written to from here on */
};

struct plan_part {
	char		 part[8];	/* as in plan_word */
	uint64_t	 bytes;		/* 0: what is left */
	uint64_t	 offset;	/* BSD: bytes; PLAN_AFTER: after the one before */
	bool		 star;
	int		 fs;		/* PART_* or LABEL_* */
	const char	*fs_name;	/* ext4, swap, ufs, ... */
	bool		 swap, keep;
	const char	*mount, *label, *options;	/* NULL: none */
	const struct cfg_pr_label *bsd;	/* only while the plan is made: one of these */
	const struct cfg_pr_part *gpt;
	const char	*where;		/* "disks[0].partitions[1]" */
	struct cfg_mark	 mark;
};

struct plan_disk {
	const char	*name, *serial, *wwn, *bus;	/* "": not asked */
	uint64_t	 size_lo, size_hi;
	const char	*which;		/* the same, for people: "the only disk, with serial S3R14L"; NULL */
	bool		 first, wipe, keep;
	unsigned	 of;		/* one of so many disks that are laid out alike */
	unsigned	 copy;		/* which of them, from 0 */
	const struct cfg_pr_disk *layout;	/* only while the plan is made */
	int		 scheme;
	struct plan_part part[PLAN_PARTS];
	size_t		 n_part;
	char		 found[64];	/* the kernel's name, where an inspection knows; "" */
	uint64_t	 found_bytes;
};

struct plan_set {
	const char	*name;		/* step name: [a-z0-9_]+ */
	const char	*file;		/* path in the tree, no leading slash */
	const char	*target;	/* below the new root: "", "/boot" */
	const struct release_set *rel;	/* only while the plan is made; NULL: release unknown */
	const char	*dist;		/* the same, of packages: as the profile names it */
};

struct plan {
	int		 os;
	char		 profile[64], host[64], tree[64];
	struct plan_disk *disk;
	size_t		 n_disk;
	struct plan_set	*set;
	size_t		 n_set;
	struct plan_step *step;
	size_t		 n_step;
	uint64_t	 set_bytes;
	size_t		 n_package;	/* in the repository, whose set_bytes it is; 0: sets are no packages */
	struct plan_mem	*mem;		/* all that the above points to */
};

struct plan_in {
	const struct profile *profile;
	const char	*host;		/* the entry's name */
	const char	*mac;		/* of its first interface; "": not known */
	const struct vars *vars;
	const struct release *release;	/* NULL: not known */
	const char	*facts;		/* lines of an inspection, or NULL */
	bool		 imagined;	/* no real host: values that variables left empty are not missed */
};

int	plan_make(const struct plan_in *, struct plan **ret, cfg_error_fn *, void *arg);
void	plan_free(struct plan *);			/* NULL is fine */

void	plan_text(const struct plan *, struct buf *);
void	plan_json(const struct plan *, struct buf *);
/* A word as people read it: /dev/vda2, or DISK1-2 while nobody knows. */
void	plan_word_text(const struct plan *, const struct plan_word *, struct buf *);

#endif /* PROFILES_PLAN_H */
