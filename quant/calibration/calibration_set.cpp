#include "quant/calibration/calibration_set.h"

namespace quant {

void CalibrationSet::check(const CalibrationRequest& request) const {
  const std::int64_t available = request.dataset.size(request.split);
  core::require_input("calibration", request.count <= available,
                      "count must not exceed the split; asked for {} of the {} images of split {}",
                      request.count, available, data::name_of(request.split));
}

void require_view(std::string_view who, const Needs& needs, const CalibrationRequest& request,
                  bool must_run) {
  if (!needs.any()) return;
  if (!request.view) {
    if (must_run) {
      throw core::Error(
          fmt::format("{}: asks the float network, and no view of it was given", who));
    }
    return;
  }
  core::require_input(who, !needs.batch_norm || request.view->has_batch_norm(),
                      "compares with the running statistics of batch normalisations; this network "
                      "has none");
}

void report_progress(const CalibrationRequest& request, std::string_view task, std::int64_t done,
                     std::int64_t total, double loss) {
  if (!request.monitor) return;
  request.monitor->report(task, done, total, loss);
  if (request.monitor->stop_requested())
    throw core::Interrupted(fmt::format("{}: stopped after {} of {}", task, done, total));
}

}  // namespace quant
