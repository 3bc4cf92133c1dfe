// One pivot of the vertex method: what to let go, along which edge, and where to stop.
#include <algorithm>
#include <cmath>

#include "vertex.h"

namespace ballast {
namespace {

constexpr double kTie = 1e-15;        // steps this close count as equal: the larger pivot wins
constexpr Index kPatience = 12;       // zero steps before the choice turns random, which breaks every cycle

}  // namespace

double VertexMethod::random() {
  seed_ ^= seed_ << 13;
  seed_ ^= seed_ >> 7;
  seed_ ^= seed_ << 17;
  return static_cast<double>(seed_ >> 11) * 0x1p-53;
}

/// The steepest violated optimality condition; id -1 when there is none.
VertexMethod::Candidate VertexMethod::choose() {
  Candidate best;
  double bestScore = 0.0;
  const bool shuffle = stalled_ > kPatience;
  const auto offer = [&](bool column, Index id, int direction, double violation, double priority) {
    const double score = priority + violation * (shuffle ? 0.05 + random() : 1.0);
    if (score > bestScore) {
      bestScore = score;
      best = Candidate{column, id, direction, -violation};
    }
  };
  for (Index e = 0; e < model_.segments; ++e) {
    if (place_[e] >= 0) continue;
    const bool atLower = x_[e] <= 0.0, atUpper = x_[e] >= model_.width[e];
    const double cost = reduced_[e];
    // A column between its bounds with no reduced cost is optimal as it is; it is moved for a cleaner vertex only.
    if (!atLower && !atUpper && mode_ == Mode::Optimality && !shuffle) {
      const bool down = std::fabs(cost) > tolerances_.optimal ? cost > 0.0 : x_[e] < 0.5 * model_.width[e];
      offer(true, e, down ? -1 : 1, std::fabs(cost) > tolerances_.optimal ? std::fabs(cost) : 0.0, 10.0);
    } else if (cost < -tolerances_.optimal && !atUpper) {
      offer(true, e, 1, -cost, 0.0);
    } else if (cost > tolerances_.optimal && !atLower) {
      offer(true, e, -1, cost, 0.0);
    }
  }
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const Index form = active_[i];
    const double under = leftSlope(form) - multiplier_[i], over = multiplier_[i] - rightSlope(form);
    if (under > tolerances_.optimal) offer(false, form, -1, under, 0.0);
    if (over > tolerances_.optimal) offer(false, form, 1, over, 0.0);
  }
  return best;
}

/// Changes of basic columns, weights and forms per unit of the candidate's move.
void VertexMethod::direction(const Candidate& candidate) {
  std::vector<double> rest(active_.size(), 0.0);
  if (candidate.column) {
    for (std::size_t i = 0; i < active_.size(); ++i) {
      rest[i] = -candidate.direction * coefficient(active_[i], candidate.id);
    }
  } else {
    rest[seat_[candidate.id]] = candidate.direction;
  }
  lu_.solve(rest);
  moveBasic_ = std::move(rest);
  moveWeight_.assign(model_.assets, 0.0);
  std::vector<double> moveColumn(columns_, 0.0);
  for (std::size_t i = 0; i < basic_.size(); ++i) moveColumn[basic_[i]] = moveBasic_[i];
  if (candidate.column) moveColumn[candidate.id] = candidate.direction;
  for (Index e = 0; e < model_.segments; ++e) moveWeight_[model_.owner[e]] += moveColumn[e];
  std::vector<Index> moved;
  for (Index a = 0; a < model_.assets; ++a) {
    if (moveWeight_[a] != 0.0) moved.push_back(a);
  }
  moveForm_.assign(value_.size(), 0.0);
  if (scenarios_ > 0) {
    std::fill(moveForm_.begin(), moveForm_.begin() + scenarios_, -moveColumn[model_.segments]);
    for (const Index a : moved) {
      stop_.check();
      const double speed = moveWeight_[a];
      const double* loss = columnOf(a).data();
      double* form = moveForm_.data();
      for (Index j = 0; j < scenarios_; ++j) form[j] += speed * loss[j];
    }
    for (const Index form : active_) moveForm_[form] = 0.0;
    if (!candidate.column && isScenario(candidate.id)) moveForm_[candidate.id] = candidate.direction;
  }
  for (std::size_t r = 0; r < model_.rows.size(); ++r) {
    const Index form = scenarios_ + static_cast<Index>(r);
    if (seat_[form] >= 0 && (candidate.column || form != candidate.id)) continue;
    const ModelRow& row = model_.rows[r];
    double sum = 0.0;
    for (const Index a : moved) sum += row.asset[a] * moveWeight_[a];
    for (std::size_t e = 0; e < row.segment.size(); ++e) sum += row.segment[e] * moveColumn[e];
    moveForm_[form] = sum;
  }
}

