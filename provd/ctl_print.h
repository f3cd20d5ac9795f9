/* ctl_print.h - what provctl writes about servers' answers.  Layer: provd. */
#ifndef PROVD_CTL_PRINT_H
#define PROVD_CTL_PRINT_H

#include <jansson.h>
#include <stdio.h>

/* What a client sent must not steer the terminal. */
void	ctl_put_safe(const char *);
void	ctl_put_safe_to(FILE *, const char *);
void	ctl_print_time(long long);	/* "-" for 0 */
void	ctl_print_trees(const json_t *list);
void	ctl_print_status(const json_t *);
void	ctl_print_counts(const json_t *status);

#endif /* PROVD_CTL_PRINT_H */
