#include <string>

#include "check.h"
#include "instance.h"

using namespace ballast;
using namespace ballast::test;

TEST("random problems with every limit are solved to proof, and no known point beats the bound") {
  Instances instances(41);
  const CancelToken never;
  for (int k = 0; k < 1500; ++k) {
    Instance one = instances.next();
    one.base.cardinality.reset();
    const Problem problem = one.problem();
    const Answer answer = solve(problem, {}, never);
    const std::string name = "instance " + std::to_string(k);
    check(answer.status == Status::Optimal, name + ": " + statusName(answer.status) + " " + answer.message + " gap " +
                                                std::to_string(answer.figures.gap));
    check(answer.figures.violation <= 1e-9, name + ": violation " + std::to_string(answer.figures.violation));
  }
}