/// Every kink and wall ahead on the edge.
void VertexMethod::collect(const Candidate& candidate) {
  events_.clear();
  const auto add = [&](double distance, double jump, double speed, Index id, bool column, bool own) {
    events_.push_back(Event{std::max(distance / speed, 0.0), jump, speed, id, column, own});
  };
  for (std::size_t i = 0; i < basic_.size(); ++i) {
    const Index e = basic_[i];
    const double speed = moveBasic_[i];
    if (e == model_.segments || std::fabs(speed) <= tolerances_.still) continue;
    add(speed < 0.0 ? x_[e] : model_.width[e] - x_[e], kInfinity, std::fabs(speed), e, true, false);
  }
  if (candidate.column) {
    const double room = candidate.direction < 0 ? x_[candidate.id] : model_.width[candidate.id] - x_[candidate.id];
    add(room, kInfinity, 1.0, candidate.id, true, true);
  }
  for (Index j = 0; j < scenarios_; ++j) {
    const double speed = moveForm_[j];
    if (seat_[j] >= 0 || std::fabs(speed) <= tolerances_.still) continue;
    if (speed < 0.0 && region_[j] == 2) add(value_[j], model_.tail[j] * -speed, -speed, j, false, false);
    if (speed > 0.0 && region_[j] == 0) add(-value_[j], model_.tail[j] * speed, speed, j, false, false);
  }
  const bool soft = mode_ == Mode::Feasibility;
  for (std::size_t r = 0; r < model_.rows.size(); ++r) {
    const Index form = scenarios_ + static_cast<Index>(r);
    const bool own = seat_[form] >= 0;
    const double speed = moveForm_[form];
    if (disabled_[r] || std::fabs(speed) <= tolerances_.still || (own && (candidate.column || form != candidate.id))) continue;
    const double size = std::fabs(speed), jump = soft ? size : kInfinity;
    const int region = own ? (upper_[form] != 0 ? (speed > 0.0 ? 2 : 1) : (speed > 0.0 ? 1 : 0)) : region_[form];
    const bool equality = low_[r] == high_[r];
    if (own && equality) continue;
    if (equality && region == 1) {  // on its value but not tied: it bends or blocks at once
      add(0.0, jump, size, form, false, false);
      continue;
    }
    if (speed > 0.0) {
      if (region == 0) add(low_[r] - value_[form], equality ? 2.0 * jump : jump, size, form, false, own);
      if (region <= 1 && !equality && high_[r] < kInfinity) {
        add(high_[r] - value_[form], jump, size, form, false, own);
      }
    } else {
      if (region == 2) add(value_[form] - high_[r], equality ? 2.0 * jump : jump, size, form, false, own);
      if (region >= 1 && !equality && low_[r] > -kInfinity) add(value_[form] - low_[r], jump, size, form, false, own);
    }
  }
}

void VertexMethod::advance(const Candidate& candidate, double step) {
  if (step == 0.0) return;
  for (std::size_t i = 0; i < basic_.size(); ++i) x_[basic_[i]] += step * moveBasic_[i];
  if (candidate.column) x_[candidate.id] += step * candidate.direction;
  for (std::size_t f = 0; f < value_.size(); ++f) value_[f] += step * moveForm_[f];
}

