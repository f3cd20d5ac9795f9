/* hook.h - a process that runs hooks: programs that do for provd what it cannot.
 *
 * It is forked before any thread and before anything is opened, becomes the
 * same user as provd, and keeps no capability for what it starts.  A program
 * is started by execve() with an environment made here and no argument but its
 * own name: no shell reads what a client or a person said.  What it writes is
 * cut at HOOK_OUTPUT bytes, the last ones; it is killed when its time is over.
 * The process ends when provd does, and its programs with it.
 *
 * The process serves at most HOOK_AT_ONCE programs; more wait here.
 * Control thread.  Errors: negative errno.  Layer: provd.
 */
#ifndef PROVD_HOOK_H
#define PROVD_HOOK_H

#include <stdint.h>

#include "../lib/buf.h"

#define HOOK_AT_ONCE	16u
#define HOOK_OUTPUT	4096u

struct event_base;
struct hook;

/* Returns twice as fork() does not: the child never. */
int	hook_fork(const char *user, struct hook **ret);
int	hook_start(struct hook *, struct event_base *);
/* What still runs is told -ESHUTDOWN. */
void	hook_stop(struct hook *);		/* NULL is fine */

/* status: an exit code, -ETIMEDOUT, -EINTR (killed), or why it did not start.
 * output: text without control characters. */
typedef void hook_done_fn(void *arg, int status, const char *output);
/* env: NAME=VALUE, each with its NUL. */
int	hook_run(struct hook *, const char *path, const struct buf *env, uint32_t timeout,
	    hook_done_fn *, void *arg);

/* hook_child.c: the process. */
void	hook_child(int fd, const char *user) __attribute__((noreturn));
struct hook_ask { uint32_t id, timeout; };	/* then path and env, each with a NUL */
struct hook_tell { uint32_t id; int32_t status; };	/* then output */
#define HOOK_MESSAGE	65536u

#endif /* PROVD_HOOK_H */
