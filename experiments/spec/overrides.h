// Overrides: `key=value` and `~key` of a command line, applied to the document of an experiment.
//
// An override reaches what it names, or is refused; none is taken and changes nothing.
//   key is an axis       its list gives the choices, anything else the only choice; in a zip the
//                        list of that key, anything else its value in every step
//   key is swept         new values, or one value, which ends the sweep
//   inside an axis       model.weights where `model` is an axis of grid, zip, vary, include or
//                        sweep: every choice of it has the value
//   around an axis       learn where learn.iters is an axis: the base, unless the value says what
//                        the axis varies
//   grid.k=[..] makes an axis; sweep.k=.., report.k=.. and the sections of a file (name=..,
//   vary=..) change these; everything else is a key of the base.
#pragma once

#include <vector>

#include "core/config/value.h"
#include "experiments/text/yaml.h"

namespace experiments {

/// throws: ConfigError for an override that cannot have an effect, with the way to say it.
void override_document(core::Value& document, const std::vector<Override>& overrides);

}  // namespace experiments
