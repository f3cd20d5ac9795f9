/* nfs_note.h - which events of a data thread are worth telling.
 *
 * A file is read in thousands of calls: progress is told every 250 ms and at
 * the end of the file.  The same of what a client may do as often as it likes:
 * stale handles, refused mounts, questions to portmap.  Pure: the time comes in.
 * Layer: nfs.
 */
#ifndef NFS_NFS_NOTE_H
#define NFS_NFS_NOTE_H

#include "../fleet/event.h"

#define NOTE_FILES	2048u	/* being read at one time, per thread */
#define NOTE_WAYS	8u	/* places that a file may have */
#define NOTE_MS		250

struct nfs_note {
	struct {
		uint64_t	file;	/* whose, and which; 0: free */
		uint64_t	done;
		int64_t		told, used;	/* clock_ms() */
	} e[NOTE_FILES];
};

/* Whether to tell; done is never less than it was told before. */
bool	nfs_note(struct nfs_note *, struct event *, int64_t now_ms);

#endif /* NFS_NFS_NOTE_H */
