/* writer.h - bytes to a file by a thread of its own, so that no loop waits for a disk.
 *
 * What is added is copied, and written in the background in its order.  When
 * more than WRITER_MAX bytes wait, or a write has failed, nothing more is taken,
 * and what is added is counted: the file ends with a whole addition rather than
 * have a gap.  writer_close() waits for the rest.
 * Errors: writer_add() says whether it was taken; writer_close() gives the first
 * error of a write.  Layer: lib.
 */
#ifndef LIB_WRITER_H
#define LIB_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#define WRITER_MAX	((size_t)64 << 20)

struct writer;

int	writer_open(int fd /* taken */, struct writer **ret);
bool	writer_add(struct writer *, const void *, size_t);
int	writer_close(struct writer *, size_t *ret_dropped);

#endif /* LIB_WRITER_H */