/// A form crosses a kink and goes on.
void VertexMethod::pass(const Event& event) {
  if (isScenario(event.id)) {
    const bool rises = region_[event.id] == 0;
    region_[event.id] = rises ? 2 : 0;
    addScenario(event.id, rises ? model_.tail[event.id] : -model_.tail[event.id]);
    return;
  }
  const Index r = event.id - scenarios_;
  const int hop = low_[r] == high_[r] && region_[event.id] != 1 ? 2 : 1;
  region_[event.id] = static_cast<std::int8_t>(region_[event.id] + (moveForm_[event.id] > 0.0 ? hop : -hop));
}

/// Ends the move: the candidate joins or leaves the basis, and so does what stopped it.
void VertexMethod::exchange(const Candidate& candidate, const Event& event) {
  if (event.own && event.column) {
    x_[event.id] = candidate.direction < 0 ? 0.0 : model_.width[event.id];
    return;
  }
  if (event.own) {
    upper_[event.id] = moveForm_[event.id] > 0.0 ? 1 : 0;
    return;
  }
  if (candidate.column) {
    basic_.push_back(candidate.id);
  } else {
    const Index form = candidate.id;
    active_.erase(active_.begin() + seat_[form]);
    const bool rises = candidate.direction > 0;
    const bool single = isScenario(form) || low_[form - scenarios_] == high_[form - scenarios_];
    region_[form] = static_cast<std::int8_t>(single ? (rises ? 2 : 0) : upper_[form] + (rises ? 1 : 0));
    if (isScenario(form) && rises) addScenario(form, model_.tail[form]);
  }
  if (event.column) {
    basic_.erase(basic_.begin() + place_[event.id]);
    const Index seat = place_[event.id];
    x_[event.id] = moveBasic_[seat] < 0.0 ? 0.0 : model_.width[event.id];
  } else {
    const Index form = event.id;
    if (isScenario(form)) {
      if (region_[form] == 2) addScenario(form, -model_.tail[form]);
    } else {
      const Index r = form - scenarios_;
      const int target = moveForm_[form] > 0.0 ? region_[form] : region_[form] - 1;
      upper_[form] = low_[r] == high_[r] ? 0 : static_cast<std::int8_t>(target);
    }
    active_.push_back(form);
  }
  std::fill(place_.begin(), place_.end(), Index{-1});
  std::fill(seat_.begin(), seat_.end(), Index{-1});
  for (std::size_t i = 0; i < basic_.size(); ++i) place_[basic_[i]] = static_cast<Index>(i);
  for (std::size_t i = 0; i < active_.size(); ++i) seat_[active_[i]] = static_cast<Index>(i);
}

/// Walks the edge through kinks while the objective falls. False when nothing ahead stops it, which no bounded
/// problem allows.
bool VertexMethod::move(const Candidate& candidate) {
  direction(candidate);
  collect(candidate);
  const auto later = [](const Event& a, const Event& b) {
    if (a.step != b.step) return a.step > b.step;
    if (a.pivot != b.pivot) return a.pivot < b.pivot;
    return a.id > b.id;
  };
  std::make_heap(events_.begin(), events_.end(), later);
  double slope = candidate.rate;
  while (!events_.empty()) {
    std::pop_heap(events_.begin(), events_.end(), later);
    Event event = events_.back();
    events_.pop_back();
    if (slope + event.jump < 0.0) {
      slope += event.jump;
      pass(event);
      continue;
    }
    // Among events at the same place the largest pivot keeps the next basis well conditioned.
    const double place = event.step;
    while (!events_.empty() && events_.front().step <= place + kTie) {
      if (events_.front().pivot > 4.0 * event.pivot) event = events_.front();
      std::pop_heap(events_.begin(), events_.end(), later);
      events_.pop_back();
    }
    advance(candidate, place);
    stalled_ = place > 1e-13 && slope < 0.0 ? 0 : stalled_ + 1;
    exchange(candidate, event);
    return true;
  }
  return false;
}

}  // namespace ballast
