/* settle.h - what the files of settling share.  Layer: import. */
#ifndef IMPORT_SETTLE_H
#define IMPORT_SETTLE_H

#include "model.h"

/* settle_class.c: alternatives become classes; ifs within networks theirs. */
void	imp_settle_classes(struct import *);
/* settle_opt.c: names and values that provd takes. */
void	imp_settle_options(struct import *);

#endif /* IMPORT_SETTLE_H */
