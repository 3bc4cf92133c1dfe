#pragma once

#include "model.h"
#include "parallel/pool.h"
#include "working/working_set.h"

namespace ballast {

/// The answer to a problem with cardinality from `found`, its relaxation without it. Duals are the relaxation's, so that
/// certify() proves a bound of its own; the answer's bound and gap are the tree's, which are never worse.
void answerNames(const Model& model, const Problem& problem, WorkingResult found, double largestReturn,
                 const Options& options, Pool& pool, const Stop& stop, Answer& answer);

}  // namespace ballast
