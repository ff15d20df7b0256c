/* A second thread, for work that goes beside the caller's (beside.c). */

#include <stdatomic.h>
#include <stdint.h>

/* Something to do that another thread may do. */
typedef struct {
    void (*run)(void *);
    void *of; /* what `run` is given */
    int given;
    atomic_int done;
} Work;

void work_begin(Work *work, void (*run)(void *), void *of);
int work_end(Work *work, int64_t patience);
int work_is_done(const Work *work);
