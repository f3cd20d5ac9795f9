/* course.h - how long an installation takes, as the last ones of its profile did.
 *
 * An installation passes stages (dhcp, tftp, kernel, ..., then the steps of its
 * script).  How long each of them took is kept of the last COURSE_RUNS
 * installations with the same profile and tree; their median says how far
 * one that is on its way has come, and how long it will take.
 *
 * Pure: the time is passed in.  Bounded: COURSE_MAX pairs of profile and tree,
 * the one that was used longest ago makes room.
 * Ownership: the list owns its courses; course_list_free() frees them.
 * Errors: -ENOMEM, -EINVAL (a text that is none of ours).
 * Layer: fleet.
 */
#ifndef FLEET_COURSE_H
#define FLEET_COURSE_H

#include <stddef.h>
#include <stdint.h>

#define COURSE_NAME	24
#define COURSE_STAGES	64u	/* of an installation */
#define COURSE_RUNS	9u
#define COURSE_MAX	256u
#define COURSE_KEY	160
#define COURSE_TEXT	(COURSE_RUNS * COURSE_STAGES * (COURSE_NAME + 12))

/* A stage that was reached, and when. */
struct course_mark { char name[COURSE_NAME]; int64_t at; };

struct course;
struct course_list { struct course *first; unsigned n; };

void	course_list_free(struct course_list *);
/* An installation has come to its end. */
int	course_add(struct course_list *, const char *profile, const char *tree,
	    const struct course_mark *, unsigned n, int64_t end);
/* What is kept of that pair, and under which key: malloc'd; NULL: nothing. */
char	*course_text(const struct course_list *, const char *profile, const char *tree,
	    char ret_key[COURSE_KEY]);
int	course_load(struct course_list *, const char *key, const char *text);
/* The course with this profile and tree, else one with this profile, else NULL. */
const struct course *course_find(const struct course_list *, const char *profile,
	    const char *tree);
/* What a stage took: the median, in seconds; -1: not known.  course may be NULL. */
int64_t	course_usual(const struct course *, const char *stage);
/* In percent, 0 to 99; -1: the course (or NULL) knows nothing of the stages that
 * were passed.  *ret_left: seconds; -1: not known. */
int	course_percent(const struct course *, const struct course_mark *, unsigned n,
	    int64_t now, int64_t *ret_left);

#endif /* FLEET_COURSE_H */
